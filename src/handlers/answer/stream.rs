//! Showing an answer while the model writes it. A message that grows takes the place of the
//! sign of life, and in the end it is the answer: what is missing is added, or, where
//! anything about it is not certain, the whole is put in its place.

use serde_json::Value;
use serde_json::value::RawValue;
use tokio::time::timeout;

use super::Interrupted;
use super::failure::of_router;
use super::run::Running;
use crate::agent::{Provenance, Reply};
use crate::handlers::measure::{self, Begun};
use crate::router::Spoken;
use crate::run::{Posted, Step, Stream};
use crate::slack::render::{Growing, Piece};
use crate::slack::{self, Addition, Card, Message, Reader, Slot};
use crate::store::Durability;

/// Bytes that are worth a call, once the first words are shown; Slack's own libraries wait
/// for as many.
const PIECE: usize = 256;

/// The first words need not be as many: somebody is waiting for them.
const FIRST_PIECE: usize = 32;

/// Between two looks at what can be shown, where it was too little.
const LOOK_AGAIN: usize = 64;

/// What is known to stand in a message that grows.
pub(super) struct Shown {
    growing: Growing,
    /// `false` as long as a piece may stand there or not.
    pub(super) sure: bool,
    /// The cards of steps that Slack does not know to be done.
    pub(super) cards: Vec<Card>,
    /// How many steps there were.
    pub(super) steps: usize,
}

impl Shown {
    fn begun(first: First<'_>) -> Self {
        let mut growing = Growing::default();
        let mut cards: &[Card] = &[];
        match first {
            First::Piece(piece) => growing.grow(piece),
            First::Cards(begun) => cards = begun,
        }
        Self {
            growing,
            sure: true,
            cards: cards.to_vec(),
            steps: cards.len(),
        }
    }
}

/// With what a stream begins.
#[derive(Clone, Copy)]
pub(super) enum First<'a> {
    Cards(&'a [Card]),
    Piece(&'a Piece),
}

impl First<'_> {
    fn addition(&self) -> Addition<'_> {
        match self {
            Self::Cards(cards) => Addition {
                cards,
                markdown: "",
            },
            Self::Piece(piece) => Addition {
                cards: &[],
                markdown: &piece.markdown,
            },
        }
    }
}

