//! The client against a vault of a few lines.

mod fake;

use std::time::Duration;

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use url::Url;

use crate::account::{AccountStatus, AuthRequestId};
use crate::audit::Noted;
use crate::clock::Clock;
use crate::random::Randomness;

use super::{Disconnected, Error};
use fake::{FakeVault, HURRIED, active, ada, cut, gmail, ok, page, refused, silence, token, vault};

#[tokio::test]
async fn many_callers_at_once_fetch_one_token() {
    let fake = FakeVault::answering(|_, _, _| active()).await;
    let (connection, identifier) = (gmail(), ada());
    let calls = (0..50).map(|_| fake.vault.account(&connection, &identifier));
    for account in futures_util::future::join_all(calls).await {
        assert_eq!(account.unwrap().unwrap().status, AccountStatus::Active);
    }
    assert_eq!((fake.tokens(), fake.calls()), (1, 50));
}

#[tokio::test]
async fn a_token_is_fetched_anew_a_minute_before_its_end() {
    let fake = FakeVault::answering(|_, _, _| active()).await;
    for (seconds, tokens) in [(0, 1), (239, 1), (1, 2)] {
        *fake.clock.0.lock().unwrap() += SignedDuration::from_secs(seconds);
        fake.vault.account(&gmail(), &ada()).await.unwrap();
        assert_eq!(fake.tokens(), tokens);
    }
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_the_call_sent_again() {
    let fake = FakeVault::answering(|_, _, headers| {
        if headers["authorization"] == "Bearer t1" {
            return refused(401, "UNAUTHENTICATED");
        }
        ok(&json!({"data": {"result": "sent"}}))
    })
    .await;
    assert_eq!(fake.execute().await.unwrap(), json!("sent"));
    assert_eq!((fake.tokens(), fake.calls()), (2, 2));
}

#[tokio::test]
async fn a_herd_whose_token_was_refused_renews_it_once() {
    let fake = FakeVault::answering(|_, _, headers| {
        if headers["authorization"] == "Bearer t1" {
            return refused(401, "");
        }
        active()
    })
    .await;
    let (connection, identifier) = (gmail(), ada());
    let calls = (0..20).map(|_| fake.vault.account(&connection, &identifier));
    for account in futures_util::future::join_all(calls).await {
        assert!(account.unwrap().is_some());
    }
    assert_eq!(fake.tokens(), 2);
}

#[tokio::test]
async fn a_401_about_the_persons_token_renews_nothing() {
    let fake = FakeVault::answering(|_, _, _| refused(401, "TOOL_ERROR")).await;
    assert!(matches!(fake.execute().await, Err(Error::AccountRejected)));
    assert_eq!((fake.tokens(), fake.calls()), (1, 1));
}

#[tokio::test]
async fn credentials_that_are_not_accepted_are_an_error_for_all_who_wait() {
    let denied = |_| (StatusCode::UNAUTHORIZED, "{\"error\":\"invalid_client\"}").into_response();
    let fake = FakeVault::start(denied, |_, _, _| active()).await;
    let (connection, identifier) = (gmail(), ada());
    let calls = (0..5).map(|_| fake.vault.account(&connection, &identifier));
    for account in futures_util::future::join_all(calls).await {
        assert!(matches!(account, Err(Error::Token)));
    }
    assert_eq!((fake.tokens(), fake.calls()), (1, 0));
    // The next caller asks again: the operator may have mended it.
    assert!(fake.vault.account(&gmail(), &ada()).await.is_err());
    assert_eq!(fake.tokens(), 2);
}

#[tokio::test]
async fn a_caller_who_goes_away_does_not_spoil_the_fetch_for_others() {
    let fake = FakeVault::start(
        |number| {
            if number == 1 {
                silence()
            } else {
                token(number)
            }
        },
        |_, _, _| active(),
    )
    .await;
    let hasty = Duration::from_millis(50);
    let gone = tokio::time::timeout(hasty, fake.vault.account(&gmail(), &ada())).await;
    assert!(gone.is_err());
    assert!(fake.vault.account(&gmail(), &ada()).await.is_ok());
}

#[tokio::test]
async fn an_execution_is_sent_once_whatever_becomes_of_it() {
    let failures: [fn() -> Response; 6] = [
        || refused(500, ""),
        || refused(502, ""),
        || refused(503, ""),
        || refused(504, ""),
        || ok(&json!("not an object")),
        cut,
    ];
    for failure in failures {
        let fake = FakeVault::answering(move |_, _, _| failure()).await;
        let outcome = fake.execute().await;
        assert!(
            matches!(outcome, Err(Error::OutcomeUnknown { .. })),
            "{outcome:?}"
        );
        assert_eq!(fake.calls(), 1);
    }
    let mut fake = FakeVault::answering(|_, _, _| silence()).await;
    fake.vault.deadlines = HURRIED;
    let outcome = fake.execute().await;
    assert!(matches!(outcome, Err(Error::OutcomeUnknown { .. })));
    assert_eq!(fake.calls(), 1);
    let fake = FakeVault::answering(|_, _, _| refused(429, "RATE_LIMITED")).await;
    assert!(matches!(
        fake.execute().await,
        Err(Error::RateLimited { .. })
    ));
    assert_eq!(fake.calls(), 1);
}

#[tokio::test]
async fn an_execution_names_the_account_by_connection_and_identifier() {
    let fake = FakeVault::answering(|_, arrived, _| ok(&json!({"data": arrived.body}))).await;
    let sent = fake.execute().await.unwrap();
    let run = Randomness::seeded(1).run_id(Timestamp::UNIX_EPOCH);
    assert_eq!(
        sent,
        json!({"tool_name": "gmail_send_message", "params": {}, "connector": "gmail",
            "identifier": ada().expose(), "agent_run_id": run.to_string()})
    );
}

#[tokio::test]
async fn a_read_outlasts_a_passing_failure() {
    let fake = FakeVault::answering(|number, _, _| match number {
        1 => refused(503, ""),
        2 => cut(),
        _ => active(),
    })
    .await;
    assert!(
        fake.vault
            .account(&gmail(), &ada())
            .await
            .unwrap()
            .is_some()
    );
    assert_eq!(fake.calls(), 3);
}

#[tokio::test]
async fn a_read_gives_up_in_the_end() {
    for (failure, calls) in [(502, 3), (500, 3)] {
        let fake = FakeVault::answering(move |_, _, _| refused(failure, "")).await;
        let account = fake.vault.account(&gmail(), &ada()).await;
        assert!(matches!(account, Err(Error::Unavailable { .. })));
        assert_eq!(fake.calls(), calls, "{failure}");
    }
    let mut fake = FakeVault::answering(|_, _, _| silence()).await;
    fake.vault.deadlines = HURRIED;
    let account = fake.vault.account(&gmail(), &ada()).await;
    assert!(matches!(account, Err(Error::TimedOut)));
}

#[tokio::test]
async fn a_long_wait_is_left_to_the_caller() {
    let fake = FakeVault::answering(|_, _, _| {
        let mut answer = refused(429, "RATE_LIMITED");
        answer
            .headers_mut()
            .insert("retry-after", "30".parse().unwrap());
        answer
    })
    .await;
    let account = fake.vault.account(&gmail(), &ada()).await;
    let Err(Error::RateLimited { retry_after, .. }) = account else {
        panic!("{account:?}");
    };
    assert_eq!(retry_after, Some(Duration::from_secs(30)));
    assert_eq!(fake.calls(), 1);
}

#[tokio::test]
async fn a_vault_out_of_reach_has_executed_nothing() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let vault = vault(&url, Clock::system());
    let account = vault.account(&gmail(), &ada()).await;
    let Err(error @ Error::Unavailable { .. }) = account else {
        panic!("{account:?}");
    };
    let mut text = format!("{error:?}");
    let mut cause: Option<&dyn std::error::Error> = Some(&error);
    while let Some(error) = cause {
        text.push_str(&error.to_string());
        cause = error.source();
    }
    assert!(!text.contains(&ada().expose()) && !text.contains("planted"));
}

