//! The page as a browser meets it.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use super::{ADDRESS, ModelSetup, Playground};
use crate::router::Pace;

async fn playground() -> Playground {
    let address = ([127, 0, 0, 1], 0).into();
    let playground = Playground::start(
        address,
        ModelSetup::BuiltIn(Pace::default()),
        Duration::ZERO,
    )
    .await;
    // Nobody lives there: what would be told to an app is refused at once.
    playground.set_app_url("http://127.0.0.1:9");
    playground.slack().expect_failed_deliveries();
    playground
}

/// Head and body of the answer.
async fn browse(at: &Playground, method: &str, path: &str, body: &str) -> (String, String) {
    let host = at.url().strip_prefix("http://").unwrap().to_owned();
    let text = format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(host).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    });
    let answer = answer.await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

async fn sight(at: &Playground, who: &str) -> Value {
    let (_, body) = browse(at, "GET", &format!("/api/{who}/sight"), "").await;
    serde_json::from_str(&body).unwrap()
}

#[tokio::test]
async fn the_page_makes_the_browser_somebody_s() {
    let at = playground().await;
    let (head, _) = browse(&at, "GET", "/", "").await;
    assert!(head.contains("location: /as/ada"), "{head}");
    let (head, page) = browse(&at, "GET", "/as/ben", "").await;
    for cookie in [
        "slack_session=ben.T0ACME",
        "provider_session=ben@example.com",
    ] {
        let cookie = format!("set-cookie: {cookie}; Path=/");
        assert!(head.contains(&cookie), "{head}");
    }
    assert!(!page.contains("{{"), "{page}");
    for part in [
        "<a href=\"/as/ben\" aria-current=\"page\">Ben</a>",
        "<a href=\"/as/grace\">Grace <small>guest</small></a>",
        "The built-in model answers",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let (head, _) = browse(&at, "GET", "/be/ada", "").await;
    assert!(
        head.starts_with("HTTP/1.1 204") && head.contains("slack_session=ada"),
        "{head}"
    );
    let nowhere = [
        "/as/mallory",
        "/be/mallory",
        "/api/mallory/sight",
        "/page/mod.rs",
    ];
    for path in nowhere {
        let (head, _) = browse(&at, "GET", path, "").await;
        assert!(head.starts_with("HTTP/1.1 404"), "{path}");
    }
}

#[tokio::test]
async fn the_page_names_only_files_that_are_there() {
    let at = playground().await;
    let (_, page) = browse(&at, "GET", "/as/ada", "").await;
    let mut left: Vec<String> = page.split('"').map(str::to_owned).collect();
    left.retain(|part| part.starts_with("/page/"));
    assert!(left.len() > 3, "{page}");
    let mut seen = Vec::new();
    while let Some(path) = left.pop() {
        let (head, text) = browse(&at, "GET", &path, "").await;
        assert!(head.starts_with("HTTP/1.1 200"), "{path}");
        let imports = text.split('"').filter(|part| part.starts_with("./"));
        let imports = imports.map(|part| part.replace("./", "/page/"));
        left.extend(imports.filter(|path| !seen.contains(path)));
        seen.push(path);
    }
}

#[tokio::test]
async fn everybody_sees_their_own_messages_mails_and_the_tracker() {
    let at = playground().await;
    at.slack().person("ada").puts("dm", None, "Hello, <you>");
    at.slack().person("ben").puts("general", None, "help");
    let ada = sight(&at, "ada").await;
    let places = |sight: &Value| -> Vec<(Value, Value)> {
        let messages = sight["messages"].as_array().unwrap().iter();
        messages
            .map(|one| (one["place"].clone(), one["html"].clone()))
            .collect()
    };
    let mention = "<p><span class=\"mention\">@Valet</span> help</p>";
    assert_eq!(
        places(&ada),
        [
            (json!("general"), json!(mention)),
            (json!("dm"), json!("<p>Hello, &lt;you&gt;</p>"))
        ]
    );
    let ben = sight(&at, "ben").await;
    assert_eq!(places(&ben), [(json!("general"), json!(mention))]);
    assert!(ada["mails"].as_array().unwrap().len() > ben["mails"].as_array().unwrap().len());
    assert_eq!(ada["issues"], ben["issues"]);
    assert_eq!(sight(&at, "grace").await["mails"], json!([]));
    assert!(ada["modal"].is_null() && ada["home"].is_null());
}

#[tokio::test]
async fn what_cannot_be_done_is_said() {
    let at = playground().await;
    let said = |text: &str, thread: Value| {
        (
            "say",
            json!({"place": "general", "thread_ts": thread, "text": text}),
        )
    };
    let pressed = json!({"ts": "1.0", "action_id": "a", "value": ""});
    for ((path, body), words) in [
        (said("  ", Value::Null), "nothing to send"),
        (said("/dance", Value::Null), "There is no command /dance"),
        (
            said("/connect gmail", json!("1.0")),
            "no slash commands in threads",
        ),
        (said("hello", json!("1.0")), "This thread is gone"),
        (said("@valet hello", Value::Null), "Valet did not take that"),
        (("press", pressed), "This button is gone"),
        (
            ("press", json!({"ts": null, "action_id": "a", "value": ""})),
            "gone",
        ),
        (
            ("submit", json!({"id": "V1", "values": {}})),
            "This form is closed",
        ),
        (("stop", json!({"ts": "1.0"})), "This thread is gone"),
        (("home", json!({})), "Valet did not take that"),
    ] {
        let path = format!("/api/ada/{path}");
        let (head, answer) = browse(&at, "POST", &path, &body.to_string()).await;
        assert!(head.starts_with("HTTP/1.1 422"), "{path}: {head}");
        assert!(answer.contains(words), "{answer}");
    }
    // Among people nobody else is told.
    let (path, body) = said("hello", Value::Null);
    let (head, _) = browse(&at, "POST", &format!("/api/ada/{path}"), &body.to_string()).await;
    assert!(head.starts_with("HTTP/1.1 204"), "{head}");
}

#[tokio::test]
async fn what_a_party_must_not_see_is_looked_for() {
    let at = playground().await;
    let witness = async || -> Value {
        let (_, body) = browse(&at, "GET", "/api/ada/witness", "").await;
        serde_json::from_str(&body).unwrap()
    };
    let clean = witness().await;
    let searched = &clean["parties"][0]["searched"];
    assert_eq!(searched[2]["what"], "Slack user ids");
    assert_eq!(searched[2]["found"], 0);

    // Somebody tells the model who asks.
    let router = at.settings()["FASTROUTER_BASE_URL"].clone();
    let body = json!({"model": "m", "messages": [{"role": "user", "content": "I am U0ADA"}]});
    let sent = crate::client::builder().build().unwrap();
    let sent = sent
        .post(format!("{router}/chat/completions"))
        .bearer_auth(&at.settings()["FASTROUTER_API_KEY"])
        .json(&body);
    sent.send().await.unwrap();
    let told = witness().await;
    assert_eq!(told["parties"][0]["searched"][2]["found"], 1);
    assert_eq!(told["parties"][0]["count"], 1);
}

#[tokio::test]
async fn a_taken_address_gives_way_to_a_free_port() {
    let first = playground().await;
    let taken = first
        .url()
        .strip_prefix("http://")
        .unwrap()
        .parse()
        .unwrap();
    let model = ModelSetup::BuiltIn(Pace::default());
    let second = Playground::start(taken, model, Duration::ZERO).await;
    assert_ne!(first.url(), second.url());
    assert_eq!(ADDRESS.port(), 8080);
}
