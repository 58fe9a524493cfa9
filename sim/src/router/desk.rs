//! Where requests are judged, remembered and answered.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, OnceLock};

use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::asked::Asked;
use super::form::Form;
use super::message::message;
use super::reply::{self, Heading, Reply};
use super::script::{Mind, Script};
use super::turn::{Gate, Turn};
use super::{Brain, Pace, RouterSetup, check, memory, rules};

pub(super) struct Desk {
    setup: RouterSetup,
    state: Mutex<State>,
    /// Decides what is not planned; then nothing is kept.
    mind: OnceLock<Mind>,
    count: watch::Sender<usize>,
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Desk")
    }
}

#[derive(Debug, Default)]
struct State {
    form: Form,
    forbidden: Vec<String>,
    scripts: VecDeque<Planned>,
    requests: Vec<Value>,
    /// Heads and bodies as they came.
    text: String,
    /// Messages that were sent whole.
    sent: Vec<Value>,
    /// The models that were asked for them.
    sent_by: Vec<Value>,
    /// Turns that were sent broken, by the messages that asked for them.
    broken: Vec<(Value, Turn)>,
    violations: Vec<String>,
    /// Beside those of the set-up.
    extra_fields: Vec<String>,
}

#[derive(Debug)]
struct Planned {
    /// For conversations in which the person's last words hold it; `None`: for any.
    word: Option<String>,
    script: Script,
}

/// An answer, and what holds it back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) reply: Reply,
    pub(super) before: Option<Gate>,
    pub(super) midway: Option<Gate>,
}

impl Desk {
    pub(super) fn new(setup: RouterSetup) -> Self {
        let state = State {
            form: setup.form,
            ..State::default()
        };
        Self {
            setup,
            state: Mutex::new(state),
            mind: OnceLock::new(),
            count: watch::Sender::new(0),
        }
    }

    pub(super) fn pace(&self) -> Pace {
        self.setup.pace
    }

    pub(super) fn set_mind(&self, mind: Mind) {
        assert!(self.mind.set(mind).is_ok(), "a router has one mind");
    }

    pub(super) fn plan(&self, word: Option<&str>, script: Script) {
        let word = word.map(str::to_owned);
        self.state().scripts.push_back(Planned { word, script });
    }

    pub(super) fn set_form(&self, form: Form) {
        self.state().form = form;
    }

    pub(super) fn take(&self, field: &str) {
        self.state().extra_fields.push(field.to_owned());
    }

    pub(super) fn forbid(&self, text: &str) {
        self.state().forbidden.push(text.to_owned());
    }

    pub(super) fn requests(&self) -> Vec<Value> {
        self.state().requests.clone()
    }

    pub(super) fn text(&self) -> String {
        self.state().text.clone()
    }

    pub(super) async fn asked(&self, times: usize) {
        let mut count = self.count.subscribe();
        drop(count.wait_for(|count| *count >= times).await);
    }

    pub(super) fn violations(&self) -> Vec<String> {
        self.state().violations.clone()
    }

    pub(super) fn take_violations(&self) -> Vec<String> {
        std::mem::take(&mut self.state().violations)
    }

    pub(super) fn forget_planned(&self) {
        self.state().scripts.clear();
    }

    pub(super) fn leftovers(&self) -> Vec<String> {
        let state = self.state();
        state
            .scripts
            .iter()
            .map(|planned| format!("a turn nobody asked for: {planned:?}"))
            .collect()
    }

    pub(super) fn note(&self, violation: String) {
        self.state().violations.push(violation);
    }

    /// Whether the head shows the key; if not, the answer to it.
    pub(super) fn admit(&self, head: &Parts) -> Result<(), Reply> {
        let wanted = format!("Bearer {}", self.setup.api_key);
        let shown = head.headers.get(header::AUTHORIZATION);
        if shown.is_some_and(|shown| shown == wanted.as_str()) {
            return Ok(());
        }
        self.note("a request without the right key".to_owned());
        Err(refusal(StatusCode::UNAUTHORIZED, "invalid_api_key"))
    }

    /// Keeps what came, and looks for what must never come.
    pub(super) fn keep(&self, head: &Parts, body: &[u8]) {
        let shown = head
            .headers
            .iter()
            .filter(|(name, _)| *name != header::AUTHORIZATION);
        let mut lines = vec![format!("{} {}", head.method, head.uri)];
        lines.extend(
            shown.map(|(name, value)| {
                format!("{name}: {}", String::from_utf8_lossy(value.as_bytes()))
            }),
        );
        lines.push(String::from_utf8_lossy(body).into_owned());
        let text = lines.join("\n") + "\n";
        let mut state = self.state();
        let found: Vec<String> = state
            .forbidden
            .iter()
            .filter(|forbidden| text.contains(forbidden.as_str()))
            .map(|forbidden| format!("the router was shown {forbidden:?}"))
            .collect();
        state.violations.extend(found);
        if self.mind.get().is_none() {
            state.text += &text;
        }
    }

