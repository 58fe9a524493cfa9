//! Sign in with Slack: proves to whom the browser belongs that came back. Only `openid`
//! is asked for, and the access token in the answer is not even read.

#[cfg(any(fuzzing, test))]
pub(super) mod doors;
mod id_token;
mod keys;
mod refusal;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use self::id_token::{Expected, IdToken};
use self::keys::Keys;
pub(crate) use self::refusal::Refusal;
use super::json;
use super::transport::Deadlines;
use super::wire;
use crate::clock::Clock;
use crate::connect::SignedIn;
use crate::ids::TeamId;
use crate::random::Nonce;

/// Longest answer that is read, in bytes; real ones have three thousand.
const LONGEST_ANSWER: usize = 64 * 1024;

/// Where to sign in, and as which app.
#[derive(Debug, Clone)]
pub(crate) struct SignInSettings {
    /// The issuer, `https://slack.com`.
    pub(crate) openid_url: Url,
    /// Base of the Web API, which the code is exchanged at.
    pub(crate) api_url: Url,
    pub(crate) client_id: String,
    pub(crate) client_secret: SecretString,
    /// Our own callback, exactly as the app's settings have it.
    pub(crate) redirect_uri: Url,
}

/// Sign in with Slack, for one app.
pub(crate) struct SignIn {
    settings: SignInSettings,
    http: reqwest::Client,
    keys: Keys,
    clock: Clock,
    deadlines: Deadlines,
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SignIn")
    }
}

impl SignIn {
    pub(crate) fn new(
        settings: SignInSettings,
        http: reqwest::Client,
        clock: Clock,
        deadlines: Deadlines,
    ) -> Self {
        let keys = Keys::new(
            below(&settings.openid_url, "openid/connect/keys"),
            http.clone(),
            clock.clone(),
            deadlines.call,
        );
        Self {
            settings,
            http,
            keys,
            clock,
            deadlines,
        }
    }

    /// Where the browser is sent. `verifier` stays here: only its digest travels.
    pub(crate) fn authorize_url(
        &self,
        team: &TeamId,
        state: &Nonce,
        nonce: &Nonce,
        verifier: &Nonce,
    ) -> Url {
        let challenge = URL_SAFE_NO_PAD.encode(verifier.digest().as_bytes());
        let mut url = below(&self.settings.openid_url, "openid/connect/authorize");
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("scope", "openid")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", self.settings.redirect_uri.as_str())
            .append_pair("state", state.expose())
            .append_pair("nonce", nonce.expose())
            .append_pair("team", team.as_str())
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        url
    }

    /// Whether Slack's keys can be had.
    pub(crate) async fn check_keys(&self) -> Result<(), Refusal> {
        // No key has this name, and to know that they have to be read.
        match self.keys.find("").await {
            Ok(_) | Err(Refusal::UnknownKey) => Ok(()),
            Err(refusal) => Err(refusal),
        }
    }

    /// Exchanges the code that came back, once, and says who signed in.
    pub(crate) async fn sign_in(
        &self,
        code: &str,
        verifier: &Nonce,
        nonce: &Nonce,
    ) -> Result<SignedIn, Refusal> {
        let token = self.exchanged(code, verifier).await?;
        let token = IdToken::parse(&token)?;
        let key = self.keys.find(token.key_id()).await?;
        token.signed_by(&key)?.accepted(&Expected {
            issuer: self.settings.openid_url.as_str().trim_end_matches('/'),
            client_id: &self.settings.client_id,
            nonce,
            now: self.clock.now(),
        })
    }

    /// The `id_token` that the code stands for.
    async fn exchanged(&self, code: &str, verifier: &Nonce) -> Result<String, Refusal> {
        let settings = &self.settings;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("code_verifier", verifier.expose()),
            ("redirect_uri", settings.redirect_uri.as_str()),
            ("client_id", &settings.client_id),
            ("client_secret", settings.client_secret.expose_secret()),
        ];
        let url = below(&settings.api_url, "openid.connect.token");
        let request = self.http.post(url).form(&form);
        let answer = tokio::time::timeout(self.deadlines.call, read(request))
            .await
            .ok()
            .flatten()
            .ok_or(Refusal::ExchangeUnavailable)?;
        let answer = json::parse(&answer).ok_or(Refusal::ExchangeUnreadable)?;
        if json::flag(&answer, &["ok"]) {
            json::text(&answer, &["id_token"])
                .map(str::to_owned)
                .ok_or(Refusal::ExchangeUnreadable)
        } else {
            Err(not_exchanged(wire::refusal(json::text(
                &answer,
                &["error"],
            ))))
        }
    }
}

