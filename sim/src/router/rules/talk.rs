//! Small talk, and what to say when no rule fits.

use super::phrase::Words;
use crate::router::asked::Asked;
use crate::router::turn::Turn;

pub(super) fn turn(_: &Asked, words: &Words) -> Option<Turn> {
    let says = |text: &str| Some(Turn::says(text));
    if words.any(&["help", "what can you", "who are you", "what are you"]) {
        return Some(Turn::says(abilities("I am the built-in demo model.")));
    }
    if words.any(&["thank", "thx", "cheers"]) {
        return says("You are welcome.");
    }
    if words.begin_with(&["bye", "goodbye", "good night", "see you"]) {
        return says("Goodbye!");
    }
    if words.is_empty() || words.begin_with(&["hello", "hi", "hey", "good morning", "good evening"])
    {
        return Some(Turn::says(abilities(
            "Hello! I am the built-in demo model.",
        )));
    }
    None
}

/// For everything that no rule understands.
pub(super) fn honest() -> Turn {
    Turn::says(abilities(
        "I am the built-in demo model, so I understand only a few questions, and this one I do not.",
    ))
}

fn abilities(opening: &str) -> String {
    format!(
        "{opening} I can:\n\n\
         - **Summarize the last 5 emails from my manager**\n\
         - **Find all emails from the last week that mention 'pricing'**\n\
         - **Search for the thread with subject 'Q3 planning' and extract action items**\n\
         - *send a mail to ben@example.com saying 'Lunch at one?'*, *create an issue 'Order new chairs'*\n\
         - tell you *what is on my calendar*, *list my issues*, *search the issue about slow search*\n"
    )
}
