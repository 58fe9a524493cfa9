//! People who connect, disconnect, and ask in between.

use std::sync::Arc;

use valet_sim::slack::Message;
use valet_sim::vault::Status;

use crate::chance::Chance;
use crate::commands::{Restless, is_connected};
use crate::deliver::deliver;
use crate::mind::{Asks, marks};
use crate::town::{STEADY, Town, channel};
use crate::watch::{WAITS, announces};

/// Everybody steady connects, before anything goes wrong.
pub async fn connect_steady(town: &Arc<Town>) {
    let all = STEADY.map(|key| async move {
        let mut who = Restless::new(town, key);
        who.types("/connect", "gmail").await;
        let link = who.link().await.expect("a link on a fine day");
        assert!(who.walks(&link, false).await, "a walk on a fine day");
        let told = who.looks_for(|who| who.newest(is_connected)).await;
        assert!(told.is_some(), "a word on a fine day");
    });
    futures_util::future::join_all(all).await;
}

/// One of them, until nothing new is to be begun; then what waits is connected.
pub async fn live(town: Arc<Town>, key: &'static str, mut chance: Chance) {
    let mut who = Restless::new(&town, key);
    while !who.is_over() {
        if is_active(&who) {
            who.has_an_account(&town, &mut chance).await;
        } else {
            who.has_none(&town, &mut chance).await;
        }
        // Nobody types on and on while nothing answers.
        tokio::time::sleep(chance.millis(50, 400)).await;
    }
    // Whoever waits is waited for, and by now nothing fails any more.
    for _ in 0..3 {
        if is_active(&who) {
            break;
        }
        who.types("/connect", "gmail").await;
        if let Some(link) = who.link().await {
            who.walks(&link, false).await;
        }
    }
}

fn is_active(who: &Restless<'_>) -> bool {
    let mailbox = format!("{}@example.com", who.person.key);
    let account = who.town.vault.account("gmail", &mailbox);
    account.is_some_and(|account| account.status == Status::Active)
}

impl Restless<'_> {
    async fn has_none(&mut self, town: &Arc<Town>, chance: &mut Chance) {
        match chance.below(10) {
            0..4 => self.types("/connect", "gmail").await,
            4 => self.says(town, Asks::Connect, chance).await,
            5 => self.types("/connections", "").await,
            _ => self.says(town, Asks::Read, chance).await,
        }
        let Some(link) = self.link().await else {
            return;
        };
        self.walks(&link, chance.per_mille(300)).await;
    }

    async fn has_an_account(&mut self, town: &Arc<Town>, chance: &mut Chance) {
        match chance.below(10) {
            0 => self.types("/connections", "").await,
            1 => self.types("/connect", "gmail").await,
            2 | 3 => {
                self.says(town, Asks::Write, chance).await;
            }
            4 => self.reconnects(chance).await,
            5 | 6 => match self.newest_with("disconnect") {
                Some(told) => self.presses(&told, "disconnect").await,
                None => self.disconnects().await,
            },
            _ => self.disconnects().await,
        }
    }

    /// The newest word for them alone with this button, where the command was typed.
    fn newest_told(&self, action: &str) -> Option<Message> {
        let theirs = |one: &&Message| {
            let mut buttons = one.buttons().into_iter();
            one.ephemeral_for.as_deref() == Some(&self.person.id)
                && buttons.any(|button| button.action_id == action)
        };
        self.town.slack.look("general", |messages| {
            messages.iter().rev().find(theirs).cloned()
        })
    }

    /// By the command, and the button below its question.
    async fn disconnects(&mut self) {
        self.types("/disconnect", "gmail").await;
        if let Some(asked) = self.newest_told("keep") {
            self.presses(&asked, "disconnect").await;
        }
    }

    /// By the button below `already connected`.
    async fn reconnects(&mut self, chance: &mut Chance) {
        self.types("/connect", "gmail").await;
        let Some(told) = self.newest_told("reconnect") else {
            return;
        };
        self.presses_for_a_link(&told, "reconnect").await;
        if let Some(link) = self.link().await {
            self.walks(&link, chance.per_mille(300)).await;
        }
    }

    /// Writes to Valet, and waits until it says something about it.
    async fn says(&mut self, town: &Arc<Town>, asks: Asks, chance: &mut Chance) {
        self.begins();
        let place = match chance.below(3) {
            0 => "dm".to_owned(),
            _ => channel(chance.below(usize::MAX)),
        };
        let key = self.person.key.clone();
        let written = town
            .book
            .write(asks, &key, |words| self.person.puts(&place, None, words));
        deliver(town, &written.at, chance.fork()).await;
        let at = &written.at;
        self.looks_for(|who| {
            who.town.slack.look(&at.channel, |messages| {
                let said = |one: &&Message| {
                    one.thread_ts.as_deref() == Some(&at.ts)
                        && (!announces(&one.text) || one.text.contains(WAITS))
                };
                let mut since = messages.iter().rev().take_while(|one| one.ts > at.ts);
                since.find(said).map(|one| marks(&one.text).count())
            })
        })
        .await;
    }
}
