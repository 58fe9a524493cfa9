//! What stands behind the public listener: a life of the service, or for a while nobody.
//! The listener itself stays for as long as the process does.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, Uri};
use axum::middleware;
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::{guard, pages};
use crate::addresses::{SLACK_COMMANDS, SLACK_EVENTS, SLACK_INTERACTIONS, VAULT_REPORTS};
use crate::dispatch::Dispatch;
use crate::handlers::Context;
use crate::metrics::Load;
use crate::store::{ENOUGH_BYTES, Room};

/// A life that is being cut off.
const ENDS: &str = "Valet begins anew";

/// Who answers now.
#[derive(Clone)]
pub(crate) enum Behind {
    Life(Living),
    /// Why not, as `/readyz` tells it.
    Nobody(Arc<str>),
}

/// A life that answers.
#[derive(Clone)]
pub(crate) struct Living {
    pub(crate) routes: Router,
    pub(crate) context: Context,
    pub(crate) dispatch: Dispatch,
    /// Cuts requests off where they stand.
    pub(crate) cut: CancellationToken,
    pub(crate) room: Room,
}

impl Living {
    /// `None` if it was cut off.
    async fn answer(self, request: Request) -> Option<Response> {
        let answered = self.routes.oneshot(request);
        let Ok(response) = self.cut.run_until_cancelled_owned(answered).await?;
        Some(response)
    }
}

impl Behind {
    /// What is open now; `None` while there is nobody to ask.
    pub(super) fn load(&self) -> Option<Load> {
        match self {
            Self::Life(living) => Some(living.context.load()),
            Self::Nobody(_) => None,
        }
    }

    /// Why events could not be accepted and answered now; empty when they can.
    pub(super) async fn problems(self) -> Vec<String> {
        let living = match self {
            Self::Life(living) => living,
            Self::Nobody(why) => return vec![why.to_string()],
        };
        let Living {
            context, cut, room, ..
        } = living;
        let problems = cut.run_until_cancelled_owned(async move { context.problems().await });
        let Some(problems) = problems.await else {
            return vec![ENDS.to_owned()];
        };
        let problems = problems.into_iter().map(str::to_owned);
        problems.chain(shortage(room)).collect()
    }
}

/// The line about a disk that is nearly full.
pub(crate) fn shortage(room: Room) -> Option<String> {
    match room {
        Room::Enough => None,
        Room::Short(free) => Some(format!(
            "the disk of VALET_DATA_DIR is nearly full: {} MiB are free, and events are taken again from {} MiB on",
            free >> 20,
            ENOUGH_BYTES >> 20,
        )),
    }
}

/// Routes that lead to whatever is behind at the time of each request.
pub(crate) fn in_front_of(behind: watch::Receiver<Behind>) -> Router {
    Router::new()
        .fallback(any(lead_on))
        .with_state(behind)
        .layer(middleware::map_response(guard::guarded))
}

async fn lead_on(State(behind): State<watch::Receiver<Behind>>, request: Request) -> Response {
    let behind = behind.borrow().clone();
    let uri = request.uri().clone();
    match behind {
        Behind::Life(living) if !is_a_programs(&uri) => {
            // It asks Slack and the vault, which is work like that of a run.
            let tasks = living.context.tasks.clone();
            let answered = tasks.spawn(living.answer(request));
            answered
                .waited_for()
                .await
                .ok()
                .flatten()
                .unwrap_or_else(pages::away)
        }
        Behind::Life(living) if living.room == Room::Enough => {
            living.answer(request).await.unwrap_or_else(|| away(&uri))
        }
        Behind::Life(_) | Behind::Nobody(_) => away(&uri),
    }
}

/// Slack delivers events again, and the vault its reports. Who follows a link can do so again too.
fn away(uri: &Uri) -> Response {
    if is_a_programs(uri) {
        StatusCode::SERVICE_UNAVAILABLE.into_response()
    } else {
        pages::away()
    }
}

/// Whether this is for what Slack or the vault sends by itself.
fn is_a_programs(uri: &Uri) -> bool {
    [
        SLACK_COMMANDS,
        SLACK_EVENTS,
        SLACK_INTERACTIONS,
        VAULT_REPORTS,
    ]
    .contains(&uri.path())
}
