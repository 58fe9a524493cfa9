//! What people read when Valet will not or cannot: one clear sentence each, with the next
//! step in it.

use jiff::Timestamp;

use super::Message;
use crate::agent::MOST_TURNS;
use crate::audience::Turned;
use crate::run::Failure;

/// Why Valet does not work for somebody.
pub(crate) fn turned_away(why: Turned) -> Message {
    Message::of_words(match why {
        Turned::Bot => "I answer people only: let the person who wants to know ask me.",
        Turned::Deactivated => {
            "Your Slack account is deactivated, so I cannot work for you: please ask an administrator of this workspace."
        }
        Turned::Guest => {
            "I work for full members of this workspace only, and you are a guest here: please ask a member instead."
        }
        Turned::InNoGroup => {
            "Only some groups of people may ask me here, and you are in none of them: please ask whoever runs me to let you in."
        }
        Turned::OtherChannel => {
            "I do not take questions in this channel: please write to me in a direct message."
        }
        Turned::SharedChannel => {
            "This channel is shared with another organisation, so I do not open anybody's accounts here: please write to me in a direct message."
        }
        Turned::Stranger => {
            "I work for members of this workspace only, and you belong to another one: please ask a member instead."
        }
    })
}

/// Why a question ends without an answer.
pub(crate) fn failed(why: Failure) -> Message {
    Message::of_words(match why {
        Failure::AnswerRefused => {
            "I have an answer, but Slack does not take it: please ask again in other words."
        }
        Failure::DirectMessageRefused => {
            "I cannot send you the direct message with your link: please allow direct messages from me, or ask whoever runs me, and then ask again."
        }
        Failure::Disconnected => {
            "You disconnected the account that this waited for, so I stopped: please ask again when it is connected."
        }
        Failure::NotSetUp => {
            "The account that this needs cannot be connected, since its connection is not set up yet: please tell whoever runs me."
        }
        Failure::ConnectTimedOut => {
            "The account was not connected in time, so I stopped waiting: please ask again, and use the new link within 15 minutes."
        }
        Failure::ModelBrokeOff => "The answer broke off before it was finished: please ask again.",
        Failure::NoAnswer => {
            "The language model came back without an answer: please ask again, perhaps in other words."
        }
        Failure::NotChecked => {
            "I could not find out from Slack who you are, so I did nothing: please ask again in a minute."
        }
        Failure::OutOfTime => {
            "This took too long, so I stopped: please ask for a smaller part of it."
        }
        Failure::OutOfTurns => {
            return Message::of_words(&format!(
                "I took {MOST_TURNS} steps and did not get to the end: please ask for a smaller part of it."
            ));
        }
        Failure::PersonBudget { until } => return used_up("You have", "one person", until),
        Failure::RunBudget => {
            "This question used up what one question may, so I stopped: please ask for a smaller part of it."
        }
        Failure::WorkspaceBudget { until } => {
            return used_up("Together you all have", "everybody here", until);
        }
        Failure::RouterAccount => {
            "The language model is not available to me: please tell whoever runs me that its key, credit or model name needs a look."
        }
        Failure::RouterBusy => {
            "The language model is asked too much at the moment: please ask again in a minute."
        }
        Failure::RouterDown => {
            "The language model is down right now, and I will not keep you waiting: please ask again in a few minutes."
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
        Failure::TooLate => {
            "I could not work on this for more than a day, and stopped trying: please ask again if it still matters."
        }
        Failure::TooManyOpen { most } => {
            return Message::of_words(&format!(
                "You already have {most} questions waiting, so I left this one out: please ask it again when some are answered."
            ));
        }
        Failure::Unexpected => {
            "Something broke on my side while I worked on this: please ask again, and tell whoever runs me if that does not help."
        }
        Failure::VaultBusy => {
            "Too much is being done with accounts at the moment: please ask again in a minute."
        }
        Failure::VaultDown => {
            "The service that holds your accounts is down right now, and I will not keep you waiting: please ask again in a few minutes."
        }
        Failure::VaultMisconfigured => {
            "I cannot get at your accounts: please tell whoever runs me that the vault's credentials or connections need a look."
        }
        Failure::VaultUnavailable => {
            "I cannot reach your accounts at the moment: please ask again in a few minutes."
        }
    })
}

/// Budgets are those of days in UTC, so their end is told in UTC.
fn used_up(who_has: &str, who_may: &str, until: Timestamp) -> Message {
    let until = until.strftime("%-d %B, %H:%M UTC");
    Message::of_words(&format!(
        "{who_has} used up what {who_may} may use in a day: please ask again after {until}."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sentence, and a colon before the next step.
    #[test]
    fn every_failure_is_one_sentence_with_the_next_step() {
        let failures = [
            Failure::AnswerRefused,
            Failure::DirectMessageRefused,
            Failure::ConnectTimedOut,
            Failure::Disconnected,
            Failure::NotSetUp,
            Failure::ModelBrokeOff,
            Failure::NoAnswer,
            Failure::NotChecked,
            Failure::OutOfTime,
            Failure::OutOfTurns,
            Failure::PersonBudget {
                until: Timestamp::UNIX_EPOCH,
            },
            Failure::RunBudget,
            Failure::WorkspaceBudget {
                until: Timestamp::UNIX_EPOCH,
            },
            Failure::RouterAccount,
            Failure::RouterBusy,
            Failure::RouterDown,
            Failure::RouterRefused,
            Failure::RouterUnavailable,
            Failure::Store,
            Failure::TooLate,
            Failure::TooManyOpen { most: 50 },
            Failure::Unexpected,
            Failure::VaultBusy,
            Failure::VaultDown,
            Failure::VaultMisconfigured,
            Failure::VaultUnavailable,
        ];
        let turned = [
            Turned::Bot,
            Turned::Deactivated,
            Turned::Guest,
            Turned::InNoGroup,
            Turned::OtherChannel,
            Turned::SharedChannel,
            Turned::Stranger,
        ];
        let words = failures
            .map(failed)
            .into_iter()
            .chain(turned.map(turned_away));
        for message in words {
            let text = message.text;
            assert_eq!(text.matches(['.', '!', '?']).count(), 1, "{text}");
            assert!(text.ends_with('.'), "{text}");
            assert_eq!(text.matches(": ").count(), 1, "{text}");
        }
    }
}
