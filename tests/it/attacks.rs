//! What Mallory tries, and what comes of it: nothing.

mod consent;
mod crossed;
mod identity;
mod sign_in;
mod waiting;
mod walk;
