//! A small reader of streams, written apart from the writer, to check it.

use serde_json::Value;

/// The data of each complete event.
pub(super) fn events(bytes: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(bytes).unwrap().replace("\r\n", "\n");
    let (complete, _) = text.rsplit_once("\n\n").unwrap_or_default();
    let blocks = complete.split("\n\n");
    blocks
        .map(|block| {
            let lines = block.lines().filter_map(|line| line.strip_prefix("data:"));
            lines.map(str::trim_start).collect::<Vec<_>>().join("\n")
        })
        .filter(|data| !data.is_empty())
        .collect()
}

/// What a stream says in the end.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Heard {
    pub(super) text: String,
    /// Name and arguments.
    pub(super) calls: Vec<(String, String)>,
    pub(super) finish: Option<String>,
    pub(super) error: bool,
    pub(super) done: bool,
    pub(super) usage: bool,
}

pub(super) fn hear(bytes: &[u8]) -> Heard {
    let mut heard = Heard::default();
    for data in events(bytes) {
        if data == "[DONE]" {
            heard.done = true;
            break;
        }
        let event: Value = serde_json::from_str(&data).unwrap();
        heard.error |= event.get("error").is_some();
        heard.usage |= event["usage"].is_object();
        let choice = &event["choices"][0];
        heard.text += choice["delta"]["content"].as_str().unwrap_or_default();
        if let Some(reason) = choice["finish_reason"].as_str() {
            heard.finish = Some(reason.to_owned());
        }
        for piece in choice["delta"]["tool_calls"]
            .as_array()
            .into_iter()
            .flatten()
        {
            heard.call(piece);
        }
    }
    heard
}

impl Heard {
    fn call(&mut self, piece: &Value) {
        let name = piece["function"]["name"].as_str();
        let arguments = piece["function"]["arguments"].as_str().unwrap_or_default();
        if let Some(name) = name {
            self.calls.push((name.to_owned(), arguments.to_owned()));
        } else if let Some(last) = self.calls.last_mut() {
            last.1 += arguments;
        }
    }
}
