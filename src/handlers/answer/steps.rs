//! Telling what is being done, where that takes its time: with cards in a message that grows,
//! or in words in the place of the sign of life.

use std::sync::Arc;

use futures_util::future::FusedFuture as _;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};

use super::run::Running;
use super::stream::First;
use crate::agent::ToolCall;
use crate::run::Stream;
use crate::slack::render::{self, Looking, Told};
use crate::slack::{self, Addition, Card};

/// How much is told of a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Detail {
    What,
    Where,
}

impl Running<'_> {
    /// What can be told of these reads. Where what is looked for is for its person alone, it
    /// is told only where.
    pub(super) fn told_of<'a>(
        &self,
        reads: impl IntoIterator<Item = &'a ToolCall<'a>>,
    ) -> Option<Told> {
        let detail = if self.may_be_private() {
            Detail::Where
        } else {
            Detail::What
        };
        render::looking(reads.into_iter().map(|call| Looking {
            connection: &call.tool.connection,
            tool: &call.tool.name,
            arguments: (detail == Detail::What).then_some(&call.arguments),
        }))
    }

    /// Tells it, while the reads go on. What is on its way to Slack comes to its end before
    /// anything else is said in the same place: otherwise it could be the last to arrive
    /// there. So long the run is not stopped. Returns what was read meanwhile.
    pub(super) async fn tell<F: Future>(
        &mut self,
        told: &Told,
        reads: &mut FuturesUnordered<F>,
    ) -> Vec<F::Output> {
        let writing = Arc::clone(&self.writing);
        let _writing = writing.acquire().await;
        let mut read = Vec::new();
        let mut telling = std::pin::pin!(self.show_steps(told).fuse());
        while !telling.is_terminated() {
            tokio::select! {
                biased;
                () = &mut telling => {}
                Some(one) = reads.next() => read.push(one),
            }
        }
        read
    }

    async fn show_steps(&mut self, told: &Told) {
        if self.show_cards(&told.titles).await {
            return;
        }
        // What does not grow can be changed.
        if self.let_stand().await.is_err() {
            return;
        }
        let Some(placed) = &self.progress.placed else {
            return;
        };
        if let Err(cause) = self.context.slack.update(placed, &told.words).await {
            tracing::info!(run.id = %self.run, error = &cause as &dyn std::error::Error, "what is being done could not be told");
        }
    }

    /// Shows a card for each step. `false` if it is to be told otherwise.
    async fn show_cards(&mut self, titles: &[String]) -> bool {
        if self.is_never_streamed() {
            return false;
        }
        let steps = self.shown.as_ref().map_or(0, |shown| shown.steps);
        let cards = titles.iter().cloned().zip(steps..);
        let cards: Vec<Card> = cards
            .map(|(title, number)| Card::begun(number, title))
            .collect();
        if self.shown.is_none() {
            return self.begin_stream(First::Cards(&cards)).await;
        }
        if !self.add_cards(&cards).await {
            return false;
        }
        if let Some(shown) = &mut self.shown {
            shown.steps += cards.len();
            shown.cards.extend(cards);
        }
        true
    }

    /// The steps are done, and their cards say so; at the latest with what is shown next.
    pub(super) async fn end_steps(&mut self) {
        let Some(shown) = &mut self.shown else {
            return;
        };
        let cards = std::mem::take(&mut shown.cards);
        let cards: Vec<Card> = cards.into_iter().map(Card::done).collect();
        if cards.is_empty() || self.add_cards(&cards).await {
            return;
        }
        if let Some(shown) = &mut self.shown {
            shown.cards = cards;
        }
    }

    /// Adds cards to what grows. `false` if Slack did not take them.
    async fn add_cards(&mut self, cards: &[Card]) -> bool {
        let stream = self.progress.placed.clone();
        let stream = stream.filter(|_| self.progress.stream == Stream::Open);
        let (Some(shown), Some(stream)) = (&mut self.shown, stream) else {
            return false;
        };
        if !shown.sure {
            return false;
        }
        shown.sure = false;
        let more = Addition {
            cards,
            markdown: "",
        };
        match self.context.slack.append_stream(&stream, more).await {
            Ok(()) => {
                shown.sure = true;
                true
            }
            Err(cause) => {
                // What is limited does not stand there.
                shown.sure = matches!(cause, slack::Error::RateLimited { .. });
                tracing::info!(run.id = %self.run, error = &cause as &dyn std::error::Error, "what is being done could not be shown");
                false
            }
        }
    }
}
