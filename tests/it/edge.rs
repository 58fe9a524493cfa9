//! The edges: what reaches Valet from outside, and what each thing gets for an answer.

mod commands;
mod connections;
mod ops;
mod paper;
mod retries;
mod rows;
mod silence;
mod stopping;
mod table;
mod wire;
