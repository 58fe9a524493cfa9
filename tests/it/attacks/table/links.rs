//! Links: passed on, used again, used late, used by two at once.

use futures_util::future::join_all;
use reqwest::Method;
use url::Url;

use super::answer::Answer;
use super::row::{By, Row, row};
use super::scene::Scene;
use crate::bot::{disconnects_if_need_be, has_happened};

const RULE: &str = "src/connect.rs";
const STRAY: &str = "src/handlers/stray.rs";
const STORE: &str = "src/store/attempts.rs";
const START: &str = "src/http/walk.rs";
const RANDOM: &str = "src/random.rs";

/// A second more than a link lives.
const TOO_LATE: u64 = 15 * 60 + 1;

pub fn rows() -> Vec<Row> {
    let mut rows = passed_on();
    rows.extend(again());
    rows.extend(late());
    rows.extend(fetched());
    rows
}

fn passed_on() -> Vec<Row> {
    vec![
        row(
            ("a link passed on before *Continue*", By::Colleague),
            "Mallory sends her link to Ada, who continues, signs in as herself, and would consent",
            RULE,
            async |scene: &Scene| {
                let link = scene.link("mallory", "gmail").await;
                let ada = scene.bot.browser_of("ada").await;
                scene.strikes(ada.connects(&link)).await
            },
        ),
        row(
            ("a link passed on after *Continue*", By::Colleague),
            "Mallory continues and sends Ada the address of Slack that she was sent to",
            RULE,
            async |scene: &Scene| {
                let walk = scene.at_slack("mallory", "gmail").await;
                let ada = scene.bot.browser_of("ada").await;
                scene.strikes(ada.get(walk.authorize.as_str())).await
            },
        ),
        row(
            (
                "a way back from Slack passed on before *Sign in* is done",
                By::Colleague,
            ),
            "Mallory signs in and sends Ada the address that Slack sent her back to",
            RULE,
            async |scene: &Scene| {
                let (back, _) = scene.back_from_slack("mallory", "gmail").await;
                let ada = scene.bot.browser_of("ada").await;
                scene.strikes(ada.get(back.as_str())).await
            },
        ),
        row(
            (
                "a link of the vault's passed on after *Sign in*",
                By::Colleague,
            ),
            "Mallory signs in and sends Ada the vault's link; Ada consents",
            STRAY,
            async |scene: &Scene| {
                let (link, _) = scene.at_vault("mallory", "gmail").await;
                let ada = scene.bot.browser_of("ada").await;
                let page = ada.get(link.as_str()).await;
                scene.strikes(page.press("Allow")).await
            },
        ),
        row(
            (
                "a stranger's consent, confirmed by an older one",
                By::Colleague,
            ),
            "Mallory keeps a consent of her own back, passes a second link of the vault's on to Ada, and when Ada has consented, goes the way back that she kept",
            STRAY,
            async |scene: &Scene| {
                let (kept, cookie) = scene.back_from_vault("mallory", "gmail").await;
                let (bait, _) = scene.at_vault("mallory", "gmail").await;
                let ada = scene.bot.browser_of("ada").await;
                let page = ada.get(bait.as_str()).await;
                scene
                    .strikes(async {
                        let to_ada = page.press("Allow").await.into();
                        Answer::all([to_ada, scene.get(kept.as_str(), Some(&cookie)).await])
                    })
                    .await
            },
        ),
        row(
            (
                "a stranger's consent, confirmed by a newer one",
                By::Colleague,
            ),
            "as above, but it is the older link that Ada consents through",
            STRAY,
            async |scene: &Scene| {
                let (bait, _) = scene.at_vault("mallory", "gmail").await;
                let (kept, cookie) = scene.back_from_vault("mallory", "gmail").await;
                let ada = scene.bot.browser_of("ada").await;
                let page = ada.get(bait.as_str()).await;
                scene
                    .strikes(async {
                        let to_ada = page.press("Allow").await.into();
                        Answer::all([to_ada, scene.get(kept.as_str(), Some(&cookie)).await])
                    })
                    .await
            },
        ),
        row(
            ("a way back from the vault passed on", By::Colleague),
            "Mallory consents with her own mailbox, and Ada is sent the address of `/callback`",
            STRAY,
            async |scene: &Scene| {
                let (back, _) = scene.back_from_vault("mallory", "gmail").await;
                let ada = scene.bot.browser_of("ada").await;
                scene.strikes(ada.get(back.as_str())).await
            },
        ),
        row(
            ("a link that a colleague has seen", By::Colleague),
            "Mallory opens Ada's link in her own browser, continues and signs in as herself",
            RULE,
            async |scene: &Scene| {
                let link = scene.link("ada", "gmail").await;
                let mallory = scene.bot.browser_of("mallory").await;
                scene.strikes(mallory.connects(&link)).await
            },
        ),
        row(
            ("a link that a stranger has found", By::Stranger),
            "Ada's link in a browser that is signed in to another workspace",
            RULE,
            async |scene: &Scene| {
                let link = scene.link("ada", "gmail").await;
                let stranger = scene.bot.browser();
                let slack = scene.bot.slack.url();
                stranger
                    .signed_in_to_slack_as(&slack, "olivia", "T0GLOBEX")
                    .await;
                scene.strikes(stranger.connects(&link)).await
            },
        ),
        row(
            ("the same user id in another workspace", By::Outsider),
            "Ada's link, and a sign-in as `U0ADA` of `T0OTHER`",
            RULE,
            async |scene: &Scene| {
                let walk = scene.at_slack("ada", "gmail").await;
                let back = scene.agrees(&walk.authorize, "ada.T0OTHER").await;
                scene
                    .strikes(scene.get(back.as_str(), Some(&walk.cookie)))
                    .await
            },
        ),
    ]
}

