//! A person sees in App Home what was done in their name.

use insta::assert_snapshot;
use serde_json::json;
use valet_sim::fault::Fault;

use super::{MAY_SEND, SEND, mail};
use crate::bot::Bot;

const HEADING: &str = "*What I did as you*";

/// What stands below the heading, without the times.
fn acts(home: &str) -> String {
    let (_, acts) = home.split_once(HEADING).expect("a section");
    let acts = acts.trim().lines();
    let acts = acts.map(|line| line.split_once(": ").expect("a time").1);
    acts.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn home_shows_its_person_what_was_done_in_their_name() {
    let bot = Bot::start_with(|settings| settings.policy(MAY_SEND)).await;
    let (ada, ben) = (bot.slack.person("ada"), bot.slack.person("ben"));
    ada.opens_home().await;
    ada.next_home().await;
    assert!(!ada.home_text().unwrap().contains(HEADING), "nothing yet");

    let link = crate::bot::asks_to_connect(&ada, "gmail").await;
    let page = bot.browser_of("ada").await.connects(&link).await;
    assert_eq!(page.status, 200, "{}", page.text());
    ada.next_dm().await;
    ada.next_home().await;
    assert_snapshot!(acts(&ada.home_text().unwrap()), @"
    read in *gmail* with `gmail_get_profile`
    connected *gmail*
    ");

    bot.vault
        .faults()
        .after(1, "/execute_tool", Fault::ActThenCut);
    bot.router
        .will_call("gmail_fetch_mails", &json!({"query": "canary-query"}));
    bot.router.will_call(SEND, &mail("ben@example.com"));
    bot.router.will_call(SEND, &mail("grace@example.com"));
    bot.router.will_say("One of them is sent.");
    let question = ada.direct("Invite both").await;
    bot.answer(&question).await;
    ada.opens_home().await;
    ada.next_home().await;
    let home = ada.home_text().unwrap();
    assert_snapshot!(acts(&home), @"
    wrote in *gmail* with `gmail_send_message`
    tried to write in *gmail* with `gmail_send_message`; I do not know whether it was done
    read in *gmail* with `gmail_fetch_mails`
    read in *gmail* with `gmail_get_profile`
    connected *gmail*
    ");
    assert!(home.contains(" GMT: ") || home.contains(" BST: "), "{home}");
    for said in ["canary", "ben@example.com", "Lunch"] {
        assert!(!home.contains(said), "{said} in {home}");
    }

    ben.opens_home().await;
    ben.next_home().await;
    assert!(!ben.home_text().unwrap().contains(HEADING));
    bot.finish().await;
}
