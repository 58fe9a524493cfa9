//! What is kept, and for how long.

use super::*;
use crate::run::{Failure, Step};
use crate::store::{Background, Durability, ParkedRun, Sayer, Saying};

/// The lines of a day's file, if there is one.
fn filed(disk: &Disk, day: &str) -> Option<Vec<String>> {
    let path = disk.path().join("finished").join(format!("{day}.jsonl"));
    let text = std::fs::read_to_string(path).ok()?;
    Some(text.lines().map(str::to_owned).collect())
}

#[tokio::test]
async fn a_run_that_is_closed_leaves_one_record_and_nothing_else() {
    let disk = Disk::empty();
    let store = disk.open();
    let entry = disk.question(monday());
    store.inbox.claim(&["message:1"], &entry).await.unwrap();
    let step = Step::PartsSaid(1);
    let journal = &store.journal;
    journal
        .append(entry.run, 0, &step, Durability::Now)
        .await
        .unwrap();
    let mut record = finished(entry.run, monday());
    record.ending = Ending::Failed(Failure::RouterBusy);

    store.close(&record).await.unwrap();
    store.close(&record).await.unwrap();
    store.finished.file_away().unwrap();
    store.finished.file_away().unwrap();

    assert_eq!(store.inbox.entry(entry.run).unwrap(), None);
    assert_eq!(store.inbox.open_count(), 0);
    assert_eq!(store.journal.steps(entry.run).unwrap(), []);
    let line = serde_json::json!({
        "run": entry.run.to_string(), "kind": "question", "outcome": "failed", "why": "router_busy",
        "person": "T0ACME/U0ADA", "accepted_at": "2026-11-23T12:00:00Z",
        "ended_at": "2026-11-23T12:00:00Z", "turns": 1, "tools": {"gmail_fetch_mails": 2},
    });
    assert_eq!(filed(&disk, "2026-11-23"), Some(vec![line.to_string()]));
    let again = store.inbox.claim(&["message:1"], &entry).await.unwrap();
    assert_eq!(again, Claim::Duplicate);
}

#[tokio::test]
async fn a_record_that_was_not_filed_is_filed_after_the_next_start() {
    let disk = Disk::empty();
    let store = disk.open();
    for day in 0..2 {
        let at = monday() + days(day);
        let entry = disk.question(at);
        let key = format!("message:{day}");
        store.inbox.claim(&[&key], &entry).await.unwrap();
        store.close(&finished(entry.run, at)).await.unwrap();
    }
    close(store).await;
    let store = disk.open();
    store.finished.file_away().unwrap();
    assert_eq!(filed(&disk, "2026-11-23").unwrap().len(), 1);
    assert_eq!(filed(&disk, "2026-11-24").unwrap().len(), 1);
    store.finished.forget_before(monday() + days(1)).unwrap();
    assert_eq!(filed(&disk, "2026-11-23"), None);
    assert_eq!(filed(&disk, "2026-11-24").unwrap().len(), 1);
}

#[tokio::test]
async fn a_record_that_cannot_be_filed_stays_until_it_can() {
    let disk = Disk::empty();
    let store = disk.open();
    let entry = disk.question(monday());
    store.inbox.claim(&["message:1"], &entry).await.unwrap();
    store.close(&finished(entry.run, monday())).await.unwrap();
    let in_the_way = disk.path().join("finished");
    std::fs::write(&in_the_way, "not a folder").unwrap();
    for _ in 0..2 {
        assert!(store.finished.file_away().is_err());
    }
    std::fs::remove_file(&in_the_way).unwrap();
    store.finished.file_away().unwrap();
    assert_eq!(filed(&disk, "2026-11-23").unwrap().len(), 1);
}

#[tokio::test]
async fn claims_are_forgotten_by_their_age_and_no_others() {
    let disk = Disk::empty();
    let store = disk.open();
    let hour = SignedDuration::from_hours(1);
    for number in 0..5 {
        let entry = disk.question(monday() + hour * number);
        let (message, event) = (format!("message:{number}"), format!("event:{number}"));
        store
            .inbox
            .claim(&[&message, &event], &entry)
            .await
            .unwrap();
    }
    store
        .inbox
        .forget_claims_before(monday() + hour * 3)
        .unwrap();
    for (key, wanted) in [
        ("message:2", Claim::New),
        ("event:2", Claim::New),
        ("message:3", Claim::Duplicate),
        ("event:3", Claim::Duplicate),
        ("event:4", Claim::Duplicate),
    ] {
        let entry = disk.question(monday());
        let claim = store.inbox.claim(&[key], &entry).await.unwrap();
        assert_eq!(claim, wanted, "{key}");
    }
}

#[tokio::test]
async fn turns_are_forgotten_by_their_age_and_no_others() {
    let disk = Disk::empty();
    let store = disk.open();
    let long = "long ".repeat(50_000);
    for (day, thread_ts, question) in [
        (0, "1.000", long.as_str()),
        (0, "2.000", "old"),
        (1, "1.000", "new"),
    ] {
        let run = disk.run(monday() + days(day));
        let threads = &store.threads;
        threads
            .remember(&thread(thread_ts), run, &turn(question))
            .unwrap();
    }
    let now = disk.run(monday() + days(2));
    assert_eq!(
        store
            .threads
            .turns(&thread("1.000"), Timestamp::UNIX_EPOCH, now)
            .unwrap()
            .len(),
        2
    );
    store.threads.forget_before(monday() + days(1)).unwrap();
    assert_eq!(
        store
            .threads
            .turns(&thread("1.000"), Timestamp::UNIX_EPOCH, now)
            .unwrap(),
        [turn("new")]
    );
    assert_eq!(
        store
            .threads
            .turns(&thread("2.000"), Timestamp::UNIX_EPOCH, now)
            .unwrap(),
        []
    );
}

