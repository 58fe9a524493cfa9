//! Errors in the vault's words: a numeric code, a message, and details with an
//! `error_code`.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::fault::{Canned, Fault};

/// An answer that is not a success.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    code: u8,
    error_code: Option<&'static str>,
    message: String,
    /// Further members of `ErrorInfo`.
    info: Vec<(&'static str, Value)>,
}

impl Refusal {
    fn new(status: u16, code: u8, error_code: &'static str, message: &str) -> Self {
        Self {
            status: StatusCode::from_u16(status).expect("a status"),
            code,
            error_code: Some(error_code),
            message: message.to_owned(),
            info: Vec::new(),
        }
    }

    /// 400 that names no error code, only the field.
    pub(super) fn invalid(field: &str, description: &str) -> Self {
        let violation = json!({"field": field, "description": description, "constraint": ""});
        Self {
            error_code: None,
            info: vec![(
                "validation_error_info",
                json!({"field_violations": [violation]}),
            )],
            ..Self::new(400, 3, "", &format!("{field}: {description}"))
        }
    }

    pub(super) fn unauthenticated(message: &str) -> Self {
        Self::new(401, 16, "UNAUTHENTICATED", message)
    }

    pub(super) fn forbidden(message: &str) -> Self {
        Self {
            error_code: None,
            ..Self::new(403, 7, "", message)
        }
    }

    pub(super) fn not_enabled() -> Self {
        Self::new(403, 7, "CONNECTION_NOT_ENABLED", "connection not enabled")
    }

    pub(super) fn not_found(message: &str) -> Self {
        Self::new(404, 5, "RESOURCE_NOT_FOUND", message)
    }

    /// 404, but the code says that something broke.
    pub(super) fn not_found_internally(message: &str) -> Self {
        Self::new(404, 5, "INTERNAL_ERROR", message)
    }

    pub(super) fn exists() -> Self {
        Self::new(
            400,
            3,
            "RESOURCE_ALREADY_EXISTS",
            "connected account already exists",
        )
    }

    pub(super) fn unknown_tool(name: &str) -> Self {
        Self::new(
            400,
            3,
            "RESOURCE_NOT_FOUND",
            &format!("tool {name} not found"),
        )
    }

    pub(super) fn internal() -> Self {
        Self::new(500, 13, "INTERNAL_ERROR", "internal error")
    }

    /// The account's tokens are of no use any more.
    pub(super) fn reconnect(error_code: &'static str) -> Self {
        Self::new(401, 16, error_code, "the account must be authorized again")
    }

    /// The provider refused, and its status was mapped.
    pub(super) fn tool(status: u16, execution_id: &str, message: &str) -> Self {
        let code = match status {
            400 => 3,
            401 => 16,
            403 => 7,
            404 => 5,
            409 => 6,
            429 => 8,
            503 => 14,
            _ => 13,
        };
        Self {
            info: vec![(
                "tool_error_info",
                json!({
                    "execution_id": execution_id,
                    "tool_error_message": message,
                    "tool_error_code": status.to_string(),
                }),
            )],
            ..Self::new(status, code, "TOOL_ERROR", "tool execution failed")
        }
    }

    /// Keep the status, say nothing of the kind.
    pub(super) fn without_error_code(mut self) -> Self {
        self.error_code = None;
        self
    }

    pub(super) fn body(&self) -> Value {
        let mut info = json!({"@type": "type.googleapis.com/scalekit.v1.errdetails.ErrorInfo"});
        if let Some(error_code) = self.error_code {
            info["error_code"] = json!(error_code);
        }
        for (name, value) in &self.info {
            info[*name] = value.clone();
        }
        json!({"code": self.code, "message": self.message, "details": [info]})
    }
}

/// The vault's own limit of requests per minute, with or without Retry-After.
pub fn rate_limited(retry_after: Option<u64>) -> Fault {
    let refusal = Refusal::new(429, 8, "RATE_LIMITED", "too many requests");
    Fault::Answer(Canned {
        retry_after,
        ..Canned::new(429, "application/json", &refusal.body().to_string())
    })
}

/// The vault is not there for the moment.
pub fn unavailable() -> Fault {
    let body = Refusal::new(503, 14, "UNAVAILABLE", "try again later").body();
    Fault::json(503, &body)
}
