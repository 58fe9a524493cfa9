//! A person's word on one exact write: from the question to what came of it. Pure.
//!
//! A word is bound to the person who asked and to the fingerprint of tool, connection and
//! arguments; it counts once, and as long as nobody has said yes it is a *no*.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::agent::Trace;
use crate::ids::{ApprovalId, ConnectionName, Person, RunId};
use crate::ledger::Fate;
use crate::random::Digest;
use crate::run::Posted;

/// How long a card waits for its person, and how long their yes is good for: what could
/// not be done soon after it was wanted is asked for anew.
pub(crate) const APPROVAL_LIFE: SignedDuration = SignedDuration::from_mins(15);

/// What a word is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Subject {
    pub(crate) run: RunId,
    /// Whose word it is, and nobody else's.
    pub(crate) person: Person,
    /// The model's own id of the call; as a digest, since a model may write a book there.
    pub(crate) call: Digest,
    pub(crate) tool: String,
    pub(crate) connection: ConnectionName,
    /// Of tool, connection and arguments: see [`crate::ledger::fingerprint`].
    pub(crate) fingerprint: Digest,
}

/// What is to be done, as its person reads it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Proposal {
    pub(crate) arguments: Map<String, Value>,
    /// Of the tool's arguments, as the model was shown it.
    pub(crate) schema: Map<String, Value>,
    /// Whose account it is, in the provider's words, where they are known.
    pub(crate) account: Option<String>,
    /// Who is asked, as they call themselves.
    pub(crate) name: String,
    /// In which they read times, by its IANA name.
    pub(crate) zone: Option<String>,
}

/// One approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Approval {
    pub(crate) id: ApprovalId,
    pub(crate) subject: Subject,
    /// The first one that was asked for in the same turn: they can be decided together.
    pub(crate) batch: ApprovalId,
    pub(crate) until: Timestamp,
    /// Where its card stands.
    pub(crate) card: Option<Posted>,
    /// What it has left behind.
    pub(crate) trace: Option<Trace>,
    state: State,
}

/// Where an approval stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    Waiting,
    Granted(Yes),
    /// It is being done. Nothing takes the word back any more.
    Begun(Yes),
    Denied(No),
    /// The person has changed the arguments, which is another approval.
    Replaced(ApprovalId),
    /// It was used, and this came of it.
    Used(Yes, Fate),
}

/// The person said yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Yes {
    pub(crate) at: Timestamp,
    pub(crate) how: How,
    /// The event by which they said so.
    pub(crate) event: RunId,
}

/// How somebody said yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum How {
    AsAsked,
    /// And to all others of this tool.
    Always,
    /// After they had changed the arguments.
    Changed,
}

/// It is not to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct No {
    pub(crate) at: Timestamp,
    pub(crate) why: Why,
    /// The event by which the person said so, if they did.
    pub(crate) event: Option<RunId>,
}

/// Why something is not to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Why {
    /// The account was disconnected, or connected anew: it may be another one now.
    AccountChanged,
    Expired,
    /// Tool, arguments or policy are no longer what they were.
    NoLongerPossible,
    /// Its card could not be posted.
    NotShown,
    Person,
    /// The question ended in another way.
    RunOver,
    Stopped,
}

/// What a person says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    No,
    Yes(How),
}

/// Why a word changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotDecided {
    Already,
    Expired,
    /// It is somebody else's to decide.
    NotTheirs,
}

/// Why an approval cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotUsable {
    Expired,
    /// Nobody said yes, or not to this.
    NotGranted,
    Used,
}

