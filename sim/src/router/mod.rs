//! The simulated router: chat completions in OpenAI's sense, strict about what it is
//! asked, in every form in which routers answer. Its brain is a story's script, or a few
//! rules that can hold a conversation by themselves.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a form matters where it differs from the plain one, and nowhere else"
)]

mod asked;
mod check;
mod chunk;
mod desk;
mod form;
mod memory;
mod message;
mod relay;
mod reply;
mod rules;
mod script;
mod serve;
#[cfg(test)]
mod sse;
#[cfg(test)]
mod tests;
mod turn;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

pub use asked::{Asked, Outcome};
pub use form::Form;
pub use relay::Relay;
pub use script::{Mind, Script, When};
pub use turn::{Gate, Turn};

use crate::fault::Faults;
use crate::server::Server;
use desk::Desk;

/// How a router starts.
#[derive(Debug, Clone)]
pub struct RouterSetup {
    pub api_key: String,
    pub brain: Brain,
    /// The form of every answer whose turn names no other.
    pub form: Form,
    pub pace: Pace,
    /// Fields of a request that this vendor takes beside the common ones.
    pub extra_fields: Vec<String>,
}

/// How long a model takes. At first: no time at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pace {
    /// Before its first word.
    pub thinking: Duration,
    /// Between a word and the next.
    pub word: Duration,
}

impl Pace {
    /// About that of a small model, for people who watch.
    pub const LIKE_A_MODEL: Self = Self {
        thinking: Duration::from_millis(700),
        word: Duration::from_millis(22),
    };
}

/// Who answers when no turn is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Brain {
    /// The built-in demo model.
    Rules,
    /// Nobody: a request that was not planned for is a violation.
    #[default]
    Scripted,
}

impl Default for RouterSetup {
    fn default() -> Self {
        Self {
            api_key: "sk-v1-simulated".to_owned(),
            brain: Brain::default(),
            form: Form::default(),
            pace: Pace::default(),
            extra_fields: Vec::new(),
        }
    }
}

/// A running router.
#[derive(Debug)]
pub struct Router {
    server: Server,
    desk: Arc<Desk>,
}

impl Router {
    pub async fn start(setup: RouterSetup) -> Self {
        let desk = Arc::new(Desk::new(setup));
        let server = Server::start(serve::routes(Arc::clone(&desk))).await;
        Self { server, desk }
    }

    /// The base to which clients add `/chat/completions`.
    pub fn url(&self) -> String {
        format!("{}/api/v1", self.server.url())
    }

    /// A request failed by these has no turn; one that acts first has used its turn up.
    pub fn faults(&self) -> &Faults {
        self.server.faults()
    }

    pub async fn down(&self) {
        self.server.down().await;
    }

    pub fn up(&self) {
        self.server.up();
    }

    /// From now on answers have this form, unless their turn names another.
    pub fn answer_in(&self, form: Form) {
        self.desk.set_form(form);
    }

    /// From now on this vendor takes this field too.
    pub fn takes(&self, field: &str) {
        self.desk.take(field);
    }

    /// No request may hold this text, in its body or its head.
    pub fn forbid(&self, text: impl AsRef<str>) {
        self.desk.forbid(text.as_ref());
    }

    /// The next turn that no [`Router::when`] takes.
    pub fn expect(&self, script: impl Into<Script>) {
        self.desk.plan(None, script.into());
    }

    pub fn will_say(&self, text: &str) {
        self.expect(Turn::says(text));
    }

    pub fn will_call(&self, name: &str, arguments: &Value) {
        self.expect(Turn::calls(name, arguments));
    }

    /// Several calls in one turn.
    pub fn will_call_many<'a>(&self, calls: impl IntoIterator<Item = (&'a str, Value)>) {
        let turn = calls
            .into_iter()
            .fold(Turn::default(), |turn, (name, arguments)| {
                turn.and_calls(name, &arguments)
            });
        self.expect(turn);
    }

    pub fn will_do(&self, decide: impl FnOnce(&Asked) -> Turn + Send + 'static) {
        self.expect(Script::Deciding(Box::new(decide)));
    }

    /// From now on this decides every turn that is not planned, and nothing is kept of
    /// what was asked and said: for a story too long to remember.
    pub fn answers_by(&self, mind: Mind) {
        self.desk.set_mind(mind);
    }

    /// Turns that were planned for a question that did not come this far.
    pub fn forget_planned(&self) {
        self.desk.forget_planned();
    }

    /// Turns for conversations in which the person's last words hold this one.
    pub fn when<'a>(&'a self, word: &'a str) -> When<'a> {
        When {
            desk: &self.desk,
            word,
        }
    }

    /// The bodies of all requests for a turn, in order; `Null` for one that is no JSON.
    pub fn requests(&self) -> Vec<Value> {
        self.desk.requests()
    }

    pub fn last_request(&self) -> Option<Value> {
        self.requests().pop()
    }

    /// Comes back once this many requests for a turn have come.
    pub async fn asked(&self, times: usize) {
        self.desk.asked(times).await;
    }

    /// All that was ever sent here, heads too (the key aside), to be searched.
    pub fn all_text(&self) -> String {
        self.desk.text()
    }

    /// What was wrong so far.
    pub fn violations(&self) -> Vec<String> {
        self.desk.violations()
    }

    /// What was wrong so far, for a story that means it to be; then forgotten.
    pub fn take_violations(&self) -> Vec<String> {
        self.desk.take_violations()
    }

    /// The story is over: nothing was wrong, and nothing is left.
    pub fn finish(&self) {
        let mut wrong = self.take_violations();
        wrong.extend(self.desk.leftovers());
        wrong.extend(self.faults().unused());
        assert!(wrong.is_empty(), "at the router: {wrong:#?}");
    }
}
