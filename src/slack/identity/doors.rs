//! What comes back from Sign in with Slack: see `crate::doors`.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair, PublicKeyComponents};
use ring::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use serde_json::{Value, json};

use super::id_token::{Expected, IdToken};
use super::keys::key_set;
use crate::connect::SignedIn;
use crate::doors::{parts, text};
use crate::random::Randomness;
use crate::slack::json;

const KEY_ID: &str = "k1";
const CLIENT_ID: &str = "1.2";
const ISSUER: &str = "https://slack.com";
const NOW: i64 = 1_000;

/// A token, claims that Slack would have signed, and a set of keys. Nobody but Slack signs, and
/// no claim counts but for this app, this time and this browser.
pub(crate) fn sign_in(bytes: &[u8]) {
    let [token, claims, keys] = parts(bytes);
    let Some(ours) = key_pair().map(jwks) else {
        return;
    };
    assert!(judged(&text(token), &ours).is_none(), "a forged token");
    if let Some(keys) = json::parse(keys) {
        let _ = judged(&text(token), &keys);
    }
    let claims = text(claims).replace("NONCE", Randomness::seeded(1).nonce().expose());
    let signed = key_pair().and_then(|pair| signed(pair, &claims));
    if signed.is_some_and(|token| judged(&token, &ours).is_some()) {
        let claims: Value = serde_json::from_str(&claims).unwrap_or_default();
        let text = |claim: &str| claims.get(claim).and_then(Value::as_str);
        let number = |claim: &str| claims.get(claim).and_then(Value::as_i64);
        assert_eq!(text("iss"), Some(ISSUER));
        let audience = claims.get("aud");
        assert!(audience.is_some_and(|aud| *aud == CLIENT_ID || aud.is_array()));
        assert!(number("exp").is_some_and(|exp| exp > NOW - 60));
        assert!(number("iat").is_some_and(|iat| iat <= NOW + 60));
        assert!(text("nonce") == Some(Randomness::seeded(1).nonce().expose()));
        assert!(text("https://slack.com/user_id").is_some());
        assert!(text("https://slack.com/team_id").is_some());
    }
}

/// As `SignIn` does it.
fn judged(token: &str, keys: &Value) -> Option<SignedIn> {
    let keys = key_set(keys)?;
    let token = IdToken::parse(token).ok()?;
    let key = keys.get(token.key_id())?;
    let expected = Expected {
        issuer: ISSUER,
        client_id: CLIENT_ID,
        nonce: &Randomness::seeded(1).nonce(),
        now: Timestamp::from_second(NOW).ok()?,
    };
    token.signed_by(key).ok()?.accepted(&expected).ok()
}

/// The key with which the tests play Slack.
fn key_pair() -> Option<&'static KeyPair> {
    static PAIR: OnceLock<Option<KeyPair>> = OnceLock::new();
    PAIR.get_or_init(|| KeyPair::from_pkcs8(include_bytes!("../testdata/signer.pkcs8.der")).ok())
        .as_ref()
}

fn jwks(pair: &KeyPair) -> Value {
    let public = PublicKeyComponents::<Vec<u8>>::from(pair.public_key());
    let (n, e) = (
        URL_SAFE_NO_PAD.encode(public.n),
        URL_SAFE_NO_PAD.encode(public.e),
    );
    json!({"keys": [{"kty": "RSA", "kid": KEY_ID, "n": n, "e": e}]})
}

fn signed(pair: &KeyPair, claims: &str) -> Option<String> {
    let header = json!({"alg": "RS256", "kid": KEY_ID}).to_string();
    let message = [header.as_str(), claims].map(|part| URL_SAFE_NO_PAD.encode(part));
    let message = message.join(".");
    let mut signature = vec![0; pair.public().modulus_len()];
    let random = SystemRandom::new();
    pair.sign(
        &RSA_PKCS1_SHA256,
        &random,
        message.as_bytes(),
        &mut signature,
    )
    .ok()?;
    Some(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
}