fn again() -> Vec<Row> {
    vec![
        row(
            ("a link that was used, opened again", By::Stranger),
            "`GET` and `POST` of a link whose account is connected",
            STORE,
            async |scene: &Scene| {
                let walk = finished(scene).await;
                scene
                    .strikes(async {
                        let opened = scene.get(&walk[0], None).await;
                        let pressed = scene.send(Method::POST, &walk[0], None).await;
                        Answer::all([opened, Answer::of(pressed).await])
                    })
                    .await
            },
        ),
        row(
            ("finished twice", By::Stranger),
            "both ways back once more, in the browser that went them",
            STORE,
            async |scene: &Scene| {
                let walk = finished(scene).await;
                let [_, from_slack, from_vault, cookie] = &walk;
                scene
                    .strikes(async {
                        Answer::all([
                            scene.get(from_slack, Some(cookie)).await,
                            scene.get(from_vault, Some(cookie)).await,
                        ])
                    })
                    .await
            },
        ),
        row(
            ("finished eight times at once", By::Colleague),
            "eight requests for the same `/callback` at the same time",
            STORE,
            async |scene: &Scene| {
                let (back, cookie) = scene.back_from_vault("ada", "gmail").await;
                let at_once = (0..8).map(|_| scene.get(back.as_str(), Some(&cookie)));
                let came = scene
                    .strikes(async { Answer::all(join_all(at_once).await) })
                    .await;
                came.logging("seven refusals, by who was faster")
            },
        ),
        row(
            ("back from Slack eight times at once", By::Colleague),
            "eight requests with the same code and state at the same time",
            STORE,
            async |scene: &Scene| {
                let (back, cookie) = scene.back_from_slack("ada", "gmail").await;
                let at_once = (0..8).map(|_| scene.get(back.as_str(), Some(&cookie)));
                let came = scene
                    .strikes(async { Answer::all(join_all(at_once).await) })
                    .await;
                came.logging("seven refusals, by who was faster")
            },
        ),
        row(
            ("two browsers at once, before *Sign in*", By::Colleague),
            "the same link continued in a second browser; then the first comes back from Slack",
            RULE,
            async |scene: &Scene| {
                let first = scene.at_slack("ada", "gmail").await;
                scene.continues(&first.link).await;
                let back = scene.agrees(&first.authorize, "ada").await;
                scene
                    .strikes(scene.get(back.as_str(), Some(&first.cookie)))
                    .await
            },
        ),
        row(
            (
                "two browsers at once, in the midst of a step",
                By::Colleague,
            ),
            "Ada has signed in, and while the vault is being asked for her link, the same link is continued in a second browser",
            STORE,
            async |scene: &Scene| {
                let walk = scene.at_slack("ada", "gmail").await;
                let back = scene.agrees(&walk.authorize, "ada").await;
                // The vault tells Valet to come again in a second.
                let busy = valet_sim::fault::Fault::too_many(1);
                scene.bot.vault.faults().times(1, "/magic_link", busy);
                let first = scene.get(back.as_str(), Some(&walk.cookie));
                let second = async {
                    has_happened(scene.bot.vault.faults()).await;
                    scene.continues(&walk.link).await;
                };
                scene
                    .strikes(async { futures_util::future::join(first, second).await.0 })
                    .await
            },
        ),
        row(
            ("two browsers at once, at the vault", By::Colleague),
            "Ada is at the vault; Mallory, who has seen the link, continues it; Ada comes back",
            RULE,
            async |scene: &Scene| {
                let walk = scene.at_slack("ada", "gmail").await;
                let back = scene.agrees(&walk.authorize, "ada").await;
                let response = scene
                    .send(Method::GET, back.as_str(), Some(&walk.cookie))
                    .await;
                let vault = response.headers()["location"].to_str().unwrap();
                let back = scene
                    .consents(&vault.parse().unwrap(), "ada@example.com")
                    .await;
                scene.continues(&walk.link).await;
                scene
                    .strikes(scene.get(back.as_str(), Some(&walk.cookie)))
                    .await
            },
        ),
        row(
            ("after `/disconnect`, from the beginning", By::Stranger),
            "the link and both ways back of an account that was connected and disconnected since",
            STORE,
            async |scene: &Scene| {
                let walk = finished(scene).await;
                disconnected(scene).await;
                let [link, from_slack, from_vault, cookie] = &walk;
                scene
                    .strikes(async {
                        Answer::all([
                            scene.get(link, Some(cookie)).await,
                            scene.get(from_slack, Some(cookie)).await,
                            scene.get(from_vault, Some(cookie)).await,
                        ])
                    })
                    .await
            },
        ),
        row(
            ("after `/disconnect`, from the vault", By::Colleague),
            "Ada consents at the vault, disconnects in Slack, and only then goes the way back",
            "src/handlers/callback.rs",
            async |scene: &Scene| {
                let (back, cookie) = scene.back_from_vault("ada", "gmail").await;
                disconnected(scene).await;
                scene.strikes(scene.get(back.as_str(), Some(&cookie))).await
            },
        ),
    ]
}

