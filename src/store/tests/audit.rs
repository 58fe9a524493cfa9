//! Chains on disk: what is added at once, cut off, harmed, forgotten and put back.

use super::*;
use crate::audit::{Act, Broken, Cause, Stage, Verifier, What, Whole};
use crate::ids::ConnectionName;
use crate::ledger::fingerprint;
use crate::store::{Copied, Header};

type Verdict = Result<Whole, Vec<Broken>>;

fn ben() -> Person {
    Person::new(None, &team(), &UserId::parse("U0BEN").unwrap())
}

fn read_by(run: RunId) -> Act {
    let gmail = ConnectionName::parse("gmail").unwrap();
    let call = fingerprint("gmail_fetch_mails", &gmail, &serde_json::Map::new());
    let call = ("gmail_fetch_mails", call);
    Act::by_tool(What::Read, &gmail, Cause::Run(run), call)
}

fn reads(disk: &Disk, store: &Store, person: &Person, times: usize) {
    for _ in 0..times {
        let act = read_by(disk.run(monday()));
        store.audit.begin(person, &act, monday()).unwrap();
    }
}

/// What is found of each person.
fn verdicts(store: &Store) -> Vec<(String, Verdict)> {
    let mut verifiers: Vec<(String, Verifier)> = Vec::new();
    let read: Result<(), Error> = store.audit.copy(None, |copied| {
        match copied {
            Copied::Chain(chain) => verifiers.push((chain.person.clone(), Verifier::of(&chain))),
            Copied::Entry { number, record } => {
                verifiers.last_mut().unwrap().1.take(number, &record);
            }
        }
        Ok(())
    });
    read.unwrap();
    let ended = verifiers.into_iter();
    ended.map(|(person, one)| (person, one.end())).collect()
}

fn verdict_of(store: &Store, person: &Person) -> Verdict {
    let mut verdicts = verdicts(store);
    verdicts.retain(|(whose, _)| *whose == person.to_string());
    verdicts.pop().unwrap().1
}

fn key(number: u64) -> Vec<u8> {
    [b"T0ACME/U0ADA\n".as_slice(), &number.to_be_bytes()].concat()
}

#[test]
fn entries_that_are_added_at_once_follow_one_another() {
    let disk = Disk::empty();
    let store = disk.open();
    std::thread::scope(|scope| {
        for person in [ada(), ada(), ada(), ben()] {
            let (disk, store) = (&disk, &store);
            scope.spawn(move || reads(disk, store, &person, 50));
        }
    });
    assert_eq!(verdict_of(&store, &ada()).unwrap().last.number, 150);
    assert_eq!(verdict_of(&store, &ben()).unwrap().last.number, 50);
}

#[tokio::test]
async fn an_act_and_what_came_of_it_are_read_newest_first() {
    let disk = Disk::empty();
    let store = disk.open();
    let act = read_by(disk.run(monday()));
    let noted = store.audit.begin_now(&ada(), &act, monday()).await.unwrap();
    reads(&disk, &store, &ada(), 1);
    let later = monday() + days(1);
    let audit = &store.audit;
    audit
        .end(&ada(), noted.number(), Stage::Done, later)
        .unwrap();
    // Of what is not there, nothing can have ended.
    audit.end(&ada(), 77, Stage::Done, later).unwrap();
    let recent = audit.recent(&ada(), 2).unwrap();
    let seen: Vec<_> = recent.iter().map(|one| (one.number, one.of)).collect();
    assert_eq!(seen, [(3, Some(1)), (2, None)]);
    assert_eq!(recent[0].tool.as_deref(), Some("gmail_fetch_mails"));
    assert_eq!(recent[0].at, later);
    assert_eq!(audit.recent(&ben(), 2).unwrap(), []);
}

/// As after a kill between an entry and the note that it is the last.
#[tokio::test]
async fn an_entry_that_was_not_noted_as_the_last_is_followed() {
    let disk = Disk::empty();
    let store = disk.open();
    reads(&disk, &store, &ada(), 2);
    close(store).await;
    let mut head = Vec::new();
    disk.tamper(|engine| {
        let heads = engine.tree("audit_heads").unwrap();
        head = heads.get("T0ACME/U0ADA").unwrap().unwrap().to_vec();
    });
    let store = disk.open();
    reads(&disk, &store, &ada(), 1);
    close(store).await;
    disk.tamper(|engine| {
        let heads = engine.tree("audit_heads").unwrap();
        heads.insert("T0ACME/U0ADA", head.clone()).unwrap();
    });
    let store = disk.open();
    assert_eq!(verdict_of(&store, &ada()).unwrap().last.number, 3);
    reads(&disk, &store, &ada(), 1);
    assert_eq!(verdict_of(&store, &ada()).unwrap().last.number, 4);
}

