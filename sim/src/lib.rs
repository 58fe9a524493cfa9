//! The world around Valet, simulated on loopback: Slack, the vault, the router, and a
//! person's browser.
//!
//! The world has state and is strict: it refuses what the real services would refuse,
//! notes every request it did not expect, and can fail in the ways they fail. It shares
//! no type with the program, so a misspelt field fails instead of agreeing with itself.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    missing_docs,
    reason = "the world serves tests and the demo: it stops at the first thing that cannot be"
)]

pub mod browser;
mod client;
pub mod collector;
pub mod demo;
pub mod fault;
pub mod now;
pub mod router;
pub mod server;
pub mod slack;
mod socket;
pub mod vault;
