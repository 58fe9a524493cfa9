//! The keys `id_token`s are signed with, and how the world learns of them.

use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};

use crate::slack::world::{Shared, World};

/// How far Slack has come with changing its key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum KeyRing {
    #[default]
    First,
    /// The second signs, and the first is still listed.
    Both,
    Second,
}

/// One of three keys made for this world alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// Slack's, to begin with.
    First,
    /// Slack's, after a rotation.
    Second,
    /// Somebody else's.
    Foreign,
}

impl Key {
    pub(super) fn current(world: &World) -> Self {
        match world.state().openid.ring {
            KeyRing::First => Self::First,
            KeyRing::Both | KeyRing::Second => Self::Second,
        }
    }

    /// What Slack lists now.
    fn listed(world: &World) -> Vec<Self> {
        match world.state().openid.ring {
            KeyRing::First => vec![Self::First],
            KeyRing::Both => vec![Self::First, Self::Second],
            KeyRing::Second => vec![Self::Second],
        }
    }

    /// Under which name the issuer publishes it. A forger uses the name of the first.
    pub(super) fn kid(self) -> &'static str {
        match self {
            Self::First | Self::Foreign => "slack-key-1",
            Self::Second => "slack-key-2",
        }
    }

    fn pair(self) -> RsaKeyPair {
        let der: &[u8] = match self {
            Self::First => include_bytes!("../keys/slack-1.der"),
            Self::Second => include_bytes!("../keys/slack-2.der"),
            Self::Foreign => include_bytes!("../keys/foreign.der"),
        };
        RsaKeyPair::from_pkcs8(der).expect("a key that was made for this")
    }

    /// RS256.
    pub(super) fn sign(self, message: &[u8]) -> Vec<u8> {
        let pair = self.pair();
        let mut signature = vec![0; pair.public().modulus_len()];
        pair.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            message,
            &mut signature,
        )
        .expect("a buffer of the right length");
        signature
    }

    /// The public half as ring's own bytes: what a confused verifier takes for a secret.
    pub(super) fn public_bytes(self) -> Vec<u8> {
        self.pair().public_key().as_ref().to_vec()
    }

    fn to_jwk(self) -> Value {
        let public: PublicKeyComponents<Vec<u8>> = self.pair().public_key().into();
        json!({
            "e": URL_SAFE_NO_PAD.encode(public.e),
            "n": URL_SAFE_NO_PAD.encode(public.n),
            "alg": "RS256",
            "kty": "RSA",
            "kid": self.kid(),
            "use": "sig",
        })
    }
}

/// `GET /openid/connect/keys`.
pub(crate) async fn jwks(State(world): State<Shared>) -> Json<Value> {
    world.note_request("openid/connect/keys", Value::Null);
    let listed = Key::listed(&world);
    let keys: Vec<Value> = listed.into_iter().map(Key::to_jwk).collect();
    Json(json!({ "keys": keys }))
}

/// `GET /.well-known/openid-configuration`.
pub(crate) async fn discovery(State(world): State<Shared>) -> Json<Value> {
    world.note_request(".well-known/openid-configuration", Value::Null);
    let url = world.url();
    Json(json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/openid/connect/authorize"),
        "token_endpoint": format!("{url}/api/openid.connect.token"),
        "userinfo_endpoint": format!("{url}/api/openid.connect.userInfo"),
        "jwks_uri": format!("{url}/openid/connect/keys"),
        "scopes_supported": ["openid", "profile", "email"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["form_post"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["sub", "auth_time", "iss"],
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": true,
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
    }))
}
