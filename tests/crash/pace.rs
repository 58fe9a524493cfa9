//! The pace of asking and killing: which questions are open is read from what stands in
//! Slack, so that no answer nobody saw go by stays open for good. The reckoning does not
//! rely on it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use valet_sim::slack::{Author, Message};

use crate::book::Written;
use crate::mind::Asks;
use crate::town::Town;
use crate::watch::{announces, whole};

/// A question open for so long is the reckoning's, and stops nobody from asking more:
/// longer than the program tries again at what fails outside.
const OVERDUE: Duration = Duration::from_secs(30);
/// The same where something is open for good, because it was planted.
const OVERDUE_PLANTED: Duration = Duration::from_secs(4);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(30);

#[derive(Debug, Default)]
struct Questions {
    open: Vec<(Written, Instant)>,
    ended: usize,
}

/// The questions of those who are connected.
#[derive(Debug, Default)]
pub struct Pace(Mutex<Questions>);

impl Pace {
    /// Asked; a word to stop ends with another, and is none.
    pub fn begins(&self, written: &Written) {
        if written.asks != Asks::Stop {
            let open = (written.clone(), Instant::now());
            self.lock().open.push(open);
        }
    }

    /// Open, however long.
    pub fn open(&self) -> usize {
        self.lock().open.len()
    }

    /// Open for longer than anybody waits with asking more.
    pub fn overdue(&self, planted: bool) -> usize {
        let limit = if planted { OVERDUE_PLANTED } else { OVERDUE };
        let questions = self.lock();
        let open = questions.open.iter();
        open.filter(|(_, at)| at.elapsed() >= limit).count()
    }

    /// Open and not overdue.
    pub fn fresh(&self, planted: bool) -> usize {
        let overdue = self.overdue(planted);
        self.open().saturating_sub(overdue)
    }

    pub fn ended(&self) -> usize {
        self.lock().ended
    }

    fn look(&self, town: &Town) {
        let open = self.lock().open.clone();
        let ended: Vec<String> = open
            .into_iter()
            .filter(|(one, _)| has_ended(town, one))
            .map(|(one, _)| one.mark)
            .collect();
        let mut questions = self.lock();
        questions.open.retain(|(one, _)| !ended.contains(&one.mark));
        questions.ended += ended.len();
    }

    fn lock(&self) -> MutexGuard<'_, Questions> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looks whenever something is new in Slack, for good.
pub async fn looks(town: Arc<Town>) {
    let mut changes = town.slack.changes();
    while changes.changed().await.is_ok() {
        town.pace.look(&town);
        tokio::time::sleep(PAUSE).await;
    }
}

/// Its mark stands below it, or what may be the clear word it ended in.
fn has_ended(town: &Town, one: &Written) -> bool {
    let ends = |said: &&Message| {
        said.author == Author::TheBot
            && said.thread_ts.as_deref() == Some(one.at.root())
            && !announces(&said.text)
            && (whole(said).contains(&one.mark) || is_clear_word(&said.text))
    };
    town.slack.look(&one.at.channel, |messages| {
        let since = messages.iter().rev();
        since
            .take_while(|said| said.ts > one.at.ts)
            .find(ends)
            .is_some()
    })
}

/// Of nobody's mark, no word on the word to stop, and no card nor what stands above one.
fn is_clear_word(said: &str) -> bool {
    let not_yet = [
        "not working on anything",
        "nothing to stop",
        "may I do this?",
        "button below",
    ];
    crate::mind::marks(said).next().is_none() && !not_yet.iter().any(|words| said.contains(words))
}
