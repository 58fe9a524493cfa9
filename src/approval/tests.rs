use proptest::prelude::*;

use super::*;
use crate::ids::{TeamId, UserId};

fn person(name: &str) -> Person {
    let team = TeamId::parse("T1").unwrap();
    Person::new(None, &team, &UserId::parse(name).unwrap())
}

fn run(number: u128) -> RunId {
    RunId::from_uuid(uuid::Uuid::from_u128(number))
}

fn id(number: u128) -> ApprovalId {
    ApprovalId::from_bits(number)
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(minute * 60).unwrap()
}

fn subject(arguments: &str) -> Subject {
    Subject {
        run: run(1),
        person: person("UADA"),
        call: Digest::of("c1"),
        tool: "gmail_send_message".to_owned(),
        connection: ConnectionName::parse("gmail").unwrap(),
        fingerprint: Digest::of(arguments),
    }
}

fn asked() -> Approval {
    Approval::asked(id(1), id(1), subject("a"), at(0))
}

const YES: Word = Word::Yes(How::AsAsked);

#[test]
fn only_the_person_who_asked_decides_once_and_in_time() {
    let (ada, ben) = (person("UADA"), person("UBEN"));
    let granted = asked().decided(&ada, YES, (run(2), at(1))).unwrap();
    let denied = asked().decided(&ada, Word::No, (run(2), at(1))).unwrap();
    for (approval, by, minute, wanted) in [
        (asked(), &ada, 14, Ok(())),
        (asked(), &ada, 15, Err(NotDecided::Expired)),
        (asked(), &ben, 1, Err(NotDecided::NotTheirs)),
        (asked(), &ben, 99, Err(NotDecided::NotTheirs)),
        (granted.clone(), &ada, 2, Err(NotDecided::Already)),
        (granted.clone(), &ben, 2, Err(NotDecided::NotTheirs)),
        (denied, &ada, 2, Err(NotDecided::Already)),
        (asked().expired(at(15)), &ada, 16, Err(NotDecided::Already)),
        (
            asked().withdrawn(Why::Stopped, at(1)),
            &ada,
            2,
            Err(NotDecided::Already),
        ),
    ] {
        for word in [YES, Word::No] {
            let decided = approval.clone().decided(by, word, (run(3), at(minute)));
            assert_eq!(decided.map(drop), wanted, "{approval:?}");
        }
        let new = (id(2), Digest::of("b"));
        let changed = approval.clone().changed(by, new, (run(3), at(minute)));
        assert_eq!(changed.map(drop), wanted, "{approval:?}");
    }
    assert_eq!(granted.decided_by(), Some(run(2)));
}

#[test]
fn a_word_counts_for_what_was_shown_and_for_nothing_else() {
    let ada = person("UADA");
    let granted = asked().decided(&ada, YES, (run(2), at(1))).unwrap();
    let others = [
        subject("b"),
        Subject {
            person: person("UBEN"),
            ..subject("a")
        },
        Subject {
            run: run(7),
            ..subject("a")
        },
        Subject {
            call: Digest::of("c2"),
            ..subject("a")
        },
        Subject {
            tool: "gmail_delete_message".to_owned(),
            ..subject("a")
        },
        Subject {
            connection: ConnectionName::parse("gmail-work").unwrap(),
            ..subject("a")
        },
    ];
    for other in others {
        let used = granted.clone().begun(&other, at(2));
        assert_eq!(used, Err(NotUsable::NotGranted), "{other:?}");
    }
    let begun = granted.clone().begun(&subject("a"), at(2)).unwrap();
    assert_eq!(begun.clone().begun(&subject("a"), at(3)), Ok(begun.clone()));
    let used = begun.used(Fate::Done, None);
    assert_eq!(used.begun(&subject("a"), at(3)), Err(NotUsable::Used));
    assert_eq!(
        granted.begun(&subject("a"), at(16)),
        Err(NotUsable::Expired)
    );
    assert_eq!(
        asked().begun(&subject("a"), at(1)),
        Err(NotUsable::NotGranted)
    );
}

