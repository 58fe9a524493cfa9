//! One call, failing in one way, from what the person does to what they read.

use serde_json::json;
use valet_sim::fault::{Fault, Faults};
use valet_sim::router::Turn;
use valet_sim::slack::{Message, Profile};

use super::Trouble;
use super::calls::{Before, Call, Lasts, Service, Story};
use crate::approving::{next_card, rests};
use crate::bot::{Bot, Heard, asks_to_connect, is_placeholder};
use crate::failing::{WENT_WRONG, acts, patience_over, said_of, words_of};

/// More turns than a router is asked for one reply.
const MANY: usize = 9;

/// What comes of it, as the columns of the page.
pub(super) fn told(call: &Call, name: &str, trouble: Trouble) -> String {
    let told = std::panic::catch_unwind(|| {
        let (heard, _listening) = Heard::listening();
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
            .block_on(Cell::of(call, trouble, heard).told())
    });
    told.unwrap_or_else(|panic| {
        let words = words_of(&*panic).replace('\n', " ");
        format!("{WENT_WRONG}, {} {name}: {words} | | ", call.title)
    })
}

struct Cell<'a> {
    call: &'a Call,
    trouble: Trouble,
    heard: Heard,
}

impl<'a> Cell<'a> {
    fn of(call: &'a Call, trouble: Trouble, heard: Heard) -> Self {
        Self {
            call,
            trouble,
            heard,
        }
    }

    async fn told(self) -> String {
        let folder = tempfile::TempDir::new().unwrap();
        let policy = folder.path().join("policy.toml");
        std::fs::write(&policy, "[tools]\ngmail_send_message = \"read\"\n").unwrap();
        let mut asked = None;
        let mut bot = Bot::world(|settings| {
            settings.set("VALET_POLICY", &policy.display().to_string());
        })
        .await;
        if let Trouble::Answers(fault) = &self.trouble {
            bot.patience = patience_over(fault);
        }
        if self.call.story == Story::Helps {
            self.strikes(&bot, false).await;
            bot = bot.begin().await;
        } else {
            bot = bot.begin().await;
            if self.call.story != Story::Connects {
                bot.connects("ada", "gmail").await;
            }
            if self.call.story == Story::Disconnects {
                let ada = bot.slack.person("ada");
                ada.command("/disconnect", "gmail", "general").await;
                asked = Some(ada.next_ephemeral().await);
            }
            if self.call.story == Story::Edits {
                asked = Some(card(&bot).await);
            }
            bot.vault.expire_tokens();
            self.heard.forget();
            self.strikes(&bot, false).await;
        }
        let before = Done::in_world(&bot);
        let (words, messages) = match self.call.story {
            Story::Asks => self.asks(&bot, "ada", "Which labels do I have?").await,
            Story::Writes => self.asks(&bot, "ada", "Say hello to Ben").await,
            Story::Helps => self.asks(&bot, "ada", "help").await,
            Story::Meets => {
                bot.slack.add_person(Profile::member("new"));
                self.asks(&bot, "new", "help").await
            }
            Story::Connects => self.connects(&bot).await,
            Story::Commands => self.commands(&bot).await,
            Story::Edits => (self.edits(&bot, &asked.unwrap()).await, 1),
            Story::Joins => self.joins(&bot).await,
            Story::Disconnects => {
                let ada = bot.slack.person("ada");
                ada.clicks(&asked.unwrap(), "disconnect").await;
                (ada.next_dm().await.visible_text(), 1)
            }
        };
        let done = Done::in_world(&bot).since(&before, messages);
        let log = self.heard.lines().join("<br>");
        let tries = self.tries(&bot);
        self.ends(&bot).await;
        bot.slack.read_all();
        bot.router.forget_planned();
        bot.finish().await;
        let log = if log.is_empty() {
            "–".to_owned()
        } else {
            log
        };
        format!("{}{tries} | {log} | {done}", words.replace('\n', " "))
    }

    /// After how many failures it went well, where it fails a number of times.
    fn tries(&self, bot: &Bot) -> String {
        let Lasts::Calls(times) = self.call.lasts else {
            return String::new();
        };
        let Trouble::Answers(fault) = &self.trouble else {
            return String::new();
        };
        assert_eq!(self.faults(bot).unused(), Vec::<String>::new());
        let times = times_of(fault, times);
        format!(" (after {times} failed)")
    }

