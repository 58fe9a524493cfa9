//! Bots and workflows that mention Valet. They are told that a person has to ask, seldom
//! enough that two of them never talk with each other.

use std::time::Duration;

use moka::future::Cache;

use super::reply::ReplyTo;
use super::work::Work;
use super::{Context, Outcome, Unsaid, gate};
use crate::audience::{self, Home, Turned};
use crate::event::Automated;
use crate::ids::{ChannelId, Thread};
use crate::slack::render;

/// In which a bot is told once in each channel.
const SILENT_FOR: Duration = Duration::from_hours(1);

/// Bots and channels that are remembered.
const REMEMBERED: u64 = 1_000;

/// Which bots have been told, where.
pub(crate) struct Told(Cache<(ChannelId, String), ()>);

impl Default for Told {
    fn default() -> Self {
        let told = Cache::builder()
            .max_capacity(REMEMBERED)
            .time_to_live(SILENT_FOR);
        Self(told.build())
    }
}

impl Told {
    /// Whether this bot has heard nothing in this channel for a while. Of two that ask at
    /// once one is told so.
    async fn is_news(&self, channel: &ChannelId, bot: &str) -> bool {
        let key = (channel.clone(), bot.to_owned());
        self.0.entry(key).or_insert(()).await.is_fresh()
    }
}

/// A message of a bot or workflow mentions Valet.
pub(super) async fn mentioned(
    context: &Context,
    work: &Work,
    by: &Automated,
) -> Result<Outcome, Unsaid> {
    let installation = context.installation().await.map_err(gate::later)?;
    let home = Home {
        team: &installation.team,
        enterprise: installation.enterprise.as_ref(),
    };
    let is_ours = audience::is_here(&by.thread.team, by.enterprise.as_ref(), home);
    let is_own = by.user.as_ref() == Some(&installation.bot_user)
        || by.bot.is_some() && by.bot == installation.bot_id;
    // One that cannot be told from others, or from ourselves, is not answered.
    match by.name() {
        Some(name) if is_ours && !is_own => turn_away(context, work, &by.thread, name).await,
        Some(_) | None => Ok(Outcome::Settled),
    }
}

/// A word that a person has to ask; none if this bot has had it here.
pub(super) async fn turn_away(
    context: &Context,
    work: &Work,
    thread: &Thread,
    bot: &str,
) -> Result<Outcome, Unsaid> {
    if !context.told_bots.is_news(&thread.channel, bot).await {
        return Ok(Outcome::Settled);
    }
    let told = render::turned_away(Turned::Bot);
    ReplyTo::Thread(thread.clone())
        .say(context, work, &told)
        .await
}
