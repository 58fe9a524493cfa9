//! What a model thought goes back to it as it came, and to no other: details of another
//! vendor's, signed or sealed, are errors to some models.

use std::borrow::Cow;

use serde_json::Value;

/// What of a message only the model understands that said it.
const THOUGHTS: [&str; 2] = ["reasoning", "reasoning_details"];

/// The messages as this model may read them. `said_by` names the models that were asked for
/// the assistant's messages, in order; nothing is taken from those it does not name.
pub(super) fn for_model<'a>(
    messages: &'a [Value],
    said_by: &[String],
    model: &str,
) -> Cow<'a, [Value]> {
    let mut said_by = said_by.iter();
    let is_foreign: Vec<bool> = messages
        .iter()
        .map(|message| {
            let is_assistants = message.get("role").and_then(Value::as_str) == Some("assistant");
            let by = if is_assistants { said_by.next() } else { None };
            by.is_some_and(|by| !by.is_empty() && by != model) && has_thoughts(message)
        })
        .collect();
    if !is_foreign.contains(&true) {
        return Cow::Borrowed(messages);
    }
    let readable = messages.iter().zip(is_foreign);
    readable
        .map(|(message, is_foreign)| {
            if is_foreign {
                without_thoughts(message)
            } else {
                message.clone()
            }
        })
        .collect()
}

fn has_thoughts(message: &Value) -> bool {
    THOUGHTS.iter().any(|name| message.get(name).is_some())
}

fn without_thoughts(message: &Value) -> Value {
    let mut message = message.clone();
    if let Some(fields) = message.as_object_mut() {
        fields.retain(|name, _| !THOUGHTS.contains(&name.as_str()));
    }
    message
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_model_reads_its_own_thoughts_alone() {
        let said = |by: &str| {
            json!({"role": "assistant", "content": by, "reasoning": "hm", "vendor": 1,
                   "reasoning_details": [{"signature": by}]})
        };
        let question = json!({"role": "user", "content": "Hi", "reasoning": "mine"});
        let messages = [
            question.clone(),
            said("a"),
            question.clone(),
            said("b"),
            said("c"),
        ];
        let by = ["a", "b"].map(str::to_owned);
        let read = for_model(&messages, &by, "b");
        assert_eq!(read[0], question);
        assert_eq!(
            read[1],
            json!({"role": "assistant", "content": "a", "vendor": 1})
        );
        assert_eq!(
            read[3..],
            [said("b"), said("c")],
            "also what nobody is named for"
        );
        let alone = ["a".to_owned(), String::new()];
        let read = for_model(&messages, &alone, "a");
        assert!(matches!(read, Cow::Borrowed(_)));
    }
}