fn late() -> Vec<Row> {
    vec![
        row(
            ("a link after a quarter of an hour", By::Stranger),
            "`GET` and `POST` of a link that is 15 minutes old",
            RULE,
            async |scene: &Scene| {
                let link = scene.link("ada", "gmail").await;
                scene.later(TOO_LATE);
                scene
                    .strikes(async {
                        let opened = scene.get(&link, None).await;
                        let pressed = scene.send(Method::POST, &link, None).await;
                        Answer::all([opened, Answer::of(pressed).await])
                    })
                    .await
            },
        ),
        row(
            ("back from Slack after a quarter of an hour", By::Stranger),
            "in the right browser, by the right person, 15 minutes after the link was sent",
            RULE,
            async |scene: &Scene| {
                let (back, cookie) = scene.back_from_slack("ada", "gmail").await;
                scene.later(TOO_LATE);
                scene.strikes(scene.get(back.as_str(), Some(&cookie))).await
            },
        ),
        row(
            (
                "back from the vault after a quarter of an hour",
                By::Stranger,
            ),
            "in the right browser, by the right person, 15 minutes after the link was sent",
            RULE,
            async |scene: &Scene| {
                let (back, cookie) = scene.back_from_vault("ada", "gmail").await;
                scene.later(TOO_LATE);
                scene.strikes(scene.get(back.as_str(), Some(&cookie))).await
            },
        ),
    ]
}

