//! What the machine gives, and how patient to be with the world.

use std::time::Duration;

use crate::clock::Clock;
use crate::line::Room;
use crate::random::Randomness;

/// What the machine gives: time, randomness, and how patient to be.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Where the time comes from.
    pub clock: Clock,
    /// Where random bits come from.
    pub randomness: Randomness,
    /// How long to wait for what.
    pub patience: Patience,
    /// How much at once.
    pub room: Room,
}

impl Surroundings {
    /// As in production.
    pub fn of_this_machine() -> Self {
        Self {
            clock: Clock::system(),
            randomness: Randomness::system(),
            patience: Patience::default(),
            room: Room::default(),
        }
    }
}

/// How long to wait for what. Stories are less patient than the service.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For the head of a request to us, from its first byte to its last.
    pub head: Duration,
    /// For a whole request of Slack to us, and our answer; Slack itself waits 3 s.
    pub request: Duration,
    /// For one answer of Slack.
    pub slack: Duration,
    /// Between two posts to one channel of Slack, once a burst is used up.
    pub post: Duration,
    /// How long a limit that Slack sets is remembered, and its `Retry-After` kept to.
    pub limited: Duration,
    /// For one answer of the vault, tools aside.
    pub vault: Duration,
    /// For one tool of the vault, whose load balancer gives it up after 62 s.
    pub tools: Duration,
    /// For the router's first byte, and between two bytes.
    pub router: Duration,
    /// For a whole reply of the router.
    pub reply: Duration,
    /// After the first word of an answer, before it is shown while it is still being
    /// written: what is whole by then need not be.
    pub words: Duration,
    /// For reads, before it is told what is being read.
    pub steps: Duration,
    /// For all turns of one run; a turn that has begun is finished.
    pub run: Duration,
    /// How long a service fails before it is taken to be down.
    pub trouble: Duration,
    /// Before a service that is taken to be down is asked again, the first time.
    pub probe: Duration,
    /// Before the first repeat of something that can be repeated.
    pub pause: Duration,
    /// Between two sweeps.
    pub sweep: Duration,
    /// Before the vault is asked which connections it has, and between two such looks as
    /// long as it does not answer; once it has, the pause grows.
    pub connections: Duration,
    /// Between two looks at the disk, and before the first try to begin anew when it has
    /// failed.
    pub disk: Duration,
    /// Between two looks whether the backup of the day is due.
    pub backup: Duration,
    /// While parts of traces are gathered, to be sent on together.
    pub spans: Duration,
    /// For runs at work when it is time to stop.
    pub drain: Duration,
    /// Without a word of Slack on a connection of Socket Mode, before it is asked whether it
    /// is there; after as long again the connection is given up.
    pub silence: Duration,
    /// Before the first try to open another connection of Socket Mode.
    pub reconnect: Duration,
    /// Without any connection of Socket Mode, before `/readyz` tells.
    pub unconnected: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(5),
            request: Duration::from_secs(10),
            slack: Duration::from_secs(10),
            post: Duration::from_secs(1),
            limited: Duration::from_mins(10),
            vault: Duration::from_secs(20),
            tools: Duration::from_mins(1),
            router: Duration::from_mins(1),
            reply: Duration::from_mins(3),
            words: Duration::from_millis(150),
            steps: Duration::from_secs(2),
            run: Duration::from_mins(10),
            trouble: Duration::from_secs(5),
            probe: Duration::from_secs(2),
            pause: Duration::from_millis(500),
            sweep: Duration::from_secs(30),
            connections: Duration::from_secs(2),
            disk: Duration::from_secs(1),
            backup: Duration::from_hours(1),
            spans: Duration::from_secs(5),
            drain: Duration::from_secs(20),
            silence: Duration::from_secs(15),
            reconnect: Duration::from_millis(500),
            unconnected: Duration::from_secs(10),
        }
    }
}