    fn faults<'b>(&self, bot: &'b Bot) -> &'b Faults {
        match self.call.service {
            Service::Router => bot.router.faults(),
            Service::Slack => bot.slack.faults(),
            Service::Vault => bot.vault.faults(),
        }
    }

    /// The trouble begins, or is planned. What waits for the browser begins with it.
    async fn strikes(&self, bot: &Bot, browser: bool) {
        let (call, faults) = (self.call, self.faults(bot));
        match &self.trouble {
            Trouble::Answers(fault) if !browser => match call.lasts {
                Lasts::Calls(times) => {
                    faults.times(times_of(fault, times), call.path, fault.clone());
                }
                Lasts::UntilTold => faults.always(call.path, fault.clone()),
            },
            Trouble::Answers(_) => {}
            Trouble::Refuses => match call.before {
                Before::After(passed, path) if !browser => {
                    faults.after(passed, path, Fault::ActThenRefuse);
                }
                Before::Everything if !browser => self.down(bot).await,
                Before::TheBrowser if browser => self.down(bot).await,
                Before::After(..) | Before::Everything | Before::TheBrowser => {}
            },
        }
    }

    fn answers_with(&self, fault: &Fault) -> bool {
        matches!(&self.trouble, Trouble::Answers(its) if its == fault)
    }

    fn is_done_nevertheless(&self) -> bool {
        matches!(&self.trouble, Trouble::Answers(fault) if acts(fault))
    }

    async fn down(&self, bot: &Bot) {
        match self.call.service {
            Service::Router => bot.router.down().await,
            Service::Slack => bot.slack.down().await,
            Service::Vault => bot.vault.down().await,
        }
    }

    /// The trouble is over.
    async fn ends(&self, bot: &Bot) {
        self.faults(bot).clear();
        if matches!(self.trouble, Trouble::Refuses) {
            // Where it has not come that far, it listens yet.
            self.down(bot).await;
            match self.call.service {
                Service::Router => bot.router.up(),
                Service::Slack => bot.slack.up(),
                Service::Vault => bot.vault.up(),
            }
        }
    }

    /// Whoever cannot be told anything without Slack is told when it is back.
    async fn goes_on(&self, bot: &Bot) {
        if matches!(self.trouble, Trouble::Refuses) && self.call.service == Service::Slack {
            while self.heard.lines().is_empty() {
                tokio::task::yield_now().await;
            }
            self.ends(bot).await;
        }
    }

    fn plan(&self, bot: &Bot) {
        let lost = match &self.trouble {
            Trouble::Answers(fault) if self.call.service == Service::Router && acts(fault) => {
                match self.call.lasts {
                    Lasts::Calls(_) => 1,
                    Lasts::UntilTold => MANY,
                }
            }
            Trouble::Answers(_) | Trouble::Refuses => 0,
        };
        for _ in 0..lost {
            bot.router.will_say("Lost on the way.");
        }
        if self.call.story == Story::Writes {
            let letter = json!({"to": "ben@example.com", "subject": "Hello", "body": "Hello!"});
            bot.router.will_call("gmail_send_message", &letter);
        } else {
            bot.router.will_call("gmail_list_labels", &json!({}));
        }
        bot.router
            .will_do(|asked| Turn::says(said_of(&asked.outcomes()[0])));
    }

    async fn asks(&self, bot: &Bot, person: &str, words: &str) -> (String, usize) {
        if words != "help" {
            self.plan(bot);
        }
        let person = bot.slack.person(person);
        let question = person.mentions_in("general", words).await;
        self.goes_on(bot).await;
        let answer = bot.slack.final_answer(&question, is_placeholder).await;
        if self.call.path == "chat.update"
            && matches!(&self.trouble, Trouble::Answers(fault) if acts(fault))
        {
            // It stands there, but nobody said so: it is done again, and nothing changes.
            bot.slack
                .until("the same again", |slack| {
                    slack.requests("chat.update").len() >= 2
                })
                .await;
        }
        let answer = answer.visible_text();
        let words = gist(&answer);
        (words, bot.slack.thread(&question).len() - 1)
    }

    async fn joins(&self, bot: &Bot) -> (String, usize) {
        self.plan(bot);
        let ben = bot.slack.person("ben");
        let begun = ben.writes_in("general", "The quote is too high").await;
        let ada = bot.slack.person("ada");
        let question = ada.says_in_thread(&begun, "Which labels do I have?").await;
        self.goes_on(bot).await;
        let answer = bot.slack.final_answer(&question, is_placeholder).await;
        let words = gist(&answer.visible_text());
        (words, bot.slack.thread(&question).len() - 2)
    }

    /// Whether there is a form or not, the card is there to be decided.
    async fn edits(&self, bot: &Bot, card: &Message) -> String {
        let ada = bot.slack.person("ada");
        ada.clicks(card, "edit").await;
        while !self
            .heard
            .lines()
            .iter()
            .any(|line| line.contains("a form"))
        {
            tokio::task::yield_now().await;
        }
        self.ends(bot).await;
        let words = if bot.slack.modals().is_empty() {
            "no form; the card still waits"
        } else {
            bot.slack.next_modal().await;
            "the form"
        };
        bot.router.will_say("Then not.");
        ada.clicks(card, "deny").await;
        bot.slack
            .next(|one| one.visible_text() == "Then not.")
            .await;
        words.to_owned()
    }

    async fn commands(&self, bot: &Bot) -> (String, usize) {
        let ada = bot.slack.person("ada");
        ada.command("/connect", "gmail", "general").await;
        self.goes_on(bot).await;
        if self.answers_with(&Fault::nonsense()) && self.call.path.is_empty() {
            while !self.faults(bot).unused().is_empty() {
                tokio::task::yield_now().await;
            }
            return ("nothing: any 200 is taken for Slack's yes".to_owned(), 1);
        }
        let told = bot.slack.next(|_| true).await;
        if self.call.path.is_empty() && self.is_done_nevertheless() {
            // It may not have been read: better twice than not at all.
            ada.next_dm().await;
        }
        let place = if told.ephemeral_for.is_some() {
            "there"
        } else {
            "directly"
        };
        (format!("{place}: {}", told.visible_text()), 1)
    }

    async fn connects(&self, bot: &Bot) -> (String, usize) {
        let ada = bot.slack.person("ada");
        let link = asks_to_connect(&ada, "gmail").await;
        let browser = bot.browser_of("ada").await;
        self.strikes(bot, true).await;
        let page = browser.connects(&link).await;
        self.ends(bot).await;
        let said = self.heard.lines().len();
        let title = page.text().lines().next().unwrap_or_default();
        let mut words = format!("{} *{title}*", page.status);
        if page.status == 200 || browser.get(&link).await.status != 200 {
            words.push_str("; directly: ");
            words.push_str(&ada.next_dm().await.visible_text());
        } else {
            words += "; the link can be used again";
        }
        self.heard.forget_after(said);
        (words, 1)
    }
}

