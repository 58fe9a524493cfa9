//! A person asks, and the answer comes from their own account.

use serde_json::json;

use crate::bot::{Bot, is_placeholder};

#[tokio::test]
async fn a_mention_leads_to_a_link_a_browser_and_the_answer_in_its_thread() {
    let bot = Bot::start().await;
    let ada = bot.slack.person("ada");
    bot.router
        .when("pricing")
        .calls(
            "gmail_fetch_mails",
            &json!({"query": "pricing newer_than:7d"}),
        )
        .then_says(|results| format!("Found: {}", results[0].data()));

    let question = ada
        .mentions_in("general", "Find all emails that mention 'pricing'")
        .await;
    assert_eq!(question.delivered.as_ref().unwrap().status, Some(200));
    let link = ada.next_dm().await.link();
    let page = bot.browser_of("ada").await.connects(&link).await;
    assert!(
        page.text().contains("gmail is connected"),
        "{}",
        page.text()
    );

    assert!(
        ada.next_dm()
            .await
            .visible_text()
            .contains("ada@example.com")
    );
    let answer = bot
        .slack
        .next(|message| message.visible_text().contains("Found:"))
        .await;
    assert_eq!(answer.thread_ts.as_deref(), Some(question.ts.as_str()));
    let thread = bot.slack.thread(&question);
    assert_eq!(thread.len(), 2, "a question and one message: {thread:#?}");
    bot.finish().await;
}

#[tokio::test]
async fn a_connected_person_is_answered_at_once() {
    let bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    bot.router.will_call("gmail_get_profile", &json!({}));
    bot.router.will_say("You are **Ada**.");

    let question = bot.slack.person("ada").direct("Who am I?").await;

    let first = bot.slack.next_reply(&question).await;
    assert!(is_placeholder(&first), "{first:?}");
    assert_eq!(bot.answer(&question).await, "You are **Ada**.");
    bot.finish().await;
}

