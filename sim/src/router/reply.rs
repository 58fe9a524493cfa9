//! An answer on the wire: status, head, and the pieces in which its bytes are sent.

use serde_json::{Value, json};

use super::chunk::chunks;
use super::form::Form;

/// What every answer says about itself.
#[derive(Debug)]
pub(super) struct Heading {
    pub(super) number: usize,
    pub(super) model: String,
    /// The client asked for the usage in the stream.
    pub(super) usage_asked: bool,
    /// The usage, if it is not made up.
    pub(super) usage: Option<Value>,
}

#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) pieces: Vec<Vec<u8>>,
    pub(super) end: End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Clean,
    Cut,
    Silent,
}

impl Heading {
    pub(super) fn chunk(&self, delta: &Value, finish_reason: &Value) -> Value {
        let choice = json!({"index": 0, "delta": delta, "finish_reason": finish_reason});
        self.wrap("chat.completion.chunk", &json!([choice]))
    }

    fn wrap(&self, object: &str, choices: &Value) -> Value {
        json!({
            "id": format!("gen-{}", self.number),
            // Not ASCII, so that a piece can end within a character.
            "provider": "Atelier Modèle",
            "object": object,
            "created": 1_700_000_000,
            "model": self.model,
            "choices": choices,
        })
    }

    fn with_usage(&self, object: &str, choices: &Value, message: &Value) -> Value {
        let mut wrapped = self.wrap(object, choices);
        let completion = message.to_string().len() / 4;
        let prompt = 100 * self.number;
        let made_up = || {
            json!({
                "prompt_tokens": prompt,
                "completion_tokens": completion,
                "total_tokens": prompt + completion,
                "cost": 0.0001,
            })
        };
        wrapped["usage"] = self.usage.clone().unwrap_or_else(made_up);
        wrapped
    }
}

/// The message as one JSON body.
pub(super) fn whole(message: &Value, form: Form, heading: &Heading) -> Reply {
    let reason = if message["tool_calls"].is_array() {
        "tool_calls"
    } else {
        "stop"
    };
    let choice = json!({"index": 0, "message": message, "finish_reason": reason});
    let choices = json!([choice]);
    let mut body = match form {
        Form::NoUsage => heading.wrap("chat.completion", &choices),
        Form::ErrorBody | Form::ErrorEvent => error(),
        _ => heading.with_usage("chat.completion", &choices, message),
    };
    if form == Form::ErrorFinish {
        body["choices"][0]["finish_reason"] = json!("error");
    }
    let mut bytes = body.to_string().into_bytes();
    if end(form) != End::Clean || form == Form::DiesMidway {
        bytes.truncate(bytes.len() / 2);
    }
    Reply {
        status: status(form),
        content_type: "application/json",
        pieces: cut(bytes, form),
        end: end(form),
    }
}

/// The message as a stream of events.
pub(super) fn stream(message: &Value, form: Form, heading: &Heading) -> Reply {
    if matches!(form, Form::Json | Form::ErrorBody) {
        return whole(message, form, heading);
    }
    let pieces = frames(message, form, heading)
        .into_iter()
        .flat_map(|frame| cut(frame, form))
        .collect();
    Reply {
        status: status(form),
        content_type: "text/event-stream",
        pieces,
        end: end(form),
    }
}

fn frames(message: &Value, form: Form, heading: &Heading) -> Vec<Vec<u8>> {
    let mut events = chunks(message, form, heading);
    let broken = form.is_broken();
    if broken {
        // Never the last one, and of longer answers about half.
        events.truncate((events.len() / 2).max(1));
    }
    match form {
        Form::ErrorEvent => events.push(error()),
        Form::ErrorFinish => events.push(heading.chunk(&json!({"content": ""}), &json!("error"))),
        Form::NullChoices => events.push(usage(heading, &Value::Null, message)),
        Form::UsageUnasked => events.push(usage(heading, &json!([]), message)),
        _ if (heading.usage_asked || heading.usage.is_some())
            && form != Form::NoUsage
            && !broken =>
        {
            events.push(usage(heading, &json!([]), message));
        }
        _ => {}
    }
    let mut lines: Vec<String> = events
        .iter()
        .map(|event| format!("data: {event}\n\n"))
        .collect();
    if matches!(form, Form::DiesMidway | Form::CutMidway) {
        // The last line stays a half one.
        let half = events[0].to_string();
        lines.push(format!("data: {}", &half[..half.len() / 3]));
    } else if form != Form::NoDone && form != Form::Silence {
        lines.push("data: [DONE]\n\n".to_owned());
    }
    if form == Form::AfterDone {
        lines.push("data: {\"late\": \"and not JS".to_owned());
    }
    lines.into_iter().map(|line| dress(line, form)).collect()
}

fn usage(heading: &Heading, choices: &Value, message: &Value) -> Value {
    heading.with_usage("chat.completion.chunk", choices, message)
}

fn dress(line: String, form: Form) -> Vec<u8> {
    match form {
        Form::CrLf => line.replace('\n', "\r\n"),
        Form::KeepAlives => format!(": ROUTER PROCESSING\n\n{line}:\n\n: still here\n\n"),
        _ => line,
    }
    .into_bytes()
}

fn cut(bytes: Vec<u8>, form: Form) -> Vec<Vec<u8>> {
    if form == Form::TinyPieces {
        return bytes.into_iter().map(|byte| vec![byte]).collect();
    }
    vec![bytes]
}

fn status(form: Form) -> u16 {
    if form == Form::Status246 { 246 } else { 200 }
}

fn end(form: Form) -> End {
    match form {
        Form::CutMidway => End::Cut,
        Form::Silence => End::Silent,
        _ => End::Clean,
    }
}

/// The words come from somewhere else, and are not for people.
fn error() -> Value {
    json!({"error": {
        "message": "upstream provider says no",
        "type": "provider_error",
        "code": "502",
        "status": 502,
    }})
}
