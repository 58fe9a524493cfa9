//! App Home and modals.

use serde_json::{Value, json};

use super::{Answer, Call, Refusal};
use crate::slack::blocks::{VIEW_BLOCKS, complaints};
use crate::slack::check::Shown;
use crate::slack::modal;
use crate::slack::state::Modal;
use crate::slack::workspace::{ACME, APP_ID, BOT_ID};
use crate::slack::world::named;

pub(super) fn publish(call: &Call<'_>) -> Answer {
    let user = call.must("user_id", "invalid_arguments")?.to_owned();
    let mut view = view(call, "home")?;
    let id = format!("V{}", user.get(1..).unwrap_or_default());
    {
        let state = call.world.state();
        if state.person(&user).is_none() {
            return Err(Refusal::from("user_not_found"));
        }
        let current = state.homes.get(&user).map(|home| home["hash"].clone());
        let asked = call.args.text("hash");
        if let (Some(current), Some(asked)) = (current, asked)
            && current != asked
        {
            return Err(Refusal::from("hash_conflict"));
        }
    }
    complete(call, &mut view, &id);
    let mut state = call.world.state();
    state.homes.insert(user.clone(), view.clone());
    state.unread_homes.insert(user);
    drop(state);
    call.world.changed();
    Ok(json!({ "view": view }))
}

pub(super) fn open(call: &Call<'_>) -> Answer {
    let trigger = call.must("trigger_id", "invalid_arguments")?;
    let now = call.world.seconds();
    let known = call.world.state().triggers.remove(trigger);
    let user = match known {
        None => return Err(Refusal::from("invalid_trigger_id")),
        Some(known) if known.ends < now => return Err(Refusal::from("expired_trigger_id")),
        Some(known) => known.user,
    };
    let mut view = view(call, "modal")?;
    let wrong = modal::complaints(&view);
    if !wrong.is_empty() {
        return Err(Refusal::Error("invalid_arguments", wrong));
    }
    let id = format!("V{}", call.world.number());
    complete(call, &mut view, &id);
    call.world.state().modals.push(Modal {
        user,
        view: view.clone(),
        open: true,
    });
    call.world.changed();
    Ok(json!({ "view": view }))
}

fn view(call: &Call<'_>, kind: &str) -> Result<Value, Refusal> {
    let view = call
        .args
        .json("view")
        .ok_or(Refusal::from("invalid_arguments"))?;
    let known = [
        "type",
        "blocks",
        "title",
        "submit",
        "close",
        "callback_id",
        "external_id",
        "private_metadata",
        "clear_on_close",
        "notify_on_close",
    ];
    let mut wrong: Vec<String> = view
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| !known.contains(&name.as_str()))
        .map(|(name, _)| format!("[ERROR] invalid additional property: {name}"))
        .collect();
    if view["type"] != kind {
        wrong.push(format!("[ERROR] must be a view of type {kind}"));
    }
    let private = view["private_metadata"].as_str().unwrap_or_default();
    if private.chars().count() > 3000 {
        wrong.push("[ERROR] private_metadata must be less than 3001 characters".to_owned());
    }
    if view.to_string().len() > 250_000 {
        return Err(Refusal::from("view_too_large"));
    }
    match view["blocks"].as_array() {
        Some(blocks) => {
            wrong.extend(complaints(blocks, VIEW_BLOCKS));
            call.world.check(&Shown {
                method: call.method,
                // No channel: an attempt's link has no place here either.
                channel: "",
                thread_ts: None,
                text: "a view has no text beside it",
                blocks,
                only: call.args.text("user_id"),
            });
        }
        None => wrong.push("[ERROR] missing required field: blocks".to_owned()),
    }
    if wrong.is_empty() {
        Ok(view)
    } else {
        Err(Refusal::Error("invalid_arguments", wrong))
    }
}

fn complete(call: &Call<'_>, view: &mut Value, id: &str) {
    if let Value::Array(blocks) = view["blocks"].take() {
        view["blocks"] = Value::Array(named(blocks));
    }
    view["id"] = json!(id);
    view["team_id"] = json!(ACME);
    view["app_id"] = json!(APP_ID);
    view["bot_id"] = json!(BOT_ID);
    view["hash"] = json!(format!("{}.canaryhash", call.world.number()));
    view["state"] = json!({ "values": {} });
    view["root_view_id"] = json!(id);
    view["previous_view_id"] = Value::Null;
}
