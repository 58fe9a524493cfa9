//! What is not known of the real vault, one way and the other, through a whole story.

use std::time::Duration;

use serde_json::json;
use valet_sim::vault::{
    ConnectionList, ExtraFields, Links, Lists, MissingVerifyUrl, NewLink, Numbers, PageTokens,
    Query, Switches, Unauthenticated, UnknownFields, UnknownPair, Unset, VerifiedAgain,
};

use super::told;
use crate::bot::{Bot, disconnects};

type Turn = fn(&mut Switches);

/// From the question over the link and the browser to the answer, and a token that ends.
async fn story(turn: Turn) -> String {
    // Sixteen pages take a busy machine longer than a story usually waits.
    let bot = Bot::start_with_patience(|patience| patience.tools = Duration::from_secs(20)).await;
    bot.vault.switch(turn);
    bot.vault.add_filler_tools("github", 150);
    bot.router
        .when("issues")
        .calls(
            "github_issues_list",
            &json!({"owner": "ada", "repo": "notes"}),
        )
        .then_says(|results| format!("{} issues.", issues_in(&results[0].data())));
    let ada = bot.slack.person("ada");
    ada.mentions_in("general", "Which issues are open on github?")
        .await;
    let link = ada.next_dm().await.link();
    let page = bot.browser_of("ada").await.connects(&link).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let told = ada.next_dm().await.visible_text();
    let answer = bot
        .slack
        .next(|one| one.visible_text().ends_with("issues."))
        .await
        .visible_text();
    bot.vault.expire_tokens();
    ada.command("/connections", "", "general").await;
    let listed = ada.next_ephemeral().await.visible_text();
    assert!(listed.contains("*github*: connected"), "{listed}");
    bot.slack.read_all();
    disconnects(&ada, "github").await;
    assert_eq!(bot.vault.active_accounts(), []);
    bot.slack.read_all();
    bot.finish().await;
    format!("{} {answer}", told.lines().next().unwrap_or_default())
}

fn issues_in(data: &serde_json::Value) -> String {
    let list = data.as_array().or_else(|| data.get("data")?.as_array());
    list.map_or_else(|| data.to_string(), |list| list.len().to_string())
}

#[tokio::test]
async fn under_every_switch_the_story_ends_the_same() {
    let rows: Vec<(&str, Turn)> = vec![
        ("as it is", |_| {}),
        ("expires_in missing", |it| it.expires_in = None),
        ("expires_in 300", |it| it.expires_in = Some(300)),
        ("expires_in 3600", |it| it.expires_in = Some(3_600)),
        ("unset is null", |it| it.unset = Unset::Null),
        ("extra fields", |it| it.extra_fields = ExtraFields::Some),
        ("unknown fields ignored", |it| {
            it.unknown_fields = UnknownFields::Ignore;
        }),
        ("doubles", |it| it.numbers = Numbers::Doubles),
        ("items", |it| it.lists = Lists::Items),
        ("no list of connections", |it| {
            it.connection_list = ConnectionList::Forbidden;
        }),
        ("201", |it| it.created = 201),
        ("unknown pair", |it| {
            it.unknown_pair = UnknownPair::InternalError;
        }),
        ("bare 401", |it| it.unauthenticated = Unauthenticated::Bare),
        ("new link demotes", |it| it.new_link = NewLink::Demotes),
        ("links for one visit", |it| it.links = Links::UntilVisit),
        ("links for ever", |it| it.links = Links::Reusable),
        ("late verify url", |it| {
            it.missing_verify_url = MissingVerifyUrl::FailsInTheBrowser;
        }),
        ("query lost", |it| it.verify_url_query = Query::Lost),
        ("verified again", |it| it.verified_again = VerifiedAgain::Ok),
        ("hostile redirect", |it| {
            it.hostile_redirect = Some("https://evil.example/".to_owned());
        }),
        ("repeated page token", |it| {
            it.page_tokens = PageTokens::Repeat;
        }),
        ("small pages", |it| it.scoped_page = 10),
    ];
    let table = told(rows, story).await;
    for line in table.lines() {
        let end = ": *github* is connected: ada@example.com. Not yours? 1 issues.";
        assert!(line.ends_with(end), "{table}");
    }
}
