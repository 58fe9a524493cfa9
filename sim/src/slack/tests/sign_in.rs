use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde_json::Value;

use super::app::App;
use crate::slack::BadToken;

const VERIFIER: &str = "a-verifier-that-is-long-enough-for-the-rfc-43-characters";

/// A change to the query, and one to the form, that changes nothing.
const UNCHANGED_QUERY: (&str, &str) = ("scope", "openid");
const UNCHANGED_FORM: (&str, &str) = ("grant_type", "authorization_code");

/// Where the browser of this person is sent.
async fn visit(app: &App, cookie: &str, change: (&str, &str)) -> (u16, String) {
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, VERIFIER.as_bytes()));
    let redirect = format!("{}/slack/openid/callback", app.server.url());
    let mut query = vec![
        ("response_type", "code"),
        ("scope", "openid"),
        ("client_id", "1111.2222"),
        ("state", "a state"),
        ("nonce", "a-nonce"),
        ("team", "T0ACME"),
        ("redirect_uri", &redirect),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    query.retain(|(name, _)| *name != change.0);
    query.push(change);
    let response = app
        .http
        .get(format!("{}/openid/connect/authorize", app.slack.url()))
        .query(&query)
        .header("cookie", cookie)
        .send()
        .await
        .unwrap();
    let status = response.status().as_u16();
    let location = response.headers().get("location").cloned();
    let text = match location {
        Some(location) => location.to_str().unwrap().to_owned(),
        None => response.text().await.unwrap(),
    };
    (status, text)
}

fn param(url: &str, name: &str) -> Option<String> {
    let url = url::Url::parse(url).unwrap();
    let mut pairs = url.query_pairs();
    pairs
        .find(|(one, _)| one == name)
        .map(|(_, value)| value.into_owned())
}

async fn exchange(app: &App, code: &str, change: (&str, &str)) -> Value {
    let redirect = format!("{}/slack/openid/callback", app.server.url());
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", &redirect),
        ("client_id", "1111.2222"),
        ("client_secret", "canary-client-secret"),
        ("code_verifier", VERIFIER),
    ];
    form.retain(|(name, _)| *name != change.0);
    form.push(change);
    let url = format!("{}/openid.connect.token", app.slack.api_url());
    let response = app.http.post(url).form(&form).send().await.unwrap();
    response.json().await.unwrap()
}

async fn code(app: &App) -> String {
    let (status, location) = visit(app, "slack_session=ada", UNCHANGED_QUERY).await;
    assert_eq!(status, 302, "{location}");
    assert_eq!(param(&location, "state").as_deref(), Some("a state"));
    param(&location, "code").unwrap()
}

/// Header, claims, and whether a published key of that name made the signature.
async fn open(app: &App, token: &str) -> (Value, Value, bool) {
    let parts: Vec<&str> = token.split('.').collect();
    let part = |at: usize| -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[at]).unwrap()).unwrap()
    };
    let (header, claims) = (part(0), part(1));
    let url = format!("{}/openid/connect/keys", app.slack.url());
    let keys: Value = app
        .http
        .get(url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let key = keys["keys"]
        .as_array()
        .unwrap()
        .iter()
        .find(|key| key["kid"] == header["kid"]);
    let signed = format!("{}.{}", parts[0], parts[1]);
    let signature = URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
    let good = key.is_some_and(|key| {
        let number = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
        let public = RsaPublicKeyComponents {
            n: number("n"),
            e: number("e"),
        };
        public
            .verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature)
            .is_ok()
    });
    (header, claims, good)
}

#[tokio::test]
async fn a_browser_that_is_signed_in_passes_and_the_token_names_its_owner() {
    let app = App::start().await;
    let answer = exchange(&app, &code(&app).await, UNCHANGED_FORM).await;
    assert_eq!(answer["ok"], true, "{answer}");
    assert_eq!(answer["token_type"], "Bearer");
    let (header, claims, good) = open(&app, answer["id_token"].as_str().unwrap()).await;
    assert!(good);
    assert_eq!(header["alg"], "RS256");
    assert_eq!(claims["iss"], app.slack.url().as_str());
    assert_eq!(claims["aud"], "1111.2222");
    assert_eq!(claims["nonce"], "a-nonce");
    assert_eq!(claims["https://slack.com/user_id"], "U0ADA");
    assert_eq!(claims["https://slack.com/team_id"], "T0ACME");
    let life = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert_eq!(life, 300);

    app.slack.rotate_keys();
    let (_, _, good) = open(&app, answer["id_token"].as_str().unwrap()).await;
    assert!(!good, "the old key is gone");
    let answer = exchange(&app, &code(&app).await, UNCHANGED_FORM).await;
    let (_, _, good) = open(&app, answer["id_token"].as_str().unwrap()).await;
    assert!(good, "the new key is there");
    app.slack.finish();
}

