//! The world's own HTTP client.

use reqwest::ClientBuilder;

/// A client that is told all it is to do. It wants a TLS provider even for plain http, so
/// one is installed; another that came first is just as good.
pub(crate) fn builder() -> ClientBuilder {
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder().no_proxy()
}
