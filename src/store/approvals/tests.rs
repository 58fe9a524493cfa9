use jiff::ToSpan as _;
use serde_json::json;

use super::*;
use crate::approval::{How, NotDecided, Subject, Why, Word};
use crate::ids::{ChannelId, ConnectionName, MessageTs, TeamId, UserId};
use crate::random::{Digest, Randomness};
use crate::run::Posted;
use crate::store::{Grant, Store};

fn person(name: &str) -> Person {
    let team = TeamId::parse("T1").unwrap();
    Person::new(None, &team, &UserId::parse(name).unwrap())
}

fn now() -> Timestamp {
    "2026-11-23T13:05:00Z".parse().unwrap()
}

fn approval(number: u128) -> Approval {
    let subject = Subject {
        run: RunId::from_uuid(uuid::Uuid::from_u128(1)),
        person: person("UADA"),
        call: Digest::of(&number.to_string()),
        tool: "gmail_send_message".to_owned(),
        connection: ConnectionName::parse("gmail").unwrap(),
        fingerprint: Digest::of("a"),
    };
    let id = ApprovalId::from_bits(number);
    Approval::asked(id, id, subject, now())
}

/// Larger than one part of a record.
fn proposal() -> Proposal {
    let arguments = json!({"to": "ben@example.com", "body": "x".repeat(100_000)});
    Proposal {
        arguments: arguments.as_object().unwrap().clone(),
        schema: serde_json::Map::new(),
        account: None,
        name: "Ada".to_owned(),
        zone: None,
    }
}

fn store(folder: &tempfile::TempDir) -> Store {
    Store::open(folder.path(), Randomness::seeded(1)).unwrap()
}

fn card() -> Posted {
    Posted {
        channel: ChannelId::parse("C1").unwrap(),
        ts: MessageTs::parse("1.1").unwrap(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_decide_at_once_one_does() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    store
        .approvals
        .ask(&approval(1), &proposal())
        .await
        .unwrap();
    let decide = |number: u128| {
        let approvals = store.approvals.clone();
        let event = RunId::from_uuid(uuid::Uuid::from_u128(number));
        let word = if number.is_multiple_of(2) {
            Word::No
        } else {
            Word::Yes(How::AsAsked)
        };
        async move {
            let ada = person("UADA");
            let decided = approvals
                .change(ApprovalId::from_bits(1), |one| {
                    one.decided(&ada, word, (event, now()))
                })
                .await;
            decided.unwrap().unwrap()
        }
    };
    let decided = futures_util::future::join_all((0..20).map(decide)).await;
    assert_eq!(decided.iter().filter(|one| one.is_ok()).count(), 1);
    let late = decided.iter().filter_map(|one| one.as_ref().err());
    assert!(late.into_iter().all(|why| *why == NotDecided::Already));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_rests_while_all_its_cards_wait_and_its_texts_go_when_it_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    let approvals = &store.approvals;
    for number in [1, 2] {
        approvals.ask(&approval(number), &proposal()).await.unwrap();
    }
    let run = approval(1).subject.run;
    assert!(approvals.resting().unwrap().is_empty(), "no card is shown");
    for number in [1, 2] {
        let id = ApprovalId::from_bits(number);
        approvals
            .advance(id, |one| one.shown(card()))
            .await
            .unwrap();
    }
    assert!(approvals.resting().unwrap().contains(&run));
    assert_eq!(approvals.waiting().unwrap(), 2);
    let first = ApprovalId::from_bits(1);
    let ended = approvals
        .advance(first, |one| one.withdrawn(Why::Stopped, now()))
        .await;
    let ended = ended.unwrap().unwrap();
    assert!(approvals.resting().unwrap().is_empty(), "one is decided");
    assert!(approvals.proposal(first).unwrap().is_some());
    approvals.note(&ended).unwrap();
    assert!(approvals.resting().unwrap().contains(&run));
    assert!(approvals.proposal(first).unwrap().is_some());
    approvals.forget_texts(first).unwrap();
    assert!(approvals.proposal(first).unwrap().is_none());
    assert!(approvals.find(first).unwrap().is_some());
    approvals.forget_expired(now() + 24.hours()).unwrap();
    assert!(approvals.find(first).unwrap().is_some());
    approvals.forget_expired(now() + 25.hours()).unwrap();
    assert!(approvals.find(first).unwrap().is_none());
    let open = approvals.open_of(run).unwrap();
    assert_eq!(open.len(), 1, "what is open is not forgotten");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_changed_takes_the_place_of_what_was_asked() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    let (old, new) = (ApprovalId::from_bits(1), ApprovalId::from_bits(2));
    store
        .approvals
        .ask(&approval(1), &proposal())
        .await
        .unwrap();
    let ada = person("UADA");
    let event = RunId::from_uuid(uuid::Uuid::from_u128(9));
    let proposal = proposal();
    for wanted in [true, false] {
        let changed = store.approvals.replace(
            old,
            |one| one.changed(&ada, (new, Digest::of("b")), (event, now())),
            &proposal,
        );
        assert_eq!(changed.await.unwrap().unwrap().is_ok(), wanted);
    }
    let found = store.approvals.find(old).unwrap().unwrap();
    assert_eq!(*found.state(), crate::approval::State::Replaced(new));
    let found = store.approvals.find(new).unwrap().unwrap();
    assert_eq!(found.decided_by(), Some(event));
}

#[tokio::test(flavor = "multi_thread")]
async fn grants_are_a_persons_own_and_go_with_the_account() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder);
    let (ada, ben) = (person("UADA"), person("UBEN"));
    let gmail = ConnectionName::parse("gmail").unwrap();
    let work = ConnectionName::parse("gmail-work").unwrap();
    for (connection, tool) in [(&gmail, "a"), (&gmail, "b"), (&work, "a")] {
        let grant = Grant {
            connection: connection.clone(),
            tool: tool.to_owned(),
            since: now(),
        };
        store.grants.add(&ada, &grant).await.unwrap();
    }
    assert!(store.grants.has(&ada, &gmail, "a").unwrap());
    assert!(!store.grants.has(&ben, &gmail, "a").unwrap());
    assert!(!store.grants.has(&ada, &work, "b").unwrap());
    assert_eq!(store.grants.of(&ada).unwrap().len(), 3);
    assert!(store.grants.revoke(&ada, &gmail, "a").await.unwrap());
    assert!(!store.grants.revoke(&ada, &gmail, "a").await.unwrap());
    store.grants.revoke_all(&ada, &gmail).await.unwrap();
    let left = store.grants.of(&ada).unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].connection, work);
}
