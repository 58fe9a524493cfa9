//! The lanes: who stands in which, in order.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};

use super::item::Lane;
use crate::ids::RunId;

/// Every lane with somebody in it. The run at work stays at its head.
#[derive(Debug, Default)]
pub(super) struct Lanes(HashMap<Lane, VecDeque<RunId>>);

impl Lanes {
    /// Puts a run at the end. `true` when it is the only one.
    pub(super) fn push(&mut self, lane: &Lane, run: RunId) -> bool {
        match self.0.entry(lane.clone()) {
            Entry::Occupied(mut waiting) => {
                waiting.get_mut().push_back(run);
                false
            }
            Entry::Vacant(empty) => {
                empty.insert(VecDeque::from([run]));
                true
            }
        }
    }

    pub(super) fn head(&self, lane: &Lane) -> Option<RunId> {
        self.0.get(lane)?.front().copied()
    }

    /// Who stands in it, in order.
    pub(super) fn all(&self, lane: &Lane) -> impl Iterator<Item = RunId> {
        self.0.get(lane).into_iter().flatten().copied()
    }

    pub(super) fn remove(&mut self, lane: &Lane, run: RunId) {
        if let Some(waiting) = self.0.get_mut(lane) {
            waiting.retain(|one| *one != run);
            if waiting.is_empty() {
                self.0.remove(lane);
            }
        }
    }
}
