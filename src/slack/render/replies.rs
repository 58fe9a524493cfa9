//! What people read while and after their question is worked on, answers and failures
//! apart.

use jiff::Timestamp;

use super::Message;
use crate::ids::ConnectionName;
use crate::slack::mrkdwn::escape;

/// Posted at once, and replaced by the answer.
pub(crate) fn working() -> Message {
    Message::of_words("Working on it…")
}

/// Posted at once where the work cannot begin at once, and replaced by the answer.
pub(crate) fn in_line() -> Message {
    Message::of_words(
        "Other questions are ahead of this one. It is in line, and I begin as soon as there is room.",
    )
}

/// They wrote nothing but the mention.
pub(crate) fn nothing_asked() -> Message {
    Message::of_words("What can I do for you? Ask me something, or say `help`.")
}

pub(crate) fn stopped() -> Message {
    Message::of_words("Stopped. Ask again whenever you like.")
}

pub(crate) fn nothing_to_stop() -> Message {
    Message::of_words("I am not working on anything for you here, so there is nothing to stop.")
}

/// They pressed Slack's own Stop where only others have asked something.
pub(crate) fn not_yours_to_stop() -> Message {
    Message::of_words(
        "Only whoever asked can stop what I do for them. You have nothing open there, so I go on.",
    )
}

/// Our memory of a thread is gone, as far as it was theirs who said so.
pub(crate) fn forgotten() -> Message {
    Message::of_words(
        "I have forgotten what you asked me in this thread, what I answered you, and what I had read of it; the messages themselves stay in Slack.",
    )
}

/// Said outside of any thread.
pub(crate) fn nothing_to_forget() -> Message {
    Message::of_words(
        "Nothing was said in this thread yet: please say `forget this thread` in the one that you mean.",
    )
}

/// It was open when the backup was made that Valet was restored from. It may have been
/// answered since.
pub(crate) fn restored(taken_at: Timestamp) -> Message {
    let taken_at = taken_at.strftime("%Y-%m-%d %H:%M UTC");
    Message::of_words(&format!(
        "I was restored from a backup from {taken_at}, in which this was still open: please ask again if you still need it."
    ))
}

/// Below an answer, when the person could not be asked about something.
pub(crate) fn writes_not_shown(tools: &[&str]) -> Message {
    let names: Vec<String> = tools
        .iter()
        .map(|tool| format!("`{}`", escape(&tool.replace('`', ""))))
        .collect();
    Message::of_words(&format!(
        "I could not show you what I wanted to do, so I left this out: {}.",
        names.join(", ")
    ))
}

/// `prefix` is the operator's: `acme-`, `acme_`, or `acme` for the first.
pub(crate) fn help(prefix: Option<&str>, known: &[ConnectionName]) -> Message {
    let prefix = match prefix.unwrap_or_default() {
        whole if whole.is_empty() || whole.ends_with(['-', '_']) => escape(whole),
        begun => format!("{}-", escape(begun)),
    };
    let example = known.first().map_or("gmail", ConnectionName::as_str);
    let names: Vec<String> = known
        .iter()
        .map(|name| format!("`{}`", escape(name.as_str())))
        .collect();
    let names = if names.is_empty() {
        "none is set up yet".to_owned()
    } else {
        names.join(", ")
    };
    Message::of_words(&format!(
        "Ask me something, here or by mentioning me in a channel. I answer from your own accounts, and only you can use them.\n\
         • `connect {example}` or `/{prefix}connect {example}` connects an account ({names})\n\
         • `disconnect {example}` or `/{prefix}disconnect {example}` disconnects it\n\
         • `connections` or `/{prefix}connections` lists your accounts\n\
         • `grants` lists what you let me do without asking each time\n\
         • `usage` tells what your questions have used of the language model\n\
         • `stop` stops what I am doing for you in this thread\n\
         • `forget this thread` makes me forget what you asked me in it, and what I answered"
    ))
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn short_replies() {
        assert_snapshot!(working().text, @"Working on it…");
        assert_snapshot!(in_line().text, @"Other questions are ahead of this one. It is in line, and I begin as soon as there is room.");
        assert_snapshot!(nothing_asked().text, @"What can I do for you? Ask me something, or say `help`.");
        assert_snapshot!(stopped().text, @"Stopped. Ask again whenever you like.");
        assert_snapshot!(nothing_to_stop().text, @"I am not working on anything for you here, so there is nothing to stop.");
        assert_snapshot!(not_yours_to_stop().text, @"Only whoever asked can stop what I do for them. You have nothing open there, so I go on.");
        assert_snapshot!(nothing_to_forget().text, @"Nothing was said in this thread yet: please say `forget this thread` in the one that you mean.");
        assert_snapshot!(forgotten().text, @"I have forgotten what you asked me in this thread, what I answered you, and what I had read of it; the messages themselves stay in Slack.");
        assert_snapshot!(writes_not_shown(&["gmail_send_message", "`<x>"]).text, @"I could not show you what I wanted to do, so I left this out: `gmail_send_message`, `&lt;x&gt;`.");
    }

    #[test]
    fn help_names_the_commands_as_they_are_here() {
        let known = ["gmail", "github"].map(|name| ConnectionName::parse(name).unwrap());
        assert_snapshot!(help(None, &known).text, @"
        Ask me something, here or by mentioning me in a channel. I answer from your own accounts, and only you can use them.
        • `connect gmail` or `/connect gmail` connects an account (`gmail`, `github`)
        • `disconnect gmail` or `/disconnect gmail` disconnects it
        • `connections` or `/connections` lists your accounts
        • `grants` lists what you let me do without asking each time
        • `usage` tells what your questions have used of the language model
        • `stop` stops what I am doing for you in this thread
        • `forget this thread` makes me forget what you asked me in it, and what I answered
        ");
        for (prefix, command) in [
            ("acme", "`/acme-connect gmail`"),
            ("acme-", "`/acme-connect gmail`"),
            ("acme_", "`/acme_connect gmail`"),
        ] {
            let text = help(Some(prefix), &[]).text;
            assert!(text.contains(command), "{text}");
        }
    }

    #[test]
    fn a_note_stands_below_an_answer() {
        let message = working().followed_by(stopped());
        assert_eq!(
            message.text,
            "Working on it…\nStopped. Ask again whenever you like."
        );
        assert_eq!(message.blocks.len(), 2);
    }
}
