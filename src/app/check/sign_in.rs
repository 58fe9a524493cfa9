//! Sign in with Slack: its keys, and whether Slack knows the client.

use super::super::clients::Clients;
use super::super::patience::Surroundings;
use super::report::Finding;
use crate::slack::Refusal;

const KEYS: &str = "sign-in keys";
const CLIENT: &str = "sign-in client";

pub(super) async fn look(clients: &Clients, surroundings: &Surroundings) -> Vec<Finding> {
    let bits = &surroundings.randomness;
    // A code that Slack has never given out is good for nothing, whoever the client is.
    let (code, verifier, nonce) = (bits.nonce(), bits.nonce(), bits.nonce());
    let (keys, tried) = tokio::join!(
        clients.sign_in.check_keys(),
        clients.sign_in.sign_in(code.expose(), &verifier, &nonce),
    );
    vec![of_keys(keys), of_client(tried.err())]
}

fn of_keys(keys: Result<(), Refusal>) -> Finding {
    match keys {
        Ok(()) => Finding::ok(KEYS, "they can be read"),
        Err(refusal) => Finding::error(
            KEYS,
            &refusal.to_string(),
            "let this machine make https connections to SLACK_OPENID_URL; without the keys nobody can connect an account",
        ),
    }
}

/// How Slack turned the code away tells what it thinks of who brought it, if it is bad.
fn of_client(refusal: Option<Refusal>) -> Finding {
    const UNTOLD: &str =
        "follow the link that /connect gives in Slack: where that works, all of it is right";
    if refusal == Some(Refusal::ExchangeUnavailable) {
        let found = Refusal::ExchangeUnavailable.to_string();
        return Finding::warning(CLIENT, &found, "check again when Slack answers");
    }
    let Some(Refusal::ExchangeRefused { code }) = &refusal else {
        let found = refusal.map_or_else(
            || "Slack took a code that it never gave out".to_owned(),
            |refusal| refusal.to_string(),
        );
        return Finding::warning(CLIENT, &found, UNTOLD);
    };
    match code.to_string().as_str() {
        "invalid_code" => Finding::ok(
            CLIENT,
            "Slack turned away a made-up code, and neither id nor secret; that the secret is right shows at the first sign-in",
        ),
        "invalid_client_id" => Finding::error(
            CLIENT,
            "Slack does not know the client id",
            "SLACK_CLIENT_ID, or SLACK_LOGIN_CLIENT_ID if it is set: copy the Client ID under Basic Information > App Credentials of that Slack app",
        ),
        "bad_client_secret" => Finding::error(
            CLIENT,
            "the client secret is not the one of the client id",
            "SLACK_CLIENT_SECRET, or SLACK_LOGIN_CLIENT_SECRET if it is set: copy the Client Secret under Basic Information > App Credentials of the same Slack app",
        ),
        "bad_redirect_uri" => Finding::error(
            CLIENT,
            "the app does not know the address to which people come back",
            "add the redirect URL that `valet manifest` prints under OAuth & Permissions of the Slack app",
        ),
        other => Finding::warning(
            CLIENT,
            &format!(
                "Slack turned away a made-up code with {other}, which says nothing of the client"
            ),
            UNTOLD,
        ),
    }
}
