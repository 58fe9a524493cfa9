//! A close is several writes: whatever of it a kill leaves, a run is open with all it has
//! done, or over with one record.

use super::*;
use crate::run::Step;
use crate::store::{Durability, Store, parts};

/// A day's records that are not filed yet.
fn records(store: &Store) -> Vec<(Vec<u8>, Vec<u8>)> {
    let records = store.finished.tree().iter();
    records
        .map(|record| record.unwrap())
        .map(|(key, line)| (key.to_vec(), line.to_vec()))
        .collect()
}

/// An event that was accepted and worked on. So long a one lies there in parts.
async fn at_work(disk: &Disk, store: &Store, key: &str, text: &str) -> Entry {
    let mut entry = disk.question(monday());
    if let Event::Said(said) = &mut entry.event {
        text.clone_into(&mut said.text);
    }
    store.inbox.claim(&[key], &entry).await.unwrap();
    for place in 0..3 {
        let (journal, step) = (&store.journal, Step::PartsSaid(1));
        journal
            .append(entry.run, place, &step, Durability::Now)
            .await
            .unwrap();
    }
    entry
}

/// Writes the record of a run, as a close begins.
fn write_record(engine: &Engine, record: &Finished) {
    let (key, line) = record.record().unwrap();
    engine.tree("finished").unwrap().insert(key, line).unwrap();
}

fn forget_entry(engine: &Engine, run: RunId) {
    let entries = engine.tree("inbox").unwrap();
    assert!(parts::remove(&entries, run.as_bytes()).unwrap());
}

#[tokio::test]
async fn a_run_whose_record_alone_was_written_is_open_and_closed_with_one_record() {
    let disk = Disk::empty();
    let store = disk.open();
    let entry = at_work(&disk, &store, "1", "What is in my mail?").await;
    let other = at_work(&disk, &store, "2", "And in my calendar?").await;
    store.close(&finished(other.run, monday())).await.unwrap();
    close(store).await;
    disk.tamper(|engine| write_record(engine, &finished(entry.run, monday())));

    let store = disk.open();
    assert_eq!(store.inbox.entries().unwrap(), std::slice::from_ref(&entry));
    assert_eq!(store.journal.steps(entry.run).unwrap().len(), 3);
    let later = monday() + SignedDuration::from_secs(5);
    store.close(&finished(entry.run, later)).await.unwrap();
    let wanted = [finished(other.run, monday()), finished(entry.run, later)];
    assert_eq!(records(&store), wanted.map(|run| run.record().unwrap()));
    assert_eq!(store.inbox.open_count(), 0);
}

#[tokio::test]
async fn a_run_without_its_entry_is_over_and_what_is_left_of_its_journal_goes() {
    let long = "mail ".repeat(50_000);
    for (text, steps_gone) in [("mail?", 0), ("mail?", 2), (&long, 0)] {
        let disk = Disk::empty();
        let store = disk.open();
        let before = at_work(&disk, &store, "1", "before").await;
        let entry = at_work(&disk, &store, "2", text).await;
        let after = at_work(&disk, &store, "3", "after").await;
        close(store).await;
        disk.tamper(|engine| {
            write_record(engine, &finished(entry.run, monday()));
            forget_entry(engine, entry.run);
            let steps = engine.tree("journal").unwrap();
            for key in steps
                .scan_prefix(entry.run.as_bytes())
                .keys()
                .take(steps_gone)
            {
                steps.remove(key.unwrap()).unwrap();
            }
        });

        let store = disk.open();
        assert_eq!(store.inbox.entry(entry.run).unwrap(), None);
        assert_eq!(store.inbox.open_count(), 2);
        assert_eq!(store.journal.steps(entry.run).unwrap(), []);
        for open in [&before, &after] {
            assert_eq!(store.journal.steps(open.run).unwrap().len(), 3);
        }
        let record = finished(entry.run, monday()).record().unwrap();
        assert_eq!(records(&store), [record]);
        let again = store.inbox.claim(&["2"], &entry).await.unwrap();
        assert_eq!(again, Claim::Duplicate);
        assert_eq!(store.set_aside(), 0);
    }
}

#[tokio::test]
async fn a_journal_stays_beside_an_entry_that_nobody_could_read() {
    let disk = Disk::empty();
    let store = disk.open();
    let entry = at_work(&disk, &store, "1", "What is in my mail?").await;
    close(store).await;
    disk.tamper(|engine| {
        let entries = engine.tree("inbox").unwrap();
        let (key, _) = entries.first().unwrap().unwrap();
        entries.insert(key, b"{\"half\":").unwrap();
    });
    let store = disk.open();
    assert_eq!(store.inbox.entries().unwrap(), []);
    close(store).await;
    let store = disk.open();
    assert_eq!(store.journal.steps(entry.run).unwrap().len(), 3);
}

#[tokio::test]
async fn of_many_that_close_a_run_at_once_one_leaves_a_record() {
    let disk = Disk::empty();
    let store = disk.open();
    let entry = at_work(&disk, &store, "1", "What is in my mail?").await;
    let closing = (0..8).map(|second| {
        let (store, run) = (store.clone(), entry.run);
        tokio::task::spawn_blocking(move || {
            let at = monday() + SignedDuration::from_secs(second);
            futures_util::FutureExt::now_or_never(store.close(&finished(run, at)));
        })
    });
    futures_util::future::try_join_all(closing).await.unwrap();
    assert_eq!(records(&store).len(), 1);
    assert_eq!(store.inbox.open_count(), 0);
}
