//! What comes and goes leaves no trace in the size of the folder.

use super::*;
use crate::run::{Conclusion, Step};
use crate::store::Durability;

/// Of a day, all at work at once: 2 MiB of journals at most, and 1 MiB of turns a week.
const QUESTIONS: i64 = 40;

/// What is written in the course of the story is several times as much.
const LARGEST: u64 = 64 << 20;

/// A day's questions, each asked, worked on, answered and closed; then the sweep.
async fn a_day(disk: &Disk, store: &Store, day: i64) {
    let morning = monday() + days(day);
    let asked = (0..QUESTIONS).map(async |number| {
        let at = morning + SignedDuration::from_secs(number);
        let entry = disk.question(at);
        let (message, event) = (
            format!("message:{day}:{number}"),
            format!("event:{day}:{number}"),
        );
        store
            .inbox
            .claim(&[&message, &event], &entry)
            .await
            .unwrap();
        for place in 0..6 {
            let step = Step::Concluded(Conclusion::Answer("mail ".repeat(2_000)));
            let journal = &store.journal;
            journal
                .append(entry.run, place, &step, Durability::Batched)
                .await
                .unwrap();
        }
        let thread = thread(&format!("{day}.{number}"));
        store
            .threads
            .remember(&thread, entry.run, &turn(&"why? ".repeat(300)))
            .unwrap();
        store.close(&finished(entry.run, at)).await.unwrap();
    });
    futures_util::future::join_all(asked).await;
    store.finished.file_away().unwrap();
    store
        .inbox
        .forget_claims_before(morning - SignedDuration::from_hours(25))
        .unwrap();
    store.threads.forget_before(morning - days(7)).unwrap();
    store.finished.forget_before(morning - days(30)).unwrap();
}

fn size_of(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).unwrap();
    let sizes = entries.map(|entry| {
        let entry = entry.unwrap();
        let about = entry.metadata().unwrap();
        if about.is_dir() {
            size_of(&entry.path())
        } else {
            about.len()
        }
    });
    sizes.sum()
}

#[tokio::test]
async fn weeks_of_questions_leave_no_more_on_the_disk_than_days() {
    let disk = Disk::empty();
    let mut store = disk.open();
    for day in 0..20 {
        a_day(&disk, &store, day).await;
        if day % 10 == 9 {
            close(store).await;
            store = disk.open();
        }
        let size = size_of(disk.path());
        assert!(size <= LARGEST, "{size} bytes on day {day}");
    }
}
