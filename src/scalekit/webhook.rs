//! Reports of the vault: signed as its SDKs check it, with HMAC-SHA256 over id, time stamp
//! and the raw bytes. No byte is read before that holds.

use axum::body::Bytes;
use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretSlice};
use serde_json::Value;
use sha2::Sha256;

use crate::account::AccountStatus;
use crate::notice::Change;
use crate::random::Digest;

const ID: &str = "webhook-id";
const STAMP: &str = "webhook-timestamp";
const SIGNATURES: &str = "webhook-signature";

/// The one way of signing that we know; a header may hold signatures of others beside it.
const VERSION: &str = "v1,";

/// Seconds between the vault's clock and ours beyond which a report counts as replayed.
const WINDOW: u64 = 300;

/// A report that the vault signed. Only [`WebhookSecret::verify`] makes one.
pub(crate) struct SignedReport {
    /// As the header has it, for reports without an id of their own.
    id: String,
    body: Bytes,
}

/// Why something is not taken for a report of the vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotReported {
    #[error("no signature is the one of these bytes")]
    BadSignature,
    #[error("the {header} header is missing, repeated or malformed")]
    Malformed { header: &'static str },
    #[error("signed {seconds} s away from now: is this machine's clock right?")]
    Stale { seconds: u64 },
}

/// The key shared with the vault.
#[derive(Clone)]
pub(crate) struct WebhookSecret(Hmac<Sha256>);

impl WebhookSecret {
    /// `None` for a key that cannot be one.
    pub(crate) fn new(key: &SecretSlice<u8>) -> Option<Self> {
        Hmac::new_from_slice(key.expose_secret()).ok().map(Self)
    }

    /// Whether the vault sent these bytes just now. While it changes its key it signs with
    /// both, and one of them will do. The time counts only once a signature holds.
    pub(crate) fn verify(
        &self,
        headers: &HeaderMap,
        body: Bytes,
        now: Timestamp,
    ) -> Result<SignedReport, NotReported> {
        let (id, stamp) = (only(headers, ID)?, only(headers, STAMP)?);
        let signed_at = seconds(stamp).ok_or(NotReported::Malformed { header: STAMP })?;
        let mut mac = self.0.clone();
        for part in [id.as_bytes(), b".", stamp.as_bytes(), b".", &body] {
            mac.update(part);
        }
        let signatures = only(headers, SIGNATURES)?;
        let holds = |signature: &str| {
            let digest = signature.strip_prefix(VERSION);
            let digest = digest.and_then(|digest| STANDARD.decode(digest).ok());
            digest.is_some_and(|digest| mac.clone().verify_slice(&digest).is_ok())
        };
        if !signatures.split(' ').any(holds) {
            return Err(NotReported::BadSignature);
        }
        let seconds = now.as_second().abs_diff(signed_at);
        if seconds > WINDOW {
            return Err(NotReported::Stale { seconds });
        }
        Ok(SignedReport {
            id: id.to_owned(),
            body,
        })
    }
}

/// The one value of a header; two might be read differently by two readers.
fn only<'a>(headers: &'a HeaderMap, header: &'static str) -> Result<&'a str, NotReported> {
    let mut values = headers.get_all(header).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok().filter(|text| !text.is_empty()),
        _ => None,
    }
    .ok_or(NotReported::Malformed { header })
}

/// Seconds since 1970, written in digits alone.
fn seconds(stamp: &str) -> Option<i64> {
    let digits = stamp.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| stamp.parse().ok()).flatten()
}

/// What the vault says about one account. Whose it is, it names by an identifier, which
/// nobody prints.
pub(crate) struct Report {
    /// Of the report's id: the same one comes again until it is taken.
    pub(crate) id: Digest,
    pub(crate) identifier: String,
    pub(crate) connection: String,
    pub(crate) change: Change,
}

