//! Slack says that we are too fast.

use std::time::Duration;

use futures_util::future::join_all;
use insta::assert_snapshot;
use valet_sim::fault::Fault;
use valet_sim::slack::Profile;

use super::{ada_is_connected, asks, ends_well};
use crate::bot::Bot;

#[tokio::test]
async fn in_a_busy_channel_everybody_hears_and_slack_complains_once_to_each_at_most() {
    let bot = Bot::start_with_patience(|patience| {
        // Slower than the world allows, which counts on its own clock: a post may be on its way
        // for almost a second.
        patience.post = Duration::from_secs(2);
        patience.limited = Duration::from_mins(10);
    })
    .await;
    let people = ["one", "two", "three", "four"];
    let people: Vec<_> = people
        .map(|key| bot.slack.add_person(Profile::member(key)))
        .into();
    bot.slack.set_rate_limits(true);
    let asked = people
        .iter()
        .map(|person| person.mentions_in("general", "help"));
    for question in join_all(asked).await {
        let help = bot.answer(&question).await;
        assert!(help.starts_with("Ask me something"), "{help}");
    }
    // At worst all of them went out before the first complaint came back.
    let posts = bot.slack.requests("chat.postMessage").len();
    assert!((4..=7).contains(&posts), "{posts}");
    bot.finish().await;
}

#[tokio::test]
async fn a_wait_that_is_too_long_for_a_call_is_for_the_sweep() {
    let bot = ada_is_connected().await;
    let faults = bot.slack.faults();
    faults.once("chat.postMessage", Fault::too_many(3_600));
    super::plan(&bot);
    let (question, answer) = asks(&bot).await;
    assert_snapshot!(answer, @"Your labels.");
    assert_eq!(bot.slack.thread(&question).len(), 2);
    ends_well(bot).await;
}
