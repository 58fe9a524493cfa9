//! The `id_token`: what must hold before it is believed. Pure: the key and the time come in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::Value;
use subtle::ConstantTimeEq as _;

use super::Refusal;
use super::keys::Key;
use crate::connect::SignedIn;
use crate::ids::{EnterpriseId, TeamId, UserId};
use crate::random::Nonce;
use crate::slack::json;

/// Seconds by which Slack's clock and ours may differ, either way.
const SKEW: i64 = 60;

const USER: &str = "https://slack.com/user_id";
const TEAM: &str = "https://slack.com/team_id";
const ENTERPRISE: &str = "https://slack.com/enterprise_id";

/// What a token of this sign-in says.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) nonce: &'a Nonce,
    pub(super) now: Timestamp,
}

/// A token in its parts; nothing in it is believed yet.
pub(super) struct IdToken<'a> {
    key_id: String,
    signed: &'a str,
    claims: Value,
    signature: Vec<u8>,
}

impl<'a> IdToken<'a> {
    /// Takes a token apart. RS256 is the only algorithm there is: a token does not get to
    /// choose how it is verified.
    pub(super) fn parse(token: &'a str) -> Result<Self, Refusal> {
        let (signed, signature) = token.rsplit_once('.').ok_or(Refusal::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(Refusal::Malformed)?;
        let header = object(header)?;
        if json::text(&header, &["alg"]) != Some("RS256") {
            return Err(Refusal::WrongAlgorithm);
        }
        // Extensions that must be understood, and are not.
        if json::present(&header, &["crit"]) {
            return Err(Refusal::Malformed);
        }
        Ok(Self {
            key_id: json::text(&header, &["kid"])
                .ok_or(Refusal::UnknownKey)?
                .to_owned(),
            signed,
            claims: object(claims)?,
            signature: decoded(signature)?,
        })
    }

    pub(super) fn key_id(&self) -> &str {
        &self.key_id
    }

    pub(super) fn signed_by(self, key: &Key) -> Result<Claims, Refusal> {
        key.verify(self.signed.as_bytes(), &self.signature)?;
        Ok(Claims(self.claims))
    }
}

/// What a token says that Slack did sign; whether it is for us and now is another matter.
pub(super) struct Claims(Value);

impl Claims {
    pub(super) fn accepted(self, expected: &Expected<'_>) -> Result<SignedIn, Refusal> {
        let Self(claims) = &self;
        if json::text(claims, &["iss"]) != Some(expected.issuer) {
            return Err(Refusal::WrongIssuer);
        }
        if !self.is_for(expected.client_id) {
            return Err(Refusal::WrongAudience);
        }
        self.in_time(expected.now.as_second())?;
        let nonce = json::text(claims, &["nonce"]).unwrap_or_default();
        if !bool::from(nonce.as_bytes().ct_eq(expected.nonce.expose().as_bytes())) {
            return Err(Refusal::WrongNonce);
        }
        let user = json::id(claims, &[&[USER]], UserId::parse).ok_or(Refusal::NoPerson)?;
        if json::text(claims, &["sub"]) != Some(user.as_str()) {
            return Err(Refusal::TwoPersons);
        }
        Ok(SignedIn::proved(
            user,
            json::id(claims, &[&[TEAM]], TeamId::parse).ok_or(Refusal::NoPerson)?,
            json::id(claims, &[&[ENTERPRISE]], EnterpriseId::parse),
        ))
    }

    /// For us and nobody else: who is named beside us could bring the token too. `azp` is
    /// whom it was issued to, where it says so.
    fn is_for(&self, client_id: &str) -> bool {
        let ours = match json::at(&self.0, &["aud"]) {
            Some(Value::String(audience)) => audience == client_id,
            Some(Value::Array(audiences)) => {
                !audiences.is_empty() && audiences.iter().all(|one| one == client_id)
            }
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => {
                false
            }
        };
        ours && json::at(&self.0, &["azp"]).is_none_or(|party| party == client_id)
    }

    fn in_time(&self, now: i64) -> Result<(), Refusal> {
        if now >= self.seconds("exp")?.saturating_add(SKEW) {
            return Err(Refusal::Expired);
        }
        let not_before = match json::at(&self.0, &["nbf"]) {
            Some(_) => self.seconds("nbf")?,
            None => i64::MIN,
        };
        if self.seconds("iat")?.max(not_before) > now.saturating_add(SKEW) {
            return Err(Refusal::FromTheFuture);
        }
        Ok(())
    }

    fn seconds(&self, claim: &str) -> Result<i64, Refusal> {
        json::at(&self.0, &[claim])
            .and_then(Value::as_i64)
            .ok_or(Refusal::Malformed)
    }
}

fn object(part: &str) -> Result<Value, Refusal> {
    serde_json::from_slice(&decoded(part)?)
        .ok()
        .filter(Value::is_object)
        .ok_or(Refusal::Malformed)
}

fn decoded(part: &str) -> Result<Vec<u8>, Refusal> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Refusal::Malformed)
}

