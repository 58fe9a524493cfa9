//! What the turns under way will take at least, so that many at once do not all find the
//! same rest of a budget. In memory: a turn that is cut off takes nothing any more.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::agent::Usage;
use crate::ids::Person;
use crate::metrics::BudgetMet;
use crate::policy::Spender;

/// A cheap handle on the turns under way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spending {
    tokens: Arc<Mutex<HashMap<Person, u64>>>,
}

/// What the turns under way of others will take, by estimate.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct UnderWay {
    pub(crate) by_person: Usage,
    pub(crate) by_everybody: Usage,
}

/// The place of one turn, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    spending: Spending,
    person: Person,
    tokens: u64,
}

impl Spending {
    /// Holds so many tokens for this person, unless the question, asked with what others
    /// hold and answered before anybody else asks, has an answer. Never across an await.
    pub(super) fn hold<Why, Error>(
        &self,
        person: &Person,
        tokens: u64,
        is_used_up: impl FnOnce(UnderWay) -> Result<Option<Why>, Error>,
    ) -> Result<Result<Held, Why>, Error> {
        let mut held = self.lock();
        let under_way = UnderWay {
            by_person: estimate(held.get(person).copied().unwrap_or_default()),
            by_everybody: estimate(held.values().copied().fold(0, u64::saturating_add)),
        };
        if let Some(why) = is_used_up(under_way)? {
            return Ok(Err(why));
        }
        let of_person = held.entry(person.clone()).or_default();
        *of_person = of_person.saturating_add(tokens);
        Ok(Ok(Held {
            spending: self.clone(),
            person: person.clone(),
            tokens,
        }))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Person, u64>> {
        // Numbers are whole, whoever panicked.
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut held = self.spending.lock();
        if let Some(of_person) = held.get_mut(&self.person) {
            *of_person = of_person.saturating_sub(self.tokens);
            if *of_person == 0 {
                held.remove(&self.person);
            }
        }
    }
}

fn estimate(tokens: u64) -> Usage {
    Usage {
        prompt_tokens: tokens,
        ..Usage::default()
    }
}

impl From<Spender> for BudgetMet {
    fn from(spender: Spender) -> Self {
        match spender {
            Spender::Person => Self::Person,
            Spender::Run => Self::Run,
            Spender::Workspace => Self::Workspace,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{TeamId, UserId};

    fn person(user: &str) -> Person {
        let team = TeamId::parse("T1").unwrap();
        Person::new(None, &team, &UserId::parse(user).unwrap())
    }

    #[test]
    fn what_is_held_counts_for_others_until_it_is_given_back() {
        let spending = Spending::default();
        let seen = |who: &str| {
            let mut seen = (0, 0);
            let held = spending.hold(&person(who), 10, |held: UnderWay| {
                seen = (held.by_person.tokens(), held.by_everybody.tokens());
                Ok::<Option<()>, ()>(None)
            });
            (seen, held.unwrap().unwrap())
        };
        let (first, ada) = seen("U1");
        let (second, again) = seen("U1");
        let (third, ben) = seen("U2");
        assert_eq!([first, second, third], [(0, 0), (10, 10), (0, 20)]);
        drop((ada, again));
        assert_eq!(seen("U1").0, (0, 10));
        drop(ben);
        let refused = spending.hold(&person("U1"), 10, |_| Ok::<_, ()>(Some("no")));
        assert!(matches!(refused, Ok(Err("no"))));
        assert!(spending.lock().is_empty());
    }
}
