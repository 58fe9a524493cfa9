//! How much one question, one person and everybody together may use.

use std::ops::Range;

use serde::Deserialize;
use toml::{Spanned, Value};

use crate::agent::Usage;

/// What is wrong with an amount that cannot be read.
pub(super) const FIX: &str =
    "a budget is a number above 0: whole tokens, or US dollars such as 0.50, up to a million";

/// Ten to the ninth: a dollar in the unit that is counted in.
const NANO: f64 = 1e9;

/// In dollars.
const MOST_USD: f64 = 1e6;

/// The amounts; without a word of the operator's there are none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Budgets {
    pub(crate) run: Amount,
    /// For a day, in UTC.
    pub(crate) person: Amount,
    /// For a day, in UTC.
    pub(crate) workspace: Amount,
}

/// What may be used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Amount {
    pub(crate) tokens: Option<u64>,
    pub(crate) nano_usd: Option<u64>,
}

/// Whose budget it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spender {
    Person,
    Run,
    Workspace,
}

impl Amount {
    /// Whether this use leaves nothing of it.
    pub(crate) fn is_used_up_by(self, used: Usage) -> bool {
        let reached = |most: Option<u64>, used| most.is_some_and(|most| used >= most);
        reached(self.tokens, used.tokens()) || reached(self.nano_usd, used.nano_usd)
    }
}

impl Budgets {
    pub(crate) fn are_none(self) -> bool {
        self == Self::default()
    }

    /// The first budget of which nothing is left, the one with the nearest remedy first.
    pub(crate) fn used_up(self, run: Usage, person: Usage, workspace: Usage) -> Option<Spender> {
        [
            (self.run, run, Spender::Run),
            (self.person, person, Spender::Person),
            (self.workspace, workspace, Spender::Workspace),
        ]
        .into_iter()
        .find(|(amount, used, _)| amount.is_used_up_by(*used))
        .map(|(_, _, spender)| spender)
    }
}

/// As the operator writes it.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    run_tokens: Option<Spanned<Value>>,
    run_cost_usd: Option<Spanned<Value>>,
    person_tokens_per_day: Option<Spanned<Value>>,
    person_cost_usd_per_day: Option<Spanned<Value>>,
    workspace_tokens_per_day: Option<Spanned<Value>>,
    workspace_cost_usd_per_day: Option<Spanned<Value>>,
}

impl Table {
    /// The budgets, or where in the file the mistake is.
    pub(super) fn read(&self) -> Result<Budgets, Range<usize>> {
        Ok(Budgets {
            run: amount(self.run_tokens.as_ref(), self.run_cost_usd.as_ref())?,
            person: amount(
                self.person_tokens_per_day.as_ref(),
                self.person_cost_usd_per_day.as_ref(),
            )?,
            workspace: amount(
                self.workspace_tokens_per_day.as_ref(),
                self.workspace_cost_usd_per_day.as_ref(),
            )?,
        })
    }
}

fn amount(
    tokens: Option<&Spanned<Value>>,
    cost: Option<&Spanned<Value>>,
) -> Result<Amount, Range<usize>> {
    Ok(Amount {
        tokens: read(tokens, whole)?,
        nano_usd: read(cost, dollars)?,
    })
}

fn read(
    written: Option<&Spanned<Value>>,
    of: impl Fn(&Value) -> Option<u64>,
) -> Result<Option<u64>, Range<usize>> {
    match written {
        Some(value) => of(value.get_ref()).map(Some).ok_or_else(|| value.span()),
        None => Ok(None),
    }
}

fn whole(value: &Value) -> Option<u64> {
    let tokens = u64::try_from(value.as_integer()?).ok()?;
    (tokens > 0).then_some(tokens)
}

fn dollars(value: &Value) -> Option<u64> {
    let dollars = match value {
        Value::Float(dollars) => *dollars,
        Value::Integer(dollars) => f64::from(u32::try_from(*dollars).ok()?),
        Value::Array(_)
        | Value::Boolean(_)
        | Value::Datetime(_)
        | Value::String(_)
        | Value::Table(_) => return None,
    };
    let nano = (dollars * NANO).round();
    let is_amount = dollars <= MOST_USD && nano >= 1.0;
    // A whole number of at most 16 digits, which prints exactly.
    is_amount
        .then(|| format!("{nano:.0}").parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::super::Policy;
    use super::*;

    #[test]
    fn the_nearest_budget_that_is_used_up_is_told_of() {
        let budgets = Policy::parse(
            "[budgets]\nrun_tokens = 10\nperson_cost_usd_per_day = 0.5\nworkspace_tokens_per_day = 100\n",
        )
        .unwrap()
        .budgets();
        assert_eq!(budgets.person.nano_usd, Some(500_000_000));
        let used = |tokens, nano_usd| Usage {
            prompt_tokens: tokens,
            nano_usd,
            ..Usage::default()
        };
        for (run, person, workspace, wanted) in [
            (used(9, 9), used(99, 499_999_999), used(99, 0), None),
            (
                used(10, 0),
                used(0, 500_000_000),
                used(100, 0),
                Some(Spender::Run),
            ),
            (
                used(0, 0),
                used(0, 500_000_000),
                used(100, 0),
                Some(Spender::Person),
            ),
            (
                used(0, 0),
                used(0, 0),
                used(100, 0),
                Some(Spender::Workspace),
            ),
        ] {
            assert_eq!(budgets.used_up(run, person, workspace), wanted);
        }
        assert!(Policy::default().budgets().are_none());
    }

    #[test]
    fn an_amount_that_is_none_is_named_with_its_line() {
        for amount in [
            "run_tokens = 0",
            "run_tokens = -1",
            "run_tokens = 1.5",
            "run_tokens = \"many\"",
            "run_cost_usd = 0",
            "run_cost_usd = 0.0",
            "run_cost_usd = -1",
            "run_cost_usd = nan",
            "run_cost_usd = inf",
            "run_cost_usd = 1000001",
        ] {
            let text = format!("[budgets]\n{amount}\n");
            let mistake = Policy::parse(&text).unwrap_err().to_string();
            assert_eq!(mistake, format!("line 2: {FIX}"), "{amount}");
        }
    }
}
