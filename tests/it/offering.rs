//! What the model is offered, however many tools there are and whatever they are called; and
//! results that are too long for one look.

use serde_json::{Value, json};
use valet_sim::router::{Asked, Turn};
use valet_sim::slack::MessageRef;
use valet_sim::vault::Outcome;

use crate::approving::{TOOL, mail, next_card};
use crate::bot::Bot;

impl Bot {
    /// Ada asks by direct message, and reads what the model answered.
    async fn tells_ada(&self, question: &str, answer: &str) -> MessageRef {
        let question = self.slack.person("ada").direct(question).await;
        assert_eq!(self.answer(&question).await, answer);
        question
    }
}

/// The data of the last call, as the model reads it.
fn last(asked: &Asked) -> Value {
    asked.outcomes().pop().expect("an outcome").data()
}

fn read_more(result: &Value, page: u64) -> Turn {
    Turn::calls("read_more", &json!({"result": result, "page": page}))
}

#[tokio::test]
async fn a_tool_whose_name_is_too_long_for_a_model_can_be_called_all_the_same() {
    // The policy goes by the name that the vault has for it.
    let bot = Bot::start_with(|settings| {
        settings.policy("[tools]\n\"gmail_report_*_get\" = \"read\"\n");
    })
    .await;
    bot.connects("ada", "gmail").await;
    bot.vault.add_filler_tools("gmail", 1);
    let long = bot.vault.tool_names("gmail").pop().unwrap();
    assert!(long.len() > 64);
    let start: String = long.chars().take(40).collect();
    bot.router.will_do(move |asked| {
        let offered = asked.offered();
        let name = offered
            .iter()
            .find(|name| name.starts_with(&start))
            .unwrap();
        assert!(name.len() <= 64);
        Turn::calls(name, &json!({"limit": 3}))
    });
    bot.router.will_say("Reported.");
    bot.tells_ada("Report on everything", "Reported.").await;
    assert_eq!(bot.vault.executions().last().unwrap().tool, long);
    bot.finish().await;
}

#[tokio::test]
async fn of_two_mailboxes_each_is_called_by_its_own_name() {
    let bot = Bot::world(|settings| settings.set("VALET_CONNECTIONS", "gmail,gmail-work")).await;
    bot.vault.add_connection("gmail-work", "GMAIL");
    let bot = bot.begin().await;
    bot.connects("ada", "gmail").await;
    // With one mailbox there is nothing to tell apart.
    bot.router.will_call("gmail_get_profile", &json!({}));
    bot.router.will_say("One.");
    bot.tells_ada("Which mailbox?", "One.").await;
    bot.connects("ada", "gmail-work").await;
    bot.router.will_do(|asked| {
        assert!(!asked.offers("gmail_get_profile"));
        Turn::calls("gmail__gmail_get_profile", &json!({}))
            .and_calls("gmail-work__gmail_get_profile", &json!({}))
            .and_calls("gmail_get_profile", &json!({}))
    });
    bot.router.will_do(|asked| {
        assert!(
            last(asked)["error"]
                .as_str()
                .unwrap()
                .contains("no such tool")
        );
        Turn::says("Two.")
    });
    bot.tells_ada("And now?", "Two.").await;
    let made = bot.vault.executions();
    let [.., one, other] = made.as_slice() else {
        panic!("two calls at least: {made:?}");
    };
    assert_eq!(
        (one.tool.as_str(), other.tool.as_str()),
        ("gmail_get_profile", "gmail_get_profile")
    );
    assert_ne!(one.account_id, other.account_id);
    bot.finish().await;
}

#[tokio::test]
async fn the_operator_says_how_many_tools_a_request_holds() {
    let bot = Bot::start_with(|settings| {
        settings.policy("[limits]\ntools_per_request = 10\n");
    })
    .await;
    bot.connects("ada", "gmail").await;
    bot.router.will_do(|asked| {
        assert!(asked.offered().len() <= 10);
        assert!(asked.offers("gmail_fetch_mails"), "{:?}", asked.offered());
        Turn::calls("search_tools", &json!({"query": "labels"}))
    });
    bot.router.will_do(|asked| {
        assert!(asked.offered().len() <= 10);
        assert!(asked.offers("gmail_list_labels"));
        Turn::says("Found.")
    });
    bot.tells_ada("Fetch my mails", "Found.").await;
    bot.finish().await;
}

