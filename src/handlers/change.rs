//! Changing the arguments of a write before approving it: a form is opened at once, and
//! what comes back with it is another proposal, approved by being sent.

use serde_json::{Map, Value};

use super::decide::{NotTaken, follow, named, not_taken};
use super::gate::{self, Asker};
use super::reply::ReplyTo;
use super::work::Work;
use super::{Context, Outcome, Unsaid, cards};
use crate::agent;
use crate::approval::{Approval, Proposal, State};
use crate::event::{Pressed, Submitted};
use crate::ledger::fingerprint;
use crate::slack::{SentForm, Trigger, render};

/// What a form that was sent comes to before anything is kept of it.
pub(crate) enum Read {
    /// Slack shows this beside the fields.
    Refused(Value),
    /// To be kept, and then worked on.
    Taken(Submitted),
}

/// Reads a form by the schema that it was made of. Whose word it is, and whether it still
/// counts, is found out when it is worked on.
pub(crate) fn read(context: &Context, form: SentForm) -> Read {
    let proposal = named(context, &form.approval)
        .ok()
        .and_then(|approval| cards::logged(context.store.approvals.proposal(approval.id)))
        .flatten();
    let arguments = match proposal {
        Some(proposal) => match changed(&proposal, &form.values) {
            Ok(arguments) => arguments,
            Err(complaints) => return Read::Refused(render::complaints(&complaints)),
        },
        // It is over, and whoever works on this says so.
        None => Map::new(),
    };
    Read::Taken(Submitted {
        actor: form.actor,
        approval: form.approval,
        arguments,
    })
}

fn changed(
    proposal: &Proposal,
    values: &Value,
) -> Result<Map<String, Value>, Vec<agent::Complaint>> {
    let fields = agent::fields(&proposal.schema, &proposal.arguments).unwrap_or_default();
    let written = render::written(values, fields.len());
    let arguments = agent::read(&proposal.schema, &fields, &written)?;
    let whole = Proposal {
        arguments,
        ..proposal.clone()
    };
    if !render::fits(&whole) {
        let longest = fields
            .iter()
            .zip(&written)
            .enumerate()
            .max_by_key(|(_, (_, text))| text.as_deref().map_or(0, str::len));
        let place = longest.map_or(0, |(place, _)| place);
        return Err(vec![(
            place,
            "This is too long to be shown whole.".to_owned(),
        )]);
    }
    Ok(whole.arguments)
}

/// Opens the form. Nothing is kept of this: whoever sees no form presses again.
pub(crate) async fn open(context: &Context, pressed: &Pressed, trigger: &Trigger) {
    if let Err(unsaid) = try_open(context, pressed, trigger).await {
        tracing::warn!(
            error = &unsaid as &dyn std::error::Error,
            "a form could not be opened"
        );
    }
}

async fn try_open(context: &Context, pressed: &Pressed, trigger: &Trigger) -> Result<(), Unsaid> {
    if context.store.installed.is_gone() {
        return Ok(());
    }
    // Whoever may not is told so by the other buttons, which are kept.
    let Ok(asker) = gate::admit(context, &pressed.actor).await? else {
        return Ok(());
    };
    let form = match form(context, &asker, &pressed.value) {
        Ok(form) => form,
        Err(why) => {
            let words = not_taken(context, why).await;
            let Some(url) = &pressed.response_url else {
                return Ok(());
            };
            let thread = pressed.thread.as_ref();
            return context.slack.respond(url, thread, &words).await;
        }
    };
    context.slack.open_form(trigger, &form).await
}

fn form(context: &Context, asker: &Asker, value: &str) -> Result<Value, NotTaken> {
    let approval = named(context, value)?;
    approval
        .open_to(asker.person(), context.clock.now())
        .map_err(|why| NotTaken::NotDecided(why, Box::new(approval.clone())))?;
    let proposal = context.store.approvals.proposal(approval.id)?;
    let proposal = proposal.ok_or(NotTaken::Unknown)?;
    let fields = agent::fields(&proposal.schema, &proposal.arguments);
    let fields = fields.ok_or(NotTaken::Unknown)?;
    Ok(render::form(approval.id, &fields))
}

/// Another proposal takes the place of the one on the card, and is approved by the person
/// who made it.
pub(super) async fn submitted(
    context: &Context,
    work: &Work,
    asker: &Asker,
    submitted: &Submitted,
) -> Result<Outcome, Unsaid> {
    match replace(context, work, asker, submitted).await {
        Ok(approval) => follow(context, &[approval]).await,
        Err(why) => {
            let words = not_taken(context, why).await;
            let reply = ReplyTo::alone(&submitted.actor);
            reply.say(context, work, &words).await
        }
    }
}

async fn replace(
    context: &Context,
    work: &Work,
    asker: &Asker,
    submitted: &Submitted,
) -> Result<Approval, NotTaken> {
    let approval = named(context, &submitted.approval)?;
    if let State::Replaced(by) = approval.state()
        && let Some(by) = context.store.approvals.find(*by)?
        && by.decided_by() == Some(work.run)
    {
        // By this very event, in a life before this one.
        return Ok(by);
    }
    let when = (work.run, context.clock.now());
    approval
        .open_to(asker.person(), when.1)
        .map_err(|why| NotTaken::NotDecided(why, Box::new(approval.clone())))?;
    let proposal = context.store.approvals.proposal(approval.id)?;
    let proposal = Proposal {
        arguments: submitted.arguments.clone(),
        ..proposal.ok_or(NotTaken::Unknown)?
    };
    let subject = &approval.subject;
    let new = (
        context.randomness.approval_id(),
        fingerprint(&subject.tool, &subject.connection, &proposal.arguments),
    );
    let replaced = context.store.approvals.replace(
        approval.id,
        |one| one.changed(asker.person(), new, when),
        &proposal,
    );
    match replaced.await? {
        None => Err(NotTaken::Unknown),
        Some(Ok(granted)) => {
            cards::count(context, &approval, &granted);
            Ok(granted)
        }
        Some(Err(why)) => Err(NotTaken::NotDecided(why, Box::new(approval))),
    }
}
