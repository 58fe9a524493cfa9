//! Killed at the steps of connecting an account, and started again: one link, one word on
//! how it ended, and the question that waited goes on.

use valet_sim::fault::Fault;
use valet_sim::slack::{Message, MessageRef, Person};

use crate::bot::{Bot, Process, asks_to_connect, has_happened};

/// The direct messages that hold a link, and those that say that it is done.
fn told(bot: &Bot, who: &Person) -> (usize, usize) {
    let said = bot.slack.messages(&who.direct_channel());
    let with = |one: &&Message| one.buttons().iter().any(|button| button.url.is_some());
    let links = said.iter().filter(with).count();
    let done = said
        .iter()
        .filter(|one| one.visible_text().contains("is connected"));
    (links, done.count())
}

async fn killed_when(bot: &Bot, first: Process) -> Process {
    for faults in [bot.slack.faults(), bot.vault.faults()] {
        has_happened(faults).await;
    }
    first.kill();
    Process::serve(&bot.settings).await
}

/// Ada's question is answered once, after one link and one word that it is done.
async fn goes_on(bot: Bot, second: Process, question: &MessageRef, path: &str) {
    bot.slack
        .next(|one| one.visible_text() == "Here I am again.")
        .await;
    second.stop().await;
    assert_eq!(bot.slack.thread(question).len(), 2, "{path}");
    assert_eq!(told(&bot, &bot.slack.person("ada")), (1, 1), "{path}");
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn killed_at_any_step_of_a_command_there_is_one_link() {
    for (on_slack, path, fault) in [
        (false, "/connected_accounts/details", Fault::Stall),
        (true, "chat.postMessage", Fault::Stall),
        (true, "chat.postMessage", Fault::ActThenStall),
    ] {
        let bot = Bot::world(|_| {}).await;
        let first = Process::serve(&bot.settings).await;
        let faults = if on_slack {
            bot.slack.faults()
        } else {
            bot.vault.faults()
        };
        faults.once(path, fault);
        let ada = bot.slack.person("ada");
        ada.command("/connect", "gmail", "general").await;
        let second = killed_when(&bot, first).await;
        ada.next_ephemeral().await;
        let link = ada.next_dm().await.link();
        let page = bot.browser_of("ada").await.connects(&link).await;
        assert_eq!(page.status, 200, "{}", page.text());
        ada.next_dm().await;
        second.stop().await;
        assert_eq!(told(&bot, &ada), (1, 1), "{path}");
        bot.finish().await;
    }
}

#[tokio::test]
async fn killed_after_the_link_was_sent_it_stays_the_one_word_although_it_was_used() {
    let bot = Bot::world(|_| {}).await;
    let first = Process::serve(&bot.settings).await;
    let faults = bot.slack.faults();
    faults.once("chat.postMessage", Fault::ActThenStall);
    let ada = bot.slack.person("ada");
    let words = ada.direct("connect gmail").await;
    has_happened(faults).await;
    first.kill();
    // Whoever follows the link may be faster than what is taken up again.
    let looks = bot.vault.requests("/connected_accounts/details");
    let mut named = looks.iter().flat_map(|call| &call.query);
    let (_, identifier) = named
        .find(|(name, _)| name == "identifier")
        .expect("the account was looked at");
    bot.vault
        .connect_directly(identifier, "gmail", "ada@example.com");
    let second = Process::serve(&bot.settings).await;
    second.stop().await;
    assert_eq!(bot.slack.thread(&words).len(), 2);
    assert_eq!(told(&bot, &ada), (1, 0));
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn killed_while_a_question_falls_asleep_it_gets_one_link_and_one_answer() {
    for (path, after, fault) in [
        ("chat.update", 0, Fault::Stall),
        ("chat.update", 0, Fault::ActThenStall),
        ("chat.postMessage", 1, Fault::Stall),
        ("chat.postMessage", 1, Fault::ActThenStall),
    ] {
        let bot = Bot::world(|_| {}).await;
        let first = Process::serve(&bot.settings).await;
        bot.slack.faults().after(after, path, fault);
        bot.router.will_say("Here I am again.");
        let ada = bot.slack.person("ada");
        let question = ada.mentions_in("general", "What is in my mail?").await;
        let second = killed_when(&bot, first).await;
        let link = ada.next_dm().await.link();
        bot.browser_of("ada").await.connects(&link).await;
        goes_on(bot, second, &question, path).await;
    }
}

#[tokio::test]
async fn killed_on_the_last_step_of_connecting_the_person_is_told_once() {
    for (on_slack, path, fault) in [
        (false, "/user/verify", Fault::Stall),
        (false, "/user/verify", Fault::ActThenStall),
        (false, "/connected_accounts/details", Fault::Stall),
        (true, "chat.postMessage", Fault::Stall),
        (true, "chat.postMessage", Fault::ActThenStall),
    ] {
        let bot = Bot::world(|_| {}).await;
        let first = Process::serve(&bot.settings).await;
        bot.router.will_say("Here I am again.");
        let ada = bot.slack.person("ada");
        let question = ada.mentions_in("general", "What is in my mail?").await;
        let link = ada.next_dm().await.link();
        let faults = if on_slack {
            bot.slack.faults()
        } else {
            bot.vault.faults()
        };
        faults.once(path, fault);
        let browser = bot.browser_of("ada").await;
        // Its page never comes.
        let walk = tokio::spawn(async move { browser.connects(&link).await });
        let second = killed_when(&bot, first).await;
        walk.abort();
        goes_on(bot, second, &question, path).await;
    }
}

#[tokio::test]
async fn a_search_that_fails_does_not_make_the_last_word_on_connecting_a_double_one() {
    let bot = Bot::world(|_| {}).await;
    let first = Process::serve(&bot.settings).await;
    let ada = bot.slack.person("ada");
    let link = asks_to_connect(&ada, "gmail").await;
    bot.slack
        .faults()
        .once("chat.postMessage", Fault::ActThenStall);
    let browser = bot.browser_of("ada").await;
    // Its page never comes.
    let walk = tokio::spawn(async move { browser.connects(&link).await });
    has_happened(bot.slack.faults()).await;
    first.kill();
    walk.abort();
    bot.slack
        .faults()
        .once("conversations.history", Fault::nonsense());
    bot.router.will_say("Here I am again.");
    let second = Process::serve(&bot.settings).await;
    has_happened(bot.slack.faults()).await;
    let question = ada.mentions_in("general", "Who am I?").await;
    assert_eq!(bot.answer(&question).await, "Here I am again.");
    second.stop().await;
    assert_eq!(told(&bot, &ada), (1, 1));
    bot.slack.read_all();
    bot.finish().await;
}