#[test]
fn what_is_being_done_is_not_taken_back_from_outside() {
    let ada = person("UADA");
    let granted = asked().decided(&ada, YES, (run(2), at(1))).unwrap();
    let begun = granted.clone().begun(&subject("a"), at(2)).unwrap();
    assert_eq!(begun.clone().withdrawn(Why::Stopped, at(3)), begun);
    let lapsed = granted.withdrawn(Why::AccountChanged, at(3));
    assert_eq!(
        lapsed.begun(&subject("a"), at(3)),
        Err(NotUsable::NotGranted)
    );
    assert!(matches!(
        begun.never_sent(Why::Stopped, at(3)).state(),
        State::Denied(_)
    ));
}

/// What can happen to an approval, in any order.
#[derive(Debug, Clone)]
enum Happens {
    Press(&'static str, Word),
    Edit(&'static str, &'static str),
    Expiry,
    Stop,
    AccountChanges,
    /// The run takes its turn, and dies before its outcome is written down or does not.
    Work(&'static str, bool),
}

fn happens() -> impl Strategy<Value = (i64, Happens)> {
    let who = || prop::sample::select(vec!["UADA", "UADA", "UBEN"]);
    let arguments = || prop::sample::select(vec!["a", "b"]);
    let word = prop::sample::select(vec![YES, Word::No, Word::Yes(How::Always)]);
    let what = prop_oneof![
        (who(), word).prop_map(|(who, word)| Happens::Press(who, word)),
        (who(), arguments()).prop_map(|(who, arguments)| Happens::Edit(who, arguments)),
        Just(Happens::Expiry),
        Just(Happens::Stop),
        Just(Happens::AccountChanges),
        (arguments(), any::<bool>()).prop_map(|(what, dies)| Happens::Work(what, dies)),
    ];
    (0_i64..4, what)
}

proptest! {
    /// Whatever is pressed, edited, stopped, left to expire and taken up again, and in
    /// whatever order: at most one thing is sent, its person said yes to exactly that, and
    /// nothing was sent after a no.
    #[test]
    fn at_most_one_grant_comes_out_and_never_for_others(
        story in prop::collection::vec(happens(), 0..24)
    ) {
        let mut now = 0;
        let mut approvals = vec![asked()];
        let mut said: Vec<&str> = Vec::new();
        let mut sent: Vec<&str> = Vec::new();
        for (minutes, what) in story {
            now += minutes;
            let when = (run(9), at(now));
            let last = approvals.last().cloned().unwrap();
            let next = match what {
                Happens::Press(who, word) => {
                    let decided = last.clone().decided(&person(who), word, when);
                    if decided.is_ok() && word != Word::No {
                        prop_assert_eq!(who, "UADA");
                        said.push("a");
                    }
                    decided.unwrap_or(last)
                }
                Happens::Edit(who, arguments) => {
                    let new = (id(2), Digest::of(arguments));
                    match last.clone().changed(&person(who), new, when) {
                        Ok((replaced, granted)) => {
                            prop_assert_eq!(who, "UADA");
                            prop_assert!(replaced.clone().decided(&person(who), YES, when).is_err());
                            prop_assert!(replaced.begun(&subject("a"), when.1).is_err());
                            said.push(arguments);
                            approvals.push(granted.clone());
                            granted
                        }
                        Err(_) => last,
                    }
                }
                Happens::Expiry => last.expired(at(now)),
                Happens::Stop => last.withdrawn(Why::Stopped, at(now)),
                Happens::AccountChanges => last.withdrawn(Why::AccountChanged, at(now)),
                Happens::Work(arguments, dies) => {
                    match last.clone().begun(&subject(arguments), at(now)) {
                        // The ledger knows what was sent under an approval.
                        Ok(begun) if sent.is_empty() => {
                            sent.push(arguments);
                            if dies { begun } else { begun.used(Fate::Done, None) }
                        }
                        Ok(begun) => begun.used(Fate::Unknown, None),
                        Err(_) => last,
                    }
                }
            };
            *approvals.last_mut().unwrap() = next;
        }
        prop_assert!(said.len() <= 1, "{:?}", said);
        prop_assert!(sent.len() <= 1, "{:?}", sent);
        prop_assert!(sent.is_empty() || sent == said, "{:?} {:?}", sent, said);
    }
}
