//! What Slack shows of blocks is what the page shows.

use serde_json::{Value, json};

use super::super::inline::Names;
use super::body;

fn shown(text: &str, blocks: Value) -> String {
    let blocks: Vec<Value> = serde_json::from_value(blocks).unwrap();
    body(text, &blocks, &Names::new())
}

#[test]
fn text_stands_in_for_blocks() {
    assert_eq!(
        shown("*a*\n```b\nc```", json!([])),
        "<p><strong>a</strong></p><pre><code>b\nc</code></pre>"
    );
    assert_eq!(
        shown("unseen", json!([{"type": "markdown", "text": "**a**"}])),
        "<p><strong>a</strong></p>"
    );
}

#[test]
fn every_kind_of_block_is_shown() {
    let table = [
        (
            json!({"type": "section", "text": {"type": "mrkdwn", "text": "*a*"}}),
            "<strong>a</strong>",
        ),
        (
            json!({"type": "rich_text", "elements": [
                {"type": "rich_text_section", "elements": [{"type": "text", "text": "<r>"}]},
            ]}),
            "<p>&lt;r&gt;</p>",
        ),
        (
            json!({"type": "section", "text": {"type": "plain_text", "text": "*a*"}}),
            "<p>*a*</p>",
        ),
        (
            json!({"type": "section", "fields": [{"type": "mrkdwn", "text": "f"}]}),
            "<p>f</p>",
        ),
        (
            json!({"type": "header", "text": {"type": "plain_text", "text": "h"}}),
            "<h4>h</h4>",
        ),
        (json!({"type": "divider"}), "<hr>"),
        (
            json!({"type": "section", "text": {"type": "mrkdwn", "text": "a"}, "accessory":
                {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "go"}}),
            "<div class=\"section\"><div><p>a</p></div><button",
        ),
        (
            json!({"type": "task_card", "task_id": "1", "status": "in_progress",
                "title": {"type": "plain_text", "text": "Search <mail>"},
                "output": {"type": "plain_text", "text": "5 mails"}}),
            "aria-label=\"at work\"></span><div>Search &lt;mail&gt;<p>5 mails</p></div>",
        ),
        (
            json!({"type": "plan", "title": {"type": "plain_text", "text": "Two steps"}}),
            "<p class=\"plan\">Two steps</p>",
        ),
        (
            json!({"type": "context_actions", "elements": [{"type": "feedback_buttons", "action_id": "feedback",
                "positive_button": {"text": {"type": "plain_text", "text": "Good"}, "value": "good"},
                "negative_button": {"text": {"type": "plain_text", "text": "Bad"}, "value": "bad"}}]}),
            "data-action=\"feedback\" data-value=\"bad\" aria-label=\"Bad\"",
        ),
        (
            json!({"type": "input", "block_id": "b", "label": {"type": "plain_text", "text": "To"},
                "element": {"type": "plain_text_input", "action_id": "i", "initial_value": "\"x\""}}),
            "<label for=\"f-b\">To</label><input type=\"text\" value=\"&quot;x&quot;\"",
        ),
        (
            json!({"type": "input", "block_id": "b", "optional": true, "label": {"type": "plain_text", "text": "How"},
                "element": {"type": "static_select", "action_id": "i",
                    "options": [{"text": {"type": "plain_text", "text": "yes"}, "value": "true"}],
                    "initial_option": {"text": {"type": "plain_text", "text": "yes"}, "value": "true"}}}),
            "<option value=\"true\" selected>yes</option>",
        ),
        (
            json!({"type": "context", "elements": [{"type": "mrkdwn", "text": "c"}]}),
            "class=\"context\"><p>c",
        ),
        (json!({"type": "table"}), "(a block of type “table”)"),
    ];
    for (block, expected) in table {
        let html = shown("", json!([block]));
        assert!(html.contains(expected), "{html}");
    }
}

#[test]
fn buttons_carry_what_slack_needs() {
    let html = shown(
        "",
        json!([{"type": "actions", "block_id": "b1", "elements": [
            {"type": "button", "text": {"type": "plain_text", "text": "Go <now>"}, "action_id": "go", "value": "\"7\""},
            {"type": "button", "text": {"type": "plain_text", "text": "Connect"}, "action_id": "open",
                "url": "http://127.0.0.1:1/connect/x?a&b", "style": "primary"},
            {"type": "button", "text": {"type": "plain_text", "text": "Bad"}, "url": "javascript:alert(1)"},
        ]}]),
    );
    assert!(
        html.contains("data-block=\"b1\" data-action=\"go\" data-value=\"&quot;7&quot;\""),
        "{html}"
    );
    assert!(html.contains("Go &lt;now&gt;</button>"), "{html}");
    assert!(
        html.contains("class=\"button primary\" href=\"http://127.0.0.1:1/connect/x?a&amp;b\""),
        "{html}"
    );
    assert!(!html.contains("href=\"javascript"), "{html}");
}
