//! Tokens of Sign in with Slack that prove nothing.

use valet_sim::slack::BadToken;

use super::row::{By, Row, row};
use super::scene::Scene;

const CLAIMS: &str = "src/slack/identity/id_token.rs";
const KEYS: &str = "src/slack/identity/keys.rs";
const RULE: &str = "src/connect.rs";

pub fn rows() -> Vec<Row> {
    let mut rows: Vec<Row> = [
        (
            "`alg: none`",
            "header `alg` is `none`, and no signature",
            BadToken::AlgNone,
            CLAIMS,
        ),
        (
            "HS256 with the public key",
            "header `alg` is `HS256`, signed with Slack's public key for a secret",
            BadToken::Hs256,
            CLAIMS,
        ),
        (
            "a stranger's key under Slack's `kid`",
            "signed by another RSA key, `kid` of the real one",
            BadToken::ForeignKey,
            KEYS,
        ),
        (
            "an unknown `kid`",
            "`kid` that Slack does not list",
            BadToken::UnknownKey,
            KEYS,
        ),
        (
            "claims changed under a real signature",
            "Ben's user id written into a token that Slack signed",
            BadToken::Tampered,
            KEYS,
        ),
        (
            "another issuer",
            "`iss` is `https://slack.com.example`",
            BadToken::WrongIssuer,
            CLAIMS,
        ),
        (
            "another app's token",
            "`aud` is `9999.9999`",
            BadToken::WrongAudience,
            CLAIMS,
        ),
        (
            "the nonce of another sign-in",
            "`nonce` is another",
            BadToken::WrongNonce,
            CLAIMS,
        ),
        (
            "no nonce",
            "`nonce` left out",
            BadToken::MissingNonce,
            CLAIMS,
        ),
        (
            "an old token",
            "`exp` was an hour ago",
            BadToken::Expired,
            CLAIMS,
        ),
        (
            "a token from the future",
            "`iat` is in an hour",
            BadToken::FromTheFuture,
            CLAIMS,
        ),
        (
            "another person's token",
            "the user id is Ben's, everything else is right",
            BadToken::OtherUser,
            RULE,
        ),
        (
            "a token of another workspace",
            "the user id is Ada's, the team id is `T0OTHER`",
            BadToken::OtherTeam,
            RULE,
        ),
        (
            "no token at all",
            "two parts, of which neither is JSON",
            BadToken::Malformed,
            CLAIMS,
        ),
    ]
    .into_iter()
    .map(|(attack, tried, bad, defence)| {
        row(
            (attack, By::Stranger),
            tried,
            defence,
            async move |scene: &Scene| {
                let (back, cookie) = scene.back_from_slack("ada", "gmail").await;
                scene.bot.slack.next_id_token(bad);
                scene.strikes(scene.get(back.as_str(), Some(&cookie))).await
            },
        )
    })
    .collect();
    rows.push(row(
        ("a token by a key that Slack has withdrawn", By::Stranger),
        "Slack rotates its keys; the first, which Valet knew, signs once more",
        KEYS,
        async |scene: &Scene| {
            // The world's forger signs under the name of the first key.
            scene.bot.slack.rotate_keys();
            scene.later(3600);
            let (back, cookie) = scene.back_from_slack("ada", "gmail").await;
            scene.bot.slack.next_id_token(BadToken::ForeignKey);
            scene.strikes(scene.get(back.as_str(), Some(&cookie))).await
        },
    ));
    rows
}
