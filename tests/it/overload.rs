//! More is asked than can be answered at once.

use futures_util::future::join_all;
use serde_json::json;
use valet::Room;
use valet_sim::router::{Gate, Turn};
use valet_sim::slack::{MessageRef, Profile, RetryPolicy, Signing};

use crate::bot::{Bot, is_in_line};

/// A question with a mark of its own, which the model answers by it.
struct Asked {
    mark: String,
    message: MessageRef,
}

impl Asked {
    /// In a thread of its own; answered when the gate is open.
    async fn by(bot: &Bot, person: &str, mark: &str, gate: &Gate) -> Self {
        answered_behind(bot, mark, gate);
        let who = bot.slack.person(person);
        let message = who.mentions_in("general", &question(mark)).await;
        let mark = mark.to_owned();
        Self { mark, message }
    }

    fn status(&self) -> Option<u16> {
        self.message.delivered.as_ref().and_then(|one| one.status)
    }

    /// Waits for the answer, and sees that nothing else was said.
    async fn is_answered_once(&self, bot: &Bot) {
        assert_eq!(bot.answer(&self.message).await, answer(&self.mark));
        let thread = bot.slack.thread(&self.message);
        assert_eq!(thread.len(), 2, "{}: {thread:#?}", self.mark);
    }
}

fn question(mark: &str) -> String {
    format!("What of number {mark}?")
}

fn answer(mark: &str) -> String {
    format!("That is {mark}.")
}

fn answered_behind(bot: &Bot, mark: &str, gate: &Gate) {
    let turn = Turn::says(answer(mark)).held_by(gate);
    bot.router.when(&question(mark)).then_does(turn);
}

/// The marks of the questions in the order in which the router was asked.
fn order(bot: &Bot, asked: &[&Asked]) -> Vec<String> {
    let requests = bot.router.requests();
    let marks = requests.iter().filter_map(|request| {
        let text = request.to_string();
        let found = asked.iter().find(|one| text.contains(&question(&one.mark)));
        found.map(|one| one.mark.clone())
    });
    marks.collect()
}

/// Waits until this many people see that they are in line.
async fn told(bot: &Bot, times: usize) {
    bot.slack
        .until("words to those in line", |slack| {
            let messages = slack.messages("general");
            messages.iter().filter(|one| is_in_line(one)).count() == times
        })
        .await;
}

/// Waits until this figure is so.
async fn until(bot: &Bot, figure: &str, value: u64) {
    while bot.figure(figure).await != value {
        tokio::task::yield_now().await;
    }
}

async fn nothing_is_open(bot: &Bot) {
    for figure in [
        "valet_events_open",
        "valet_runs_at_work",
        "valet_runs_waiting",
        "valet_runs_oldest_wait_seconds",
    ] {
        until(bot, figure, 0).await;
    }
}

/// One place for questions and one for all else.
fn narrow(room: &mut Room) {
    room.at_work = 1;
    room.quick_at_work = 1;
    room.telling = 1;
}

#[tokio::test]
async fn one_persons_flood_does_not_hold_up_the_others() {
    let bot = Bot::start_with_room(|room| {
        *room = Room {
            at_work: 2,
            at_work_of_one: 1,
            quick_at_work: 1,
            open: 20,
            open_commands: 5,
            open_of_one: 15,
            telling: 2,
        };
    })
    .await;
    bot.slack.add_person(Profile::member("cleo"));
    for person in ["ada", "ben", "cleo"] {
        bot.connects(person, "gmail").await;
    }
    until(&bot, "valet_events_open", 0).await;
    let before = bot.figure("valet_events_accepted_total").await;
    let gate = Gate::closed();
    let mut accepted = Vec::new();
    for (person, count) in [("ada", 12), ("ben", 7), ("cleo", 1)] {
        for number in 0..count {
            let mark = format!("{person}-{number}");
            let one = Asked::by(&bot, person, &mark, &gate).await;
            assert_eq!(one.status(), Some(200), "{mark}");
            accepted.push(one);
        }
    }
    told(&bot, 18).await;

    // There is no more room, and nothing stays behind.
    bot.slack.expect_failed_deliveries();
    bot.slack.set_retries(RetryPolicy::Never);
    let mut refused = Vec::new();
    for number in 20..25 {
        let one = Asked::by(&bot, "ben", &format!("ben-{number}"), &gate).await;
        assert_eq!(one.status(), Some(503));
        refused.push(one);
    }
    assert_eq!(bot.figure("valet_events_open").await, 20);
    let accepted_now = bot.figure("valet_events_accepted_total").await;
    assert_eq!(accepted_now - before, 20);
    let by_bound = r#"valet_events_refused_total{bound="Full"}"#;
    assert_eq!(bot.figure(by_bound).await, 5);

    // What is no question neither waits nor is refused.
    let ben = bot.slack.person("ben");
    let command = ben.command("/connect", "gmail", "general").await;
    assert_eq!(command.status, Some(200));
    let told = ben.next_ephemeral().await.visible_text();
    assert!(told.contains("already connected"), "{told}");

    gate.open();
    for one in &accepted {
        one.is_answered_once(&bot).await;
        assert!(bot.figure("valet_events_open").await <= 25);
        assert!(bot.figure("valet_runs_at_work").await <= 3);
    }
    let order = order(&bot, &accepted.iter().collect::<Vec<_>>());
    assert_eq!(order.len(), 20, "each was asked once: {order:?}");
    let cleo = order.iter().position(|mark| mark == "cleo-0");
    assert!(cleo < Some(6), "Cleo's turn comes soon: {order:?}");
    for person in ["ada", "ben"] {
        let of_one: Vec<_> = order.iter().filter(|one| one.starts_with(person)).collect();
        let mut sorted = of_one.clone();
        sorted.sort_by_key(|mark| mark.split('-').nth(1).and_then(|n| n.parse::<u32>().ok()));
        assert_eq!(of_one, sorted, "in order");
    }

    // Slack comes again with the others.
    nothing_is_open(&bot).await;
    for one in &refused {
        let again = bot.slack.redeliver(&one.message.event_id).await;
        assert_eq!(again.status, Some(200));
    }
    for one in &refused {
        one.is_answered_once(&bot).await;
    }
    nothing_is_open(&bot).await;
    bot.finish().await;
}

