//! Valet works inside each person's own accounts: it knows from Slack's signed request
//! who asks, lets a model choose tools, and runs them with that person's permissions.
//!
//! Dependencies point down only: `app` → `socket` → `http` → `dispatch` → `handlers` → edges (`slack`,
//! `scalekit`, `router`, `store`, `config`) → rules (`agent`, `connect`, `event`, `line`, `run`…) →
//! the ground (`ids`, `clock`, `random`…). `tests/repo/layers.rs` has the whole table.

mod account;
mod addresses;
mod agent;
mod app;
mod approval;
mod audience;
mod audit;
mod backoff;
mod circuit;
mod clock;
mod config;
mod connect;
mod control;
mod dispatch;
#[cfg(any(fuzzing, test))]
pub mod doors;
mod event;
mod handlers;
mod healthcheck;
mod http;
mod ids;
mod ledger;
mod line;
mod metrics;
mod notice;
mod policy;
mod random;
mod router;
mod run;
mod scalekit;
mod secure_url;
mod sharing;
mod shutdown;
mod slack;
mod socket;
mod store;
mod suggest;
mod tasks;
mod telemetry;
mod traces;
mod whoami;
mod workspace;

pub use app::{App, Checked, Outcome, Patience, Surroundings, check, manifest};
pub use clock::{Clock, SystemTime, Time};
pub use config::{Config, Environment, Mistakes, SETTING_NAMES, Variables, data_dir, ops_listen};
pub use control::{
    AuditQuery, Audited, CommandFailed, PeopleQuery, Restored, RunsQuery, Since, audit, backup,
    people, restore, runs,
};
pub use healthcheck::{Unhealthy, healthcheck};
pub use line::Room;
pub use random::Randomness;
pub use shutdown::shutdown_signal;
pub use telemetry::{LogShape, log, log_panics};
