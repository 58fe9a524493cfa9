//! Faults of the world that no program could make good: each shows that a counter counts.

use crate::tally::Counter;

/// A lie of the world, or of the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plant {
    /// Somebody between Slack and Valet says 200 and drops the event, one in ten times.
    AckWithoutDelivery,
    /// Slack says that it changed a message, and did not.
    DeafSlack,
    /// At every second kill the data directory is as it was at the kill before.
    ForgetfulDisk,
    /// The vault takes the word that it is the right person again and again.
    ForgivingVault,
    /// One message arrives as two, under two time stamps, one in ten times.
    SplitEvent,
}

impl Plant {
    pub const ALL: [Self; 5] = [
        Self::AckWithoutDelivery,
        Self::DeafSlack,
        Self::ForgetfulDisk,
        Self::ForgivingVault,
        Self::SplitEvent,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::AckWithoutDelivery => "ack-without-delivery",
            Self::DeafSlack => "deaf-slack",
            Self::ForgetfulDisk => "forgetful-disk",
            Self::ForgivingVault => "forgiving-vault",
            Self::SplitEvent => "split-event",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|plant| plant.name() == name)
    }

    /// What must not stay at zero.
    pub fn shows_in(self) -> &'static [Counter] {
        match self {
            Self::AckWithoutDelivery => &[Counter::Lost],
            Self::DeafSlack => &[Counter::LeftWaiting, Counter::UntoldWrites],
            Self::ForgetfulDisk => &[Counter::DoubledWrites],
            Self::ForgivingVault => &[Counter::AttemptsTwice],
            Self::SplitEvent => &[Counter::DoubledAnswers],
        }
    }
}
