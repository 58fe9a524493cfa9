//! Tricks with addresses, methods and headers, and what other sites can make a browser do.

use reqwest::Method;

use super::answer::Answer;
use super::row::{By, Row, row};
use super::scene::Scene;

const WALK: &str = "src/http/walk.rs";
const ROUTES: &str = "src/http/routes.rs";
const SERVER: &str = "src/http/server.rs";

pub fn rows() -> Vec<Row> {
    let mut rows = forms();
    rows.extend(redirects());
    rows.extend(paths());
    rows.extend(sizes());
    rows
}

/// *Continue*, pressed with this header.
fn pressed(
    attack: &'static str,
    tried: &'static str,
    header: &'static str,
    value: fn(&str) -> String,
) -> Row {
    row(
        (attack, By::Site),
        tried,
        WALK,
        async move |scene: &Scene| {
            let link = scene.link("ada", "gmail").await;
            let own = scene.bot.settings.public_url();
            scene
                .strikes(async {
                    let request = scene
                        .request(Method::POST, &link, None)
                        .header(header, value(&own));
                    Answer::of(request.send().await.unwrap()).await
                })
                .await
        },
    )
}

fn forms() -> Vec<Row> {
    vec![
        row(
            ("a form on another site", By::Site),
            "a page elsewhere sends `POST /connect/{ticket}` in Ada's browser",
            WALK,
            async |scene: &Scene| {
                let link = scene.link("mallory", "gmail").await;
                let ada = scene.bot.browser_of("ada").await;
                let elsewhere = ada.get(&scene.bot.slack.sign_in_url("ada", "T0ACME")).await;
                scene.strikes(elsewhere.post(&link, &[])).await
            },
        ),
        pressed(
            "a form from a page without an origin",
            "`Origin: null`",
            "origin",
            |_| "null".to_owned(),
        ),
        pressed(
            "a form from a site that begins like ours",
            "`Origin: {ours}.evil.example`",
            "origin",
            |own| format!("{own}.evil.example"),
        ),
        pressed(
            "a form from ours over https",
            "`Origin` with another scheme",
            "origin",
            |own| own.replace("http:", "https:"),
        ),
        pressed(
            "a form from a neighbouring subdomain",
            "`Sec-Fetch-Site: same-site`",
            "sec-fetch-site",
            |_| "same-site".to_owned(),
        ),
        pressed(
            "a form from anywhere",
            "`Sec-Fetch-Site: cross-site`",
            "sec-fetch-site",
            |_| "cross-site".to_owned(),
        ),
        row(
            ("a page in a frame, a cache, an index", By::Site),
            "the headers of the start page",
            ROUTES,
            async |scene: &Scene| {
                let link = scene.link("ada", "gmail").await;
                scene
                    .strikes(async {
                        let response = scene.send(Method::GET, &link, None).await;
                        let says = |name: &str, word: &str| {
                            let value = response
                                .headers()
                                .get(name)
                                .map(|value| value.to_str().unwrap());
                            value.is_some_and(|value| value.contains(word))
                        };
                        let kept = says("content-security-policy", "frame-ancestors 'none'")
                            && says("content-security-policy", "default-src 'none'")
                            && says("x-frame-options", "DENY")
                            && says("cache-control", "no-store")
                            && says("referrer-policy", "same-origin")
                            && says("x-robots-tag", "noindex")
                            && says("x-content-type-options", "nosniff");
                        if kept {
                            "200, none of these allowed"
                        } else {
                            "200, and one of these allowed"
                        }
                    })
                    .await
            },
        ),
    ]
}

