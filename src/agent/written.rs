//! What the model is told of writes whose outcome it must not take into its own hands.

use serde_json::{Map, Value, json};

use super::result::mistake_content;

/// Nobody knows whether this was done. `what` names tool, target and time.
pub(crate) fn outcome_unknown(what: &str) -> String {
    mistake_content(&format!(
        "It is not known whether this was done: {what}. Do not repeat it, and do not try it in \
         another way. Tell the person to check."
    ))
}

/// The same was done before in this run.
pub(crate) fn done_before(what: &str) -> String {
    mistake_content(&format!(
        "The call was not made: the same was done already: {what}. It is not done twice for one \
         question."
    ))
}

/// The same may have been done before in this run.
pub(crate) fn unknown_before(what: &str) -> String {
    mistake_content(&format!(
        "The call was not made: the same was sent before, and it is not known whether it was \
         done: {what}. It is not sent again. Tell the person to check."
    ))
}

/// What came of a call whose arguments the person has changed before they said yes.
pub(crate) fn changed_by_person(arguments: &Map<String, Value>, content: &str) -> String {
    let came: Value = serde_json::from_str(content).unwrap_or_else(|_| json!(content));
    json!({
        "note": "The person changed the arguments of this call and then approved it. Speak of what was done, not of what you had proposed.",
        "arguments_used": arguments,
        "result": came,
    })
    .to_string()
}
