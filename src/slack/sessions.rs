//! Sessions: what Slack itself shows of a thread in which an agent works. The app has to
//! say how it stands, also after Slack's own Stop.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::client::Slack;
use super::mrkdwn::{one_line, with_names};
use super::transport::{Call, Repeatable};
use super::wire::Error;
use crate::ids::{Thread, UserId};

/// How a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SessionStatus {
    /// Nothing is under way.
    Active,
    /// It waits for a person.
    Suspended,
    /// Slack shows that it is being worked on, with its own Stop beside it. After an hour
    /// Slack takes it for over.
    Processing,
}

/// What counts when a session begins, and is passed over later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Beginning {
    pub(crate) asker: UserId,
    /// From the first question; people can change it.
    pub(crate) title: String,
}

impl Beginning {
    /// A question makes the title: on one line, cut short, and without anybody's id.
    pub(crate) fn of(asker: &UserId, question: &str) -> Self {
        Self {
            asker: asker.clone(),
            title: one_line(&with_names(question, &HashMap::new())),
        }
    }
}

impl SessionStatus {
    fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Processing => "processing",
            Self::Suspended => "suspended",
        }
    }
}

impl Slack {
    /// Says how the session of this thread stands, which begins with it if there is none.
    pub(crate) async fn set_session(
        &self,
        thread: &Thread,
        status: SessionStatus,
        beginning: Option<&Beginning>,
    ) -> Result<(), Error> {
        let mut body = Map::new();
        body.insert("channel_id".to_owned(), json!(thread.channel.as_str()));
        body.insert("thread_ts".to_owned(), json!(thread.ts));
        body.insert("status".to_owned(), json!(status.as_str()));
        if let Some(Beginning { asker, title }) = beginning {
            body.insert("title".to_owned(), json!(title));
            body.insert("initiator_user_id".to_owned(), json!(asker));
        }
        let call = Call::Write("agents.sessions.setStatus", Value::Object(body));
        self.0.tried(&call, Repeatable::Yes).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_one_short_line_that_names_nobody() {
        let ada = UserId::parse("UADA").unwrap();
        for (question, title) in [
            ("What is new?", "What is new?"),
            (
                "What did <@UBEN> say?\nIn short.",
                "What did @someone say? In short.",
            ),
            ("\u{202e}", "someone"),
        ] {
            assert_eq!(Beginning::of(&ada, question).title, title);
        }
        let long = Beginning::of(&ada, &"word ".repeat(100)).title;
        assert_eq!(long.chars().count(), 80);
    }
}
