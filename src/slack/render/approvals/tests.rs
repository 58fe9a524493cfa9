use proptest::prelude::*;
use serde_json::Map;

use super::*;
use crate::approval::{No, Subject, Yes};
use crate::ids::{ConnectionName, Person, RunId, TeamId, UserId};
use crate::random::Digest;

fn run(number: u128) -> RunId {
    RunId::from_uuid(uuid::Uuid::from_u128(number))
}

fn ada() -> Person {
    let team = TeamId::parse("T1").unwrap();
    Person::new(None, &team, &UserId::parse("UADA").unwrap())
}

fn now() -> Timestamp {
    "2026-11-23T13:05:00Z".parse().unwrap()
}

fn approval(tool: &str) -> Approval {
    let subject = Subject {
        run: run(1),
        person: ada(),
        call: Digest::of("c1"),
        tool: tool.to_owned(),
        connection: ConnectionName::parse("gmail").unwrap(),
        fingerprint: Digest::of("a"),
    };
    let id = ApprovalId::from_bits(1);
    Approval::asked(id, id, subject, now())
}

fn proposal(arguments: &Value) -> Proposal {
    Proposal {
        arguments: arguments.as_object().unwrap().clone(),
        schema: Map::new(),
        account: Some("ada@example.com".to_owned()),
        name: "Ada *bold*\nNobody".to_owned(),
        zone: Some("Europe/Vienna".to_owned()),
    }
}

/// All texts of a message that are not data, and whether they are markup.
fn kinds(message: &Message) -> Vec<&str> {
    fn collect<'a>(value: &'a Value, kinds: &mut Vec<&'a str>) {
        match value {
            Value::Array(all) => all.iter().for_each(|one| collect(one, kinds)),
            Value::Object(fields) => {
                if fields.get("text").is_some_and(Value::is_string) {
                    kinds.extend(fields.get("type").and_then(Value::as_str));
                }
                fields.values().for_each(|one| collect(one, kinds));
            }
            Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut found = Vec::new();
    for block in &message.blocks {
        collect(block, &mut found);
    }
    found
}

#[test]
fn a_button_carries_the_id_and_nothing_else() {
    let message = card(
        &approval("gmail_create_label"),
        &proposal(&json!({"name": "x"})),
    );
    let blocks = message.unwrap().blocks;
    let buttons = blocks.last().unwrap()["elements"].as_array().unwrap();
    let actions: Vec<&str> = buttons
        .iter()
        .map(|button| button["action_id"].as_str().unwrap())
        .collect();
    assert_eq!(actions, [APPROVE, DENY, EDIT, ALWAYS_ALLOW]);
    for button in buttons {
        assert_eq!(button["value"], "00000000000000000000000000000001");
    }
    assert!(
        buttons[3]["confirm"]["text"]["text"]
            .as_str()
            .unwrap()
            .len()
            <= 300
    );
}

#[test]
fn nobodys_name_or_link_or_words_are_markup() {
    let arguments = json!({
        "to": "<@U1> <!channel> https://evil.example",
        "<!here>": {"deep": ["<https://evil.example|bank.example>"]},
    });
    let message = card(&approval("gmail_send_message"), &proposal(&arguments)).unwrap();
    let kinds = kinds(&message);
    assert!(
        kinds
            .iter()
            .all(|kind| ["text", "plain_text"].contains(kind)),
        "{kinds:?}"
    );
    assert!(!message.text.contains('<'), "{}", message.text);
}

#[test]
fn every_ending_is_said_with_who_and_when() {
    let proposal = proposal(&json!({"to": "ben@example.com"}));
    let yes = |how| Yes {
        at: now(),
        how,
        event: run(2),
    };
    let granted = |how| {
        let decided = approval("gmail_send_message").decided(
            &ada(),
            crate::approval::Word::Yes(how),
            (run(2), now()),
        );
        decided.unwrap()
    };
    let used = |fate| {
        let on = approval("gmail_send_message").subject;
        let begun = granted(How::AsAsked).begun(&on, now()).unwrap();
        begun.used(fate, Some(Trace::Link("https://a.example/7".to_owned())))
    };
    assert_eq!(yes(How::Always).how, How::Always);
    for (approval, wanted) in [
        (
            granted(How::AsAsked),
            "Approved by Ada *bold* Nobody, 23 November 2026 at 14:05 CET. I am on it.",
        ),
        (granted(How::Changed), "Changed and approved by Ada"),
        (granted(How::Always), "Approved for good by Ada"),
        (used(Fate::Done), "It is done."),
        (used(Fate::NotDone), "It failed, and nothing was done."),
        (used(Fate::Unknown), "please check."),
        (
            approval("gmail_send_message").withdrawn(Why::Stopped, now()),
            "Stopped by Ada *bold* Nobody, 23 November 2026 at 14:05 CET. Nothing was done.",
        ),
        (
            approval("gmail_send_message").withdrawn(Why::RunOver, now()),
            "The question was over, ",
        ),
    ] {
        if let State::Denied(No { why, .. }) = approval.state() {
            assert_ne!(*why, Why::Person);
        }
        let message = card(&approval, &proposal).unwrap();
        let whole = serde_json::to_string(&message.blocks).unwrap();
        assert!(whole.contains(wanted), "{wanted} in {whole}");
        assert!(!whole.contains("action_id"), "{whole}");
    }
}

#[test]
fn what_does_not_fit_whole_is_no_card() {
    let many: Map<String, Value> = (0..41).map(|n| (n.to_string(), json!(n))).collect();
    for (arguments, fits_whole) in [
        (json!({}), true),
        (json!({"body": "x".repeat(8_900)}), true),
        (json!({"body": "x".repeat(9_000)}), false),
        // What is spelt out takes more room.
        (json!({"body": "\u{200b}".repeat(1_500)}), false),
        (json!({"x".repeat(101): 1}), false),
        (json!({"two\nlines": 1}), false),
        (Value::Object(many), false),
    ] {
        assert_eq!(fits(&proposal(&arguments)), fits_whole, "{arguments}");
    }
}

proptest! {
    #[test]
    fn whatever_the_arguments_are_slack_takes_the_card_and_nothing_is_lost(
        texts in prop::collection::vec("[a-z<>&`é\u{1f600}\u{202e} \n]{0,400}", 0..8)
    ) {
        let arguments: Map<String, Value> = texts
            .iter()
            .enumerate()
            .map(|(n, text)| (format!("n{n}"), json!(text)))
            .collect();
        let proposal = proposal(&Value::Object(arguments));
        if let Some(message) = card(&approval("gmail_send_message"), &proposal) {
            prop_assert!(message.blocks.len() <= 50);
            prop_assert!(units(&message.text) <= LONGEST_TEXT);
            let whole = serde_json::to_string(&message.blocks).unwrap();
            for text in texts.iter().filter(|text| !text.trim().is_empty()) {
                let shown = serde_json::to_string(&spelt_out(text)).unwrap();
                prop_assert!(whole.contains(shown.trim_matches('"')), "{} in {}", shown, whole);
            }
        }
    }
}
