//! The playground: a page in the browser on which one is Ada, Ben or a guest, works with
//! Valet as in Slack, and sees what each of the parties outside got to see.
//!
//! The page is a window into the world and knows nothing of Valet: what people do on it
//! they do in the simulated Slack, which tells whoever is set up there.

mod acts;
mod assets;
mod html;
mod inline;
mod markdown;
mod model;
mod outside;
mod playground;
mod render;
mod serve;
mod sight;
#[cfg(test)]
mod tests;
mod window;
mod witness;

pub use model::{Model, ModelSetup};
pub use playground::{ADDRESS, Playground};
