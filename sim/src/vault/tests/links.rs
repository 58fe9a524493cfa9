//! Links, consent in a browser, and verification.

use jiff::SignedDuration;
use serde_json::json;

use super::{Client, ada, wanted};
use crate::browser::{Browser, Page};
use crate::vault::{
    ActiveAccount, Links, MissingVerifyUrl, NewLink, Query, Verification, VerifiedAgain,
};

/// What came back with the browser.
fn returned(page: &Page) -> (String, String) {
    assert_eq!(page.url.path(), "/callback");
    let mut pairs = page.url.query_pairs();
    let mut value = |wanted: &str| {
        let (name, value) = pairs.next().unwrap();
        assert_eq!(name, wanted);
        value.into_owned()
    };
    (value("auth_request_id"), value("state"))
}

async fn consented(client: &Client, identifier: &str) -> String {
    let page = ada(&client.vault)
        .await
        .connects(&client.link(identifier).await)
        .await;
    returned(&page).0
}

#[tokio::test]
async fn an_account_becomes_active_by_link_consent_and_verification() {
    let client = Client::new().await;
    let link = client.link("id-1").await;
    assert_eq!(client.status("gmail", "id-1").await, "PENDING_AUTH");
    let page = ada(&client.vault).await.connects(&link).await;
    let (auth_request, state) = returned(&page);
    assert_eq!(state, "state-of-ours");
    assert_eq!(client.status("gmail", "id-1").await, "PENDING_VERIFICATION");
    assert_eq!(client.vault.active_accounts(), []);
    let (status, body) = client.verify(&auth_request, "id-1").await;
    assert_eq!(status, 200);
    let next = body["post_user_verify_redirect_url"].as_str().unwrap();
    assert_eq!(Browser::new().get(next).await.title(), "Connected");
    let expected = ActiveAccount {
        connection: "gmail".to_owned(),
        identifier: "id-1".to_owned(),
        mailbox: "ada@example.com".to_owned(),
    };
    assert_eq!(client.vault.active_accounts(), [expected]);
    let secrets = client.vault.secrets();
    for secret in [
        link,
        auth_request,
        state,
        "id-1".to_owned(),
        client.token.clone(),
    ] {
        assert!(secrets.contains(&secret), "{secret}");
    }
    client.vault.finish();
}

#[tokio::test]
async fn verification_wants_the_right_identifier_a_fresh_request_and_comes_once() {
    let client = Client::new().await;
    client.link("id-2").await;
    let auth_request = consented(&client, "id-1").await;
    assert_eq!(client.verify(&auth_request, "id-2").await.0, 403);
    assert_eq!(client.verify("unknown", "id-1").await.0, 404);
    assert_eq!(client.verify("", "id-1").await.0, 400);
    assert_eq!(client.status("gmail", "id-1").await, "PENDING_VERIFICATION");
    assert_eq!(client.verify(&auth_request, "id-1").await.0, 200);
    assert_eq!(client.verify(&auth_request, "id-1").await.0, 404);
    client
        .vault
        .switch(|switches| switches.verified_again = VerifiedAgain::Ok);
    assert_eq!(client.verify(&auth_request, "id-1").await.0, 200);
    let late = consented(&client, "id-2").await;
    client.vault.advance(SignedDuration::from_mins(10));
    assert_eq!(client.verify(&late, "id-2").await.0, 404);
    client.vault.finish();
    assert_eq!(client.verify(&late, "never-introduced").await.0, 404);
    assert_eq!(client.vault.take_violations().len(), 1);
}

#[tokio::test]
async fn a_hostile_page_can_come_after_verification() {
    let client = Client::new().await;
    let hostile = "https://mallory.example.com/".to_owned();
    client
        .vault
        .switch(|switches| switches.hostile_redirect = Some(hostile.clone()));
    let auth_request = consented(&client, "id-1").await;
    let (_, body) = client.verify(&auth_request, "id-1").await;
    assert_eq!(body["post_user_verify_redirect_url"], hostile);
}

