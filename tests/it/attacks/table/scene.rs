//! Where attacks are tried: Valet in its world, and what is measured around each attack.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use valet_sim::slack::Message;

use super::answer::Answer;
use super::walk;
use crate::bot::{Bot, Heard, asks_to_connect, disconnects_if_need_be};
use crate::failing::WENT_WRONG;

/// Everybody who has an identifier before the first attack.
const PEOPLE: [&str; 3] = ["ada", "ben", "mallory"];

/// The connection that everybody has from the beginning, and that no row touches.
const THEIRS: &str = "linear";

/// The only tool by which a row could write.
pub const SEND: &str = "gmail_send_message";

pub struct Scene {
    pub bot: Bot,
    pub client: reqwest::Client,
    heard: Heard,
    /// Identifier → person.
    owners: BTreeMap<String, &'static str>,
}

/// What came of an attack, in the words of the page.
#[derive(Debug)]
pub struct Came {
    pub answered: String,
    pub stayed: String,
    pub log: String,
}

impl Came {
    /// Of several at once, who is first decides which refusal it is.
    pub fn logging(mut self, log: &str) -> Self {
        log.clone_into(&mut self.log);
        self
    }
}

/// The world at one time, as far as an attack could change it.
struct Seen {
    active: BTreeSet<(String, String, String)>,
    executed: usize,
    words: BTreeSet<(String, String, String)>,
    open: u64,
}

impl Scene {
    pub async fn set(change: fn(&mut Bot), heard: Heard) -> Self {
        let mut bot = Bot::world(|_| {}).await;
        change(&mut bot);
        // No row is about a deadline: a busy machine must not make it one.
        let (patience, long) = (&mut bot.patience, Duration::from_secs(20));
        (patience.request, patience.slack) = (long, long);
        (patience.vault, patience.tools) = (long, long);
        (patience.router, patience.reply) = (long, long);
        let bot = bot.begin().await;
        // What the world delivers goes where Valet listens, whatever its public address.
        let here = format!("http://{}", bot.settings.value("VALET_LISTEN"));
        let is_public = bot.settings.public_url() == here;
        if !is_public {
            bot.slack.set_app_url(&here);
        }
        let mut owners = BTreeMap::new();
        for person in PEOPLE {
            if is_public {
                bot.connects(person, THEIRS).await;
            }
            for identifier in bot.vault.identifiers() {
                owners.entry(identifier).or_insert(person);
            }
        }
        Self {
            bot,
            client: walk::client(),
            heard,
            owners,
        }
    }

    /// A link for this person, out of their direct messages.
    pub async fn link(&self, person: &str, connection: &str) -> String {
        self.bot.slack.read_all();
        asks_to_connect(&self.bot.slack.person(person), connection).await
    }

    /// Connects this account, as its owner does.
    pub async fn connected(&self, person: &str, connection: &str) {
        let (back, cookie) = self.back_from_vault(person, connection).await;
        let page = self.get(back.as_str(), Some(&cookie)).await;
        assert!(page.to_string().starts_with("200"), "{page}");
    }

    /// The attack itself: what it is answered, and what it changed in the world.
    pub async fn strikes(&self, attack: impl Future<Output = impl Into<Answer>>) -> Came {
        self.strikes_and_leaves(0, attack).await
    }

    /// The same, where this many questions are left waiting for an account.
    pub async fn strikes_and_leaves(
        &self,
        waiting: u64,
        attack: impl Future<Output = impl Into<Answer>>,
    ) -> Came {
        let before = self.seen().await;
        self.heard.forget();
        let answered = attack.await.into().to_string();
        while self.bot.figure("valet_events_open").await > before.open + waiting {
            tokio::task::yield_now().await;
        }
        let after = self.seen().await;
        let lines = self.heard.lines();
        let log = if lines.is_empty() {
            "–".to_owned()
        } else {
            lines.join("<br>")
        };
        Came {
            answered,
            stayed: self.stayed(&before, &after),
            log,
        }
    }

