//! App Home, which only its person sees.

use super::Message;

/// Above the accounts of somebody who may ask.
pub(crate) fn home() -> Message {
    Message::of_words(
        "Only you see this page. I work in these accounts when you ask me to, and for nobody else.",
    )
}
