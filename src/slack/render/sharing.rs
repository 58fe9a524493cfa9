//! What people read of answers that their askers read first, alone.

use super::blocks::Button;
use super::{LONGEST_TEXT, Message, length};
use crate::ids::{ChannelId, RunId};
use crate::sharing::Part;
use crate::slack::mrkdwn::escape;

/// The button that shows an answer to everybody; it names the run of the answer.
pub(crate) const SHARE: &str = "share";

/// In the thread, in the answer's place.
pub(crate) fn told_alone() -> Message {
    Message::of_words(
        "I have sent the answer to you alone: look at your direct messages. You can share it here from there.",
    )
}

/// In the thread, when its person is asked for their word.
pub(crate) fn asked_alone() -> Message {
    Message::of_words(
        "I need your word before I do something: I have asked you in a direct message.",
    )
}

/// In the thread, when the person cannot be reached.
pub(crate) fn not_told_alone() -> Message {
    Message::of_words(
        "I have an answer for you alone, but Slack does not take my direct message: please allow direct messages from me, or ask whoever runs me, and then ask again.",
    )
}

/// Below the answer, in the direct messages.
pub(crate) fn may_be_shared(asked_in: &ChannelId, run: RunId) -> Message {
    let asked_in = asked_in.as_str();
    let value = run.to_string();
    Message::of_words(&format!(
        "This answers what you asked me in <#{asked_in}>. Nobody else reads it there unless you share it."
    ))
    .with_buttons(&[Button {
        label: "Share in thread".to_owned(),
        ..Button::telling(SHARE, &value)
    }])
}

/// Below the answer, once everybody reads it.
pub(crate) fn shared(shared_in: &ChannelId) -> Message {
    Message::of_words(&format!(
        "You have shared this in <#{}>.",
        shared_in.as_str()
    ))
}

/// To whoever presses the button too late.
pub(crate) fn no_longer_kept() -> Message {
    Message::of_words("I no longer keep this answer, so it cannot be shared any more.")
}

pub(crate) fn already_shared() -> Message {
    Message::of_words("This is shared already.")
}

/// Slack did not let it be posted.
pub(crate) fn not_shared() -> Message {
    Message::of_words("Slack does not take this answer in the thread, so it is not shared.")
}

/// To somebody whose answer it is not.
pub(crate) fn not_yours_to_share() -> Message {
    Message::of_words("Only whoever asked can share an answer.")
}

/// One part of it in the thread, the first under the name of whoever shares it.
pub(crate) fn shared_part(part: &Part, number: usize, name: &str) -> Message {
    let part = Message {
        text: length::escaped_within(&part.text, LONGEST_TEXT),
        blocks: part.blocks.clone(),
    };
    if number > 0 {
        return part;
    }
    Message::of_words(&format!("{} shares what I answered:", escape(name))).followed_by(part)
}

impl Message {
    /// As it can be shared later: without the buttons that are for its first reader.
    pub(crate) fn to_share(&self) -> Part {
        let plain = self.without_feedback();
        let Self { text, blocks } = plain.unwrap_or_else(|| self.clone());
        Part { text, blocks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_shares_it_stands_above_the_first_part_alone() {
        let answer = Message::of_words("You have 3 mails.").with_feedback();
        let part = answer.to_share();
        assert_eq!(part.blocks.len(), 1, "without the thumbs");
        let first = shared_part(&part, 0, "Ada <!here>");
        assert_eq!(
            first.text,
            "Ada &lt;!here&gt; shares what I answered:\nYou have 3 mails."
        );
        assert_eq!(first.blocks.len(), 2);
        assert_eq!(shared_part(&part, 1, "Ada").text, "You have 3 mails.");
    }
}