    /// What the next attack would stumble over is put away, as its owner does it.
    pub async fn tidies(&self) {
        for account in self.bot.vault.active_accounts() {
            if account.connection == THEIRS {
                continue;
            }
            let owner = self.owners.get(&account.identifier);
            let person = self.bot.slack.person(owner.expect("somebody we know"));
            self.bot.slack.read_all();
            disconnects_if_need_be(&person, &account.connection).await;
        }
        self.bot.slack.read_all();
        self.bot.router.forget_planned();
    }

    /// The end: nothing that must not be was done anywhere, and nothing secret was said.
    pub async fn ends(self) {
        self.bot.slack.read_all();
        self.bot.finish().await;
    }

    pub fn later(&self, seconds: u64) {
        self.bot.later(Duration::from_secs(seconds));
    }

    /// Everything that Valet has warned of since the attack began.
    pub fn log_so_far(&self) -> String {
        self.heard.lines().join("\n")
    }

    async fn seen(&self) -> Seen {
        let active = self.bot.vault.active_accounts().into_iter();
        let mut words = BTreeSet::new();
        for channel in self.bot.slack.channels() {
            for message in self.bot.slack.messages(&channel.id) {
                if message.user == valet_sim::slack::BOT_USER {
                    words.insert((message.ts.clone(), message.visible_text(), to(&message)));
                }
            }
        }
        Seen {
            active: active
                .map(|one| (one.identifier, one.connection, one.mailbox))
                .collect(),
            executed: self.bot.vault.executions().len(),
            words,
            open: self.bot.figure("valet_events_open").await,
        }
    }

    fn stayed(&self, before: &Seen, after: &Seen) -> String {
        let owner = |identifier: &str| self.owners.get(identifier).copied().unwrap_or("nobody");
        let mut said = Vec::new();
        for (identifier, connection, mailbox) in after.active.difference(&before.active) {
            let owner = owner(identifier);
            let own = mailbox.split('@').next() == Some(owner);
            let mark = if own { "" } else { WENT_WRONG };
            said.push(format!(
                "{mark}{owner} connected {mailbox}'s own {connection}"
            ));
        }
        if said.is_empty() {
            said.push("nobody connected".to_owned());
        }
        for (identifier, connection, _) in before.active.difference(&after.active) {
            said.push(format!("{}'s {connection} is gone", owner(identifier)));
        }
        let executed = self.bot.vault.executions().split_off(before.executed);
        let mut counted: BTreeMap<(String, &str), usize> = BTreeMap::new();
        for one in executed {
            let deed = if one.tool == SEND { "sent" } else { "read" };
            *counted.entry((one.mailbox, deed)).or_default() += 1;
        }
        if counted.is_empty() {
            said.push("nothing executed".to_owned());
        }
        for ((mailbox, deed), times) in counted {
            said.push(format!("{times} {deed} in {mailbox}"));
        }
        let told: BTreeSet<&str> = after
            .words
            .difference(&before.words)
            .map(|(_, _, to)| to.as_str())
            .collect();
        if told.is_empty() {
            said.push("nothing said".to_owned());
        } else {
            let told: Vec<String> = told.iter().map(|to| self.named(to)).collect();
            said.push(format!("told: {}", told.join(", ")));
        }
        said.join("; ")
    }

    /// Who reads a channel.
    fn named(&self, to: &str) -> String {
        let people = self.bot.slack.people();
        let person = |id: &str| {
            let known = people.iter().find(|one| one.id == id);
            format!("{} alone", known.map_or(id, |one| one.key.as_str()))
        };
        let channels = self.bot.slack.channels();
        match channels.iter().find(|one| one.id == to) {
            Some(channel) => channel
                .direct
                .as_deref()
                .map_or_else(|| format!("#{}", channel.name), person),
            None => person(to),
        }
    }
}

/// The channel, or the one person who sees it.
fn to(message: &Message) -> String {
    message
        .ephemeral_for
        .clone()
        .unwrap_or_else(|| message.channel.clone())
}
