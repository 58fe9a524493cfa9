//! How fast we speak to Slack: as fast as it lets us. Where it has said that we are too
//! fast, nobody asks again before it is time, and then one after the other.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Our own pace, and how far Slack's word goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// Between two posts to one channel, once a burst is used up. Slack's own rule is one
    /// second; zero is for a Slack without that rule.
    pub(crate) post: Duration,
    /// How long a limit is remembered: the longest `Retry-After` that is kept to, and for
    /// how long after it a method keeps to the rate of its tier.
    pub(crate) limited: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            post: Duration::from_secs(1),
            limited: Duration::from_mins(10),
        }
    }
}

/// Posts that one channel gets at once after a minute of rest. Slack lets short bursts
/// pass and does not say how short; it says so when one was not.
const BURST: u32 = 60;

/// Gates at which the first look for those that nobody needs any more is taken.
const FEW: usize = 1_024;

/// What has a limit of its own, in one workspace.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Limited {
    Method(Box<str>),
    /// Posting, by where the post goes: a channel, or a person.
    Posts(Box<str>),
}

/// The limits of one workspace. Pure: whoever asks brings the time.
#[derive(Debug)]
pub(super) struct Limits {
    pace: Pace,
    gates: HashMap<Limited, Gate>,
    look_at: usize,
}

/// When the next call can go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Gate {
    /// Nothing passes before: Slack's word.
    closed_until: Instant,
    /// Bursts are over until then.
    wary_until: Instant,
    /// When the calls so far are paid off at the given rate.
    paid_at: Instant,
}

/// So many at once, then one each so often.
#[derive(Debug, Clone, Copy)]
struct Rate {
    each: Duration,
    burst: u32,
}

/// The turn would come too late: in this long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooLong(pub(super) Duration);

impl Limits {
    pub(super) fn new(pace: Pace) -> Self {
        Self {
            pace,
            gates: HashMap::new(),
            look_at: FEW,
        }
    }

    /// Takes the next turn, in the order of asking, so that nobody starves. A turn that
    /// comes later than `latest` is not taken.
    pub(super) fn turn(
        &mut self,
        what: &Limited,
        now: Instant,
        latest: Instant,
    ) -> Result<Instant, TooLong> {
        let mut gate = self.gates.get(what).copied().unwrap_or(Gate::open(now));
        let rate = self.rate(what, &gate, now);
        let at = gate.next(rate, now);
        if at > latest {
            return Err(TooLong(at.duration_since(now)));
        }
        if let Some(rate) = rate {
            gate.paid_at = gate.paid_at.max(at) + rate.each;
            self.keep(what, gate, now);
        }
        Ok(at)
    }

    /// Slack wants to hear nothing of this for so long.
    pub(super) fn close(&mut self, what: &Limited, asked: Duration, now: Instant) {
        let mut gate = self.gates.get(what).copied().unwrap_or(Gate::open(now));
        let until = now + asked.min(self.pace.limited);
        gate.closed_until = gate.closed_until.max(until);
        gate.wary_until = gate.closed_until + self.pace.limited;
        gate.paid_at = gate.paid_at.max(gate.closed_until);
        self.keep(what, gate, now);
    }

    /// Whether Slack has asked for patience, perhaps since a turn was given.
    pub(super) fn is_closed(&self, what: &Limited, now: Instant) -> bool {
        let gate = self.gates.get(what);
        gate.is_some_and(|gate| now < gate.closed_until)
    }

    /// A method has no pace until Slack has limited it; a channel has one from the start.
    fn rate(&self, what: &Limited, gate: &Gate, now: Instant) -> Option<Rate> {
        let wary = now < gate.wary_until;
        match what {
            Limited::Method(method) => wary.then(|| Rate {
                each: Duration::from_mins(1) / per_minute(method),
                burst: 1,
            }),
            Limited::Posts(_) if self.pace.post.is_zero() => None,
            Limited::Posts(_) => Some(Rate {
                each: self.pace.post,
                burst: if wary { 1 } else { BURST },
            }),
        }
    }

    /// A gate through which anybody can pass is the same as none.
    fn keep(&mut self, what: &Limited, gate: Gate, now: Instant) {
        self.gates.insert(what.clone(), gate);
        if self.gates.len() > self.look_at {
            self.gates.retain(|_, gate| !gate.is_open(now));
            self.look_at = (self.gates.len() * 2).max(FEW);
        }
    }
}

impl Gate {
    fn open(now: Instant) -> Self {
        Self {
            closed_until: now,
            wary_until: now,
            paid_at: now,
        }
    }

    fn is_open(&self, now: Instant) -> bool {
        self.closed_until <= now && self.wary_until <= now && self.paid_at <= now
    }

    fn next(&self, rate: Option<Rate>, now: Instant) -> Instant {
        let open = now.max(self.closed_until);
        let Some(rate) = rate else { return open };
        let on_credit = rate.each * rate.burst.saturating_sub(1);
        let paid = self.paid_at.checked_sub(on_credit).unwrap_or(open);
        open.max(paid)
    }
}

