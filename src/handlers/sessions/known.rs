//! Which sessions are open, and where Slack wants none. Pure: whoever asks brings the time.

use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use crate::ids::{ChannelId, RunId, Thread};
use crate::slack::SessionStatus;

/// Slack takes a session that is at work for over after an hour.
const SAID_AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(45);

/// As long as Slack wants no sessions somewhere, it is not asked again.
const REFUSED_FOR: SignedDuration = SignedDuration::from_mins(10);

/// Sessions that begin within a minute. Slack grants 50 calls at least, and each takes two
/// or more. Beyond it the words in the thread have to do.
const MOST_A_MINUTE: usize = 20;

/// Channels of which it is remembered that Slack wants no sessions there.
const MOST_REFUSALS: usize = 1_000;

/// Where Slack wants no sessions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Where {
    Everywhere,
    In(ChannelId),
}

#[derive(Debug, Default)]
pub(super) struct Known {
    open: HashMap<RunId, Open>,
    /// When the last ones began.
    begun: VecDeque<Timestamp>,
    refused: HashMap<Where, Timestamp>,
}

#[derive(Debug)]
struct Open {
    thread: Thread,
    status: SessionStatus,
    said_at: Timestamp,
}

/// Whether the run had a session before, perhaps in an earlier life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Had {
    None,
    One,
}

impl Known {
    /// Whether Slack is to show that this run is at work.
    pub(super) fn begin(&mut self, run: RunId, thread: &Thread, had: Had, now: Timestamp) -> bool {
        if self.is_refused(thread, now) {
            return false;
        }
        let had = had == Had::One || self.open.contains_key(&run);
        if !had && !self.has_room(now) {
            return false;
        }
        self.rest(run, thread, SessionStatus::Processing, now);
        true
    }

    /// This run stands so.
    pub(super) fn rest(
        &mut self,
        run: RunId,
        thread: &Thread,
        status: SessionStatus,
        now: Timestamp,
    ) {
        let open = Open {
            thread: thread.clone(),
            status,
            said_at: now,
        };
        self.open.insert(run, open);
    }

    pub(super) fn has(&self, run: RunId) -> bool {
        self.open.contains_key(&run)
    }

    pub(super) fn end(&mut self, run: RunId) {
        self.open.remove(&run);
    }

    /// How the session of a thread stands: somebody's question may wait there for a word
    /// while another one is worked on.
    pub(super) fn status(&self, thread: &Thread) -> SessionStatus {
        let there = self.open.values().filter(|open| open.thread == *thread);
        there
            .map(|open| open.status)
            .max()
            .unwrap_or(SessionStatus::Active)
    }

    /// The threads of which Slack has to hear again that they are worked on.
    pub(super) fn due(&mut self, now: Timestamp) -> Vec<Thread> {
        let mut due = Vec::new();
        for open in self.open.values_mut() {
            let is_old = now.duration_since(open.said_at) >= SAID_AGAIN_AFTER;
            if is_old && open.status == SessionStatus::Processing {
                open.said_at = now;
                due.push(open.thread.clone());
            }
        }
        due
    }

    pub(super) fn refuse(&mut self, place: Where, now: Timestamp) {
        if self.refused.len() >= MOST_REFUSALS {
            self.refused.clear();
        }
        self.refused.insert(place, now);
    }

    pub(super) fn is_refused(&self, thread: &Thread, now: Timestamp) -> bool {
        let here = Where::In(thread.channel.clone());
        [Where::Everywhere, here].iter().any(|place| {
            let since = self.refused.get(place);
            since.is_some_and(|since| now.duration_since(*since) < REFUSED_FOR)
        })
    }

    fn has_room(&mut self, now: Timestamp) -> bool {
        let minute = SignedDuration::from_mins(1);
        while let Some(first) = self.begun.front()
            && now.duration_since(*first) >= minute
        {
            self.begun.pop_front();
        }
        let has_room = self.begun.len() < MOST_A_MINUTE;
        if has_room {
            self.begun.push_back(now);
        }
        has_room
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{MessageTs, TeamId};
    use crate::random::Randomness;

    fn thread(channel: &str) -> Thread {
        Thread {
            team: TeamId::parse("T1").unwrap(),
            channel: ChannelId::parse(channel).unwrap(),
            ts: MessageTs::parse("1.1").unwrap(),
        }
    }

    fn after(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    fn runs(count: usize) -> Vec<RunId> {
        let randomness = Randomness::seeded(1);
        (0..count).map(|_| randomness.run_id(after(0))).collect()
    }

    #[test]
    fn a_thread_stands_as_the_busiest_of_its_runs() {
        let (mut known, here, runs) = (Known::default(), thread("C1"), runs(2));
        assert_eq!(known.status(&here), SessionStatus::Active);
        known.rest(runs[0], &here, SessionStatus::Suspended, after(0));
        assert!(known.begin(runs[1], &here, Had::None, after(0)));
        assert_eq!(known.status(&here), SessionStatus::Processing);
        known.end(runs[1]);
        assert_eq!(known.status(&here), SessionStatus::Suspended);
        assert_eq!(known.status(&thread("C2")), SessionStatus::Active);
    }

    #[test]
    fn so_many_begin_in_a_minute_and_what_has_begun_goes_on() {
        let (mut known, here, runs) = (Known::default(), thread("C1"), runs(MOST_A_MINUTE + 2));
        let begun = runs
            .iter()
            .filter(|run| known.begin(**run, &here, Had::None, after(0)));
        assert_eq!(begun.count(), MOST_A_MINUTE);
        let last = runs[MOST_A_MINUTE];
        assert!(known.begin(runs[0], &here, Had::None, after(0)));
        assert!(known.begin(last, &here, Had::One, after(0)));
        assert!(known.begin(runs[MOST_A_MINUTE + 1], &here, Had::None, after(1)));
    }

    #[test]
    fn work_is_shown_again_before_slack_takes_it_for_over() {
        let (mut known, here, runs) = (Known::default(), thread("C1"), runs(2));
        known.rest(runs[0], &thread("C2"), SessionStatus::Suspended, after(0));
        assert!(known.begin(runs[1], &here, Had::None, after(0)));
        assert!(known.due(after(44)).is_empty());
        assert_eq!(known.due(after(45)), [here]);
        assert!(known.due(after(46)).is_empty());
    }

    #[test]
    fn where_slack_wants_none_it_is_asked_again_after_a_while() {
        let (mut known, runs) = (Known::default(), runs(1));
        known.refuse(Where::In(thread("C1").channel), after(0));
        assert!(!known.begin(runs[0], &thread("C1"), Had::One, after(9)));
        assert!(known.begin(runs[0], &thread("C2"), Had::None, after(9)));
        assert!(known.begin(runs[0], &thread("C1"), Had::None, after(10)));
        known.refuse(Where::Everywhere, after(10));
        assert!(!known.begin(runs[0], &thread("C2"), Had::None, after(11)));
    }
}
