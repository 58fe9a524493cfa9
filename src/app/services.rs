//! What the handlers get to work with.

use std::sync::Arc;

use tokio::sync::{Notify, mpsc};

use super::clients::Clients;
use super::patience::Surroundings;
use crate::addresses::Addresses;
use crate::config::Config;
use crate::handlers::{self, Services};
use crate::ids::RunId;
use crate::metrics::Metrics;
use crate::store::Store;
use crate::tasks::Tasks;
use crate::traces::Traces;

/// All that handlers work with, around this store.
pub(super) fn services(
    store: Store,
    config: Config,
    (surroundings, metrics, traces): (Surroundings, Metrics, Traces),
    tasks: Tasks,
    resumed: mpsc::Sender<RunId>,
) -> anyhow::Result<handlers::Context> {
    let Clients {
        slack,
        sign_in,
        vault,
        router,
        ..
    } = Clients::of(&config, &surroundings, &metrics)?;
    let addresses = Addresses::under(config.public_url);
    Ok(Arc::new(Services {
        store,
        slack,
        sign_in,
        vault,
        router,
        clock: surroundings.clock,
        randomness: surroundings.randomness,
        metrics,
        traces,
        policy: config.policy,
        addresses,
        connections: config.connections,
        command_prefix: Some(config.command_prefix).filter(|prefix| !prefix.is_empty()),
        tasks,
        longest_run: surroundings.patience.run,
        unshown: surroundings.patience.words,
        untold: surroundings.patience.steps,
        resumed,
        noticed: Notify::new(),
        at_work: handlers::stop::AtWork::default(),
        letting_go: handlers::LettingGo::default(),
        sessions: handlers::sessions::Sessions::default(),
        told_bots: handlers::Told::default(),
        line: handlers::line::SharedLine::new(surroundings.room),
        spending: handlers::spending::Spending::default(),
        remembered: handlers::Remembered::default(),
    }))
}