#[tokio::test]
async fn what_is_done_to_the_store_is_found_and_stays_found() {
    type Harm = fn(&Engine);
    let table: [(&str, Harm, Broken); 5] = [
        (
            "a changed byte",
            |engine| {
                let entries = engine.tree("audit").unwrap();
                let mut record = entries.get(key(3)).unwrap().unwrap().to_vec();
                // A digit of its minute.
                record[33] ^= 1;
                entries.insert(key(3), record).unwrap();
            },
            Broken::Loose { number: 4 },
        ),
        (
            "a removed entry",
            |engine| drop(engine.tree("audit").unwrap().remove(key(3)).unwrap()),
            Broken::Missing { from: 3, to: 3 },
        ),
        (
            "a cut tail",
            |engine| {
                for number in 4..=6 {
                    engine.tree("audit").unwrap().remove(key(number)).unwrap();
                }
            },
            Broken::Cut {
                last: 3,
                written: 6,
            },
        ),
        (
            "no beginning",
            |engine| engine.tree("audit_chains").unwrap().clear().unwrap(),
            Broken::NoBeginning,
        ),
        (
            "nothing left but the end",
            |engine| {
                engine.tree("audit").unwrap().clear().unwrap();
                engine.tree("audit_chains").unwrap().clear().unwrap();
            },
            Broken::NoBeginning,
        ),
    ];
    for (harm, does, wanted) in table {
        let disk = Disk::empty();
        let store = disk.open();
        reads(&disk, &store, &ada(), 6);
        reads(&disk, &store, &ben(), 2);
        close(store).await;
        disk.tamper(does);
        let store = disk.open();
        assert_eq!(verdict_of(&store, &ada()).unwrap_err()[0], wanted, "{harm}");
        // Whoever acts then does not heal it, and neither does time.
        reads(&disk, &store, &ada(), 2);
        store.audit.forget_before(monday() + days(400)).unwrap();
        assert!(verdict_of(&store, &ada()).is_err(), "{harm}");
        if !matches!(wanted, Broken::NoBeginning) {
            assert!(verdict_of(&store, &ben()).is_ok(), "{harm}");
        }
    }
}

#[tokio::test]
async fn without_the_note_of_the_end_nothing_more_is_done() {
    let disk = Disk::empty();
    let store = disk.open();
    reads(&disk, &store, &ada(), 1);
    close(store).await;
    disk.tamper(|engine| {
        let heads = engine.tree("audit_heads").unwrap();
        heads.insert("T0ACME/U0ADA", b"x").unwrap();
    });
    let store = disk.open();
    let act = read_by(disk.run(monday()));
    let refused = store.audit.begin(&ada(), &act, monday());
    assert!(matches!(refused, Err(Error::Damage)));
}

#[tokio::test]
async fn old_entries_are_forgotten_and_the_chain_stays_whole() {
    let disk = Disk::empty();
    let store = disk.open();
    reads(&disk, &store, &ben(), 3);
    reads(&disk, &store, &ada(), 2_500);
    let tuesday = monday() + days(1);
    let act = read_by(disk.run(tuesday));
    store.audit.begin(&ada(), &act, tuesday).unwrap();
    for _ in 0..2 {
        store.audit.forget_before(tuesday).unwrap();
        let whole = verdict_of(&store, &ada()).unwrap();
        assert_eq!((whole.entries, whole.forgotten), (1, 2_500));
        let whole = verdict_of(&store, &ben()).unwrap();
        assert_eq!((whole.entries, whole.forgotten), (0, 3));
    }
    reads(&disk, &store, &ben(), 1);
    assert_eq!(verdict_of(&store, &ben()).unwrap().last.number, 4);
    close(store).await;
    disk.tamper(|engine| drop(engine.tree("audit").unwrap().remove(key(2_501)).unwrap()));
    let cut = Broken::Cut {
        last: 2_500,
        written: 2_501,
    };
    assert_eq!(verdict_of(&disk.open(), &ada()).unwrap_err(), [cut]);
}

/// Entries are added, and forgotten, while the backup is written.
#[tokio::test]
async fn a_backup_that_is_made_while_people_act_is_whole() {
    let disk = Disk::empty();
    let store = disk.open();
    reads(&disk, &store, &ada(), 300);
    let mut file = Vec::new();
    let acting = std::cell::Cell::new(0);
    let goes_on = || {
        acting.set(acting.get() + 1);
        reads(&disk, &store, &ada(), 5);
        reads(&disk, &store, &ben(), 3);
        store.audit.forget_before(monday() + days(1)).unwrap();
        true
    };
    let header = Header::at(monday());
    store.export(header, &mut file, goes_on).unwrap();
    assert!(acting.get() > 0);
    let tuesday = monday() + days(1);
    let there = tempfile::tempdir().unwrap();
    crate::store::restore_alone(there.path(), file.as_slice(), tuesday).unwrap();
    let restored = Store::open(there.path(), Randomness::seeded(2)).unwrap();
    for (person, verdict) in verdicts(&restored) {
        assert!(verdict.is_ok(), "{person}: {verdict:?}");
    }
    let newest = restored.audit.recent(&ada(), 1).unwrap();
    assert_eq!((newest[0].what, newest[0].at), (What::Restore, tuesday));
    assert_eq!(newest[0].backup, Some(monday()));
}