#[cfg(test)]
pub(super) mod tests {
    use ring::rand::SystemRandom;
    use ring::rsa::{KeyPair, PublicKeyComponents};
    use ring::signature::{KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RsaEncoding};
    use serde_json::json;

    use super::super::keys;
    use super::*;
    use crate::random::Randomness;

    pub(in crate::slack::identity) const CLIENT_ID: &str = "1.2";
    pub(in crate::slack::identity) const KEY_ID: &str = "k1";
    const ISSUER: &str = "https://slack.com";
    const NOW: i64 = 1_000;

    /// Keys made for these tests, and known to everybody.
    const SIGNER: &[u8] = include_bytes!("../testdata/signer.pkcs8.der");
    const STRANGER: &[u8] = include_bytes!("../testdata/stranger.pkcs8.der");

    pub(in crate::slack::identity) fn nonce() -> Nonce {
        Randomness::seeded(1).nonce()
    }

    pub(in crate::slack::identity) fn claims() -> Value {
        json!({
            "iss": ISSUER,
            "sub": "UADA",
            "aud": CLIENT_ID,
            "exp": NOW + 300,
            "iat": NOW,
            "auth_time": NOW,
            "nonce": nonce().expose(),
            "at_hash": "x",
            "https://slack.com/user_id": "UADA",
            "https://slack.com/team_id": "T1",
        })
    }

    fn header() -> Value {
        json!({"alg": "RS256", "typ": "JWT", "kid": KEY_ID})
    }

    pub(in crate::slack::identity) fn key_set() -> Value {
        let pair = KeyPair::from_pkcs8(SIGNER).unwrap();
        let public = PublicKeyComponents::<Vec<u8>>::from(pair.public_key());
        json!({"keys": [{
            "kty": "RSA", "kid": KEY_ID, "use": "sig", "alg": "RS256",
            "n": URL_SAFE_NO_PAD.encode(public.n),
            "e": URL_SAFE_NO_PAD.encode(public.e),
        }]})
    }

    pub(in crate::slack::identity) fn signed(claims: &Value) -> String {
        token(&header(), claims, SIGNER, &RSA_PKCS1_SHA256)
    }

    fn token(
        header: &Value,
        claims: &Value,
        key: &[u8],
        encoding: &'static dyn RsaEncoding,
    ) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        let pair = KeyPair::from_pkcs8(key).unwrap();
        let mut signature = vec![0; pair.public().modulus_len()];
        pair.sign(
            encoding,
            &SystemRandom::new(),
            message.as_bytes(),
            &mut signature,
        )
        .unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn judged(token: &str) -> Result<SignedIn, Refusal> {
        let keys = keys::key_set(&key_set()).unwrap();
        let token = IdToken::parse(token)?;
        let key = keys.get(token.key_id()).ok_or(Refusal::UnknownKey)?;
        token.signed_by(key)?.accepted(&Expected {
            issuer: ISSUER,
            client_id: CLIENT_ID,
            nonce: &nonce(),
            now: Timestamp::from_second(NOW).unwrap(),
        })
    }

    #[test]
    fn a_good_token_names_a_person() {
        let mut claims = claims();
        claims["https://slack.com/enterprise_id"] = json!("E1");
        let signed_in = judged(&signed(&claims)).unwrap();
        let user = UserId::parse("UADA").unwrap();
        let team = TeamId::parse("T1").unwrap();
        let enterprise = EnterpriseId::parse("E1").ok();
        assert_eq!(signed_in, SignedIn::proved(user, team, enterprise));
    }

