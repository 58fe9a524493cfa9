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
        format!(
            "<p class=\"account\">{account}</p>\
             <button class=\"button first\" name=\"account\" value=\"{account}\">{label}</button>"
        )
    };
    let buttons: Vec<String> = accounts.iter().map(button).collect();
    let buttons = buttons.concat();
    let body = format!(
        "<p>Valet wants to use your {} account, through the vault.</p>\
         <form method=\"post\" action=\"/consent/{id}/allow\">{buttons}</form>\
         <form method=\"post\" action=\"/consent/{id}/deny\"><button class=\"button\">Deny</button></form>",
        name_of(provider),
    );
    Html(page("Allow access?", &body)).into_response()
}

/// As people know it.
fn name_of(provider: &str) -> String {
    match provider {
        "GITHUB" => "GitHub".to_owned(),
        "GMAIL" => "Gmail".to_owned(),
        "GOOGLECALENDAR" => "Google Calendar".to_owned(),
        "LINEAR" => "Linear".to_owned(),
        other => escape(other),
    }
}

fn page(title: &str, body: &str) -> String {
    let title = escape(title);
    let style = include_str!("../walk.css");
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title}</title><style>{style}</style></head>\
         <body data-note=\"A simulated vault: nobody's account is real.\"><h1>{title}</h1>{body}</body></html>"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
