//! Tokens and accounts.

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Client, code, wanted};
use crate::vault::{
    ExtraFields, Status, Switches, Unauthenticated, UnknownFields, UnknownPair, Unset, VaultSetup,
};

const DETAILS: &str = "connected_accounts/details?connector=gmail&identifier=id-1";

#[tokio::test]
async fn a_token_lasts_as_long_as_it_says_or_shorter() {
    let mut client = Client::new().await;
    assert_eq!(client.get(DETAILS).await.0, 404);
    client.vault.advance(SignedDuration::from_hours(24));
    let (status, body) = client.get(DETAILS).await;
    assert_eq!(
        (status, code(&body), &body["code"]),
        (401, "UNAUTHENTICATED", &json!(16))
    );
    client.vault.switch(|switches| switches.expires_in = None);
    assert_eq!(client.renew().await.get("expires_in"), None);
    assert_eq!(client.get(DETAILS).await.0, 404);
    client.vault.expire_tokens();
    client
        .vault
        .switch(|switches| switches.unauthenticated = Unauthenticated::Bare);
    let (status, body) = client.get(DETAILS).await;
    assert_eq!((status, code(&body)), (401, ""));
    assert_eq!(client.vault.token_calls(), 2);
    client.vault.finish();
}

#[tokio::test]
async fn nobody_calls_without_a_token_or_with_an_invented_one() {
    let mut client = Client::new().await;
    assert_eq!(client.ask_token("guess").await.0, 401);
    client.token = "eyJinvented".to_owned();
    assert_eq!(client.get(DETAILS).await.0, 401);
    let url = format!("{}/api/v1/{DETAILS}", client.vault.url());
    let body: Value = client
        .http
        .get(url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(body["message"], "Token empty");
    assert_eq!(client.vault.take_violations().len(), 2);
}

#[tokio::test]
async fn an_account_is_made_once_and_deleted_once() {
    let client = Client::new().await;
    let account = json!({"authorization_details": {"oauth_token": {}}});
    let new = json!({"connector": "gmail", "identifier": "id-1", "connected_account": account});
    client.vault.switch(|switches| switches.created = 201);
    let (status, body) = client.post("connected_accounts", new.clone()).await;
    assert_eq!(
        (status, &body["connected_account"]["status"]),
        (201, &json!("PENDING_AUTH"))
    );
    let (status, body) = client.post("connected_accounts", new).await;
    assert_eq!((status, code(&body)), (400, "RESOURCE_ALREADY_EXISTS"));
    let (status, body) = client.get("connected_accounts?connector=gmail").await;
    assert_eq!(
        (status, &body["total_size"], &body["next_page_token"]),
        (200, &json!(1), &json!(""))
    );
    let one = json!({"connector": "gmail", "identifier": "id-1"});
    assert_eq!(
        client.post("connected_accounts:delete", one.clone()).await,
        (200, json!({}))
    );
    assert_eq!(client.post("connected_accounts:delete", one).await.0, 404);
    client.vault.finish();
}

#[tokio::test]
async fn what_does_not_exist_is_answered_as_it_is_live() {
    let client = Client::new().await;
    let (status, body) = client.get(DETAILS).await;
    assert_eq!((status, code(&body)), (404, "RESOURCE_NOT_FOUND"));
    client
        .vault
        .switch(|switches| switches.unknown_pair = UnknownPair::InternalError);
    let (status, body) = client.get(DETAILS).await;
    assert_eq!((status, code(&body)), (404, "INTERNAL_ERROR"));
    assert_eq!(
        client.get("connected_accounts/details?id=ca_1").await.0,
        500
    );
    assert_eq!(client.get("connected_accounts/ca_1").await.0, 500);
    let mut other = wanted("id-1");
    other["connector"] = json!("Gmail");
    let (status, body) = client.post("connected_accounts/magic_link", other).await;
    assert_eq!((status, code(&body)), (404, "RESOURCE_NOT_FOUND"));
    client.vault.disable("gmail");
    let (status, body) = client
        .post("connected_accounts/magic_link", wanted("id-1"))
        .await;
    assert_eq!((status, code(&body)), (403, "CONNECTION_NOT_ENABLED"));
    client.vault.finish();
}

#[tokio::test]
async fn every_status_is_shown_even_one_unheard_of() {
    let client = Client::new().await;
    client
        .vault
        .connect_directly("id-1", "gmail", "ada@example.com");
    let statuses = [
        (Status::Active, "ACTIVE"),
        (Status::Expired, "EXPIRED"),
        (Status::Disconnected, "DISCONNECTED"),
        (Status::PendingAuth, "PENDING_AUTH"),
        (Status::PendingVerification, "PENDING_VERIFICATION"),
        (Status::Unheard, "SUSPENDED_BY_MOONLIGHT"),
    ];
    for (status, word) in statuses {
        client.vault.set_status("gmail", "ada@example.com", status);
        assert_eq!(client.status("gmail", "id-1").await, word);
        let (answer, _) = client.run("gmail_get_profile", "id-1", json!({})).await;
        assert_eq!(answer, if status == Status::Active { 200 } else { 400 });
    }
    client.vault.finish();
}

#[tokio::test]
async fn credentials_are_canaries_and_asking_is_a_violation() {
    let client = Client::new().await;
    client
        .vault
        .connect_directly("id-1", "gmail", "ada@example.com");
    let (_, body) = client
        .get("connected_accounts/auth?connector=gmail&identifier=id-1")
        .await;
    let token = &body["connected_account"]["authorization_details"]["oauth_token"]["access_token"];
    assert!(client.vault.secrets().iter().any(|secret| token == secret));
    assert_eq!(client.vault.take_violations().len(), 1);
    let (_, body) = client.get(DETAILS).await;
    assert!(
        body["connected_account"]
            .get("authorization_details")
            .is_none()
    );
}

#[tokio::test]
async fn answers_come_in_every_shape() {
    let switches = Switches {
        unset: Unset::Null,
        extra_fields: ExtraFields::Some,
        ..Switches::default()
    };
    let client = Client::of(VaultSetup {
        switches,
        ..VaultSetup::default()
    })
    .await;
    client
        .vault
        .connect_directly("id-1", "gmail", "ada@example.com");
    let (_, body) = client.get(DETAILS).await;
    let account = body["connected_account"].as_object().unwrap();
    assert_eq!(account["authorization_details"], Value::Null);
    assert!(account.contains_key("x_new_since"));
}

#[tokio::test]
async fn unknown_fields_are_refused_or_ignored_and_always_noticed() {
    let client = Client::new().await;
    client
        .vault
        .connect_directly("id-1", "gmail", "ada@example.com");
    let body = json!({
        "tool_name": "gmail_get_profile",
        "connectedAccountId": client.vault.accounts()[0].id,
        "tool_input": {},
    });
    let (status, answer) = client.post("execute_tool", body.clone()).await;
    assert_eq!(status, 400, "{answer}");
    client
        .vault
        .switch(|switches| switches.unknown_fields = UnknownFields::Ignore);
    assert_eq!(client.post("execute_tool", body).await.0, 200);
    assert_eq!(client.vault.take_violations().len(), 2);
    let empty = json!({"connector": "gmail", "identifier": "id-1"});
    assert_eq!(
        client
            .call(Method::PUT, "connected_accounts", Some(&empty))
            .await
            .0,
        400
    );
    assert_eq!(client.get("nothing").await.0, 404);
    assert_eq!(client.vault.take_violations().len(), 2);
}