impl Report {
    /// `None` for what is not about an account, or changes nothing about it that matters
    /// here, or is not understood: more of the same would be understood no better.
    pub(crate) fn read(signed: &SignedReport) -> Option<Self> {
        let whole: Value = serde_json::from_slice(&signed.body).ok()?;
        let text = |pointer: &str| whole.pointer(pointer).and_then(Value::as_str);
        let status = |pointer: &str| AccountStatus::read(text(pointer).unwrap_or_default());
        let change = match text("/type")?.strip_prefix("connected_account.")? {
            "status_updated" => Change::between(status("/data/old_status"), status("/data/status")),
            "deleted" | "oauth_succeeded" | "token_refresh_failed" | "updated" => Change::Other,
            _ => return None,
        };
        Some(Self {
            id: Digest::of(text("/id").unwrap_or(&signed.id)),
            identifier: text("/data/identifier")?.to_owned(),
            connection: text("/data/connection_name")?.to_owned(),
            change,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_700_000_000;
    const BODY: &[u8] = br#"{"id":"evt_1"}"#;

    fn secret(key: &[u8]) -> WebhookSecret {
        WebhookSecret::new(&key.to_vec().into()).unwrap()
    }

    fn signature(key: &[u8], id: &str, stamp: &str, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(format!("{id}.{stamp}.").as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }

    fn good() -> [(&'static str, String); 3] {
        let stamp = NOW.to_string();
        let signed = signature(b"key", "msg_1", &stamp, BODY);
        [
            (ID, "msg_1".to_owned()),
            (STAMP, stamp),
            (SIGNATURES, signed),
        ]
    }

    fn judged(
        pairs: &[(&'static str, String)],
        body: &'static [u8],
    ) -> Result<String, NotReported> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        let now = Timestamp::from_second(NOW).unwrap();
        let signed = secret(b"key").verify(&headers, Bytes::from_static(body), now);
        signed.map(|signed| signed.id)
    }

    /// The vector that the makers of this scheme publish.
    #[test]
    fn the_published_vector_holds() {
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let mut headers = HeaderMap::new();
        for (name, value) in [
            (ID, "msg_p5jXN8AQM9LWM0D4loKWxJek"),
            (STAMP, "1614265330"),
            (
                SIGNATURES,
                "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            ),
        ] {
            headers.append(name, value.parse().unwrap());
        }
        let body = Bytes::from_static(br#"{"test": 2432232314}"#);
        let now = Timestamp::from_second(1_614_265_330).unwrap();
        assert!(secret(&key).verify(&headers, body, now).is_ok());
    }

    #[test]
    fn one_good_signature_among_others_will_do() {
        let [id, stamp, (_, signed)] = good();
        let other = signature(b"other", "msg_1", &stamp.1, BODY);
        for (signatures, accepted) in [
            (signed.clone(), true),
            (format!("{other} {signed}"), true),
            (format!("v2,abc {signed} v1,"), true),
            (format!("v1a,{}", signed.trim_start_matches("v1,")), false),
            (signed.trim_start_matches("v1,").to_owned(), false),
            (signed.replacen("v1", "V1", 1), false),
            (signed.replacen(',', ", ", 1), false),
            (signed.trim_end_matches('=').to_owned(), false),
            (other, false),
            ("v1,".to_owned(), false),
        ] {
            let pairs = [id.clone(), stamp.clone(), (SIGNATURES, signatures.clone())];
            assert_eq!(judged(&pairs, BODY).is_ok(), accepted, "{signatures}");
        }
    }

    #[test]
    fn every_refusal_has_its_name() {
        let malformed = |header| Err(NotReported::Malformed { header });
        assert_eq!(judged(&good(), BODY), Ok("msg_1".to_owned()));
        assert_eq!(judged(&good(), b"{}"), Err(NotReported::BadSignature));
        for (at, name) in [ID, STAMP, SIGNATURES].into_iter().enumerate() {
            let mut without = good().to_vec();
            without.remove(at);
            assert_eq!(judged(&without, BODY), malformed(name), "without {name}");
            let mut twice = good().to_vec();
            twice.push(twice[at].clone());
            assert_eq!(judged(&twice, BODY), malformed(name), "{name} twice");
        }
        for (stamp, refused) in [
            ("soon".to_owned(), malformed(STAMP)),
            (format!("+{NOW}"), malformed(STAMP)),
            (format!("{NOW}.0"), malformed(STAMP)),
            ((NOW + 1).to_string(), Err(NotReported::BadSignature)),
        ] {
            let [id, _, signed] = good();
            assert_eq!(judged(&[id, (STAMP, stamp), signed], BODY), refused);
        }
    }

    #[test]
    fn five_minutes_either_way_and_no_second_more() {
        for (offset, stale) in [
            (300, None),
            (-300, None),
            (301, Some(301)),
            (-301, Some(301)),
        ] {
            let stamp = (NOW + offset).to_string();
            let signed = signature(b"key", "m", &stamp, BODY);
            let pairs = [(ID, "m".to_owned()), (STAMP, stamp), (SIGNATURES, signed)];
            let expected = stale.map_or(Ok("m".to_owned()), |seconds| {
                Err(NotReported::Stale { seconds })
            });
            assert_eq!(judged(&pairs, BODY), expected, "{offset}");
        }
    }

    fn read(body: &Value) -> Option<Report> {
        Report::read(&SignedReport {
            id: "msg_1".to_owned(),
            body: body.to_string().into(),
        })
    }

    fn report(kind: &str) -> Value {
        json!({
            "id": "evt_1", "type": format!("connected_account.{kind}"), "more": [1],
            "data": {"identifier": "i", "connection_name": "gmail", "status": "EXPIRED",
                "old_status": "ACTIVE", "new_field": null},
        })
    }

    #[test]
    fn what_matters_is_read_and_the_rest_is_ignored() {
        for (kind, change) in [
            ("status_updated", Some(Change::Lapsed)),
            ("updated", Some(Change::Other)),
            ("deleted", Some(Change::Other)),
            ("token_refresh_failed", Some(Change::Other)),
            ("oauth_succeeded", Some(Change::Other)),
            ("token_refresh_succeeded", None),
            ("oauth_tokens_fetched", None),
            ("magic_link_generated", None),
            ("created", None),
            ("invented_tomorrow", None),
        ] {
            let read = read(&report(kind));
            assert_eq!(read.map(|report| report.change), change, "{kind}");
        }
        assert!(
            Report::read(&SignedReport {
                id: "m".to_owned(),
                body: "<x>".into()
            })
            .is_none()
        );
        for (pointer, value) in [
            ("/data/identifier", json!(7)),
            ("/data/connection_name", Value::Null),
            ("/data", json!([])),
            ("/type", json!("organization.deleted")),
        ] {
            let mut odd = report("updated");
            *odd.pointer_mut(pointer).unwrap() = value;
            assert!(read(&odd).is_none(), "{pointer}");
        }
    }

    #[test]
    fn a_report_without_an_id_goes_by_the_headers() {
        let mut bare = report("updated");
        bare["id"] = Value::Null;
        assert_eq!(read(&bare).unwrap().id, Digest::of("msg_1"));
        assert_eq!(read(&report("updated")).unwrap().id, Digest::of("evt_1"));
    }
}