/// What Slack grants at least, by the tier of the method.
fn per_minute(method: &str) -> u32 {
    match method {
        "chat.appendStream" | "users.info" => 100,
        "chat.startStream" | "chat.stopStream" => 20,
        // Also for those whose limit Slack does not tell: one a second is its advice.
        _ => 50,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn general() -> Limited {
        Limited::Posts("C0GENERAL".into())
    }

    fn people() -> Limited {
        Limited::Method("users.info".into())
    }

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// When each of so many calls that are asked for at once may go, in milliseconds.
    fn turns(limits: &mut Limits, what: &Limited, count: usize, now: Instant) -> Vec<u128> {
        (0..count)
            .map(|_| limits.turn(what, now, now + secs(1_000)).unwrap())
            .map(|at| at.duration_since(now).as_millis())
            .collect()
    }

    #[test]
    fn a_channel_takes_a_burst_and_then_one_post_a_second() {
        let (mut limits, now) = (Limits::new(Pace::default()), Instant::now());
        let at = turns(&mut limits, &general(), 63, now);
        assert!(at[..60].iter().all(|at| *at == 0), "{at:?}");
        assert_eq!(at[60..], [1_000, 2_000, 3_000]);
        // Another channel has a burst of its own, and a rest gives it back.
        let random = Limited::Posts("C0RANDOM".into());
        assert_eq!(turns(&mut limits, &random, 1, now), [0]);
        let rested = now + secs(63);
        let at = turns(&mut limits, &general(), 61, rested);
        assert_eq!((at[59], at[60]), (0, 1_000));
    }

    #[test]
    fn a_method_has_no_pace_until_slack_says_so() {
        let (mut limits, now) = (Limits::new(Pace::default()), Instant::now());
        let at = turns(&mut limits, &people(), 5_000, now);
        assert!(at.iter().all(|at| *at == 0));
        assert!(limits.gates.is_empty(), "and nothing is remembered of it");
    }

    #[test]
    fn what_slack_limits_waits_for_everybody_and_then_goes_by_its_tier() {
        let (mut limits, now) = (Limits::new(Pace::default()), Instant::now());
        limits.close(&people(), secs(5), now);
        assert!(limits.is_closed(&people(), now));
        assert!(!limits.is_closed(&general(), now), "nothing else waits");
        let at = turns(&mut limits, &people(), 3, now);
        assert_eq!(at, [5_000, 5_600, 6_200]);
        assert!(!limits.is_closed(&people(), now + secs(5)));
        // In the end it is forgotten.
        let later = now + secs(5) + secs(600);
        assert_eq!(turns(&mut limits, &people(), 3, later), [0, 0, 0]);
    }

    #[test]
    fn a_channel_that_slack_limits_has_no_more_bursts_for_a_while() {
        let (mut limits, now) = (Limits::new(Pace::default()), Instant::now());
        limits.close(&general(), secs(2), now);
        let at = turns(&mut limits, &general(), 3, now);
        assert_eq!(at, [2_000, 3_000, 4_000]);
    }

    #[test]
    fn a_turn_that_comes_too_late_is_not_taken() {
        let (mut limits, now) = (Limits::new(Pace::default()), Instant::now());
        limits.close(&general(), secs(40), now);
        let in_time = now + secs(30);
        for _ in 0..3 {
            let asked = limits.turn(&general(), now, in_time);
            assert_eq!(asked, Err(TooLong(secs(40))));
        }
        assert_eq!(turns(&mut limits, &general(), 1, now), [40_000]);
    }

    #[test]
    fn slack_cannot_silence_us_for_longer_than_a_limit_is_remembered() {
        let (mut limits, now) = (Limits::new(Pace::default()), Instant::now());
        limits.close(&people(), secs(1_000_000), now);
        assert_eq!(turns(&mut limits, &people(), 1, now), [600_000]);
    }

    #[test]
    fn channels_that_are_quiet_again_take_no_memory() {
        let (mut limits, now) = (Limits::new(Pace::default()), Instant::now());
        for number in 0..100_000_u64 {
            let channel = Limited::Posts(format!("C{number}").into());
            let at = now + Duration::from_millis(number);
            limits.turn(&channel, at, at).unwrap();
        }
        assert!(limits.gates.len() < 4 * FEW, "{}", limits.gates.len());
    }

    proptest! {
        /// Whatever is asked when, and however often Slack limits us: turns come in the
        /// order of asking, none in a closed time, and none faster than the pace.
        #[test]
        fn turns_keep_order_closures_and_pace(
            asked in prop::collection::vec((0_u64..3_000, prop::option::weighted(0.1, 0_u64..9)), 1..200)
        ) {
            let (mut limits, begin) = (Limits::new(Pace::default()), Instant::now());
            let (mut now, mut last, mut closed) = (begin, begin, begin);
            let mut all = Vec::new();
            for (millis, limit) in asked {
                now += Duration::from_millis(millis);
                if let Some(seconds) = limit {
                    limits.close(&general(), secs(seconds), now);
                    closed = closed.max(now + secs(seconds));
                }
                let at = limits.turn(&general(), now, now + secs(10_000)).unwrap();
                prop_assert!(at >= now && at >= closed && at >= last);
                last = at;
                all.push(at);
            }
            let burst = usize::try_from(BURST).unwrap();
            for pair in all.windows(burst + 1) {
                prop_assert!(pair[burst].duration_since(pair[0]) >= secs(1));
            }
        }
    }
}
