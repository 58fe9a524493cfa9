//! One lawful request, and everything that can be wrong with it.

use serde_json::json;

use super::*;

fn lawful() -> Value {
    json!({
        "model": "openai/gpt-4o-mini",
        "messages": [
            {"role": "system", "content": "You are Valet."},
            {"role": "user", "content": "What is new?"},
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "a", "type": "function", "function": {"name": "look", "arguments": "{}"}},
                {"id": "b", "type": "function", "function": {"name": "look", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "b", "content": "{}"},
            {"role": "tool", "tool_call_id": "a", "content": "{}"},
            {"role": "assistant", "content": "Nothing."},
            {"role": "user", "content": "And now?"},
        ],
        "tools": [{"type": "function", "function": {"name": "look", "description": "Looks.",
            "parameters": {"type": "object", "properties": {
                "labels": {"type": "array", "items": {"type": "string"}}}}}}],
        "tool_choice": "auto",
        "stream": true,
        "stream_options": {"include_usage": true},
    })
}

#[test]
fn a_lawful_request_passes() {
    assert_eq!(request(&lawful(), &[]), Vec::<String>::new());
    let mut with_fallbacks = lawful();
    with_fallbacks["models"] = json!(["a/b"]);
    assert_eq!(
        request(&with_fallbacks, &["models".to_owned()]),
        Vec::<String>::new()
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn an_unlawful_request_is_named() {
    type Change = fn(&mut Value);
    let table: [(Change, &str); 31] = [
        (|b| *b = json!([]), "the body is not a JSON object"),
        (|b| b["models"] = json!([]), "unknown field `models`"),
        (|b| b["model"] = json!(""), "`model` is missing"),
        (
            |b| b["stream"] = json!("yes"),
            "`stream` has an unlawful value",
        ),
        (
            |b| b["max_tokens"] = json!(0),
            "`max_tokens` has an unlawful value",
        ),
        (
            |b| b["temperature"] = json!(3),
            "`temperature` has an unlawful value",
        ),
        (
            |b| b["stream"] = json!(false),
            "`stream_options` without `stream`",
        ),
        (
            |b| b["tool_choice"] = json!("any"),
            "`tool_choice` chooses nothing",
        ),
        (|b| b["messages"] = json!([]), "`messages` is empty"),
        (
            |b| b["messages"][0]["role"] = json!("user"),
            "the first message is not the system's",
        ),
        (
            |b| b["messages"][6]["role"] = json!("system"),
            "message 6: a system message that is not the first",
        ),
        (
            |b| b["messages"][1]["role"] = json!("person"),
            "message 1: unknown role",
        ),
        (
            |b| b["messages"][1]["content"] = json!([]),
            "message 1: the content is not a string",
        ),
        (
            |b| b["messages"][1]["content"] = json!(" "),
            "message 1: the content is empty",
        ),
        (
            |b| b["messages"][1]["user"] = json!("x"),
            "message 1: unknown field `user`",
        ),
        (
            |b| b["messages"][3]["name"] = json!("look"),
            "message 3: unknown field `name`",
        ),
        (
            |b| b["messages"][3]["content"] = json!({}),
            "message 3: the content is not a string",
        ),
        (
            |b| b["messages"][3]["tool_call_id"] = json!("c"),
            "message 3: answers no open call",
        ),
        (
            |b| b["messages"][4]["tool_call_id"] = json!("b"),
            "message 4: answers no open call",
        ),
        (
            |b| {
                b["messages"][4] = json!({"role": "user", "content": "x"});
            },
            "message 4: calls before it have no answer",
        ),
        (
            |b| b["messages"][2]["tool_calls"][1]["id"] = json!("a"),
            "message 2: two calls have one id",
        ),
        (
            |b| b["messages"][2]["tool_calls"][1]["type"] = Value::Null,
            "message 2: a call is malformed",
        ),
        (
            |b| b["messages"][2]["tool_calls"][0]["function"]["arguments"] = json!({}),
            "message 2: a call is malformed",
        ),
        (
            |b| b["messages"][5]["content"] = Value::Null,
            "message 5: neither words nor calls",
        ),
        (
            |b| b["messages"][6]["role"] = json!("assistant"),
            "the last message is the assistant's",
        ),
        (|b| b["tools"] = json!([]), "`tools` is empty"),
        (
            |b| b["tools"][0]["function"]["name"] = json!("a.b"),
            "tool 0: unlawful name",
        ),
        (
            |b| {
                let twin = b["tools"][0].clone();
                b["tools"] = json!([twin, twin]);
            },
            "tool 1: the name is taken",
        ),
        (
            |b| b["tools"][0]["function"]["parameters"] = json!({"type": "array", "items": {}}),
            "tool 0: the parameters are no object",
        ),
        (
            |b| {
                b["tools"][0]["function"]["parameters"]["properties"]["labels"]["items"] =
                    Value::Null;
            },
            "tool 0: an array without items",
        ),
        (
            |b| b["tools"][0]["function"]["parameters"]["properties"]["tool_version"] = json!({}),
            "tool 0: `tool_version` is shown",
        ),
    ];
    for (change, fault) in table {
        let mut body = lawful();
        change(&mut body);
        let found = request(&body, &[]);
        assert!(
            found.iter().any(|found| found == fault),
            "{fault}: {found:?}"
        );
    }
}

#[test]
fn at_most_128_tools() {
    let mut body = lawful();
    let tool = body["tools"][0].clone();
    let tools = (0..129).map(|n| {
        let mut tool = tool.clone();
        tool["function"]["name"] = json!(format!("look_{n}"));
        tool
    });
    body["tools"] = tools.collect();
    assert_eq!(request(&body, &[]), ["129 tools"]);
}
