//! Slack fails when Valet asks it something or has something to say.

use insta::assert_snapshot;
use serde_json::json;
use valet_sim::fault::Fault;
use valet_sim::slack::{Profile, Slack};

use super::{
    acts, ada_is_connected, ada_is_connected_in, asks, ends_well, faults_of_slack, is_well_again,
    once_and_always, patience_over, plan, thread, told, told_in,
};
use crate::bot::{Bot, is_placeholder};

/// Often enough to outlast the tries of one call.
fn often(fault: &Fault) -> u32 {
    match fault {
        // Once is enough to have it said twice.
        Fault::Stall
        | Fault::ActThenStall
        | Fault::ActThenCut
        | Fault::ActThenRefuse
        | Fault::HalfAnswer => 1,
        Fault::Answer(canned) if canned.retry_after == Some(1) => 1,
        Fault::Answer(_) | Fault::ActThenAnswer(_) | Fault::Cut => 4,
    }
}

#[tokio::test]
async fn who_we_are_is_asked_until_slack_tells() {
    let table = told(faults_of_slack(), async |fault| {
        let mut bot = ada_is_connected_in(&patience_over(&fault)).await;
        bot.slack.faults().times(often(&fault), "auth.test", fault);
        bot.restart().await;
        plan(&bot);
        let (_, answer) = asks(&bot).await;
        assert_eq!(bot.slack.faults().unused(), Vec::<String>::new());
        ends_well(bot).await;
        answer
    })
    .await;
    for line in table.lines() {
        assert!(line.ends_with(": Your labels."), "{table}");
    }
}

#[tokio::test]
async fn a_token_that_slack_does_not_take_loses_no_question() {
    for code in ["invalid_auth", "token_revoked", "not_authed"] {
        let mut bot = ada_is_connected().await;
        let refused = Fault::json(200, &json!({"ok": false, "error": code}));
        bot.slack.faults().times(4, "auth.test", refused);
        bot.restart().await;
        plan(&bot);
        let (_, answer) = asks(&bot).await;
        assert_eq!(answer, "Your labels.");
        ends_well(bot).await;
    }
}

