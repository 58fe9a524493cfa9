//! What is tried against Valet, by whom, and what comes of it. Printed as the page
//! `docs/attacks.md`; `tests/mutations` takes the defences out and sees the rows fail.
#![expect(
    clippy::future_not_send,
    clippy::large_futures,
    clippy::too_many_lines,
    clippy::type_complexity,
    reason = "a table is as long as it is, and each of its rows stays on its thread"
)]

mod acting;
mod answer;
mod buttons;
mod cards;
mod cookies;
mod links;
mod model;
mod private;
mod reports;
mod requests;
mod roads;
mod row;
mod scene;
mod states;
mod tokens;
mod walk;

use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use futures_util::FutureExt as _;

use crate::bot::{Bot, Heard};
use crate::failing::{WENT_WRONG, words_of};
use row::Row;
use scene::Scene;

/// Groups at the same time.
const AT_ONCE: usize = 3;

/// How long a row may take before something in it waits in vain.
const GUARD: Duration = Duration::from_secs(30);

/// Rows that are tried one after the other against one Valet.
struct Group {
    title: &'static str,
    note: &'static str,
    bot: fn(&mut Bot),
    rows: fn() -> Vec<Row>,
}

const GROUPS: [Group; 12] = [
    Group {
        title: "Requests that pretend to be Slack's",
        note: "Every door of Slack's: `/slack/events`, `/slack/commands`, `/slack/interactions`.",
        bot: at_one_instant,
        rows: requests::rows,
    },
    Group {
        title: "Links, passed on, repeated and late",
        note: "*Continue* binds the attempt to a browser; Sign in with Slack says whose browser it is; only then is the vault asked for a link.",
        bot: as_it_is,
        rows: links::rows,
    },
    Group {
        title: "States, codes and requests, missing and swapped",
        note: "Each is tried with everything else right: the right browser, the right person, in time.",
        bot: as_it_is,
        rows: states::rows,
    },
    Group {
        title: "Tokens that prove nothing",
        note: "The `id_token` that comes back from the exchange of a good code, in Ada's own browser.",
        bot: as_it_is,
        rows: tokens::rows,
    },
    Group {
        title: "Cookies",
        note: "Under an https address, as `__Host-` cookies want it.",
        bot: under_https,
        rows: cookies::rows,
    },
    Group {
        title: "Addresses, methods, headers, and other sites",
        note: "",
        bot: as_it_is,
        rows: roads::rows,
    },
    Group {
        title: "Words that would act as somebody else",
        note: "Ada and Ben have connected their mailboxes.",
        bot: as_it_is,
        rows: acting::rows,
    },
    Group {
        title: "Buttons",
        note: "Their payloads are signed by Slack; what stands in them is not to be trusted all the same.",
        bot: as_it_is,
        rows: buttons::rows,
    },
    Group {
        title: "Cards that ask for a word",
        note: "The model would send a mail to Mallory in Ada's name, and Ada has said nothing yet.",
        bot: as_it_is,
        rows: cards::rows,
    },
    Group {
        title: "Answers that their asker alone has read",
        note: "With `private_first = \"channels\"` in the policy. Ada has asked in a channel what stands in her mail.",
        bot: private::held_back,
        rows: private::rows,
    },
    Group {
        title: "Reports of the vault",
        note: "At `/scalekit/webhooks`, about Ada's mailbox.",
        bot: hearing_the_vault,
        rows: reports::rows,
    },
    Group {
        title: "A hostile router, a hostile mail, a curious operator",
        note: "What a model is told to do by a letter it does by the calls below.",
        bot: as_it_is,
        rows: model::rows,
    },
];

fn as_it_is(_: &mut Bot) {}

/// Where a second more or less decides.
fn at_one_instant(bot: &mut Bot) {
    bot.clock.stand_still();
}

fn hearing_the_vault(bot: &mut Bot) {
    at_one_instant(bot);
    let secret = bot.vault.webhook_secret();
    bot.settings.set("SCALEKIT_WEBHOOK_SECRET", &secret);
}

fn under_https(bot: &mut Bot) {
    bot.settings
        .set("VALET_PUBLIC_URL", "https://valet.example.com");
}

