//! What somebody reads when the vault reports that their account has lapsed.

use super::Message;
use super::connecting::{bold, reconnect_button};
use crate::ids::ConnectionName;

pub(crate) fn lapsed(connection: &ConnectionName) -> Message {
    Message::of_words(&format!(
        "Your {} account no longer lets me in. Connect it again, and your next question about it need not wait.",
        bold(connection)
    ))
    .with_buttons(&[reconnect_button(connection)])
}
