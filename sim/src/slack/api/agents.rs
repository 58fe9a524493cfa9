//! Sessions of an agent, and the older status of a thread.

use serde_json::json;

use super::{Answer, Call, Refusal};

const STATUSES: [&str; 4] = ["processing", "active", "suspended", "closed"];

pub(super) fn set_status(call: &Call<'_>) -> Answer {
    let key = session(call)?;
    let status = call.must("status", "invalid_arguments")?;
    if !STATUSES.contains(&status) {
        return Err(Refusal::from("invalid_arguments"));
    }
    let title = {
        let now = call.world.seconds();
        let mut state = call.world.state();
        let is_new = !state.sessions.contains_key(&key);
        let session = state.sessions.entry(key).or_default();
        status.clone_into(&mut session.status);
        session.said_at = now;
        // These count when the session begins.
        if is_new {
            session.title = call.args.text("title").map(str::to_owned);
            session.initiator = call.args.text("initiator_user_id").map(str::to_owned);
        }
        session.title.clone()
    };
    call.world.changed();
    Ok(json!({ "status": status, "agent_status": status, "title": title }))
}

pub(super) fn rename(call: &Call<'_>) -> Answer {
    let key = session(call)?;
    let title = call.must("title", "invalid_arguments")?;
    {
        let mut state = call.world.state();
        let Some(session) = state.sessions.get_mut(&key) else {
            return Err(Refusal::from("session_not_found"));
        };
        session.title = Some(title.to_owned());
    }
    call.world.changed();
    Ok(json!({ "title": title }))
}

pub(super) fn set_thread_status(call: &Call<'_>) -> Answer {
    thread(call)?;
    // An empty status takes it away.
    if call.args.text("status").is_none() {
        return Err(Refusal::from("invalid_arguments"));
    }
    let loading = call.args.json("loading_messages");
    let loading = loading.as_ref().and_then(|all| all.as_array());
    if loading.is_some_and(|all| all.len() > 10) {
        return Err(Refusal::from("invalid_arguments"));
    }
    Ok(json!({}))
}

pub(super) fn set_prompts(call: &Call<'_>) -> Answer {
    agent(call)?;
    let prompts = call.args.json("prompts");
    let prompts = prompts.as_ref().and_then(|all| all.as_array());
    if prompts.is_none_or(|all| all.is_empty() || all.len() > 4) {
        return Err(Refusal::from("invalid_arguments"));
    }
    Ok(json!({}))
}

fn agent(call: &Call<'_>) -> Result<(), Refusal> {
    if call.world.state().switches.agents {
        Ok(())
    } else {
        Err(Refusal::from("not_authorized"))
    }
}

fn session(call: &Call<'_>) -> Result<(String, String), Refusal> {
    agent(call)?;
    thread(call)
}

fn thread(call: &Call<'_>) -> Result<(String, String), Refusal> {
    let channel = call.must("channel_id", "channel_not_found")?;
    let thread_ts = call.must("thread_ts", "invalid_thread_ts")?;
    let state = call.world.state();
    if state.channel(channel).is_none() {
        return Err(Refusal::from("channel_not_found"));
    }
    if state.message(channel, thread_ts).is_none() {
        return Err(Refusal::from("invalid_thread_ts"));
    }
    drop(state);
    Ok((channel.to_owned(), thread_ts.to_owned()))
}
