//! The edges of the workspace: who belongs to it, and what comes of its end.

mod uninstall;
