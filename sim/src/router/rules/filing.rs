//! "Create an issue 'Order new chairs'": proposed, never insisted on.

use serde_json::json;

use super::found;
use super::markdown::plain;
use super::phrase::Words;
use super::reach;
use crate::router::asked::Asked;
use crate::router::turn::Turn;

const CREATE: &str = "linear_issue_create";

/// Where an issue goes when nobody says where.
const TEAM: &str = "PRO";

pub(super) fn turn(asked: &Asked, words: &Words) -> Option<Turn> {
    let files = ["create", "file a", "new issue", "new ticket"];
    if !words.any(&files) || !words.any(&["issue", "ticket"]) {
        return None;
    }
    let after = ["called ", "titled ", "about ", "saying "];
    let Some(title) = words.subject(&after) else {
        return Some(Turn::says(
            "What is its title? Tell me as in *create an issue 'Order new chairs'*.",
        ));
    };
    let Some(outcome) = reach::outcomes(asked, CREATE).pop() else {
        let arguments = json!({"teamId": TEAM, "title": title});
        return Some(reach::call(asked, CREATE, &[arguments]));
    };
    let title = plain(&title);
    Some(Turn::says(if found::failure(&outcome).is_some() {
        format!("The issue “{title}” was not created. Nothing was changed.")
    } else {
        format!("Done: the issue **{title}** is in the tracker.")
    }))
}
