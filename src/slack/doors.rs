//! Slack's side of `crate::doors`: what it posts to us, and what it answers.

use std::fmt::Write as _;
use std::sync::OnceLock;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::Value;
use sha2::Sha256;

use super::inbound::{EventRequest, read_command, read_event, read_interaction};
use super::mark::Of;
use super::people::{self, Installation, Profile};
use super::socket::Frame;
use super::transport::{Deadlines, Transport};
use super::{Genuine, Intent, SigningSecret, intent, json, mrkdwn, search, wire};
use crate::circuit::{Breaker, Trust};
use crate::doors::{parts, text};
use crate::event::Event;
use crate::ids::{ConnectionName, MessageTs, RunId, TeamId, UserId};
use crate::metrics::{Metrics, Service};
use crate::random::Randomness;

pub(crate) use super::identity::doors::sign_in;
pub(crate) use super::render::doors::markdown;

const SECRET: &str = "not-a-secret";
const SIGNED_AT: i64 = 1_531_420_618;

/// A delivery of the Events API.
pub(crate) fn slack_events(bytes: &[u8]) {
    if let Some(signed) = signed(bytes) {
        judge(&read_event(&signed));
    }
}

/// A message of Socket Mode. Whatever is to be acknowledged can be, by the name it came under.
pub(crate) fn slack_envelopes(bytes: &[u8]) {
    let message = text(bytes);
    let Ok(Frame::Envelope(envelope)) = Frame::read(&message) else {
        return;
    };
    judge(&envelope.request);
    let told = envelope.id.acknowledgement(None);
    let told = json::parse(told.as_bytes()).unwrap_or_default();
    let named = json::parse(message.as_bytes()).unwrap_or_default();
    let id = |value| json::text(value, &["envelope_id"]).map(str::to_owned);
    assert!(id(&told).is_some() && id(&told) == id(&named));
}

/// A slash command or a button pressed.
pub(crate) fn slack_forms(bytes: &[u8]) {
    if let Some(signed) = signed(bytes) {
        judge(&read_command(&signed));
        judge(&read_interaction(&signed));
    }
}

/// A stamp, a signature and a body. Whoever does not have the secret cannot sign.
pub(crate) fn slack_signatures(bytes: &[u8]) {
    let [stamp, signature, body] = parts(bytes);
    let mut headers = HeaderMap::new();
    let named = [
        ("x-slack-request-timestamp", stamp),
        ("x-slack-signature", signature),
    ];
    for (name, values) in named {
        for value in values.split(|byte| *byte == b'\n') {
            if let Ok(value) = HeaderValue::from_bytes(value) {
                headers.append(name, value);
            }
        }
    }
    let Ok(now) = Timestamp::from_second(SIGNED_AT) else {
        return;
    };
    let secret = SigningSecret::new(SecretString::from(SECRET));
    let body = Bytes::copy_from_slice(body);
    assert!(secret.verify(&headers, body, now).is_err());
}

