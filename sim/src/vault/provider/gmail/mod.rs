//! Mailboxes, and Gmail's tools on them.

mod letter;
mod mailbox;
mod query;
mod shape;
mod tools;

pub use letter::SentMail;
pub(super) use mailbox::Mailbox;
