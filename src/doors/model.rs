//! What a model and a provider say between them: schemas, calls, arguments, results.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{parts, text};
use crate::agent::{
    Catalogue, Chosen, Earlier, Line, ProposedCall, Speaker, Tool, Transcript, error_content,
    mistake_content, target, told as came_of, wished_account,
};
use crate::ids::ConnectionName;
use crate::{ledger, suggest, whoami};

/// Most characters of a result, whatever the data are.
const LONGEST_RESULT: usize = 24_000;

/// A schema, the name of a tool, arguments for it, and what came of the call.
pub(super) fn tool_calls(bytes: &[u8]) {
    let [schema, name, arguments, data] = parts(bytes);
    let names = ["gmail", "notion"].map(ConnectionName::parse);
    let [Ok(connected), Ok(unconnected)] = names else {
        return;
    };
    let schema: Map<String, Value> = serde_json::from_slice(schema).unwrap_or_default();
    let name = text(name).into_owned();
    let tool = Tool::new(connected.clone(), name.clone(), name.clone(), &schema);
    let definition: Option<Value> = serde_json::from_str(tool.definition().get()).ok();
    assert!(definition.is_some_and(|tool| tool.pointer("/function/parameters/type") == Some(&"object".into())));
    let catalogue = Catalogue::new(vec![Arc::new(tool)], |tool| tool.effect);
    let call = ProposedCall {
        id: "call_0".to_owned(),
        name: name.clone(),
        arguments: text(arguments).into_owned(),
    };
    let unconnected = [unconnected];
    match catalogue
        .offer(&call.arguments, &unconnected, 128)
        .choose(&call)
    {
        Chosen::Connect(connection) => assert!(unconnected.contains(&connection)),
        Chosen::Mistaken(mistake) => {
            mistake_content(&mistake.for_model());
        }
        Chosen::ReadMore(..) | Chosen::SearchTools(_) | Chosen::Unknown => {}
        Chosen::Tool(call) => taken(&connected, &name, &call.arguments),
    }
    if let Some(wished) = wished_account(&call) {
        suggest::wanted(&call.arguments, &[wished]);
    }
    came_back(data);
    told(&call, data);
}

/// Arguments that were let through.
fn taken(connection: &ConnectionName, name: &str, arguments: &Map<String, Value>) {
    assert!(!arguments.contains_key("tool_version") && !arguments.contains_key("schema_version"));
    assert!(target(arguments).is_none_or(|target| target.chars().count() <= 121));
    let mut turned: Vec<_> = arguments.clone().into_iter().collect();
    turned.reverse();
    let turned = turned.into_iter().collect();
    let fingerprints = [arguments, &turned].map(|of| ledger::fingerprint(name, connection, of));
    assert!(fingerprints[0] == fingerprints[1]);
}

fn came_back(data: &[u8]) {
    let data = match serde_json::from_slice(data) {
        Ok(data) => data,
        Err(_) => Value::String(text(data).into_owned()),
    };
    let content = came_of("gmail_fetch_mails", "ab12", &data).content;
    assert!(content.chars().count() <= LONGEST_RESULT);
    let content: Option<Value> = serde_json::from_str(&content).ok();
    assert!(content.is_some_and(|content| content.get("note").is_some()));
    assert!(whoami::whose(&data).is_none_or(|whose| whose.chars().count() <= 100));
}

/// The same words on their way to the model: a call has one result, and words of other people
/// stand inside JSON.
fn told(call: &ProposedCall, said: &[u8]) {
    let said = text(said).into_owned();
    let earlier = [Earlier {
        speaker: Speaker::Other(said.clone()),
        text: said.clone(),
    }];
    let mut transcript = Transcript::new("", (&earlier, false), &said);
    let message = serde_json::json!({"role": "assistant", "tool_calls": [{
        "id": call.id, "function": {"name": call.name, "arguments": call.arguments},
    }]});
    if let Value::Object(message) = message {
        transcript.push(Line::Assistant(message));
    }
    transcript.push(Line::ToolResult {
        call_id: call.id.clone(),
        content: error_content(&said),
    });
    assert!(transcript.open_calls().is_empty());
    let messages = transcript.messages();
    assert_eq!(messages.len(), 5);
    let quoted = messages
        .get(1)
        .and_then(|message| message.get("content")?.as_str());
    let quoted: Vec<&str> = quoted.unwrap_or_default().lines().skip(1).collect();
    assert!(matches!(quoted.as_slice(), [one] if serde_json::from_str::<Value>(one).is_ok()));
}