impl Group {
    /// The rows of the page.
    fn told(&self) -> String {
        let (heard, _listening) = Heard::listening();
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
            .block_on(self.tried(heard))
    }

    async fn tried(&self, heard: Heard) -> String {
        let scene = Scene::set(self.bot, heard).await;
        let mut told = Vec::new();
        for row in (self.rows)() {
            let tried = whole(row.tried(&scene)).await;
            told.push(tried.unwrap_or_else(|wrong| format!("| {} | {wrong} |\n", row.attack)));
            if let Err(wrong) = whole(scene.tidies()).await {
                told.push(format!("| after {} | {wrong} |\n", row.attack));
            }
        }
        if let Err(wrong) = whole(scene.ends()).await {
            told.push(format!("| the end of {} | {wrong} |\n", self.title));
        }
        let note = match self.note {
            "" => String::new(),
            note => format!("{note}\n\n"),
        };
        format!(
            "\n## {}\n\n{note}| attack | by | what was tried | answered | what came of it | the log says | defence |\n\
             | --- | --- | --- | --- | --- | --- | --- |\n{}",
            self.title,
            told.concat()
        )
    }
}

/// What comes of this, or in which words it went wrong: what waits for ever, does too.
async fn whole<T>(part: impl Future<Output = T>) -> Result<T, String> {
    let done = AssertUnwindSafe(part).catch_unwind();
    match tokio::time::timeout(GUARD, done).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(panic)) => {
            let words = words_of(&*panic).replace('\n', " ");
            Err(format!("{WENT_WRONG}: {words}"))
        }
        Err(_) => Err(format!("{WENT_WRONG}: it did not come to an end")),
    }
}

/// The whole table, or the group of this title; each in a world and on a thread of its own.
fn printed(only: Option<&str>) -> String {
    let wanted = |group: &&Group| only.is_none_or(|only| group.title == only);
    let groups: Vec<&Group> = GROUPS.iter().filter(wanted).collect();
    let told: Vec<Mutex<String>> = groups.iter().map(|_| Mutex::default()).collect();
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((group, told)) = {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    groups.get(at).zip(told.get(at))
                } {
                    *told.lock().unwrap() = group.told();
                }
            });
        }
    });
    told.into_iter()
        .map(|told| told.into_inner().unwrap())
        .collect()
}

/// Both the story and the page: `INSTA_UPDATE=always` writes the page anew, and `ATTACKS`
/// with the title of a group tries that one alone.
#[test]
fn every_attack_comes_to_what_the_page_says() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/attacks.md");
    let written = std::fs::read_to_string(&page).unwrap_or_default();
    let marker = "<!-- From here on printed by tests/it/attacks/table.rs -->\n";
    let (intro, table) = written.split_once(marker).unwrap_or((&written, ""));
    let only = std::env::var("ATTACKS").ok();
    let printed = printed(only.as_deref());
    let wrong: Vec<&str> = printed
        .lines()
        .filter(|line| line.contains(WENT_WRONG))
        .collect();
    let table = only.as_ref().map_or_else(
        || table.to_owned(),
        |only| group_of(table, only).unwrap_or_default(),
    );
    let differences = differences(&table, &printed);
    assert!(wrong.is_empty(), "{wrong:#?}\n{differences}");
    let update = std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always");
    if update && only.is_none() {
        std::fs::write(&page, format!("{intro}{marker}{printed}")).unwrap();
        return;
    }
    assert!(
        table == printed,
        "docs/attacks.md is not what happens:\n{differences}"
    );
}

/// The group of this title, as it stands in the page.
fn group_of(table: &str, title: &str) -> Option<String> {
    let begins = format!("\n## {title}\n");
    let (_, rest) = table.split_once(&begins)?;
    let group = rest.split("\n## ").next()?;
    Some(format!("{begins}{group}"))
}

fn differences(page: &str, printed: &str) -> String {
    let only_in = |some: &str, others: &str, mark: &str| {
        let alone = some
            .lines()
            .filter(|line| !others.lines().any(|other| other == *line));
        let marked = alone.map(|line| [mark, " ", line, "\n"].concat());
        marked.collect::<String>()
    };
    only_in(printed, page, "+") + &only_in(page, printed, "-")
}
