//! The last word of a run: the placeholder becomes the answer.

use super::super::{Outcome, Unsaid};
use super::Interrupted;
use super::run::Running;
use crate::agent::Provenance;
use crate::approval::Why;
use crate::handlers::measure;
use crate::metrics::RunOutcome;
use crate::run::{Conclusion, Failure, Step};
use crate::slack::{self, Message, Slot, Target, render};
use crate::store::{Durability, Turn};

impl Running<'_> {
    /// Says the conclusion. What nobody has said yes to by then is a no, before anybody
    /// reads that it is over, and its cards say so.
    pub(super) async fn end(&mut self, conclusion: &Conclusion) -> Result<Outcome, Unsaid> {
        let why = match conclusion {
            Conclusion::Answer(_) | Conclusion::Failed(_) => Why::RunOver,
            Conclusion::Stopped => Why::Stopped,
        };
        let withdrawn = self.withdraw_all(why).await;
        let said = self.say(conclusion).await?;
        let turned = match withdrawn {
            Ok(()) => self.turn_all().await,
            Err(interrupted) => Err(interrupted),
        };
        match turned {
            Ok(()) => Ok(said),
            Err(Interrupted::Failed(_)) => Ok(Outcome::Later),
            Err(Interrupted::Unsaid(unsaid)) => Err(unsaid),
        }
    }

    /// Says the conclusion, from the first part that has not been said.
    pub(super) async fn say(&mut self, conclusion: &Conclusion) -> Result<Outcome, Unsaid> {
        if self.context.store.installed.is_gone() {
            // There is no token to say it with.
            self.count(conclusion);
            return Ok(Outcome::Settled);
        }
        let all_found = self.look_for_lost().await;
        let parts = self.words(conclusion);
        let was_said = self.progress.parts_said >= parts.len();
        for (number, part) in parts.iter().enumerate().skip(self.progress.parts_said) {
            match self.say_part_somehow(number, part).await {
                Err(slack::Error::Refused { code }) if is_an_answer(conclusion) => {
                    // Whatever it is that Slack does not like, it is not in these words.
                    tracing::error!(run.id = %self.run, code = %code, "Slack refuses an answer: {code}");
                    let refused = self.ending(render::failed(Failure::AnswerRefused));
                    self.say_part(number, &refused).await?;
                    self.note(Step::PartsSaid(parts.len()), Durability::Now)
                        .await;
                    break;
                }
                said => {
                    let durability = said?;
                    self.note(Step::PartsSaid(number + 1), durability).await;
                }
            }
        }
        self.remember(conclusion);
        if !was_said {
            self.count(conclusion);
        }
        let all_gone = self.clear().await;
        Ok(if all_found && all_gone {
            Outcome::Settled
        } else {
            // The sweep finds the sign of life, and takes it away.
            Outcome::Later
        })
    }

    pub(super) fn words(&self, conclusion: &Conclusion) -> Vec<Message> {
        match conclusion {
            Conclusion::Answer(markdown) => self.answer(markdown),
            Conclusion::Failed(failure) => vec![self.ending(render::failed(*failure))],
            Conclusion::Stopped => vec![self.ending(render::stopped())],
        }
    }

    /// A word that is no answer, and below it what was done before it, or may have been.
    fn ending(&self, word: Message) -> Message {
        match render::writes_of(&self.progress.ledger, self.asker.zone()) {
            Some(writes) => word.followed_by(writes),
            None => word,
        }
    }

    /// The answer, and below it what was not done although the model wanted to, and what
    /// may have been done: that is not left to the model to say.
    fn answer(&self, markdown: &str) -> Vec<Message> {
        let known = Provenance::of(self.question, &self.progress.lines);
        let mut parts = render::answer(markdown, &known);
        let not_shown = self.writes_not_shown();
        let not_shown: Vec<&str> = not_shown.iter().map(String::as_str).collect();
        let not_shown = (!not_shown.is_empty()).then(|| render::writes_not_shown(&not_shown));
        let unknown = render::writes_unknown(&self.progress.ledger, self.asker.zone());
        for note in [not_shown, unknown].into_iter().flatten() {
            parts = match parts.pop() {
                Some(last) => {
                    parts.push(last.followed_by(note));
                    parts
                }
                None => vec![note],
            };
        }
        match parts.pop() {
            Some(last) => parts.push(last.with_feedback()),
            None => parts.push(render::failed(Failure::NoAnswer)),
        }
        parts
    }

    /// A Slack that does not know the buttons below an answer gets it without them.
    async fn say_part_somehow(
        &mut self,
        number: usize,
        part: &Message,
    ) -> Result<Durability, Unsaid> {
        let said = self.say_part(number, part).await;
        match (&said, part.without_feedback()) {
            (Err(slack::Error::Refused { .. }), Some(plain)) => self.say_part(number, &plain).await,
            _ => said,
        }
    }

    /// The first part takes the placeholder's place, which can be repeated without harm;
    /// the others follow it. One that somebody deleted is not missed. Returns how urgently
    /// it is to be written down: what can be said again waits for the next commit.
    async fn say_part(&mut self, number: usize, part: &Message) -> Result<Durability, Unsaid> {
        if number == 0
            && let Some(placed) = self.progress.placed.clone()
        {
            match self.take_place(&placed, part).await {
                Err(slack::Error::Refused { .. }) => {}
                updated => return updated.map(|()| Durability::Batched),
            }
        }
        let slot = Slot::Part(number);
        if self.standing.at(slot).is_some() {
            return Ok(Durability::Now);
        }
        let target = Target::Thread(&self.said.thread);
        let mark = self.work.mark(slot);
        self.context.slack.post(target, part, mark).await?;
        Ok(Durability::Now)
    }

    /// What was asked and answered, for the next question in this thread.
    fn remember(&self, conclusion: &Conclusion) {
        let Conclusion::Answer(answer) = conclusion else {
            return;
        };
        let turn = Turn {
            person: self.asker.person().clone(),
            name: self.asker.name().to_owned(),
            question: self.whole_question(),
            answer: answer.clone(),
        };
        let threads = &self.context.store.threads;
        if let Err(cause) = threads.remember(&self.said.thread, self.run, &turn) {
            tracing::error!(run.id = %self.run, error = &cause as &dyn std::error::Error, "the store failed");
        }
    }

    fn count(&self, conclusion: &Conclusion) {
        let outcome = match conclusion {
            Conclusion::Answer(_) => RunOutcome::Answered,
            Conclusion::Failed(failure) => {
                tracing::warn!(run.id = %self.run, person = %self.asker.person(), reason = ?failure, "a run failed: {failure:?}");
                RunOutcome::Failed
            }
            Conclusion::Stopped => RunOutcome::Stopped,
        };
        let took = (self.turns_taken(), self.progress.usage);
        measure::run(self.context, (self.run, conclusion), outcome, took);
        tracing::info!(run.id = %self.run, person = %self.asker.person(), outcome = ?outcome, turns = self.turns_taken(), "run ended: {outcome:?}");
    }
}

fn is_an_answer(conclusion: &Conclusion) -> bool {
    matches!(conclusion, Conclusion::Answer(_))
}
