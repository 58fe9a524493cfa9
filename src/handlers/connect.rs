//! Connecting an account, up to the vault's consent page: the link in the direct
//! message, the start page, Sign in with Slack.

use url::Url;

use super::context::is_active;
use super::gate::{self, Asker, Gated};
use super::reply::ReplyTo;
use super::work::Work;
use super::{Context, Outcome, Unsaid, answer, connections, deed, not_set_up, post};
use crate::account::BadAuthRequestId;
use crate::connect::{ATTEMPT_LIFE, Attempt, AttemptId, Owner, Refusal};
use crate::event::Actor;
use crate::ids::{ConnectionName, Thread};
use crate::random::Nonce;
use crate::run::{Deed, Failure};
use crate::slack::render::{ConnectReason, Verb};
use crate::slack::{self, Mark, Message, Slot, Target, render};
use crate::store::Given;
use crate::{scalekit, store};

/// Why a browser was sent away. All but the last few look the same to whoever holds it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    #[error("the vault's request id is missing or malformed")]
    BadAuthRequest(#[from] BadAuthRequestId),
    #[error("Slack gave no code: the person said no, or the query was bent")]
    NoCode,
    #[error("the account is not active after the vault's consent page")]
    NotActive,
    #[error("{0}")]
    NotAllowed(#[from] Refusal),
    #[error("Slack did not tell whether the person may still ask")]
    NotChecked,
    #[error("the person may not ask any more")]
    NotWelcome,
    #[error("Sign in with Slack was not accepted: {0}")]
    NotSignedIn(#[source] slack::Refusal),
    #[error("the vault holds this request for somebody else")]
    SomebodyElsesRequest,
    #[error("Slack could not be reached")]
    SlackFailed(#[source] slack::Refusal),
    #[error("the store failed")]
    Store(#[from] store::Error),
    #[error("finishing the attempt panicked")]
    Unfinished,
    #[error("no attempt goes by this ticket or state, or no more")]
    Unknown,
    #[error("another request was faster")]
    UsedUp,
    #[error("the vault failed")]
    Vault(#[from] scalekit::Error),
}

impl Refused {
    /// Whether it is our side that failed, and not the link.
    pub(crate) fn is_ours(&self) -> bool {
        match self {
            Self::NotChecked
            | Self::SlackFailed(_)
            | Self::Store(_)
            | Self::Unfinished
            | Self::Vault(_) => true,
            Self::BadAuthRequest(_)
            | Self::NoCode
            | Self::NotActive
            | Self::NotAllowed(_)
            | Self::NotWelcome
            | Self::NotSignedIn(_)
            | Self::SomebodyElsesRequest
            | Self::Unknown
            | Self::UsedUp => false,
        }
    }
}

/// `/connect [name]`, or the words.
pub(super) async fn connect(
    context: &Context,
    work: &Work,
    asker: &Asker,
    reply: &ReplyTo,
    name: Option<&str>,
) -> Result<Outcome, Unsaid> {
    let Some(connection) = context.connection_or_only(name) else {
        let known = unknown(context, Verb::Connect, name);
        return reply.say(context, work, &known).await;
    };
    if !context.is_set_up(connection) {
        let told = render::not_set_up(connection);
        return reply.say(context, work, &told).await;
    }
    // It may have been used since: the account is no news then.
    if link_stands(context, work, asker, reply, connection).await? {
        return link_sent(context, work, reply, connection).await;
    }
    let identifier = match context.store.people.identifier_of(asker.person()).await {
        Ok(identifier) => identifier,
        Err(cause) => {
            return reply
                .say(context, work, &answer::store_failed(&cause))
                .await;
        }
    };
    match context.vault.account(connection, &identifier).await {
        Ok(account) if is_active(account.as_ref()) => {
            let whose = connections::whose(context, asker.person(), connection);
            let there = render::already_connected(connection, whose.as_deref());
            reply.say(context, work, &there).await
        }
        Ok(_) => send_new_link(context, work, asker, reply, connection).await,
        Err(cause) => {
            reply
                .say(context, work, &answer::vault_failed(&cause))
                .await
        }
    }
}

/// The *Reconnect* and *New link* buttons.
pub(super) async fn reconnect(
    context: &Context,
    work: &Work,
    asker: &Asker,
    reply: &ReplyTo,
    name: &str,
) -> Result<Outcome, Unsaid> {
    let said = match context.connection(name) {
        Some(connection) if context.is_set_up(connection) => {
            return send_link(context, work, asker, reply, connection).await;
        }
        Some(connection) => render::not_set_up(connection),
        None => unknown(context, Verb::Connect, Some(name)),
    };
    reply.say(context, work, &said).await
}

/// They named no connection, or one that is none.
pub(super) fn unknown(context: &Context, verb: Verb, word: Option<&str>) -> Message {
    match word {
        Some(word) => render::unknown_connection(verb, word, &context.connections),
        None => render::which_connection(verb, &context.connections),
    }
}

/// Sends a link, unless this very event has sent one.
async fn send_link(
    context: &Context,
    work: &Work,
    asker: &Asker,
    reply: &ReplyTo,
    connection: &ConnectionName,
) -> Result<Outcome, Unsaid> {
    if link_stands(context, work, asker, reply, connection).await? {
        return link_sent(context, work, reply, connection).await;
    }
    send_new_link(context, work, asker, reply, connection).await
}

/// Whether this event's link was sent, by this process or an earlier one.
async fn link_stands(
    context: &Context,
    work: &Work,
    asker: &Asker,
    reply: &ReplyTo,
    connection: &ConnectionName,
) -> Result<bool, Unsaid> {
    let deed = Deed::LinkSent(connection.clone());
    if deed::is_done(context, work.run, &deed) {
        return Ok(true);
    }
    let target = LinkTo::with(reply).target(asker);
    let standing = post::stands(context, work, target, Slot::Link(0)).await?;
    Ok(standing.is_some())
}

/// Says where the link is, unless it stands where they look.
async fn link_sent(
    context: &Context,
    work: &Work,
    reply: &ReplyTo,
    connection: &ConnectionName,
) -> Result<Outcome, Unsaid> {
    if LinkTo::with(reply) != LinkTo::Messages || reply.is_direct() {
        return Ok(Outcome::Settled);
    }
    let deed = Deed::LinkSent(connection.clone());
    if !deed::is_done(context, work.run, &deed) {
        deed::note(context, work.run, deed).await;
    }
    let note = render::look_at_your_messages(connection, ConnectReason::Asked);
    reply.say(context, work, &note).await
}

async fn send_new_link(
    context: &Context,
    work: &Work,
    asker: &Asker,
    reply: &ReplyTo,
    connection: &ConnectionName,
) -> Result<Outcome, Unsaid> {
    let target = LinkTo::with(reply).target(asker);
    let what = (connection, ConnectReason::Asked);
    match offer(context, asker, what, (target, work.mark(Slot::Link(0)))).await {
        Ok(()) => link_sent(context, work, reply, connection).await,
        Err(NotOffered::Slack(slack::Error::Refused { code })) => {
            tracing::warn!(code = %code, "a link could not be sent: {code}");
            let told = render::failed(Failure::DirectMessageRefused);
            reply.say(context, work, &told).await
        }
        Err(NotOffered::Slack(unsaid)) => Err(unsaid),
        Err(NotOffered::Store(cause)) => {
            reply
                .say(context, work, &answer::store_failed(&cause))
                .await
        }
    }
}

/// Where a link is for its person alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LinkTo<'a> {
    /// The direct messages between the person and Valet.
    Messages,
    /// The thread of them that the person wrote in.
    PrivateThread(&'a Thread),
}

impl<'a> LinkTo<'a> {
    pub(super) fn target(self, asker: &'a Asker) -> Target<'a> {
        match self {
            Self::Messages => Target::Direct(asker.person().user()),
            Self::PrivateThread(thread) => Target::Thread(thread),
        }
    }

    pub(super) fn with(reply: &'a ReplyTo) -> Self {
        match reply {
            ReplyTo::PrivateThread(thread) => Self::PrivateThread(thread),
            ReplyTo::Privately { .. } | ReplyTo::Thread(_) => Self::Messages,
        }
    }
}

/// Why no link was sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotOffered {
    #[error("Slack did not take the direct message")]
    Slack(#[from] slack::Error),
    #[error("the store failed")]
    Store(#[from] store::Error),
}

/// Sends the person a link of their own, in a direct message and nowhere else. The
/// attempt is on disk before the link can be followed.
pub(super) async fn offer(
    context: &Context,
    asker: &Asker,
    (connection, reason): (&ConnectionName, ConnectReason),
    (target, mark): (Target<'_>, Mark),
) -> Result<(), NotOffered> {
    let ticket = context.randomness.nonce();
    let attempt = Attempt::new(
        asker.owner().clone(),
        connection.clone(),
        &ticket,
        context.clock.now(),
    );
    context.store.attempts.add(&attempt).await?;
    // What waits for this account waits as long as the newest link to it can be used.
    let parked = &context.store.parked;
    let (person, until) = (asker.person(), attempt.expires_at());
    parked.wait_until(person, connection, until).await?;
    let link = context.addresses.start(&ticket);
    let minutes = ATTEMPT_LIFE.as_mins().unsigned_abs();
    let message = render::connect_by_button(connection, &link, reason, minutes);
    context.slack.post(target, &message, mark).await?;
    tracing::info!(attempt.id = %attempt.id(), connection.name = %connection, person = %asker.person(), "{} was sent a link to connect {connection}", asker.person());
    Ok(())
}

/// What the start page shows. Changes nothing.
pub(crate) fn look(context: &Context, ticket: Option<&Nonce>) -> Result<Attempt, Refused> {
    let ticket = ticket.ok_or(Refused::Unknown)?;
    let attempt = find(context, ticket)?;
    attempt.can_continue(ticket, context.clock.now())?;
    Ok(attempt)
}

/// A browser on its way to Sign in with Slack.
pub(crate) struct OnTheWay {
    pub(crate) attempt: AttemptId,
    /// For this browser alone.
    pub(crate) cookie: Nonce,
    pub(crate) to: Url,
}

/// *Continue* was pressed: binds the attempt to this browser.
pub(crate) async fn go_on(context: &Context, ticket: Option<Nonce>) -> Result<OnTheWay, Refused> {
    let ticket = ticket.ok_or(Refused::Unknown)?;
    let attempt = find(context, &ticket)?;
    let (cookie, state) = (context.randomness.nonce(), context.randomness.nonce());
    let next = attempt
        .clone()
        .continued(&ticket, &cookie, &state, context.clock.now())?;
    advance(context, &attempt, &next).await?;
    let to = context.sign_in.authorize_url(
        &next.owner().team,
        &state,
        &login_nonce(&cookie, &state),
        &pkce_verifier(&cookie, &state),
    );
    Ok(OnTheWay {
        attempt: next.id(),
        cookie,
        to,
    })
}

/// What Sign in with Slack sent the browser back with.
pub(crate) struct BackFromSlack {
    pub(crate) state: Option<Nonce>,
    pub(crate) code: Option<String>,
}

/// Finds out who sits at the browser, and only then asks the vault for a link, so that it
/// is fresh and that nobody else ever holds one.
pub(crate) async fn back_from_slack(
    context: &Context,
    returned: BackFromSlack,
    cookie_of: impl FnOnce(AttemptId) -> Option<Nonce>,
) -> Result<Url, Refused> {
    let state = returned.state.ok_or(Refused::Unknown)?;
    let attempt = find(context, &state)?;
    let cookie = cookie_of(attempt.id());
    let awaited = attempt
        .clone()
        .back_from_slack(&state, cookie.as_ref(), context.clock.now())?;
    let cookie = cookie.ok_or(Refusal::AnotherBrowser)?;
    // The state is used up here, before anything is asked of anybody.
    advance(context, &attempt, awaited.attempt()).await?;
    let code = returned.code.ok_or(Refused::NoCode)?;
    let signed_in = context
        .sign_in
        .sign_in(
            &code,
            &pkce_verifier(&cookie, &state),
            &login_nonce(&cookie, &state),
        )
        .await
        .map_err(not_signed_in)?;
    let vault_state = context.randomness.nonce();
    let before = awaited.attempt().clone();
    let next = awaited.signed_in(&signed_in, &cookie, &vault_state)?;
    still_welcome(context, next.owner()).await?;
    let identifier = context
        .store
        .people
        .identifier_of(&next.owner().person)
        .await?;
    let back = context.addresses.vault_callback();
    let link = context
        .vault
        .link(next.connection(), &identifier, &back, &vault_state)
        .await;
    if matches!(link, Err(scalekit::Error::NoConnection)) {
        not_set_up::found(context, &next).await;
    }
    let link = link?;
    let given = Given::new(
        (next.id(), next.owner(), next.connection()),
        &cookie,
        context.clock.now(),
    );
    context.store.consents.add(&vault_state, &given).await?;
    advance(context, &before, &next).await?;
    let (person, connection) = (&next.owner().person, next.connection());
    context
        .store
        .attempts
        .withdraw_consents(person, connection, Some(next.id()))
        .await?;
    Ok(link.expose().clone())
}

pub(super) fn find(context: &Context, nonce: &Nonce) -> Result<Attempt, Refused> {
    context.store.attempts.find(nonce)?.ok_or(Refused::Unknown)
}

pub(super) async fn advance(
    context: &Context,
    from: &Attempt,
    to: &Attempt,
) -> Result<(), Refused> {
    if context.store.attempts.advance(from, to).await? {
        Ok(())
    } else {
        Err(Refused::UsedUp)
    }
}

/// Minutes have gone by since they asked, and they may have been deactivated.
pub(super) async fn still_welcome(context: &Context, owner: &Owner) -> Result<(), Refused> {
    let actor = Actor {
        user: owner.person.user().clone(),
        team: owner.team.clone(),
        enterprise: owner.enterprise.clone(),
        home_team: None,
    };
    match gate::admit(context, &actor).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(Gated::Unknown)) | Err(_) => Err(Refused::NotChecked),
        Ok(Err(Gated::NotOurs | Gated::Silent | Gated::Turned(_))) => Err(Refused::NotWelcome),
    }
}

fn not_signed_in(refusal: slack::Refusal) -> Refused {
    if refusal.is_slack_failing() {
        Refused::SlackFailed(refusal)
    } else {
        Refused::NotSignedIn(refusal)
    }
}

// Both follow from what only this browser and this login hold, so that the store keeps
// nothing a thief could finish a login with.

fn login_nonce(cookie: &Nonce, state: &Nonce) -> Nonce {
    cookie.derive(&format!("nonce {}", state.expose()))
}

fn pkce_verifier(cookie: &Nonce, state: &Nonce) -> Nonce {
    cookie.derive(&format!("pkce {}", state.expose()))
}
