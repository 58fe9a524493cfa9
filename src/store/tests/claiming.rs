//! A claim is several writes: whatever of it a kill leaves, an event is accepted with all its
//! claims, or Slack brings it again.

use super::*;
use crate::store::Store;

const KEYS: [&str; 2] = ["message:1", "event:1"];

/// What a claim has written, in this order.
type Written = Vec<(&'static str, Vec<u8>, Vec<u8>)>;

/// All that accepting this event writes.
async fn written(disk: &Disk, entry: &Entry) -> Written {
    let store = disk.open();
    store.inbox.claim(&KEYS, entry).await.unwrap();
    close(store).await;
    let mut written = Vec::new();
    disk.tamper(|engine| {
        for name in ["claim_ages", "inbox", "claims"] {
            for record in &engine.tree(name).unwrap() {
                let (key, value) = record.unwrap();
                written.push((name, key.to_vec(), value.to_vec()));
            }
        }
    });
    written
}

fn open_after(disk: &Disk, written: &[(&'static str, Vec<u8>, Vec<u8>)]) -> Store {
    disk.tamper(|engine| {
        for (name, key, value) in written {
            let tree = engine.tree(name).unwrap();
            tree.insert(key.as_slice(), value.as_slice()).unwrap();
        }
    });
    disk.open()
}

#[tokio::test]
async fn whatever_a_kill_leaves_of_a_claim_an_event_is_accepted_once() {
    let entry = Disk::empty().question(monday());
    let written = written(&Disk::empty(), &entry).await;
    assert_eq!(written.len(), 4, "{written:?}");
    for count in 0..=written.len() {
        let disk = Disk::empty();
        let store = open_after(&disk, &written[..count]);
        let accepted = count >= 2;
        let open = store.inbox.entries().unwrap();
        assert_eq!(open.contains(&entry), accepted, "{count}");
        assert_eq!(store.inbox.open_count(), usize::from(accepted), "{count}");
        for key in KEYS {
            let again = disk.question(monday() + SignedDuration::from_secs(1));
            let claim = store.inbox.claim(&[key], &again).await.unwrap();
            let expected = if accepted {
                Claim::Duplicate
            } else {
                Claim::New
            };
            assert_eq!(claim, expected, "{count} {key}");
        }
    }
}

#[tokio::test]
async fn of_many_that_claim_the_same_at_once_one_is_new() {
    let disk = Disk::empty();
    let store = disk.open();
    let claiming = (0..16).map(|number| {
        let (store, entry) = (store.clone(), disk.question(monday()));
        tokio::task::spawn_blocking(move || {
            let event = format!("event:{number}");
            let keys = ["message:1", event.as_str()];
            // As far as the wait for the disk.
            futures_util::FutureExt::now_or_never(store.inbox.claim(&keys, &entry));
        })
    });
    futures_util::future::try_join_all(claiming).await.unwrap();
    assert_eq!(store.inbox.open_count(), 1);
    assert_eq!(store.inbox.entries().unwrap().len(), 1);
}
