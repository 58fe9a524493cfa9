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

/// A step of the work, as Slack shows it in a message that grows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Card {
    /// Told again under the same number, it takes its own place.
    number: usize,
    title: String,
    done: bool,
}

impl Card {
    pub(crate) fn begun(number: usize, title: String) -> Self {
        Self {
            number,
            title,
            done: false,
        }
    }

    pub(crate) fn done(self) -> Self {
        Self { done: true, ..self }
    }
}

/// What is added to a message that grows.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Addition<'a> {
    /// These come first.
    pub(crate) cards: &'a [Card],
    pub(crate) markdown: &'a str,
}

impl Addition<'_> {
    fn chunks(&self) -> Vec<Value> {
        let words = (!self.markdown.is_empty()).then(|| words(self.markdown));
        self.cards.iter().map(card).chain(words).collect()
    }
}

impl Slack {
    /// Begins a message that grows. It has no mark before its end.
    pub(crate) async fn start_stream(
        &self,
        thread: &Thread,
        reader: Reader<'_>,
        first: Addition<'_>,
    ) -> Result<Posted, Error> {
        let body = json!({
            "channel": thread.channel,
            "thread_ts": thread.ts,
            "recipient_user_id": reader.user,
            "recipient_team_id": reader.team,
            "chunks": first.chunks(),
            "task_display_mode": "timeline",
        });
        let call = Call::Write("chat.startStream", body);
        posted_by(&self.0.hurried(&call).await?)
    }

    /// Adds to it. It may stand there although this fails.
    pub(crate) async fn append_stream(&self, to: &Posted, more: Addition<'_>) -> Result<(), Error> {
        let mut body = of(to);
        body.insert("chunks".to_owned(), json!(more.chunks()));
        let call = Call::Write("chat.appendStream", Value::Object(body));
        self.0.hurried(&call).await.map(drop)
    }

    /// Ends it, with its last words if it has any left. The same again is refused, so that
    /// it cannot say them twice.
    pub(crate) async fn stop_stream(
        &self,
        stream: &Posted,
        (cards, rest): (&[Card], Option<&Rest<'_>>),
        mark: Mark,
    ) -> Result<(), Error> {
        let mut body = of(stream);
        body.insert("metadata".to_owned(), mark.metadata());
        let markdown = rest.map_or("", |rest| rest.markdown);
        let chunks = Addition { cards, markdown }.chunks();
        if !chunks.is_empty() {
            body.insert("chunks".to_owned(), json!(chunks));
        }
        if let Some(rest) = rest.filter(|rest| !rest.blocks.is_empty()) {
            body.insert("blocks".to_owned(), json!(rest.blocks));
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

fn card(card: &Card) -> Value {
    json!({
        "type": "task_update",
        "id": format!("step-{}", card.number),
        "title": card.title,
        "status": if card.done { "complete" } else { "in_progress" },
    })
}
