//! Mailboxes, and Gmail's tools on them.

mod letter;
mod mailbox;
mod query;
mod shape;
mod tools;

pub use letter::{MailView, SentMail};
pub(super) use mailbox::Mailbox;
