//! What a person says where a run of theirs is at work steers that run: it need not wait
//! for its turn, nor be told that it is in line.

use super::Line;
use super::item::{Lane, Try};
use super::standing::{Open, Place, Standing, Word};
use crate::ids::RunId;

impl Line {
    /// What steers this run, in order. Each of them stands still until it leaves: over, since
    /// the run has taken it in, or resting, since it could not.
    pub(crate) fn take_in(&mut self, run: RunId) -> Vec<RunId> {
        let Some(open) = self.open.get(&run) else {
            return Vec::new();
        };
        let lane = open.item.lane.clone();
        // One that was taken out of its lane has nothing behind it.
        if self.lanes.head(&lane) != Some(run) {
            return Vec::new();
        }
        let behind: Vec<RunId> = self
            .lanes
            .all(&lane)
            .filter(|one| self.open.get(one).is_some_and(|open| self.steers(open)))
            .collect();
        for one in &behind {
            self.lanes.remove(&lane, *one);
            if let Some(open) = self.open.get_mut(one) {
                open.standing = Standing::Held;
                open.place = Place::None;
            }
        }
        behind
    }

    /// Whether the run ahead of this one is at work for the same person. What may have been
    /// said of it already is left to stand for itself.
    pub(super) fn steers(&self, open: &Open) -> bool {
        let Standing::Waiting { word, .. } = open.standing else {
            return false;
        };
        let untold = matches!(word, Word::Due | Word::Spared) && open.tried == Try::First;
        let head = self.lanes.head(&open.item.lane);
        let ahead = head.and_then(|head| self.open.get(&head));
        untold
            && matches!(open.item.lane, Lane::Thread(_))
            && ahead.is_some_and(|ahead| {
                ahead.item.who == open.item.who && matches!(ahead.standing, Standing::AtWork { .. })
            })
    }

    /// The run that they might have steered has left: they may have to wait after all.
    pub(super) fn spare_no_more(&mut self, lane: &Lane) {
        let behind: Vec<RunId> = self.lanes.all(lane).collect();
        for run in behind {
            if let Some(open) = self.open.get_mut(&run)
                && let Standing::Waiting { word, .. } = &mut open.standing
                && *word == Word::Spared
            {
                *word = Word::Due;
                self.may_have_to_tell(run);
            }
        }
    }
}
