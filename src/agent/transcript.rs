//! What the model reads: how it is to work, what was said before, the question, and the
//! turns so far. The turns are kept line by line, so that a run can be taken up again
//! from its journal wherever it stopped.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::earlier::{Earlier, quoted};
use super::mention::without_ids;
use super::reply::ProposedCall;
use super::result::{Refusal, can_be_read_on};
use super::text::cut;

/// Longest question, in characters; Slack's own limit.
const LONGEST_QUESTION: usize = 40_000;

/// Characters of all results together; the oldest give way. About 50,000 tokens, which
/// leaves room for the tools in a small model's window.
const MOST_RESULT_CHARACTERS: usize = 200_000;

/// One step of a run, as it is kept in the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Line {
    /// The assistant message as received.
    Assistant(Map<String, Value>),
    /// What the person said while the run was at work.
    Steered(String),
    ToolResult {
        call_id: String,
        content: String,
    },
}

/// Everything the model is told, in order.
#[derive(Debug, Clone)]
pub(crate) struct Transcript {
    opening: Vec<Value>,
    lines: Vec<Line>,
}

impl Transcript {
    /// `more` says that not all was read of what was said earlier.
    pub(crate) fn new(
        system_prompt: &str,
        (earlier, more): (&[Earlier], bool),
        question: &str,
    ) -> Self {
        let mut opening = vec![json!({"role": "system", "content": system_prompt})];
        if !earlier.is_empty() {
            opening.push(json!({"role": "user", "content": quoted(earlier, more)}));
        }
        let question = without_ids(cut(question, LONGEST_QUESTION));
        opening.push(json!({"role": "user", "content": question}));
        Self {
            opening,
            lines: Vec::new(),
        }
    }

    /// Adds what happened next, live or out of the journal.
    pub(crate) fn push(&mut self, line: Line) {
        self.lines.push(line);
    }

    /// The calls of the last turn that have no result yet: what is left to do when a run
    /// is taken up again.
    pub(crate) fn open_calls(&self) -> Vec<ProposedCall> {
        let Some(Turn {
            message, results, ..
        }) = self.turns().pop()
        else {
            return Vec::new();
        };
        calls_of(message)
            .filter(|call| !results.contains_key(call.id.as_str()))
            .collect()
    }

    /// The calls that this assistant message makes.
    pub(super) fn calls_in(message: &Map<String, Value>) -> impl Iterator<Item = ProposedCall> {
        calls_of(message)
    }

    /// The calls of all turns, in order.
    pub(crate) fn calls(&self) -> Vec<ProposedCall> {
        self.turns()
            .iter()
            .flat_map(|turn| calls_of(turn.message))
            .collect()
    }

    /// The messages of the next request. Every call has exactly one result behind it, as
    /// routers insist: a missing one is said to be interrupted, a second one is dropped.
    pub(crate) fn messages(&self) -> Vec<Value> {
        let turns = self.turns();
        let mut messages = self.opening.clone();
        messages.extend(steered(&self.lines));
        let mut too_many = self
            .characters_of_results()
            .saturating_sub(MOST_RESULT_CHARACTERS);
        for Turn {
            message,
            results,
            behind,
        } in turns
        {
            messages.push(Value::Object(message.clone()));
            for call in calls_of(message) {
                let content = match results.get(call.id.as_str()) {
                    Some(content) if too_many > 0 => {
                        too_many = too_many.saturating_sub(content.chars().count());
                        Refusal::LeftOut.content()
                    }
                    Some(content) => (*content).to_owned(),
                    None => Refusal::Interrupted.content(),
                };
                messages.push(json!({
                    "role": "tool", "tool_call_id": call.id, "content": content,
                }));
            }
            messages.extend(steered(behind));
        }
        messages
    }

    /// Whether any result tells how to read on in it.
    pub(crate) fn can_be_read_on(&self) -> bool {
        self.lines.iter().any(|line| match line {
            Line::Assistant(_) | Line::Steered(_) => false,
            Line::ToolResult { content, .. } => can_be_read_on(content),
        })
    }

    fn characters_of_results(&self) -> usize {
        self.lines
            .iter()
            .map(|line| match line {
                Line::Assistant(_) | Line::Steered(_) => 0,
                Line::ToolResult { content, .. } => content.chars().count(),
            })
            .sum()
    }

