//! The edge to the language-model router: one chat completion at a time, from any
//! OpenAI-compatible service, however it streams.

mod client;
#[cfg(any(fuzzing, test))]
pub(crate) mod doors;
mod error;
mod heard;
mod lost;
mod models;
mod reading;
mod sse;
mod thoughts;
mod wire;

pub(crate) use client::{CONNECT_DEADLINE, Client, Deadlines, Endpoint};
pub(crate) use error::Error;
pub(crate) use heard::Spoken;
pub(crate) use lost::Lost;
