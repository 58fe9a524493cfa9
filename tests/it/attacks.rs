//! What Mallory tries, and what comes of it: nothing.

mod consent;
mod crossed;
mod identity;
mod interleaved;
mod sign_in;
mod table;
mod waiting;
mod walk;
mod wandering;