    fn turns(&self) -> Vec<Turn<'_>> {
        let mut turns: Vec<Turn<'_>> = Vec::new();
        for (place, line) in self.lines.iter().enumerate() {
            match line {
                Line::Assistant(message) => turns.push(Turn {
                    message,
                    results: HashMap::new(),
                    behind: self.lines.get(place + 1..).unwrap_or_default(),
                }),
                Line::Steered(_) => {}
                Line::ToolResult { call_id, content } => {
                    if let Some(turn) = turns.last_mut() {
                        turn.results.entry(call_id).or_insert(content);
                    }
                }
            }
        }
        turns
    }
}

/// The names of the tools that were not run because the person could not be asked, each once.
pub(crate) fn writes_not_shown(lines: &[Line]) -> Vec<String> {
    let transcript = Transcript {
        opening: Vec::new(),
        lines: lines.to_vec(),
    };
    let refusal = Refusal::NotShown.content();
    let mut names: Vec<String> = Vec::new();
    for Turn {
        message, results, ..
    } in transcript.turns()
    {
        for call in calls_of(message) {
            let is_refused = results.get(call.id.as_str()) == Some(&refusal.as_str());
            if is_refused && !names.contains(&call.name) {
                names.push(call.name);
            }
        }
    }
    names
}

/// One assistant message and what came of its calls, by id; the first result counts.
struct Turn<'a> {
    message: &'a Map<String, Value>,
    results: HashMap<&'a str, &'a str>,
    /// Everything that came after the message.
    behind: &'a [Line],
}

/// What the person said before the next turn of the model. It stands behind the results of
/// the turn before, which routers want to follow their calls.
fn steered(lines: &[Line]) -> impl Iterator<Item = Value> {
    let turn = lines
        .iter()
        .take_while(|line| !matches!(line, Line::Assistant(_)));
    turn.filter_map(|line| match line {
        Line::Steered(words) => {
            let words = without_ids(cut(words, LONGEST_QUESTION));
            Some(json!({"role": "user", "content": words}))
        }
        Line::Assistant(_) | Line::ToolResult { .. } => None,
    })
}