/// Ada is asked for her word on a new label.
async fn card(bot: &Bot) -> Message {
    let label = json!({"name": "Lunch"});
    bot.router.will_call("gmail_create_label", &label);
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Make a label").await;
    let card = next_card(bot).await;
    rests(bot, &question).await;
    card
}

/// What is read first, or what Valet itself says of a write, less its time.
fn gist(answer: &str) -> String {
    match answer.find("I do not know whether this was done.") {
        Some(at) => {
            let lines: Vec<&str> = answer[at..].split_whitespace().collect();
            let words = lines.join(" ");
            let untimed = words.rsplit_once(", ").map_or("", |(words, _)| words);
            format!("… {untimed}, *when*")
        }
        None => answer.lines().next().unwrap_or_default().to_owned(),
    }
}

/// What was done at the world.
struct Done {
    executions: usize,
    mails: usize,
    accounts: usize,
}

impl Done {
    fn in_world(bot: &Bot) -> Self {
        Self {
            executions: bot.vault.executions().len(),
            mails: bot.vault.sent_mail().len(),
            accounts: bot.vault.active_accounts().len(),
        }
    }

    fn since(&self, before: &Self, messages: usize) -> String {
        let executions = self.executions - before.executions;
        let mails = self.mails - before.mails;
        assert!(executions <= 1 && mails <= 1, "done twice");
        assert!(messages <= 2, "said more than twice");
        let mut done = Vec::new();
        let mut note = |count: usize, what: &str| {
            if count > 0 {
                done.push(format!("{what} ×{count}"));
            }
        };
        note(executions - mails, "read");
        note(mails, "sent");
        note(self.accounts.saturating_sub(before.accounts), "connected");
        note(
            before.accounts.saturating_sub(self.accounts),
            "disconnected",
        );
        note(
            messages.saturating_sub(1),
            "a message that may stand there too",
        );
        if done.is_empty() {
            return "nothing".to_owned();
        }
        done.join(", ")
    }
}

/// A silence once is long enough, and what is done each time is not to be missed.
fn times_of(fault: &Fault, times: u32) -> u32 {
    if matches!(fault, Fault::Stall) || acts(fault) {
        1
    } else {
        times
    }
}
