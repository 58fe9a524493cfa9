//! The page's own files. They are small, hand-made, and come from nowhere else.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// Name, kind, text.
const FILES: [(&str, &str, &str); 13] = [
    ("colours.css", STYLE, include_str!("page/colours.css")),
    ("frame.css", STYLE, include_str!("page/frame.css")),
    ("messages.css", STYLE, include_str!("page/messages.css")),
    ("beside.css", STYLE, include_str!("page/beside.css")),
    ("main.js", SCRIPT, include_str!("page/main.js")),
    ("composer.js", SCRIPT, include_str!("page/composer.js")),
    ("dom.js", SCRIPT, include_str!("page/dom.js")),
    ("examples.js", SCRIPT, include_str!("page/examples.js")),
    ("log.js", SCRIPT, include_str!("page/log.js")),
    ("modal.js", SCRIPT, include_str!("page/modal.js")),
    ("outside.js", SCRIPT, include_str!("page/outside.js")),
    ("wire.js", SCRIPT, include_str!("page/wire.js")),
    ("witness.js", SCRIPT, include_str!("page/witness.js")),
];

pub(super) async fn file(Path(name): Path<String>) -> Response {
    let found = FILES.iter().find(|(known, ..)| *known == name);
    match found {
        Some((_, kind, text)) => ([(header::CONTENT_TYPE, *kind)], *text).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
