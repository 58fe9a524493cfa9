//! The simulated Slack against a small app that does as it is told.

mod api;
mod app;
mod deliveries;
mod sign_in;
mod stories;
