//! The last word of a run: the placeholder becomes the answer.

use super::super::{Outcome, Unsaid};
use super::run::Running;
use crate::metrics::RunOutcome;
use crate::run::{Conclusion, Failure, Posted, Step};
use crate::slack::{self, Message, Target, render};
use crate::store::{Durability, Turn};

impl Running<'_> {
    /// Says the conclusion, from the first part that has not been said.
    pub(super) async fn say(&mut self, conclusion: &Conclusion) -> Result<Outcome, Unsaid> {
        let parts = self.words(conclusion);
        for (number, part) in parts.iter().enumerate().skip(self.progress.parts_said) {
            match self.say_part(number, part).await {
                Err(slack::Error::Refused { code }) if is_an_answer(conclusion) => {
                    // Whatever it is that Slack does not like, it is not in these words.
                    tracing::error!(run.id = %self.run, code = %code, "Slack refuses an answer: {code}");
                    self.say_part(number, &render::failed(Failure::AnswerRefused))
                        .await?;
                    break;
                }
                said => said?,
            }
            let said = Step::PartsSaid(number + 1);
            if let Err(cause) = self.record(said, Durability::Now).await {
                tracing::error!(run.id = %self.run, error = &cause as &dyn std::error::Error, "the store failed");
            }
        }
        self.remember(conclusion).await;
        self.count(conclusion);
        Ok(Outcome::Settled)
    }

    fn words(&self, conclusion: &Conclusion) -> Vec<Message> {
        match conclusion {
            Conclusion::Answer(markdown) => self.answer(markdown),
            Conclusion::Failed(failure) => vec![render::failed(*failure)],
            Conclusion::Stopped => vec![render::stopped()],
        }
    }

    /// The answer, and below it what was not done although the model wanted to.
    fn answer(&self, markdown: &str) -> Vec<Message> {
        let mut parts = render::answer(markdown);
        let refused = self.refused_writes();
        if !refused.is_empty() {
            let names: Vec<&str> = refused.iter().map(String::as_str).collect();
            let note = render::writes_refused(&names);
            match parts.pop() {
                Some(last) => parts.push(last.followed_by(note)),
                None => parts.push(note),
            }
        }
        if parts.is_empty() {
            parts.push(render::failed(Failure::NoAnswer));
        }
        parts
    }

    /// The first part takes the placeholder's place, which can be repeated without harm;
    /// the others follow it. One that somebody deleted is not missed.
    async fn say_part(&self, number: usize, part: &Message) -> Result<(), Unsaid> {
        if number == 0
            && let Some(placed) = &self.progress.placed
        {
            match self.context.slack.update(placed, part).await {
                Err(slack::Error::Refused { .. }) => {}
                updated => return updated,
            }
        }
        self.post(part).await.map(drop)
    }

    async fn post(&self, part: &Message) -> Result<Posted, Unsaid> {
        let target = Target::Thread(&self.said.thread);
        self.context.slack.post(target, part, Some(self.run)).await
    }

    /// What was asked and answered, for the next question in this thread.
    async fn remember(&self, conclusion: &Conclusion) {
        let Conclusion::Answer(answer) = conclusion else {
            return;
        };
        let turn = Turn {
            person: self.asker.person().clone(),
            name: self.asker.name().to_owned(),
            question: self.question.to_owned(),
            answer: answer.clone(),
        };
        let threads = &self.context.store.threads;
        if let Err(cause) = threads.remember(&self.said.thread, self.run, &turn).await {
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
        self.context.metrics.run_ended(outcome);
        tracing::info!(run.id = %self.run, person = %self.asker.person(), outcome = ?outcome, turns = self.turns_taken(), "run ended: {outcome:?}");
    }
}

fn is_an_answer(conclusion: &Conclusion) -> bool {
    matches!(conclusion, Conclusion::Answer(_))
}