fn fetched() -> Vec<Row> {
    vec![
        row(
            ("a link guessed", By::Stranger),
            "43 characters of somebody's choosing",
            RANDOM,
            async |scene: &Scene| {
                let guessed = scene.at(&format!("/connect/{}", "A".repeat(43)));
                scene.strikes(scene.get(&guessed, None)).await
            },
        ),
        row(
            ("a link fetched in advance", By::Robot),
            "`GET`, `HEAD` and `OPTIONS` of a link, three times; then its owner goes on",
            START,
            async |scene: &Scene| {
                let link = scene.link("ada", "gmail").await;
                let came = scene
                    .strikes(async {
                        let mut seen = Vec::new();
                        let methods = [Method::GET, Method::HEAD, Method::OPTIONS];
                        for method in methods.into_iter().cycle().take(9) {
                            let answer = scene.send(method, &link, None).await;
                            assert!(!answer.headers().contains_key("set-cookie"));
                            seen.push(Answer::of(answer).await);
                        }
                        Answer::all(seen)
                    })
                    .await;
                let page = scene.bot.browser_of("ada").await.connects(&link).await;
                assert_eq!(page.status, 200, "{}", page.text());
                came
            },
        ),
        row(
            ("a way back from Slack fetched in advance", By::Robot),
            "`HEAD` and `OPTIONS` of it with the browser's cookie; then the browser goes it",
            "src/http/routes.rs",
            async |scene: &Scene| {
                let (back, cookie) = scene.back_from_slack("ada", "gmail").await;
                let came = scene.strikes(fetched_only(scene, &back, &cookie)).await;
                let page = scene.get(back.as_str(), Some(&cookie)).await;
                assert_eq!(page.to_string(), "303 to the vault");
                came
            },
        ),
        row(
            ("a way back from the vault fetched in advance", By::Robot),
            "`HEAD` and `OPTIONS` of it with the browser's cookie; then the browser goes it",
            "src/http/routes.rs",
            async |scene: &Scene| {
                let (back, cookie) = scene.back_from_vault("ada", "gmail").await;
                let came = scene.strikes(fetched_only(scene, &back, &cookie)).await;
                let page = scene.get(back.as_str(), Some(&cookie)).await;
                assert_eq!(page.to_string(), "200 Connected");
                came
            },
        ),
        row(
            ("a link in a channel", By::Colleague),
            "Ada writes `@valet connect gmail` where everybody reads",
            "src/handlers/connect.rs",
            async |scene: &Scene| {
                let ada = scene.bot.slack.person("ada");
                scene
                    .strikes(async {
                        let asked = ada.mentions_in("general", "connect gmail").await;
                        let note = scene.bot.slack.next_reply(&asked).await;
                        ada.next_dm().await;
                        if format!("{note:?}").contains("/connect/") {
                            "a note with the link"
                        } else {
                            "a note without a link"
                        }
                    })
                    .await
            },
        ),
    ]
}

async fn fetched_only(scene: &Scene, back: &Url, cookie: &str) -> Answer {
    let head = scene.send(Method::HEAD, back.as_str(), Some(cookie)).await;
    let options = scene
        .send(Method::OPTIONS, back.as_str(), Some(cookie))
        .await;
    Answer::all([Answer::of(head).await, Answer::of(options).await])
}

/// Ada connects her mailbox: the link, both ways back, and the cookie.
async fn finished(scene: &Scene) -> [String; 4] {
    let walk = scene.at_slack("ada", "gmail").await;
    let from_slack = scene.agrees(&walk.authorize, "ada").await;
    let response = scene
        .send(Method::GET, from_slack.as_str(), Some(&walk.cookie))
        .await;
    let vault = response.headers()["location"].to_str().unwrap();
    let from_vault = scene
        .consents(&vault.parse().unwrap(), "ada@example.com")
        .await;
    let page = scene.get(from_vault.as_str(), Some(&walk.cookie)).await;
    assert!(page.to_string().starts_with("200"), "{page}");
    [walk.link, from_slack.into(), from_vault.into(), walk.cookie]
}

async fn disconnected(scene: &Scene) {
    scene.bot.slack.read_all();
    disconnects_if_need_be(&scene.bot.slack.person("ada"), "gmail").await;
}
