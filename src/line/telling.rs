//! Whoever has to wait is told so, once.

use super::Line;
use super::item::Try;
use super::standing::{Standing, Word};
use crate::ids::RunId;

impl Line {
    /// Those whose turn has come are passed over, and forgotten when there are many.
    pub(super) fn may_have_to_tell(&mut self, run: RunId) {
        if self.untold.len() > 2 * self.open.len() {
            self.untold.retain(|one| self.open.contains_key(one));
        }
        self.untold.push_back(run);
    }

    /// Questions whose people are to be told that they are in line, and whether they may have
    /// been told in an earlier life. None begins before [`Line::told`].
    pub(crate) fn tell_next(&mut self) -> Vec<(RunId, Try)> {
        let mut to_tell = Vec::new();
        while self.telling < self.room.telling
            && let Some(run) = self.untold.pop_front()
        {
            let spared = self.open.get(&run).is_some_and(|open| self.steers(open));
            if let Some(open) = self.open.get_mut(&run)
                && let Standing::Waiting { word, .. } = &mut open.standing
                && *word == Word::Due
            {
                if spared {
                    *word = Word::Spared;
                    continue;
                }
                *word = Word::UnderWay;
                self.telling += 1;
                to_tell.push((run, open.tried));
            }
        }
        to_tell
    }

    /// The word to this person has been said, or could not be.
    pub(crate) fn told(&mut self, run: RunId) {
        self.telling = self.telling.saturating_sub(1);
        let Some(open) = self.open.get_mut(&run) else {
            return;
        };
        open.tried = Try::Again;
        match &mut open.standing {
            Standing::Waiting { word, .. } => *word = Word::Said,
            Standing::Held => self.at_once.push_back(run),
            Standing::AtWork { .. } | Standing::Resting => {}
        }
    }
}
