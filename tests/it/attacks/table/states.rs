//! States, codes and the vault's requests: missing, doubled, swapped, somebody else's.

use reqwest::Method;
use url::Url;

use super::answer::Answer;
use super::row::{By, Row, row};
use super::scene::Scene;
use super::walk::{parameter, with};

const RULE: &str = "src/connect.rs";
const QUERY: &str = "src/http/walk.rs";
const STORE: &str = "src/store/attempts.rs";
const EXCHANGE: &str = "src/handlers/connect.rs";
const VERIFY: &str = "src/handlers/callback.rs";

/// A way back, bent.
type Bend = fn(&Url) -> String;

/// With a state that nobody gave out.
fn unknown() -> String {
    "A".repeat(43)
}

pub fn rows() -> Vec<Row> {
    let mut rows = vec![
        from_slack(
            "no state, back from Slack",
            "`state` left out",
            QUERY,
            |back| with(back, &[("code", &parameter(back, "code"))]),
        ),
        from_slack(
            "an unknown state, back from Slack",
            "`state` of 43 other characters",
            STORE,
            |back| {
                with(
                    back,
                    &[("code", &parameter(back, "code")), ("state", &unknown())],
                )
            },
        ),
        from_slack(
            "two states, back from Slack",
            "`state` twice, first another and then the right one",
            QUERY,
            |back| {
                format!(
                    "{}&state={}",
                    with(back, &[("state", &unknown())]),
                    parameter(back, "state")
                )
            },
        ),
        from_slack(
            "a state in another case",
            "`State` for the name of the parameter",
            QUERY,
            |back| back.as_str().replace("state=", "State="),
        ),
        from_slack(
            "a state with a zero byte",
            "`%00` behind the right state",
            "src/random.rs",
            |back| {
                back.as_str().replace("&state=", "&x=")
                    + "&state="
                    + &parameter(back, "state")
                    + "%00"
            },
        ),
        from_slack(
            "a sign-in that was refused",
            "`error=access_denied` in the place of a code",
            EXCHANGE,
            |back| {
                with(
                    back,
                    &[
                        ("error", "access_denied"),
                        ("state", &parameter(back, "state")),
                    ],
                )
            },
        ),
        from_slack(
            "two codes",
            "`code` twice, first another and then the right one",
            QUERY,
            |back| format!("{}&code=x", back.as_str()),
        ),
        from_slack(
            "an invented code",
            "`code` that Slack never gave out",
            EXCHANGE,
            |back| {
                with(
                    back,
                    &[("code", "invented"), ("state", &parameter(back, "state"))],
                )
            },
        ),
        from_vault(
            "no state, back from the vault",
            "`state` left out",
            QUERY,
            |back| {
                with(
                    back,
                    &[("auth_request_id", &parameter(back, "auth_request_id"))],
                )
            },
        ),
        from_vault(
            "an unknown state, back from the vault",
            "`state` of 43 other characters",
            STORE,
            |back| {
                let request = parameter(back, "auth_request_id");
                with(
                    back,
                    &[("auth_request_id", &request), ("state", &unknown())],
                )
            },
        ),
        from_vault(
            "two states, back from the vault",
            "the right `state` twice",
            QUERY,
            |back| format!("{}&state={}", back.as_str(), parameter(back, "state")),
        ),
        from_vault(
            "two `auth_request_id`s",
            "the right `auth_request_id`, and another behind it",
            QUERY,
            |back| format!("{}&auth_request_id=x", back.as_str()),
        ),
        from_vault(
            "an `auth_request_id` of 1,001 characters",
            "in the place of the right one",
            "src/account.rs",
            |back| {
                let long = "a".repeat(1_001);
                with(
                    back,
                    &[
                        ("auth_request_id", &long),
                        ("state", &parameter(back, "state")),
                    ],
                )
            },
        ),
        from_vault(
            "an invented `auth_request_id`",
            "in the place of the right one",
            VERIFY,
            |back| {
                let state = parameter(back, "state");
                with(back, &[("auth_request_id", "invented"), ("state", &state)])
            },
        ),
    ];
    rows.extend(between_attempts());
    rows.extend(between_people());
    rows
}