#[tokio::test]
async fn an_account_is_read_without_its_tokens() {
    let fake = FakeVault::answering(|_, arrived, _| {
        let address = format!(
            "/api/v1/connected_accounts/details?connector=gmail&identifier={}",
            ada().expose()
        );
        assert_eq!(arrived.path_and_query, address);
        refused(404, "INTERNAL_ERROR")
    })
    .await;
    assert_eq!(fake.vault.account(&gmail(), &ada()).await.unwrap(), None);
}

#[tokio::test]
async fn all_pages_are_listed_and_each_tool_once() {
    let fake = FakeVault::answering(|number, arrived, _| {
        assert!(
            arrived
                .path_and_query
                .contains("filter.connection_names=gmail")
        );
        match number {
            1 => page(&["gmail_a", "gmail_b"], ">:a+b="),
            2 => {
                assert!(
                    arrived
                        .path_and_query
                        .ends_with("page_token=%3E%3Aa%2Bb%3D")
                );
                page(&["gmail_b", "gmail_c"], "last")
            }
            _ => page(&["gmail_d"], ""),
        }
    })
    .await;
    let tools = fake.vault.tools(&gmail(), &ada()).await.unwrap();
    let names: Vec<&str> = tools.iter().map(|tool| tool.name.as_str()).collect();
    assert_eq!(names, ["gmail_a", "gmail_b", "gmail_c", "gmail_d"]);
}

