//! Who the token and the people are.

use serde_json::json;

use super::{Answer, Call, Refusal};
use crate::slack::state::Token;
use crate::slack::workspace::{ACME, BOT_ID, BOT_USER, Kind};

#[expect(clippy::unnecessary_wraps, reason = "methods have one signature")]
pub(super) fn test(call: &Call<'_>) -> Answer {
    let state = call.world.state();
    let mut answer = json!({
        "url": "https://acme.slack.com/",
        "team": "Acme",
        "user": "valet",
        "team_id": ACME,
        "user_id": BOT_USER,
        "bot_id": BOT_ID,
        "is_enterprise_install": false,
    });
    if let Some(Token::SignIn(user)) = state.tokens.get(&call.token) {
        answer["user"] = json!(state.names.of(user));
        answer["user_id"] = json!(user);
        if let Some(fields) = answer.as_object_mut() {
            fields.shift_remove("bot_id");
        }
    }
    if let Some(enterprise) = &call.world.setup.enterprise {
        answer["enterprise_id"] = json!(enterprise);
        if call.world.setup.org_wide {
            answer["team_id"] = json!(enterprise);
            answer["team"] = json!("Acme Group");
            answer["is_enterprise_install"] = json!(true);
        }
    }
    Ok(answer)
}

#[expect(clippy::unnecessary_wraps, reason = "methods have one signature")]
pub(super) fn revoke(call: &Call<'_>) -> Answer {
    let test = call.args.flag("test").unwrap_or(false);
    if !test {
        call.world.state().tokens.remove(&call.token);
    }
    Ok(json!({ "revoked": !test }))
}

pub(super) fn user(call: &Call<'_>) -> Answer {
    let id = call.must("user", "user_not_found")?;
    let state = call.world.state();
    match state.person(id) {
        Some(profile) => {
            let mut user = profile.to_wire();
            if let Some(enterprise) = &call.world.setup.enterprise
                && (call.world.setup.org_wide || profile.team == ACME)
                && profile.kind != Kind::Stranger
            {
                user["enterprise_user"] = json!({
                    "id": profile.id,
                    "enterprise_id": enterprise,
                    "enterprise_name": "Acme Group",
                    "is_admin": false,
                    "is_owner": false,
                    "teams": [profile.team],
                });
            }
            if call.args.flag("include_locale") == Some(true) {
                user["locale"] = json!("en-GB");
            }
            Ok(json!({ "user": user }))
        }
        None => Err(Refusal::from("user_not_found")),
    }
}

/// `usergroups.users.list`.
pub(super) fn members(call: &Call<'_>) -> Answer {
    let id = call.must("usergroup", "no_such_subteam")?;
    if call.world.setup.org_wide && call.args.text("team_id").is_none() {
        return Err(Refusal::from("missing_argument"));
    }
    let state = call.world.state();
    match state.groups.get(id) {
        Some(users) => Ok(json!({ "users": users })),
        None => Err(Refusal::from("no_such_subteam")),
    }
}

/// `apps.connections.open`.
#[expect(clippy::unnecessary_wraps, reason = "methods have one signature")]
pub(super) fn connect(call: &Call<'_>) -> Answer {
    Ok(json!({ "url": call.world.ticket() }))
}
