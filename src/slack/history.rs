//! What was said in a thread before Valet was asked there: one look, at one thread.

use jiff::Timestamp;
use serde_json::Value;

use super::client::Slack;
use super::json::{at, flag, id, present, text};
use super::mrkdwn::{one_line, plain};
use super::people::Installation;
use super::transport::{Call, Repeatable};
use super::wire::Error;
use crate::ids::{MessageTs, Thread, UserId};

/// Messages of the one look: what Slack gives to every app.
const MOST: &str = "15";

/// Longest text that is kept of one message, in characters.
const LONGEST: usize = 4_000;

/// What was said before a question, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct History {
    pub(crate) said: Vec<Uttered>,
    /// Slack has more than it gave.
    pub(crate) more: bool,
}

/// One message. Its text is decoded; people in it are still `<@U…>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Uttered {
    pub(crate) by: By,
    pub(crate) text: String,
}

/// Who wrote a message, by Slack's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum By {
    /// Another app, or a workflow, by the name it gives itself, if it does.
    Bot(String),
    Person(UserId),
    Valet,
}

impl Slack {
    /// What was said in this thread since then and before this message.
    pub(crate) async fn history(
        &self,
        thread: &Thread,
        (since, before): (Timestamp, &MessageTs),
        here: &Installation,
    ) -> Result<History, Error> {
        let oldest = format!("{}.000000", since.as_second());
        let parameters = vec![
            ("channel", Some(thread.channel.as_str())),
            ("ts", Some(thread.ts.as_str())),
            ("oldest", Some(oldest.as_str())),
            ("latest", Some(before.as_str())),
            ("limit", Some(MOST)),
        ];
        let call = Call::Read("conversations.replies", parameters);
        let page = self.0.tried(&call, Repeatable::Yes).await?;
        let messages = at(&page, &["messages"]).and_then(Value::as_array);
        let said = messages.ok_or(Error::BadAnswer)?.iter();
        Ok(History {
            said: said
                .filter(|message| stands_within(message, thread, (&oldest, before)))
                .filter_map(|message| uttered(message, here))
                .collect(),
            more: flag(&page, &["has_more"]),
        })
    }
}

/// In this thread, and said within this time: whatever else Slack gives is passed over, such
/// as the first message of an old thread.
fn stands_within(message: &Value, thread: &Thread, (oldest, before): (&str, &MessageTs)) -> bool {
    let Some(ts) = text(message, &["ts"]) else {
        return false;
    };
    let root = text(message, &["thread_ts"]).unwrap_or(ts);
    root == thread.ts.as_str() && ts >= oldest && ts < before.as_str()
}

fn uttered(message: &Value, here: &Installation) -> Option<Uttered> {
    let words = plain(text(message, &["text"])?);
    let words: String = words.trim().chars().take(LONGEST).collect();
    if words.is_empty() || flag(message, &["hidden"]) || !is_said(text(message, &["subtype"])) {
        return None;
    }
    Some(Uttered {
        by: author(message, here)?,
        text: words,
    })
}

/// Somebody's words, and no note that somebody joined or changed the topic.
fn is_said(subtype: Option<&str>) -> bool {
    matches!(
        subtype,
        None | Some("bot_message" | "file_share" | "me_message" | "thread_broadcast")
    )
}