#[tokio::test]
async fn a_repeated_page_token_ends_the_list() {
    let fake = FakeVault::answering(|_, _, _| page(&["gmail_a"], "again")).await;
    assert_eq!(fake.vault.tools(&gmail(), &ada()).await.unwrap().len(), 1);
    assert_eq!(fake.calls(), 2);
}

#[tokio::test]
async fn a_list_that_does_not_end_is_read_for_a_hundred_pages() {
    let fake = FakeVault::answering(|number, _, _| {
        page(&[&format!("gmail_{number}")], &format!("page-{number}"))
    })
    .await;
    let tools = fake.vault.tools(&gmail(), &ada()).await.unwrap();
    assert_eq!((tools.len(), fake.calls()), (100, 100));
}

#[tokio::test]
async fn a_page_that_fails_fails_the_listing() {
    let fake = FakeVault::answering(|number, _, _| match number {
        1 => page(&["gmail_a"], "more"),
        _ => refused(500, ""),
    })
    .await;
    let tools = fake.vault.tools(&gmail(), &ada()).await;
    assert!(matches!(tools, Err(Error::Unavailable { .. })));
    let fake = FakeVault::answering(|_, _, _| refused(404, "RESOURCE_NOT_FOUND")).await;
    let tools = fake.vault.tools(&gmail(), &ada()).await;
    assert!(matches!(tools, Err(Error::NoAccount)));
}

#[tokio::test]
async fn a_consent_is_verified_once_and_refusals_are_told_apart() {
    for (status, code, wanted) in [
        (403, "", "OtherPerson"),
        (404, "RESOURCE_NOT_FOUND", "Gone"),
        (400, "", "Vault(Refused"),
        (503, "", "Vault(OutcomeUnknown"),
    ] {
        let fake = FakeVault::answering(move |_, _, _| refused(status, code)).await;
        let id = AuthRequestId::parse("abc").unwrap();
        let error = fake
            .vault
            .verify(&id, &ada(), &Noted::written(1))
            .await
            .unwrap_err();
        assert!(format!("{error:?}").starts_with(wanted), "{error:?}");
        assert_eq!(fake.calls(), 1);
    }
}

#[tokio::test]
async fn a_link_is_fresh_and_carries_our_state() {
    let fake = FakeVault::answering(|number, arrived, _| match number {
        1 => refused(502, ""),
        2 => {
            assert_eq!(
                arrived.body["user_verify_url"],
                "https://valet.example.com/callback"
            );
            assert_eq!(arrived.body["state"].as_str().unwrap().len(), 43);
            ok(&json!({"link": "https://env.example.com/magicLink/1_o", "expiry": null}))
        }
        _ => refused(404, "RESOURCE_NOT_FOUND"),
    })
    .await;
    let back = Url::parse("https://valet.example.com/callback").unwrap();
    let state = Randomness::seeded(1).nonce();
    let (connection, identifier) = (gmail(), ada());
    let link = || fake.vault.link(&connection, &identifier, &back, &state);
    assert_eq!(link().await.unwrap().expose().path(), "/magicLink/1_o");
    assert!(matches!(link().await, Err(Error::NoConnection)));
}

#[tokio::test]
async fn disconnecting_twice_leaves_nothing_either_time() {
    let fake = FakeVault::answering(|number, _, _| match number {
        1 => ok(&json!({})),
        _ => refused(404, "RESOURCE_NOT_FOUND"),
    })
    .await;
    for wanted in [Disconnected::Deleted, Disconnected::WasNotThere] {
        let disconnected = fake
            .vault
            .disconnect(&gmail(), &ada(), &Noted::written(1))
            .await
            .unwrap();
        assert_eq!(disconnected, wanted);
    }
}

#[tokio::test]
async fn a_body_without_end_is_not_read_to_its_end() {
    let fake = FakeVault::answering(|_, _, _| vec![b' '; 9 * 1024 * 1024].into_response()).await;
    assert!(matches!(fake.execute().await, Err(Error::TooLarge)));
}
