//! Joins what a router streams into one reply. Routers differ in everything but the
//! names of the fields, so it works on JSON with unknown fields kept: the assistant
//! message must go back as it came.

mod arguments;
mod calls;
mod usual;

use serde_json::{Map, Value};

use self::calls::Calls;
use super::error::Error;
use crate::agent::{Reply, Usage};

/// Why a chunk adds nothing.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NotAdded {
    NotJson,
    Says(Error),
}

impl From<Error> for NotAdded {
    fn from(error: Error) -> Self {
        Self::Says(error)
    }
}

/// A reply in the making.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    message: Map<String, Value>,
    calls: Calls,
    finish_reason: Option<String>,
    usage: Usage,
    model: Option<String>,
}

impl Assembly {
    /// Whether a `finish_reason` came: what follows can only be the usage.
    pub(super) fn is_finished(&self) -> bool {
        self.finish_reason.is_some()
    }

    /// Takes one chunk of a stream as it was written.
    pub(super) fn add_text(&mut self, chunk: &str) -> Result<(), NotAdded> {
        if let Some(usual) = usual::read(chunk) {
            return Ok(self.add_usual(usual)?);
        }
        let chunk = serde_json::from_str(chunk).map_err(|_| NotAdded::NotJson)?;
        Ok(self.add(chunk)?)
    }

    /// Takes one chunk of a stream, or the whole body of an answer that is no stream.
    pub(super) fn add(&mut self, chunk: Value) -> Result<(), Error> {
        let Value::Object(mut chunk) = chunk else {
            return Err(Error::BadAnswer);
        };
        if let Some(error) = said(&chunk, "error") {
            return Err(Error::of_object(error));
        }
        if let Some(model) = text(&chunk, "model") {
            self.model = Some(model.to_owned());
        }
        if let Some(Value::Object(usage)) = chunk.get("usage") {
            self.usage = Usage {
                prompt_tokens: count(usage, "prompt_tokens"),
                completion_tokens: count(usage, "completion_tokens"),
            };
        }
        match chunk.remove("choices") {
            Some(Value::Array(choices)) => choices
                .into_iter()
                .try_for_each(|choice| self.add_choice(choice)),
            _ => Ok(()),
        }
    }

    fn add_choice(&mut self, choice: Value) -> Result<(), Error> {
        let Value::Object(mut choice) = choice else {
            return Ok(());
        };
        if let Some(error) = said(&choice, "error") {
            return Err(Error::of_object(error));
        }
        // One choice is asked for; others would mix into it.
        if choice.get("index").and_then(Value::as_u64).unwrap_or(0) != 0 {
            return Ok(());
        }
        match (choice.remove("delta"), choice.remove("message")) {
            (Some(Value::Object(delta)), _) if !delta.is_empty() => self.merge(delta)?,
            // A whole message is complete by itself, whatever was streamed before it.
            (_, Some(Value::Object(message))) if !message.is_empty() => {
                self.message = Map::new();
                self.calls = Calls::default();
                self.merge(message)?;
            }
            _ => {}
        }
        text(&choice, "finish_reason").map_or(Ok(()), |reason| self.finishes(reason))
    }

    fn finishes(&mut self, reason: &str) -> Result<(), Error> {
        match reason {
            "error" => Err(Error::Unavailable),
            "content_filter" => Err(Error::Refused),
            reason => {
                self.finish_reason = Some(reason.to_owned());
                Ok(())
            }
        }
    }

    fn merge(&mut self, delta: Map<String, Value>) -> Result<(), Error> {
        for (name, value) in delta {
            match (name.as_str(), value) {
                ("tool_calls", Value::Array(fragments)) => {
                    for fragment in fragments {
                        self.calls.add(fragment)?;
                    }
                }
                ("tool_calls", _) => {}
                (_, value) => merge_field(&mut self.message, name, value),
            }
        }
        Ok(())
    }

