//! A person's word on what they were asked: the buttons of the cards.

use super::gate::Asker;
use super::reply::ReplyTo;
use super::work::Work;
use super::{Context, Outcome, Unsaid, answer, cards, home};
use crate::agent;
use crate::approval::{Approval, How, NotDecided, Word};
use crate::event::Pressed;
use crate::ids::ApprovalId;
use crate::slack::{Message, render};
use crate::store::{Error, Grant};

/// What a button of a card decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decides {
    All(Word),
    One(Word),
}

impl Decides {
    pub(super) fn read(action: &str) -> Option<Self> {
        let yes = Word::Yes(How::AsAsked);
        match action {
            render::ALWAYS_ALLOW => Some(Self::One(Word::Yes(How::Always))),
            render::APPROVE => Some(Self::One(yes)),
            render::APPROVE_ALL => Some(Self::All(yes)),
            render::DENY => Some(Self::One(Word::No)),
            render::DENY_ALL => Some(Self::All(Word::No)),
            _ => None,
        }
    }
}

/// Why nobody's word was taken.
pub(super) enum NotTaken {
    NotDecided(NotDecided, Box<Approval>),
    /// A standing grant is not to be had for this tool.
    NotToBeGranted,
    Store(Error),
    /// There is no such approval.
    Unknown,
}

impl From<Error> for NotTaken {
    fn from(cause: Error) -> Self {
        Self::Store(cause)
    }
}

pub(super) async fn decide(
    context: &Context,
    work: &Work,
    asker: &Asker,
    pressed: &Pressed,
    decides: Decides,
) -> Result<Outcome, Unsaid> {
    let taken = match decides {
        Decides::All(said) => decide_all(context, work, asker, (&pressed.value, said)).await,
        Decides::One(said) => decide_one(context, work, asker, (&pressed.value, said)).await,
    };
    match taken {
        Ok(taken) => follow(context, &taken).await,
        Err(why) => {
            let words = not_taken(context, why).await;
            ReplyTo::beside(pressed).say(context, work, &words).await
        }
    }
}

/// The cards say so, and the run goes on. In this order: what the run makes of it is said
/// after this.
pub(super) async fn follow(context: &Context, decided: &[Approval]) -> Result<Outcome, Unsaid> {
    for approval in decided {
        cards::show(context, approval).await?;
    }
    if let Some(first) = decided.first() {
        // When nobody listens we are stopping, and the run is found open at the next start.
        let _ = context.resumed.send(first.subject.run).await;
    }
    Ok(Outcome::Settled)
}

/// What somebody reads whose word was not taken.
pub(super) async fn not_taken(context: &Context, why: NotTaken) -> Message {
    match why {
        NotTaken::NotDecided(NotDecided::Already, _) => render::already_decided(),
        NotTaken::NotDecided(NotDecided::Expired, _) => render::decided_too_late(),
        NotTaken::NotDecided(NotDecided::NotTheirs, approval) => {
            let name = match context.profile(approval.subject.person.user()).await {
                Ok(profile) => profile.name.clone(),
                Err(_) => "whoever asked".to_owned(),
            };
            render::not_yours_to_decide(&name)
        }
        NotTaken::NotToBeGranted => render::not_to_be_granted(),
        NotTaken::Store(cause) => answer::store_failed(&cause),
        NotTaken::Unknown => render::nothing_to_decide(),
    }
}

/// The approval that a button names, if there is one.
pub(super) fn named(context: &Context, value: &str) -> Result<Approval, NotTaken> {
    let id = ApprovalId::parse(value).map_err(|_| NotTaken::Unknown)?;
    let found = context.store.approvals.find(id)?;
    found.ok_or(NotTaken::Unknown)
}

async fn decide_one(
    context: &Context,
    work: &Work,
    asker: &Asker,
    (value, said): (&str, Word),
) -> Result<Vec<Approval>, NotTaken> {
    let approval = named(context, value)?;
    let tool = &approval.subject.tool;
    let always = said == Word::Yes(How::Always);
    if always && approval.subject.person == *asker.person() && !agent::may_be_always_allowed(tool) {
        return Err(NotTaken::NotToBeGranted);
    }
    let decided = say(context, work, asker, (&approval, said)).await?;
    if always {
        let grant = Grant {
            connection: decided.subject.connection.clone(),
            tool: decided.subject.tool.clone(),
            since: context.clock.now(),
        };
        context.store.grants.add(asker.person(), &grant).await?;
        tracing::info!(person = %asker.person(), tool.name = %grant.tool, connection.name = %grant.connection, "{} lets {} run without being asked", asker.person(), grant.tool);
        home::refresh(context, asker.person()).await;
    }
    Ok(vec![decided])
}

/// All that were asked for together with this one and still wait.
async fn decide_all(
    context: &Context,
    work: &Work,
    asker: &Asker,
    (value, said): (&str, Word),
) -> Result<Vec<Approval>, NotTaken> {
    let first = named(context, value)?;
    let (mut decided, mut not_decided) = (Vec::new(), None);
    for approval in context.store.approvals.open_of(first.subject.run)? {
        if approval.batch != first.id {
            continue;
        }
        match say(context, work, asker, (&approval, said)).await {
            Ok(one) => decided.push(one),
            Err(NotTaken::NotDecided(why, approval)) => {
                not_decided = Some(NotTaken::NotDecided(why, approval));
            }
            Err(why) => return Err(why),
        }
    }
    if !decided.is_empty() {
        return Ok(decided);
    }
    let over = || {
        let why = if first.subject.person == *asker.person() {
            NotDecided::Already
        } else {
            NotDecided::NotTheirs
        };
        NotTaken::NotDecided(why, Box::new(first.clone()))
    };
    Err(not_decided.unwrap_or_else(over))
}

/// Takes the word, which is on disk when this returns. What this very event has decided in
/// a life before this one is decided by it.
async fn say(
    context: &Context,
    work: &Work,
    asker: &Asker,
    (approval, said): (&Approval, Word),
) -> Result<Approval, NotTaken> {
    let when = (work.run, context.clock.now());
    let decided = context
        .store
        .approvals
        .change(approval.id, |one| one.decided(asker.person(), said, when));
    match decided.await? {
        None => Err(NotTaken::Unknown),
        Some(Ok(decided)) => {
            cards::count(context, approval, &decided);
            Ok(decided)
        }
        Some(Err(why)) => {
            let now = context.store.approvals.find(approval.id)?;
            match now {
                Some(now) if now.decided_by() == Some(work.run) => Ok(now),
                Some(_) | None => Err(NotTaken::NotDecided(why, Box::new(approval.clone()))),
            }
        }
    }
}
