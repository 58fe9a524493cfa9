//! What runs, turns and calls took and came to, for the figures and for traces. Names and
//! attributes are those of OpenTelemetry's conventions for generative AI.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::Context;
use crate::agent::{Effect, Reply, ToolCall, Usage};
use crate::ids::RunId;
use crate::ledger::Fate;
use crate::metrics::{RunOutcome, ToolEffect, ToolOutcome, TurnOutcome};
use crate::run::Conclusion;
use crate::traces::{Attribute, Kind, Part, Span};
use crate::{router, scalekit};

/// When something was begun.
#[derive(Debug, Clone, Copy)]
pub(super) struct Begun {
    at: Timestamp,
    since: Instant,
}

/// From when on, and for how long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Took {
    begun: Timestamp,
    lasted: Duration,
}

impl Begun {
    pub(super) fn now(context: &Context) -> Self {
        Self {
            at: context.clock.now(),
            since: Instant::now(),
        }
    }

    pub(super) fn over(self) -> Took {
        Took {
            begun: self.at,
            lasted: self.since.elapsed(),
        }
    }
}

/// The model was asked for a turn.
pub(super) fn turn(
    context: &Context,
    run: RunId,
    took: Took,
    reply: &Result<Reply, router::Error>,
) {
    let outcome = match reply {
        Ok(_) => TurnOutcome::Taken,
        Err(_) => TurnOutcome::Failed,
    };
    context.metrics.turned(outcome, took.lasted);
    context.traces.record(|randomness| {
        let mut attributes = vec![
            text("gen_ai.operation.name", "chat"),
            text("gen_ai.provider.name", "router"),
        ];
        let mut name = "chat".to_owned();
        if let Ok(reply) = reply {
            name = format!("chat {}", reply.asked_model);
            attributes.push(text("gen_ai.request.model", &reply.asked_model));
            attributes.push(text("gen_ai.response.model", &reply.model));
            attributes.extend(tokens(reply.usage));
        }
        Span {
            run,
            part: Part::piece(randomness),
            name,
            kind: Kind::Client,
            begun: took.begun,
            took: took.lasted,
            attributes,
            failed: reply.as_ref().err().map(word),
        }
    });
}

/// A call was sent to the vault.
pub(super) fn call<T>(
    context: &Context,
    (run, call): (RunId, &ToolCall<'_>),
    took: Took,
    (fate, made): (Fate, &Result<T, scalekit::Error>),
) {
    let outcome = match fate {
        Fate::Done => ToolOutcome::Done,
        Fate::NotDone => ToolOutcome::Failed,
        Fate::Unknown => ToolOutcome::Unknown,
    };
    let effect = match call.effect {
        Effect::Read => ToolEffect::Read,
        Effect::Write => ToolEffect::Write,
    };
    context.metrics.called(effect, outcome, took.lasted);
    context.traces.record(|randomness| Span {
        run,
        part: Part::piece(randomness),
        name: format!("execute_tool {}", call.tool.name),
        kind: Kind::Client,
        begun: took.begun,
        took: took.lasted,
        attributes: vec![
            text("gen_ai.operation.name", "execute_tool"),
            text("gen_ai.tool.name", &call.tool.name),
            text("gen_ai.tool.type", "extension"),
            text("valet.effect", &word(&effect)),
            text("valet.outcome", &word(&outcome)),
        ],
        failed: made.as_ref().err().map(word),
    });
}

/// A run has said its last word.
pub(super) fn run(
    context: &Context,
    (run, conclusion): (RunId, &Conclusion),
    outcome: RunOutcome,
    (turns, usage): (usize, Usage),
) {
    context.metrics.run_ended(outcome);
    context.traces.record(|_| {
        let begun = run.begun_at();
        let took = context.clock.now().duration_since(begun);
        let mut attributes = vec![
            text("gen_ai.operation.name", "invoke_agent"),
            text("gen_ai.agent.name", "valet"),
            text("valet.outcome", &word(&outcome)),
            Attribute::Count("valet.turns", u64::try_from(turns).unwrap_or(u64::MAX)),
        ];
        attributes.extend(tokens(usage));
        Span {
            run,
            part: Part::Whole,
            name: "invoke_agent valet".to_owned(),
            kind: Kind::Internal,
            begun,
            // A clock that was set back makes nothing end before it begins.
            took: Duration::try_from(took).unwrap_or_default(),
            attributes,
            failed: match conclusion {
                Conclusion::Failed(failure) => Some(word(failure)),
                Conclusion::Answer(_) | Conclusion::Stopped => None,
            },
        }
    });
}

fn text(name: &'static str, text: &str) -> Attribute {
    Attribute::Text(name, text.to_owned())
}

fn tokens(usage: Usage) -> [Attribute; 2] {
    [
        Attribute::Count("gen_ai.usage.input_tokens", usage.prompt_tokens),
        Attribute::Count("gen_ai.usage.output_tokens", usage.completion_tokens),
    ]
}

/// The name of a variant, and nothing of what it holds.
fn word(variant: &impl Debug) -> String {
    let whole = format!("{variant:?}");
    let end = whole.find(|letter: char| !letter.is_ascii_alphanumeric());
    whole
        .get(..end.unwrap_or(whole.len()))
        .unwrap_or_default()
        .to_owned()
}
