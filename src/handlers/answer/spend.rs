//! One turn of the model: within the budgets, and counted before anything comes of it.

use serde_json::Value;
use serde_json::value::RawValue;

use super::Interrupted;
use super::run::Running;
use crate::agent::{Reply, estimated_prompt};
use crate::handlers::spending::Held;
use crate::policy::Spender;
use crate::run::{Failure, Step};
use crate::store::{self, Durability, end_of_day};

impl Running<'_> {
    pub(super) async fn take_turn(
        &mut self,
        messages: &[Value],
        tools: &[&RawValue],
    ) -> Result<Reply, Interrupted> {
        // Held until the turn is counted.
        let _held = self.hold(|| estimated_prompt(messages, tools))?;
        let reply = self.listen(messages, tools).await;
        self.count_lost().await?;
        let reply = reply?;
        self.count_turn(&reply).await?;
        Ok(reply)
    }

    /// What tries took that came to nothing is paid for all the same.
    pub(super) async fn count_lost(&mut self) -> Result<(), store::Error> {
        let usage = self.lost.take();
        if usage.is_nothing() {
            return Ok(());
        }
        let context = self.context;
        let now = context.clock.now();
        context.store.usage.add(self.asker.person(), usage, now)?;
        context
            .metrics
            .spent(usage.prompt_tokens, usage.completion_tokens, usage.nano_usd);
        let step = Step::Spent {
            model: String::new(),
            asked: String::new(),
            usage,
        };
        self.record(step, Durability::Batched).await
    }

    /// A place for this turn in the budgets, if there is one.
    fn hold(&self, estimate: impl Fn() -> u64) -> Result<Option<Held>, Interrupted> {
        let budgets = self.context.policy.budgets();
        if budgets.are_none() {
            return Ok(None);
        }
        let now = self.context.clock.now();
        let (person, usage) = (self.asker.person(), &self.context.store.usage);
        let held = self.context.spending.hold(person, estimate(), |held| {
            let of_person = usage.of(person, now)?.today.and(held.by_person);
            let of_everybody = usage.of_everybody(now)?.today.and(held.by_everybody);
            Ok::<_, store::Error>(budgets.used_up(self.progress.usage, of_person, of_everybody))
        })?;
        held.map(Some).map_err(|spender| {
            let until = end_of_day(now);
            tracing::warn!(run.id = %self.run, person = %person, budget = ?spender, "a budget is used up: {spender:?}");
            self.context.metrics.budget_met(spender.into());
            Interrupted::Failed(match spender {
                Spender::Person => Failure::PersonBudget { until },
                Spender::Run => Failure::RunBudget,
                Spender::Workspace => Failure::WorkspaceBudget { until },
            })
        })
    }

    /// For the person and everybody first: a turn that a crash makes the run take again was
    /// paid for twice.
    async fn count_turn(&mut self, reply: &Reply) -> Result<(), Interrupted> {
        let (context, usage) = (self.context, reply.usage);
        let now = context.clock.now();
        context.store.usage.add(self.asker.person(), usage, now)?;
        let step = Step::Spent {
            model: reply.model.clone(),
            asked: reply.asked_model.clone(),
            usage,
        };
        // What the turn said follows at once, and is waited for.
        self.record(step, Durability::Batched).await?;
        context
            .metrics
            .spent(usage.prompt_tokens, usage.completion_tokens, usage.nano_usd);
        let spent = self.progress.usage;
        tracing::info!(run.id = %self.run, model = %reply.model, asked_model = %reply.asked_model, calls = reply.calls.len(), prompt_tokens = spent.prompt_tokens, completion_tokens = spent.completion_tokens, nano_usd = spent.nano_usd, estimated = spent.estimated, "the model has taken a turn");
        Ok(())
    }
}
