//! The last word of a run: the placeholder becomes the answer.

use super::super::{Outcome, Unsaid};
use super::Interrupted;
use super::run::Running;
use super::words::{Reader, Word};
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
        let words = self.words(conclusion);
        let was_said = self.progress.parts_said >= words.len();
        if self.is_private() {
            // What is offered to be shared is on disk before it is offered.
            self.keep_private().await;
            self.remember_now(conclusion).await;
        }
        for (number, word) in words.iter().enumerate().skip(self.progress.parts_said) {
            match self.say_word_somehow(&words, number).await {
                Err(slack::Error::Refused { code })
                    if is_an_answer(conclusion) || word.to == Reader::Asker =>
                {
                    // Whatever it is that Slack does not like, it is not in these words.
                    tracing::error!(run.id = %self.run, code = %code, "Slack refuses an answer: {code}");
                    let refused = self.refused(word.to, conclusion);
                    self.say_in_thread(0, &refused).await?;
                    self.note(Step::PartsSaid(words.len()), Durability::Now)
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

    /// The word in the thread for what Slack does not take.
    fn refused(&self, to: Reader, conclusion: &Conclusion) -> Message {
        match (to, conclusion) {
            (Reader::Thread, _) => self.ending(render::failed(Failure::AnswerRefused)),
            (Reader::Asker, Conclusion::Answer(_)) => render::not_told_alone(),
            (Reader::Asker, Conclusion::Failed(failure)) => render::failed(*failure),
            (Reader::Asker, Conclusion::Stopped) => render::stopped(),
        }
    }

    /// A Slack that does not know the buttons below an answer gets it without them.
    async fn say_word_somehow(
        &mut self,
        words: &[Word],
        number: usize,
    ) -> Result<Durability, Unsaid> {
        let Some((before, [word, ..])) = words.split_at_checked(number) else {
            return Ok(Durability::Now);
        };
        let in_thread = before.iter().filter(|word| word.to == Reader::Thread);
        let place = match word.to {
            Reader::Asker => number,
            Reader::Thread => in_thread.count(),
        };
        let said = self.say_word(word.to, place, &word.message).await;
        match (&said, word.message.without_feedback()) {
            (Err(slack::Error::Refused { .. }), Some(plain)) => {
                self.say_word(word.to, place, &plain).await
            }
            _ => said,
        }
    }

    async fn say_word(
        &mut self,
        to: Reader,
        place: usize,
        message: &Message,
    ) -> Result<Durability, Unsaid> {
        match to {
            Reader::Asker => self
                .say_alone(place, message)
                .await
                .map(|()| Durability::Now),
            Reader::Thread => self.say_in_thread(place, message).await,
        }
    }

    /// The first message takes the placeholder's place, which can be repeated without harm;
    /// the others follow it. One that somebody deleted is not missed. Returns how urgently
    /// it is to be written down: what can be said again waits for the next commit.
    async fn say_in_thread(
        &mut self,
        number: usize,
        message: &Message,
    ) -> Result<Durability, Unsaid> {
        if number == 0
            && let Some(placed) = self.progress.placed.clone()
        {
            match self.take_place(&placed, message).await {
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
        self.context.slack.post(target, message, mark).await?;
        Ok(Durability::Now)
    }

    /// What was asked and answered, for the next question in this thread.
    fn remember(&self, conclusion: &Conclusion) {
        let Some(turn) = self.turn_of(conclusion) else {
            return;
        };
        let threads = &self.context.store.threads;
        if let Err(cause) = threads.remember(&self.said.thread, self.run, &turn) {
            tracing::error!(run.id = %self.run, error = &cause as &dyn std::error::Error, "the store failed");
        }
    }

    /// The same, on disk when this returns. If it is not, it cannot be shared.
    async fn remember_now(&self, conclusion: &Conclusion) {
        let Some(turn) = self.turn_of(conclusion) else {
            return;
        };
        let threads = &self.context.store.threads;
        let remembered = threads.remember_now(&self.said.thread, self.run, &turn);
        if let Err(cause) = remembered.await {
            tracing::error!(run.id = %self.run, error = &cause as &dyn std::error::Error, "the store failed");
        }
    }

    fn turn_of(&self, conclusion: &Conclusion) -> Option<Turn> {
        let Conclusion::Answer(answer) = conclusion else {
            return None;
        };
        Some(Turn {
            person: self.asker.person().clone(),
            name: self.asker.name().to_owned(),
            question: self.whole_question(),
            answer: answer.clone(),
            private: self.is_private().then(|| self.kept(answer)),
        })
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
