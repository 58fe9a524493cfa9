//! "What is on my calendar", "list my issues", "search the issue about slow search".

use serde_json::{Value, json};

use super::found;
use super::markdown::{count, plain};
use super::phrase::Words;
use super::reach;
use crate::router::asked::{Asked, Outcome};
use crate::router::turn::Turn;

const EVENTS: &str = "googlecalendar_list_events";
const LIST: &str = "linear_issues_list";
const SEARCH: &str = "linear_issue_search";

pub(super) fn turn(asked: &Asked, words: &Words) -> Option<Turn> {
    if words.any(&["calendar", "meetings", "appointment", "agenda"]) {
        let arguments = json!({"calendar_id": "primary", "max_results": 10,
            "single_events": true, "order_by": "startTime"});
        return Some(once(asked, EVENTS, &arguments, events));
    }
    if !words.any(&["issue", "ticket", "linear"]) {
        return None;
    }
    let about = words.subject(&["about ", "for the issue ", "search for ", "mentioning "]);
    let searches = words.any(&["search", "find", "about", "look for"]);
    Some(match about.filter(|_| searches) {
        Some(text) => once(asked, SEARCH, &json!({"query": text, "first": 10}), issues),
        None => once(asked, LIST, &json!({"first": 20}), issues),
    })
}

/// Calls this tool; when there is a result, tells it.
fn once(asked: &Asked, tool: &str, arguments: &Value, tell: fn(&Outcome) -> Turn) -> Turn {
    match reach::outcomes(asked, tool).pop() {
        None => reach::call(asked, tool, std::slice::from_ref(arguments)),
        Some(outcome) => reach::sorry(&outcome).unwrap_or_else(|| tell(&outcome)),
    }
}

fn events(outcome: &Outcome) -> Turn {
    let events = found::list(outcome, &["events", "items"]).unwrap_or_default();
    if events.is_empty() {
        return Turn::says("Your calendar is empty.");
    }
    let lines: Vec<String> = events
        .iter()
        .map(|event| {
            let start = &event["start"];
            let time = start["dateTime"]
                .as_str()
                .or_else(|| start["date"].as_str());
            let time = time.or_else(|| start.as_str()).unwrap_or("no time");
            let time = time.replace('T', " ");
            let time: String = time.chars().take(16).collect();
            format!("- **{time}**: {}", text(event, &["summary", "title"]))
        })
        .collect();
    Turn::says(format!(
        "There are {} on your calendar:\n\n{}",
        count(events.len(), "event"),
        lines.join("\n")
    ))
}

fn issues(outcome: &Outcome) -> Turn {
    let names = ["issues", "nodes", "array", "results"];
    let issues = found::list(outcome, &names).unwrap_or_default();
    if issues.is_empty() {
        return Turn::says("I found no issues.");
    }
    let lines: Vec<String> = issues
        .iter()
        .map(|issue| {
            let state = &issue["state"];
            let state = state["name"].as_str().or_else(|| state.as_str());
            let state = state
                .map(|state| format!(" ({})", plain(state)))
                .unwrap_or_default();
            let (id, title) = (
                text(issue, &["identifier", "id"]),
                text(issue, &["title", "name"]),
            );
            format!("- **{id}** {title}{state}")
        })
        .collect();
    Turn::says(format!(
        "I found {}:\n\n{}",
        count(issues.len(), "issue"),
        lines.join("\n")
    ))
}

fn text(node: &Value, names: &[&str]) -> String {
    let found = names.iter().find_map(|name| node[name].as_str());
    plain(found.unwrap_or("(without a name)"))
}