impl Running<'_> {
    /// The model's next reply, whose words are shown while they come in.
    pub(super) async fn listen(
        &mut self,
        messages: &[Value],
        tools: &[&RawValue],
    ) -> Result<Reply, Interrupted> {
        let (router, spoken) = self.context.router.heard(&self.lost);
        let said_by = self.progress.said_by.clone();
        let begun = Begun::now(self.context);
        // It takes the handle along, so that the words end with the reply.
        let asked = async move {
            let reply = router.reply((messages, &said_by), tools).await;
            (reply, begun.over())
        };
        let ((reply, took), ()) = tokio::join!(asked, self.show(spoken));
        measure::turn(self.context, self.run, took, &reply);
        let reply = reply.map_err(|cause| Interrupted::Failed(of_router(cause)))?;
        if !reply.calls.is_empty() && self.shows_words() {
            // It was no answer yet. Its words stay as the sign of life.
            if let Err(cause) = self.let_stand().await {
                tracing::warn!(run.id = %self.run, error = &cause as &dyn std::error::Error, "a stream could not be ended");
            }
        }
        Ok(reply)
    }

    fn shows_words(&self) -> bool {
        let shown = self.shown.as_ref();
        shown.is_none_or(|shown| !shown.growing.is_empty())
    }

    async fn show(&mut self, mut spoken: Spoken) {
        let first = spoken.wait_for(|words| !words.is_empty()).await.is_ok();
        if !first || self.is_never_streamed() {
            return;
        }
        let whole = spoken.wait_for(|_| false);
        if timeout(self.context.unshown, whole).await.is_ok() {
            return;
        }
        let known = Provenance::of(self.question, &self.progress.lines).gathered();
        let mut looked_at = 0;
        let mut least = FIRST_PIECE;
        loop {
            let written = {
                let words = spoken.borrow_and_update();
                let is_due = words.len() >= looked_at + least || words.len() < looked_at;
                is_due.then(|| words.clone())
            };
            if let Some(written) = written {
                looked_at = written.len();
                least = LOOK_AGAIN.min(least);
                let shown = self.shown.as_ref().map(|shown| &shown.growing);
                let piece = shown.unwrap_or(&Growing::default()).more(&written, &known);
                if let Some(piece) =
                    piece.filter(|piece| piece.is_worth(self.shown.is_some() && self.shows_words()))
                {
                    let shown = piece.is_empty() || self.show_piece(&piece).await;
                    if !shown || piece.is_last {
                        return;
                    }
                    least = PIECE;
                }
            }
            if spoken.changed().await.is_err() {
                return;
            }
        }
    }

    /// What its person may have to read alone does not grow before everybody's eyes.
    pub(super) fn is_never_streamed(&self) -> bool {
        let unstreamed = &self.context.remembered.unstreamed;
        self.may_be_private() || unstreamed.contains_key(&self.said.thread.channel)
    }

    /// Shows a piece. Returns whether more can follow it.
    async fn show_piece(&mut self, piece: &Piece) -> bool {
        let open = self.progress.placed.clone();
        let open = open.filter(|_| self.progress.stream == Stream::Open);
        match (&mut self.shown, open) {
            (None, None) => self.begin_stream(First::Piece(piece)).await,
            (Some(shown), Some(stream)) if shown.sure => {
                shown.sure = false;
                let more = Addition {
                    cards: &shown.cards,
                    markdown: &piece.markdown,
                };
                match self.context.slack.append_stream(&stream, more).await {
                    Ok(()) => {
                        shown.cards.clear();
                        shown.growing.grow(piece);
                    }
                    // It goes with the next piece.
                    Err(slack::Error::RateLimited { .. }) => {}
                    Err(cause) => {
                        tracing::warn!(run.id = %self.run, error = &cause as &dyn std::error::Error, "a piece of an answer could not be shown");
                        return false;
                    }
                }
                shown.sure = true;
                true
            }
            _ => false,
        }
    }

    /// That it may come to stand there is in the journal before it does: a stream has no
    /// mark, so it is known by what it stands behind, which is the sign of life.
    pub(super) async fn begin_stream(&mut self, first: First<'_>) -> bool {
        if self.progress.stream != Stream::None
            || self.progress.placed.is_none()
            || self.record(Step::Streaming, Durability::Now).await.is_err()
        {
            return false;
        }
        let (thread, reader) = (&self.said.thread, Reader::of(&self.said.actor));
        let started = self
            .context
            .slack
            .start_stream(thread, reader, first.addition());
        match started.await {
            Ok(posted) => {
                self.shown = Some(Shown::begun(first));
                self.note(Step::Streamed(posted), Durability::Now).await;
                self.clear().await;
                true
            }
            Err(cause) => {
                self.not_begun(&cause).await;
                false
            }
        }
    }

    async fn not_begun(&mut self, cause: &slack::Error) {
        tracing::warn!(run.id = %self.run, error = cause as &dyn std::error::Error, "an answer cannot be shown while it is written");
        if let slack::Error::Refused { .. } = cause {
            let channel = self.said.thread.channel.clone();
            self.context.remembered.unstreamed.insert(channel, ()).await;
        }
        if !cause.may_be_done() {
            self.note(Step::Unstreamed, Durability::Batched).await;
        }
    }

    /// Takes away what a stream took the place of. `false` if that is still to be done.
    pub(super) async fn clear(&mut self) -> bool {
        if self.progress.replaced.is_empty() {
            return true;
        }
        for posted in &self.progress.replaced {
            match self.context.slack.delete(posted).await {
                Ok(()) | Err(slack::Error::Refused { .. }) => {}
                Err(cause) => {
                    tracing::warn!(run.id = %self.run, error = &cause as &dyn std::error::Error, "a sign of life could not be taken away");
                    return false;
                }
            }
        }
        self.note(Step::Cleared, Durability::Batched).await;
        true
    }

    /// Nothing grows any more; what is shown stands as it is. A stream that Slack has ended
    /// by itself, or somebody has, cannot be ended once more.
    pub(super) async fn let_stand(&mut self) -> Result<(), slack::Error> {
        let shown = self.shown.take();
        let cards = shown.as_ref().map_or(&[][..], |shown| &shown.cards);
        let (Stream::Open, Some(stream)) = (self.progress.stream, &self.progress.placed) else {
            return Ok(());
        };
        let mark = self.work.mark(Slot::Placeholder);
        match self
            .context
            .slack
            .stop_stream(stream, (cards, None), mark)
            .await
        {
            Ok(()) | Err(slack::Error::Refused { .. }) => {}
            Err(cause) => return Err(cause),
        }
        self.note(Step::Unstreamed, Durability::Batched).await;
        Ok(())
    }

    /// Puts a message where the sign of life stands. If that is a stream which the message
    /// goes on from, it only gets what is missing.
    pub(super) async fn take_place(
        &mut self,
        placed: &Posted,
        message: &Message,
    ) -> Result<(), slack::Error> {
        if self.progress.stream != Stream::Open {
            return self.context.slack.update(placed, message).await;
        }
        let mark = self.work.mark(Slot::Placeholder);
        let sure = self.shown.take().filter(|shown| shown.sure);
        if let Some(shown) = &sure
            && let Some(rest) = shown.growing.rest(message)
        {
            let slack = &self.context.slack;
            let last = (shown.cards.as_slice(), Some(&rest));
            match slack.stop_stream(placed, last, mark).await {
                Ok(()) => {
                    self.note(Step::Unstreamed, Durability::Batched).await;
                    return Ok(());
                }
                Err(cause) => {
                    tracing::info!(run.id = %self.run, error = &cause as &dyn std::error::Error, "the whole takes the place of a stream");
                }
            }
        }
        self.let_stand().await?;
        let slack = &self.context.slack;
        slack.update_and_mark(placed, message, mark).await
    }
}

impl Piece {
    fn is_empty(&self) -> bool {
        self.markdown.is_empty()
    }

    /// Whether it is worth a call.
    fn is_worth(&self, is_begun: bool) -> bool {
        let least = if is_begun { PIECE } else { FIRST_PIECE };
        self.is_last || self.markdown.len() >= least
    }
}
