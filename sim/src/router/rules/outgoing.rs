//! "Send a mail to ben@example.com saying that I am late": proposed, never insisted on.

use serde_json::json;

use super::found;
use super::inbox::MAIL;
use super::markdown::{plain, short};
use super::phrase::Words;
use super::reach;
use crate::router::asked::Asked;
use crate::router::turn::Turn;

const SEND: &str = "gmail_send_message";

pub(super) fn turn(asked: &Asked, words: &Words) -> Option<Turn> {
    let sends = [
        "send a",
        "send mail",
        "send email",
        "write a",
        "write mail",
        "reply to",
    ];
    if !words.any(&sends) || !words.any(&MAIL) {
        return None;
    }
    let Some(to) = words.address() else {
        return Some(Turn::says(
            "To whom? Tell me the address, as in *send a mail to ben@example.com saying \"I am late\"*.",
        ));
    };
    let to = to.as_str();
    let body = words.subject(&["saying that ", "saying ", "that says "]);
    let body = body.unwrap_or_else(|| "Hello!".to_owned());
    let Some(outcome) = reach::outcomes(asked, SEND).pop() else {
        let subject = short(&body, 60);
        let arguments = json!({"to": to, "subject": subject, "body": body});
        return Some(reach::call(asked, SEND, &[arguments]));
    };
    Some(Turn::says(if found::failure(&outcome).is_some() {
        let body = plain(&body);
        format!(
            "I cannot send the mail to {to} for you. Nothing was changed. Its text would be:\n\n> {body}"
        )
    } else {
        format!("Done: the mail to {to} is sent.")
    }))
}
