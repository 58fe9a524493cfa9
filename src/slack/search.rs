//! Looking for words of ours that may stand there already, by their marks.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::client::{Slack, Target};
use super::json::{at, id, text};
use super::mark::{Of, Slot};
use super::people::Installation;
use super::transport::{Call, Repeatable};
use super::wire::Error;
use crate::ids::{ChannelId, MessageTs};
use crate::run::Posted;

/// Messages of a page: what Slack gives to every app.
const PAGE: &str = "15";

/// Pages that are looked through: a place so busy that our word is not among the next 150
/// messages gets it once more.
const MOST_PAGES: usize = 10;

/// The words of one run or attempt that stand in one place.
#[derive(Debug, Default)]
pub(crate) struct Standing(HashMap<String, Posted>);

impl Standing {
    pub(crate) fn at(&self, slot: Slot) -> Option<&Posted> {
        self.0.get(&slot.to_string())
    }
}

impl Slack {
    /// The words of this run or attempt that stand there, of those said since then.
    pub(crate) async fn standing(
        &self,
        place: Target<'_>,
        of: Of,
        since: Timestamp,
        here: &Installation,
    ) -> Result<Standing, Error> {
        let (method, channel, thread) = match place {
            Target::Direct(user) => {
                let call = Call::Write("conversations.open", json!({ "users": user }));
                let answer = self.0.tried(&call, Repeatable::Yes).await?;
                let channel = id(&answer, &[&["channel", "id"]], ChannelId::parse);
                (
                    "conversations.history",
                    channel.ok_or(Error::BadAnswer)?,
                    None,
                )
            }
            Target::Thread(thread) => (
                "conversations.replies",
                thread.channel.clone(),
                Some(thread.ts.as_str()),
            ),
        };
        let oldest = format!("{}.000000", since.as_second());
        let mut standing = Standing::default();
        let mut cursor: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut parameters = vec![
                ("channel", Some(channel.as_str())),
                ("oldest", Some(&oldest)),
                ("limit", Some(PAGE)),
                ("include_all_metadata", Some("true")),
            ];
            parameters.extend(thread.map(|ts| ("ts", Some(ts))));
            parameters.extend(cursor.as_deref().map(|cursor| ("cursor", Some(cursor))));
            let call = Call::Read(method, parameters);
            let page = self.0.tried(&call, Repeatable::Yes).await?;
            let messages = at(&page, &["messages"]).and_then(Value::as_array);
            for message in messages.ok_or(Error::BadAnswer)? {
                if let Some((slot, ts)) = word_of(message, of, here) {
                    let channel = channel.clone();
                    let posted = Posted { channel, ts };
                    standing.0.entry(slot.to_owned()).or_insert(posted);
                }
            }
            cursor = text(&page, &["response_metadata", "next_cursor"]).map(str::to_owned);
            if cursor.is_none() {
                break;
            }
        }
        Ok(standing)
    }
}

