//! The chunks that streams are made of, nearly all: one choice with a piece of text or of a
//! call. They are read without a tree of JSON, which costs five times as much; whatever is
//! not quite like them is left to the tree, which keeps what nobody knows.

use std::borrow::Cow;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use super::calls::Fragment;
use super::{Assembly, merge_field};
use crate::router::error::Error;

/// A chunk that says nothing else. Fields beside these mean nothing, in the tree as well.
#[derive(Deserialize)]
pub(super) struct Chunk<'a> {
    #[serde(borrow, default)]
    model: Text<'a>,
    #[serde(borrow, default)]
    choices: Option<Vec<Choice<'a>>>,
    #[serde(default)]
    error: Option<IgnoredAny>,
    #[serde(default)]
    usage: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(default)]
    index: Option<u64>,
    #[serde(borrow, default)]
    delta: Option<Delta<'a>>,
    #[serde(borrow, default)]
    finish_reason: Text<'a>,
    #[serde(default)]
    message: Option<IgnoredAny>,
    #[serde(default)]
    error: Option<IgnoredAny>,
}

/// All of its fields go back to the router, so that there may be no others.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Delta<'a> {
    #[serde(borrow, default)]
    role: Text<'a>,
    #[serde(borrow, default)]
    content: Text<'a>,
    #[serde(borrow, default)]
    tool_calls: Option<Vec<Call<'a>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call<'a> {
    #[serde(default)]
    index: Option<u64>,
    #[serde(borrow, default)]
    id: Text<'a>,
    #[serde(borrow, default, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, default)]
    function: Option<Function<'a>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Function<'a> {
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default)]
    arguments: Text<'a>,
}

/// A field that is to be a text.
#[derive(Default)]
enum Text<'a> {
    #[default]
    Absent,
    Null,
    Said(Cow<'a, str>),
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Words<'a>(#[serde(borrow)] Cow<'a, str>);

        let said: Option<Words<'a>> = Option::deserialize(from)?;
        Ok(said.map_or(Self::Null, |Words(said)| Self::Said(said)))
    }
}

impl Text<'_> {
    /// What is said, if it is not empty.
    fn words(&self) -> Option<&str> {
        match self {
            Self::Said(said) if !said.is_empty() => Some(said),
            Self::Absent | Self::Null | Self::Said(_) => None,
        }
    }
}

/// `None` for a chunk that takes the tree.
pub(super) fn read(chunk: &str) -> Option<Chunk<'_>> {
    let chunk: Chunk<'_> = serde_json::from_str(chunk).ok()?;
    let says_more = |choice: &Choice<'_>| choice.error.is_some() || choice.message.is_some();
    let is_usual = chunk.error.is_none()
        && chunk.usage.is_none()
        && !chunk.choices.iter().flatten().any(says_more);
    is_usual.then_some(chunk)
}

impl Assembly {
    pub(super) fn add_usual(&mut self, chunk: Chunk<'_>) -> Result<(), Error> {
        if let Some(model) = chunk.model.words()
            && self.model.as_deref() != Some(model)
        {
            self.model = Some(model.to_owned());
        }
        for choice in chunk.choices.into_iter().flatten() {
            // One choice is asked for; others would mix into it.
            if choice.index.unwrap_or(0) != 0 {
                continue;
            }
            if let Some(delta) = choice.delta {
                self.merge_usual(delta)?;
            }
            if let Some(reason) = choice.finish_reason.words() {
                self.finishes(reason)?;
            }
        }
        Ok(())
    }

    fn merge_usual(&mut self, delta: Delta<'_>) -> Result<(), Error> {
        self.merge_text("role", delta.role);
        self.merge_text("content", delta.content);
        for call in delta.tool_calls.into_iter().flatten() {
            self.calls.add_fragment(call.into())?;
        }
        Ok(())
    }

    fn merge_text(&mut self, name: &str, text: Text<'_>) {
        use serde_json::Value;
        match (text, self.message.get_mut(name)) {
            (Text::Absent, _) => {}
            (Text::Said(more), Some(Value::String(so_far))) if name != "role" => {
                so_far.push_str(&more);
            }
            (Text::Said(said), _) => {
                let said = Value::String(said.into_owned());
                merge_field(&mut self.message, name.to_owned(), said);
            }
            (Text::Null, _) => merge_field(&mut self.message, name.to_owned(), Value::Null),
        }
    }
}

