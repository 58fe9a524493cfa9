//! The word that ends what one person has open in one thread.

use super::Line;
use super::item::{Errand, Lane, Try, Who};
use super::standing::{Open, Place, Standing, Stopped, Word};
use crate::ids::{RunId, Thread};

impl Line {
    /// Ends what this person has open in this thread, as far as it came before this word to
    /// stop.
    pub(crate) fn stop(&mut self, by: RunId, thread: &Thread, who: &Who) -> Stopped {
        let came = self.open.get(&by).map_or(u64::MAX, |open| open.number);
        let is_theirs = |open: &&Open| {
            open.number < came
                && open.item.who == *who
                && matches!(&open.item.lane, Lane::Thread(lane) if **lane == *thread)
        };
        let mut runs: Vec<RunId> = self
            .open
            .values()
            .filter(is_theirs)
            .map(|open| open.item.run)
            .collect();
        runs.sort();
        let mut stopped = Stopped::default();
        for run in runs {
            self.stop_one(run, &mut stopped);
        }
        stopped
    }

    /// Whether anybody has a question open in this thread.
    pub(crate) fn is_open_in(&self, thread: &Thread) -> bool {
        let mut open = self.open.values();
        open.any(|open| matches!(&open.item.lane, Lane::Thread(lane) if **lane == *thread))
    }

    /// What [`Line::stop`] held may begin, since it is on disk that it was stopped.
    pub(crate) fn let_go(&mut self, run: RunId) {
        if let Some(open) = self.open.get(&run)
            && open.standing == Standing::Held
        {
            self.at_once.push_back(run);
        }
    }

    fn stop_one(&mut self, run: RunId, stopped: &mut Stopped) {
        let Some(open) = self.open.get_mut(&run) else {
            return;
        };
        if let Standing::AtWork { .. } = open.standing {
            stopped.at_work.push(run);
            return;
        }
        open.errand = Errand::Stop;
        let was = std::mem::replace(&mut open.standing, Standing::Held);
        match was {
            // It has its place, or is being stopped by another word; it begins when the
            // word to its person is said.
            Standing::Held | Standing::AtWork { .. } => stopped.soon.push(run),
            Standing::Resting => {
                open.tried = Try::Again;
                stopped.held.push(run);
            }
            Standing::Waiting { word, .. } => {
                open.place = Place::None;
                let (who, lane) = (open.item.who.clone(), open.item.lane.clone());
                self.take_out(run, &who, &lane);
                if word == Word::UnderWay {
                    stopped.soon.push(run);
                } else {
                    stopped.held.push(run);
                }
            }
        }
    }

    /// Takes a waiting run out of its lane; whoever stands behind it moves up.
    fn take_out(&mut self, run: RunId, who: &Who, lane: &Lane) {
        let was_next = self.lanes.head(lane) == Some(run);
        self.lanes.remove(lane, run);
        if was_next {
            self.people.not_ready(who, lane);
            self.head_is_ready(lane);
        }
    }
}