fn calls_of(message: &Map<String, Value>) -> impl Iterator<Item = ProposedCall> {
    let calls = message.get("tool_calls").and_then(Value::as_array);
    calls.into_iter().flatten().filter_map(|call| {
        let function = call.get("function")?;
        let text = |of: &Value, name: &str| of.get(name).and_then(Value::as_str).map(str::to_owned);
        Some(ProposedCall {
            id: text(call, "id")?,
            name: text(function, "name")?,
            arguments: text(function, "arguments").unwrap_or_default(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::Speaker;
    use proptest::prelude::*;

    fn assistant(calls: &[&str]) -> Line {
        let calls: Vec<Value> = calls
            .iter()
            .map(|id| json!({"id": id, "function": {"name": "t", "arguments": "{}"}, "odd": 1}))
            .collect();
        let message =
            json!({"role": "assistant", "content": null, "tool_calls": calls, "reasoning": "r"});
        Line::Assistant(message.as_object().unwrap().clone())
    }

    fn result(id: &str, content: &str) -> Line {
        Line::ToolResult {
            call_id: id.to_owned(),
            content: content.to_owned(),
        }
    }

    fn transcript(lines: impl IntoIterator<Item = Line>) -> Transcript {
        let mut transcript = Transcript::new("system", (&[], false), "question");
        for line in lines {
            transcript.push(line);
        }
        transcript
    }

    #[test]
    fn what_is_said_meanwhile_comes_behind_the_results_and_before_the_next_turn() {
        let said = |words: &str| Line::Steered(words.to_owned());
        let lines = [
            said("first"),
            assistant(&["a", "b"]),
            result("b", "2"),
            said("in French"),
            result("a", "1"),
            assistant(&[]),
            said("last"),
        ];
        let transcript = transcript(lines);
        assert_eq!(
            outline(&transcript),
            [
                "system",
                "user",
                "user",
                "assistant",
                "a=1",
                "b=2",
                "user",
                "assistant",
                "user"
            ]
        );
        assert!(transcript.open_calls().is_empty());
    }

    /// `role` and, for a result, `id=content`.
    fn outline(transcript: &Transcript) -> Vec<String> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        transcript
            .messages()
            .iter()
            .map(|message| match message.get("tool_call_id") {
                None => text(&message["role"]),
                Some(id) => format!("{}={}", text(id), text(&message["content"])),
            })
            .collect()
    }

    #[test]
    fn results_stand_behind_their_calls_in_the_order_of_the_calls() {
        let transcript = transcript([
            assistant(&["a", "b"]),
            result("b", "2"),
            result("a", "1"),
            result("a", "again"),
            result("nobody", "?"),
            assistant(&[]),
        ]);
        let expected = ["system", "user", "assistant", "a=1", "b=2", "assistant"];
        assert_eq!(outline(&transcript), expected);
        assert_eq!(transcript.open_calls(), []);
    }

    #[test]
    fn a_result_that_never_came_is_said_to_be_interrupted() {
        let transcript = transcript([
            assistant(&["a", "b"]),
            result("a", "1"),
            assistant(&["c", "d"]),
            result("d", "4"),
        ]);
        let interrupted = |id| format!("{id}={}", Refusal::Interrupted.content());
        let outline = outline(&transcript);
        assert_eq!(outline[4], interrupted("b"));
        assert_eq!(outline[6], interrupted("c"));
        let open: Vec<String> = transcript
            .open_calls()
            .into_iter()
            .map(|call| call.id)
            .collect();
        assert_eq!(open, ["c"]);
        assert_eq!(transcript.calls().len(), 4);
    }

    #[test]
    fn an_assistant_message_goes_back_as_it_came() {
        let Line::Assistant(message) = assistant(&["a"]) else {
            unreachable!()
        };
        let messages = transcript([Line::Assistant(message.clone())]).messages();
        assert_eq!(messages[2], Value::Object(message));
    }

    #[test]
    fn the_oldest_results_give_way_when_there_are_too_many() {
        let long = "x".repeat(90_000);
        let transcript = transcript(
            ["a", "b", "c"]
                .into_iter()
                .flat_map(|id| [assistant(&[id]), result(id, &long)]),
        );
        let outline = outline(&transcript);
        assert_eq!(outline[3], format!("a={}", Refusal::LeftOut.content()));
        assert_eq!(outline[5], format!("b={long}"));
        assert_eq!(outline[7], format!("c={long}"));
    }

    #[test]
    fn what_was_said_before_stands_apart_from_the_question() {
        let earlier = [Earlier {
            speaker: Speaker::Valet,
            text: "Hello <@U0ADA>".to_owned(),
        }];
        let messages = Transcript::new("system", (&earlier, false), "And <@U0BEN|ben>?").messages();
        let quoted = messages[1]["content"].as_str().unwrap();
        assert!(quoted.ends_with("{\"who\":\"you\",\"said\":\"Hello @someone\"}"));
        assert_eq!(messages[2], json!({"role": "user", "content": "And @ben?"}));
        assert_eq!(
            Transcript::new("system", (&[], true), "q").messages().len(),
            2
        );
    }

    #[test]
    fn lines_come_back_from_the_journal() {
        for line in [assistant(&["a"]), result("a", "{\"error\":\"x\"}")] {
            let kept = serde_json::to_string(&line).unwrap();
            assert_eq!(serde_json::from_str::<Line>(&kept).unwrap(), line);
        }
    }

    proptest! {
        #[test]
        fn wherever_a_run_stopped_every_call_has_one_result(
            lines in prop::collection::vec(prop_oneof![
                prop::sample::subsequence(vec!["a", "b", "c"], 0..=3).prop_map(|ids| assistant(&ids)),
                prop::sample::select(vec!["a", "b", "c", "d"]).prop_map(|id| result(id, "r")),
            ], 0..20)
        ) {
            let messages = transcript(lines).messages();
            let mut expected: Vec<&Value> = Vec::new();
            for message in &messages {
                if message["role"] == "tool" {
                    prop_assert!(!expected.is_empty());
                    prop_assert_eq!(expected.remove(0), &message["tool_call_id"]);
                } else {
                    prop_assert!(expected.is_empty());
                    expected = message["tool_calls"].as_array().into_iter().flatten().map(|call| &call["id"]).collect();
                }
            }
            prop_assert!(expected.is_empty());
        }
    }
}
