//! The vault's callback: our word that this is the person, and what follows from it.

use jiff::SignedDuration;

use super::connect::{Refused, advance, find, still_welcome};
use super::context::is_active;
use super::whose::whoami;
use super::{Context, Unsaid, cards, home, post, stray};
use crate::account::{Account, AuthRequestId};
use crate::audit::{Act, Cause, Noted, Stage, What};
use crate::connect::{Attempt, AttemptId, Refusal};
use crate::ids::{Identifier, Person};
use crate::line::Try;
use crate::random::Nonce;
use crate::scalekit::{self, VerifyError};
use crate::slack::{Mark, Message, Of, Slot, Target, render};
use crate::store::Given;

/// How far back a message about an attempt from before a crash is looked for.
const LOOKED_BACK: SignedDuration = SignedDuration::from_hours(24);

/// What the vault sent the browser back with.
pub(crate) struct BackFromVault {
    pub(crate) state: Option<Nonce>,
    pub(crate) auth_request: Option<String>,
}

/// Checks that the browser is the one that signed in, takes the attempt, and finishes it.
pub(crate) async fn back_from_vault(
    context: &Context,
    returned: BackFromVault,
    cookie_of: impl Fn(AttemptId) -> Option<Nonce> + Send + Sync,
) -> Result<Attempt, Refused> {
    let state = returned.state.ok_or(Refused::Unknown)?;
    let auth_request = AuthRequestId::parse(returned.auth_request.as_deref().unwrap_or_default())?;
    if let Some(given) = stray::strayed(context, &state, &auth_request, &cookie_of)? {
        let shared = Context::clone(context);
        let undoing = async move { undo(&shared, &given).await };
        unhurried(context, undoing).await?;
        return Err(Refusal::AnotherBrowser.into());
    }
    let attempt = find(context, &state)?;
    let cookie = cookie_of(attempt.id());
    let taken = attempt.clone().back_from_vault(
        &state,
        cookie.as_ref(),
        auth_request.clone(),
        context.clock.now(),
    )?;
    advance(context, &attempt, &taken).await?;
    context.store.consents.take(&state, &auth_request)?;
    let (shared, finishing) = (Context::clone(context), taken.clone());
    let finished = async move { finish(&shared, finishing, Try::First).await };
    unhurried(context, finished).await?;
    Ok(taken)
}

/// On a task of its own: a browser that goes away must not leave a thing half done.
async fn unhurried(
    context: &Context,
    work: impl Future<Output = Result<(), Refused>> + Send + 'static,
) -> Result<(), Refused> {
    let done = context.tasks.spawn(work).await;
    done.map_err(|_| Refused::Unfinished)?
}

/// What came of a consent in another browser is taken back, and its asker told.
async fn undo(context: &Context, given: &Given) -> Result<(), Refused> {
    stray::undo(context, given).await?;
    let person = &given.owner.person;
    let failed = render::connect_failed(&given.connection);
    say(context, given.attempt, Try::First, person, &failed).await;
    Ok(())
}

/// Verifies the person at the vault, tells them whose account it is, and puts the runs
/// that waited for it back to work. The attempt is forgotten last: after a crash all of
/// this is done again, and then the vault's word on the account decides, not its answer.
pub(crate) async fn finish(context: &Context, attempt: Attempt, tried: Try) -> Result<(), Refused> {
    let finished = settle(context, &attempt, tried).await;
    context.store.attempts.remove(&attempt).await?;
    finished
}

async fn settle(context: &Context, attempt: &Attempt, tried: Try) -> Result<(), Refused> {
    let finished = verify(context, attempt).await;
    let owner = attempt.owner();
    match finished {
        Ok((identifier, account)) => {
            context
                .forget_tools(&owner.person, attempt.connection())
                .await;
            cards::lapse(context, &owner.person, attempt.connection()).await;
            tracing::info!(attempt.id = %attempt.id(), connection.name = %attempt.connection(), person = %owner.person, "{} connected {}", owner.person, attempt.connection());
            let (whom, cause) = ((&owner.person, &identifier), Cause::Attempt(attempt.id()));
            let whose = whoami(context, whom, attempt.connection(), &account, cause).await;
            remember(context, attempt, whose.as_deref()).await;
            let connected = render::connected(attempt.connection(), whose.as_deref());
            say(context, attempt.id(), tried, &owner.person, &connected).await;
            home::refresh(context, &owner.person).await;
            resume(context, attempt).await
        }
        // There is nobody to tell.
        Err(refused @ Refused::NotWelcome) => Err(refused),
        Err(refused) => {
            let failed = render::connect_failed(attempt.connection());
            say(context, attempt.id(), tried, &owner.person, &failed).await;
            Err(refused)
        }
    }
}

