//! What the vault reports to the program: signed as its SDKs check it, sent again until it
//! is taken, and, if a story wants so, in all the wrong ways.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde_json::{Value, json};

use super::account::Status;
use super::{Vault, chance};

/// A report, ready to be sent as often as one likes.
#[derive(Debug, Clone)]
pub struct Report {
    pub body: Value,
}

/// How a report is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// Changed after it was signed.
    Altered,
    /// While the key changes: signed with two, ours being the second.
    BothKeys,
    Good,
    /// As a page of the vault's documents has it, and none of its SDKs.
    DocumentedElsewhere,
    /// Signed so many seconds from now.
    Off(i64),
    /// Under another id than was signed.
    OtherId,
    OtherKey,
    Unsigned,
}

/// How often the vault tries.
const TRIES: usize = 4;

impl Report {
    /// The same with another field in its data.
    #[must_use]
    pub fn with(mut self, field: &str, value: Value) -> Self {
        self.body["data"][field] = value;
        self
    }
}

impl Vault {
    /// What programs check reports with.
    pub fn webhook_secret(&self) -> String {
        self.world.lock().webhook_secret.clone()
    }

    /// A report of this kind (`updated`) about the account of this mailbox or identifier.
    pub fn report(&self, kind: &str, connection: &str, whose: &str) -> Report {
        let world = self.world.lock();
        let mut accounts = world.accounts.iter();
        let account = accounts.find(|account| {
            account.connection == connection
                && (account.identifier == whose || account.mailbox.as_deref() == Some(whose))
        });
        let account = account.expect("an account to report");
        let body = json!({
            "spec_version": "1",
            "id": format!("evt_{}", chance::token()),
            "type": format!("connected_account.{kind}"),
            "object": "ConnectedAccount",
            "occurred_at": world.now().to_string(),
            "environment_id": "env_58345499215790610",
            "data": {
                "id": account.id,
                "identifier": account.identifier,
                "connection_id": account.connection_id,
                "connection_name": account.connection,
                "provider": account.provider,
                "authorization_type": "OAUTH",
                "status": account.status.word(),
            },
        });
        Report { body }
    }

    /// A report that the account went from this status to another, true or not.
    pub fn status_report(
        &self,
        (connection, whose): (&str, &str),
        (before, after): (Status, Status),
    ) -> Report {
        self.report("status_updated", connection, whose)
            .with("old_status", json!(before.word()))
            .with("status", json!(after.word()))
    }

    /// The account changes its status, and the vault says so until it is heard.
    pub async fn changes_and_reports(
        &self,
        app: &str,
        account: (&str, &str),
        change: (Status, Status),
    ) -> Report {
        self.set_status(account.0, account.1, change.1);
        let report = self.status_report(account, change);
        self.delivers(app, &report).await;
        report
    }

    /// Sends a report until it is taken. A program that never takes it is in the wrong.
    pub async fn delivers(&self, app: &str, report: &Report) {
        for _ in 0..TRIES {
            let status = self.sends(app, report, Sending::Good).await;
            if status.is_some_and(|status| (200..300).contains(&status)) {
                return;
            }
        }
        let mut world = self.world.lock();
        world.violation("a report was taken by nobody".to_owned());
    }

    /// Sends a report once; the status it is answered with, if it is.
    pub async fn sends(&self, app: &str, report: &Report, how: Sending) -> Option<u16> {
        let (secret, now) = {
            let world = self.world.lock();
            (world.webhook_secret.clone(), world.now().as_second())
        };
        let body = report.body.to_string();
        let client = reqwest::Client::builder().build().expect("a client");
        let mut request = client
            .post(format!("{app}/scalekit/webhooks"))
            .header("content-type", "application/json");
        for (name, value) in headers(how, &secret, now, &body) {
            request = request.header(name, value);
        }
        let sent = if how == Sending::Altered {
            body.replacen("connected_account", "Connected_account", 1)
        } else {
            body
        };
        let answer = request.body(sent).send().await.ok()?;
        Some(answer.status().as_u16())
    }
}

fn headers(how: Sending, secret: &str, now: i64, body: &str) -> Vec<(&'static str, String)> {
    let id = format!("msg_{}", chance::token());
    let off = if let Sending::Off(seconds) = how {
        seconds
    } else {
        0
    };
    let stamp = (now + off).to_string();
    let key = if how == Sending::OtherKey {
        STANDARD.encode(b"the key of somebody else")
    } else {
        secret.trim_start_matches("whsec_").to_owned()
    };
    let signed = |key: &str, id: &str| {
        let key = STANDARD.decode(key).expect("a key in base64");
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        let digest = hmac::sign(&key, format!("{id}.{stamp}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(digest))
    };
    let signature = match how {
        Sending::Unsigned => return Vec::new(),
        Sending::DocumentedElsewhere => return documented_elsewhere(&key, &stamp, body),
        Sending::BothKeys => {
            let other = signed(&STANDARD.encode(b"the key of yesterday"), &id);
            format!("{other} {}", signed(&key, &id))
        }
        Sending::OtherId => signed(&key, "msg_another"),
        Sending::Altered | Sending::Good | Sending::Off(_) | Sending::OtherKey => signed(&key, &id),
    };
    vec![
        ("webhook-id", id),
        ("webhook-timestamp", stamp.clone()),
        ("webhook-signature", signature),
    ]
}

/// `scalekit-signature: t=…,v1=<hex>`.
fn documented_elsewhere(key: &str, stamp: &str, body: &str) -> Vec<(&'static str, String)> {
    let key = STANDARD.decode(key).expect("a key in base64");
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let digest = hmac::sign(&key, format!("{stamp}.{body}").as_bytes());
    let mut hex = String::new();
    for byte in digest.as_ref() {
        write!(hex, "{byte:02x}").expect("a string takes all");
    }
    vec![("scalekit-signature", format!("t={stamp},v1={hex}"))]
}
