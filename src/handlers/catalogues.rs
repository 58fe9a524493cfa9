//! The catalogues of people's tools. Most people have the same tools, and thousands of them
//! take a while to rank: a catalogue is made once, for all runs that have the same.

use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;

use super::context::Services;
use crate::agent::{Catalogue, Tool};
use crate::policy::{Policy, Verdict};

/// The tools of one account.
pub(super) type Listed = Arc<Vec<Arc<Tool>>>;

/// As long as the lists themselves, and a little more.
const LIVE: Duration = Duration::from_mins(10);

/// Tools in all catalogues; of a ranked one each counts for several.
const MOST_TOOLS: u64 = 300_000;

/// More tools than this are ranked for a while, which nobody else should have to wait for.
const LARGE: usize = 100;

/// What a ranked tool takes, measured in tools that are not.
const RANKED: usize = 8;

/// By where their tools are in memory: no other tool can be there as long as this one is held.
pub(crate) struct Catalogues(Cache<Vec<usize>, Held>);

#[derive(Clone)]
struct Held {
    catalogue: Arc<Catalogue>,
    /// All that the key names, also those that are not in the catalogue.
    _listed: Arc<[Listed]>,
}

impl Default for Catalogues {
    fn default() -> Self {
        let weight = |key: &Vec<usize>, _: &Held| {
            let each = if key.len() > LARGE { RANKED } else { 1 };
            u32::try_from(1 + key.len() * each).unwrap_or(u32::MAX)
        };
        Self(
            Cache::builder()
                .weigher(weight)
                .max_capacity(MOST_TOOLS)
                .time_to_idle(LIVE)
                .build(),
        )
    }
}

impl Services {
    /// These tools, less those that the policy denies, ready to be offered.
    pub(super) async fn catalogue(&self, listed: &[Listed]) -> Arc<Catalogue> {
        let tools = listed.iter().flat_map(|tools| tools.iter());
        let key: Vec<usize> = tools.map(|tool| Arc::as_ptr(tool).addr()).collect();
        let is_large = key.len() > LARGE;
        let made = async {
            let (listed, policy) = (Arc::from(listed), self.policy.clone());
            let aside = {
                let listed: Arc<[Listed]> = Arc::clone(&listed);
                move || Arc::new(make(&listed, &policy))
            };
            let made = if is_large {
                self.tasks.spawn_blocking(aside).await.ok()
            } else {
                Some(aside())
            };
            // What was cut off there is made here.
            let catalogue = made.unwrap_or_else(|| Arc::new(make(&listed, &self.policy)));
            Held {
                catalogue,
                _listed: listed,
            }
        };
        let held = self.remembered.catalogues.0.get_with(key, made).await;
        held.catalogue
    }
}

fn make(listed: &[Listed], policy: &Policy) -> Catalogue {
    let tools = listed.iter().flat_map(|tools| tools.iter());
    let allowed = tools
        .filter(|tool| policy.verdict(&tool.name, tool.effect) != Verdict::Deny)
        .cloned()
        .collect();
    let catalogue = Catalogue::new(allowed, |tool| tool.effect);
    if catalogue.left_out() > 0 {
        tracing::info!(
            left_out = catalogue.left_out(),
            "some tools have no name, or are listed twice, and are not offered"
        );
    }
    catalogue.prepare(policy.limits().tools_per_request());
    catalogue
}
