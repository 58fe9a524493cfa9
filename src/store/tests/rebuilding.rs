//! Stores and backups that were made when segments and parts were larger.

use super::*;
use crate::run::{Conclusion, Step};
use crate::store::{Durability, Header, restore_alone};

const FORMER_PART_BYTES: usize = 48 << 10;

fn long_step() -> Step {
    Step::Concluded(Conclusion::Answer("mail ".repeat(40_000)))
}

/// Writes this step as it was written once, less this many of its parts.
fn write_as_once(engine: &Engine, run: RunId, step: &Step, missing: usize) {
    let steps = engine.tree("journal").unwrap();
    let record = serde_json::to_vec(step).unwrap();
    let parts = record.chunks(FORMER_PART_BYTES).zip(0_u16..).skip(missing);
    for (part, number) in parts {
        let place = 0_u32.to_be_bytes();
        let key = [run.as_bytes().as_slice(), &place, &number.to_be_bytes()].concat();
        steps.insert(key, part).unwrap();
    }
}

#[tokio::test]
async fn a_store_with_larger_segments_is_opened_and_works() {
    let disk = Disk::empty();
    let folder = disk.path().join("store");
    std::fs::create_dir_all(&folder).unwrap();
    let former = sled::Config::new().path(&folder).segment_size(8 << 20);
    drop(former.open().unwrap());
    let store = disk.open();
    let entry = disk.question(monday());
    store.inbox.claim(&["message:1"], &entry).await.unwrap();
    close(store).await;
    assert_eq!(disk.open().inbox.entries().unwrap(), [entry]);
}

#[tokio::test]
async fn a_step_in_larger_parts_is_read_and_written_over() {
    let disk = Disk::empty();
    let run = disk.run(monday());
    let entry = Entry {
        run,
        ..disk.question(monday())
    };
    let store = disk.open();
    store.inbox.claim(&["message:1"], &entry).await.unwrap();
    close(store).await;
    disk.tamper(|engine| write_as_once(engine, run, &long_step(), 0));
    let store = disk.open();
    assert_eq!(store.journal.steps(run).unwrap(), [long_step()]);
    let short = Step::PartsSaid(1);
    let written = store.journal.append(run, 0, &short, Durability::Now);
    written.await.unwrap();
    assert_eq!(store.journal.steps(run).unwrap(), [short]);
}

#[tokio::test]
async fn a_backup_with_larger_parts_is_restored_in_smaller_ones_and_without_what_is_torn() {
    let (from, to) = (Disk::empty(), Disk::empty());
    let store = from.open();
    let mut open = Vec::new();
    for number in 0..20 {
        let entry = from.question(monday() + SignedDuration::from_secs(number));
        let key = format!("message:{number}");
        store.inbox.claim(&[&key], &entry).await.unwrap();
        open.push(entry);
    }
    close(store).await;
    from.tamper(|engine| {
        for (entry, number) in open.iter().zip(0..) {
            write_as_once(engine, entry.run, &long_step(), usize::from(number == 7));
        }
    });
    let store = from.open();
    let mut backup = Vec::new();
    store
        .export(Header::at(monday()), &mut backup, || true)
        .unwrap();
    restore_alone(to.path(), backup.as_slice(), monday()).unwrap();

    let store = to.open();
    assert_eq!(store.inbox.entries().unwrap(), open);
    for (entry, number) in open.iter().zip(0..) {
        let expected = if number == 7 {
            vec![]
        } else {
            vec![long_step()]
        };
        assert_eq!(
            store.journal.steps(entry.run).unwrap(),
            expected,
            "{number}"
        );
    }
    for part in store.journal.tree() {
        assert!(part.unwrap().1.len() < FORMER_PART_BYTES);
    }
    let blobs = to.path().join("store").join("blobs");
    assert_eq!(std::fs::read_dir(blobs).unwrap().count(), 0);
}
