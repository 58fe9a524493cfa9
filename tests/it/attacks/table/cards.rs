//! Cards on which a person is asked for their word: pressed by another, with another's name,
//! after they were decided, and filled in by somebody else.

use serde_json::{Value, json};
use valet_sim::slack::{Message, Signing, Slack};

use super::row::{By, Row, row};
use super::scene::{Came, SEND, Scene};
use crate::approving::next_card;

const APPROVAL: &str = "src/approval.rs";
const DECIDE: &str = "src/handlers/decide.rs";

/// Ada asks something, and gets a card for a mail to Mallory.
async fn asked_for_a_letter(scene: &Scene) -> Message {
    scene.connected("ada", "gmail").await;
    scene.bot.slack.read_all();
    asks(scene).await
}

/// The same where her mailbox is connected.
pub async fn asks(scene: &Scene) -> Message {
    let letter = json!({"to": "mallory@example.com", "subject": "x", "body": "y"});
    scene.bot.router.will_call(SEND, &letter);
    let ada = scene.bot.slack.person("ada");
    ada.mentions_in("general", "What is new?").await;
    next_card(&scene.bot).await
}

pub fn heading(card: &Message) -> String {
    let text = card.visible_text();
    text.lines().next().unwrap_or_default().to_owned()
}

/// Ada says no, and her question comes to its end.
pub async fn is_denied(scene: &Scene, card: &Message) {
    scene.bot.router.will_say("Then not.");
    let ada = scene.bot.slack.person("ada");
    ada.clicks(card, "deny").await;
    while scene.bot.figure("valet_events_open").await > 0 {
        tokio::task::yield_now().await;
    }
    scene.bot.slack.read_all();
}

/// A press on this card, with this value, as Slack sends it.
async fn pressed(scene: &Scene, (who, card): (&str, &Message), (action, value): (&str, &str)) {
    let who = scene.bot.slack.person(who);
    let action = json!({
        "type": "button", "action_id": action, "block_id": "b", "value": value, "action_ts": "1.2",
    });
    let payload = scene.bot.slack.interaction(&who, card, action);
    let body = Slack::payload_form(&payload);
    let slack = &scene.bot.slack;
    slack
        .deliver_interaction_raw(body, Signing::Good, &[])
        .await;
}

async fn reads(scene: &Scene, who: &str) -> String {
    let who = scene.bot.slack.person(who);
    who.next_ephemeral().await.visible_text()
}

fn value(card: &Message) -> String {
    card.button("approve").value.unwrap_or_default()
}

/// The attack on a card of Ada's, which she denies afterwards.
fn on_adas_card(
    (attack, by): (&'static str, By),
    tried: &'static str,
    defence: &'static str,
    act: impl AsyncFn(&Scene, &Message) -> String + 'static,
) -> Row {
    row((attack, by), tried, defence, async move |scene: &Scene| {
        let card = asked_for_a_letter(scene).await;
        let came: Came = scene.strikes(async { act(scene, &card).await }).await;
        is_denied(scene, &card).await;
        came
    })
}

pub fn rows() -> Vec<Row> {
    let mut rows = vec![
        on_adas_card(
            ("a card that is another's", By::Colleague),
            "Ben presses *Approve* of Ada's card",
            APPROVAL,
            async |scene, card| {
                pressed(scene, ("ben", card), ("approve", &value(card))).await;
                reads(scene, "ben").await
            },
        ),
        on_adas_card(
            ("a word for all cards of another", By::Colleague),
            "Ben presses *Approve all* of Ada's card, which has no such button",
            APPROVAL,
            async |scene, card| {
                pressed(scene, ("ben", card), ("approve_all", &value(card))).await;
                reads(scene, "ben").await
            },
        ),
        on_adas_card(
            ("a grant by another", By::Colleague),
            "Ben presses *Always allow* of Ada's card, which has no such button",
            DECIDE,
            async |scene, card| {
                pressed(scene, ("ben", card), ("always_allow", &value(card))).await;
                reads(scene, "ben").await
            },
        ),
        on_adas_card(
            ("a standing grant for mails", By::Colleague),
            "*Always allow*, which no card of a mail has, in Ada's own name",
            "src/agent/deed.rs",
            async |scene, card| {
                pressed(scene, ("ada", card), ("always_allow", &value(card))).await;
                reads(scene, "ada").await
            },
        ),
        on_adas_card(
            ("a card that nobody posted", By::Colleague),
            "*Approve*, with a value that names no approval",
            DECIDE,
            async |scene, card| {
                pressed(scene, ("ada", card), ("approve", &"0".repeat(32))).await;
                reads(scene, "ada").await
            },
        ),
        on_adas_card(
            ("a form of another's", By::Colleague),
            "Ben sends the form that Ada has opened, with his own address in it",
            APPROVAL,
            async |scene, card| {
                let (ada, ben) = (scene.bot.slack.person("ada"), scene.bot.slack.person("ben"));
                ada.clicks(card, "edit").await;
                let mut form: Value = scene.bot.slack.next_modal().await;
                form["hash"] = json!("another");
                ben.submits(&form, &[("to", "ben@example.com")]).await;
                ben.next_dm().await.visible_text()
            },
        ),
    ];
    rows.push(row(
        ("a card that was decided", By::Colleague),
        "*Approve*, after Ada has pressed *Deny*",
        APPROVAL,
        async |scene: &Scene| {
            let card = asked_for_a_letter(scene).await;
            is_denied(scene, &card).await;
            scene
                .strikes(async {
                    pressed(scene, ("ada", &card), ("approve", &value(&card))).await;
                    reads(scene, "ada").await
                })
                .await
        },
    ));
    rows
}
