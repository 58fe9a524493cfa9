//! The vault's pages, plain.

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Response};

/// A heading and one sentence.
pub(super) fn plain(title: &str, sentence: &str) -> String {
    page(title, &format!("<p>{}</p>", escape(sentence)))
}

/// Where a browser ends when the link or the consent came to nothing.
pub(super) fn failed(why: &str) -> Response {
    let page = plain("failed_to_exchange_token", why);
    (StatusCode::BAD_REQUEST, Html(page)).into_response()
}

/// The provider's question: one button for each account this browser could be.
pub(super) fn consent(id: &str, provider: &str, accounts: &[&str]) -> Response {
    let button = |account: &&str| {
        let account = escape(account);
        let label = match accounts {
            [_] => "Allow".to_owned(),
            _ => format!("Allow as {account}"),
        };
        format!("<p>{account} <button name=\"account\" value=\"{account}\">{label}</button></p>")
    };
    let buttons: Vec<String> = accounts.iter().map(button).collect();
    let buttons = buttons.concat();
    let body = format!(
        "<p>The vault asks to use your {} account.</p>\
         <form method=\"post\" action=\"/consent/{id}/allow\">{buttons}</form>\
         <form method=\"post\" action=\"/consent/{id}/deny\"><button>Deny</button></form>",
        escape(provider),
    );
    Html(page("Allow access?", &body)).into_response()
}

fn page(title: &str, body: &str) -> String {
    let title = escape(title);
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <style>body{{font:1rem system-ui;max-width:32rem;margin:4rem auto;padding:0 1rem}}</style>\
         </head><body><h1>{title}</h1>{body}</body></html>"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
