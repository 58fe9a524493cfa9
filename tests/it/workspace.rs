//! The edges of the workspace: who belongs to it, and what comes of its end.

mod bots;
mod enterprise;
mod gone;
mod policy;
mod uninstall;
