//! Joins the calls of one reply. Routers send them as fragments by index, whole, without
//! index, without ids, with the same id twice, with an id that changes.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::arguments::Arguments;
use crate::agent::ProposedCall;
use crate::router::error::Error;

/// Most calls of one reply. A turn makes sixteen; a model that goes in circles may write some
/// more before it is told so.
const MOST_CALLS: usize = 256;

/// The calls so far, in the order in which they first appeared.
#[derive(Debug, Default)]
pub(super) struct Calls(Vec<Partial>);

#[derive(Debug, Default)]
struct Partial {
    index: Option<u64>,
    id: String,
    name: String,
    arguments: Arguments,
    /// Fields of the call and of its function that we have no use for, but send back.
    others: Map<String, Value>,
    function_others: Map<String, Value>,
}

/// One element of a delta's `tool_calls`.
#[derive(Default)]
pub(super) struct Fragment {
    pub(super) index: Option<u64>,
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) arguments: String,
    pub(super) others: Map<String, Value>,
    pub(super) function_others: Map<String, Value>,
}

/// Where a fragment belongs.
enum Place {
    At(usize),
    New,
    /// It says again what is already known.
    Repeated,
}

impl Calls {
    pub(super) fn add(&mut self, fragment: Value) -> Result<(), Error> {
        match Fragment::read(fragment) {
            Some(fragment) => self.add_fragment(fragment),
            None => Ok(()),
        }
    }

    pub(super) fn add_fragment(&mut self, fragment: Fragment) -> Result<(), Error> {
        match self.place_of(&fragment) {
            Place::At(position) => {
                if let Some(call) = self.0.get_mut(position) {
                    call.extend(fragment);
                }
            }
            Place::New if self.0.len() == MOST_CALLS => return Err(Error::TooLarge),
            Place::New => {
                let mut call = Partial::default();
                call.extend(fragment);
                self.0.push(call);
            }
            Place::Repeated => {}
        }
        Ok(())
    }

    fn place_of(&self, fragment: &Fragment) -> Place {
        let position = match (fragment.index, &fragment.id) {
            (Some(index), _) => self.last(|call| call.index == Some(index)),
            (None, Some(id)) => self.last(|call| call.id == *id),
            (None, None) if fragment.name.is_some() => None,
            // Arguments alone go on where the last ones stopped.
            (None, None) => self.0.len().checked_sub(1),
        };
        match position.and_then(|position| Some((position, self.0.get(position)?))) {
            None => Place::New,
            Some((_, call)) if fragment.repeats(call) => Place::Repeated,
            Some((_, call)) if fragment.begins_another(call) => Place::New,
            Some((position, _)) => Place::At(position),
        }
    }

    fn last(&self, is_meant: impl Fn(&Partial) -> bool) -> Option<usize> {
        self.0.iter().rposition(is_meant)
    }

    /// The calls, and the same as they go back in the assistant message. Each has an id
    /// of its own, which its result will carry.
    pub(super) fn finish(self) -> Result<(Vec<ProposedCall>, Vec<Value>), Error> {
        let mut partials = self.0;
        let received: HashSet<String> = partials.iter().map(|call| call.id.clone()).collect();
        let mut taken: HashSet<String> = HashSet::new();
        let mut calls = Vec::with_capacity(partials.len());
        let mut as_sent = Vec::with_capacity(partials.len());
        // Deltas may arrive out of order; calls without an index stay where they came.
        if partials.iter().all(|call| call.index.is_some()) {
            partials.sort_by_key(|call| call.index);
        }
        for (position, mut partial) in partials.into_iter().enumerate() {
            if partial.name.is_empty() {
                return Err(Error::BadAnswer);
            }
            if partial.id.is_empty() || !taken.insert(partial.id.clone()) {
                let mut number = position;
                partial.id = loop {
                    let id = format!("call_{number}");
                    if !received.contains(&id) && taken.insert(id.clone()) {
                        break id;
                    }
                    number += 1;
                };
            }
            let call = ProposedCall {
                id: partial.id.clone(),
                name: partial.name.clone(),
                arguments: partial.arguments.as_str().to_owned(),
            };
            calls.push(call);
            as_sent.push(partial.into_sent());
        }
        Ok((calls, as_sent))
    }
}

