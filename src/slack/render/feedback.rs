//! Below an answer: two buttons by which people say whether it was a good one. Slack shows
//! them as thumbs, and the words to who cannot see them.

use serde_json::{Value, json};

use super::{Message, blocks};

/// The name of both; which of them it was stands in the value.
pub(crate) const FEEDBACK: &str = "feedback";

const BLOCK: &str = "context_actions";
const GOOD: &str = "good";
const BAD: &str = "bad";

/// What somebody thinks of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opinion {
    Bad,
    Good,
}

impl Opinion {
    /// Reads the value of a button, which anybody can have changed.
    pub(crate) fn read(value: &str) -> Option<Self> {
        match value {
            BAD => Some(Self::Bad),
            GOOD => Some(Self::Good),
            _ => None,
        }
    }
}

impl Message {
    /// The same with the buttons below it.
    pub(crate) fn with_feedback(mut self) -> Self {
        let button =
            |words: &str, value: &str| json!({"text": blocks::plain(words), "value": value});
        self.blocks.push(json!({
            "type": BLOCK,
            "elements": [{
                "type": "feedback_buttons",
                "action_id": FEEDBACK,
                "positive_button": button("Good answer", GOOD),
                "negative_button": button("Bad answer", BAD),
            }],
        }));
        self
    }

    /// The same without the buttons, if it has them: a Slack that does not know them takes
    /// the words all the same.
    pub(crate) fn without_feedback(&self) -> Option<Self> {
        let is_words = |block: &&Value| block.get("type").and_then(Value::as_str) != Some(BLOCK);
        let words: Vec<Value> = self.blocks.iter().filter(is_words).cloned().collect();
        (words.len() < self.blocks.len()).then(|| Self {
            text: self.text.clone(),
            blocks: words,
        })
    }
}

/// To whoever pressed one of them.
pub(crate) fn thanks(opinion: Opinion) -> Message {
    Message::of_words(match opinion {
        Opinion::Bad => {
            "Thank you: that is counted, and nothing else is kept. Tell me in the thread what was wrong, and I try again."
        }
        Opinion::Good => "Thank you: that is counted, and nothing else is kept.",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_buttons_come_and_go_and_the_words_stay() {
        let words = Message::of_words("Nothing.");
        let with = words.clone().with_feedback();
        assert_eq!(with.blocks.len(), 2);
        assert_eq!(with.text, words.text);
        assert_eq!(with.without_feedback(), Some(words.clone()));
        assert_eq!(words.without_feedback(), None);
        let element = &with.blocks[1]["elements"][0];
        let read = |button: &str| Opinion::read(element[button]["value"].as_str().unwrap());
        assert_eq!(read("positive_button"), Some(Opinion::Good));
        assert_eq!(read("negative_button"), Some(Opinion::Bad));
        assert_eq!(Opinion::read("approve"), None);
    }
}
