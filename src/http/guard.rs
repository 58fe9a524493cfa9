//! What every answer on the public listener carries, whoever gives it: pages, refusals,
//! answers to Slack, and the ones that stand for a handler that is not there.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;

use super::pages::SECURITY_POLICY;

/// `same-origin` and not `no-referrer`: the latter makes a browser send `Origin: null` with
/// the form, which could then not be told from a stranger's.
///
/// `Strict-Transport-Security` is for whoever ends TLS, who knows what else the host serves.
const CARRIED: [(HeaderName, &str); 8] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::CONTENT_SECURITY_POLICY, SECURITY_POLICY),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
];

pub(super) async fn guarded(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.reserve(CARRIED.len());
    for (name, value) in CARRIED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Whether an answer seems to be Valet's. A proxy on the way may have changed some of what
/// it carried, and hardly all of it.
pub(crate) fn is_ours(headers: &HeaderMap) -> bool {
    let kept =
        |(name, value): &(HeaderName, &str)| headers.get(name).is_some_and(|kept| kept == *value);
    CARRIED.iter().filter(|carried| kept(carried)).count() > CARRIED.len() / 2
}
