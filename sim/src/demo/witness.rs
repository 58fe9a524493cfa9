//! What each of the parties outside got to see, and a search for what must not be in it.

use serde_json::{Value, json};

use super::window::Window;
use crate::vault::Call;

/// Of the requests to one party, the last so many are shown.
const SHOWN: usize = 30;

/// Of a body, so many bytes at most.
const LONGEST: usize = 12_000;

/// All that was sent to one party, as one text, and the newest of it for people.
struct Seen {
    name: &'static str,
    text: String,
    requests: Vec<(String, Value)>,
}

/// What a party must not get to see.
struct Secrets {
    what: &'static str,
    values: Vec<String>,
}

impl Window {
    pub(super) fn witness(&self) -> Value {
        let [keys, identifiers, ids] = self.secrets();
        json!({ "parties": [
            told(&self.router(), &[&keys, &identifiers, &ids]),
            told(&self.vaults(), &[&ids]),
            told(&self.slacks(), &[&keys, &identifiers]),
        ]})
    }

    fn secrets(&self) -> [Secrets; 3] {
        let identifiers = self.vault.identifiers();
        let mut keys = self.vault.secrets();
        keys.retain(|one| !identifiers.contains(one));
        let ids = self.slack.people().into_iter().map(|one| one.id).collect();
        let named = |what, values| Secrets { what, values };
        [
            named("tokens, keys or links of the vault", keys),
            named("identifiers of people at the vault", identifiers),
            named("Slack user ids", ids),
        ]
    }

    fn router(&self) -> Seen {
        let requests = self.model.requests().into_iter();
        Seen {
            name: "router of the model",
            text: self.model.text(),
            requests: requests
                .map(|body| ("POST chat/completions".to_owned(), short(body)))
                .collect(),
        }
    }

    fn vaults(&self) -> Seen {
        let calls = self.vault.all_requests();
        let text = |call: &Call| {
            let query: Vec<String> = call.query.iter().map(|(_, value)| value.clone()).collect();
            let body = String::from_utf8_lossy(&call.body);
            format!("{} {} {body}\n", call.path, query.join(" "))
        };
        // What browsers send there is theirs.
        let from_the_app = calls.iter().filter(|call| call.bearer().is_some());
        Seen {
            name: "vault",
            text: from_the_app.clone().map(text).collect(),
            requests: from_the_app
                .map(|call| (format!("{} {}", call.method, call.path), call.json()))
                .collect(),
        }
    }

    fn slacks(&self) -> Seen {
        let requests = self.slack.all_requests();
        Seen {
            name: "Slack API",
            text: requests
                .iter()
                .map(|one| format!("{} {}\n", one.method, one.body))
                .collect::<Vec<_>>()
                .concat(),
            requests: requests
                .into_iter()
                .map(|one| (one.method, one.body))
                .collect(),
        }
    }
}

fn told(seen: &Seen, secrets: &[&Secrets]) -> Value {
    let searched: Vec<Value> = secrets
        .iter()
        .map(|secrets| {
            let known = secrets.values.iter();
            let found = known.filter(|one| seen.text.contains(one.as_str())).count();
            json!({ "what": secrets.what, "count": secrets.values.len(), "found": found })
        })
        .collect();
    let requests = seen.requests.iter().enumerate().rev().take(SHOWN);
    let requests: Vec<Value> = requests
        .map(|(at, (head, body))| json!({ "number": at + 1, "head": head, "body": cut(body) }))
        .collect();
    json!({
        "name": seen.name,
        "count": seen.requests.len(),
        "searched": searched,
        "requests": requests,
    })
}

/// A request to the model with the names of its tools in place of their schemas.
fn short(mut body: Value) -> Value {
    if let Some(tools) = body["tools"].as_array_mut() {
        for tool in tools {
            *tool = tool["function"]["name"].take();
        }
    }
    body
}

fn cut(body: &Value) -> String {
    let mut text = serde_json::to_string_pretty(body).unwrap_or_default();
    if text.len() > LONGEST {
        let at = (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at));
        text.truncate(at.unwrap_or_default());
        text.push_str("\n… and so on");
    }
    text
}
