//! A request, as a brain reads it.

use serde_json::{Map, Value};

/// One request for a turn.
#[derive(Debug, Clone)]
pub struct Asked(Value);

/// One call of this conversation since the person last spoke, with what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    pub name: String,
    /// `Null` when they were no JSON.
    pub arguments: Value,
    /// The tool message's content.
    pub content: String,
}

impl Asked {
    pub(super) fn new(body: Value) -> Self {
        Self(body)
    }

    pub fn body(&self) -> &Value {
        &self.0
    }

    pub fn messages(&self) -> &[Value] {
        self.0["messages"].as_array().map_or(&[], Vec::as_slice)
    }

    /// What the person said last.
    pub fn last_words(&self) -> &str {
        self.messages()
            .iter()
            .rev()
            .find(|message| message["role"] == "user")
            .and_then(|message| message["content"].as_str())
            .unwrap_or_default()
    }

    /// The calls made since then, in order.
    pub fn outcomes(&self) -> Vec<Outcome> {
        let messages = self.messages();
        let start = messages
            .iter()
            .rposition(|message| message["role"] == "user")
            .map_or(0, |at| at + 1);
        let since = messages.get(start..).unwrap_or_default();
        let mut outcomes = Vec::new();
        for (at, message) in since.iter().enumerate() {
            // Ids may come again in later turns.
            let rest = since.get(at + 1..).unwrap_or_default();
            let answers: Vec<&Value> = rest.iter().take_while(|m| m["role"] == "tool").collect();
            let calls = message["tool_calls"].as_array().into_iter().flatten();
            outcomes.extend(calls.filter_map(|call| {
                let answer = answers.iter().find(|m| m["tool_call_id"] == call["id"])?;
                Some(Outcome::of(call, answer))
            }));
        }
        outcomes
    }

    /// Names of the offered tools, in order.
    pub fn offered(&self) -> Vec<&str> {
        self.functions()
            .filter_map(|function| function["name"].as_str())
            .collect()
    }

    pub fn offers(&self, name: &str) -> bool {
        self.offered().contains(&name)
    }

    /// The properties of an offered tool's arguments; `None` when it is not offered.
    pub fn properties(&self, name: &str) -> Option<Map<String, Value>> {
        let function = self.functions().find(|function| function["name"] == name)?;
        let properties = function["parameters"]["properties"].as_object();
        Some(properties.cloned().unwrap_or_default())
    }

    fn functions(&self) -> impl Iterator<Item = &Value> {
        self.0["tools"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|tool| &tool["function"])
    }
}

impl Outcome {
    fn of(call: &Value, answer: &Value) -> Self {
        let arguments = call["function"]["arguments"].as_str().unwrap_or_default();
        Self {
            name: call["function"]["name"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            arguments: serde_json::from_str(arguments).unwrap_or_default(),
            content: answer["content"].as_str().unwrap_or_default().to_owned(),
        }
    }

    /// The content as JSON; a string when it is none.
    pub fn data(&self) -> Value {
        serde_json::from_str(&self.content).unwrap_or_else(|_| Value::String(self.content.clone()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_calls_since_the_person_last_spoke_count() {
        let call = |id: &str, name: &str| {
            json!({"role": "assistant", "tool_calls": [{
            "id": id, "type": "function", "function": {"name": name, "arguments": "{\"a\":1}"}}]})
        };
        let asked = Asked::new(json!({"messages": [
            {"role": "system", "content": "You are Valet."},
            {"role": "user", "content": "first"},
            call("1", "old"),
            {"role": "tool", "tool_call_id": "1", "content": "{}"},
            {"role": "assistant", "content": "done"},
            {"role": "user", "content": "second"},
            call("2", "new"),
            {"role": "tool", "tool_call_id": "2", "content": "{\"ok\":true}"},
            call("2", "newer"),
            {"role": "tool", "tool_call_id": "2", "content": "{\"ok\":false}"},
        ]}));

        assert_eq!(asked.last_words(), "second");
        let outcomes = asked.outcomes();
        let names: Vec<&str> = outcomes
            .iter()
            .map(|outcome| outcome.name.as_str())
            .collect();
        assert_eq!(names, ["new", "newer"]);
        assert_eq!(outcomes[1].data(), json!({"ok": false}));
        assert_eq!(outcomes[0].arguments, json!({"a": 1}));
        assert_eq!(outcomes[0].data(), json!({"ok": true}));
    }
}