    /// The reply, if it is a finished one. `asked_model` stands in for a name the router
    /// left out.
    pub(super) fn finish(self, asked_model: &str) -> Result<Reply, Error> {
        let finish_reason = self.finish_reason.ok_or(Error::BrokeOff)?;
        let (calls, calls_as_sent) = self.calls.finish()?;
        if finish_reason == "length" && !calls.is_empty() {
            // The last of them is cut, and may have lost what it should have left alone.
            return Err(Error::TooLarge);
        }
        let mut message = self.message;
        message.insert("role".to_owned(), Value::from("assistant"));
        message.entry("content").or_insert(Value::Null);
        if !calls_as_sent.is_empty() {
            message.insert("tool_calls".to_owned(), Value::Array(calls_as_sent));
        }
        Ok(Reply {
            text: words(&message),
            message,
            calls,
            usage: self.usage,
            model: self.model.unwrap_or_else(|| asked_model.to_owned()),
        })
    }
}

/// Strings grow, lists grow, everything else is replaced; a null takes nothing away.
fn merge_field(message: &mut Map<String, Value>, name: String, value: Value) {
    match (message.get_mut(&name), value) {
        (Some(_), Value::Null) => {}
        (Some(Value::String(so_far)), Value::String(more)) if name != "role" => {
            so_far.push_str(&more);
        }
        (Some(Value::Array(so_far)), Value::Array(more)) => so_far.extend(more),
        (_, value) => {
            message.insert(name, value);
        }
    }
}

/// What the message says to a person: its content, as a string or as parts of text, or
/// the words with which the model itself refuses.
fn words(message: &Map<String, Value>) -> String {
    let content = match message.get("content") {
        Some(Value::String(content)) => content.clone(),
        Some(Value::Array(parts)) => parts
            .iter()
            .filter_map(|part| part.get("text")?.as_str())
            .collect(),
        _ => String::new(),
    };
    if content.is_empty() {
        text(message, "refusal").unwrap_or_default().to_owned()
    } else {
        content
    }
}

/// A field that is there and is not null.
fn said<'a>(map: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    map.get(name).filter(|value| !value.is_null())
}