fn author(message: &Value, here: &Installation) -> Option<By> {
    let user = id(message, &[&["user"]], UserId::parse);
    let bot = text(message, &["bot_id"]);
    let is_ours = user.as_ref() == Some(&here.bot_user)
        || here.bot_id.is_some() && bot == here.bot_id.as_deref();
    if is_ours {
        return Some(By::Valet);
    }
    let is_bot = bot.is_some()
        || text(message, &["subtype"]) == Some("bot_message")
        || present(message, &["bot_profile"]);
    if is_bot {
        let name = text(message, &["bot_profile", "name"]).or_else(|| text(message, &["username"]));
        return Some(By::Bot(name.map(one_line).unwrap_or_default()));
    }
    user.map(By::Person)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ids::{ChannelId, TeamId};
    use crate::slack::scripted::{Reply, Scripted, impatient};

    fn here() -> Installation {
        Installation {
            team: TeamId::parse("T1").unwrap(),
            team_name: "Acme".to_owned(),
            enterprise: None,
            org_wide: false,
            bot_user: UserId::parse("UBOT").unwrap(),
            bot_id: Some("B1".to_owned()),
        }
    }

    async fn read(page: &Value) -> (Result<History, Error>, Vec<String>) {
        // A story may leak a page.
        let server = Scripted::answering(vec![Reply::Json(200, page.to_string().leak())]);
        let thread = Thread {
            team: TeamId::parse("T1").unwrap(),
            channel: ChannelId::parse("C1").unwrap(),
            ts: MessageTs::parse("1.0").unwrap(),
        };
        let since = Timestamp::from_second(1).unwrap();
        let history = impatient(&server.url.join("/api").unwrap())
            .history(&thread, (since, &MessageTs::parse("2.0").unwrap()), &here())
            .await;
        (history, server.asked())
    }

    #[tokio::test]
    async fn who_said_what_is_told_by_slack_and_odd_messages_are_passed_over() {
        let page = json!({"ok": true, "has_more": true, "messages": [
            {"ts": "1.05", "thread_ts": "1.0", "user": "UADA", "text": "a &lt; <@UBEN> <https://a.example|b>"},
            {"ts": "1.1", "thread_ts": "1.0", "user": "UBOT", "bot_id": "B1", "text": "Ours."},
            {"ts": "1.2", "thread_ts": "1.0", "bot_id": "B1", "subtype": "bot_message", "text": "Ours too."},
            {"ts": "1.3", "thread_ts": "1.0", "user": "UROTA", "bot_id": "B2", "bot_profile": {"name": "Ro\nta"}, "text": "Beep"},
            {"ts": "1.4", "thread_ts": "1.0", "subtype": "bot_message", "username": "flow", "text": "Step"},
            {"ts": "1.5", "thread_ts": "1.0", "user": "UADA", "subtype": "channel_join", "text": "joined"},
            {"ts": "1.6", "thread_ts": "1.0", "user": "UADA", "text": "  "},
            {"ts": "1.7", "thread_ts": "1.6", "user": "UADA", "text": "another thread"},
            {"ts": "1.8", "thread_ts": "1.0", "user": 7, "text": "nobody's"},
            {"ts": "1.9", "thread_ts": "1.0", "user": "UBEN", "text": "hidden", "hidden": true},
            {"ts": "2.0", "thread_ts": "1.0", "user": "UADA", "text": "the question"},
            {"ts": "2.1", "thread_ts": "1.0", "user": "UADA", "text": "later"},
            {"ts": "0.9", "thread_ts": "1.0", "user": "UADA", "text": "long ago"},
            {"text": 4}, null, [],
        ]});
        let (history, asked) = read(&page).await;
        let by = |by, text: &str| Uttered {
            by,
            text: text.to_owned(),
        };
        let expected = History {
            said: vec![
                by(
                    By::Person(UserId::parse("UADA").unwrap()),
                    "a < <@UBEN> b (https://a.example)",
                ),
                by(By::Valet, "Ours."),
                by(By::Valet, "Ours too."),
                by(By::Bot("Ro ta".to_owned()), "Beep"),
                by(By::Bot("flow".to_owned()), "Step"),
            ],
            more: true,
        };
        assert_eq!(history, Ok(expected));
        assert_eq!(asked.len(), 1);
        assert!(
            asked[0].starts_with(
                "GET /api/conversations.replies?channel=C1&ts=1.0&oldest=1.000000&latest=2.0&limit=15 HTTP/1.1"
            ),
            "{}",
            asked[0]
        );
    }

    #[tokio::test]
    async fn an_answer_without_messages_is_none() {
        let (history, _) = read(&json!({"ok": true, "messages": "?"})).await;
        assert_eq!(history, Err(Error::BadAnswer));
    }
}