fn redirects() -> Vec<Row> {
    vec![
        row(
            ("an open redirect by a parameter", By::Stranger),
            "`?redirect_uri=`, `next=`, `url=` and `return_to=https://evil.example` on the link and *Continue*",
            WALK,
            async |scene: &Scene| {
                let link = scene.link("ada", "gmail").await;
                let evil = "https://evil.example";
                let bent =
                    format!("{link}?redirect_uri={evil}&next={evil}&url={evil}&return_to={evil}");
                scene
                    .strikes(async {
                        let pressed = scene.send(Method::POST, &bent, None).await;
                        Answer::all([scene.get(&bent, None).await, Answer::of(pressed).await])
                    })
                    .await
            },
        ),
        row(
            ("an open redirect by a header", By::Stranger),
            "`Host`, `X-Forwarded-Host` and `Forwarded` say `evil.example`; where Slack would send the browser back to",
            "src/addresses.rs",
            async |scene: &Scene| {
                let link = scene.link("ada", "gmail").await;
                let own = scene.bot.settings.public_url();
                scene
                    .strikes(async {
                        let request = scene
                            .request(Method::POST, &link, None)
                            .header("host", "evil.example")
                            .header("x-forwarded-host", "evil.example")
                            .header("forwarded", "host=evil.example;proto=https");
                        let response = request.send().await.unwrap();
                        let to = response.headers()["location"].to_str().unwrap().to_owned();
                        let to = url::Url::parse(&to).unwrap();
                        let back = super::walk::parameter(&to, "redirect_uri");
                        let back = if back.starts_with(&own) {
                            "back to Valet"
                        } else {
                            "back to evil.example"
                        };
                        format!("{}, {back}", Answer::of(response).await)
                    })
                    .await
            },
        ),
        row(
            ("an open redirect on the ways back", By::Stranger),
            "`https://evil.example` as `redirect_uri`, `next` and `url` on both ways back",
            WALK,
            async |scene: &Scene| {
                let (back, cookie) = scene.back_from_slack("ada", "gmail").await;
                let evil = "&redirect_uri=https://evil.example&next=https://evil.example&url=https://evil.example";
                scene
                    .strikes(async {
                        let bent = format!("{back}{evil}");
                        let response = scene.send(Method::GET, &bent, Some(&cookie)).await;
                        let vault = response.headers()["location"]
                            .to_str()
                            .unwrap()
                            .parse()
                            .unwrap();
                        let to_vault = Answer::of(response).await;
                        let bent =
                            format!("{}{evil}", scene.consents(&vault, "ada@example.com").await);
                        Answer::all([to_vault, scene.get(&bent, Some(&cookie)).await])
                    })
                    .await
            },
        ),
        row(
            ("a redirect of the vault's choosing", By::Stranger),
            "the vault answers `user/verify` with the address of a hostile page to go to",
            "src/handlers/callback.rs",
            async |scene: &Scene| {
                let hostile = format!("{}/hostile", scene.bot.vault.url());
                scene
                    .bot
                    .vault
                    .switch(|switches| switches.hostile_redirect = Some(hostile));
                let (back, cookie) = scene.back_from_vault("ada", "gmail").await;
                let came = scene.strikes(scene.get(back.as_str(), Some(&cookie))).await;
                scene
                    .bot
                    .vault
                    .switch(|switches| switches.hostile_redirect = None);
                came
            },
        ),
    ]
}

/// Valet's addresses, bent in these ways: nothing must be there.
fn nothing_at(
    (attack, tried): (&'static str, &'static str),
    by: Method,
    bend: fn(&str) -> Vec<String>,
) -> Row {
    row(
        (attack, By::Stranger),
        tried,
        ROUTES,
        async move |scene: &Scene| {
            let link = scene.link("ada", "gmail").await;
            let ticket = link.rsplit('/').next().unwrap();
            scene
                .strikes(async {
                    let mut answers = Vec::new();
                    for path in bend(ticket) {
                        let response = scene.send(by.clone(), &scene.at(&path), None).await;
                        answers.push(Answer::of(response).await);
                    }
                    Answer::all(answers)
                })
                .await
        },
    )
}

