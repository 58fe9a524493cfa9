//! What an uninstalled workspace leaves.

use jiff::Timestamp;

use super::*;
use crate::store::Belongs;
use crate::workspace::Workspace;

fn workspace(team: &str) -> Workspace {
    Workspace {
        team: TeamId::parse(team).unwrap(),
        enterprise: None,
        org_wide: false,
        bot_user: UserId::parse("UBOT").unwrap(),
    }
}

fn person(team: &str) -> Person {
    let team = TeamId::parse(team).unwrap();
    Person::new(None, &team, &UserId::parse("U1").unwrap())
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

#[tokio::test]
async fn identifiers_are_taken_from_their_people_and_kept_by_themselves() {
    let disk = Disk::empty();
    let store = disk.open();
    store.know_workspace(&workspace("T1"), at(10)).unwrap();
    let before = store.people.identifier_of(&person("T1")).await.unwrap();
    let elsewhere = store.people.identifier_of(&person("T12")).await.unwrap();
    store.forget_workspace(&workspace("T1"), at(20)).unwrap();
    for _ in 0..2 {
        let refused = store.people.identifier_of(&person("T1")).await;
        assert!(matches!(refused, Err(Error::Uninstalled)), "{refused:?}");
        assert_eq!(
            store.people.retired().unwrap(),
            [(before.clone(), person("T1"))]
        );
        // Again, as after a crash.
        store.forget_workspace(&workspace("T1"), at(30)).unwrap();
    }
    store.know_workspace(&workspace("T1"), at(40)).unwrap();
    let since = store.people.identifier_of(&person("T1")).await.unwrap();
    assert_ne!(since, before);
    let still = store.people.identifier_of(&person("T12")).await.unwrap();
    assert_eq!(still, elsewhere);
    store.people.forget_retired(&before).unwrap();
    assert_eq!(store.people.retired().unwrap(), []);
}

#[tokio::test]
async fn the_end_survives_a_restart_and_what_a_crash_left_goes_with_the_beginning() {
    let disk = Disk::empty();
    let store = disk.open();
    store.know_workspace(&workspace("T1"), at(10)).unwrap();
    store.people.identifier_of(&person("T1")).await.unwrap();
    // The crash comes before anything is forgotten.
    store.installed.end(&workspace("T1"), at(20)).unwrap();
    close(store).await;
    let store = disk.open();
    assert!(store.installed.is_gone());
    assert_eq!(store.people.retired().unwrap().len(), 0);
    store.know_workspace(&workspace("T1"), at(40)).unwrap();
    assert!(!store.installed.is_gone());
    assert_eq!(store.people.retired().unwrap().len(), 1);
    assert_eq!(store.installed.workspace(), Some((workspace("T1"), at(40))));
}

#[test]
fn an_event_belongs_to_the_installation_it_came_under() {
    let disk = Disk::empty();
    let store = disk.open();
    assert_eq!(store.installed.belongs(at(1)), Belongs::Here);
    store.know_workspace(&workspace("T1"), at(10)).unwrap();
    // Accepted before Slack could be asked who we are.
    assert_eq!(store.installed.belongs(at(1)), Belongs::Here);
    store.forget_workspace(&workspace("T1"), at(20)).unwrap();
    assert_eq!(store.installed.belongs(at(20)), Belongs::ToThePast);
    assert_eq!(store.installed.belongs(at(21)), Belongs::ToWhatComes);
    store.know_workspace(&workspace("T1"), at(40)).unwrap();
    assert_eq!(store.installed.belongs(at(20)), Belongs::ToThePast);
    assert_eq!(store.installed.belongs(at(21)), Belongs::Here);
    // The same workspace again, as at each start.
    store.know_workspace(&workspace("T1"), at(50)).unwrap();
    assert_eq!(store.installed.workspace(), Some((workspace("T1"), at(40))));
}
