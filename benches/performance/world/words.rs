//! What the world says, and the little it has to understand.

use std::fmt::Write as _;
use std::ops::Range;
use std::sync::LazyLock;

use hyper::body::Bytes;
use serde_json::{Value, json};

pub(crate) const TEAM: &str = "T0000001";
pub(crate) const BOT: &str = "UBOT0001";

/// Slack takes a message a second in each, and Valet keeps to it.
const CHANNELS: u32 = 20_000;

/// Tools of an account that has one page of them.
const TOOLS: u32 = 20;

/// Tools on a page of an account that has many: 15,000 on the hundred pages that are read.
const TOOLS_ON_A_PAGE: u32 = 150;

/// Mails that a read brings back.
const MAILS: usize = 10;

/// Where the mention of this number was written.
pub(crate) fn channel(number: u32) -> String {
    format!("C{:07}", number % CHANNELS)
}

/// The time stamp of the mention of this number.
pub(crate) fn ts(number: u32) -> String {
    format!(
        "{}.{:06}",
        1_700_000_000 + number / 1_000_000,
        number % 1_000_000
    )
}

/// The number of the mention whose time stamp follows this mark, or that of our message
/// below it, which has the same.
pub(super) fn run_of_ts(text: &str, mark: &str) -> u32 {
    let ts = text_after(text, mark);
    let (seconds, micros) = ts.split_once('.').unwrap_or_default();
    let seconds: u32 = seconds.parse().unwrap_or_default();
    seconds.saturating_sub(1_700_000_000) * 1_000_000 + micros.parse().unwrap_or(0)
}

/// The digits that follow this mark.
pub(super) fn number_after(text: &str, mark: &str) -> u32 {
    let Some((_, after)) = text.split_once(mark) else {
        return 0;
    };
    let end = after
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(after.len());
    after
        .get(..end)
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0)
}

/// What stands between this mark and the next quotation mark.
pub(super) fn text_after<'a>(text: &'a str, mark: &str) -> &'a str {
    let after = text.split_once(mark).map_or("", |(_, after)| after);
    after.split('"').next().unwrap_or_default()
}

pub(super) fn identifier_in(query: &str) -> String {
    let found = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("identifier="));
    found.unwrap_or_default().to_owned()
}

fn bytes(value: &Value) -> Bytes {
    value.to_string().into()
}

pub(super) fn posted(run: u32) -> Bytes {
    let (channel, ts) = (channel(run), ts(run));
    bytes(&json!({"ok": true, "channel": channel, "ts": ts, "text": "", "message": {"ts": ts}}))
}

pub(super) fn installation() -> Bytes {
    bytes(&json!({"ok": true, "team": "Acme", "team_id": TEAM, "user_id": BOT, "bot_id": "B1"}))
}

pub(super) fn profile(user: u32) -> Bytes {
    let profile = json!({"display_name": "ada", "real_name": "Ada"});
    bytes(&json!({"ok": true, "user": {
        "id": format!("U{user:07}"), "team_id": TEAM, "name": "ada", "tz": "Europe/Vienna",
        "is_bot": false, "profile": profile,
    }}))
}

pub(super) fn token() -> Bytes {
    bytes(&json!({"access_token": "bench", "token_type": "Bearer", "expires_in": 86_399}))
}

pub(super) fn account() -> Bytes {
    bytes(&json!({"connected_account": {
        "id": "ca_1", "status": "ACTIVE", "provider": "GMAIL", "connector": "gmail",
    }}))
}

/// One page of the tools of an account, as long-winded as real ones are.
pub(super) fn tools(query: &str, pages: u32) -> Bytes {
    static TOOLS_OF_AN_ACCOUNT: LazyLock<Bytes> = LazyLock::new(|| page_of_tools(0..TOOLS, ""));
    if pages == 1 {
        return TOOLS_OF_AN_ACCOUNT.clone();
    }
    let page = number_after(query, "page_token=p");
    let next = if page + 1 < pages {
        format!("p{}", page + 1)
    } else {
        String::new()
    };
    let first = page * TOOLS_ON_A_PAGE;
    page_of_tools(first..first + TOOLS_ON_A_PAGE, &next)
}