impl Partial {
    fn extend(&mut self, fragment: Fragment) {
        self.index = self.index.or(fragment.index);
        if let (true, Some(id)) = (self.id.is_empty(), fragment.id) {
            self.id = id;
        }
        if let (true, Some(name)) = (self.name.is_empty(), fragment.name) {
            self.name = name;
        }
        self.arguments.push(&fragment.arguments);
        self.others.extend(fragment.others);
        self.function_others.extend(fragment.function_others);
    }

    fn into_sent(self) -> Value {
        let mut function = Map::new();
        function.insert("name".to_owned(), Value::String(self.name));
        function.insert(
            "arguments".to_owned(),
            Value::String(self.arguments.into_text()),
        );
        function.extend(self.function_others);
        let mut call = Map::new();
        call.insert("id".to_owned(), Value::String(self.id));
        call.insert("type".to_owned(), Value::from("function"));
        call.extend(self.others);
        call.insert("function".to_owned(), Value::Object(function));
        Value::Object(call)
    }
}

impl Fragment {
    fn read(fragment: Value) -> Option<Self> {
        let Value::Object(mut others) = fragment else {
            return None;
        };
        let mut function_others = match others.remove("function") {
            Some(Value::Object(function)) => function,
            _ => Map::new(),
        };
        others.retain(|_, value| !value.is_null());
        let index = others.remove("index").and_then(|index| index.as_u64());
        Some(Self {
            index,
            id: take_text(&mut others, "id"),
            name: take_text(&mut function_others, "name"),
            arguments: match function_others.remove("arguments") {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(arguments)) => arguments,
                // The object itself instead of its text.
                Some(arguments) => arguments.to_string(),
            },
            others,
            function_others,
        })
    }

    /// Some routers stream a call and then send it again, whole, in the last chunk.
    fn repeats(&self, call: &Partial) -> bool {
        self.name.as_deref() == Some(&call.name)
            && self.id.as_deref().is_none_or(|id| id == call.id)
            && !self.arguments.is_empty()
            && self.arguments == call.arguments.as_str()
            && (self.id.is_some() || self.index.is_some())
            && call.arguments.are_whole()
    }

    /// A fragment that names a function though this call has one is the beginning of
    /// another under the same index or id, unless it may still go on with this one.
    fn begins_another(&self, call: &Partial) -> bool {
        let Some(name) = &self.name else {
            return false;
        };
        let other_id = matches!(&self.id, Some(id) if !call.id.is_empty() && *id != call.id);
        let other_name = !call.name.is_empty() && *name != call.name;
        other_id || other_name || (!self.arguments.is_empty() && call.arguments.are_whole())
    }
}

