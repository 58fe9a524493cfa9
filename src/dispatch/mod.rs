//! From an accepted event to the work on it. The line says whose turn it is; here it is
//! done about: tracked tasks, the sweep, stopping.

mod accept;
mod connections;
mod take;
mod upkeep;
mod work;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

pub(crate) use accept::NotAccepted;
pub(crate) use take::Taken;

use crate::event::Pressed;
use crate::handlers::{self, Context};
use crate::ids::RunId;
use crate::slack::Trigger;
use crate::store::Error;

/// Forms that are being opened at once.
const FORMS: usize = 64;

/// Takes events in, and sees that each is worked on. A cheap handle.
#[derive(Clone)]
pub(crate) struct Dispatch {
    context: Context,
    /// What was open before the start is in line; until then what is accepted waits on the
    /// disk, behind it.
    loaded: Arc<AtomicBool>,
    /// Room for forms that are being opened.
    forms: Arc<Semaphore>,
    /// No new work; what runs may finish.
    closing: CancellationToken,
    /// What still runs is parked where it stands.
    halt: CancellationToken,
}

impl Dispatch {
    pub(crate) fn new(context: Context) -> Self {
        Self {
            context,
            loaded: Arc::default(),
            forms: Arc::new(Semaphore::new(FORMS)),
            closing: CancellationToken::new(),
            halt: CancellationToken::new(),
        }
    }

    /// Begins the work that nobody has to ask for: what a crash left open, runs that are
    /// woken, and the sweep.
    pub(crate) fn begin(&self, resumed: mpsc::Receiver<RunId>, sweep: Duration) {
        self.finish_attempts();
        let (dispatch, tasks) = (self.clone(), self.context.tasks.clone());
        // Now, while no run is at work yet.
        let half_asleep = handlers::half_asleep(&self.context);
        let half_at_rest = handlers::half_at_rest(&self.context);
        self.context.tasks.spawn(async move {
            dispatch.wake_half_asleep(half_asleep).await;
            dispatch.load().await;
            dispatch.bring_to_rest(half_at_rest);
            tasks.spawn(dispatch.clone().wake_all(resumed));
            tasks.spawn(dispatch.clone().look_into_reports(sweep));
            dispatch.sweep_every(sweep).await;
        });
    }

    /// Opens a form at once: a trigger is good for three seconds. Beyond this many at a time
    /// none is opened, and whoever sees no form presses again.
    fn open_form(&self, pressed: Pressed, trigger: Trigger) {
        let Ok(room) = Arc::clone(&self.forms).try_acquire_owned() else {
            tracing::warn!("too many forms are being opened");
            return;
        };
        let context = self.context.clone();
        self.context.tasks.spawn(async move {
            handlers::change::open(&context, &pressed, &trigger).await;
            drop(room);
        });
    }

    /// Takes no new work, gives the runs at work this long, and parks the rest where they
    /// stand: they are on disk.
    pub(crate) async fn stop_within(&self, deadline: Duration) {
        self.closing.cancel();
        self.context.tasks.close();
        if tokio::time::timeout(deadline, self.context.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!("runs were still at work at the deadline and are parked");
            self.halt.cancel();
            // Nor is anything else waited for: an attempt that is being finished would take
            // as long as the vault likes.
            self.context.tasks.cut();
            self.context.tasks.wait().await;
        }
    }
}

fn log_store(cause: &Error) {
    tracing::error!(error = cause as &dyn std::error::Error, "the store failed");
}