/// A body as Slack would have signed it: there is no other way to a [`Genuine`].
fn signed(body: &[u8]) -> Option<Genuine> {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).ok()?;
    mac.update(format!("v0:{SIGNED_AT}:").as_bytes());
    mac.update(body);
    let digest = mac.finalize().into_bytes();
    let hex = digest.iter().fold(String::new(), |mut hex, byte| {
        // Writing into a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let mut headers = HeaderMap::new();
    headers.insert("x-slack-request-timestamp", SIGNED_AT.into());
    let signature = HeaderValue::try_from(format!("v0={hex}")).ok()?;
    headers.insert("x-slack-signature", signature);
    let now = Timestamp::from_second(SIGNED_AT).ok()?;
    let secret = SigningSecret::new(SecretString::from(SECRET));
    secret
        .verify(&headers, Bytes::copy_from_slice(body), now)
        .ok()
}

fn judge(request: &EventRequest) {
    let EventRequest::Happened { event, keys } = request else {
        return;
    };
    for key in keys.iter() {
        assert!(key.len() <= 400 && !key.contains('\n'), "{key}");
    }
    // As the inbox keeps it, and reads it after a restart.
    let kept = serde_json::to_vec(event).unwrap_or_default();
    assert!(serde_json::from_slice(&kept).is_ok_and(|read: Event| read == *event));
    let url = match event {
        Event::Commanded(commanded) => {
            Intent::command(&commanded.command, Some("acme"), &commanded.text);
            commanded.response_url.as_ref()
        }
        Event::Automated(_)
        | Event::Opened(_)
        | Event::Removed(_)
        | Event::SessionStopped(_)
        | Event::Submitted(_) => None,
        Event::Pressed(pressed) => pressed.response_url.as_ref(),
        Event::Said(said) => {
            read_words(&said.text);
            None
        }
    };
    if let Some(Ok(url)) = url.zip(transport()).map(|(url, to)| to.address(url)) {
        let host = url.host_str();
        assert!(matches!(host, Some("hooks.slack.com" | "127.0.0.1")));
    }
}

/// Made once, since it takes long; it connects to nothing by itself.
fn transport() -> Option<&'static Transport> {
    static TRANSPORT: OnceLock<Option<Transport>> = OnceLock::new();
    TRANSPORT
        .get_or_init(|| {
            let randomness = Randomness::seeded(1);
            let trust = Trust {
                trouble: std::time::Duration::from_secs(1),
                pause: std::time::Duration::from_secs(1),
            };
            let breaker = Breaker::new(Service::Slack, trust, randomness.clone(), Metrics::new());
            let url = "http://127.0.0.1:9/api".parse().ok()?;
            let token = SecretString::from("xoxb-none");
            Transport::new(&url, &token, Deadlines::default(), randomness, breaker).ok()
        })
        .as_ref()
}

/// What somebody wrote, as far as it is read by rules.
pub(crate) fn mrkdwn(bytes: &[u8]) {
    let [said, name] = parts(bytes);
    let (said, name) = (text(said), text(name));
    read_words(&said);
    let escaped = mrkdwn::escape(&said);
    assert!(!escaped.contains(['<', '>']));
    assert_eq!(mrkdwn::plain(&escaped), said);
    let line = mrkdwn::one_line(&name);
    assert!(!line.is_empty() && line.chars().count() <= 80);
    assert!(!line.chars().any(char::is_control));
    // Somebody may call themselves as they like, also by an id.
    let people = mrkdwn::mentioned(&said);
    let names = people.iter().map(|user| (user.clone(), line.clone()));
    let shown = mrkdwn::with_names(&said, &names.collect());
    assert_eq!(mrkdwn::mentioned(&shown), []);
}

fn read_words(said: &str) {
    let Ok(bot) = UserId::parse("UVALET") else {
        return;
    };
    if let Intent::Connect(Some(name)) | Intent::Disconnect(Some(name)) = Intent::said(said, &bot) {
        let known: Vec<_> = ConnectionName::parse("gmail").into_iter().collect();
        intent::meant(&name, &known);
    }
}

/// An answer of the Web API: as that of each call whose answer is read.
pub(crate) fn slack_answers(bytes: &[u8]) {
    let Ok(answer) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    let answer = match wire::success(answer) {
        Ok(answer) => answer,
        Err(error) => {
            assert!(error.to_string().len() < 100, "{error}");
            return;
        }
    };
    if let Ok(here) = people::installation(&answer) {
        one_line(&here.team_name);
    }
    let (Ok(team), Ok(ada), Ok(valet)) = (
        TeamId::parse("TACME"),
        UserId::parse("UADA"),
        UserId::parse("UVALET"),
    ) else {
        return;
    };
    let here = Installation {
        team,
        team_name: "Acme".to_owned(),
        enterprise: None,
        org_wide: false,
        bot_user: valet,
        bot_id: Some("BVALET".to_owned()),
    };
    if let Ok(Profile { name, .. }) = people::profile(&answer, &ada, &here) {
        one_line(&name);
    }
    let run = RunId::from_uuid(uuid::Uuid::nil());
    let messages = json::at(&answer, &["messages"]).and_then(Value::as_array);
    for message in messages.into_iter().flatten() {
        search::word_of(message, Of::Run(run), &here);
        if let Some(ts) = json::id(message, &[&["ts"]], MessageTs::parse) {
            ts.time();
        }
    }
}

fn one_line(name: &str) {
    assert!(!name.is_empty() && !name.contains('\n') && name.chars().count() <= 80);
}
