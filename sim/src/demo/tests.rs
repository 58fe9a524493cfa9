//! The page as a browser meets it.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::{Demo, DemoPerson, DemoSetup, Doors, Place, Shown};

/// What came through the doors, in order.
type Came = Arc<Mutex<Vec<String>>>;

fn doors(came: &Came) -> Doors {
    let note = |came: &Came, what: String| {
        came.lock().unwrap().push(what);
    };
    let (posts, commands, presses) = (Arc::clone(came), Arc::clone(came), Arc::clone(came));
    Doors {
        post: Box::new(move |posting| {
            note(&posts, format!("{posting:?}"));
            Box::pin(async { Ok(()) })
        }),
        command: Box::new(move |command| {
            note(&commands, format!("{command:?}"));
            Box::pin(async { Err("Slack is away.".to_owned()) })
        }),
        press: Box::new(move |pressed| {
            note(&presses, format!("{pressed:?}"));
            Box::pin(async { Ok(()) })
        }),
        messages: Box::new(|person| {
            vec![Shown {
                place: Place::Dm,
                ts: "1.0".to_owned(),
                thread_ts: Some("1.0".to_owned()),
                author: "Valet".to_owned(),
                from_valet: true,
                text: format!("Hello, <{person}>"),
                blocks: Vec::new(),
                ephemeral: true,
            }]
        }),
    }
}

async fn demo(came: &Came) -> Demo {
    let person = |key: &str, name: &str| DemoPerson {
        key: key.to_owned(),
        name: name.to_owned(),
        about: "mailbox <m>".to_owned(),
        cookies: vec![
            format!("slack_session={key}"),
            format!("provider_session={key}@example.com"),
        ],
    };
    Demo::start(DemoSetup {
        address: ([127, 0, 0, 1], 0).into(),
        workspace: "Acme".to_owned(),
        people: vec![person("ada", "Ada"), person("ben", "Ben")],
        names: [].into(),
        doors: doors(came),
    })
    .await
}

/// Head and body of the answer.
async fn browse(demo: &Demo, method: &str, path: &str, body: &str) -> (String, String) {
    let host = demo.url().strip_prefix("http://").unwrap().to_owned();
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

#[tokio::test]
async fn the_page_makes_the_browser_somebody_s() {
    let demo = demo(&Came::default()).await;
    let (head, _) = browse(&demo, "GET", "/", "").await;
    assert!(head.contains("location: /as/ada"), "{head}");
    let (head, page) = browse(&demo, "GET", "/as/ben", "").await;
    assert!(
        head.contains("set-cookie: slack_session=ben; Path=/"),
        "{head}"
    );
    assert!(
        head.contains("set-cookie: provider_session=ben@example.com; Path=/"),
        "{head}"
    );
    assert!(
        page.contains("mailbox &lt;m&gt;") && !page.contains("{{"),
        "{page}"
    );
    assert!(
        page.contains("<a href=\"/as/ben\" aria-current=\"page\">Ben</a>"),
        "{page}"
    );
    let (head, _) = browse(&demo, "GET", "/be/ada", "").await;
    assert!(
        head.starts_with("HTTP/1.1 204") && head.contains("slack_session=ada"),
        "{head}"
    );
    for path in ["/as/mallory", "/be/mallory", "/api/mallory/messages"] {
        assert!(
            browse(&demo, "GET", path, "")
                .await
                .0
                .starts_with("HTTP/1.1 404"),
            "{path}"
        );
    }
    for path in ["/page.css", "/page.js"] {
        assert!(
            browse(&demo, "GET", path, "")
                .await
                .0
                .starts_with("HTTP/1.1 200"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn everybody_sees_their_own_messages() {
    let demo = demo(&Came::default()).await;
    let (_, body) = browse(&demo, "GET", "/api/ben/messages", "").await;
    assert_eq!(
        serde_json::from_str::<Value>(&body).unwrap(),
        json!({"messages": [{"place": "dm", "ts": "1.0", "thread": null, "author": "Valet",
            "valet": true, "ephemeral": true, "html": "<p>Hello, &lt;ben&gt;</p>"}]})
    );
}

#[tokio::test]
async fn words_commands_and_presses_go_through_the_doors() {
    let came = Came::default();
    let demo = demo(&came).await;
    let say = |place: &str, thread: Value, text: &str| {
        json!({"place": place, "thread_ts": thread, "text": text}).to_string()
    };
    let table = [
        ("say", say("general", json!("1.0"), "@valet  help"), "204"),
        ("say", say("dm", Value::Null, "/connect  gmail "), "502"),
        ("say", say("dm", json!("1.0"), "/connect gmail"), "422"),
        ("say", say("dm", Value::Null, "  "), "422"),
        ("say", "{}".to_owned(), "422"),
        (
            "press",
            json!({"ts": "1.0", "block_id": "b", "action_id": "a", "value": "v", "url": ""})
                .to_string(),
            "204",
        ),
    ];
    for (path, body, status) in table {
        let (head, _) = browse(&demo, "POST", &format!("/api/ada/{path}"), &body).await;
        assert!(
            head.starts_with(&format!("HTTP/1.1 {status}")),
            "{body}: {head}"
        );
    }
    assert_eq!(
        *came.lock().unwrap(),
        [
            "Posting { person: \"ada\", place: General, thread_ts: Some(\"1.0\"), mentions_valet: true, text: \"help\" }",
            "Command { person: \"ada\", place: Dm, command: \"/connect\", text: \"gmail\" }",
            "Pressed { person: \"ada\", ts: \"1.0\", block_id: \"b\", action_id: \"a\", value: \"v\", url: None }",
        ]
    );
}

#[tokio::test]
async fn a_taken_address_gives_way_to_a_free_port() {
    let came = Came::default();
    let first = demo(&came).await;
    let taken = first
        .url()
        .strip_prefix("http://")
        .unwrap()
        .parse()
        .unwrap();
    let second = Demo::start(DemoSetup {
        address: taken,
        workspace: "Acme".to_owned(),
        people: Vec::new(),
        names: [].into(),
        doors: doors(&came),
    })
    .await;
    assert_ne!(first.url(), second.url());
}