fn take_text(map: &mut Map<String, Value>, name: &str) -> Option<String> {
    match map.remove(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// `index|id|name|arguments`, each but the last `-` when it is left out.
    fn fragment(short: &str) -> Value {
        let parts: Vec<&str> = short.splitn(4, '|').collect();
        let text = |part: &str| (part != "-").then(|| part.to_owned());
        json!({"index": parts[0].parse::<u64>().ok(), "id": text(parts[1]), "type": "function",
               "function": {"name": text(parts[2]), "arguments": parts[3]}})
    }

    /// The calls that come of it, as `id|name|arguments`.
    fn joined(fragments: impl IntoIterator<Item = Value>) -> Vec<String> {
        let mut calls = Calls::default();
        for fragment in fragments {
            calls.add(fragment).unwrap();
        }
        let (calls, as_sent) = calls.finish().unwrap();
        for (call, sent) in calls.iter().zip(&as_sent) {
            assert_eq!(sent["id"], *call.id);
            assert_eq!(sent["function"]["name"], *call.name);
            assert_eq!(sent["function"]["arguments"], *call.arguments);
        }
        calls
            .iter()
            .map(|call| format!("{}|{}|{}", call.id, call.name, call.arguments))
            .collect()
    }

    const TWO: &[&str] = &["c1|a|{1}", "c2|b|{}"];

    fn assert_joined(cases: &[(&str, &[&str], &[&str])]) {
        // `{1}` is short for an object with something in it.
        let long = |short: &str| short.replace("{1", "{\"x\":1").replace("{2", "{\"x\":2");
        for (case, fragments, expected) in cases {
            let calls = joined(fragments.iter().map(|short| fragment(&long(short))));
            let expected: Vec<String> = expected.iter().map(|short| long(short)).collect();
            assert_eq!(calls, expected, "{case}");
        }
    }

    #[test]
    fn calls_are_joined_however_they_are_cut() {
        let by_index = ["0|c1|a|", "0|-|-|{1", "1|c2|b|", "0|-|-|}", "1|-|-|{}"];
        let without_index = ["-|c1|a|{1", "-|-|-|}", "-|c2|b|{", "-|c2|-|}"];
        let named_each_time = ["0|c1|a|", "0|c1|a|{1", "0|c1|a|}", "0|c1|a|"];
        assert_joined(&[
            ("fragments by index", &by_index, TWO),
            ("fragments without index", &without_index, TWO),
            ("whole calls by index", &["0|c1|a|{1}", "1|c2|b|{}"], TWO),
            ("whole without index", &["-|c1|a|{1}", "-|c2|b|{}"], TWO),
            ("out of order", &["1|c2|b|{}", "0|c1|a|{1}"], TWO),
            ("all under index 0", &["0|c1|a|{1}", "0|c2|b|{}"], TWO),
            ("a name in every fragment", &named_each_time, &TWO[..1]),
            (
                "streamed, then whole again",
                &["0|c1|a|{1", "0|-|-|}", "0|c1|a|{1}"],
                &TWO[..1],
            ),
            (
                "empty and malformed arguments",
                &["0|c1|a|", "1|c2|b|{oops"],
                &["c1|a|", "c2|b|{oops"],
            ),
        ]);
    }

    #[test]
    fn every_call_gets_an_id_of_its_own() {
        assert_joined(&[
            ("a late id", &["0|-|a|{1", "0|c1|-|}"], &TWO[..1]),
            (
                "an id that changes with each fragment",
                &["0|c1|a|{1", "0|c9|-|}"],
                &TWO[..1],
            ),
            (
                "no ids, one tool, one index",
                &["0|-|a|{1}", "0|-|a|{2}"],
                &["call_0|a|{1}", "call_1|a|{2}"],
            ),
            (
                "nothing but a name, twice",
                &["-|-|a|{}", "-|-|a|{}"],
                &["call_0|a|{}", "call_1|a|{}"],
            ),
            (
                "one id for two calls",
                &["0|c1|a|{1}", "1|c1|b|{}"],
                &["c1|a|{1}", "call_1|b|{}"],
            ),
            (
                "one id for two calls, no index",
                &["-|c1|a|{1}", "-|c1|a|{2}"],
                &["c1|a|{1}", "call_1|a|{2}"],
            ),
            (
                "an id like those we invent",
                &["0|-|a|{}", "1|call_0|b|{}", "2|-|c|{}"],
                &["call_1|a|{}", "call_0|b|{}", "call_2|c|{}"],
            ),
        ]);
    }

    #[test]
    fn arguments_may_come_as_an_object_or_not_at_all() {
        let calls = joined([
            json!(null),
            json!("x"),
            json!({"id": "c1", "function": {"name": "a", "arguments": {"x": 1}}}),
            json!({"id": "c2", "function": {"name": "b"}}),
        ]);
        assert_eq!(calls, ["c1|a|{\"x\":1}", "c2|b|"]);
    }

    #[test]
    fn fields_we_do_not_know_go_back() {
        let mut calls = Calls::default();
        calls
            .add(json!({"index": 0, "id": "c1", "thought_signature": "s",
                         "function": {"name": "a", "arguments": "{}", "strict": true}}))
            .unwrap();
        let (_, as_sent) = calls.finish().unwrap();
        assert_eq!(
            as_sent,
            [
                json!({"id": "c1", "type": "function", "thought_signature": "s",
                    "function": {"name": "a", "arguments": "{}", "strict": true}})
            ]
        );
    }

    #[test]
    fn a_call_of_nothing_is_no_answer() {
        let mut calls = Calls::default();
        calls.add(fragment("0|c1|-|{}")).unwrap();
        assert_eq!(calls.finish().unwrap_err(), Error::BadAnswer);
    }

    #[test]
    fn calls_without_end_are_no_answer() {
        let mut calls = Calls::default();
        for _ in 0..MOST_CALLS {
            calls.add(fragment("-|-|a|{}")).unwrap();
        }
        let one_more = calls.add(fragment("-|-|a|{}"));
        assert_eq!(one_more.unwrap_err(), Error::TooLarge);
        assert_eq!(calls.finish().unwrap().0.len(), MOST_CALLS);
    }
}
