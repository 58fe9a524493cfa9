//! Everything that Valet said, read once and sorted.

use std::collections::BTreeMap;

use valet_sim::slack::{Author, Message};

use crate::commands::{is_link, is_word};
use crate::mind::marks;
use crate::presses::is_card;
use crate::town::Town;
use crate::watch::{announces, whole};

/// What stands in one thread and has no mark.
#[derive(Debug, Default)]
pub struct Thread {
    /// What announces an answer, and should be gone.
    pub waiting: Vec<String>,
    /// Errors, refusals, words on commands.
    pub words: Vec<String>,
    /// The runs that said them.
    pub runs: Vec<String>,
    /// Links, which stand in a thread only where it is a direct message.
    pub links: usize,
}

#[derive(Debug, Default)]
pub struct Reading {
    /// Marks and paragraphs, with the messages they stand in.
    marked: BTreeMap<String, Vec<String>>,
    threads: BTreeMap<(String, String), Thread>,
    /// Direct messages by what their metadata call them.
    own_words: BTreeMap<String, Vec<String>>,
    /// Links that say nothing about themselves.
    unknown_links: Vec<String>,
    /// Words on commands, by the person's id.
    words: BTreeMap<String, usize>,
}

impl Reading {
    pub fn of(town: &Town) -> Self {
        let mut reading = Self::default();
        for channel in town.slack.channels() {
            town.slack.look(&channel.id, |messages| {
                for one in messages.iter().filter(|one| one.author == Author::TheBot) {
                    reading.take(one, channel.direct.as_deref());
                }
            });
        }
        reading
    }

    fn take(&mut self, one: &Message, direct: Option<&str>) {
        if let Some(user) = &one.ephemeral_for {
            *self.words.entry(user.clone()).or_default() += 1;
            return;
        }
        self.take_own_word(one, direct);
        let Some(root) = &one.thread_ts else {
            if let Some(user) = direct.filter(|_| is_word(one)) {
                *self.words.entry(user.to_owned()).or_default() += 1;
            }
            return;
        };
        if is_card(one) {
            // What became of it is in the answer.
            return;
        }
        let key = (one.channel.clone(), root.clone());
        if is_link(one) {
            self.threads.entry(key).or_default().links += 1;
            return;
        }
        let run = run_of(one).map_or_else(String::new, |run| format!(" run {run}"));
        let place = format!("{} {}{run}", one.channel, one.ts);
        let whole = whole(one);
        let mut found = marks(&whole).collect::<Vec<_>>();
        found.sort_unstable();
        found.dedup();
        if found.is_empty() {
            let thread = self.threads.entry(key).or_default();
            let word = format!("{place}:: {}", one.text.replace('\n', " "));
            if announces(&one.text) {
                thread.waiting.push(word);
            } else {
                thread.words.push(word);
                thread.runs.extend(run_of(one));
            }
            return;
        }
        for mark in found {
            self.add(mark, &place);
        }
        for (at, _) in whole.match_indices("Part ") {
            if let Some(end) = whole[at..].find(':') {
                self.add(&whole[at..=at + end], &place);
            }
        }
    }

    fn take_own_word(&mut self, one: &Message, direct: Option<&str>) {
        let place = format!("{} {}: {}", one.channel, one.ts, one.text);
        match own_word(one) {
            Some(word) if direct.is_some() && (one.thread_ts.is_none() || is_link(one)) => {
                self.own_words.entry(word).or_default().push(place);
            }
            None if is_link(one) => self.unknown_links.push(place),
            Some(_) | None => {}
        }
    }

    fn add(&mut self, mark: &str, place: &str) {
        let places = self.marked.entry(mark.to_owned()).or_default();
        places.push(place.to_owned());
    }

    pub fn with(&self, mark: &str) -> Vec<String> {
        self.marked.get(mark).cloned().unwrap_or_default()
    }

    pub fn has(&self, mark: &str) -> bool {
        self.marked.contains_key(mark)
    }

    pub fn thread(&self, (channel, root): (&str, &str)) -> Option<&Thread> {
        self.threads.get(&(channel.to_owned(), root.to_owned()))
    }

    pub fn own_words(&self) -> &BTreeMap<String, Vec<String>> {
        &self.own_words
    }

    pub fn unknown_links(&self) -> &[String] {
        &self.unknown_links
    }

    pub fn words_to(&self, user: &str) -> usize {
        self.words.get(user).copied().unwrap_or_default()
    }
}

/// The run or attempt, and which of its words this is.
fn own_word(one: &Message) -> Option<String> {
    let payload = &one.metadata.as_ref()?["event_payload"];
    payload["slot"].is_string().then(|| payload.to_string())
}

fn run_of(one: &Message) -> Option<String> {
    let payload = &one.metadata.as_ref()?["event_payload"];
    payload["run"].as_str().map(str::to_owned)
}
