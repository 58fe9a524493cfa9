//! One record that cannot be read takes nothing else along.

use super::*;
use crate::connect::{Attempt, Owner};
use crate::ids::ConnectionName;
use crate::run::Step;
use crate::store::Durability;

/// Makes the first record of a tree whose key begins so unreadable, and says which it was.
fn spoil(engine: &Engine, tree: &'static str, prefix: &[u8]) -> Vec<u8> {
    let tree = engine.tree(tree).unwrap();
    let (key, _) = tree.scan_prefix(prefix).next().unwrap().unwrap();
    tree.insert(&key, b"{\"half\":").unwrap();
    key.to_vec()
}

/// What was set aside, by tree and key.
fn set_aside(disk: &Disk) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    disk.tamper(|engine| {
        let records = engine.tree("set_aside").unwrap();
        found = records
            .iter()
            .keys()
            .map(|key| key.unwrap().to_vec())
            .collect();
    });
    found
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_blocks_no_other() {
    let disk = Disk::empty();
    let store = disk.open();
    let (damaged, whole) = (disk.question(monday()), disk.question(monday() + days(1)));
    store.inbox.claim(&["1"], &damaged).await.unwrap();
    store.inbox.claim(&["2"], &whole).await.unwrap();
    close(store).await;
    let mut key = Vec::new();
    disk.tamper(|engine| key = spoil(engine, "inbox", damaged.run.as_bytes()));

    let store = disk.open();
    assert_eq!(store.inbox.open_count(), 2);
    assert_eq!(store.inbox.entries().unwrap(), [whole]);
    assert_eq!(store.inbox.entry(damaged.run).unwrap(), None);
    assert_eq!((store.inbox.open_count(), store.set_aside()), (1, 1));
    close(store).await;
    assert_eq!(set_aside(&disk), [[b"inbox\n".as_slice(), &key].concat()]);
}

#[tokio::test]
async fn a_step_that_cannot_be_read_is_not_taken_for_one_never_made() {
    let disk = Disk::empty();
    let store = disk.open();
    let entry = disk.question(monday());
    let run = entry.run;
    store.inbox.claim(&["1"], &entry).await.unwrap();
    for place in 0..2 {
        let (journal, step) = (&store.journal, Step::PartsSaid(1));
        journal
            .append(run, place, &step, Durability::Now)
            .await
            .unwrap();
    }
    close(store).await;
    disk.tamper(|engine| drop(spoil(engine, "journal", run.as_bytes())));

    let store = disk.open();
    for _ in 0..2 {
        assert!(matches!(store.journal.steps(run), Err(Error::Damage)));
    }
    assert_eq!(store.set_aside(), 1, "it is reported once");
}

#[tokio::test]
async fn an_identifier_that_cannot_be_read_is_never_minted_anew() {
    let disk = Disk::empty();
    let store = disk.open();
    store.people.identifier_of(&ada()).await.unwrap();
    close(store).await;
    disk.tamper(|engine| drop(spoil(engine, "identifiers", b"T0ACME/U0ADA")));

    let store = disk.open();
    for _ in 0..2 {
        let found = store.people.identifier_of(&ada()).await;
        assert!(matches!(found, Err(Error::Damage)));
    }
    let ben = Person::new(None, &team(), &UserId::parse("U0BEN").unwrap());
    store.people.identifier_of(&ben).await.unwrap();
    assert_eq!(store.set_aside(), 1, "it is reported once");
}

#[tokio::test]
async fn attempts_and_turns_that_cannot_be_read_are_left_out() {
    let disk = Disk::empty();
    let store = disk.open();
    let owner = Owner {
        person: ada(),
        team: team(),
        enterprise: None,
        name: "Ada".to_owned(),
        workspace_name: "Acme".to_owned(),
    };
    let gmail = ConnectionName::parse("gmail").unwrap();
    let tickets = [disk.randomness.nonce(), disk.randomness.nonce()];
    let [damaged, whole] = tickets
        .clone()
        .map(|ticket| Attempt::new(owner.clone(), gmail.clone(), &ticket, monday()));
    for attempt in [&damaged, &whole] {
        store.attempts.add(attempt).await.unwrap();
    }
    let runs = [disk.run(monday()), disk.run(monday() + days(1))];
    for run in runs {
        let turn = turn("what?");
        store
            .threads
            .remember(&thread("1.000"), run, &turn)
            .unwrap();
    }
    close(store).await;
    disk.tamper(|engine| {
        spoil(engine, "attempts", &damaged.id().to_be_bytes());
        spoil(engine, "threads", b"");
    });

    let store = disk.open();
    store.attempts.forget_expired(monday()).unwrap();
    assert_eq!(store.attempts.find(&tickets[0]).unwrap(), None);
    assert_eq!(store.attempts.find(&tickets[1]).unwrap(), Some(whole));
    let now = disk.run(monday() + days(2));
    let turns = store
        .threads
        .turns(&thread("1.000"), Timestamp::UNIX_EPOCH, now)
        .unwrap();
    assert_eq!(turns, [turn("what?")]);
    assert_eq!(store.set_aside(), 2);
}