impl From<Call<'_>> for Fragment {
    fn from(call: Call<'_>) -> Self {
        let owned = |text: &Text<'_>| text.words().map(str::to_owned);
        let function = call.function.as_ref();
        let arguments = function.and_then(|function| function.arguments.words());
        let mut fragment = Self {
            index: call.index,
            id: owned(&call.id),
            name: function.and_then(|function| owned(&function.name)),
            arguments: arguments.unwrap_or_default().to_owned(),
            ..Self::default()
        };
        if let Text::Said(kind) = call.kind {
            fragment
                .others
                .insert("type".to_owned(), kind.into_owned().into());
        }
        fragment
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    use super::*;

    /// What stands in a field: what is usual there, or anything.
    fn value(usual: &'static [&'static str]) -> impl Strategy<Value = Option<Value>> {
        let texts = prop::sample::select(usual).prop_map(|text| Some(json!(text)));
        let odd = [
            json!(null),
            json!(1),
            json!(0),
            json!(-1),
            json!({}),
            json!([]),
            json!(["a"]),
        ];
        prop_oneof![6 => texts, 2 => Just(None), 1 => prop::sample::select(odd.to_vec()).prop_map(Some)]
    }

    fn object(fields: Vec<(&'static str, Option<Value>)>) -> Value {
        let there = fields
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Value::Object(there.collect::<Map<_, _>>())
    }

    fn maybe(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Option<Value>> {
        prop_oneof![4 => value.prop_map(Some), 1 => Just(None), 1 => Just(Some(Value::Null))]
    }

    fn call() -> impl Strategy<Value = Value> {
        let arguments = value(&["{", "}", "{\"x\":\"é\\n\"}", ""]);
        let function = (value(&["a", ""]), arguments)
            .prop_map(|(name, arguments)| object(vec![("name", name), ("arguments", arguments)]));
        let index = prop_oneof![Just(None), (0..3_u64).prop_map(|index| Some(json!(index)))];
        (
            index,
            value(&["c1", "c2", ""]),
            value(&["function"]),
            maybe(function),
        )
            .prop_map(|(index, id, kind, function)| {
                object(vec![
                    ("index", index),
                    ("id", id),
                    ("type", kind),
                    ("function", function),
                ])
            })
    }

    fn delta() -> impl Strategy<Value = Value> {
        let calls = prop::collection::vec(call(), 0..3).prop_map(Value::Array);
        let reasoning = prop_oneof![5 => Just(None), 1 => value(&["hm"])];
        (
            value(&["assistant"]),
            value(&["Grüße ", "\"\n", ""]),
            maybe(calls),
            reasoning,
        )
            .prop_map(|(role, content, calls, reasoning)| {
                object(vec![
                    ("role", role),
                    ("content", content),
                    ("tool_calls", calls),
                    ("reasoning", reasoning),
                ])
            })
    }

    fn chunk() -> impl Strategy<Value = Value> {
        let rare = || prop_oneof![12 => Just(None), 1 => value(&["x"])];
        let choice = (
            maybe(delta()),
            value(&["", "stop", "length"]),
            rare(),
            rare(),
            0..8_u64,
        )
            .prop_map(|(delta, reason, message, error, index)| {
                object(vec![
                    ("index", Some(json!(index / 7))),
                    ("delta", delta),
                    ("finish_reason", reason),
                    ("message", message),
                    ("error", error),
                ])
            });
        let choices = maybe(prop::collection::vec(choice, 0..3).prop_map(Value::Array));
        (value(&["m1", "m2"]), choices, rare(), rare()).prop_map(
            |(model, choices, error, usage)| {
                object(vec![
                    ("id", Some(json!("fr_1"))),
                    ("model", model),
                    ("choices", choices),
                    ("error", error),
                    ("usage", usage),
                ])
            },
        )
    }

    proptest! {
        #[test]
        fn a_stream_comes_to_the_same_by_the_tree(chunks in prop::collection::vec(chunk(), 0..6)) {
            let (mut quick, mut tree) = (Assembly::default(), Assembly::default());
            for chunk in chunks {
                let text = chunk.to_string();
                let added = quick.add_text(&text);
                prop_assert_eq!(&added, &tree.add(chunk).map_err(super::super::NotAdded::from));
                if added.is_err() {
                    return Ok(());
                }
            }
            match (quick.finish("asked"), tree.finish("asked")) {
                (Ok(quick), Ok(tree)) => {
                    prop_assert_eq!(quick.message, tree.message);
                    prop_assert_eq!((quick.text, quick.model), (tree.text, tree.model));
                    prop_assert_eq!(quick.calls, tree.calls);
                }
                (quick, tree) => prop_assert_eq!(quick.err(), tree.err()),
            }
        }
    }

    #[test]
    fn what_streams_are_made_of_takes_no_tree() {
        for chunk in [
            json!({"id": "fr_1", "object": "chat.completion.chunk", "created": 1, "model": "m",
                "system_fingerprint": null, "usage": null, "choices": [{"index": 0, "logprobs": null,
                "delta": {"role": "assistant", "content": "a\n"}, "finish_reason": null}]}),
            json!({"choices": [{"delta": {}, "finish_reason": "stop"}]}),
            json!({"choices": [{"index": 0, "delta": {"tool_calls": [
                {"index": 0, "id": "c1", "type": "function", "function": {"name": "a", "arguments": ""}}]}}]}),
            json!({"choices": [{"index": 0, "delta": {"tool_calls": [
                {"index": 0, "function": {"arguments": "{\"x"}}]}}]}),
        ] {
            assert!(read(&chunk.to_string()).is_some(), "{chunk}");
        }
    }

    #[test]
    fn what_nobody_knows_is_left_to_the_tree() {
        for delta in [
            json!({"reasoning": "hm"}),
            json!({"tool_calls": [{"index": 0, "thought_signature": "s"}]}),
            json!({"tool_calls": [{"index": 0, "function": {"arguments": {"x": 1}}}]}),
            json!({"content": ["a"]}),
        ] {
            let chunk = json!({"choices": [{"index": 0, "delta": delta}]});
            assert!(read(&chunk.to_string()).is_none(), "{chunk}");
        }
    }
}
