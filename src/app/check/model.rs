//! The router: its key, and that each model takes tools. A model is asked for one call of one
//! tool, by the very requests of the service: a list of models would be free, and would not
//! tell of the key, the credit or the tools.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::super::clients::{Clients, breaker, router_client};
use super::super::patience::Surroundings;
use super::report::Finding;
use crate::config::{Config, RouterSettings};
use crate::metrics::{Metrics, Service};
use crate::router::Error;

/// A tool that does nothing, and is never run.
const TOOL: &str = "report_ready";

/// Each model by itself, so that none hides behind another.
pub(super) async fn look(
    config: &Config,
    surroundings: &Surroundings,
    clients: &Clients,
) -> Vec<Finding> {
    let settings = &config.router;
    let first = ("FASTROUTER_MODEL", &settings.model);
    let others = settings.fallbacks.iter();
    let others = others.map(|model| ("FASTROUTER_FALLBACK_MODELS", model));
    let models = std::iter::once(first).chain(others);
    let asked = models.map(|(setting, model)| async move {
        let check = format!("model {model}");
        match asked(config, model, (surroundings, clients)).await {
            Ok(true) => Finding::ok(&check, "it calls tools"),
            Ok(false) => Finding::warning(
                &check,
                "it takes tools, and did not call the one it was asked to",
                &format!("{setting}: name a model that is good at calling tools"),
            ),
            Err(error) => failed(&check, setting, &error),
        }
    });
    join_all(asked).await
}

/// Whether it called the tool.
async fn asked(
    config: &Config,
    model: &str,
    (surroundings, clients): (&Surroundings, &Clients),
) -> Result<bool, Error> {
    let settings = RouterSettings {
        model: model.to_owned(),
        fallbacks: Vec::new(),
        ..config.router.clone()
    };
    let settings = (settings, config.policy.router_body().clone());
    let metrics = Metrics::new();
    let router = router_client(settings, surroundings, clients.http.clone(), || {
        breaker(Service::Router, surroundings, &metrics)
    });
    let messages = [
        json!({"role": "system", "content": "You are being tried out. Do as you are told, and say nothing."}),
        json!({"role": "user", "content": format!("Call the tool {TOOL} once.")}),
    ];
    let tool = tool();
    let tool = serde_json::value::to_raw_value(&tool).map_err(|_| Error::BadAnswer)?;
    let reply = router.reply((&messages, &[]), &[&tool]).await?;
    Ok(!reply.calls.is_empty())
}

fn tool() -> Value {
    json!({
        "type": "function",
        "function": {
            "name": TOOL,
            "description": "Reports that you are ready.",
            "parameters": {"type": "object", "properties": {}},
        },
    })
}

fn failed(check: &str, setting: &str, error: &Error) -> Finding {
    let found = error.to_string();
    if matches!(error, Error::RateLimited { .. }) {
        return Finding::warning(check, &found, "check again in a minute");
    }
    let fix = if matches!(error, Error::Unauthorized) {
        "FASTROUTER_API_KEY: make a key in the router's dashboard, and copy it whole".to_owned()
    } else if matches!(error, Error::OutOfCredit) {
        "add credit in the router's dashboard".to_owned()
    } else if matches!(error, Error::NoSuchModel | Error::RejectedRequest { .. }) {
        format!(
            "{setting}: name a model that the router has and that takes tools; if it does, FASTROUTER_BASE_URL: give the part before /chat/completions"
        )
    } else if matches!(error, Error::BadAnswer) {
        "FASTROUTER_BASE_URL: give the part before /chat/completions".to_owned()
    } else {
        "FASTROUTER_BASE_URL: look whether it is right, whether this machine makes https connections there, and at the router's own status".to_owned()
    };
    Finding::error(check, &found, &fix)
}
