//! What a person says where their run is at work becomes part of it.

use std::sync::Arc;

use super::super::{Context, close, journal};
use super::Interrupted;
use super::run::Running;
use crate::agent::Line;
use crate::event::Event;
use crate::ids::RunId;
use crate::line::Leave;
use crate::run::Step;
use crate::slack::Intent;
use crate::store::{Durability, Entry, Error};

impl Running<'_> {
    /// Takes in what its person has said here meanwhile. Each is first a step of this run, on
    /// disk, and over then: in between it is told again by that step that it is over.
    pub(super) async fn take_in(&mut self) -> Result<(), Interrupted> {
        // A word to stop comes before or after: in between they would be in no run.
        let whole = Arc::clone(&self.writing);
        let _whole = whole.acquire().await;
        let mut failed = None;
        for run in self.context.line.with(|line| line.take_in(self.run)) {
            let leave = match self.take_in_one(run).await {
                Ok(leave) => leave,
                Err(cause) => {
                    failed = Some(cause);
                    Leave::Resting
                }
            };
            let now = self.context.clock.now();
            self.context.line.with(|line| {
                self.context.at_work.end(run);
                line.leave(run, leave, now);
            });
        }
        failed.map_or(Ok(()), |cause| Err(cause.into()))
    }

    async fn take_in_one(&mut self, run: RunId) -> Result<Leave, Error> {
        let Some(entry) = self.context.store.inbox.entry(run)? else {
            return Ok(Leave::Over);
        };
        let Some(words) = self.words_of(&entry) else {
            return Ok(Leave::Resting);
        };
        let words = self.readable(&words).await;
        let steered = Step::Steered { by: run, words };
        self.record(steered, Durability::Now).await?;
        tracing::info!(run.id = %self.run, by = %run, "a run was steered by {run}");
        close(self.context, run).await?;
        Ok(Leave::Over)
    }

    /// The question, if nobody has worked on it.
    fn words_of(&self, entry: &Entry) -> Option<String> {
        let Event::Said(said) = &entry.event else {
            return None;
        };
        let installation = self.context.known_installation()?;
        let untouched = journal::progress(self.context, entry.run).steps == 0
            && matches!(self.context.store.restored.backup_of(entry.run), Ok(None));
        let intent = Intent::said(&said.text, &installation.bot_user);
        let Intent::Question(question) = intent else {
            return None;
        };
        untouched.then_some(question)
    }

    /// The question and all that was added to it, for whoever remembers it.
    pub(super) fn whole_question(&self) -> String {
        let added = self.progress.lines.iter().filter_map(|line| match line {
            Line::Steered(words) => Some(words.as_str()),
            Line::Assistant(_) | Line::ToolResult { .. } => None,
        });
        let whole: Vec<&str> = std::iter::once(self.question).chain(added).collect();
        whole.join("\n")
    }
}

/// A life before this one may have ended before what a run had taken in was over: asked for
/// before anything stands in line, since it is no question of its own any more, of which
/// somebody would be told that it waits. What was worked on since goes its own way.
pub(crate) async fn end_taken_in(context: &Context) -> Result<(), Error> {
    for entry in context.store.inbox.entries()? {
        for by in journal::progress(context, entry.run).steered_by {
            let is_open = context.store.inbox.entry(by)?.is_some();
            if is_open && journal::progress(context, by).steps == 0 {
                tracing::info!(run.id = %entry.run, by = %by, "a run was steered by {by}, in a life before this one");
                close(context, by).await?;
            }
        }
    }
    Ok(())
}
