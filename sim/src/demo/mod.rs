//! The demo's page: one is Ada or Ben, sees the channel and one's own messages with
//! Valet, types, presses buttons, and follows links in a real browser.
//!
//! The page knows neither Slack nor Valet. Whoever starts it opens the [`Doors`].

mod doors;
mod html;
mod inline;
mod markdown;
mod render;
mod serve;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;

pub use doors::{Command, Done, Door, Doors, Place, Posting, Pressed, Shown, Sight};

use crate::server::Server;

/// Where the page is, unless told otherwise.
pub const ADDRESS: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 8080));

/// How the page starts.
#[derive(Debug)]
pub struct DemoSetup {
    /// Taken by somebody else, it gives way to a free port.
    pub address: SocketAddr,
    /// The workspace's name.
    pub workspace: String,
    /// At least one.
    pub people: Vec<DemoPerson>,
    /// Names by Slack user id, for mentions.
    pub names: BTreeMap<String, String>,
    pub doors: Doors,
}

/// Somebody one can be.
#[derive(Debug, Clone)]
pub struct DemoPerson {
    /// As in the page's address, and in what goes through the doors: `ada`.
    pub key: String,
    pub name: String,
    /// What they have at hand, in a few words: `mailbox ada@example.com`.
    pub about: String,
    /// `name=value`: the sessions their browser holds at the other services. Cookies do
    /// not know ports, so the page can set them for all of 127.0.0.1.
    pub cookies: Vec<String>,
}

/// The running page.
#[derive(Debug)]
pub struct Demo {
    server: Server,
}

impl Demo {
    pub async fn start(setup: DemoSetup) -> Self {
        let address = setup.address;
        let routes = serve::routes(Arc::new(setup));
        let server = match Server::start_at(address, routes.clone()).await {
            Ok(server) => server,
            Err(_) => Server::start(routes).await,
        };
        Self { server }
    }

    /// The address to open in a browser.
    pub fn url(&self) -> String {
        self.server.url()
    }
}