#[tokio::test]
async fn a_burst_from_many_meets_the_bound_exactly() {
    let bot = Bot::start_with_room(|room| {
        narrow(room);
        room.open = 5;
    })
    .await;
    bot.connects("ada", "gmail").await;
    until(&bot, "valet_events_open", 0).await;
    bot.slack.expect_failed_deliveries();
    bot.slack.set_retries(RetryPolicy::Never);
    let gate = Gate::closed();
    let marks: Vec<String> = (0..30).map(|number| format!("burst-{number:02}")).collect();
    let asked = join_all(marks.iter().map(|mark| Asked::by(&bot, "ada", mark, &gate))).await;
    let (accepted, refused): (Vec<_>, Vec<_>) =
        asked.iter().partition(|one| one.status() == Some(200));
    assert!(refused.iter().all(|one| one.status() == Some(503)));
    assert!(accepted.len() <= 5, "{}", accepted.len());
    assert_eq!(bot.figure("valet_events_open").await, accepted.len() as u64);
    gate.open();
    for one in accepted {
        one.is_answered_once(&bot).await;
    }
    for one in refused {
        nothing_is_open(&bot).await;
        let again = bot.slack.redeliver(&one.message.event_id).await;
        assert_eq!(again.status, Some(200));
        one.is_answered_once(&bot).await;
    }
    nothing_is_open(&bot).await;
    bot.finish().await;
}

#[tokio::test]
async fn whoever_has_too_many_questions_open_is_told_so() {
    let bot = Bot::start_with_room(|room| {
        narrow(room);
        room.open_of_one = 2;
    })
    .await;
    bot.connects("ada", "gmail").await;
    bot.connects("ben", "gmail").await;
    until(&bot, "valet_events_open", 0).await;
    let gate = Gate::closed();
    let first = Asked::by(&bot, "ada", "one", &gate).await;
    let second = Asked::by(&bot, "ada", "two", &gate).await;
    let ada = bot.slack.person("ada");
    let too_many = ada.mentions_in("general", "And the third?").await;

    assert_eq!(
        bot.answer(&too_many).await,
        "You already have 2 questions waiting, so I left this one out: please ask it again when some are answered."
    );
    assert_eq!(bot.slack.thread(&too_many).len(), 2);
    assert_eq!(bot.figure("valet_questions_turned_down_total").await, 1);
    let bens = Asked::by(&bot, "ben", "his", &gate).await;
    gate.open();
    for one in [&first, &second, &bens] {
        one.is_answered_once(&bot).await;
    }
    nothing_is_open(&bot).await;
    Asked::by(&bot, "ada", "three", &gate)
        .await
        .is_answered_once(&bot)
        .await;
    nothing_is_open(&bot).await;
    bot.finish().await;
}