#[tokio::test]
async fn a_browser_belongs_to_whoever_signed_in_on_it() {
    let app = App::start().await;
    let url = format!(
        "{}/test/sign-in?person=mallory&team=T0OTHER",
        app.slack.url()
    );
    let response = app.http.get(url).send().await.unwrap();
    let cookie = response.headers()["set-cookie"]
        .to_str()
        .unwrap()
        .to_owned();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let (_, location) = visit(&app, &cookie, UNCHANGED_QUERY).await;
    let code = param(&location, "code").unwrap();
    let answer = exchange(&app, &code, UNCHANGED_FORM).await;
    let (_, claims, _) = open(&app, answer["id_token"].as_str().unwrap()).await;
    assert_eq!(claims["sub"], "U0MALLORY");
    assert_eq!(claims["https://slack.com/team_id"], "T0OTHER");

    let (status, page) = visit(&app, "other=1", UNCHANGED_QUERY).await;
    assert_eq!(status, 200);
    assert!(page.contains("/test/sign-in?person=ada&amp;team=T0ACME&amp;to=%2Fopenid"));
    assert!(!page.contains("person=walter") && !page.contains("person=olivia"));
}

#[tokio::test]
async fn who_was_never_asked_sees_a_page_and_may_refuse() {
    let app = App::start().await;
    app.slack.set_consent_page(true);
    let ada = "slack_session=ada";
    let (status, page) = visit(&app, ada, UNCHANGED_QUERY).await;
    assert_eq!(status, 200);
    assert!(page.contains("agreed=1"), "{page}");
    let (_, location) = visit(&app, ada, ("denied", "1")).await;
    assert_eq!(param(&location, "error").as_deref(), Some("access_denied"));
    let (status, _) = visit(&app, ada, ("agreed", "1")).await;
    assert_eq!(status, 302);
    let (status, _) = visit(&app, ada, UNCHANGED_QUERY).await;
    assert_eq!(status, 302, "once is enough");
}

#[tokio::test]
async fn a_wrong_request_ends_on_a_page_and_a_wrong_exchange_in_an_error() {
    let app = App::start().await;
    for (change, error) in [
        (("client_id", "9"), "invalid_client_id"),
        (
            ("redirect_uri", "https://evil.example/"),
            "bad_redirect_uri",
        ),
        (("response_type", "token"), "invalid_response_type"),
        (("scope", "openid email"), "invalid_scope"),
        (
            ("code_challenge_method", "plain"),
            "invalid_code_challenge_method",
        ),
    ] {
        let (status, page) = visit(&app, "slack_session=ada", change).await;
        assert_eq!(status, 400, "{change:?}");
        assert!(page.contains(error), "{change:?}: {page}");
    }
    for (change, error) in [
        (("client_id", "9"), "invalid_client_id"),
        (("client_secret", "wrong"), "bad_client_secret"),
        (("code", "wrong"), "invalid_code"),
        (
            ("redirect_uri", "https://evil.example/"),
            "bad_redirect_uri",
        ),
        (("code_verifier", "wrong"), "invalid_code_verifier"),
        (("grant_type", "password"), "invalid_grant_type"),
    ] {
        let answer = exchange(&app, &code(&app).await, change).await;
        assert_eq!(answer["error"], error, "{change:?}");
    }
    let once = code(&app).await;
    assert_eq!(exchange(&app, &once, UNCHANGED_FORM).await["ok"], true);
    let again = exchange(&app, &once, UNCHANGED_FORM).await;
    assert_eq!(again["error"], "code_already_used");
    let late = code(&app).await;
    app.slack.set_time_offset(601);
    let late = exchange(&app, &late, UNCHANGED_FORM).await;
    assert_eq!(late["error"], "code_expired");
}

#[tokio::test]
async fn id_tokens_can_be_wrong_in_every_way() {
    let app = App::start().await;
    for bad in [
        BadToken::AlgNone,
        BadToken::ForeignKey,
        BadToken::Hs256,
        BadToken::Tampered,
        BadToken::UnknownKey,
    ] {
        app.slack.next_id_token(bad);
        let answer = exchange(&app, &code(&app).await, UNCHANGED_FORM).await;
        let (_, _, good) = open(&app, answer["id_token"].as_str().unwrap()).await;
        assert!(!good, "{bad:?}");
    }
    let now = jiff::Timestamp::now().as_second();
    for (bad, is_bad) in [
        (
            BadToken::Expired,
            (|c, now| c["exp"].as_i64() < Some(now)) as fn(&Value, i64) -> bool,
        ),
        (BadToken::FromTheFuture, |c, now| {
            c["iat"].as_i64() > Some(now + 1000)
        }),
        (BadToken::MissingNonce, |c, _| c.get("nonce").is_none()),
        (BadToken::OtherTeam, |c, _| {
            c["https://slack.com/team_id"] == "T0OTHER"
        }),
        (BadToken::OtherUser, |c, _| {
            c["https://slack.com/user_id"] == "U0BEN"
        }),
        (BadToken::WrongAudience, |c, _| c["aud"] != "1111.2222"),
        (BadToken::WrongIssuer, |c, _| {
            c["iss"] == "https://slack.com.example"
        }),
        (BadToken::WrongNonce, |c, _| c["nonce"] == "another-nonce"),
    ] {
        app.slack.next_id_token(bad);
        let answer = exchange(&app, &code(&app).await, UNCHANGED_FORM).await;
        let (_, claims, good) = open(&app, answer["id_token"].as_str().unwrap()).await;
        assert!(good && is_bad(&claims, now), "{bad:?}: {claims}");
    }
}
