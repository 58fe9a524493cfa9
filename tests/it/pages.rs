//! The pages: what is on them, to the letter, and what every answer carries.

use reqwest::{Method, StatusCode};
use valet_sim::browser::Page;
use valet_sim::fault::Fault;
use valet_sim::slack::Signing;

use crate::bot::{Bot, asks_to_connect};

async fn link_for(bot: &Bot, person: &str, connection: &str) -> String {
    asks_to_connect(&bot.slack.person(person), connection).await
}

/// A client that keeps no cookies and follows nothing.
fn plain() -> reqwest::Client {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    client.build().unwrap()
}

/// The page as it was sent, an element a line, without the style sheet and the date.
fn html(page: &Page) -> String {
    let (before, rest) = page.html.split_once("<style>").unwrap();
    let (_, after) = rest.split_once("</style>").unwrap();
    format!("{before}<style></style>{after}").replace("><", ">\n<")
}

#[tokio::test]
async fn the_start_page_says_who_connects_what_and_nothing_else() {
    let bot = Bot::start().await;
    let link = link_for(&bot, "ada", "gmail").await;
    let page = bot.browser().get(&link).await;
    assert_eq!(page.status, 200);
    insta::assert_snapshot!("start", html(&page));
    bot.finish().await;
}

#[tokio::test]
async fn the_last_page_says_that_it_is_done() {
    let bot = Bot::start().await;
    let link = link_for(&bot, "ada", "gmail").await;
    let page = bot.browser_of("ada").await.connects(&link).await;
    assert_eq!(page.status, 200);
    insta::assert_snapshot!("connected", html(&page));
    bot.slack.person("ada").next_dm().await;
    bot.finish().await;
}

/// A link that never was, one whose form was pressed elsewhere, and two ways back that
/// belong to nobody.
#[tokio::test]
async fn who_is_turned_away_reads_the_same_whatever_the_reason() {
    let bot = Bot::start().await;
    let own = bot.settings.public_url();
    let link = link_for(&bot, "ada", "gmail").await;
    let browser = bot.browser();
    let elsewhere = browser.get(&bot.slack.sign_in_url("ada", "T0ACME")).await;
    let pages = [
        (400, browser.get(&format!("{own}/connect/x")).await),
        (403, elsewhere.post(&link, &[]).await),
        (400, browser.get(&format!("{own}/callback")).await),
        (
            400,
            browser
                .get(&format!("{own}/slack/openid/callback?state=x&code=y"))
                .await,
        ),
    ];
    insta::assert_snapshot!("turned_away", html(&pages[0].1));
    for (status, page) in &pages {
        assert_eq!(page.status, *status, "{}", page.url);
        assert_eq!(page.html, pages[0].1.html, "{}", page.url);
    }
    bot.finish().await;
}

#[tokio::test]
async fn when_it_is_our_fault_the_page_says_so() {
    let bot = Bot::start().await;
    let link = link_for(&bot, "ada", "gmail").await;
    bot.slack
        .faults()
        .always("openid.connect.token", Fault::status(500));
    let page = bot.browser_of("ada").await.connects(&link).await;
    assert_eq!(page.status, 503);
    insta::assert_snapshot!("failed", html(&page));
    bot.finish().await;
}

#[tokio::test]
async fn a_name_in_slack_is_no_html_and_turns_no_words_round() {
    let bot = Bot::start().await;
    let name = "<b>Ada</b> \u{202e}\u{5d0}&\"";
    let profile = valet_sim::slack::Profile {
        real_name: name.to_owned(),
        ..valet_sim::slack::Profile::member("nina")
    };
    bot.slack.add_person(profile);
    let link = link_for(&bot, "nina", "gmail").await;
    let page = bot.browser().get(&link).await;
    assert!(
        page.html
            .contains("<bdi>&lt;b&gt;Ada&lt;/b&gt; \u{5d0}&amp;&quot;</bdi>"),
        "{}",
        page.html
    );
    bot.finish().await;
}

/// What every answer carries, errors and refusals too.
const CARRIED: [(&str, &str); 7] = [
    ("cache-control", "no-store"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "same-origin"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("x-robots-tag", "noindex, nofollow"),
];

#[tokio::test]
async fn every_answer_is_guarded_in_the_same_way() {
    let bot = Bot::start().await;
    let link = link_for(&bot, "ada", "gmail").await;
    let own = bot.settings.public_url();
    for (method, url, status) in [
        (Method::GET, link.clone(), 200),
        (Method::HEAD, link.clone(), 200),
        (Method::POST, link.clone(), 303),
        (Method::PUT, link.clone(), 405),
        (Method::OPTIONS, link.clone(), 405),
        (Method::GET, format!("{own}/connect/x"), 400),
        (Method::GET, format!("{own}/connect/"), 404),
        (Method::GET, format!("{own}/callback"), 400),
        (Method::HEAD, format!("{own}/callback"), 404),
        (Method::POST, format!("{own}/callback"), 405),
        (Method::GET, format!("{own}/"), 404),
        (Method::GET, format!("{own}/%00"), 404),
        (Method::GET, format!("{own}/slack/events"), 405),
        (Method::POST, format!("{own}/slack/events"), 401),
        (Method::POST, format!("{own}/slack/commands"), 401),
    ] {
        let asked = plain().request(method.clone(), &url).send().await.unwrap();
        let what = format!("{method} {}", asked.url().path().replace(&link, "LINK"));
        assert_eq!(
            asked.status(),
            StatusCode::from_u16(status).unwrap(),
            "{what}"
        );
        is_guarded(&asked, &what);
    }
    let body = br#"{"type":"url_verification","challenge":"x"}"#;
    let mut request = plain().post(format!("{own}/slack/events"));
    for (name, value) in bot.slack.signed(body, Signing::Good) {
        request = request.header(name, value);
    }
    is_guarded(
        &request.body(&body[..]).send().await.unwrap(),
        "a good request",
    );
    bot.finish().await;
}

fn is_guarded(answer: &reqwest::Response, what: &str) {
    for (name, value) in CARRIED {
        let found: Vec<_> = answer.headers().get_all(name).iter().collect();
        assert_eq!(found, [value], "{name} of {what}");
    }
    let policy = answer.headers()["content-security-policy"]
        .to_str()
        .unwrap();
    for rule in [
        "default-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(rule), "{policy}");
    }
    assert!(
        !policy.contains("unsafe") && !policy.contains("script"),
        "{policy}"
    );
}
