//! Stories of people in line, and every other order of things.

mod happenings;

use uuid::Uuid;

use super::*;
use crate::event::{Actor, Event, Said, Surface};
use crate::ids::{ChannelId, MessageTs, TeamId, Thread, UserId};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn run(number: u128) -> RunId {
    RunId::from_uuid(Uuid::from_u128(number))
}

fn thread(number: usize) -> Thread {
    Thread {
        team: TeamId::parse("T1").unwrap(),
        channel: ChannelId::parse("C1").unwrap(),
        ts: MessageTs::parse(&format!("{number}.1")).unwrap(),
    }
}

fn item(number: u128, person: &str, in_thread: usize, kind: Kind) -> Item {
    let actor = Actor {
        user: UserId::parse(person).unwrap(),
        team: TeamId::parse("T1").unwrap(),
        enterprise: None,
        home_team: None,
    };
    let event = Event::Said(Said {
        actor,
        thread: thread(in_thread),
        ts: MessageTs::parse("1.1").unwrap(),
        surface: Surface::Channel,
        text: String::new(),
    });
    Item::new(run(number), &event, kind)
}

fn question(number: u128, person: &str, in_thread: usize) -> Item {
    item(number, person, in_thread, Kind::Question)
}

fn room() -> Room {
    Room {
        at_work: 2,
        at_work_of_one: 2,
        quick_at_work: 1,
        open: 1_000,
        open_commands: 10,
        open_of_one: 1_000,
        telling: 1,
    }
}

fn line(change: impl FnOnce(&mut Room)) -> Line {
    let mut room = room();
    change(&mut room);
    Line::new(room)
}

fn accept(line: &mut Line, item: Item) {
    line.reserve(&item, 0).unwrap();
    line.enter(item, Arrival::Fresh, NOW);
}

fn started(line: &mut Line) -> Vec<u128> {
    let starts = line.starts();
    starts.iter().map(|start| number(start.run)).collect()
}

fn told_next(line: &mut Line) -> Vec<RunId> {
    let next = line.tell_next();
    next.into_iter().map(|(run, _)| run).collect()
}

fn number(run: RunId) -> u128 {
    Uuid::from_bytes(*run.as_bytes()).as_u128()
}

/// Everything in the order in which it begins, one ending after the other.
fn in_turn(line: &mut Line, begun: Vec<u128>) -> Vec<u128> {
    let mut order = begun;
    order.extend(started(line));
    let mut ended = 0;
    while let Some(one) = order.get(ended) {
        line.leave(run(*one), Leave::Over, NOW);
        ended += 1;
        let next = started(line);
        order.extend(next);
    }
    order
}

fn is_as_new(line: &Line) -> bool {
    let mut new = Line::new(line.room);
    new.entered = line.entered;
    // Those who need not be told any more are passed over when their turn comes.
    new.untold.clone_from(&line.untold);
    format!("{line:?}") == format!("{new:?}")
}

