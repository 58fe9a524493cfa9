//! What the model is told of a thread: our own memory of it, and once, at first contact,
//! what Slack tells of it. All of it is quoted, under the name of whoever said it; only the
//! question itself asks for anything.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;

use super::Interrupted;
use super::run::Running;
use crate::agent::{Earlier, Speaker};
use crate::ids::UserId;
use crate::slack::{self, By, History};
use crate::store::{Background, Sayer, Saying, Turn};

/// Nobody waits longer for what others said before.
const LONGEST_LOOK: Duration = Duration::from_secs(5);

/// What was said before, oldest first.
pub(super) struct Recalled {
    pub(super) earlier: Vec<Earlier>,
    /// More was said than was read.
    pub(super) more: bool,
    /// Some of it only this person was told.
    pub(super) private: bool,
}

/// What others are quoted in the place of an answer that is not for them.
const TOLD_ALONE: &str = "(I answered that to them alone.)";

impl Running<'_> {
    /// What was said in this thread before, each under their own name, as long as it is kept.
    pub(super) async fn recall(&self) -> Result<Recalled, Interrupted> {
        let since = self
            .context
            .policy
            .retention()
            .threads_since(self.context.clock.now());
        let threads = &self.context.store.threads;
        let turns = threads.turns(&self.said.thread, since, self.run)?;
        let background = match threads.background(&self.said.thread, since)? {
            Some(background) => background,
            None if self.is_first_contact(&turns) => self.look_at_thread(since).await?,
            None => Background::default(),
        };
        let said = background.said.into_iter().map(|one| self.quoted(one));
        let is_theirs = |turn: &Turn| turn.person == *self.asker.person();
        let private = turns.iter().any(|turn| is_theirs(turn) && turn.is_kept());
        let turns = turns.into_iter().flat_map(|turn| {
            let is_theirs = is_theirs(&turn);
            let answer = if turn.is_kept() && !is_theirs {
                TOLD_ALONE.to_owned()
            } else {
                turn.answer
            };
            let speaker = if is_theirs {
                Speaker::Asker
            } else {
                Speaker::Other(turn.name)
            };
            [(speaker, turn.question), (Speaker::Valet, answer)]
        });
        let turns = turns.map(|(speaker, text)| Earlier { speaker, text });
        Ok(Recalled {
            earlier: said.chain(turns).collect(),
            more: background.more,
            private,
        })
    }

    /// Whether Valet is called into a thread that went on without it.
    fn is_first_contact(&self, turns: &[Turn]) -> bool {
        turns.is_empty() && self.progress.lines.is_empty() && self.said.ts != self.said.thread.ts
    }

    /// Asks Slack, once. A refusal is remembered as well: it would be the same the next
    /// time. Without an answer the run goes on as if nothing had been said.
    async fn look_at_thread(&self, since: Timestamp) -> Result<Background, Interrupted> {
        let looked = tokio::time::timeout(LONGEST_LOOK, self.ask_slack(since)).await;
        let background = match looked {
            Ok(Ok(background)) => background,
            Ok(Err(slack::Error::Refused { code })) => {
                tracing::warn!(run.id = %self.run, code = %code, "Slack does not tell what was said in a thread before: {code}");
                Background::default()
            }
            Ok(Err(cause)) => {
                tracing::warn!(run.id = %self.run, error = &cause as &dyn std::error::Error, "what was said in a thread before could not be read");
                return Ok(Background::default());
            }
            Err(_) => {
                tracing::warn!(run.id = %self.run, "Slack took too long to tell what was said in a thread before");
                return Ok(Background::default());
            }
        };
        let threads = &self.context.store.threads;
        threads.keep_background(&self.said.thread, self.run, background.clone())?;
        Ok(background)
    }

    async fn ask_slack(&self, since: Timestamp) -> Result<Background, slack::Error> {
        let here = self.context.installation().await?;
        let slack = &self.context.slack;
        let History { said, more } = slack
            .history(&self.said.thread, (since, &self.said.ts), here)
            .await?;
        let mut people: Vec<UserId> = Vec::new();
        for one in &said {
            if let By::Person(user) = &one.by
                && !people.contains(user)
            {
                people.push(user.clone());
            }
        }
        let mut names = self.names_of(people).await;
        names.insert(here.bot_user.clone(), "Valet".to_owned());
        let said = said.into_iter().map(|one| Saying {
            text: slack::with_names(&one.text, &names),
            by: match one.by {
                By::Bot(name) => Sayer::Bot(name),
                By::Person(user) => Sayer::Person {
                    name: names.get(&user).cloned().unwrap_or_default(),
                    user,
                },
                By::Valet => Sayer::Valet,
            },
        });
        Ok(Background {
            said: said.collect(),
            more,
        })
    }

    fn quoted(&self, one: Saying) -> Earlier {
        let speaker = match one.by {
            Sayer::Bot(name) => Speaker::Bot(name),
            Sayer::Person { user, .. } if user == *self.asker.person().user() => Speaker::Asker,
            Sayer::Person { name, .. } => Speaker::Other(name),
            Sayer::Valet => Speaker::Valet,
        };
        Earlier {
            speaker,
            text: one.text,
        }
    }

    /// What the person said, with names in the place of Slack's ids, which are not for the
    /// router.
    pub(super) async fn readable(&self, said: &str) -> String {
        let names = self.names_of(slack::mentioned(said)).await;
        slack::with_names(said, &names)
    }

    /// What people call themselves. Whoever Slack does not name stays without a name.
    async fn names_of(&self, people: Vec<UserId>) -> HashMap<UserId, String> {
        let asked = people.into_iter().map(|user| async {
            let profile = self.context.profile(&user).await.ok()?;
            Some((user, profile.name.clone()))
        });
        let named = futures_util::future::join_all(asked).await;
        named.into_iter().flatten().collect()
    }
}
