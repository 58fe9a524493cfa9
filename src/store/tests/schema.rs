//! Stores of every age are opened, and nothing is lost on the way.

use super::*;
use crate::ids::ConnectionName;

/// What the version before numbers wrote, byte for byte as far as it matters.
fn write_as_version_1(disk: &Disk, run: RunId) {
    let stamp = monday().as_second().to_be_bytes();
    let key = |before: &[u8], after: &[u8]| [before, run.as_bytes(), after].concat();
    let event = r#"{"accepted_at":"2026-11-23T12:00:00Z","event":{"kind":"said","actor":{"user":"U0ADA","team":"T0ACME","enterprise":null,"home_team":null},"thread":{"team":"T0ACME","channel":"C0GENERAL","ts":"1.000"},"ts":"1.000","surface":"channel","text":"What is in my mail?"}}"#;
    let turn = r#"{"person":{"home":{"Team":"T0ACME"},"user":"U0ADA"},"name":"Ada","question":"what?","answer":"Nothing new."}"#;
    disk.tamper(|engine| {
        for (tree, key, value) in [
            ("claims", b"message:1".to_vec(), stamp.to_vec()),
            ("claims", b"event:1".to_vec(), stamp.to_vec()),
            (
                "identifiers",
                b"T0ACME/U0ADA".to_vec(),
                7_u128.to_be_bytes().to_vec(),
            ),
            ("inbox", key(b"", &[0, 0]), event.as_bytes().to_vec()),
            (
                "journal",
                key(b"", &[0, 0, 0, 0, 0, 0]),
                br#"{"parts_said":1}"#.to_vec(),
            ),
            ("parked", key(b"T0ACME/U0ADA\ngmail\n", b""), stamp.to_vec()),
            (
                "threads",
                key(b"T0ACME/C0GENERAL/1.000\n", &[0, 0]),
                turn.as_bytes().to_vec(),
            ),
        ] {
            engine.tree(tree).unwrap().insert(key, value).unwrap();
        }
    });
}

async fn assert_all_is_there(store: &Store, disk: &Disk, run: RunId) {
    let entry = Entry {
        run,
        accepted_at: monday(),
        event: said(),
        in_line: false,
    };
    let later = disk.run(monday() + days(1));
    assert_eq!(store.inbox.entries().unwrap(), [entry]);
    assert_eq!(store.inbox.open_count(), 1);
    assert_eq!(store.journal.steps(run).unwrap().len(), 1);
    let turns = store
        .threads
        .turns(&thread("1.000"), Timestamp::UNIX_EPOCH, later)
        .unwrap();
    assert_eq!(turns, [turn("what?")]);
    let identifier = store.people.identifier_of(&ada()).await.unwrap();
    assert_eq!(identifier.expose(), format!("{:032x}", 7));
    let owner = store.people.owner_of(&identifier.expose()).unwrap();
    assert_eq!(owner, Some(ada()));
    assert!(store.parked.runs().unwrap().contains(&run));
    let again = disk.question(monday());
    let claim = store.inbox.claim(&["event:1"], &again).await.unwrap();
    assert_eq!(claim, Claim::Duplicate);
}

#[tokio::test]
async fn a_store_from_before_there_were_numbers_opens_with_everything_intact() {
    let disk = Disk::empty();
    let run = disk.run(monday());
    write_as_version_1(&disk, run);
    let store = disk.open();
    assert_all_is_there(&store, &disk, run).await;

    // And what is found by its age or its run is found.
    assert!(store.parked.take_run(run).await.unwrap());
    let gmail = ConnectionName::parse("gmail").unwrap();
    assert_eq!(store.parked.take(&ada(), &gmail).await.unwrap(), []);
    let tomorrow = monday() + days(1);
    store.inbox.forget_claims_before(tomorrow).unwrap();
    for key in ["event:1", "message:1"] {
        let again = disk.question(tomorrow);
        let claim = store.inbox.claim(&[key], &again).await.unwrap();
        assert_eq!(claim, Claim::New, "{key}");
    }
    store.threads.forget_before(tomorrow).unwrap();
    let turns = store
        .threads
        .turns(&thread("1.000"), Timestamp::UNIX_EPOCH, disk.run(tomorrow));
    assert_eq!(turns.unwrap(), []);
}

#[tokio::test]
async fn a_kill_before_the_number_moves_takes_the_step_once_more() {
    let disk = Disk::empty();
    let run = disk.run(monday());
    write_as_version_1(&disk, run);
    for _ in 0..3 {
        let store = disk.open();
        assert_all_is_there(&store, &disk, run).await;
        close(store).await;
        disk.tamper(|engine| {
            let meta = engine.tree("meta").unwrap();
            meta.insert("schema", &1_u32.to_be_bytes()).unwrap();
        });
    }
}

#[tokio::test]
async fn a_store_from_a_newer_version_is_refused_with_its_name() {
    let disk = Disk::empty();
    close(disk.open()).await;
    disk.tamper(|engine| {
        let meta = engine.tree("meta").unwrap();
        meta.insert("schema", &99_u32.to_be_bytes()).unwrap();
        meta.insert("written_by", "9.8.7").unwrap();
    });
    let refused = disk.try_open().err().unwrap().to_string();
    assert!(refused.contains("by Valet 9.8.7"), "{refused}");
    assert!(refused.contains("start that version again"), "{refused}");
}

#[tokio::test]
async fn a_number_that_cannot_be_read_is_not_guessed() {
    let disk = Disk::empty();
    close(disk.open()).await;
    disk.tamper(|engine| {
        let meta = engine.tree("meta").unwrap();
        meta.insert("schema", b"two").unwrap();
    });
    assert!(matches!(disk.try_open(), Err(Error::Damage)));
}