/// So long that it takes three pages, with the last word on the last one.
fn long_list() -> Value {
    let mut items: Vec<Value> = (0..6_000).map(|n| json!({"n": n})).collect();
    items.push(json!("the very end"));
    Value::Array(items)
}

#[tokio::test]
async fn what_is_too_long_is_read_on_page_by_page() {
    let bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    let data = Outcome::Data(Some(long_list()));
    bot.vault.tool_error_next("gmail_fetch_mails", data);
    let before = bot.vault.executions().len();
    bot.router.will_do(|asked| {
        assert!(
            !asked.offers("read_more"),
            "there is nothing to read on yet"
        );
        Turn::calls("gmail_fetch_mails", &json!({}))
    });
    for page in 2..=5 {
        bot.router.will_do(move |asked| {
            assert!(asked.offers("read_more"));
            let told = last(asked);
            assert!(
                told["note"]
                    .as_str()
                    .unwrap()
                    .contains("must not be followed")
            );
            let next = &told["read_more"];
            if next.is_null() {
                assert!(
                    told["data"]
                        .as_str()
                        .unwrap()
                        .ends_with("\"the very end\"]")
                );
                return Turn::says("Read to the end.");
            }
            assert_eq!(next["page"], page);
            read_more(&next["result"], page)
        });
    }
    bot.tells_ada("Read all of it", "Read to the end.").await;
    assert_eq!(
        bot.vault.executions().len(),
        before + 1,
        "it was asked for once"
    );
    bot.router.forget_planned();
    bot.finish().await;
}

#[tokio::test]
async fn after_a_restart_a_page_that_is_gone_says_so() {
    let mut bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    let data = Outcome::Data(Some(long_list()));
    bot.vault.tool_error_next("gmail_fetch_mails", data);
    bot.router.will_call("gmail_fetch_mails", &json!({}));
    // It rests on a card, and its pages are in memory alone.
    bot.router.will_call(TOOL, &mail("ben@example.com"));
    let ada = bot.slack.person("ada");
    let question = ada.direct("Read all of it, then write to Ben").await;
    let card = next_card(&bot).await;
    bot.restart().await;
    bot.router.will_do(|asked| {
        let outcomes = asked.outcomes();
        let next = outcomes[0].data()["read_more"].clone();
        read_more(&next["result"], 2)
    });
    bot.router.will_do(|asked| {
        let told = last(asked);
        assert!(
            told["error"]
                .as_str()
                .unwrap()
                .contains("not kept any more"),
            "{told}"
        );
        Turn::says("I would have to look again.")
    });
    ada.clicks(&card, "approve").await;
    bot.slack
        .next(|one| {
            one.visible_text()
                .starts_with("I would have to look again.")
        })
        .await;
    bot.slack.thread(&question);
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn nobody_reads_on_in_what_another_run_brought() {
    let bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    for who in 0..2 {
        let data = Outcome::Data(Some(long_list()));
        bot.vault.tool_error_next("gmail_fetch_mails", data);
        bot.router
            .will_call("gmail_fetch_mails", &json!({"query": who.to_string()}));
        bot.router.will_do(move |asked| {
            let mine = last(asked)["read_more"]["result"].clone();
            read_more(&mine, 99)
                .and_calls("read_more", &json!({"result": "0123456789ab", "page": 1}))
        });
        bot.router.will_do(|asked| {
            let told = asked.outcomes();
            let [.., beyond, foreign] = told.as_slice() else {
                panic!("two pages: {told:?}");
            };
            assert!(beyond.content.contains("no such page"), "{beyond:?}");
            assert!(foreign.content.contains("not kept any more"), "{foreign:?}");
            Turn::says("Nothing there.")
        });
        bot.tells_ada("Read on", "Nothing there.").await;
    }
    bot.finish().await;
}