#[tokio::test]
async fn a_link_is_used_up_as_the_switch_says() {
    for (mode, robot_first, works, works_again) in [
        (Links::UntilConsent, true, true, false),
        (Links::UntilVisit, false, true, false),
        (Links::UntilVisit, true, false, false),
        (Links::Reusable, true, true, true),
    ] {
        let client = Client::new().await;
        client.vault.switch(|switches| switches.links = mode);
        let link = client.link("id-1").await;
        if robot_first {
            Browser::new().get(&link).await;
        }
        let ada = ada(&client.vault).await;
        for (time, works) in [works, works_again].into_iter().enumerate() {
            let page = ada.connects(&link).await;
            assert_eq!(
                page.url.path() == "/callback",
                works,
                "{mode:?}, time {time}"
            );
        }
    }
}

#[tokio::test]
async fn an_old_link_and_a_denial_connect_nobody() {
    let client = Client::new().await;
    let link = client.link("id-1").await;
    let page = ada(&client.vault)
        .await
        .get(&link)
        .await
        .press("Deny")
        .await;
    assert_eq!(page.text(), "Nothing was connected\nYou did not allow it.");
    let link = client.link("id-1").await;
    client.vault.advance(SignedDuration::from_mins(10));
    let page = ada(&client.vault).await.connects(&link).await;
    assert_eq!(
        (page.status, page.title()),
        (400, "failed_to_exchange_token")
    );
    assert_eq!(client.status("gmail", "id-1").await, "PENDING_AUTH");
    client.vault.finish();
}

#[tokio::test]
async fn a_browser_without_a_session_may_choose_and_one_with_a_session_may_not() {
    let client = Client::new().await;
    let page = Browser::new().get(&client.link("id-1").await).await;
    let page = page.press("Allow as ben@example.com").await;
    client.verify(&returned(&page).0, "id-1").await;
    assert!(client.vault.account("gmail", "ben@example.com").is_some());
    let page = ada(&client.vault)
        .await
        .get(&client.link("id-1").await)
        .await;
    let allow = page.url.path().to_owned() + "/allow";
    let page = page.post(&allow, &[("account", "ben@example.com")]).await;
    assert_eq!(page.status, 400);
}

#[tokio::test]
async fn without_verification_consent_is_enough() {
    let client = Client::new().await;
    client
        .vault
        .switch(|switches| switches.verification = Verification::None);
    let page = ada(&client.vault)
        .await
        .connects(&client.link("id-1").await)
        .await;
    assert_eq!(page.title(), "Connected");
    assert_eq!(client.vault.active_accounts().len(), 1);
}

#[tokio::test]
async fn a_new_link_demotes_an_active_account_or_does_not() {
    for (switch, status) in [
        (NewLink::Keeps, "ACTIVE"),
        (NewLink::Demotes, "PENDING_AUTH"),
    ] {
        let client = Client::new().await;
        client.vault.switch(|switches| switches.new_link = switch);
        client
            .vault
            .connect_directly("id-1", "gmail", "ada@example.com");
        client.link("id-1").await;
        assert_eq!(client.status("gmail", "id-1").await, status);
    }
}

#[tokio::test]
async fn the_verify_url_is_checked_and_its_query_may_get_lost() {
    let client = Client::new().await;
    let link = "connected_accounts/magic_link";
    for address in ["", "callback", "ftp://example.com/"] {
        let mut body = wanted("id-1");
        body["user_verify_url"] = json!(address);
        assert_eq!(client.post(link, body).await.0, 400);
    }
    let mut body = wanted("id-1");
    body["user_verify_url"] = json!("http://127.0.0.1:9/callback?mine=1");
    for (switch, kept) in [(Query::Kept, true), (Query::Lost, false)] {
        client
            .vault
            .switch(|switches| switches.verify_url_query = switch);
        let (_, answer) = client.post(link, body.clone()).await;
        let page = ada(&client.vault)
            .await
            .connects(answer["link"].as_str().unwrap())
            .await;
        assert_eq!(page.url.query().unwrap().starts_with("mine=1&"), kept);
    }
    let late = MissingVerifyUrl::FailsInTheBrowser;
    client
        .vault
        .switch(|switches| switches.missing_verify_url = late);
    body["user_verify_url"] = json!("");
    let (_, answer) = client.post(link, body).await;
    let page = ada(&client.vault)
        .await
        .connects(answer["link"].as_str().unwrap())
        .await;
    assert!(page.text().contains("user_verify_url not configured"));
}
