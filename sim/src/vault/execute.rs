//! `POST /api/v1/execute_tool`: runs a tool in somebody's account.

use serde_json::{Map, Value, json};

use super::account::{Account, Status};
use super::call::{Call, fields, text};
use super::catalogue::Tool;
use super::outcome::Outcome;
use super::provider::ToolError;
use super::refusal::Refusal;
use super::shape::{self, Reply};
use super::world::{Execution, World};

/// The endpoint: nothing happens at the provider until everything asked for is in order.
pub(super) fn execute(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let known = [
        "tool_name",
        "params",
        "connected_account_id",
        "identifier",
        "connector",
        "organization_id",
        "user_id",
        "agent_run_id",
    ];
    let given = fields(world, call, &known)?;
    let name = text(&given, "tool_name", 400)?;
    let tool = world.tools.iter().find(|tool| tool.name == name).cloned();
    let tool = tool.ok_or_else(|| Refusal::unknown_tool(&name))?;
    let params = read_params(&given)?;
    let at = select(world, call, &given, &tool.provider)?;
    let account = world.accounts[at].clone();
    if account.provider != tool.provider {
        return Err(Refusal::invalid(
            "connected_account_id",
            "another provider's account",
        ));
    }
    if account.status != Status::Active {
        return Err(Refusal::invalid(
            "connected_account",
            "the account is not active",
        ));
    }
    if let Err(mistake) = tool.check(&params) {
        world.violation(format!("{name}: {mistake}"));
        return Err(Refusal::invalid("params", &mistake));
    }
    let agent_run_id = Some(text(&given, "agent_run_id", 255)?).filter(|id| !id.is_empty());
    let (execution_id, now) = (world.number().to_string(), world.now());
    world.accounts[at].last_used_at = Some(now);
    let data = match take_outcome(world, &name) {
        Some(outcome) => outcome.into_result(&execution_id)?,
        None => Some(run(world, &tool, &account, &params, &execution_id)?),
    };
    world.executions.push(Execution {
        tool: name,
        params,
        identifier: account.identifier,
        account_id: account.id,
        mailbox: account.mailbox.unwrap_or_default(),
        agent_run_id,
    });
    let data = data.map(|data| shape::data(data, &world.switches));
    Ok(Reply::ok(
        json!({"data": data, "execution_id": execution_id}),
    ))
}

fn read_params(given: &Map<String, Value>) -> Result<Map<String, Value>, Refusal> {
    match given.get("params") {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(params)) => Ok(params.clone()),
        Some(_) => Err(Refusal::invalid("params", "not an object")),
    }
}

/// The account to act in: by its id, by connector and identifier, or by the identifier
/// alone where that leaves one.
fn select(
    world: &mut World,
    call: &Call,
    given: &Map<String, Value>,
    provider: &str,
) -> Result<usize, Refusal> {
    let id = text(given, "connected_account_id", 32)?;
    let identifier = text(given, "identifier", 100)?;
    let connector = text(given, "connector", 400)?;
    if !identifier.is_empty() {
        world.expect_introduced(&identifier, call);
    }
    if !id.is_empty() {
        let at = world
            .account_of_id(&id)
            .ok_or_else(|| world.no_such_account())?;
        let account = &world.accounts[at];
        let agrees = |given: &str, is: &str| given.is_empty() || given == is;
        if agrees(&identifier, &account.identifier) && agrees(&connector, &account.connection) {
            return Ok(at);
        }
        world.violation(format!(
            "{}: the account's id and its owner disagree",
            call.path
        ));
        return Err(Refusal::invalid(
            "connected_account_id",
            "somebody else's account",
        ));
    }
    if identifier.is_empty() {
        return Err(Refusal::invalid("identifier", "no account selected"));
    }
    if !connector.is_empty() {
        let at = world.account_at(&connector, &identifier);
        return at.ok_or_else(|| world.no_such_account());
    }
    let theirs =
        |account: &Account| account.identifier == identifier && account.provider == provider;
    let mut all = (0..world.accounts.len()).filter(|at| theirs(&world.accounts[*at]));
    match (all.next(), all.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err(world.no_such_account()),
        (Some(_), Some(_)) => Err(Refusal::invalid("identifier", "several accounts fit")),
    }
}

fn take_outcome(world: &mut World, tool: &str) -> Option<Outcome> {
    let at = world.outcomes.iter().position(|(name, _)| name == tool)?;
    world.outcomes.remove(at).map(|(_, outcome)| outcome)
}

fn run(
    world: &mut World,
    tool: &Tool,
    account: &Account,
    params: &Map<String, Value>,
    execution_id: &str,
) -> Result<Value, Refusal> {
    let now = world.now();
    let mailbox = account.mailbox.as_deref().unwrap_or_default();
    let result = if tool.filler {
        Ok(json!(format!("{} has nothing to report.", tool.name)))
    } else {
        world.providers.run(&tool.name, mailbox, params, now)
    };
    result.map_err(|ToolError { status, message }| Refusal::tool(status, execution_id, &message))
}
