//! A browser against a small site.

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::get;

use super::Browser;
use crate::server::Server;

const FORM: &str = "<form method=post action=/press><input type=hidden name=t value=1>\
                    <button name=go value=now>Continue</button></form>";

fn start(policy: &'static str) -> Response {
    let cookie = (
        header::SET_COOKIE,
        "__Host-b=1; Path=/; Secure; HttpOnly; SameSite=Lax",
    );
    let headers = [
        cookie,
        (
            header::HeaderName::from_static("content-security-policy"),
            policy,
        ),
        (
            header::REFERRER_POLICY,
            if policy.is_empty() {
                "no-referrer"
            } else {
                "same-origin"
            },
        ),
    ];
    (headers, Html(FORM)).into_response()
}

async fn press(headers: HeaderMap, body: String) -> Response {
    let says = |name: &str| {
        headers
            .get(name)
            .map_or("-", |value| value.to_str().unwrap())
            .to_owned()
    };
    let told = ["cookie", "origin", "sec-fetch-site", "referer"]
        .map(says)
        .join("|");
    let next = format!("/end?{body}&{told}");
    (StatusCode::SEE_OTHER, [(header::LOCATION, next)]).into_response()
}

async fn site() -> Server {
    let end =
        |request: Request| async move { request.uri().query().unwrap_or_default().to_owned() };
    let away = || async {
        (
            StatusCode::FOUND,
            [(header::LOCATION, "http://127.0.0.1:9/x")],
        )
    };
    let routes = Router::new()
        .route("/start", get(|| async { start("form-action 'self'") }))
        .route("/shy", get(|| async { start("") }))
        .route("/press", axum::routing::post(press))
        .route(
            "/on",
            get(|| async { Html("<meta http-equiv=\"refresh\" content=\"0; url=/end?a=b\">") }),
        )
        .route("/away", get(away).post(away))
        .route("/end", get(end));
    Server::start(routes).await
}

#[tokio::test]
async fn a_form_is_sent_with_what_a_browser_tells() {
    let site = site().await;
    let browser = Browser::new();
    let page = browser
        .get(&format!("{}/start", site.url()))
        .await
        .press("Continue")
        .await;
    let url = site.url();
    let told = page.text().replace("%7C", "|").replace("%20", " ");
    assert_eq!(
        told,
        format!("t=1&go=now&__Host-b=1|{url}|same-origin|{url}/start")
    );
    let steps: Vec<(String, u16)> = browser
        .history()
        .into_iter()
        .map(|step| (step.method, step.status))
        .collect();
    assert_eq!(
        steps,
        [
            ("GET".into(), 200),
            ("POST".into(), 303),
            ("GET".into(), 200)
        ]
    );
    assert!(browser.violations().is_empty());
}

#[tokio::test]
async fn a_page_without_referrer_sends_a_null_origin() {
    let site = site().await;
    let page = Browser::new()
        .get(&format!("{}/shy", site.url()))
        .await
        .press("Continue")
        .await;
    assert!(
        page.text()
            .replace("%7C", "|")
            .ends_with("|null|same-origin|-"),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn a_page_can_send_the_browser_on() {
    let site = site().await;
    let page = Browser::new().get(&format!("{}/on", site.url())).await;
    assert_eq!(page.text(), "a=b");
}

#[tokio::test]
async fn form_action_also_stops_a_redirect() {
    let site = site().await;
    let browser = Browser::new();
    let page = browser.get(&format!("{}/start", site.url())).await;
    let page = page.post("/away", &[]).await;
    assert_eq!(page.status, 0);
    assert_eq!(browser.violations().len(), 1);
    let page = browser.get(&format!("{}/away", site.url())).await;
    assert_eq!(page.text(), "This site cannot be reached.");
    assert_eq!(browser.violations().len(), 1);
}
