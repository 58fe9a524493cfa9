//! Valet works inside each person's own accounts: it knows from Slack's signed request
//! who asks, lets a model choose tools, and runs them with that person's permissions.
//!
//! Dependencies point down only:
//! `app` → {`dispatch`, `http`} → `handlers` → {`slack`, `scalekit`, `router`, `store`}
//! → rules (`agent`, `connect`, `event`, `run`) → {`ids`, `clock`, `random`}.

mod account;
mod agent;
mod backoff;
mod clock;
mod config;
mod connect;
mod event;
mod ids;
mod policy;
mod random;
mod run;
mod scalekit;
mod secure_url;
mod store;

pub use clock::{Clock, SystemTime, Time};
pub use config::{Config, Environment, Mistakes, SETTING_NAMES, Variables, ops_listen};
pub use random::Randomness;
