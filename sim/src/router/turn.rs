//! What the model does with one request.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use tokio::sync::watch;

use super::form::Form;

/// One reply of the model: words, calls, or both.
#[derive(Debug, Clone, Default)]
pub struct Turn {
    pub(super) text: String,
    pub(super) calls: Vec<Call>,
    /// Fields of the message beside the known ones.
    pub(super) fields: Map<String, Value>,
    /// What the router says that it took.
    pub(super) usage: Option<Value>,
    /// `None`: the router's own.
    pub(super) form: Option<Form>,
    pub(super) before: Option<Gate>,
    pub(super) midway: Option<Gate>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) name: String,
    pub(super) arguments: String,
}

impl Turn {
    pub fn says(text: impl Into<String>) -> Self {
        Self::default().and_says(text)
    }

    pub fn calls(name: &str, arguments: &Value) -> Self {
        Self::default().and_calls(name, arguments)
    }

    /// A call whose arguments are this very text, JSON or not.
    pub fn calls_badly(name: &str, arguments: &str) -> Self {
        let mut turn = Self::default();
        turn.calls.push(Call {
            name: name.to_owned(),
            arguments: arguments.to_owned(),
        });
        turn
    }

    #[must_use]
    pub fn and_says(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self
    }

    #[must_use]
    pub fn and_calls(mut self, name: &str, arguments: &Value) -> Self {
        self.calls.push(Call {
            name: name.to_owned(),
            arguments: arguments.to_string(),
        });
        self
    }

    /// A field of the message that has to come back as it is.
    #[must_use]
    pub fn with_field(mut self, name: &str, value: Value) -> Self {
        self.fields.insert(name.to_owned(), value);
        self
    }

    /// The router says that this turn took so many tokens, asked or not, and so many dollars.
    #[must_use]
    pub fn taking(mut self, prompt: u64, completion: u64, cost: Option<f64>) -> Self {
        let mut usage = json!({
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        });
        if let Some(cost) = cost {
            usage["cost"] = json!(cost);
        }
        self.usage = Some(usage);
        self
    }

    /// This turn alone in another form than the router's. If the form is broken, it is
    /// so once: the same request asked again gets the turn whole.
    #[must_use]
    pub fn in_form(mut self, form: Form) -> Self {
        self.form = Some(form);
        self
    }

    /// Not a byte is sent before the gate is open.
    #[must_use]
    pub fn held_by(mut self, gate: &Gate) -> Self {
        self.before = Some(gate.clone());
        self
    }

    /// The first half is sent, the second when the gate is open.
    #[must_use]
    pub fn held_midway_by(mut self, gate: &Gate) -> Self {
        self.midway = Some(gate.clone());
        self
    }
}

/// Holds an answer back until a story lets it go.
#[derive(Debug, Clone)]
pub struct Gate(Arc<watch::Sender<bool>>);

impl Gate {
    pub fn closed() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    /// For good: whoever comes later passes too.
    pub fn open(&self) {
        self.0.send_replace(true);
    }

    pub(super) async fn pass(&self) {
        let mut state = self.0.subscribe();
        // The sender lives in `self`, so this ends when the gate opens.
        drop(state.wait_for(|open| *open).await);
    }
}