/// A person, and a thread for each of their questions, in the order of asking.
type Asked<'a> = &'a [(&'a str, usize)];

#[test]
fn a_free_place_goes_round() {
    let cases: [(&str, Asked<'_>, &[u128]); 5] = [
        (
            "whoever asks much delays the others by a turn at most",
            &[
                ("UADA", 1),
                ("UADA", 2),
                ("UADA", 3),
                ("UADA", 4),
                ("UBEN", 5),
            ],
            &[0, 1, 2, 4, 3],
        ),
        (
            "one person's questions keep their order",
            &[("UADA", 1), ("UADA", 2), ("UADA", 3)],
            &[0, 1, 2],
        ),
        (
            "so do those of a thread, also of several people, while others pass by",
            &[("UADA", 1), ("UBEN", 1), ("UADA", 1), ("UADA", 2)],
            &[0, 3, 1, 2],
        ),
        (
            "a thread with a question at work holds nobody's turn",
            &[
                ("UADA", 1),
                ("UADA", 1),
                ("UADA", 1),
                ("UBEN", 2),
                ("UCAT", 3),
            ],
            &[0, 3, 4, 1, 2],
        ),
        (
            "three people take turns",
            &[
                ("UADA", 1),
                ("UADA", 2),
                ("UADA", 3),
                ("UADA", 4),
                ("UBEN", 5),
                ("UBEN", 6),
                ("UCAT", 7),
            ],
            &[0, 1, 2, 4, 6, 3, 5],
        ),
    ];
    for (what, asked, expected) in cases {
        let mut line = line(|room| room.at_work_of_one = 3);
        let mut begun = Vec::new();
        for (number, (person, in_thread)) in asked.iter().enumerate() {
            accept(&mut line, question(number as u128, person, *in_thread));
            begun.extend(started(&mut line));
        }
        assert_eq!(in_turn(&mut line, begun), expected, "{what}");
        assert!(is_as_new(&line), "{what}: {line:?}");
    }
}

#[test]
fn nobody_takes_all_the_places() {
    let mut line = line(|room| {
        room.at_work = 3;
        room.at_work_of_one = 2;
    });
    for number in 0..4 {
        accept(&mut line, question(number, "UADA", number as usize));
    }
    assert_eq!(started(&mut line), [0, 1]);
    accept(&mut line, question(4, "UBEN", 9));
    assert_eq!(started(&mut line), [4]);
    line.leave(run(4), Leave::Over, NOW);
    assert_eq!(started(&mut line), [] as [u128; 0], "Ada has all she may");
    line.leave(run(0), Leave::Over, NOW);
    assert_eq!(started(&mut line), [2]);
}

#[test]
fn short_things_pass_long_ones_and_a_word_to_stop_passes_all() {
    let mut line = line(|room| room.at_work = 1);
    for number in 0..3 {
        accept(&mut line, question(number, "UADA", number as usize));
    }
    for number in 10..12 {
        accept(&mut line, item(number, "UADA", 0, Kind::Quick));
    }
    accept(&mut line, item(20, "UBEN", 0, Kind::Quick));
    accept(&mut line, item(30, "UADA", 0, Kind::Stop));
    let mut first = started(&mut line);
    first.sort_unstable();
    assert_eq!(
        first,
        [0, 10, 30],
        "one place for questions, one for the rest"
    );
    line.leave(run(10), Leave::Over, NOW);
    assert_eq!(started(&mut line), [20], "people take turns here too");
    line.leave(run(20), Leave::Over, NOW);
    assert_eq!(started(&mut line), [11]);
}

#[test]
fn what_stands_in_line_does_not_stand_there_twice() {
    let mut line = line(|room| room.at_work = 1);
    accept(&mut line, question(1, "UADA", 1));
    accept(&mut line, question(2, "UADA", 2));
    assert_eq!(started(&mut line), [1]);
    for arrival in [Arrival::Again, Arrival::Woken] {
        line.enter(question(1, "UADA", 1), arrival, NOW);
        line.enter(question(2, "UADA", 2), arrival, NOW);
    }
    assert_eq!(started(&mut line), [] as [u128; 0]);
    // It was woken before it had fallen asleep.
    line.leave(run(1), Leave::Resting, NOW);
    assert_eq!(started(&mut line), [2]);
    line.leave(run(2), Leave::Over, NOW);
    assert_eq!(started(&mut line), [1]);
    line.leave(run(1), Leave::Resting, NOW);
    assert_eq!(started(&mut line), [] as [u128; 0], "now it sleeps");
    line.enter(question(1, "UADA", 1), Arrival::Again, NOW);
    let starts = line.starts();
    assert_eq!(starts[0].tried, Try::Again);
    line.leave(run(1), Leave::Over, NOW);
    assert!(is_as_new(&line), "{line:?}");
}

#[test]
fn too_many_of_one_are_told_so_and_more_come_again() {
    let mut line = line(|room| room.open_of_one = 2);
    for number in 0..4 {
        accept(&mut line, question(number, "UADA", number as usize));
    }
    let (ada, ben) = (question(9, "UADA", 9), question(10, "UBEN", 10));
    assert_eq!(line.reserve(&ada, 0), Err(Full::ForOne));
    assert_eq!(line.reserve(&ben, 0), Ok(()));
    line.release(&ben);
    let errands: HashMap<u128, Errand> = line
        .starts()
        .iter()
        .map(|start| (number(start.run), start.errand))
        .collect();
    let refuse = Errand::Refuse { most: 2 };
    assert_eq!(errands[&0], Errand::Work);
    assert_eq!(errands[&1], Errand::Work);
    assert_eq!(errands[&2], refuse, "beside the work on the others");
    assert_eq!(errands.get(&3), None, "one word after the other");
    line.leave(run(2), Leave::Over, NOW);
    assert_eq!(line.starts()[0].errand, refuse);
    // Whoever waits for an account has a question open.
    line.leave(run(0), Leave::Resting, NOW);
    line.leave(run(3), Leave::Over, NOW);
    accept(&mut line, question(5, "UADA", 5));
    assert_eq!(line.starts()[0].errand, refuse);
}

#[test]
fn the_bound_for_all_is_met_exactly_and_commands_have_more_room() {
    let mut line = line(|room| {
        room.open = 3;
        room.open_commands = 1;
    });
    let of = |number, kind| item(number, "UADA", 9, kind);
    assert_eq!(line.reserve(&of(1, Kind::Question), 2), Ok(()));
    let one_more = line.reserve(&of(2, Kind::Question), 2);
    assert_eq!(one_more, Err(Full::ForAll));
    assert_eq!(line.reserve(&of(3, Kind::Quick), 2), Ok(()));
    for kind in [Kind::Quick, Kind::Stop] {
        assert_eq!(line.reserve(&of(4, kind), 2), Err(Full::ForAll));
    }
    line.enter(of(1, Kind::Question), Arrival::Again, NOW);
    assert_eq!(started(&mut line), [] as [u128; 0], "it is about to enter");
    line.release(&of(1, Kind::Question));
    assert_eq!(line.reserve(&of(5, Kind::Stop), 2), Ok(()));
    line.release(&of(3, Kind::Quick));
    line.release(&of(5, Kind::Stop));
    line.release(&of(5, Kind::Stop));
    assert!(is_as_new(&line), "{line:?}");
}

#[test]
fn whoever_waits_is_told_once_and_nothing_begins_meanwhile() {
    let mut line = line(|room| room.at_work = 1);
    for number in 0..4 {
        accept(&mut line, question(number, "UADA", number as usize));
    }
    assert_eq!(started(&mut line), [0]);
    assert_eq!(told_next(&mut line), [run(1)], "one after the other");
    line.leave(run(0), Leave::Over, NOW);
    assert_eq!(started(&mut line), [] as [u128; 0], "it is being told");
    line.told(run(1));
    assert_eq!(started(&mut line), [1]);
    assert_eq!(told_next(&mut line), [run(2)]);
    line.told(run(2));
    line.enter(question(2, "UADA", 2), Arrival::Again, NOW);
    assert_eq!(told_next(&mut line), [run(3)], "the second knows");
    line.told(run(3));
    line.leave(run(1), Leave::Over, NOW);
    let starts = line.starts();
    assert_eq!(starts[0].tried, Try::Again, "something was done for it");
}

#[test]
fn stop_reaches_what_one_person_has_open_in_one_thread() {
    let mut line = line(|room| room.at_work = 1);
    accept(&mut line, question(1, "UADA", 1));
    assert_eq!(started(&mut line), [1]);
    line.leave(run(1), Leave::Resting, NOW);
    let asked = [
        ("UADA", 1),
        ("UADA", 1),
        ("UBEN", 1),
        ("UADA", 2),
        ("UADA", 1),
    ];
    for (number, (person, in_thread)) in (2..).zip(asked) {
        accept(&mut line, question(number, person, in_thread));
    }
    assert_eq!(started(&mut line), [2]);
    assert_eq!(told_next(&mut line), [run(4)]);
    accept(&mut line, item(10, "UADA", 1, Kind::Stop));
    accept(&mut line, question(11, "UADA", 1));
    assert_eq!(started(&mut line), [10]);
    let stopped = line.stop(run(10), &thread(1), &question(0, "UADA", 1).who);
    let expected = Stopped {
        at_work: vec![run(2)],
        held: vec![run(1), run(3), run(6)],
        soon: Vec::new(),
    };
    assert_eq!(stopped, expected);
    for number in [1, 3, 6] {
        line.let_go(run(number));
    }
    line.told(run(4));
    let mut starts = line.starts();
    starts.sort_by_key(|start| start.run);
    let ended: Vec<u128> = starts.iter().map(|start| number(start.run)).collect();
    assert_eq!(ended, [1, 3, 6], "without a place");
    assert!(starts.iter().all(|start| start.errand == Errand::Stop));
    for number in [1, 2, 3, 6, 10] {
        line.leave(run(number), Leave::Over, NOW);
    }
    assert_eq!(
        in_turn(&mut line, Vec::new()),
        [5, 4, 11],
        "the others go on, in turn"
    );
    assert!(is_as_new(&line), "{line:?}");
}

#[test]
fn a_run_that_was_stopped_takes_nothing_in_of_what_stands_behind_another() {
    let mut line = line(|_| {});
    accept(&mut line, question(1, "UADA", 1));
    assert_eq!(started(&mut line), [1]);
    line.leave(run(1), Leave::Resting, NOW);
    accept(&mut line, question(2, "UBEN", 1));
    assert_eq!(started(&mut line), [2]);
    accept(&mut line, question(3, "UBEN", 1));
    let stopped = line.stop(run(9), &thread(1), &question(1, "UADA", 1).who);
    assert_eq!(stopped.held, [run(1)]);
    line.let_go(run(1));
    assert_eq!(started(&mut line), [1]);
    assert_eq!(line.take_in(run(1)), []);
    assert_eq!(line.take_in(run(2)), [run(3)]);
}

#[test]
fn what_a_person_says_behind_their_run_at_work_steers_it() {
    let mut line = line(|room| {
        room.at_work = 1;
        room.telling = 9;
    });
    accept(&mut line, question(1, "UADA", 1));
    assert_eq!(started(&mut line), [1]);
    for (number, (person, in_thread)) in
        (2..).zip([("UADA", 1), ("UBEN", 1), ("UADA", 1), ("UADA", 2)])
    {
        accept(&mut line, question(number, person, in_thread));
    }
    assert_eq!(
        told_next(&mut line),
        [run(3), run(5)],
        "the others are spared"
    );
    assert_eq!(line.take_in(run(1)), [run(2), run(4)]);
    assert_eq!(line.take_in(run(1)), []);
    line.told(run(3));
    line.told(run(5));
    line.leave(run(2), Leave::Over, NOW);
    line.leave(run(4), Leave::Resting, NOW);
    assert_eq!(in_turn(&mut line, vec![1]), [1, 5, 3]);
    line.enter(question(4, "UADA", 1), Arrival::Again, NOW);
    assert_eq!(
        in_turn(&mut line, Vec::new()),
        [4],
        "one that could not be taken in"
    );
    assert!(is_as_new(&line), "{line:?}");
}

#[test]
fn who_was_spared_is_told_if_they_have_to_wait_after_all() {
    let mut line = line(|room| room.at_work = 1);
    accept(&mut line, question(1, "UADA", 1));
    accept(&mut line, question(2, "UBEN", 2));
    assert_eq!(started(&mut line), [1]);
    assert_eq!(told_next(&mut line), [run(2)]);
    line.told(run(2));
    accept(&mut line, question(3, "UADA", 1));
    assert_eq!(told_next(&mut line), []);
    line.leave(run(1), Leave::Over, NOW);
    assert_eq!(started(&mut line), [2]);
    assert_eq!(told_next(&mut line), [run(3)]);
    assert_eq!(
        line.take_in(run(2)),
        [],
        "somebody else's run is not steered"
    );
}

#[test]
fn a_stop_reaches_what_is_just_being_taken_in() {
    let mut line = line(|_| {});
    accept(&mut line, question(1, "UADA", 1));
    assert_eq!(started(&mut line), [1]);
    accept(&mut line, question(2, "UADA", 1));
    assert_eq!(line.take_in(run(1)), [run(2)]);
    let stopped = line.stop(run(9), &thread(1), &question(0, "UADA", 1).who);
    assert_eq!(
        (stopped.at_work, stopped.soon),
        (vec![run(1)], vec![run(2)])
    );
    line.leave(run(2), Leave::Over, NOW);
    line.leave(run(1), Leave::Over, NOW);
    assert!(is_as_new(&line), "{line:?}");
}

#[test]
fn the_longest_wait_is_measured() {
    let mut line = line(|room| room.at_work = 1);
    accept(&mut line, question(1, "UADA", 1));
    accept(&mut line, question(2, "UADA", 2));
    assert_eq!(started(&mut line), [1]);
    let later = NOW + jiff::SignedDuration::from_secs(7);
    let figures = line.figures(later);
    assert_eq!((figures.at_work, figures.waiting), (1, 1));
    assert_eq!(figures.oldest_wait.as_secs(), 7);
}
