//! Which state of somebody's App Home stands there, as far as is known. In memory alone: it
//! is learnt anew when they open it or press something there.

use std::time::Duration;

use moka::future::Cache;

use crate::event::ViewHash;
use crate::ids::Person;

/// People whose Home is known. Whoever is forgotten sees it anew when they open it.
const REMEMBERED: u64 = 10_000;

/// A Home that nobody has touched for so long is open nowhere.
const TOUCHED: Duration = Duration::from_hours(24);

/// The Homes that were opened.
pub(crate) struct Homes(Cache<Person, Option<ViewHash>>);

impl Default for Homes {
    fn default() -> Self {
        let homes = Cache::builder()
            .max_capacity(REMEMBERED)
            .time_to_idle(TOUCHED)
            .build();
        Self(homes)
    }
}

impl Homes {
    /// This stood there when the person touched it. What we know ourselves is newer.
    pub(super) async fn touch(&self, person: &Person, shown: Option<&ViewHash>) {
        let known = self.0.entry_by_ref(person);
        known.or_insert_with(async { shown.cloned() }).await;
    }

    pub(super) async fn knows(&self, person: &Person) -> bool {
        self.0.get(person).await.is_some()
    }

    pub(super) async fn shown(&self, person: &Person) -> Option<ViewHash> {
        self.0.get(person).await.flatten()
    }

    pub(super) async fn put(&self, person: &Person, shown: Option<ViewHash>) {
        self.0.insert(person.clone(), shown).await;
    }

    pub(super) fn forget_all(&self) {
        self.0.invalidate_all();
    }

    /// Something newer than this stands there. Unless it is ours, nobody knows what.
    pub(super) async fn overtaken(&self, person: &Person, by_then: Option<&ViewHash>) {
        if self.shown(person).await.as_ref() == by_then {
            self.put(person, None).await;
        }
    }
}
