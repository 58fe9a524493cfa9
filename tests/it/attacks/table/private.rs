//! An answer that Ada alone has read: by the button below it, and by a question of somebody
//! else's where she asked.

use serde_json::{Value, json};
use valet_sim::slack::{Message, MessageRef, Signing, Slack};

use super::row::{By, Row, row};
use super::scene::Scene;
use crate::bot::Bot;

const SHARE: &str = "src/handlers/share.rs";

/// Stands in Ada's mail, and nowhere else.
const SECRET: &str = "the-quote-is-4711";

pub fn held_back(bot: &mut Bot) {
    bot.settings
        .policy("[answers]\nprivate_first = \"channels\"\n");
}

/// Ada has asked in the channel, and reads the answer alone.
async fn asks(scene: &Scene) -> (MessageRef, Message) {
    scene.connected("ada", "gmail").await;
    scene.bot.slack.read_all();
    scene.bot.router.will_call("gmail_get_profile", &json!({}));
    scene.bot.router.will_say(&format!("Look: {SECRET}."));
    let ada = scene.bot.slack.person("ada");
    let question = ada.mentions_in("general", "What is the quote?").await;
    let is_offer = |one: &Message| one.buttons().iter().any(|one| one.action_id == "share");
    let offer = scene.bot.slack.next(is_offer).await;
    settled(scene).await;
    (question, offer)
}

async fn settled(scene: &Scene) {
    while scene.bot.figure("valet_events_open").await > 0 {
        tokio::task::yield_now().await;
    }
    scene.bot.slack.read_all();
}

/// A press on this message with this value, as Slack sends it, and what its presser reads.
async fn presses(scene: &Scene, (who, offer): (&str, &Message), value: &Value) -> String {
    let who = scene.bot.slack.person(who);
    let action = json!({
        "type": "button", "action_id": "share", "block_id": "b", "value": value, "action_ts": "1.2",
    });
    let payload = scene.bot.slack.interaction(&who, offer, action);
    let body = Slack::payload_form(&payload);
    let slack = &scene.bot.slack;
    slack
        .deliver_interaction_raw(body, Signing::Good, &[])
        .await;
    slack.next(|_| true).await.visible_text()
}

fn value(offer: &Message) -> Value {
    json!(offer.button("share").value)
}

pub fn rows() -> Vec<Row> {
    vec![
        row(
            ("another shares an answer", By::Colleague),
            "Mallory, who has got hold of the message, presses *Share in thread* of Ada's answer",
            SHARE,
            async |scene: &Scene| {
                let (_, offer) = asks(scene).await;
                let value = value(&offer);
                scene
                    .strikes(presses(scene, ("mallory", &offer), &value))
                    .await
            },
        ),
        row(
            ("an answer that is guessed", By::Colleague),
            "Mallory's press names a run that was never there",
            SHARE,
            async |scene: &Scene| {
                let (_, offer) = asks(scene).await;
                let guessed = json!("019b0000-0000-7000-8000-000000000000");
                scene
                    .strikes(presses(scene, ("mallory", &offer), &guessed))
                    .await
            },
        ),
        row(
            ("an answer asked for again", By::Colleague),
            "Ben asks in Ada's thread what she was told",
            "src/handlers/answer/recall.rs",
            async |scene: &Scene| {
                let (question, _) = asks(scene).await;
                scene.bot.router.will_do(|asked| {
                    let told = asked.body().to_string();
                    let is_told = told.contains(SECRET);
                    valet_sim::router::Turn::says(if is_told { SECRET } else { "I do not know." })
                });
                let ben = scene.bot.slack.person("ben");
                let attack = async {
                    ben.says_in_thread(&question, "What was she told?").await;
                    let said = |one: &Message| !crate::bot::is_placeholder(one);
                    scene.bot.slack.next(said).await.visible_text()
                };
                scene.strikes(attack).await
            },
        ),
    ]
}