fn paths() -> Vec<Row> {
    vec![
        nothing_at(
            (
                "a path in another case",
                "`/Connect/{ticket}`, `/CONNECT/{ticket}`, `/Callback`, `/slack/OpenID/callback`",
            ),
            Method::GET,
            |ticket| {
                vec![
                    format!("/Connect/{ticket}"),
                    format!("/CONNECT/{ticket}"),
                    "/Callback".to_owned(),
                    "/slack/OpenID/callback".to_owned(),
                ]
            },
        ),
        nothing_at(
            (
                "a path with more slashes",
                "`//connect/{ticket}`, `/connect//{ticket}`, `/connect/{ticket}/`, `/connect/{ticket}/x`",
            ),
            Method::GET,
            |ticket| {
                vec![
                    format!("//connect/{ticket}"),
                    format!("/connect//{ticket}"),
                    format!("/connect/{ticket}/"),
                    format!("/connect/{ticket}/x"),
                ]
            },
        ),
        nothing_at(
            (
                "a ticket with something in it",
                "the ticket with `%00`, `%2f..`, `;x` or a space behind it",
            ),
            Method::GET,
            |ticket| {
                vec![
                    format!("/connect/{ticket}%00"),
                    format!("/connect/{ticket}%2f.."),
                    format!("/connect/{ticket};x"),
                    format!("/connect/{ticket}%20"),
                ]
            },
        ),
        nothing_at(
            ("a ticket in another case", "upper and lower case exchanged"),
            Method::GET,
            |ticket| {
                let other = ticket.chars().map(|letter| {
                    if letter.is_ascii_lowercase() {
                        letter.to_ascii_uppercase()
                    } else {
                        letter.to_ascii_lowercase()
                    }
                });
                vec![format!("/connect/{}", other.collect::<String>())]
            },
        ),
        nothing_at(
            (
                "another method",
                "`PUT /connect/{ticket}`, `/callback`, `/slack/openid/callback`, `/slack/events`",
            ),
            Method::PUT,
            |ticket| {
                vec![
                    format!("/connect/{ticket}"),
                    "/callback".to_owned(),
                    "/slack/openid/callback".to_owned(),
                    "/slack/events".to_owned(),
                ]
            },
        ),
        nothing_at(
            (
                "a way back by `POST`",
                "`POST /callback`, `/slack/openid/callback`",
            ),
            Method::POST,
            |_| vec!["/callback".to_owned(), "/slack/openid/callback".to_owned()],
        ),
        nothing_at(
            (
                "the operator's listener from outside",
                "`/metrics`, `/readyz`, `/healthz`, `/backup` on the public listener",
            ),
            Method::GET,
            |_| {
                vec![
                    "/metrics".to_owned(),
                    "/readyz".to_owned(),
                    "/healthz".to_owned(),
                    "/backup".to_owned(),
                ]
            },
        ),
    ]
}

fn sizes() -> Vec<Row> {
    vec![
        row(
            ("a query of 20,000 characters", By::Stranger),
            "`/callback?state=aaa…`",
            SERVER,
            async |scene: &Scene| {
                let long = scene.at(&format!("/callback?state={}", "a".repeat(20_000)));
                scene.strikes(scene.get(&long, None)).await
            },
        ),
        row(
            ("a cookie of 20,000 characters", By::Stranger),
            "a `Cookie` header of that size on the start page",
            SERVER,
            async |scene: &Scene| {
                let link = scene.link("ada", "gmail").await;
                scene
                    .strikes(scene.get(&link, Some(&"a".repeat(20_000))))
                    .await
            },
        ),
        row(
            ("a hundred headers", By::Stranger),
            "a hundred small headers on the start page",
            SERVER,
            async |scene: &Scene| {
                let link = scene.link("ada", "gmail").await;
                scene
                    .strikes(async {
                        let mut request = scene.request(Method::GET, &link, None);
                        for number in 0..100 {
                            request = request.header(format!("x-{number}"), "1");
                        }
                        Answer::of(request.send().await.unwrap()).await
                    })
                    .await
            },
        ),
        row(
            ("a body of more than a megabyte", By::Stranger),
            "1 MiB and one byte to `/slack/events`, well signed",
            "src/http/body.rs",
            async |scene: &Scene| {
                let body = vec![b' '; (1 << 20) + 1];
                let signing = valet_sim::slack::Signing::Good;
                scene
                    .strikes(scene.bot.slack.deliver_event_raw(body, signing, &[]))
                    .await
            },
        ),
    ]
}
