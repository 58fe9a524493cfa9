//! What a failure of a client means for the person. Each is logged here, once.

use crate::run::Failure;
use crate::slack::{Message, render};
use crate::{router, scalekit, store};

/// The word for a store that failed.
pub(in crate::handlers) fn store_failed(cause: &store::Error) -> Message {
    tracing::error!(error = cause as &dyn std::error::Error, "the store failed");
    render::failed(Failure::Store)
}

/// The word for a vault that failed.
pub(in crate::handlers) fn vault_failed(cause: &scalekit::Error) -> Message {
    render::failed(of_vault(cause))
}

/// What is wrong when the vault does not tell about accounts and tools.
pub(super) fn of_vault(cause: &scalekit::Error) -> Failure {
    use scalekit::Error;
    tracing::warn!(error = cause as &dyn std::error::Error, "the vault failed");
    match cause {
        Error::Down => Failure::VaultDown,
        Error::RateLimited { .. } => Failure::VaultBusy,
        Error::NoConnection | Error::Refused { .. } | Error::Token => Failure::VaultMisconfigured,
        Error::AccountRejected
        | Error::BadAnswer
        | Error::MissingScope { .. }
        | Error::NoAccount
        | Error::OutcomeUnknown { .. }
        | Error::Reconnect
        | Error::TimedOut
        | Error::TooLarge
        | Error::ToolFailed { .. }
        | Error::Unavailable { .. }
        | Error::UnknownTool => Failure::VaultUnavailable,
    }
}

/// What is wrong when the router gives no reply.
pub(super) fn of_router(cause: router::Error) -> Failure {
    use router::Error;
    tracing::warn!(
        error = &cause as &dyn std::error::Error,
        "the router failed"
    );
    match cause {
        Error::BadAnswer | Error::BrokeOff | Error::TooLarge => Failure::ModelBrokeOff,
        Error::Down => Failure::RouterDown,
        Error::NoSuchModel
        | Error::OutOfCredit
        | Error::RejectedRequest { .. }
        | Error::Unauthorized => Failure::RouterAccount,
        Error::RateLimited { .. } => Failure::RouterBusy,
        Error::Blocked | Error::Refused => Failure::RouterRefused,
        Error::TimedOut | Error::Unavailable => Failure::RouterUnavailable,
    }
}
