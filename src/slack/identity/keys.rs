//! Slack's public keys, kept for a while and asked for again when a token names one that
//! is not among them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde_json::Value;
use tokio::sync::Semaphore;
use url::Url;

use super::{Refusal, read};
use crate::clock::Clock;
use crate::slack::json;

/// Seconds after which keys are asked for again, so that a withdrawn one stops counting.
const LIFE: i64 = 3_600;

/// Seconds in which a key that is not there is not asked for again: tokens come from
/// outside, and must not make us ask Slack at their pace.
const PATIENCE: i64 = 60;

/// An RSA key that may have signed a token.
#[derive(Clone)]
pub(super) struct Key(RsaPublicKeyComponents<Arc<[u8]>>);

impl Key {
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Refusal> {
        self.0
            .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            .map_err(|_| Refusal::BadSignature)
    }

    /// Reads one key of the set; `None` for those that are no RSA keys for RS256.
    fn of_jwk(jwk: &Value) -> Option<(String, Self)> {
        let fits = |name: &str, value: &str| {
            !json::present(jwk, &[name]) || json::text(jwk, &[name]) == Some(value)
        };
        if json::text(jwk, &["kty"]) != Some("RSA") || !fits("use", "sig") || !fits("alg", "RS256")
        {
            return None;
        }
        let number = |name: &str| {
            let bytes = URL_SAFE_NO_PAD.decode(json::text(jwk, &[name])?).ok()?;
            // The verifier takes no leading zeros, which some writers of keys add.
            let from = bytes.iter().position(|byte| *byte != 0)?;
            bytes.get(from..).map(Arc::from)
        };
        let key = Self(RsaPublicKeyComponents {
            n: number("n")?,
            e: number("e")?,
        });
        Some((json::text(jwk, &["kid"])?.to_owned(), key))
    }
}

/// The keys of one issuer by their names.
pub(super) fn key_set(jwks: &Value) -> Option<HashMap<String, Key>> {
    let keys = json::at(jwks, &["keys"])?.as_array()?;
    Some(keys.iter().filter_map(Key::of_jwk).collect())
}

struct Kept {
    keys: HashMap<String, Key>,
    since: Timestamp,
}

enum Lookup {
    Ask,
    Found(Key),
    NotThere,
}

/// Keeps the keys; one task at a time asks for them.
pub(super) struct Keys {
    url: Url,
    http: reqwest::Client,
    clock: Clock,
    deadline: Duration,
    kept: Mutex<Option<Kept>>,
    asking: Semaphore,
}

impl Keys {
    pub(super) fn new(url: Url, http: reqwest::Client, clock: Clock, deadline: Duration) -> Self {
        Self {
            url,
            http,
            clock,
            deadline,
            kept: Mutex::new(None),
            asking: Semaphore::new(1),
        }
    }

    pub(super) async fn find(&self, id: &str) -> Result<Key, Refusal> {
        if let Lookup::Found(key) = self.lookup(id) {
            return Ok(key);
        }
        tokio::time::timeout(self.deadline, self.asked(id))
            .await
            .map_err(|_| Refusal::KeysUnavailable)?
    }

    async fn asked(&self, id: &str) -> Result<Key, Refusal> {
        let _turn = self.asking.acquire().await;
        // While we waited for our turn, somebody else may have asked.
        match self.lookup(id) {
            Lookup::Ask => {}
            Lookup::Found(key) => return Ok(key),
            Lookup::NotThere => return Err(Refusal::UnknownKey),
        }
        let keys = self.fetch().await.ok_or(Refusal::KeysUnavailable)?;
        let found = keys.get(id).cloned();
        let kept = Kept {
            keys,
            since: self.clock.now(),
        };
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(kept);
        found.ok_or(Refusal::UnknownKey)
    }

    async fn fetch(&self) -> Option<HashMap<String, Key>> {
        let answer = read(self.http.get(self.url.clone())).await?;
        key_set(&json::parse(&answer)?).filter(|keys| !keys.is_empty())
    }