#[tokio::test]
async fn questions_that_wait_for_an_account_fill_the_inbox_for_nobody_else() {
    let bot = Bot::start_with_room(|room| {
        room.open_of_one = 2;
        room.open = 4;
    })
    .await;
    let ada = bot.slack.person("ada");
    for _ in 0..2 {
        ada.mentions_in("general", "What is in my mail?").await;
        ada.next_dm().await;
    }
    for _ in 0..5 {
        let too_many = ada.mentions_in("general", "And in my mail?").await;
        assert!(
            bot.answer(&too_many)
                .await
                .starts_with("You already have 2")
        );
        until(&bot, "valet_events_open", 2).await;
    }
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn stop_ends_what_waits_in_line_for_the_same_person_in_the_same_thread() {
    let bot = Bot::start_with_room(narrow).await;
    bot.connects("ada", "gmail").await;
    bot.connects("ben", "gmail").await;
    let gate = Gate::closed();
    let (ada, ben) = (bot.slack.person("ada"), bot.slack.person("ben"));
    bot.router.expect(Turn::says("Never said.").held_by(&gate));
    let thread = ada.mentions_in("general", "Think for a long time").await;
    bot.router.asked(1).await;
    for _ in 0..2 {
        ada.says_in_thread(&thread, "And then?").await;
    }
    ben.says_in_thread(&thread, &question("bens")).await;
    // Those of Ada would steer the run at work, and are not told.
    told(&bot, 1).await;
    let elsewhere = Asked::by(&bot, "ada", "elsewhere", &gate).await;
    told(&bot, 2).await;
    answered_behind(&bot, "bens", &gate);

    ada.says_in_thread(&thread, "stop").await;
    bot.slack
        .until("three that were stopped", |slack| {
            let messages = slack.messages("general");
            let stopped = messages.iter().map(valet_sim::slack::Message::visible_text);
            stopped.filter(|text| text.starts_with("Stopped")).count() == 3
        })
        .await;
    gate.open();
    elsewhere.is_answered_once(&bot).await;
    bot.slack
        .next(|one| one.visible_text() == answer("bens"))
        .await;
    nothing_is_open(&bot).await;
    let said = bot.slack.thread(&thread);
    assert_eq!(said.len(), 5 + 4, "a word on each question: {said:#?}");
    bot.finish().await;
}

#[tokio::test]
async fn whoever_may_not_ask_is_not_told_that_they_are_in_line() {
    let bot = Bot::start_with_room(narrow).await;
    bot.connects("ada", "gmail").await;
    let gate = Gate::closed();
    let first = Asked::by(&bot, "ada", "first", &gate).await;
    bot.router.asked(1).await;
    let grace = bot.slack.person("grace");
    let by_a_guest = grace.mentions_in("general", "May I?").await;
    let second = Asked::by(&bot, "ada", "second", &gate).await;
    told(&bot, 1).await;
    assert_eq!(
        bot.slack.thread(&by_a_guest).len(),
        1,
        "one after the other"
    );
    gate.open();
    first.is_answered_once(&bot).await;
    second.is_answered_once(&bot).await;
    let word = bot.slack.next_reply(&by_a_guest).await.visible_text();
    assert!(word.contains("you are a guest here"), "{word}");
    nothing_is_open(&bot).await;
    bot.finish().await;
}

#[tokio::test]
async fn what_is_in_line_when_it_stops_is_taken_up_in_turn_and_nobody_is_told_twice() {
    let mut bot = Bot::start_with_room(narrow).await;
    bot.connects("ada", "gmail").await;
    bot.connects("ben", "gmail").await;
    let gate = Gate::closed();
    answered_behind(&bot, "ada-0", &gate);
    let mut asked = Vec::new();
    for (person, mark) in [
        ("ada", "ada-0"),
        ("ada", "ada-1"),
        ("ada", "ada-2"),
        ("ben", "ben-0"),
    ] {
        asked.push(Asked::by(&bot, person, mark, &gate).await);
    }
    bot.router.asked(1).await;
    told(&bot, 3).await;

    bot.restart().await;
    gate.open();

    for one in &asked {
        one.is_answered_once(&bot).await;
    }
    assert_eq!(
        order(&bot, &asked.iter().collect::<Vec<_>>()),
        ["ada-0", "ada-0", "ben-0", "ada-1", "ada-2"]
    );
    nothing_is_open(&bot).await;
    bot.finish().await;
}

#[tokio::test]
async fn that_slack_holds_events_back_is_noticed() {
    let bot = Bot::start().await;
    let notice = json!({
        "type": "app_rate_limited",
        "team_id": "T0ACME",
        "api_app_id": "A0VALET",
        "minute_rate_limited": 1_700_000_000,
    });
    let body = notice.to_string();
    let answered = bot.slack.deliver_event_raw(body, Signing::Good, &[]).await;
    assert_eq!(answered.status, Some(200));
    assert_eq!(bot.figure("valet_events_held_back_total").await, 1);
    bot.finish().await;
}
