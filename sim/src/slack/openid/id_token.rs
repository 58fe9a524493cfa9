//! The `id_token`: who is at the browser, signed. And the ways in which it can be wrong.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::hmac;
use serde_json::{Value, json};

use super::keys::Key;
use crate::slack::workspace::{GLOBEX, OTHER};
use crate::slack::world::World;

/// How an `id_token` is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadToken {
    /// `alg: none`, without a signature.
    AlgNone,
    /// An hour too late.
    Expired,
    /// Signed by a key that is not Slack's, under the name of one that is.
    ForeignKey,
    /// Issued an hour from now.
    FromTheFuture,
    /// HS256, with Slack's public key for a secret.
    Hs256,
    /// For us, and for another app as well.
    ForOthersToo,
    /// For us, and issued to another app.
    IssuedToAnother,
    /// Cut into two parts, of which neither is JSON.
    Malformed,
    MissingNonce,
    NotYetValid,
    /// For the other one of the two apps that Slack knows here.
    OtherApp,
    /// The same user id, in another workspace.
    OtherTeam,
    /// Ben's, whoever signed in (Ada's, if Ben did).
    OtherUser,
    /// The one whom `sub` names is not the one of `user_id`.
    OtherSubject,
    /// The claims of somebody else under the signature of the real ones.
    Tampered,
    UnknownKey,
    /// Signed by Slack's first key, under its name, whatever is listed now.
    Withdrawn,
    WrongAudience,
    WrongIssuer,
    WrongNonce,
}

/// What the token says.
pub(super) struct Claims<'a> {
    pub(super) client: &'a str,
    pub(super) nonce: Option<&'a str>,
    pub(super) user: &'a str,
    pub(super) team: &'a str,
    pub(super) access_token: &'a str,
}

const USER: &str = "https://slack.com/user_id";
const TEAM: &str = "https://slack.com/team_id";

pub(super) fn mint(world: &World, claims: &Claims<'_>, bad: Option<BadToken>) -> String {
    let key = match bad {
        Some(BadToken::ForeignKey) => Key::Foreign,
        Some(BadToken::Withdrawn) => Key::First,
        _ => Key::current(world),
    };
    let mut header = json!({ "alg": "RS256", "typ": "JWT", "kid": key.kid() });
    let mut body = good(world, claims);
    if let Some(bad) = bad {
        bend(&mut header, &mut body, bad);
        if bad == BadToken::OtherApp {
            body["aud"] = json!(other_app(world, claims.client));
        }
    }
    let signed = format!("{}.{}", encode(&header), encode(&body));
    match bad {
        Some(BadToken::AlgNone) => format!("{signed}."),
        Some(BadToken::Hs256) => {
            let key = hmac::Key::new(hmac::HMAC_SHA256, &key.public_bytes());
            let signature = hmac::sign(&key, signed.as_bytes());
            format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
        }
        Some(BadToken::Malformed) => "bm90.anNvbg".to_owned(),
        Some(BadToken::Tampered) => {
            let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()));
            name_another(&mut body);
            format!("{}.{}.{signature}", encode(&header), encode(&body))
        }
        _ => format!(
            "{signed}.{}",
            URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()))
        ),
    }
}

fn good(world: &World, claims: &Claims<'_>) -> Value {
    let now = world.seconds();
    let digest = digest(&SHA256, claims.access_token.as_bytes());
    let half = digest.as_ref().get(..16).unwrap_or_default();
    let mut body = json!({
        "iss": world.url(),
        "sub": claims.user,
        "aud": claims.client,
        "exp": now + 300,
        "iat": now,
        "auth_time": now,
        "at_hash": URL_SAFE_NO_PAD.encode(half),
        USER: claims.user,
        TEAM: claims.team,
    });
    if let Some(enterprise) = world
        .setup
        .enterprise
        .as_ref()
        .filter(|_| world.setup.org_wide)
    {
        body["https://slack.com/enterprise_id"] = json!(enterprise);
    }
    if let Some(nonce) = claims.nonce {
        body["nonce"] = json!(nonce);
    }
    body
}

fn bend(header: &mut Value, body: &mut Value, bad: BadToken) {
    let now = body["iat"].as_i64().unwrap_or_default();
    let mut move_by = |seconds: i64| {
        body["iat"] = json!(now + seconds);
        body["auth_time"] = json!(now + seconds);
        body["exp"] = json!(now + seconds + 300);
    };
    match bad {
        BadToken::AlgNone => header["alg"] = json!("none"),
        BadToken::Expired => move_by(-3600 - 300),
        BadToken::ForOthersToo => body["aud"] = json!([body["aud"], "9999.9999"]),
        BadToken::FromTheFuture => move_by(3600),
        BadToken::Hs256 => header["alg"] = json!("HS256"),
        BadToken::IssuedToAnother => body["azp"] = json!("9999.9999"),
        BadToken::MissingNonce => {
            if let Some(fields) = body.as_object_mut() {
                fields.shift_remove("nonce");
            }
        }
        BadToken::NotYetValid => body["nbf"] = json!(now + 3600),
        BadToken::OtherSubject => {
            let user = body[USER].clone();
            name_another(body);
            body[USER] = user;
        }
        BadToken::OtherTeam => {
            let other = if body[TEAM] == OTHER { GLOBEX } else { OTHER };
            body[TEAM] = json!(other);
        }
        BadToken::OtherUser => name_another(body),
        BadToken::UnknownKey => header["kid"] = json!("slack-key-9"),
        BadToken::WrongAudience => body["aud"] = json!("9999.9999"),
        BadToken::WrongIssuer => body["iss"] = json!("https://slack.com.example"),
        BadToken::WrongNonce => body["nonce"] = json!("another-nonce"),
        BadToken::ForeignKey
        | BadToken::Malformed
        | BadToken::OtherApp
        | BadToken::Tampered
        | BadToken::Withdrawn => {}
    }
}

fn other_app<'a>(world: &'a World, client: &str) -> &'a str {
    let login = world.setup.login_client.as_ref();
    let (login, _) = login.expect("a second app, for signing in alone");
    if client == login {
        &world.setup.client_id
    } else {
        login
    }
}

fn name_another(body: &mut Value) {
    let other = if body[USER] == "U0BEN" {
        "U0ADA"
    } else {
        "U0BEN"
    };
    body[USER] = json!(other);
    body["sub"] = json!(other);
}

fn encode(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}
