//! The points at which a kill can be aimed: what the world sees of the program from
//! outside.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;
use valet_sim::fault::{Moment, Sight};

use crate::mind::WRITE;

/// Calls to the outside, by a short name.
pub const CALLS: [(&str, &str); 15] = [
    ("auth.test", "auth.test"),
    ("chat.postMessage", "post"),
    ("chat.update", "update"),
    ("users.info", "users.info"),
    ("openid.connect.token", "sign in"),
    ("conversations.replies", "look back"),
    ("conversations.history", "look back"),
    ("/oauth/token", "token"),
    ("connected_accounts/details", "details"),
    ("connected_accounts/magic_link", "magic link"),
    ("connected_accounts/user/verify", "verify"),
    ("connected_accounts:delete", "delete"),
    ("/tools/scoped", "list tools"),
    ("/tools", "list tools"),
    ("chat/completions", "completion"),
];
pub const READ: &str = "execute read";
pub const WRITES: &str = "execute write";
pub const RESPOND: &str = "respond";

/// Which call this is; `None` for a browser's.
pub fn call_of(sight: &Sight<'_>) -> Option<&'static str> {
    if sight.path.ends_with("/execute_tool") {
        let tool = WRITE.as_bytes();
        let writes = sight.body.windows(tool.len()).any(|part| part == tool);
        return Some(if writes { WRITES } else { READ });
    }
    if sight.path.starts_with("/response/") {
        return Some(RESPOND);
    }
    let known = CALLS.iter().find(|(end, _)| sight.path.ends_with(end));
    known.map(|(_, name)| *name)
}

/// An instant to kill at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Point {
    /// Slack has just got its 200.
    Accepted,
    Call(&'static str, Moment),
    /// After `SIGTERM`, while runs finish.
    Draining,
    /// Some time or other.
    Random,
    /// Just ready after a start.
    Ready,
    /// On the way to it.
    Starting,
}

impl Point {
    /// All that can be aimed at.
    pub fn all() -> Vec<Self> {
        let mut names: Vec<&str> = CALLS.iter().map(|(_, name)| *name).collect();
        names.extend([READ, WRITES, RESPOND]);
        names.sort_unstable();
        names.dedup();
        let mut all = vec![Self::Accepted, Self::Draining, Self::Ready, Self::Starting];
        for name in names {
            all.extend([Moment::Before, Moment::After].map(|moment| Self::Call(name, moment)));
        }
        all
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted => f.write_str("Slack got its 200"),
            Self::Call(name, Moment::Before) => write!(f, "{name}, before its effect"),
            Self::Call(name, Moment::After) => write!(f, "{name}, before its answer"),
            Self::Draining => f.write_str("while it drains"),
            Self::Random => f.write_str("any instant"),
            Self::Ready => f.write_str("just ready"),
            Self::Starting => f.write_str("while it starts"),
        }
    }
}

/// Waits at one point, and kills there once.
pub struct Trap {
    set: Mutex<Option<Point>>,
    sprung: watch::Sender<u64>,
}

impl Default for Trap {
    fn default() -> Self {
        Self {
            set: Mutex::default(),
            sprung: watch::Sender::new(0),
        }
    }
}

impl Trap {
    /// From now on; whoever waits on what comes back hears when it was sprung.
    pub fn set(&self, point: Point) -> watch::Receiver<u64> {
        let hears = self.sprung.subscribe();
        *self.lock() = Some(point);
        hears
    }

    pub fn take_away(&self) {
        *self.lock() = None;
    }

    /// Kills, if this is the point.
    pub fn step_on(&self, point: Point, kill: impl FnOnce()) -> bool {
        let mut set = self.lock();
        if *set != Some(point) {
            return false;
        }
        *set = None;
        kill();
        drop(set);
        self.sprung.send_modify(|times| *times += 1);
        true
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Point>> {
        self.set.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