/// Slack's trouble is told apart from a code that is not good.
fn not_exchanged(error: wire::Error) -> Refusal {
    match error {
        wire::Error::Refused { code } => Refusal::ExchangeRefused { code },
        wire::Error::RateLimited { .. } | wire::Error::Unavailable => Refusal::ExchangeUnavailable,
        wire::Error::BadAnswer
        | wire::Error::Down
        | wire::Error::ForeignAddress
        | wire::Error::Interrupted
        | wire::Error::TimedOut
        | wire::Error::Unreachable => Refusal::ExchangeUnreadable,
    }
}

/// The body of an answer; none if there is no answer, it is too long, or Slack has trouble.
async fn read(request: reqwest::RequestBuilder) -> Option<Vec<u8>> {
    let mut answer = request.send().await.ok()?;
    if answer.status().is_server_error() || answer.status().as_u16() == 429 {
        return None;
    }
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.ok()? {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST_ANSWER {
            return None;
        }
    }
    Some(body)
}

/// A path below a base, whether or not the base ends in a slash.
fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    url
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use jiff::Timestamp;
    use serde_json::json;

    use super::id_token::tests::{CLIENT_ID, claims, key_set, nonce, signed};
    use super::*;
    use crate::clock::Time;
    use crate::ids::UserId;
    use crate::random::Randomness;
    use crate::slack::scripted::{Reply, Scripted, json_answer};

    struct At(i64);

    impl Time for At {
        fn now(&self) -> Timestamp {
            Timestamp::from_second(self.0).unwrap()
        }
    }

    fn sign_in(base: &Url) -> SignIn {
        // Whichever test comes first installs it for all.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let settings = SignInSettings {
            openid_url: base.clone(),
            api_url: base.join("/api").unwrap(),
            client_id: CLIENT_ID.to_owned(),
            client_secret: SecretString::from("cl13nt"),
            redirect_uri: "https://valet.example/slack/openid/callback"
                .parse()
                .unwrap(),
        };
        let http = reqwest::Client::builder().build().unwrap();
        let deadlines = Deadlines {
            call: std::time::Duration::from_secs(2),
            ..Deadlines::default()
        };
        SignIn::new(settings, http, Clock::new(At(1_000)), deadlines)
    }

    fn verifier() -> Nonce {
        Randomness::seeded(2).nonce()
    }

    /// The answer to the exchange: a token that `server` may have issued.
    fn exchanged(issuer: &str) -> Reply {
        let mut claims = claims();
        claims["iss"] = json!(issuer);
        let answer = json!({
            "ok": true,
            "access_token": "xoxp-never-read",
            "token_type": "Bearer",
            "id_token": signed(&claims),
        });
        Reply::Raw(json_answer(200, &answer.to_string()))
    }

    fn keys() -> Reply {
        Reply::Raw(json_answer(200, &key_set().to_string()))
    }

    #[test]
    fn the_browser_takes_a_digest_and_no_verifier() {
        let sign_in = sign_in(&"https://slack.com".parse().unwrap());
        let team = TeamId::parse("T1").unwrap();
        let state = Randomness::seeded(3).nonce();
        let url = sign_in.authorize_url(&team, &state, &nonce(), &verifier());
        let query: Vec<String> = url
            .query_pairs()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let query = query
            .join("\n")
            .replace(state.expose(), "STATE")
            .replace(nonce().expose(), "NONCE")
            .replace(
                &URL_SAFE_NO_PAD.encode(verifier().digest().as_bytes()),
                "CHALLENGE",
            );
        assert!(!url.as_str().contains(verifier().expose()));
        assert_eq!(url.path(), "/openid/connect/authorize");
        assert_snapshot!(query, @"
        response_type=code
        scope=openid
        client_id=1.2
        redirect_uri=https://valet.example/slack/openid/callback
        state=STATE
        nonce=NONCE
        team=T1
        code_challenge=CHALLENGE
        code_challenge_method=S256
        ");
    }

    #[tokio::test]
    async fn a_code_becomes_a_person() {
        let (server, url) = Scripted::answering_with(|url| {
            vec![exchanged(url.as_str().trim_end_matches('/')), keys()]
        });
        let signed_in = sign_in(&url).sign_in("c0de", &verifier(), &nonce()).await;
        let signed_in = signed_in.unwrap();
        let user = UserId::parse("UADA").unwrap();
        let team = TeamId::parse("T1").unwrap();
        assert_eq!(signed_in, SignedIn::proved(user, team, None));

        let asked = server.asked();
        assert!(asked[0].starts_with("POST /api/openid.connect.token HTTP/1.1"));
        let (_, form) = asked[0].split_once("\r\n\r\n").unwrap();
        let form: Vec<_> = url::form_urlencoded::parse(form.as_bytes())
            .map(|(name, value)| format!("{name}={value}").replace(verifier().expose(), "V"))
            .collect();
        assert_eq!(
            form,
            [
                "grant_type=authorization_code",
                "code=c0de",
                "code_verifier=V",
                "redirect_uri=https://valet.example/slack/openid/callback",
                "client_id=1.2",
                "client_secret=cl13nt",
            ]
        );
        assert!(asked[1].starts_with("GET /openid/connect/keys HTTP/1.1"));
    }

    #[tokio::test]
    async fn an_exchange_that_fails_has_a_name() {
        let refused = |code| Refusal::ExchangeRefused {
            code: wire::ErrorCode::new(code),
        };
        for (reply, expected) in [
            (
                Reply::Json(200, r#"{"ok":false,"error":"invalid_code"}"#),
                refused("invalid_code"),
            ),
            (
                Reply::Json(400, r#"{"ok":false,"error":"bad_redirect_uri"}"#),
                refused("bad_redirect_uri"),
            ),
            (Reply::Json(200, "{}"), Refusal::ExchangeUnreadable),
            (
                Reply::Json(200, r#"{"ok":true}"#),
                Refusal::ExchangeUnreadable,
            ),
            (
                Reply::Json(200, r#"{"ok":true,"id_token":7}"#),
                Refusal::ExchangeUnreadable,
            ),
            (Reply::Json(200, "<html>"), Refusal::ExchangeUnreadable),
            (Reply::Json(503, "{}"), Refusal::ExchangeUnavailable),
            (Reply::Json(429, "{}"), Refusal::ExchangeUnavailable),
            (Reply::Hangup, Refusal::ExchangeUnavailable),
            (Reply::Silence, Refusal::ExchangeUnavailable),
            (
                Reply::Raw(json_answer(200, &" ".repeat(LONGEST_ANSWER + 1))),
                Refusal::ExchangeUnavailable,
            ),
            (
                Reply::Json(200, r#"{"ok":true,"id_token":"a.b.c"}"#),
                Refusal::Malformed,
            ),
        ] {
            let server = Scripted::answering(vec![reply]);
            let refusal = sign_in(&server.url)
                .sign_in("c0de", &verifier(), &nonce())
                .await;
            assert_eq!(refusal, Err(expected));
            assert_eq!(server.asked().len(), 1);
        }
    }

    #[tokio::test]
    async fn keys_are_kept_and_asked_for_once() {
        let (server, url) = Scripted::answering_with(|url| {
            let issuer = url.as_str().trim_end_matches('/');
            vec![
                exchanged(issuer),
                keys(),
                exchanged(issuer),
                exchanged(issuer),
            ]
        });
        let sign_in = sign_in(&url);
        for _ in 0..3 {
            let signed_in = sign_in.sign_in("c0de", &verifier(), &nonce()).await;
            assert!(signed_in.is_ok(), "{signed_in:?}");
        }
        assert_eq!(server.asked().len(), 4);
    }

    #[tokio::test]
    async fn without_keys_nobody_signs_in() {
        for (reply, expected) in [
            (Reply::Json(500, "{}"), Refusal::KeysUnavailable),
            (Reply::Json(200, "<html>"), Refusal::KeysUnavailable),
            (Reply::Json(200, r#"{"keys":[]}"#), Refusal::KeysUnavailable),
        ] {
            let mut reply = Some(reply);
            let (_server, url) = Scripted::answering_with(|url| {
                let issuer = url.as_str().trim_end_matches('/');
                vec![exchanged(issuer), reply.take().unwrap()]
            });
            let refusal = sign_in(&url).sign_in("c0de", &verifier(), &nonce()).await;
            assert_eq!(refusal, Err(expected));
        }
    }
}