impl Approval {
    /// Asks for a word on this.
    pub(crate) fn asked(
        id: ApprovalId,
        batch: ApprovalId,
        subject: Subject,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            subject,
            batch,
            until: now.saturating_add(APPROVAL_LIFE).unwrap_or(now),
            card: None,
            trace: None,
            state: State::Waiting,
        }
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }

    pub(crate) fn waits(&self) -> bool {
        self.state == State::Waiting
    }

    /// Its card stands there.
    pub(crate) fn shown(self, card: Posted) -> Self {
        Self {
            card: Some(card),
            ..self
        }
    }

    /// Somebody says yes or no, by this event. The same event may say so again.
    pub(crate) fn decided(
        self,
        by: &Person,
        word: Word,
        (event, now): (RunId, Timestamp),
    ) -> Result<Self, NotDecided> {
        self.open_to(by, now)?;
        let state = match word {
            Word::Yes(how) => State::Granted(Yes {
                at: now,
                how,
                event,
            }),
            Word::No => State::Denied(No {
                at: now,
                why: Why::Person,
                event: Some(event),
            }),
        };
        Ok(Self { state, ..self })
    }

    /// Whether this person can still say something to it.
    pub(crate) fn open_to(&self, person: &Person, now: Timestamp) -> Result<(), NotDecided> {
        if self.subject.person != *person {
            return Err(NotDecided::NotTheirs);
        }
        if !self.waits() {
            return Err(NotDecided::Already);
        }
        if now >= self.until {
            return Err(NotDecided::Expired);
        }
        Ok(())
    }

    /// The person changes the arguments and says yes to what they made of it: this one is
    /// over, and there is another one with a fingerprint of its own.
    pub(crate) fn changed(
        self,
        by: &Person,
        (new, fingerprint): (ApprovalId, Digest),
        (event, now): (RunId, Timestamp),
    ) -> Result<(Self, Self), NotDecided> {
        self.open_to(by, now)?;
        let granted = Self {
            id: new,
            subject: Subject {
                fingerprint,
                ..self.subject.clone()
            },
            state: State::Granted(Yes {
                at: now,
                how: How::Changed,
                event,
            }),
            ..self.clone()
        };
        let replaced = Self {
            state: State::Replaced(new),
            ..self
        };
        Ok((replaced, granted))
    }

    /// The event by which it was decided.
    pub(crate) fn decided_by(&self) -> Option<RunId> {
        match &self.state {
            State::Granted(yes) | State::Begun(yes) | State::Used(yes, _) => Some(yes.event),
            State::Denied(no) => no.event,
            State::Waiting | State::Replaced(_) => None,
        }
    }

    /// Uses the word for this, and for nothing else. A life that ended in between may have
    /// begun already; whether it sent anything is the ledger's to say.
    pub(crate) fn begun(self, on: &Subject, now: Timestamp) -> Result<Self, NotUsable> {
        if self.subject != *on {
            return Err(NotUsable::NotGranted);
        }
        let yes = match self.state {
            State::Granted(yes) => yes,
            State::Begun(_) => return Ok(self),
            State::Used(..) => return Err(NotUsable::Used),
            State::Denied(_) | State::Replaced(_) | State::Waiting => {
                return Err(NotUsable::NotGranted);
            }
        };
        if now.duration_since(yes.at) >= APPROVAL_LIFE {
            return Err(NotUsable::Expired);
        }
        let state = State::Begun(yes);
        Ok(Self { state, ..self })
    }

    /// What came of it.
    pub(crate) fn used(self, fate: Fate, trace: Option<Trace>) -> Self {
        let state = match self.state {
            State::Begun(yes) => State::Used(yes, fate),
            State::Denied(_)
            | State::Granted(_)
            | State::Replaced(_)
            | State::Used(..)
            | State::Waiting => return self,
        };
        Self {
            trace,
            state,
            ..self
        }
    }

    /// From outside of its run: it is not to be done, unless it is being done.
    pub(crate) fn withdrawn(self, why: Why, now: Timestamp) -> Self {
        match self.state {
            State::Granted(_) | State::Waiting => self.never_sent(why, now),
            State::Begun(_) | State::Denied(_) | State::Replaced(_) | State::Used(..) => self,
        }
    }

    /// From its run, which knows by its ledger that nothing was sent.
    pub(crate) fn never_sent(self, why: Why, now: Timestamp) -> Self {
        let state = match self.state {
            State::Begun(_) | State::Granted(_) | State::Waiting => State::Denied(No {
                at: now,
                why,
                event: None,
            }),
            other @ (State::Denied(_) | State::Replaced(_) | State::Used(..)) => other,
        };
        Self { state, ..self }
    }

    /// Nobody said anything in time.
    pub(crate) fn expired(self, now: Timestamp) -> Self {
        if self.waits() && now >= self.until {
            return self.never_sent(Why::Expired, now);
        }
        self
    }
}

#[cfg(test)]
mod tests;
