//! An answer that its asker alone has read, and their word that everybody may. One press
//! shares it, once. Pure: whoever changes what is kept brings the press.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ids::{RunId, Thread};

/// One message of what would be shared, as its asker has read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) text: String,
    pub(crate) blocks: Vec<Value>,
}

/// What was said to its asker alone, and how far it is shared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Private {
    /// Where it was asked for.
    pub(crate) thread: Thread,
    parts: Vec<Part>,
    sharing: Sharing,
}

/// How far it is shared. A press is known by its run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Sharing {
    /// Nobody has said that it may be.
    Offered,
    /// By this press. Some of it may stand there.
    Begun(RunId),
    /// All of it stands there, by this press.
    Done(RunId),
}

/// What is to be done by a press.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Press {
    /// Show this to everybody, unless it stands there.
    Share(Private),
    /// That has come to its end, and may not be told.
    Tell,
}

/// Another press has been faster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AlreadyShared;

impl Private {
    pub(crate) fn offered(thread: Thread, parts: Vec<Part>) -> Self {
        Self {
            thread,
            parts,
            sharing: Sharing::Offered,
        }
    }

    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Whether it is still for its asker alone.
    pub(crate) fn is_kept(&self) -> bool {
        !matches!(self.sharing, Sharing::Done(_))
    }

    /// Its asker has pressed the button. The same press may come again after a crash.
    pub(crate) fn pressed(self, press: RunId) -> Result<(Self, Press), AlreadyShared> {
        match self.sharing {
            Sharing::Begun(by) | Sharing::Done(by) if by != press => Err(AlreadyShared),
            Sharing::Done(_) => Ok((self, Press::Tell)),
            Sharing::Begun(_) | Sharing::Offered => {
                let begun = Self {
                    sharing: Sharing::Begun(press),
                    ..self
                };
                Ok((begun.clone(), Press::Share(begun)))
            }
        }
    }

    /// All of it stands there. It need not be kept as it was shown any more.
    pub(crate) fn shared(self, press: RunId) -> Self {
        match self.sharing {
            Sharing::Begun(by) if by == press => Self {
                parts: Vec::new(),
                sharing: Sharing::Done(press),
                ..self
            },
            Sharing::Begun(_) | Sharing::Done(_) | Sharing::Offered => self,
        }
    }

    /// Slack wants none of it there: it can be tried again by another press.
    pub(crate) fn refused(self, press: RunId) -> Self {
        match self.sharing {
            Sharing::Begun(by) if by == press => Self {
                sharing: Sharing::Offered,
                ..self
            },
            Sharing::Begun(_) | Sharing::Done(_) | Sharing::Offered => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{ChannelId, MessageTs, TeamId};
    use crate::random::Randomness;

    fn private() -> Private {
        let thread = Thread {
            team: TeamId::parse("T1").unwrap(),
            channel: ChannelId::parse("C1").unwrap(),
            ts: MessageTs::parse("1.1").unwrap(),
        };
        let part = Part {
            text: "You have 3 mails.".to_owned(),
            blocks: Vec::new(),
        };
        Private::offered(thread, vec![part])
    }

    fn presses() -> [RunId; 2] {
        let bits = Randomness::seeded(1);
        [(); 2].map(|()| bits.run_id(jiff::Timestamp::UNIX_EPOCH))
    }

    #[test]
    fn one_press_shares_it_and_no_other_does() {
        let [first, second] = presses();
        let (begun, press) = private().pressed(first).unwrap();
        assert!(matches!(press, Press::Share(shown) if shown.parts().len() == 1));
        assert!(begun.is_kept());
        assert_eq!(begun.clone().pressed(second), Err(AlreadyShared));
        // After a crash.
        let (begun, press) = begun.pressed(first).unwrap();
        assert!(matches!(press, Press::Share(_)));
        let done = begun.shared(second).shared(first);
        assert!(!done.is_kept() && done.parts().is_empty());
        assert_eq!(done.clone().pressed(second), Err(AlreadyShared));
        assert_eq!(done.pressed(first).unwrap().1, Press::Tell);
    }

    #[test]
    fn what_slack_refuses_can_be_tried_again() {
        let [first, second] = presses();
        let (begun, _) = private().pressed(first).unwrap();
        assert_eq!(begun.clone().refused(second), begun);
        let offered = begun.refused(first);
        assert_eq!(offered, private());
        assert!(offered.pressed(second).is_ok());
    }

    #[test]
    fn what_nobody_pressed_for_is_not_shared() {
        let [press, _] = presses();
        assert_eq!(private().shared(press), private());
    }
}