/// Which word of this it is. Whatever others wrote is passed over, whatever its metadata say.
pub(super) fn word_of<'a>(
    message: &'a Value,
    of: Of,
    here: &Installation,
) -> Option<(&'a str, MessageTs)> {
    let is_ours = text(message, &["user"]) == Some(here.bot_user.as_str())
        || here.bot_id.is_some() && text(message, &["bot_id"]) == here.bot_id.as_deref();
    let slot = of.slot_of(at(message, &["metadata"])?)?;
    let ts = id(message, &[&["ts"]], MessageTs::parse)?;
    is_ours.then_some((slot, ts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{RunId, TeamId, Thread, UserId};
    use crate::random::Randomness;
    use crate::slack::mark::Mark;
    use crate::slack::scripted::{Reply, Scripted, impatient};

    fn slack(server: &Scripted) -> Slack {
        impatient(&server.url.join("/api").unwrap())
    }

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

    fn run() -> RunId {
        Randomness::seeded(1).run_id(Timestamp::UNIX_EPOCH)
    }

    fn word(author: &str, ts: &str, slot: Slot) -> Value {
        let of = Of::Run(run());
        json!({"user": author, "ts": ts, "metadata": Mark { of, slot }.metadata()})
    }

    fn page(body: &Value) -> Reply {
        // A story may leak a page.
        Reply::Json(200, body.to_string().leak())
    }

    #[tokio::test]
    async fn our_own_words_are_found_among_odd_ones_on_all_pages() {
        let first = json!({"ok": true, "messages": [
            null,
            {"metadata": {"event_type": "valet_run", "event_payload": {"run": 7, "slot": []}}},
            word("UMALLORY", "1.1", Slot::Reply),
            {"user": "UBOT", "ts": 4, "metadata": Mark { of: Of::Run(run()), slot: Slot::End }.metadata()},
            word("UBOT", "1.2", Slot::Placeholder),
        ], "response_metadata": {"next_cursor": "more"}});
        let second = json!({"ok": true, "messages": [
            word("UBOT", "1.3", Slot::Part(1)), word("UBOT", "1.4", Slot::Part(1)),
        ], "response_metadata": {"next_cursor": ""}});
        let server = Scripted::answering(vec![page(&first), page(&second)]);
        let thread = Thread {
            team: TeamId::parse("T1").unwrap(),
            channel: ChannelId::parse("C1").unwrap(),
            ts: MessageTs::parse("9.9").unwrap(),
        };
        let since = Timestamp::from_second(100).unwrap();
        let found = slack(&server)
            .standing(Target::Thread(&thread), Of::Run(run()), since, &here())
            .await
            .unwrap();
        let ts = |slot| found.at(slot).map(|posted| posted.ts.to_string());
        assert_eq!(ts(Slot::Placeholder).as_deref(), Some("1.2"));
        assert_eq!(ts(Slot::Part(1)).as_deref(), Some("1.3"));
        assert_eq!((ts(Slot::Reply), ts(Slot::End)), (None, None));
        let asked = server.asked();
        assert!(asked[0].starts_with("GET /api/conversations.replies?channel=C1&oldest=100.000000&limit=15&include_all_metadata=true&ts=9.9 HTTP/1.1"), "{}", asked[0]);
        assert!(asked[1].contains("cursor=more"));
    }

    #[tokio::test]
    async fn a_direct_message_is_opened_and_looked_through() {
        let server = Scripted::answering(vec![
            Reply::Json(200, r#"{"ok":true,"channel":{"id":"D1"}}"#),
            page(&json!({"ok": true, "messages": [word("UBOT", "1.1", Slot::Link(0))]})),
        ]);
        let ada = UserId::parse("UADA").unwrap();
        let found = slack(&server)
            .standing(
                Target::Direct(&ada),
                Of::Run(run()),
                Timestamp::UNIX_EPOCH,
                &here(),
            )
            .await
            .unwrap();
        assert_eq!(found.at(Slot::Link(0)).unwrap().channel.as_str(), "D1");
        let asked = server.asked();
        assert!(asked[0].starts_with("POST /api/conversations.open"));
        assert!(asked[1].starts_with("GET /api/conversations.history?channel=D1"));
    }

    #[tokio::test]
    async fn an_answer_without_messages_is_none() {
        let server = Scripted::answering(vec![Reply::Json(200, r#"{"ok":true,"messages":{}}"#)]);
        let thread = Thread {
            team: TeamId::parse("T1").unwrap(),
            channel: ChannelId::parse("C1").unwrap(),
            ts: MessageTs::parse("9.9").unwrap(),
        };
        let found = slack(&server)
            .standing(
                Target::Thread(&thread),
                Of::Run(run()),
                Timestamp::UNIX_EPOCH,
                &here(),
            )
            .await;
        assert_eq!(found.unwrap_err(), Error::BadAnswer);
    }
}