#[tokio::test]
async fn two_people_in_one_thread_are_each_answered_from_their_own_mailbox() {
    let bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    bot.connects("ben", "gmail").await;
    let own_address = || {
        bot.router
            .when("my address")
            .calls("gmail_get_profile", &json!({}))
            .then_says(|results| results[0].content.clone());
    };

    own_address();
    let by_ada = bot
        .slack
        .person("ada")
        .mentions_in("general", "What is my address?")
        .await;
    let to_ada = bot.answer(&by_ada).await;
    own_address();
    bot.slack
        .person("ben")
        .says_in_thread(&by_ada, "And what is my address?")
        .await;
    let to_ben = bot
        .slack
        .next(|message| !is_placeholder(message))
        .await
        .visible_text();

    assert!(to_ada.contains("ada@example.com"), "{to_ada}");
    assert!(to_ben.contains("ben@example.com"), "{to_ben}");
    let owners: Vec<String> = bot
        .vault
        .executions()
        .into_iter()
        .map(|one| one.mailbox)
        .collect();
    assert!(
        owners.ends_with(&["ada@example.com".to_owned(), "ben@example.com".to_owned()]),
        "{owners:?}"
    );
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn the_same_delivery_five_times_is_answered_once() {
    let bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    bot.router.will_say("Once.");
    let question = bot
        .slack
        .person("ada")
        .mentions_in("general", "How often?")
        .await;
    for _ in 0..4 {
        let again = bot.slack.redeliver(&question.event_id).await;
        assert_eq!(again.status, Some(200));
    }
    assert_eq!(bot.answer(&question).await, "Once.");
    assert_eq!(bot.slack.thread(&question).len(), 2);
    bot.finish().await;
}

#[tokio::test]
async fn a_mention_and_its_twin_are_answered_once_whichever_comes_first() {
    let bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    bot.slack.set_twins(true);
    bot.router.will_say("Once.");
    let question = bot
        .slack
        .person("ada")
        .mentions_in("general", "How often?")
        .await;
    bot.slack.deliver_twin(&question).await;
    assert_eq!(bot.answer(&question).await, "Once.");
    assert_eq!(bot.slack.thread(&question).len(), 2);
    bot.finish().await;
}

#[tokio::test]
async fn two_hundred_and_fifty_tools_on_three_pages_are_all_within_reach() {
    let bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    let there = 250 - bot.vault.tool_names("gmail").len();
    bot.vault.add_filler_tools("gmail", there);
    let last = bot.vault.tool_names("gmail").pop().unwrap();
    bot.router
        .will_call("search_tools", &json!({"query": last}));
    let name = last.clone();
    bot.router.will_do(move |asked| {
        assert!(
            asked.offers(&name),
            "{name} is offered once it was searched for"
        );
        assert!(asked.offered().len() <= 128);
        valet_sim::router::Turn::says("All there.")
    });
    let question = bot.slack.person("ada").direct("Is everything there?").await;
    assert_eq!(bot.answer(&question).await, "All there.");
    assert_eq!(bot.vault.requests("/api/v1/tools/scoped").len(), 3);
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn mistakes_of_the_model_go_back_to_the_model() {
    let bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    let before = bot.vault.executions().len();
    bot.router.expect(valet_sim::router::Turn::calls_badly(
        "gmail_fetch_mails",
        "{\"query\": ",
    ));
    bot.router
        .will_call("gmail_fetch_mails", &json!({"max_results": "many"}));
    bot.router.will_call("gmail_read_everything", &json!({}));
    bot.router.will_do(|asked| {
        for outcome in asked.outcomes() {
            assert!(outcome.data().get("error").is_some(), "{outcome:?}");
        }
        valet_sim::router::Turn::says("I give up.")
    });
    let question = bot.slack.person("ada").direct("Try hard").await;
    assert_eq!(bot.answer(&question).await, "I give up.");
    assert_eq!(
        bot.vault.executions().len(),
        before,
        "nothing reached the vault"
    );
    bot.finish().await;
}

#[tokio::test]
async fn eight_turns_and_then_a_clear_word() {
    let bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    for _ in 0..8 {
        bot.router.will_call("gmail_list_labels", &json!({}));
    }
    let question = bot.slack.person("ada").direct("Go round in circles").await;
    let answer = bot.answer(&question).await;
    insta::assert_snapshot!(answer, @"I took 8 steps and did not get to the end: please ask for a smaller part of it.");
    bot.finish().await;
}

#[tokio::test]
async fn a_model_that_asks_for_another_account_gets_it_connected_and_goes_on() {
    let bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    let ada = bot.slack.person("ada");
    bot.router
        .will_call("connect_account", &json!({"connection": "github"}));
    bot.router
        .will_call("github_user_get_authenticated", &json!({}));
    bot.router.will_say("Done.");
    let question = ada.mentions_in("general", "What is new on GitHub?").await;
    let link = ada.next_dm().await.link();
    bot.browser_of("ada").await.connects(&link).await;
    assert!(
        ada.next_dm()
            .await
            .visible_text()
            .contains("*github* is connected")
    );
    let answer = bot
        .slack
        .next(|message| message.visible_text() == "Done.")
        .await;
    assert_eq!(answer.thread_ts.as_deref(), Some(question.ts.as_str()));
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn the_models_words_can_neither_mention_nor_ping_nor_mask() {
    let bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    bot.router.will_say(
        "<!channel> <@U0BEN> <https://evil.example|https://bank.example> \
         [https://bank.example](https://evil.example/?q=1) `<!here>` ![x](https://evil.example/x.png)",
    );
    let question = bot
        .slack
        .person("ada")
        .mentions_in("general", "Say something nasty")
        .await;
    let answer = bot.answer(&question).await;
    assert!(
        answer.contains("https://evil.example/?q=1"),
        "the true target is shown: {answer}"
    );
    bot.finish().await;
}

#[tokio::test]
async fn a_long_answer_is_split_and_nothing_is_lost() {
    let bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    // Few spaces: the model streams word by word, and ten thousand words take their time.
    let lines: Vec<String> = (0..1_000)
        .map(|n| format!("Line {n}-of-an-answer-that-is-long-but-has-few-words."))
        .collect();
    bot.router.will_say(&lines.join("\n"));
    let question = bot.slack.person("ada").direct("Tell me everything").await;
    bot.slack
        .until("the last line", |slack| {
            slack
                .messages(&question.channel)
                .iter()
                .any(|one| one.visible_text().contains("Line 999-"))
        })
        .await;
    let said: String = bot
        .slack
        .thread(&question)
        .iter()
        .skip(1)
        .map(|part| part.visible_text() + "\n")
        .collect();
    let said: Vec<&str> = said.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(said, lines);
    bot.finish().await;
}

#[tokio::test]
async fn stop_ends_the_askers_run_and_nobody_elses() {
    let bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    let gate = valet_sim::router::Gate::closed();
    bot.router
        .expect(valet_sim::router::Turn::says("Too late.").held_by(&gate));
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Think for a long time").await;
    bot.router.asked(1).await;

    let by_ben = bot
        .slack
        .person("ben")
        .says_in_thread(&question, "stop")
        .await;
    let told = bot
        .slack
        .next(|one| one.visible_text().contains("nothing"))
        .await;
    assert_eq!(told.thread_ts.as_deref(), Some(by_ben.root()));
    ada.says_in_thread(&question, "stop").await;

    bot.slack
        .next(|one| one.visible_text().starts_with("Stopped"))
        .await;
    gate.open();
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn valet_is_not_to_be_led_into_talking_with_itself_with_bots_or_about_edits() {
    let bot = Bot::start().await;
    let ada = bot.slack.person("ada");
    bot.slack.set_echoes(true);
    bot.connects("ada", "gmail").await;
    bot.router.will_say("Yes.");
    let question = ada.mentions_in("general", "Are you there?").await;
    assert_eq!(bot.answer(&question).await, "Yes.");
    ada.edits(&question, "<@U0VALET> Are you still there?")
        .await;
    ada.writes_in("general", "just talking").await;
    let rota = bot.slack.person("rota");
    let hello = rota.mentions_in("general", "hello").await;
    let told = bot.slack.next_reply(&hello).await.visible_text();
    assert!(told.starts_with("I answer people only"), "{told}");
    rota.says_in_thread(&hello, "hello").await;
    bot.finish().await;
}
