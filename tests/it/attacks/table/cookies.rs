//! Cookies: left out, somebody else's, planted from a neighbouring subdomain.

use url::Url;

use super::row::{By, Row, row};
use super::scene::Scene;
use super::walk::parameter;

const COOKIE: &str = "src/http/cookie.rs";
const RULE: &str = "src/connect.rs";

/// What a browser sends: made of the pair that Valet gave it, and of another attempt's.
type Bend = fn(&str, &str) -> Option<String>;

/// The browser is sent back from Slack with everything right but its cookie. The code is
/// none: a browser that gets as far as that was taken for the right one.
fn cookie(
    (attack, by): (&'static str, By),
    tried: &'static str,
    defence: &'static str,
    bend: Bend,
) -> Row {
    row((attack, by), tried, defence, async move |scene: &Scene| {
        let first = continued(scene).await;
        let second = continued(scene).await;
        let sent = bend(&first.1, &second.1);
        scene.strikes(scene.get(&first.0, sent.as_deref())).await
    })
}

pub fn rows() -> Vec<Row> {
    vec![
        cookie(
            ("the right cookie", By::Colleague),
            "nothing is wrong but the code: this is how far the right browser comes",
            "src/handlers/connect.rs",
            |own, _| Some(own.to_owned()),
        ),
        cookie(
            ("no cookie", By::Colleague),
            "no `Cookie` header",
            RULE,
            |_, _| None,
        ),
        cookie(
            ("the cookie of another attempt", By::Colleague),
            "the pair of another attempt of Ada's, as it is",
            RULE,
            |_, other| Some(other.to_owned()),
        ),
        cookie(
            ("another attempt's value under this name", By::Colleague),
            "the name of this attempt's cookie, the value of another's",
            RULE,
            |own, other| Some(format!("{}={}", name(own), value(other))),
        ),
        cookie(
            ("a cookie from a subdomain", By::Site),
            "the right value under the name without `__Host-`, which `evil.example.com` can set for `example.com`",
            COOKIE,
            |own, _| Some(own.replace("__Host-", "")),
        ),
        cookie(
            ("a cookie from a subdomain in another case", By::Site),
            "the right value under `__host-…`, which browsers keep no rules for",
            COOKIE,
            |own, _| Some(own.replace("__Host-", "__host-")),
        ),
        cookie(
            ("a second cookie, in front", By::Site),
            "a planted cookie of the same name before the right one",
            COOKIE,
            |own, other| Some(format!("{}={}; {own}", name(own), value(other))),
        ),
        cookie(
            ("a second cookie, behind", By::Site),
            "a planted cookie of the same name behind the right one",
            COOKIE,
            |own, other| Some(format!("{own}; {}={}", name(own), value(other))),
        ),
        cookie(
            ("a cookie of the wrong length", By::Stranger),
            "the right value without its last character",
            "src/random.rs",
            |own, _| own.get(..own.len() - 1).map(str::to_owned),
        ),
        cookie(
            ("a cookie in quotes", By::Stranger),
            "the right value between quotation marks",
            "src/random.rs",
            |own, _| Some(format!("{}=\"{}\"", name(own), value(own))),
        ),
        row(
            ("a cookie that a subdomain could overwrite", By::Site),
            "*Continue*: how the cookie is set",
            COOKIE,
            async |scene: &Scene| {
                let link = here(scene, &scene.link("ada", "gmail").await);
                scene
                    .strikes(async {
                        let response = scene.send(reqwest::Method::POST, &link, None).await;
                        let set = response.headers()["set-cookie"].to_str().unwrap();
                        let (pair, attributes) = set.split_once("; ").unwrap();
                        let kept = pair.starts_with("__Host-valet-");
                        format!(
                            "`{}…; {attributes}`",
                            if kept { "__Host-valet-" } else { "?" }
                        )
                    })
                    .await
            },
        ),
    ]
}

/// An attempt that was continued: where its browser is sent back to, with a code that is
/// none, and its cookie.
async fn continued(scene: &Scene) -> (String, String) {
    let link = here(scene, &scene.link("ada", "gmail").await);
    let walk = scene.continues(&link).await;
    let state = parameter(&walk.authorize, "state");
    let back = format!("/slack/openid/callback?code=none&state={state}");
    (scene.at(&back), walk.cookie)
}

/// What stands in front of Valet takes https off.
fn here(scene: &Scene, link: &str) -> String {
    scene.at(Url::parse(link).unwrap().path())
}

fn name(pair: &str) -> &str {
    pair.split('=').next().unwrap()
}

fn value(pair: &str) -> &str {
    pair.split_once('=').unwrap().1
}