/// A text that is there and is not empty.
fn text<'a>(map: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    map.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// A number of tokens, which some routers write as a float.
fn count(usage: &Map<String, Value>, name: &str) -> u64 {
    let Some(value) = usage.get(name) else {
        return 0;
    };
    value.as_u64().unwrap_or_else(|| {
        let whole = value.as_f64().unwrap_or(0.0).clamp(0.0, 1e15).trunc();
        format!("{whole:.0}").parse().unwrap_or(0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::ProposedCall;
    use serde_json::json;

    fn assemble(chunks: impl IntoIterator<Item = Value>) -> Result<Reply, Error> {
        let mut assembly = Assembly::default();
        for chunk in chunks {
            assembly.add(chunk)?;
        }
        assembly.finish("asked")
    }

    fn delta(delta: impl Into<Value>) -> Value {
        let delta: Value = delta.into();
        json!({"choices": [{"index": 0, "delta": delta, "finish_reason": null}]})
    }

    fn end(reason: &str) -> Value {
        json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
    }

    #[test]
    fn words_and_unknown_fields_are_joined_and_go_back() {
        let reply = assemble([
            delta(json!({"role": "assistant", "content": "", "refusal": null})),
            delta(json!({"role": "assistant", "content": "Hel", "reasoning": "I ", "cached": true})),
            delta(json!({"content": "lo", "reasoning": "think",
                         "reasoning_details": [{"type": "reasoning.text", "text": "I "}]})),
            delta(json!({"content": null, "reasoning_details": [{"signature": "s"}], "cached": false})),
            end("stop"),
            json!({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 3.0}, "model": "other"}),
        ])
        .unwrap();
        assert_eq!(reply.text, "Hello");
        assert_eq!(reply.model, "other");
        assert_eq!(
            (reply.usage.prompt_tokens, reply.usage.completion_tokens),
            (7, 3)
        );
        assert_eq!(
            Value::Object(reply.message),
            json!({"role": "assistant", "content": "Hello", "refusal": null, "reasoning": "I think",
                   "cached": false,
                   "reasoning_details": [{"type": "reasoning.text", "text": "I "}, {"signature": "s"}]})
        );
    }

    #[test]
    fn odd_but_harmless_chunks_are_tolerated() {
        let reply = assemble([
            json!({"choices": null}),
            json!({"choices": []}),
            json!({"error": null, "usage": null, "model": ""}),
            json!({"choices": [null, {"delta": null}, {"index": 1, "delta": {"content": "no"}}]}),
            delta(json!({"content": "yes", "tool_calls": null})),
            end("stop"),
        ])
        .unwrap();
        assert_eq!(reply.text, "yes");
        assert_eq!(reply.model, "asked");
        assert_eq!(reply.usage, Usage::default());
    }

    #[test]
    fn an_answer_that_is_no_stream_is_read_too() {
        let call = json!({"id": "c1", "type": "function", "extra": 1,
                          "function": {"name": "gmail_fetch_mails", "arguments": "{\"query\":\"q\"}"}});
        let message = json!({"role": "assistant", "content": null, "tool_calls": [call]});
        let reply =
            assemble([json!({"choices": [{"message": message, "finish_reason": "tool_calls"}]})])
                .unwrap();
        assert_eq!(Value::Object(reply.message), message);
        assert_eq!(reply.text, "");
        assert_eq!(
            reply.calls,
            [ProposedCall {
                id: "c1".to_owned(),
                name: "gmail_fetch_mails".to_owned(),
                arguments: "{\"query\":\"q\"}".to_owned(),
            }]
        );
    }

    #[test]
    fn a_whole_message_at_the_end_replaces_what_was_streamed() {
        let reply = assemble([
            delta(json!({"content": "Hel"})),
            json!({"choices": [{"delta": {}, "message": {"content": "Hello"}, "finish_reason": "stop"}]}),
        ])
        .unwrap();
        assert_eq!(reply.text, "Hello");
    }

    #[test]
    fn content_in_parts_and_refusals_are_words() {
        let parts = json!([{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}]);
        let cases = [
            (json!({"content": parts}), "ab"),
            (
                json!({"content": null, "refusal": "I cannot."}),
                "I cannot.",
            ),
            (json!({"content": "", "refusal": ""}), ""),
        ];
        for (message, expected) in cases {
            let body = json!({"choices": [{"message": message, "finish_reason": "stop"}]});
            assert_eq!(assemble([body]).unwrap().text, expected);
        }
    }

    #[test]
    fn errors_inside_a_success_are_errors() {
        let call =
            json!({"tool_calls": [{"id": "c", "function": {"name": "n", "arguments": "{"}}]});
        let limited = Error::RateLimited { retry_after: None };
        let cases = [
            (
                vec![json!({"error": {"code": 429}, "choices": []})],
                limited,
            ),
            (
                vec![
                    delta(json!({"content": "a"})),
                    json!({"error": {"message": "x", "code": 502}}),
                ],
                Error::Unavailable,
            ),
            (
                vec![json!({"choices": [{"error": {"code": 402}}]})],
                Error::OutOfCredit,
            ),
            (
                vec![delta(json!({"content": "a"})), end("error")],
                Error::Unavailable,
            ),
            (vec![end("content_filter")], Error::Refused),
            (vec![delta(json!({"content": "a"}))], Error::BrokeOff),
            (vec![delta(call.clone())], Error::BrokeOff),
            (vec![delta(call), end("length")], Error::TooLarge),
            (vec![], Error::BrokeOff),
            (vec![json!("pong")], Error::BadAnswer),
            (vec![json!([])], Error::BadAnswer),
        ];
        for (chunks, expected) in cases {
            assert_eq!(
                assemble(chunks.clone()).unwrap_err(),
                expected,
                "{chunks:?}"
            );
        }
    }

    #[test]
    fn an_answer_cut_by_the_models_own_limit_is_still_words() {
        let reply = assemble([delta(json!({"content": "Once upon"})), end("length")]).unwrap();
        assert_eq!(reply.text, "Once upon");
    }
}
