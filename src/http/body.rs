//! Reading a body whose size was checked before it was buffered.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use super::LARGEST_BODY;

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadBody {
    #[error("the connection broke")]
    Broken,
    #[error("the body is larger than {LARGEST_BODY} bytes")]
    TooLarge,
}

impl BadBody {
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::Broken => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        }
    }
}

/// The whole body. One that says it is too large is not read at all.
pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, BadBody> {
    if announced(headers).is_some_and(|length| length > LARGEST_BODY) {
        return Err(BadBody::TooLarge);
    }
    match Limited::new(body, LARGEST_BODY).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(cause) if cause.is::<LengthLimitError>() => Err(BadBody::TooLarge),
        Err(_) => Err(BadBody::Broken),
    }
}

fn announced(headers: &HeaderMap) -> Option<usize> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}
