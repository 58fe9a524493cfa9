//! Messages that grow while they are read. Slack lets one live for five minutes; whatever
//! became of it, an update puts the whole in its place.

use serde_json::{Map, Value, json};

use super::client::{Slack, posted_by};
use super::mark::Mark;
use super::render::Rest;
use super::transport::{Call, Repeatable};
use super::wire::Error;
use crate::event::Actor;
use crate::ids::{TeamId, Thread, UserId};
use crate::run::Posted;

/// For whom a message grows, which Slack wants to know outside of direct messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    user: &'a UserId,
    team: &'a TeamId,
}

impl<'a> Reader<'a> {
    pub(crate) fn of(actor: &'a Actor) -> Self {
        Self {
            user: &actor.user,
            team: actor.home_team.as_ref().unwrap_or(&actor.team),
        }
    }
}

impl Slack {
    /// Begins a message that grows, with its first words. It has no mark before its end.
    pub(crate) async fn start_stream(
        &self,
        thread: &Thread,
        reader: Reader<'_>,
        markdown: &str,
    ) -> Result<Posted, Error> {
        let body = json!({
            "channel": thread.channel,
            "thread_ts": thread.ts,
            "recipient_user_id": reader.user,
            "recipient_team_id": reader.team,
            "chunks": [words(markdown)],
        });
        let call = Call::Write("chat.startStream", body);
        posted_by(&self.0.hurried(&call).await?)
    }

    /// Adds words to it. They may stand there although this fails.
    pub(crate) async fn append_stream(&self, to: &Posted, markdown: &str) -> Result<(), Error> {
        let mut body = of(to);
        body.insert("chunks".to_owned(), json!([words(markdown)]));
        let call = Call::Write("chat.appendStream", Value::Object(body));
        self.0.hurried(&call).await.map(drop)
    }

    /// Ends it, with its last words if it has any left. The same again is refused, so that
    /// it cannot say them twice.
    pub(crate) async fn stop_stream(
        &self,
        stream: &Posted,
        rest: Option<&Rest<'_>>,
        mark: Mark,
    ) -> Result<(), Error> {
        let mut body = of(stream);
        body.insert("metadata".to_owned(), mark.metadata());
        if let Some(rest) = rest {
            if !rest.markdown.is_empty() {
                body.insert("chunks".to_owned(), json!([words(rest.markdown)]));
            }
            if !rest.blocks.is_empty() {
                body.insert("blocks".to_owned(), json!(rest.blocks));
            }
        }
        let call = Call::Write("chat.stopStream", Value::Object(body));
        self.0.tried(&call, Repeatable::Yes).await.map(drop)
    }
}

fn of(stream: &Posted) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("channel".to_owned(), json!(stream.channel));
    body.insert("ts".to_owned(), json!(stream.ts));
    body
}

fn words(markdown: &str) -> Value {
    json!({"type": "markdown_text", "text": markdown})
}