fn page_of_tools(numbers: Range<u32>, next: &str) -> Bytes {
    let tools: Vec<Value> = numbers.map(tool).collect();
    bytes(&json!({"tools": tools, "total_size": tools.len(), "next_page_token": next}))
}

fn tool(number: u32) -> Value {
    let name = if number == 0 {
        "gmail_fetch_mails".to_owned()
    } else {
        format!("gmail_get_part_{number}")
    };
    let text = |what: &str| json!({"type": "string", "description": format!("{what} of the messages to look at, as in the mailbox's own search")});
    json!({"connected_account_id": "ca_1", "tool": {"definition": {
        "name": name,
        "description": "Fetches messages of the mailbox that match a search, newest first, with their senders, subjects and the beginnings of their texts.",
        "input_schema": {"type": "object", "required": ["query"], "properties": {
            "query": text("A search"), "label": text("One label"), "page_token": text("The page"),
            "max_results": {"type": "integer", "minimum": 1, "maximum": 100},
            "include_spam": {"type": "boolean", "description": "Whether to look there too"},
        }},
    }}})
}

/// What a read brings back.
pub(super) fn mails() -> Bytes {
    static FOUND: LazyLock<Bytes> = LazyLock::new(|| {
        let mail = json!({
            "from": "ben@acme.example", "subject": "About the pricing", "labels": ["INBOX"],
            "snippet": "Here is what we talked about on Tuesday, with the figures of the last quarter and what Ada thinks of them.",
        });
        bytes(&json!({"data": {"messages": vec![mail; MAILS]}, "execution_id": "1"}))
    });
    FOUND.clone()
}

/// The model's turn, streamed: first it reads, and when it has read it answers.
pub(super) fn reply(body: &str, run: u32, reads: usize) -> Bytes {
    if body.contains(r#""role":"tool""#) {
        static ANSWER: LazyLock<Bytes> = LazyLock::new(answer);
        return ANSWER.clone();
    }
    let calls: Vec<Value> = (0..reads)
        .map(|index| {
            let arguments = format!(r#"{{"query":"case-{run:07} {index}"}}"#);
            json!({"index": index, "id": format!("call_{index}"), "type": "function",
                "function": {"name": "gmail_fetch_mails", "arguments": arguments}})
        })
        .collect();
    let delta = json!({"role": "assistant", "content": null, "tool_calls": calls});
    stream(&[delta], "tool_calls")
}

/// Some sixty words, each a chunk of its own.
fn answer() -> Bytes {
    let words = "There are **ten** messages about it, all of them from Ben, and all ask for the same thing. ";
    let words: Vec<Value> = words
        .repeat(4)
        .split_inclusive(' ')
        .map(|word| json!({"content": word}))
        .collect();
    stream(&words, "stop")
}

fn stream(deltas: &[Value], reason: &str) -> Bytes {
    let mut said = String::new();
    let mut say = |choices: Value, usage: Value| {
        let chunk = json!({"id": "fr_1", "object": "chat.completion.chunk", "created": 1,
            "model": "openai/gpt-4o-mini", "choices": choices, "usage": usage});
        let _ = write!(said, "data: {chunk}\n\n");
    };
    for delta in deltas {
        say(
            json!([{"index": 0, "delta": delta, "finish_reason": null}]),
            Value::Null,
        );
    }
    say(
        json!([{"index": 0, "delta": {}, "finish_reason": reason}]),
        Value::Null,
    );
    let usage = json!({"prompt_tokens": 1500, "completion_tokens": 80, "total_tokens": 1580});
    say(json!([]), usage);
    said.push_str("data: [DONE]\n\n");
    said.into()
}
