//! Sign in with Slack: an issuer with a key of its own, and browsers that are signed in
//! as somebody, who need not be the right person.

mod authorize;
mod id_token;
mod keys;

use std::collections::{BTreeSet, HashMap, VecDeque};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use serde_json::json;

use self::id_token::Claims;
use super::api::{Answer, Call, Refusal};
use super::state::Token;
use super::world::World;

pub(crate) use self::authorize::{authorize, sign_in};
pub use self::id_token::BadToken;
pub(crate) use self::keys::{KeyRing, discovery, jwks};

/// Seconds in which a code can be exchanged.
const CODE_LIFE: i64 = 600;

#[derive(Debug, Default)]
pub(crate) struct OpenId {
    codes: HashMap<String, Code>,
    /// Who agreed, for which client.
    agreed: BTreeSet<(String, String)>,
    /// How the next `id_token`s are wrong.
    pub(crate) bad: VecDeque<BadToken>,
    pub(crate) ring: KeyRing,
}

/// What a code stands for.
#[derive(Debug, Clone)]
struct Code {
    client: String,
    redirect_uri: String,
    nonce: Option<String>,
    challenge: Option<String>,
    user: String,
    team: String,
    /// Seconds.
    issued: i64,
    used: bool,
}

/// The secret of a client Slack knows.
fn secret_of(world: &World, client: &str) -> Option<String> {
    let setup = &world.setup;
    if client == setup.client_id {
        return Some(setup.client_secret.clone());
    }
    let (id, secret) = setup.login_client.as_ref()?;
    (client == id).then(|| secret.clone())
}

/// `openid.connect.token`.
pub(crate) fn exchange(call: &Call<'_>) -> Answer {
    let client = client(call)?;
    let grant = call.args.text("grant_type");
    if grant.is_some_and(|grant| grant != "authorization_code") {
        return Err(Refusal::from("invalid_grant_type"));
    }
    let code = take(call, &client)?;
    let number = call.world.number();
    let access_token = format!("xoxp-canary-{number}");
    let bad = {
        let mut state = call.world.state();
        let token = Token::SignIn(code.user.clone());
        state.tokens.insert(access_token.clone(), token);
        state.openid.bad.pop_front()
    };
    let claims = Claims {
        client: &client,
        nonce: code.nonce.as_deref(),
        user: &code.user,
        team: &code.team,
        access_token: &access_token,
    };
    let id_token = id_token::mint(call.world, &claims, bad);
    Ok(json!({
        "access_token": access_token,
        "token_type": "Bearer",
        "id_token": id_token,
    }))
}

/// The client that asks, by the form or by its header.
fn client(call: &Call<'_>) -> Result<String, Refusal> {
    let form = call
        .args
        .text("client_id")
        .zip(call.args.text("client_secret"));
    let (id, given) = match (&call.basic, form) {
        (Some((id, secret)), _) => (id.as_str(), secret.as_str()),
        (None, Some(both)) => both,
        (None, None) => return Err(Refusal::from("invalid_client_id")),
    };
    match secret_of(call.world, id) {
        None => Err(Refusal::from("invalid_client_id")),
        Some(secret) if secret != given => Err(Refusal::from("bad_client_secret")),
        Some(_) => Ok(id.to_owned()),
    }
}

/// The code, which is good once, for the client and the address it was made for.
fn take(call: &Call<'_>, client: &str) -> Result<Code, Refusal> {
    let wanted = call.must("code", "invalid_code")?;
    let redirect_uri = call.must("redirect_uri", "bad_redirect_uri")?;
    let now = call.world.seconds();
    let mut state = call.world.state();
    let Some(code) = state.openid.codes.get_mut(wanted) else {
        return Err(Refusal::from("invalid_code"));
    };
    if code.client != client {
        return Err(Refusal::from("invalid_code"));
    }
    if code.used {
        return Err(Refusal::from("code_already_used"));
    }
    if now - code.issued > CODE_LIFE {
        return Err(Refusal::from("code_expired"));
    }
    code.used = true;
    if code.redirect_uri != redirect_uri {
        return Err(Refusal::from("bad_redirect_uri"));
    }
    let verified = match (&code.challenge, call.args.text("code_verifier")) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) => {
            let digest = digest(&SHA256, verifier.as_bytes());
            URL_SAFE_NO_PAD.encode(digest) == *challenge
        }
        (None, Some(_)) | (Some(_), None) => false,
    };
    if verified {
        Ok(code.clone())
    } else {
        Err(Refusal::from("invalid_code_verifier"))
    }
}