#[tokio::test]
async fn who_asks_cannot_be_found_out() {
    let table = told_in(Bot::start_in, faults_of_slack(), async |bot, fault| {
        bot.slack.faults().once("users.info", fault.clone());
        let once = somebody_new_asks(bot).await;
        bot.slack.faults().always("users.info", fault);
        let always = somebody_new_asks(bot).await;
        bot.slack.faults().clear();
        once_and_always(once, &always)
    })
    .await;
    assert_snapshot!(table, @"
    500: Ask me something, here or by mentioning me in a channel. I answer from your own accounts, and only you can use them. | I could not find out from Slack who you are, so I did nothing: please ask again in a minute.
    503: Ask me something, here or by mentioning me in a channel. I answer from your own accounts, and only you can use them. | I could not find out from Slack who you are, so I did nothing: please ask again in a minute.
    429: Ask me something, here or by mentioning me in a channel. I answer from your own accounts, and only you can use them. | I could not find out from Slack who you are, so I did nothing: please ask again in a minute.
    429, 1 s: Ask me something, here or by mentioning me in a channel. I answer from your own accounts, and only you can use them. | I could not find out from Slack who you are, so I did nothing: please ask again in a minute.
    429, 60 s: I could not find out from Slack who you are, so I did nothing: please ask again in a minute.
    cut: Ask me something, here or by mentioning me in a channel. I answer from your own accounts, and only you can use them. | I could not find out from Slack who you are, so I did nothing: please ask again in a minute.
    act, cut: Ask me something, here or by mentioning me in a channel. I answer from your own accounts, and only you can use them. | I could not find out from Slack who you are, so I did nothing: please ask again in a minute.
    half: Ask me something, here or by mentioning me in a channel. I answer from your own accounts, and only you can use them. | I could not find out from Slack who you are, so I did nothing: please ask again in a minute.
    stall: I could not find out from Slack who you are, so I did nothing: please ask again in a minute.
    act, stall: I could not find out from Slack who you are, so I did nothing: please ask again in a minute.
    nonsense: I could not find out from Slack who you are, so I did nothing: please ask again in a minute.
    error inside: Ask me something, here or by mentioning me in a channel. I answer from your own accounts, and only you can use them. | I could not find out from Slack who you are, so I did nothing: please ask again in a minute.
    ");
}

/// Somebody whom Valet has to ask Slack about, and who has a question it can answer.
async fn somebody_new_asks(bot: &Bot) -> String {
    let key = format!("new{}", bot.slack.people().len());
    let person = bot.slack.add_person(Profile::member(&key));
    let question = person.mentions_in("general", "help").await;
    let answer = bot.answer(&question).await;
    answer.lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn the_placeholder_cannot_be_posted() {
    let table = told_in(
        ada_is_connected_in,
        faults_of_slack(),
        async |bot, fault| {
            let often = often(&fault);
            bot.slack.faults().times(often, "chat.postMessage", fault);
            plan(bot);
            let (question, answer) = asks(bot).await;
            assert_eq!(answer, "Your labels.");
            let thread = thread(bot, &question);
            is_well_again(bot).await;
            thread
        },
    )
    .await;
    assert_snapshot!(table, @"
    500: Your labels.
    503: Your labels.
    429: Your labels.
    429, 1 s: Your labels.
    429, 60 s: Your labels.
    cut: Your labels.
    act, cut: Your labels.
    half: Your labels.
    stall: Your labels.
    act, stall: Your labels.
    nonsense: Your labels.
    error inside: Your labels.
    ");
}

#[tokio::test]
async fn the_answer_cannot_take_the_placeholders_place() {
    let table = told_in(
        ada_is_connected_in,
        faults_of_slack(),
        async |bot, fault| {
            let before = bot.vault.executions().len();
            let updates = bot.slack.requests("chat.update").len();
            let (often, acts) = (often(&fault), acts(&fault));
            bot.slack.faults().times(often, "chat.update", fault);
            plan(bot);
            let (question, answer) = asks(bot).await;
            assert_eq!(answer, "Your labels.");
            if acts {
                // It was done, but nobody said so: it is done again, and nothing changes.
                bot.slack
                    .until("the same again", |slack| {
                        slack.requests("chat.update").len() >= updates + 2
                    })
                    .await;
            }
            assert_eq!(bot.vault.executions().len(), before + 1);
            let thread = thread(bot, &question);
            is_well_again(bot).await;
            thread
        },
    )
    .await;
    for line in table.lines() {
        assert!(line.ends_with(": Your labels."), "{table}");
    }
}

#[tokio::test]
async fn an_answer_that_slack_does_not_take_at_all_ends_in_a_clear_word() {
    let bot = ada_is_connected().await;
    let refused = |code: &str| Fault::json(200, &json!({"ok": false, "error": code}));
    // With the thumbs below it, and without.
    bot.slack
        .faults()
        .times(2, "chat.update", refused("invalid_blocks"));
    bot.slack
        .faults()
        .after(1, "chat.postMessage", refused("invalid_blocks"));
    bot.slack
        .faults()
        .once("chat.postMessage", refused("invalid_blocks"));
    plan(&bot);
    let (question, answer) = asks(&bot).await;
    assert_snapshot!(answer, @"I have an answer, but Slack does not take it: please ask again in other words.");
    bot.slack.thread(&question);
    ends_well(bot).await;
}

#[tokio::test]
async fn the_further_parts_of_an_answer_cannot_be_posted() {
    let lines: Vec<String> = (0..450)
        .map(|n| format!("Line number {n} of the answer."))
        .collect();
    let table = told_in(
        ada_is_connected_in,
        faults_of_slack(),
        async |bot, fault| {
            bot.router.will_say(&lines.join("\n"));
            let acts = acts(&fault);
            let searches = |slack: &Slack| slack.requests("conversations.replies").len();
            let before = searches(&bot.slack);
            bot.slack.faults().after(1, "chat.postMessage", fault);
            let ada = bot.slack.person("ada");
            let question = ada.mentions_in("general", "Tell me everything").await;
            bot.slack
                .until("the last line", |slack| {
                    let said = slack.messages(&question.channel);
                    said.iter()
                        .filter(|one| one.root() == question.root())
                        .any(|one| one.visible_text().contains("number 449 "))
                })
                .await;
            // A part whose outcome is unknown is looked for: none is lost, and none said twice.
            if acts {
                bot.slack
                    .until("a search", |slack| searches(slack) > before)
                    .await;
            }
            is_well_again(bot).await;
            let said = thread(bot, &question);
            let times = |line: &String| said.matches(line.as_str()).count();
            assert!(lines.iter().all(|line| times(line) == 1));
            format!("{} messages", bot.slack.thread(&question).len() - 1)
        },
    )
    .await;
    assert_snapshot!(table, @"
    500: 2 messages
    503: 2 messages
    429: 2 messages
    429, 1 s: 2 messages
    429, 60 s: 2 messages
    cut: 2 messages
    act, cut: 2 messages
    half: 2 messages
    stall: 2 messages
    act, stall: 2 messages
    nonsense: 2 messages
    error inside: 2 messages
    ");
}

#[tokio::test]
async fn the_link_cannot_be_sent() {
    let table = told(faults_of_slack(), async |fault| {
        let bot = Bot::start_in(&patience_over(&fault)).await;
        let often = often(&fault);
        // The first message is the placeholder.
        bot.slack
            .faults()
            .after(1, "chat.postMessage", fault.clone());
        if often > 1 {
            bot.slack
                .faults()
                .times(often - 1, "chat.postMessage", fault.clone());
        }
        plan(&bot);
        let ada = bot.slack.person("ada");
        let question = ada.mentions_in("general", "Which labels do I have?").await;
        let link = ada.next_dm().await.link();
        bot.browser_of("ada").await.connects(&link).await;
        bot.slack
            .next(|one| one.visible_text() == "Your labels.")
            .await;
        let thread = thread(&bot, &question);
        let links = bot.slack.messages(&ada.direct_channel());
        let links = links
            .iter()
            .filter(|one| one.visible_text().contains("Your question"))
            .count();
        bot.slack.read_all();
        ends_well(bot).await;
        format!("{thread}, {links} sent")
    })
    .await;
    assert_snapshot!(table, @"
    500: Your labels., 1 sent
    503: Your labels., 1 sent
    429: Your labels., 1 sent
    429, 1 s: Your labels., 1 sent
    429, 60 s: Your labels., 1 sent
    cut: Your labels., 1 sent
    act, cut: Your labels., 1 sent
    half: Your labels., 1 sent
    stall: Your labels., 1 sent
    act, stall: Your labels., 1 sent
    nonsense: Your labels., 1 sent
    error inside: Your labels., 1 sent
    ");
}

#[tokio::test]
async fn a_person_who_cannot_be_written_to_is_told_in_the_thread() {
    let bot = Bot::start().await;
    let refused = Fault::json(200, &json!({"ok": false, "error": "messages_tab_disabled"}));
    bot.slack
        .faults()
        .after(1, "chat.postMessage", refused.clone());
    let (question, answer) = asks_unconnected(&bot).await;
    assert_snapshot!(answer, @"I cannot send you the direct message with your link: please allow direct messages from me, or ask whoever runs me, and then ask again.");
    assert_eq!(bot.slack.thread(&question).len(), 2);

    bot.slack.faults().once("chat.postMessage", refused);
    let ada = bot.slack.person("ada");
    ada.command("/connect", "gmail", "general").await;
    assert_snapshot!(ada.next_ephemeral().await.visible_text(), @"I cannot send you the direct message with your link: please allow direct messages from me, or ask whoever runs me, and then ask again.");
    bot.slack.read_all();
    bot.finish().await;
}

async fn asks_unconnected(bot: &Bot) -> (valet_sim::slack::MessageRef, String) {
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Which labels do I have?").await;
    let told = bot
        .slack
        .next(|one| one.visible_text().contains(": "))
        .await;
    (question, told.visible_text())
}

#[tokio::test]
async fn the_note_that_a_link_was_sent_cannot_be_put_up() {
    let bot = Bot::start().await;
    let refused = Fault::json(200, &json!({"ok": false, "error": "message_not_found"}));
    bot.slack.faults().once("chat.update", refused);
    plan(&bot);
    let ada = bot.slack.person("ada");
    ada.mentions_in("general", "Which labels do I have?").await;
    let link = ada.next_dm().await.link();
    bot.browser_of("ada").await.connects(&link).await;
    bot.slack
        .next(|one| one.visible_text() == "Your labels.")
        .await;
    bot.slack.read_all();
    ends_well(bot).await;
}

#[tokio::test]
async fn what_cannot_be_said_where_the_command_was_typed_is_said_directly() {
    let table = told(faults_of_slack(), async |fault| {
        if fault == Fault::nonsense() {
            // To a `response_url` Slack answers in plain text: any 200 will have to do.
            return "taken for an answer".to_owned();
        }
        let bot = ada_is_connected_in(&patience_over(&fault)).await;
        let ada = bot.slack.person("ada");
        // Who Ada is was asked before: the next thing Slack hears is the response.
        bot.slack.faults().once("", fault.clone());
        ada.command("/disconnect", "gmail", "general").await;
        let told = bot.slack.next(|_| true).await;
        if acts(&fault) {
            // It may not have been read: better twice than not at all.
            ada.next_dm().await;
        }
        bot.finish().await;
        let to = if told.ephemeral_for.is_some() {
            "there"
        } else {
            "directly"
        };
        format!("{to}: {}", told.visible_text())
    })
    .await;
    assert_snapshot!(table, @"
    500: directly: Disconnect your *gmail* account (ada@example.com)? I can then no longer read or change anything in it. Questions that wait for it end, and links to connect it stop working. You can connect it again at any time.
    [Disconnect] [Keep it]
    503: directly: Disconnect your *gmail* account (ada@example.com)? I can then no longer read or change anything in it. Questions that wait for it end, and links to connect it stop working. You can connect it again at any time.
    [Disconnect] [Keep it]
    429: there: Disconnect your *gmail* account (ada@example.com)? I can then no longer read or change anything in it. Questions that wait for it end, and links to connect it stop working. You can connect it again at any time.
    [Disconnect] [Keep it]
    429, 1 s: there: Disconnect your *gmail* account (ada@example.com)? I can then no longer read or change anything in it. Questions that wait for it end, and links to connect it stop working. You can connect it again at any time.
    [Disconnect] [Keep it]
    429, 60 s: directly: Disconnect your *gmail* account (ada@example.com)? I can then no longer read or change anything in it. Questions that wait for it end, and links to connect it stop working. You can connect it again at any time.
    [Disconnect] [Keep it]
    cut: directly: Disconnect your *gmail* account (ada@example.com)? I can then no longer read or change anything in it. Questions that wait for it end, and links to connect it stop working. You can connect it again at any time.
    [Disconnect] [Keep it]
    act, cut: there: Disconnect your *gmail* account (ada@example.com)? I can then no longer read or change anything in it. Questions that wait for it end, and links to connect it stop working. You can connect it again at any time.
    [Disconnect] [Keep it]
    half: there: Disconnect your *gmail* account (ada@example.com)? I can then no longer read or change anything in it. Questions that wait for it end, and links to connect it stop working. You can connect it again at any time.
    [Disconnect] [Keep it]
    stall: directly: Disconnect your *gmail* account (ada@example.com)? I can then no longer read or change anything in it. Questions that wait for it end, and links to connect it stop working. You can connect it again at any time.
    [Disconnect] [Keep it]
    act, stall: there: Disconnect your *gmail* account (ada@example.com)? I can then no longer read or change anything in it. Questions that wait for it end, and links to connect it stop working. You can connect it again at any time.
    [Disconnect] [Keep it]
    nonsense: taken for an answer
    error inside: directly: Disconnect your *gmail* account (ada@example.com)? I can then no longer read or change anything in it. Questions that wait for it end, and links to connect it stop working. You can connect it again at any time.
    [Disconnect] [Keep it]
    ");
}

#[tokio::test]
async fn a_press_is_not_obeyed_twice_because_its_echo_was_lost() {
    let table = told(faults_of_slack(), async |fault| {
        let bot = ada_is_connected_in(&patience_over(&fault)).await;
        let ada = bot.slack.person("ada");
        let asked = ada.mentions_in("general", "disconnect gmail").await;
        let question = bot.slack.next_reply(&asked).await;
        let often = often(&fault);
        bot.slack.faults().times(often, "chat.postMessage", fault);
        ada.clicks(&question, "disconnect").await;
        let told = ada.next_dm().await.visible_text();
        assert_eq!(bot.vault.active_accounts(), []);
        bot.slack.read_all();
        let deletions = bot.vault.requests(":delete").len();
        bot.finish().await;
        format!("{told} ({deletions})")
    })
    .await;
    assert_snapshot!(table, @"
    500: *gmail* is disconnected. I can no longer use that account. Questions that waited for it have ended, and links to connect it no longer work.
    [Connect gmail] (1)
    503: *gmail* is disconnected. I can no longer use that account. Questions that waited for it have ended, and links to connect it no longer work.
    [Connect gmail] (1)
    429: *gmail* is disconnected. I can no longer use that account. Questions that waited for it have ended, and links to connect it no longer work.
    [Connect gmail] (1)
    429, 1 s: *gmail* is disconnected. I can no longer use that account. Questions that waited for it have ended, and links to connect it no longer work.
    [Connect gmail] (1)
    429, 60 s: *gmail* is disconnected. I can no longer use that account. Questions that waited for it have ended, and links to connect it no longer work.
    [Connect gmail] (1)
    cut: *gmail* is disconnected. I can no longer use that account. Questions that waited for it have ended, and links to connect it no longer work.
    [Connect gmail] (1)
    act, cut: *gmail* is disconnected. I can no longer use that account. Questions that waited for it have ended, and links to connect it no longer work.
    [Connect gmail] (1)
    half: *gmail* is disconnected. I can no longer use that account. Questions that waited for it have ended, and links to connect it no longer work.
    [Connect gmail] (1)
    stall: *gmail* is disconnected. I can no longer use that account. Questions that waited for it have ended, and links to connect it no longer work.
    [Connect gmail] (1)
    act, stall: *gmail* is disconnected. I can no longer use that account. Questions that waited for it have ended, and links to connect it no longer work.
    [Connect gmail] (1)
    nonsense: *gmail* is disconnected. I can no longer use that account. Questions that waited for it have ended, and links to connect it no longer work.
    [Connect gmail] (1)
    error inside: *gmail* is disconnected. I can no longer use that account. Questions that waited for it have ended, and links to connect it no longer work.
    [Connect gmail] (1)
    ");
}

#[tokio::test]
async fn a_slack_that_was_down_hears_the_answer_when_it_is_back() {
    let bot = ada_is_connected().await;
    plan(&bot);
    let gate = valet_sim::router::Gate::closed();
    bot.router.forget_planned();
    bot.router
        .expect(valet_sim::router::Turn::says("Late, but here.").held_by(&gate));
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Are you there?").await;
    bot.router.asked(1).await;
    bot.slack.down().await;
    gate.open();
    bot.slack.up();
    let answer = bot.slack.final_answer(&question, is_placeholder).await;
    assert_eq!(answer.visible_text(), "Late, but here.");
    ends_well(bot).await;
}
