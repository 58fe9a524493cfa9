//! Who goes next. Pure rules: what is done about them is the business of `dispatch`.
//!
//! A thread is a lane: its questions are worked on one after the other. Lanes whose next
//! question could begin wait with the person who asked it, and a free place goes round the
//! people, so that a thousand questions of one delay another's only one by a turn. Short
//! things have lanes and places of their own; a word to stop needs neither.

mod item;
mod lanes;
mod people;
mod room;
mod standing;
mod steering;
mod stopping;
mod telling;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet, VecDeque};

use jiff::Timestamp;

pub(crate) use item::{Arrival, Errand, Item, Kind, Start, Try, Who};
pub use room::Room;
pub(crate) use standing::{Figures, Full, Leave, Stopped};

use crate::ids::RunId;
use item::Lane;
use lanes::Lanes;
use people::People;
use standing::{Open, Place, Standing, Word};

/// Everything that is open, and where each stands.
#[derive(Debug)]
pub(crate) struct Line {
    room: Room,
    open: HashMap<RunId, Open>,
    lanes: Lanes,
    people: People,
    /// Lanes of short things whose next one could begin, oldest first.
    quick: VecDeque<Lane>,
    /// What may begin whatever room there is.
    at_once: VecDeque<RunId>,
    /// Questions whose people may have to be told that they are in line.
    untold: VecDeque<RunId>,
    questions_at_work: usize,
    quick_at_work: usize,
    telling: usize,
    /// Events that are on their way to the disk.
    reserved: HashSet<RunId>,
    /// How many have entered so far.
    entered: u64,
}

impl Line {
    pub(crate) fn new(room: Room) -> Self {
        Self {
            room,
            open: HashMap::new(),
            lanes: Lanes::default(),
            people: People::default(),
            quick: VecDeque::new(),
            at_once: VecDeque::new(),
            untold: VecDeque::new(),
            questions_at_work: 0,
            quick_at_work: 0,
            telling: 0,
            reserved: HashSet::new(),
            entered: 0,
        }
    }

    /// Whether this can be accepted, beside what is on disk. If so there is room for it until
    /// it enters or its reservation is released.
    pub(crate) fn reserve(&mut self, item: &Item, on_disk: usize) -> Result<(), Full> {
        let (most, most_of_one) = match item.kind {
            // Half of them are only told that they are too many.
            Kind::Question => (self.room.open, self.room.open_of_one * 2),
            Kind::Quick | Kind::Stop => (
                self.room.open + self.room.open_commands,
                self.room.open_of_one,
            ),
        };
        if on_disk + self.reserved.len() >= most {
            return Err(Full::ForAll);
        }
        if self.people.open(&item.who, item.kind) >= most_of_one {
            return Err(Full::ForOne);
        }
        self.reserved.insert(item.run);
        self.people.opened(&item.who, item.kind);
        Ok(())
    }

    /// Whether this may have to wait for its turn, if it comes now. Of many that come at
    /// once some are taken to wait that will not.
    pub(crate) fn may_wait(&self, item: &Item) -> bool {
        let (coming, room) = (self.reserved.len(), &self.room);
        let is_behind = self.lanes.head(&item.lane).is_some();
        match item.kind {
            Kind::Question => {
                is_behind
                    || self.questions_at_work + coming >= room.at_work
                    || self.people.open(&item.who, item.kind) >= room.at_work_of_one
            }
            Kind::Quick => is_behind || self.quick_at_work + coming >= room.quick_at_work,
            Kind::Stop => false,
        }
    }

    /// What was reserved for does not enter.
    pub(crate) fn release(&mut self, item: &Item) {
        if self.reserved.remove(&item.run) {
            self.people.closed(&item.who, item.kind);
        }
    }

    /// Puts it in line, unless it stands there or is at work.
    pub(crate) fn enter(&mut self, item: Item, arrival: Arrival, now: Timestamp) {
        let is_new = arrival == Arrival::Fresh;
        if self.reserved.contains(&item.run) && !is_new {
            // It is on disk, and about to enter.
            return;
        }
        match self.open.get_mut(&item.run).map(|open| &mut open.standing) {
            None => {}
            Some(Standing::Resting) => self.forget(item.run),
            Some(Standing::AtWork { woken }) => {
                *woken |= arrival == Arrival::Woken;
                return;
            }
            Some(Standing::Held | Standing::Waiting { .. }) => return,
        }
        if is_new {
            self.release(&item);
        }
        self.people.opened(&item.who, item.kind);
        match item.kind {
            Kind::Question => self.ask(item, arrival, now),
            Kind::Quick => self.queue(Open::new(item, Place::Quick, arrival), now),
            Kind::Stop => {
                self.at_once.push_back(item.run);
                self.insert(Open::new(item, Place::None, arrival));
            }
        }
    }

    /// It is open, and waits for something else than its turn.
    pub(crate) fn rest(&mut self, item: Item) {
        if !self.open.contains_key(&item.run) {
            self.people.opened(&item.who, item.kind);
            let open = Open::new(item, Place::None, Arrival::Again);
            self.insert(Open {
                standing: Standing::Resting,
                ..open
            });
        }
    }

