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
    if let Some(outcome) = reach::outcomes(asked, SEND).pop() {
        return Some(Turn::says(match found::failure(&outcome) {
            None => format!("Done: the mail to {to} is sent."),
            Some(why) => format!(
                "I did not send the mail to {to}: {}\n\nNothing was changed. I can still read your mails for you.",
                plain(&short(&why, 300)),
            ),
        }));
    }
    let body = words.subject(&["saying that ", "saying ", "that says "]);
    let body = body.unwrap_or_else(|| "Hello!".to_owned());
    let subject = short(&body, 60);
    Some(reach::call(
        asked,
        SEND,
        &[json!({"to": to, "subject": subject, "body": body})],
    ))
}