    #[test]
    fn every_claim_counts() {
        let other = Randomness::seeded(9).nonce();
        for (claim, value, expected) in [
            (
                "iss",
                json!("https://slack.com/"),
                Some(Refusal::WrongIssuer),
            ),
            (
                "iss",
                json!("https://evil.example"),
                Some(Refusal::WrongIssuer),
            ),
            ("iss", Value::Null, Some(Refusal::WrongIssuer)),
            ("aud", json!("9.9"), Some(Refusal::WrongAudience)),
            ("aud", json!([CLIENT_ID]), None),
            (
                "aud",
                json!(["9.9", CLIENT_ID]),
                Some(Refusal::WrongAudience),
            ),
            ("aud", json!([CLIENT_ID, 7]), Some(Refusal::WrongAudience)),
            ("aud", json!(" 1.2"), Some(Refusal::WrongAudience)),
            ("azp", json!(CLIENT_ID), None),
            ("azp", json!("9.9"), Some(Refusal::WrongAudience)),
            ("azp", Value::Null, Some(Refusal::WrongAudience)),
            ("azp", json!([CLIENT_ID]), Some(Refusal::WrongAudience)),
            ("aud", json!(["9.9"]), Some(Refusal::WrongAudience)),
            ("aud", json!([]), Some(Refusal::WrongAudience)),
            ("aud", Value::Null, Some(Refusal::WrongAudience)),
            ("aud", json!({"1.2": true}), Some(Refusal::WrongAudience)),
            ("exp", json!(NOW - 59), None),
            ("exp", json!(NOW - 60), Some(Refusal::Expired)),
            ("exp", json!(0), Some(Refusal::Expired)),
            ("exp", json!(i64::MIN), Some(Refusal::Expired)),
            ("exp", json!(i64::MAX), None),
            ("exp", json!("soon"), Some(Refusal::Malformed)),
            ("exp", Value::Null, Some(Refusal::Malformed)),
            ("iat", json!(NOW + 60), None),
            ("iat", json!(NOW + 61), Some(Refusal::FromTheFuture)),
            ("iat", Value::Null, Some(Refusal::Malformed)),
            ("iat", json!("now"), Some(Refusal::Malformed)),
            ("nbf", json!(NOW + 60), None),
            ("nbf", json!(NOW + 61), Some(Refusal::FromTheFuture)),
            ("nbf", json!("now"), Some(Refusal::Malformed)),
            ("nonce", json!(other.expose()), Some(Refusal::WrongNonce)),
            ("nonce", json!(""), Some(Refusal::WrongNonce)),
            ("nonce", Value::Null, Some(Refusal::WrongNonce)),
            (
                "nonce",
                json!([nonce().expose()]),
                Some(Refusal::WrongNonce),
            ),
            (USER, Value::Null, Some(Refusal::NoPerson)),
            (USER, json!("<@U1>"), Some(Refusal::NoPerson)),
            (TEAM, Value::Null, Some(Refusal::NoPerson)),
            (TEAM, json!(7), Some(Refusal::NoPerson)),
            (USER, json!("UBEN"), Some(Refusal::TwoPersons)),
            ("sub", json!("UBEN"), Some(Refusal::TwoPersons)),
            ("sub", json!(""), Some(Refusal::TwoPersons)),
            ("sub", Value::Null, Some(Refusal::TwoPersons)),
        ] {
            let mut claims = claims();
            claims[claim] = value.clone();
            let refusal = judged(&signed(&claims)).err();
            assert_eq!(refusal, expected, "{claim}: {value}");
        }
    }

    #[test]
    fn a_token_does_not_choose_how_it_is_verified() {
        for (field, value, expected) in [
            ("alg", json!("none"), Refusal::WrongAlgorithm),
            ("alg", json!("HS256"), Refusal::WrongAlgorithm),
            ("alg", json!("RS512"), Refusal::WrongAlgorithm),
            ("alg", json!("rs256"), Refusal::WrongAlgorithm),
            ("alg", Value::Null, Refusal::WrongAlgorithm),
            ("kid", json!("k2"), Refusal::UnknownKey),
            ("kid", Value::Null, Refusal::UnknownKey),
            ("crit", json!(["b64"]), Refusal::Malformed),
        ] {
            let mut header = header();
            header[field] = value.clone();
            let token = token(&header, &claims(), SIGNER, &RSA_PKCS1_SHA256);
            assert_eq!(judged(&token), Err(expected), "{field}: {value}");
        }
    }

    #[test]
    fn only_slacks_signature_over_exactly_this_counts() {
        let by_stranger = token(&header(), &claims(), STRANGER, &RSA_PKCS1_SHA256);
        let with_other_digest = token(&header(), &claims(), SIGNER, &RSA_PKCS1_SHA512);
        let good = signed(&claims());
        let (message, signature) = good.rsplit_once('.').unwrap();
        let (head, _) = message.split_once('.').unwrap();
        let mut ben = claims();
        ben[USER] = json!("UBEN");
        let bens = URL_SAFE_NO_PAD.encode(ben.to_string());
        for (name, token) in [
            ("by a stranger's key", by_stranger),
            ("over another digest", with_other_digest),
            ("of other claims", format!("{head}.{bens}.{signature}")),
            ("none", format!("{message}.")),
            ("cut short", format!("{message}.{}", &signature[..40])),
        ] {
            assert_eq!(judged(&token), Err(Refusal::BadSignature), "{name}");
        }
    }

    #[test]
    fn what_is_no_token() {
        let good = signed(&claims());
        let (message, _) = good.rsplit_once('.').unwrap();
        for token in [
            "",
            "..",
            "a.b.c",
            message,
            &format!("{good}.x"),
            &format!("{good}="),
            &format!(" {good}"),
            &good.replacen("eyJ", "eyJ\n", 1),
        ] {
            assert_eq!(judged(token), Err(Refusal::Malformed), "{token}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_makes_it_panic(token in "[a-zA-Z0-9_-]{0,40}(\\.[a-zA-Z0-9_-]{0,40}){0,3}|.*") {
            proptest::prop_assert!(judged(&token).is_err());
        }
    }
}
