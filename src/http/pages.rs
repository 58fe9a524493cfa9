//! The few pages a browser sees. Without scripts, and with nothing on them that a
//! stranger could use: every refusal is one of two.

use std::any::Any;

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::connect::Attempt;

/// No scripts, no frames, nothing from elsewhere; the one style sheet by its digest.
/// `form-action` is not set: browsers hold it against every redirect that follows the form,
/// and these lead to Slack, the vault and the provider.
pub(super) const SECURITY_POLICY: &str = "default-src 'none'; \
    style-src 'sha256-qdveDF3hBwe53yZkk4j0srxEn4DlfNoDhpSrZ1ChgaI='; \
    base-uri 'none'; frame-ancestors 'none'";

const STYLE: &str = include_str!("page.css");

/// Who is connecting what, and the button. Whoever holds the link reads the name that the
/// person has in Slack, and the workspace's: so that somebody to whom it was passed on sees
/// that it is not for them. Both are others' words, and kept to themselves by `bdi`.
pub(super) fn start(attempt: &Attempt) -> Response {
    let owner = attempt.owner();
    page(
        StatusCode::OK,
        "Connect an account",
        &html! {
            p { "Connect " strong { (attempt.connection()) } " to Valet as "
                strong { bdi { (owner.name) } } " in " strong { bdi { (owner.workspace_name) } } "." }
            p { "Slack will confirm that this browser is yours. Then you choose the account, "
                "and what Valet may do with it." }
            form method="post" { button type="submit" { "Continue" } }
            p.small { "Not you? Close this page. A link connects nobody but the person it was sent to." }
        },
    )
}

/// The account is connected.
pub(super) fn connected(attempt: &Attempt) -> Response {
    page(
        StatusCode::OK,
        "Connected",
        &html! {
            p { strong { (attempt.connection()) } " is connected. You can close this page and go back to Slack." }
        },
    )
}

/// Whoever holds a stale link learns the same from an unknown ticket as from an expired,
/// a used or a foreign one.
pub(super) fn no_longer_works() -> Response {
    turned_away(StatusCode::BAD_REQUEST)
}

/// The button was pressed on a page that is not ours.
pub(super) fn from_elsewhere() -> Response {
    turned_away(StatusCode::FORBIDDEN)
}

fn turned_away(status: StatusCode) -> Response {
    page(
        status,
        "This link no longer works",
        &html! {
            p { "Ask for a new one in Slack." }
            p.small { "A link works once, for a short time, and only for the person it was sent to." }
        },
    )
}

/// It is our fault, or Slack's, or the vault's.
pub(super) fn failed() -> Response {
    page(
        StatusCode::SERVICE_UNAVAILABLE,
        "Something failed",
        &html! { p { "Something failed on our side. Ask for a new link in Slack." } },
    )
}

/// Nobody is there to answer for a while.
pub(super) fn away() -> Response {
    page(
        StatusCode::SERVICE_UNAVAILABLE,
        "One moment",
        &html! { p { "Valet cannot work at the moment. Try again in a few minutes, or ask for a new link in Slack." } },
    )
}

pub(super) async fn not_found() -> StatusCode {
    StatusCode::NOT_FOUND
}

/// The panic's own words stay inside.
pub(super) fn after_panic(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a browser's request panicked");
    failed()
}

fn page(status: StatusCode, title: &str, content: &Markup) -> Response {
    let whole = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Valet" }
                style { (PreEscaped(STYLE)) }
            }
            body { main { h1 { (title) } (content) } }
        }
    };
    (
        status,
        [(header::CONTENT_TYPE, "text/html; charset=utf-8")],
        Body::from(whole.into_string()),
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest as _, Sha256};

    use super::*;

    #[test]
    fn the_policy_lets_the_style_sheet_in_and_no_other() {
        let digest = STANDARD.encode(Sha256::digest(STYLE));
        assert!(
            SECURITY_POLICY.contains(&format!("'sha256-{digest}'")),
            "{digest}"
        );
    }
}