/// Ada's own way back from Slack, bent.
fn from_slack(attack: &'static str, tried: &'static str, defence: &'static str, bend: Bend) -> Row {
    row(
        (attack, By::Stranger),
        tried,
        defence,
        async move |scene: &Scene| {
            let (back, cookie) = scene.back_from_slack("ada", "gmail").await;
            scene.strikes(scene.get(&bend(&back), Some(&cookie))).await
        },
    )
}

/// Ada's own way back from the vault, bent.
fn from_vault(attack: &'static str, tried: &'static str, defence: &'static str, bend: Bend) -> Row {
    row(
        (attack, By::Stranger),
        tried,
        defence,
        async move |scene: &Scene| {
            let (back, cookie) = scene.back_from_vault("ada", "gmail").await;
            scene.strikes(scene.get(&bend(&back), Some(&cookie))).await
        },
    )
}

/// Two attempts of Ada's in one browser, which sends the cookies of both.
fn between_attempts() -> Vec<Row> {
    vec![
        row(
            (
                "states of two attempts swapped, back from Slack",
                By::Colleague,
            ),
            "the code of one of Ada's attempts with the state of her other, in a browser with both cookies",
            EXCHANGE,
            async |scene: &Scene| {
                let (mail, one) = scene.back_from_slack("ada", "gmail").await;
                let (code, other) = scene.back_from_slack("ada", "github").await;
                let swapped = with(
                    &mail,
                    &[
                        ("code", &parameter(&mail, "code")),
                        ("state", &parameter(&code, "state")),
                    ],
                );
                let both = format!("{one}; {other}");
                scene.strikes(scene.get(&swapped, Some(&both))).await
            },
        ),
        row(
            (
                "states of two attempts swapped, one browser each",
                By::Colleague,
            ),
            "the state of Ada's one attempt in the browser that continued her other",
            RULE,
            async |scene: &Scene| {
                let (mail, _) = scene.back_from_slack("ada", "gmail").await;
                let other = scene.at_slack("ada", "github").await;
                scene
                    .strikes(scene.get(mail.as_str(), Some(&other.cookie)))
                    .await
            },
        ),
        row(
            ("`auth_request_id` of another attempt", By::Colleague),
            "Ada's consent for *gmail* with the state of her attempt for *github*, in a browser with both cookies",
            VERIFY,
            async |scene: &Scene| {
                let (mail, one) = scene.back_from_vault("ada", "gmail").await;
                let (code, other) = scene.back_from_vault("ada", "github").await;
                let request = parameter(&mail, "auth_request_id");
                let swapped = with(
                    &code,
                    &[
                        ("auth_request_id", &request),
                        ("state", &parameter(&code, "state")),
                    ],
                );
                let both = format!("{one}; {other}");
                scene.strikes(scene.get(&swapped, Some(&both))).await
            },
        ),
        row(
            ("a ticket for a state", By::Stranger),
            "the ticket of the link as `state` on both ways back",
            RULE,
            async |scene: &Scene| {
                let walk = scene.at_slack("ada", "gmail").await;
                let ticket = walk.link.rsplit('/').next().unwrap();
                let from_slack = scene.at(&format!("/slack/openid/callback?code=x&state={ticket}"));
                let from_vault = scene.at(&format!("/callback?auth_request_id=x&state={ticket}"));
                scene
                    .strikes(async {
                        Answer::all([
                            scene.get(&from_slack, Some(&walk.cookie)).await,
                            scene.get(&from_vault, Some(&walk.cookie)).await,
                        ])
                    })
                    .await
            },
        ),
        row(
            ("a state for a ticket", By::Stranger),
            "the state of an attempt in the place of its ticket, `GET` and `POST`",
            RULE,
            async |scene: &Scene| {
                let walk = scene.at_slack("ada", "gmail").await;
                let state = parameter(&walk.authorize, "state");
                let link = scene.at(&format!("/connect/{state}"));
                scene
                    .strikes(async {
                        let pressed = scene.send(Method::POST, &link, None).await;
                        Answer::all([scene.get(&link, None).await, Answer::of(pressed).await])
                    })
                    .await
            },
        ),
        row(
            ("Slack's state for the vault's", By::Stranger),
            "the state that Slack brought back, at `/callback`, with a consent that is real",
            STORE,
            async |scene: &Scene| {
                let walk = scene.at_slack("ada", "gmail").await;
                let back = scene.agrees(&walk.authorize, "ada").await;
                let response = scene
                    .send(Method::GET, back.as_str(), Some(&walk.cookie))
                    .await;
                let vault = response.headers()["location"]
                    .to_str()
                    .unwrap()
                    .parse()
                    .unwrap();
                let from_vault = scene.consents(&vault, "ada@example.com").await;
                let request = parameter(&from_vault, "auth_request_id");
                let old = with(
                    &from_vault,
                    &[
                        ("auth_request_id", &request),
                        ("state", &parameter(&back, "state")),
                    ],
                );
                scene.strikes(scene.get(&old, Some(&walk.cookie))).await
            },
        ),
    ]
}

