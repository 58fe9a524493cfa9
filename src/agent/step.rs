//! What a reply asks for.

use super::reply::{ProposedCall, Reply};

/// What to do next. Nothing in it has been checked: names and arguments are the model's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step<'a> {
    /// The run is over; these are its words.
    Answer(&'a str),
    /// At least one call. Words beside calls are thinking aloud, not an answer.
    MakeCalls(&'a [ProposedCall]),
    /// It wants to go on, but there is no turn left in which to read the results.
    OutOfTurns,
    /// Neither words nor calls: nothing was found, and nothing would be by waiting.
    Silent,
}

/// `turns_left` counts the turns after this one.
pub(crate) fn next_step(reply: &Reply, turns_left: u32) -> Step<'_> {
    match (reply.calls.as_slice(), reply.text.trim()) {
        ([], "") => Step::Silent,
        ([], text) => Step::Answer(text),
        (_, _) if turns_left == 0 => Step::OutOfTurns,
        (calls, _) => Step::MakeCalls(calls),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::Usage;
    use serde_json::Map;

    fn reply(text: &str, calls: usize) -> Reply {
        let call = |number| ProposedCall {
            id: format!("c{number}"),
            name: "gmail_fetch_mails".to_owned(),
            arguments: String::new(),
        };
        Reply {
            message: Map::new(),
            text: text.to_owned(),
            calls: (0..calls).map(call).collect(),
            usage: Usage::default(),
            asked_model: String::new(),
            model: String::new(),
        }
    }

    #[test]
    fn a_reply_asks_for_one_thing() {
        assert_eq!(next_step(&reply(" Done. \n", 0), 7), Step::Answer("Done."));
        assert_eq!(next_step(&reply("Done.", 0), 0), Step::Answer("Done."));
        assert_eq!(next_step(&reply(" \n", 0), 7), Step::Silent);
        assert_eq!(next_step(&reply("", 1), 0), Step::OutOfTurns);
        let two = reply("Let me look.", 2);
        assert_eq!(next_step(&two, 1), Step::MakeCalls(&two.calls));
    }
}