/// On disk before it is done, and what came of it with whatever follows.
async fn verify(context: &Context, attempt: &Attempt) -> Result<(Identifier, Account), Refused> {
    let auth_request = attempt.to_verify().ok_or(Refused::Unknown)?;
    let person = &attempt.owner().person;
    still_welcome(context, attempt.owner()).await?;
    let identifier = context.store.people.identifier_of(person).await?;
    let (audit, cause) = (&context.store.audit, Cause::Attempt(attempt.id()));
    let act = Act::on_account(What::Connect, attempt.connection(), cause);
    let noted = audit.begin_now(person, &act, context.clock.now()).await?;
    let verified = verify_noted(context, attempt, (auth_request, &identifier), &noted).await;
    let stage = match &verified {
        Ok(_) => Stage::Done,
        Err(Refused::Vault(_)) => Stage::Unknown,
        Err(_) => Stage::NotDone,
    };
    audit.end(person, noted.number(), stage, context.clock.now())?;
    verified.map(|account| (identifier, account))
}

async fn verify_noted(
    context: &Context,
    attempt: &Attempt,
    (auth_request, identifier): (&AuthRequestId, &Identifier),
    noted: &Noted,
) -> Result<Account, Refused> {
    let verified = context.vault.verify(auth_request, identifier, noted).await;
    let not_active = match verified {
        // Gone may mean done: a repeat after a success is refused by some versions.
        Ok(()) | Err(VerifyError::Gone) => Refused::NotActive,
        // It may have been done before the answer was lost.
        Err(VerifyError::Vault(cause @ scalekit::Error::OutcomeUnknown { .. })) => {
            Refused::Vault(cause)
        }
        Err(VerifyError::OtherPerson) => return Err(Refused::SomebodyElsesRequest),
        Err(VerifyError::Vault(cause)) => return Err(Refused::Vault(cause)),
    };
    let account = context
        .vault
        .account(attempt.connection(), identifier)
        .await?;
    account
        .filter(|account| is_active(Some(account)))
        .ok_or(not_active)
}

/// Only the list of the accounts suffers when it cannot be kept.
async fn remember(context: &Context, attempt: &Attempt, whose: Option<&str>) {
    let (person, connection) = (&attempt.owner().person, attempt.connection());
    let accounts = &context.store.accounts;
    if let Err(cause) = accounts.remember(person, connection, whose).await {
        tracing::error!(attempt.id = %attempt.id(), error = &cause as &dyn std::error::Error, "the store failed");
    }
}

/// The account is connected whether or not Slack takes the message; the page says so too.
///
/// Where it cannot be found out whether a crash came after the message, it is said again.
pub(super) async fn say(
    context: &Context,
    attempt: AttemptId,
    tried: Try,
    person: &Person,
    message: &Message,
) {
    let (target, of, slot) = (
        Target::Direct(person.user()),
        Of::Attempt(attempt),
        Slot::Ending,
    );
    if tried == Try::Again {
        let since = context.clock.now().saturating_sub(LOOKED_BACK);
        let since = since.unwrap_or_else(|_| context.clock.now());
        match post::search_repeatedly(context, target, of, since).await {
            Ok(standing) if standing.at(slot).is_some() => return,
            Ok(_) => {}
            Err(cause) => {
                tracing::warn!(attempt.id = %attempt, error = &cause as &dyn std::error::Error, "what stands there already could not be found out; it may be said twice");
            }
        }
    }
    let said: Result<_, Unsaid> = context.slack.post(target, message, Mark { of, slot }).await;
    if let Err(unsaid) = said {
        tracing::error!(attempt.id = %attempt, error = &unsaid as &dyn std::error::Error, "the person was not told how connecting ended");
    }
}

async fn resume(context: &Context, attempt: &Attempt) -> Result<(), Refused> {
    let waiting = context
        .store
        .parked
        .take(&attempt.owner().person, attempt.connection())
        .await?;
    for run in waiting {
        // When nobody listens we are stopping, and the run is found open at the next start.
        let _ = context.resumed.send(run).await;
    }
    Ok(())
}