    /// Everything whose turn it is; from now on it is at work.
    pub(crate) fn starts(&mut self) -> Vec<Start> {
        let mut starts: Vec<Start> = Vec::new();
        while self.quick_at_work < self.room.quick_at_work
            && let Some(lane) = self.quick.pop_front()
        {
            self.quick_at_work += 1;
            self.begin(&lane);
        }
        while self.questions_at_work < self.room.at_work
            && let Some(lane) = self.people.next(self.room.at_work_of_one)
        {
            self.questions_at_work += 1;
            self.begin(&lane);
        }
        while let Some(run) = self.at_once.pop_front() {
            if let Some(open) = self.open.get_mut(&run) {
                open.standing = Standing::AtWork { woken: false };
                starts.push(open.start());
            }
        }
        starts
    }

    /// It is over, or waits for something else than its turn.
    pub(crate) fn leave(&mut self, run: RunId, how: Leave, now: Timestamp) {
        let Some(open) = self.open.get_mut(&run) else {
            return;
        };
        let woken = matches!(open.standing, Standing::AtWork { woken: true });
        open.standing = Standing::Resting;
        let place = std::mem::replace(&mut open.place, Place::None);
        let item = open.item.clone();
        match place {
            Place::None => {}
            Place::Question => {
                self.questions_at_work = self.questions_at_work.saturating_sub(1);
                self.people.left(&item.who, self.room.at_work_of_one);
            }
            Place::Quick => self.quick_at_work = self.quick_at_work.saturating_sub(1),
        }
        if place != Place::None {
            self.lanes.remove(&item.lane, run);
            self.spare_no_more(&item.lane);
            self.head_is_ready(&item.lane);
        }
        match how {
            Leave::Over => self.forget(run),
            Leave::Resting if woken && place == Place::Question => {
                self.enter(item, Arrival::Woken, now);
            }
            Leave::Resting => {}
        }
    }

    pub(crate) fn figures(&self, now: Timestamp) -> Figures {
        let mut figures = Figures {
            at_work: self.questions_at_work + self.quick_at_work,
            ..Figures::default()
        };
        for open in self.open.values() {
            if let Standing::Waiting { since, .. } = open.standing {
                figures.waiting += 1;
                figures.oldest_wait = figures.oldest_wait.max(now.duration_since(since));
            }
        }
        figures
    }

    /// A question: too many of one person are only told so, on a lane of their own.
    fn ask(&mut self, item: Item, arrival: Arrival, now: Timestamp) {
        // This one is counted already.
        let most = self.room.open_of_one;
        if arrival == Arrival::Fresh && self.people.questions(&item.who) > most {
            self.people.refused(&item.who);
            let lane = Lane::Refusals(item.who.clone());
            let mut open = Open::new(Item { lane, ..item }, Place::Quick, arrival);
            open.errand = Errand::Refuse { most };
            self.queue(open, now);
        } else {
            self.may_have_to_tell(item.run);
            self.queue(Open::new(item, Place::Question, arrival), now);
        }
    }

    fn queue(&mut self, mut open: Open, now: Timestamp) {
        let word = match open.place {
            Place::Question => Word::Due,
            Place::None | Place::Quick => Word::Said,
        };
        open.standing = Standing::Waiting { since: now, word };
        let (run, lane) = (open.item.run, open.item.lane.clone());
        self.insert(open);
        if self.lanes.push(&lane, run) {
            self.head_is_ready(&lane);
        }
    }

    fn insert(&mut self, mut open: Open) {
        self.entered += 1;
        open.number = self.entered;
        self.open.insert(open.item.run, open);
    }

    fn forget(&mut self, run: RunId) {
        if let Some(open) = self.open.remove(&run) {
            match open.item.lane {
                Lane::Refusals(who) => self.people.refusal_closed(&who),
                Lane::Commands(_) | Lane::Thread(_) => {
                    self.people.closed(&open.item.who, open.item.kind);
                }
            }
        }
    }

    /// The next one of this lane, if there is one, waits for a place.
    fn head_is_ready(&mut self, lane: &Lane) {
        let head = self.lanes.head(lane);
        let Some(open) = head.and_then(|run| self.open.get(&run)) else {
            return;
        };
        match lane {
            Lane::Commands(_) | Lane::Refusals(_) => self.quick.push_back(lane.clone()),
            Lane::Thread(_) => {
                let most = self.room.at_work_of_one;
                self.people.ready(&open.item.who, lane.clone(), most);
            }
        }
    }

    /// The head of this lane has its place.
    fn begin(&mut self, lane: &Lane) {
        let Some(run) = self.lanes.head(lane) else {
            return;
        };
        let Some(open) = self.open.get_mut(&run) else {
            return;
        };
        if open.is_being_told() {
            open.standing = Standing::Held;
        } else {
            self.at_once.push_back(run);
        }
    }
}