    pub(super) fn answer(&self, body: &[u8]) -> Answer {
        let parsed: Value = serde_json::from_slice(body).unwrap_or_default();
        let number = self.remember_request(&parsed);
        let faults = self.faults(&parsed);
        if !faults.is_empty() {
            for fault in &faults {
                self.note(format!("request {number}: {fault}"));
            }
            return refusal(StatusCode::BAD_REQUEST, &faults.join("; ")).into();
        }
        let asked = Asked::new(parsed);
        let Some((turn, form)) = self.turn(&asked) else {
            self.note(format!(
                "request {number}: no turn was planned for {:?}",
                asked.last_words()
            ));
            return refusal(StatusCode::BAD_REQUEST, "no turn was planned").into();
        };
        self.say(&asked, turn, form, number)
    }

    fn remember_request(&self, body: &Value) -> usize {
        if self.mind.get().is_none() {
            self.state().requests.push(body.clone());
        }
        let mut number = 0;
        self.count.send_modify(|count| {
            *count += 1;
            number = *count;
        });
        number
    }

    fn faults(&self, body: &Value) -> Vec<String> {
        let mut extra = self.setup.extra_fields.clone();
        extra.extend(self.state().extra_fields.clone());
        let mut faults = check::request(body, &extra);
        if self.mind.get().is_some() {
            return faults;
        }
        let state = self.state();
        let sent = memory::readable(&state.sent, &state.sent_by, &body["model"]);
        for (at, message) in check::assistants(body) {
            let found = memory::faults(message, &sent);
            faults.extend(
                found
                    .into_iter()
                    .map(|fault| format!("message {at}: {fault}")),
            );
        }
        faults
    }

    /// What to do, and in which form.
    fn turn(&self, asked: &Asked) -> Option<(Turn, Form)> {
        let mut state = self.state();
        let form = state.form;
        let messages = &asked.body()["messages"];
        let retried = state.broken.iter().position(|(of, _)| of == messages);
        if let Some(at) = retried {
            let (_, turn) = state.broken.remove(at);
            return Some((turn, form));
        }
        let words = asked.last_words();
        let fits = |planned: &Planned| planned.word.as_ref().map(|word| words.contains(word));
        let scripts = &state.scripts;
        let at = scripts
            .iter()
            .position(|planned| fits(planned) == Some(true))
            .or_else(|| scripts.iter().position(|planned| fits(planned).is_none()));
        let script = at.and_then(|at| state.scripts.remove(at));
        drop(state);
        let turn = match (script, self.mind.get(), self.setup.brain) {
            (Some(planned), _, _) => planned.script.turn(asked),
            (None, Some(mind), _) => mind(asked),
            (None, None, Brain::Rules) => rules::turn(asked),
            (None, None, Brain::Scripted) => return None,
        };
        let form = turn.form.unwrap_or(form);
        Some((turn, form))
    }

    fn say(&self, asked: &Asked, turn: Turn, form: Form, number: usize) -> Answer {
        let body = asked.body();
        let model = body["model"].as_str().unwrap_or_default();
        let heading = Heading {
            number,
            model: if form == Form::OtherModel {
                "another/model".to_owned()
            } else {
                model.to_owned()
            },
            usage_asked: body["stream_options"]["include_usage"] == true,
            usage: turn.usage.clone(),
        };
        let message = message(&turn, form, number);
        let reply = if body["stream"] == true {
            reply::stream(&message, form, &heading)
        } else {
            reply::whole(&message, form, &heading)
        };
        let (before, midway) = (turn.before.clone(), turn.midway.clone());
        let mut state = self.state();
        if form.is_broken() {
            let again = Turn { form: None, ..turn };
            state.broken.push((body["messages"].clone(), again));
        } else if self.mind.get().is_none() {
            state.sent.push(message);
            state.sent_by.push(body["model"].clone());
        }
        Answer {
            reply,
            before,
            midway,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic at the desk")
    }
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        Self {
            reply,
            before: None,
            midway: None,
        }
    }
}

/// An error in OpenAI's shape.
pub(super) fn refusal(status: StatusCode, message: &str) -> Reply {
    let status = status.as_u16();
    let body = json!({"error": {
        "message": message,
        "type": "invalid_request_error",
        "code": status,
        "status": status,
    }});
    Reply {
        status,
        content_type: "application/json",
        pieces: vec![body.to_string().into_bytes()],
        end: reply::End::Clean,
    }
}