#[tokio::test]
async fn a_run_waits_until_it_is_taken_by_account_by_id_or_by_time() {
    let disk = Disk::empty();
    let store = disk.open();
    let gmail = crate::ids::ConnectionName::parse("gmail").unwrap();
    let mut runs = Vec::new();
    for minutes in 1..=3 {
        let parked = ParkedRun {
            run: disk.run(monday()),
            person: ada(),
            connection: gmail.clone(),
            until: monday() + SignedDuration::from_mins(minutes),
        };
        store.parked.park(&parked).await.unwrap();
        runs.push(parked.run);
    }
    let soon = monday() + SignedDuration::from_mins(1);
    assert_eq!(store.parked.take_expired(soon).await.unwrap(), [runs[0]]);
    assert!(!store.parked.take_run(runs[0]).await.unwrap());
    assert!(store.parked.take_run(runs[1]).await.unwrap());
    assert!(!store.parked.take_run(runs[1]).await.unwrap());
    assert_eq!(store.parked.take(&ada(), &gmail).await.unwrap(), [runs[2]]);
    assert!(!store.parked.take_run(runs[2]).await.unwrap());
    assert!(store.parked.runs().unwrap().is_empty());
}

#[tokio::test]
async fn an_identifier_leads_to_its_person_for_as_long_as_it_is_theirs() {
    let disk = Disk::empty();
    let store = disk.open();
    let written = store.people.identifier_of(&ada()).await.unwrap().expose();
    let of = |store: &Store, text: &str| store.people.owner_of(text).unwrap();
    assert_eq!(of(&store, &written), Some(ada()));
    for other in [
        "",
        "0",
        &written.to_uppercase(),
        &format!("0{written}"),
        &format!("+{}", &written[1..]),
        "00000000000000000000000000000007",
    ] {
        let owner = of(&store, other);
        assert_eq!(owner, (other == written).then(ada), "{other}");
    }
    close(store).await;
    disk.tamper(|engine| {
        let identifiers = engine.tree("identifiers").unwrap();
        identifiers.remove(ada().to_string()).unwrap();
    });
    assert_eq!(of(&disk.open(), &written), None);
}

#[tokio::test]
async fn an_identifier_is_the_same_for_everybody_who_asks_and_ever_after() {
    let disk = Disk::empty();
    let store = disk.open();
    let ada = ada();
    let asking = (0..20).map(|_| store.people.identifier_of(&ada));
    let found = futures_util::future::try_join_all(asking).await.unwrap();
    assert!(found.iter().all(|identifier| *identifier == found[0]));
    close(store).await;
    let kept = disk.open().people.identifier_of(&ada).await.unwrap();
    assert_eq!(kept, found[0]);
}

#[tokio::test]
async fn what_a_person_wants_forgotten_does_not_come_back() {
    let disk = Disk::empty();
    let store = disk.open();
    let (threads, here) = (&store.threads, thread("1.000"));
    let [before, open, word, after] = [1, 2, 3, 4].map(|day| disk.run(monday() + days(day)));
    let ben = Turn {
        person: Person::new(None, &team(), &UserId::parse("U0BEN").unwrap()),
        ..turn("Ben's")
    };
    let background = Background {
        said: vec![Saying {
            by: Sayer::Bot("rota".to_owned()),
            text: "Beep".to_owned(),
        }],
        more: true,
    };
    threads
        .keep_background(&here, before, background.clone())
        .unwrap();
    threads.remember(&here, before, &turn("old")).unwrap();
    threads.forget(&here, word, &ada()).await.unwrap();
    // These were under way.
    threads.remember(&here, open, &turn("open")).unwrap();
    threads.keep_background(&here, open, background).unwrap();
    threads.remember(&here, before, &ben).unwrap();
    threads.remember(&here, after, &turn("new")).unwrap();
    close(store).await;

    let store = disk.open();
    let (threads, now) = (&store.threads, disk.run(monday() + days(5)));
    let kept = |since| threads.turns(&here, since, now).unwrap();
    assert_eq!(kept(Timestamp::UNIX_EPOCH), [ben, turn("new")]);
    let known = |since| threads.background(&here, since).unwrap();
    assert_eq!(known(monday()), Some(Background::default()));
    threads.forget_before(monday() + days(2)).unwrap();
    assert_eq!(known(monday()), Some(Background::default()));
    threads.forget_before(monday() + days(5)).unwrap();
    assert_eq!(known(monday()), None);
    assert_eq!(kept(Timestamp::UNIX_EPOCH), []);
}

#[tokio::test]
async fn a_long_thread_is_kept_by_its_latest_turns() {
    let disk = Disk::empty();
    let store = disk.open();
    let threads = &store.threads;
    let long = "long ".repeat(20_000);
    for number in 0..55 {
        let question = format!("{number} {long}");
        let run = disk.run(monday() + days(number));
        threads
            .remember(&thread("1.000"), run, &turn(&question))
            .unwrap();
    }
    let now = disk.run(monday() + days(60));
    let kept = threads
        .turns(&thread("1.000"), Timestamp::UNIX_EPOCH, now)
        .unwrap();
    assert_eq!(kept.len(), 50);
    assert!(kept[0].question.starts_with("5 long"));
    // Nothing of the others is left to be forgotten for its age.
    assert_eq!(store.set_aside(), 0);
}
