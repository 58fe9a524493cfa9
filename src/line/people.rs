//! The people in line: whose turn is next, and how much each has open.

use std::collections::{HashMap, VecDeque};

use super::item::{Kind, Lane, Who};

/// Everybody who has something open.
#[derive(Debug, Default)]
pub(super) struct People {
    all: HashMap<Who, Person>,
    /// Who has a lane that is ready and a place of their own left; each stands here once,
    /// so that a free place goes round.
    turns: VecDeque<Who>,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Person {
    /// Lanes whose next question is theirs, oldest first.
    ready: VecDeque<Lane>,
    has_turn: bool,
    at_work: usize,
    questions: usize,
    refused: usize,
    quick: usize,
    stops: usize,
}

impl People {
    /// How many open things of this kind a person has, the reserved ones included.
    pub(super) fn open(&self, who: &Who, kind: Kind) -> usize {
        self.all.get(who).map_or(0, |person| match kind {
            Kind::Question => person.questions + person.refused,
            Kind::Quick => person.quick,
            Kind::Stop => person.stops,
        })
    }

    pub(super) fn questions(&self, who: &Who) -> usize {
        self.all.get(who).map_or(0, |person| person.questions)
    }

    pub(super) fn opened(&mut self, who: &Who, kind: Kind) {
        let person = self.all.entry(who.clone()).or_default();
        match kind {
            Kind::Question => person.questions += 1,
            Kind::Quick => person.quick += 1,
            Kind::Stop => person.stops += 1,
        }
    }

    /// One of their questions is only to be told that there are too many.
    pub(super) fn refused(&mut self, who: &Who) {
        if let Some(person) = self.all.get_mut(who) {
            person.questions = person.questions.saturating_sub(1);
            person.refused += 1;
        }
    }

    pub(super) fn closed(&mut self, who: &Who, kind: Kind) {
        if let Some(person) = self.all.get_mut(who) {
            let count = match kind {
                Kind::Question => &mut person.questions,
                Kind::Quick => &mut person.quick,
                Kind::Stop => &mut person.stops,
            };
            *count = count.saturating_sub(1);
        }
        self.forget_idle(who);
    }

    pub(super) fn refusal_closed(&mut self, who: &Who) {
        if let Some(person) = self.all.get_mut(who) {
            person.refused = person.refused.saturating_sub(1);
        }
        self.forget_idle(who);
    }

    /// The next question of this lane is theirs.
    pub(super) fn ready(&mut self, who: &Who, lane: Lane, most: usize) {
        let person = self.all.entry(who.clone()).or_default();
        person.ready.push_back(lane);
        self.give_turn(who, most);
    }

    /// It is no more.
    pub(super) fn not_ready(&mut self, who: &Who, lane: &Lane) {
        if let Some(person) = self.all.get_mut(who) {
            person.ready.retain(|one| one != lane);
        }
    }

    /// The lane whose turn it is; its person now has one more at work.
    pub(super) fn next(&mut self, most: usize) -> Option<Lane> {
        while let Some(who) = self.turns.pop_front() {
            let Some(person) = self.all.get_mut(&who) else {
                continue;
            };
            person.has_turn = false;
            if let Some(lane) = person.ready.pop_front() {
                person.at_work += 1;
                self.give_turn(&who, most);
                return Some(lane);
            }
            self.forget_idle(&who);
        }
        None
    }

    /// One of theirs is no more at work.
    pub(super) fn left(&mut self, who: &Who, most: usize) {
        if let Some(person) = self.all.get_mut(who) {
            person.at_work = person.at_work.saturating_sub(1);
        }
        self.give_turn(who, most);
    }

    fn give_turn(&mut self, who: &Who, most: usize) {
        if let Some(person) = self.all.get_mut(who)
            && !person.has_turn
            && person.at_work < most
            && !person.ready.is_empty()
        {
            person.has_turn = true;
            self.turns.push_back(who.clone());
        }
    }

    fn forget_idle(&mut self, who: &Who) {
        if self.all.get(who) == Some(&Person::default()) {
            self.all.remove(who);
        }
    }
}