    fn lookup(&self, id: &str) -> Lookup {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(kept) = kept.as_ref() else {
            return Lookup::Ask;
        };
        let age = self.clock.now().as_second() - kept.since.as_second();
        match kept.keys.get(id) {
            Some(key) if (0..LIFE).contains(&age) => Lookup::Found(key.clone()),
            None if (0..PATIENCE).contains(&age) => Lookup::NotThere,
            Some(_) | None => Lookup::Ask,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use serde_json::json;

    use super::*;
    use crate::clock::Time;
    use crate::slack::identity::id_token::tests::{KEY_ID, key_set as real};
    use crate::slack::scripted::{Reply, Scripted, json_answer};

    #[derive(Clone)]
    struct ByHand(Arc<AtomicI64>);

    impl Time for ByHand {
        fn now(&self) -> Timestamp {
            Timestamp::from_second(self.0.load(Ordering::SeqCst)).unwrap()
        }
    }

    fn keys(server: &Scripted, clock: &ByHand) -> Keys {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().build().unwrap();
        let clock = Clock::new(clock.clone());
        Keys::new(server.url.clone(), http, clock, Duration::from_secs(5))
    }

    fn answer() -> Reply {
        Reply::Raw(json_answer(200, &real().to_string()))
    }

    #[tokio::test]
    async fn an_unknown_key_is_asked_for_at_our_pace() {
        let server = Scripted::answering(vec![answer(), answer(), answer()]);
        let clock = ByHand(Arc::new(AtomicI64::new(1_000)));
        let keys = keys(&server, &clock);
        for (later, id, found, asked) in [
            (0, "forged", false, 1),
            (0, "forged", false, 0),
            (0, KEY_ID, true, 0),
            (59, "forged", false, 0),
            (1, "forged", false, 1),
            (3_599, KEY_ID, true, 0),
            (1, KEY_ID, true, 1),
        ] {
            clock.0.fetch_add(later, Ordering::SeqCst);
            assert_eq!(keys.find(id).await.is_ok(), found, "{later} {id}");
            assert_eq!(server.asked().len(), asked, "{later} {id}");
        }
    }

    /// While Slack does not say what its keys are, those we have count for what is left of
    /// their hour, and no longer: one of them may have been withdrawn.
    #[tokio::test]
    async fn keys_outlive_slacks_silence_for_an_hour_at_most() {
        let away = || Reply::Json(503, "{}");
        let huge = Reply::Raw(json_answer(200, &huge_set().to_string()));
        let server = Scripted::answering(vec![answer(), away(), away(), huge, answer()]);
        let clock = ByHand(Arc::new(AtomicI64::new(1_000)));
        let keys = keys(&server, &clock);
        for (later, id, refused, asked) in [
            (0, KEY_ID, None, 1),
            (60, "new", Some(Refusal::KeysUnavailable), 1),
            (3_539, KEY_ID, None, 0),
            (1, KEY_ID, Some(Refusal::KeysUnavailable), 1),
            (0, KEY_ID, Some(Refusal::KeysUnavailable), 1),
            (0, KEY_ID, None, 1),
        ] {
            clock.0.fetch_add(later, Ordering::SeqCst);
            assert_eq!(keys.find(id).await.err(), refused, "{later} {id}");
            assert_eq!(server.asked().len(), asked, "{later} {id}");
        }
    }

    /// The right key among so many others that the answer is longer than we read.
    fn huge_set() -> Value {
        let mut set = real();
        let key = set["keys"][0].clone();
        let others = (0..200).map(|number| {
            let mut other = key.clone();
            other["kid"] = json!(format!("other-{number}"));
            other
        });
        set["keys"].as_array_mut().unwrap().extend(others);
        set
    }

    #[tokio::test]
    async fn a_key_that_slack_lists_no_more_is_gone_with_the_next_look() {
        let mut renamed = real();
        renamed["keys"][0]["kid"] = json!("k2");
        let renamed = Reply::Raw(json_answer(200, &renamed.to_string()));
        let server = Scripted::answering(vec![answer(), renamed]);
        let clock = ByHand(Arc::new(AtomicI64::new(1_000)));
        let keys = keys(&server, &clock);
        for (later, id, refused) in [
            (0, KEY_ID, None),
            (60, "k2", None),
            (0, KEY_ID, Some(Refusal::UnknownKey)),
        ] {
            clock.0.fetch_add(later, Ordering::SeqCst);
            assert_eq!(keys.find(id).await.err(), refused, "{later} {id}");
        }
    }

    #[tokio::test]
    async fn many_at_once_ask_once() {
        let server = Scripted::answering(vec![answer()]);
        let keys = keys(&server, &ByHand(Arc::new(AtomicI64::new(0))));
        let all = futures_util::future::join_all((0..20).map(|_| keys.find(KEY_ID))).await;
        assert!(all.iter().all(Result::is_ok));
        assert_eq!(server.asked().len(), 1);
    }

    #[test]
    fn only_keys_for_this_use_are_taken() {
        let key = real()["keys"][0].clone();
        for (field, value, taken) in [
            ("kty", json!("RSA"), true),
            ("kty", json!("EC"), false),
            ("kty", json!("oct"), false),
            ("use", json!("sig"), true),
            ("use", json!("enc"), false),
            ("use", Value::Null, true),
            ("alg", json!("RS512"), false),
            ("alg", Value::Null, true),
            ("kid", Value::Null, false),
            ("n", json!("!"), false),
            ("n", json!(""), false),
            ("e", json!("AAAA"), false),
            ("e", json!("AAEAAQ"), true),
        ] {
            let mut key = key.clone();
            key[field] = value.clone();
            let set = key_set(&json!({"keys": [7, key]})).unwrap();
            assert_eq!(!set.is_empty(), taken, "{field}: {value}");
        }
        assert!(key_set(&json!({"keys": {}})).is_none());
        assert!(key_set(&json!([])).is_none());
    }
}
