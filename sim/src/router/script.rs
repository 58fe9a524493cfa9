//! Turns decided in advance by a story.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::asked::{Asked, Outcome};
use super::desk::Desk;
use super::turn::Turn;

/// Decides turns, one like the other, for as long as the router runs.
pub type Mind = Arc<dyn Fn(&Asked) -> Turn + Send + Sync>;

type Decide = Box<dyn FnOnce(&Asked) -> Turn + Send>;

/// One turn of a story: fixed, or decided when the request is there.
pub enum Script {
    Decided(Box<Turn>),
    Deciding(Decide),
}

impl Script {
    pub(super) fn turn(self, asked: &Asked) -> Turn {
        match self {
            Self::Decided(turn) => *turn,
            Self::Deciding(decide) => decide(asked),
        }
    }
}

impl From<Turn> for Script {
    fn from(turn: Turn) -> Self {
        Self::Decided(Box::new(turn))
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decided(turn) => write!(f, "says {:?}, calls {:?}", turn.text, turn.calls),
            Self::Deciding(_) => f.write_str("decides when asked"),
        }
    }
}

/// Turns for the conversations in which the person's last words hold a certain word.
#[derive(Debug, Clone, Copy)]
pub struct When<'a> {
    pub(super) desk: &'a Desk,
    pub(super) word: &'a str,
}

impl When<'_> {
    #[must_use = "a script goes on until the model says something"]
    pub fn calls(self, name: &str, arguments: &Value) -> Self {
        self.then(Turn::calls(name, arguments))
    }

    /// Any turn in the midst.
    #[must_use = "a script goes on until the model says something"]
    pub fn then(self, script: impl Into<Script>) -> Self {
        self.desk.plan(Some(self.word), script.into());
        self
    }

    pub fn says(self, text: &str) {
        self.desk.plan(Some(self.word), Turn::says(text).into());
    }

    /// Any turn at the end.
    pub fn then_does(self, script: impl Into<Script>) {
        self.desk.plan(Some(self.word), script.into());
    }

    /// Says what follows from the results of the calls so far.
    pub fn then_says(self, say: impl FnOnce(&[Outcome]) -> String + Send + 'static) {
        let decide: Decide = Box::new(move |asked| Turn::says(say(&asked.outcomes())));
        self.desk.plan(Some(self.word), Script::Deciding(decide));
    }
}
