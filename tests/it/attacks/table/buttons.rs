//! Buttons: pressed by another, changed, from an old message.

use serde_json::{Value, json};
use valet_sim::slack::{Message, Signing, Slack};

use super::row::{By, Row, row};
use super::scene::Scene;

const HANDLERS: &str = "src/handlers/mod.rs";
const CONNECT: &str = "src/handlers/connect.rs";
const DISCONNECT: &str = "src/handlers/disconnect.rs";

/// A button of this message's, pressed by this person, with this value: as Slack sends it,
/// bent.
async fn pressed(
    scene: &Scene,
    (who, message): (&str, &Message),
    (action, value): (&str, &str),
    bend: impl Fn(&mut Value),
) -> valet_sim::slack::Delivered {
    let who = scene.bot.slack.person(who);
    let action = json!({
        "type": "button", "action_id": action, "block_id": "b", "value": value, "action_ts": "1.2",
    });
    let mut payload = scene.bot.slack.interaction(&who, message, action);
    bend(&mut payload);
    let body = Slack::payload_form(&payload);
    scene
        .bot
        .slack
        .deliver_interaction_raw(body, Signing::Good, &[])
        .await
}

/// The message that tells Ada whose account was connected, with its buttons.
async fn told(scene: &Scene) -> Message {
    let ada = scene.bot.slack.person("ada");
    scene.bot.slack.read_all();
    scene.connected("ada", "gmail").await;
    let private = ada.direct_channel();
    let is =
        |one: &Message| one.channel == private && one.visible_text().contains("ada@example.com");
    scene.bot.slack.next(is).await
}

/// What this person reads in their direct messages after a press of theirs.
async fn reads(scene: &Scene, who: &str) -> String {
    scene.bot.slack.person(who).next_dm().await.visible_text()
}

pub fn rows() -> Vec<Row> {
    let mut rows = vec![
        row(
            ("another's button", By::Colleague),
            "Ben, who has a mailbox of his own connected, presses *Disconnect* of Ada's message",
            HANDLERS,
            async |scene: &Scene| {
                let shown = told(scene).await;
                scene.connected("ben", "gmail").await;
                scene.bot.slack.read_all();
                scene
                    .strikes(async {
                        pressed(scene, ("ben", &shown), ("disconnect", "gmail"), |_| {}).await;
                        reads(scene, "ben").await
                    })
                    .await
            },
        ),
        row(
            ("another's button, by a guest", By::Guest),
            "Grace presses *Disconnect* of Ada's message",
            "src/audience.rs",
            async |scene: &Scene| {
                let shown = told(scene).await;
                scene
                    .strikes(async {
                        pressed(scene, ("grace", &shown), ("disconnect", "gmail"), |_| {}).await;
                        reads(scene, "grace").await
                    })
                    .await
            },
        ),
        row(
            ("other names in a payload", By::Colleague),
            "Mallory presses, and `message.user`, `container.user`, `actions[0].user` and `view.user` are Ada",
            "src/slack/inbound/interactions.rs",
            async |scene: &Scene| {
                let shown = told(scene).await;
                scene
                    .strikes(async {
                        pressed(scene, ("mallory", &shown), ("disconnect", "gmail"), |all| {
                            for place in ["/message", "/container", "/actions/0"] {
                                all.pointer_mut(place).unwrap()["user"] = json!("U0ADA");
                            }
                            all["view"] = json!({"user": "U0ADA"});
                            all["user_id"] = json!("U0ADA");
                        })
                        .await;
                        reads(scene, "mallory").await
                    })
                    .await
            },
        ),
        row(
            ("a button of an old message", By::Colleague),
            "*Disconnect* of the message about an account that was disconnected since, and connected again: Ada's own word, about her own account",
            DISCONNECT,
            async |scene: &Scene| {
                let shown = told(scene).await;
                scene.tidies().await;
                scene.connected("ada", "gmail").await;
                scene.bot.slack.read_all();
                scene
                    .strikes(async {
                        pressed(scene, ("ada", &shown), ("disconnect", "gmail"), |_| {}).await;
                        reads(scene, "ada").await
                    })
                    .await
            },
        ),
        row(
            ("a button that is none of ours", By::Colleague),
            "`action_id` `approved`, `connect_account` and `../disconnect`",
            HANDLERS,
            async |scene: &Scene| {
                let shown = told(scene).await;
                scene
                    .strikes(async {
                        let mut last = None;
                        for action in ["approved", "connect_account", "../disconnect"] {
                            last = Some(
                                pressed(scene, ("ada", &shown), (action, "gmail"), |_| {}).await,
                            );
                        }
                        last.unwrap()
                    })
                    .await
            },
        ),
        row(
            ("a press in another workspace", By::Outsider),
            "*Disconnect* pressed by `U0ADA` of `T0OTHER`",
            "src/audience.rs",
            async |scene: &Scene| {
                let shown = told(scene).await;
                scene
                    .strikes(pressed(
                        scene,
                        ("ada", &shown),
                        ("disconnect", "gmail"),
                        |all| {
                            all["team"]["id"] = json!("T0OTHER");
                            all["user"]["team_id"] = json!("T0OTHER");
                        },
                    ))
                    .await
            },
        ),
    ];
    rows.extend([
        changed(
            "a value that is no connection",
            "*Disconnect* with the value `fax`",
            ("disconnect", "fax"),
            DISCONNECT,
        ),
        changed(
            "a value that names a person",
            "*Disconnect* with the value `<@U0BEN>`",
            ("disconnect", "<@U0BEN>"),
            DISCONNECT,
        ),
        changed(
            "a value that would ping",
            "*Disconnect* with the value `<!channel>`",
            ("disconnect", "<!channel>"),
            "src/slack/mrkdwn.rs",
        ),
        changed(
            "a value that is a path",
            "*New link* with the value `../../gmail`",
            ("reconnect", "../../gmail"),
            CONNECT,
        ),
        changed(
            "a value that is an identifier",
            "*Disconnect* with the value `gmail identifier=…`",
            ("disconnect", "gmail identifier=ben"),
            DISCONNECT,
        ),
    ]);
    rows
}

/// Ada presses a button of her own message, whose value was changed.
fn changed(
    attack: &'static str,
    tried: &'static str,
    press: (&'static str, &'static str),
    defence: &'static str,
) -> Row {
    row(
        (attack, By::Colleague),
        tried,
        defence,
        async move |scene: &Scene| {
            let shown = told(scene).await;
            scene
                .strikes(async {
                    pressed(scene, ("ada", &shown), press, |_| {}).await;
                    reads(scene, "ada").await
                })
                .await
        },
    )
}
