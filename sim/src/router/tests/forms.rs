//! Each form says the same, or is broken in its own way.

use serde_json::{Value, json};

use super::{ask, opening, request};
use crate::router::sse::{Heard, events, hear};
use crate::router::{Form, Gate, Router, RouterSetup, Turn};

async fn router(form: Form) -> Router {
    Router::start(RouterSetup {
        form,
        ..RouterSetup::default()
    })
    .await
}

fn streamed() -> Value {
    let mut body = request(&opening("Was gibt es Neues?"));
    body["stream"] = json!(true);
    body["stream_options"] = json!({"include_usage": true});
    body
}

fn turn() -> Turn {
    Turn::says("Grüße, ich schaue nach …")
        .and_calls("look", &json!({"where": "Postfach – alles", "most": 5}))
        .and_calls("look", &json!({}))
}

fn said() -> Heard {
    Heard {
        text: "Grüße, ich schaue nach …".to_owned(),
        calls: vec![
            (
                "look".to_owned(),
                r#"{"where":"Postfach – alles","most":5}"#.to_owned(),
            ),
            ("look".to_owned(), "{}".to_owned()),
        ],
        finish: Some("tool_calls".to_owned()),
        error: false,
        done: true,
        usage: true,
    }
}

#[tokio::test]
async fn every_whole_form_says_the_same() {
    for form in Form::whole() {
        let router = router(form).await;
        router.expect(turn());
        let answered = ask(&router, &streamed()).await;
        assert!(answered.complete, "{form:?}");
        assert_eq!(
            answered.status,
            if form == Form::Status246 { 246 } else { 200 }
        );
        if form == Form::Json {
            let message = answered.message();
            assert_eq!(message["content"], said().text);
            assert_eq!(
                message["tool_calls"][0]["function"]["arguments"],
                said().calls[0].1
            );
        } else {
            let heard = hear(&answered.body());
            let expected = Heard {
                done: form != Form::NoDone,
                usage: form != Form::NoUsage,
                ..said()
            };
            assert_eq!(heard, expected, "{form:?}");
        }
        router.finish();
    }
}

#[tokio::test]
async fn a_broken_form_never_finishes() {
    for form in Form::broken() {
        let router = router(form).await;
        router.expect(turn());
        let answered = ask(&router, &streamed()).await;
        assert_eq!(answered.status, 200);
        assert_eq!(answered.complete, form != Form::CutMidway, "{form:?}");
        if form == Form::ErrorBody {
            assert!(answered.json()["error"]["message"].is_string());
            continue;
        }
        let heard = hear(&answered.body());
        assert_ne!(heard.finish.as_deref(), Some("tool_calls"), "{form:?}");
        assert_eq!(
            heard.finish.is_some(),
            form == Form::ErrorFinish,
            "{form:?}"
        );
        assert_eq!(heard.error, form == Form::ErrorEvent, "{form:?}");
        assert_ne!(heard.text, "", "{form:?} breaks after words were shown");
        router.finish();
    }
}

/// The deltas of the calls in a stream.
fn pieces(bytes: &[u8]) -> Vec<Value> {
    let events = events(bytes).into_iter().filter(|data| data != "[DONE]");
    events
        .map(|data| serde_json::from_str::<Value>(&data).unwrap())
        .flat_map(|event| {
            let pieces = &event["choices"][0]["delta"]["tool_calls"];
            pieces.as_array().cloned().unwrap_or_default()
        })
        .collect()
}

#[tokio::test]
async fn forms_of_calls_are_what_they_are_called() {
    type Check = fn(&[Value]) -> bool;
    let table: [(Form, Check); 8] = [
        (Form::Deltas, |p| {
            p.len() > 3 && p.iter().all(|p| p["index"].is_u64())
        }),
        (Form::Fragments, |p| p.len() > 30),
        (Form::NoIndex, |p| {
            p.iter().all(|p| p.get("index").is_none())
        }),
        (Form::NoIds, |p| p.iter().all(|p| p.get("id").is_none())),
        (Form::LateIds, |p| {
            p[0].get("id").is_none() && p[p.len() - 1]["id"].is_string()
        }),
        (Form::SameIds, |p| {
            p.iter().filter(|p| p["id"] == "call_0").count() == 2
        }),
        (Form::WholeCalls, |p| p.len() == 2 && p[1]["index"] == 1),
        (Form::WholeCallsNoIndex, |p| {
            p.len() == 2 && p[1].get("index").is_none()
        }),
    ];
    for (form, check) in table {
        let router = router(form).await;
        router.expect(turn());
        let pieces = pieces(&ask(&router, &streamed()).await.body());
        assert!(check(&pieces), "{form:?}: {pieces:#?}");
    }
}

#[tokio::test]
async fn forms_of_bytes_are_what_they_are_called() {
    type Check = fn(&str) -> bool;
    let table: [(Form, Check); 6] = [
        (Form::CrLf, |text| {
            text.matches('\n').count() == text.matches("\r\n").count()
        }),
        (Form::KeepAlives, |text| {
            text.starts_with(": ") && text.contains("\n:\n")
        }),
        (Form::AfterDone, |text| !text.trim_end().ends_with("[DONE]")),
        (Form::NullChoices, |text| text.contains("\"choices\":null")),
        (Form::UsageUnasked, |text| text.contains("\"choices\":[]")),
        (Form::OtherModel, |text| {
            text.contains("\"model\":\"another/model\"")
        }),
    ];
    for (form, check) in table {
        let router = router(form).await;
        router.expect(turn());
        let body = ask(&router, &streamed()).await.body();
        let text = String::from_utf8(body).unwrap();
        assert!(check(&text), "{form:?}: {text}");
    }
}

#[tokio::test]
async fn tiny_pieces_end_within_characters() {
    let router = router(Form::TinyPieces).await;
    router.expect(turn());
    let answered = ask(&router, &streamed()).await;
    assert!(
        answered
            .chunks
            .iter()
            .any(|chunk| std::str::from_utf8(chunk).is_err())
    );
}

#[tokio::test]
async fn a_turn_has_its_own_form_and_breaks_once() {
    let router = router(Form::Deltas).await;
    router.expect(turn().in_form(Form::DiesMidway));
    let first = hear(&ask(&router, &streamed()).await.body());
    assert_eq!(first.finish, None);
    let again = hear(&ask(&router, &streamed()).await.body());
    assert_eq!(again, said());
    router.finish();
}

#[tokio::test]
async fn a_gate_holds_an_answer_back() {
    let router = router(Form::Deltas).await;
    let (before, midway) = (Gate::closed(), Gate::closed());
    router.expect(turn().held_by(&before).held_midway_by(&midway));
    let body = streamed();
    let asking = ask(&router, &body);
    let letting_go = async {
        router.asked(1).await;
        before.open();
        midway.open();
    };
    let (answered, ()) = tokio::join!(asking, letting_go);
    assert_eq!(hear(&answered.body()), said());
}
