//! What people read when Valet will not or cannot: one clear sentence each, with the next
//! step in it.

use super::Message;
use crate::slack::people::Standing;

/// Whom Valet does not work for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    Bot,
    Deactivated,
    Guest,
    /// Somebody asked in a channel that other organisations read.
    SharedChannel,
    Stranger,
    /// Slack did not tell who they are.
    Unchecked,
}

impl Refused {
    /// Why somebody of this standing is refused, if they are.
    pub(crate) fn for_standing(standing: Standing) -> Option<Self> {
        match standing {
            Standing::Bot => Some(Self::Bot),
            Standing::Deactivated => Some(Self::Deactivated),
            Standing::Guest => Some(Self::Guest),
            Standing::Member => None,
            Standing::Stranger => Some(Self::Stranger),
        }
    }
}

/// Why a question ends without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The model's reply has neither words nor calls.
    NothingSaid,
    RouterOutOfCredit,
    RouterRateLimited,
    RouterRefused,
    RouterUnavailable,
    /// Our own store cannot be written or read.
    Store,
    TooBusy,
    /// The reply broke off, also when asked for again.
    Unfinished,
    VaultRateLimited,
    VaultUnavailable,
}

pub(crate) fn refused(why: Refused) -> Message {
    Message::of_words(match why {
        Refused::Bot => "I answer people only: let the person who wants to know ask me.",
        Refused::Deactivated => {
            "Your Slack account is deactivated, so I cannot work for you: please ask an administrator of this workspace."
        }
        Refused::Guest => {
            "I work for full members of this workspace only, and you are a guest here: please ask a member instead."
        }
        Refused::SharedChannel => {
            "This channel is shared with another organisation, so I do not open anybody's accounts here: please write to me in a direct message."
        }
        Refused::Stranger => {
            "I work for members of this workspace only, and you belong to another one: please ask a member instead."
        }
        Refused::Unchecked => {
            "I could not find out from Slack who you are, so I did nothing: please ask again in a minute."
        }
    })
}

pub(crate) fn failed(why: Failure) -> Message {
    Message::of_words(match why {
        Failure::NothingSaid => {
            "The language model came back without an answer: please ask again, perhaps in other words."
        }
        Failure::RouterOutOfCredit => {
            "The credit for the language model is used up: please tell whoever runs me."
        }
        Failure::RouterRateLimited => {
            "The language model is asked too much at the moment: please ask again in a minute."
        }
        Failure::RouterRefused => {
            "The language model refused this request: please ask in other words, or tell whoever runs me if that does not help."
        }
        Failure::RouterUnavailable => {
            "The language model cannot be reached: please ask again in a few minutes."
        }
        Failure::Store => {
            "I cannot keep my records at the moment, so I stopped here: please ask again in a few minutes."
        }
        Failure::TooBusy => {
            "I am busy with too many questions at the moment: please ask again in a minute."
        }
        Failure::Unfinished => "The answer broke off before it was finished: please ask again.",
        Failure::VaultRateLimited => {
            "Too much is being done with accounts at the moment: please ask again in a minute."
        }
        Failure::VaultUnavailable => {
            "I cannot reach your accounts at the moment: please ask again in a few minutes."
        }
    })
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn refusals() {
        assert_snapshot!(refused(Refused::Bot).text, @"I answer people only: let the person who wants to know ask me.");
        assert_snapshot!(refused(Refused::Deactivated).text, @"Your Slack account is deactivated, so I cannot work for you: please ask an administrator of this workspace.");
        assert_snapshot!(refused(Refused::Guest).text, @"I work for full members of this workspace only, and you are a guest here: please ask a member instead.");
        assert_snapshot!(refused(Refused::SharedChannel).text, @"This channel is shared with another organisation, so I do not open anybody's accounts here: please write to me in a direct message.");
        assert_snapshot!(refused(Refused::Stranger).text, @"I work for members of this workspace only, and you belong to another one: please ask a member instead.");
        assert_snapshot!(refused(Refused::Unchecked).text, @"I could not find out from Slack who you are, so I did nothing: please ask again in a minute.");
    }

    #[test]
    fn only_members_are_not_refused() {
        assert_eq!(Refused::for_standing(Standing::Member), None);
        for standing in [
            Standing::Bot,
            Standing::Deactivated,
            Standing::Guest,
            Standing::Stranger,
        ] {
            assert!(Refused::for_standing(standing).is_some(), "{standing:?}");
        }
    }

    #[test]
    fn failures() {
        assert_snapshot!(failed(Failure::NothingSaid).text, @"The language model came back without an answer: please ask again, perhaps in other words.");
        assert_snapshot!(failed(Failure::RouterOutOfCredit).text, @"The credit for the language model is used up: please tell whoever runs me.");
        assert_snapshot!(failed(Failure::RouterRateLimited).text, @"The language model is asked too much at the moment: please ask again in a minute.");
        assert_snapshot!(failed(Failure::RouterRefused).text, @"The language model refused this request: please ask in other words, or tell whoever runs me if that does not help.");
        assert_snapshot!(failed(Failure::RouterUnavailable).text, @"The language model cannot be reached: please ask again in a few minutes.");
        assert_snapshot!(failed(Failure::Store).text, @"I cannot keep my records at the moment, so I stopped here: please ask again in a few minutes.");
        assert_snapshot!(failed(Failure::TooBusy).text, @"I am busy with too many questions at the moment: please ask again in a minute.");
        assert_snapshot!(failed(Failure::Unfinished).text, @"The answer broke off before it was finished: please ask again.");
        assert_snapshot!(failed(Failure::VaultRateLimited).text, @"Too much is being done with accounts at the moment: please ask again in a minute.");
        assert_snapshot!(failed(Failure::VaultUnavailable).text, @"I cannot reach your accounts at the moment: please ask again in a few minutes.");
    }
}