fn between_people() -> Vec<Row> {
    vec![
        row(
            ("somebody else's code", By::Colleague),
            "Mallory puts Ada's code, which she has stolen, into her own way back: her cookie, her state",
            EXCHANGE,
            async |scene: &Scene| {
                let (hers, _) = scene.back_from_slack("ada", "gmail").await;
                let (own, cookie) = scene.back_from_slack("mallory", "gmail").await;
                let stolen = with(
                    &own,
                    &[
                        ("code", &parameter(&hers, "code")),
                        ("state", &parameter(&own, "state")),
                    ],
                );
                scene.strikes(scene.get(&stolen, Some(&cookie))).await
            },
        ),
        row(
            ("a code used before", By::Colleague),
            "a code that was exchanged already, with a fresh state and its cookie",
            EXCHANGE,
            async |scene: &Scene| {
                let (used, cookie) = scene.back_from_slack("ada", "gmail").await;
                scene.send(Method::GET, used.as_str(), Some(&cookie)).await;
                let (fresh, cookie) = scene.back_from_slack("ada", "gmail").await;
                let again = with(
                    &fresh,
                    &[
                        ("code", &parameter(&used, "code")),
                        ("state", &parameter(&fresh, "state")),
                    ],
                );
                scene.strikes(scene.get(&again, Some(&cookie))).await
            },
        ),
        row(
            ("a state from another person", By::Colleague),
            "Ada's whole way back from Slack, in Mallory's browser with Mallory's cookie",
            RULE,
            async |scene: &Scene| {
                let (hers, _) = scene.back_from_slack("ada", "gmail").await;
                let (_, cookie) = scene.back_from_slack("mallory", "gmail").await;
                scene.strikes(scene.get(hers.as_str(), Some(&cookie))).await
            },
        ),
        row(
            ("somebody else's `auth_request_id`", By::Colleague),
            "Ada's consent with Mallory's state, in Mallory's browser",
            VERIFY,
            async |scene: &Scene| {
                let (hers, _) = scene.back_from_vault("ada", "gmail").await;
                let (own, cookie) = scene.back_from_vault("mallory", "gmail").await;
                let request = parameter(&hers, "auth_request_id");
                let stolen = with(
                    &own,
                    &[
                        ("auth_request_id", &request),
                        ("state", &parameter(&own, "state")),
                    ],
                );
                scene.strikes(scene.get(&stolen, Some(&cookie))).await
            },
        ),
        row(
            ("somebody else's consent and state", By::Colleague),
            "Ada's whole way back from the vault, in Mallory's browser with Mallory's cookie",
            "src/handlers/stray.rs",
            async |scene: &Scene| {
                let (hers, _) = scene.back_from_vault("ada", "gmail").await;
                let (_, cookie) = scene.back_from_vault("mallory", "gmail").await;
                scene.strikes(scene.get(hers.as_str(), Some(&cookie))).await
            },
        ),
        row(
            ("an identifier in the address", By::Colleague),
            "`identifier`, `user_id` and `connected_account_id` of Ada's added to Mallory's way back from the vault",
            VERIFY,
            async |scene: &Scene| {
                let hers = scene.bot.vault.identifiers().remove(0);
                let (own, cookie) = scene.back_from_vault("mallory", "gmail").await;
                let bent =
                    format!("{own}&identifier={hers}&user_id=U0ADA&connected_account_id=ca_1");
                scene.strikes(scene.get(&bent, Some(&cookie))).await
            },
        ),
    ]
}
