//! Which model answers: the built-in one, or a real one behind a relay.

use serde_json::Value;

use crate::router::{Brain, Pace, Relay, Router, RouterSetup};

/// Which model is to answer.
#[derive(Clone)]
pub enum ModelSetup {
    /// The rules of the simulated router.
    BuiltIn(Pace),
    /// One behind a real router; what it is asked can be seen all the same.
    Real {
        api_key: String,
        base_url: String,
        /// `None`: the one that Valet takes when nobody names one.
        name: Option<String>,
    },
}

/// The model that answers.
#[derive(Debug)]
pub enum Model {
    BuiltIn(Router),
    Real { relay: Relay, words: String },
}

impl Model {
    pub(super) async fn start(setup: &ModelSetup) -> Self {
        match setup {
            ModelSetup::BuiltIn(pace) => Self::BuiltIn(
                Router::start(RouterSetup {
                    brain: Brain::Rules,
                    pace: *pace,
                    ..RouterSetup::default()
                })
                .await,
            ),
            ModelSetup::Real { base_url, name, .. } => {
                let host = base_url.split("://").last().unwrap_or_default();
                let host = host.split('/').next().unwrap_or_default();
                let name = name.as_deref().unwrap_or("Valet's usual model");
                Self::Real {
                    relay: Relay::start(base_url).await,
                    words: format!("A real model answers: {name} at {host}."),
                }
            }
        }
    }

    /// For people: who answers them.
    pub fn words(&self) -> &str {
        match self {
            Self::BuiltIn(_) => {
                "The built-in model answers: it knows the example questions, and says so of others."
            }
            Self::Real { words, .. } => words,
        }
    }

    pub(super) fn url(&self) -> String {
        match self {
            Self::BuiltIn(router) => router.url(),
            Self::Real { relay, .. } => relay.url(),
        }
    }

    pub(super) fn requests(&self) -> Vec<Value> {
        match self {
            Self::BuiltIn(router) => router.requests(),
            Self::Real { relay, .. } => relay.requests(),
        }
    }

    pub(super) fn text(&self) -> String {
        match self {
            Self::BuiltIn(router) => router.all_text(),
            Self::Real { relay, .. } => relay.all_text(),
        }
    }
}
