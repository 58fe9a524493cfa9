//! Stories told to the outside: the real program, over HTTP, in the simulated world.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a story stops at the first thing that is not as told"
)]

mod bot;

mod approving;
mod asking;
mod attacks;
mod audit;
mod checking;
mod clock;
mod connecting;
mod conversations;
mod disk;
mod edge;
mod environment;
mod failing;
mod figures;
mod keeping;
mod listing;
mod living;
mod manners;
mod models;
mod offering;
mod overload;
mod pages;
mod private;
mod prompting;
mod remembering;
mod restarting;
mod secrets;
mod settings;
mod signing_in;
mod socket;
mod streaming;
mod traces;
mod webhooks;
mod workspace;
mod worst;
