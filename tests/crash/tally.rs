//! The reckoning: what people did, against what stands in Slack and happened at the vault.

mod reading;

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};

use reading::{Reading, Thread};

use crate::book::Written;
use crate::commands::is_connected;
use crate::mind::{ASKED, Asks, PARAGRAPHS, WRITE, marks, paragraph};
use crate::town::Town;

/// What must stay at zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counter {
    Lost,
    DoubledAnswers,
    DoubledWrites,
    UntoldWrites,
    LeftWaiting,
    AttemptsTwice,
    ApprovalsTwice,
    /// Ends and failed starts that nobody had asked for.
    Unasked,
    /// Waits that were given up.
    StoodStill,
    /// What the world saw that must not be.
    Violations,
}

impl Counter {
    pub const ALL: [Self; 10] = [
        Self::Lost,
        Self::DoubledAnswers,
        Self::DoubledWrites,
        Self::UntoldWrites,
        Self::LeftWaiting,
        Self::AttemptsTwice,
        Self::ApprovalsTwice,
        Self::Unasked,
        Self::StoodStill,
        Self::Violations,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Lost => "lost questions",
            Self::DoubledAnswers => "doubled answers",
            Self::DoubledWrites => "doubled writes",
            Self::UntoldWrites => "writes nobody was told of",
            Self::LeftWaiting => "people left waiting",
            Self::AttemptsTwice => "attempts used twice",
            Self::ApprovalsTwice => "approvals used twice",
            Self::Unasked => "ends by itself",
            Self::StoodStill => "things that stood still",
            Self::Violations => "broken rules of the world",
        }
    }
}

/// What was counted. Each offence is told in a line.
#[derive(Debug, Default)]
pub struct Tally {
    pub offences: BTreeMap<Counter, Vec<String>>,
    /// Of how many.
    pub of: BTreeMap<Counter, usize>,
    pub answered: usize,
    pub clear_words: usize,
    /// Which these were, cut short, and how often each was said.
    pub said: BTreeMap<String, usize>,
    /// Words on commands that were said again, which is allowed (decision 0020).
    pub said_again: usize,
}

impl Tally {
    /// As things stand now.
    pub fn take(town: &Town) -> Self {
        let mut tally = Self::default();
        let written = town.book.all_written();
        let reading = Reading::of(town);
        tally.answers(&written, &reading);
        tally.threads(town, &written, &reading);
        tally.writes(town, &written, &reading);
        tally.approvals(town);
        tally.commands(town, &reading);
        tally.attempts(town);
        tally.own_words(&reading);
        tally.walks(town);
        for ended in town.life.unasked() {
            tally.note(Counter::Unasked, ended);
        }
        for still in town.all_that_stood_still() {
            tally.note(Counter::StoodStill, still);
        }
        let (slack, vault) = (town.slack.violations(), town.vault.violations());
        for seen in [slack, vault, town.router.violations()].concat() {
            tally.note(Counter::Violations, seen);
        }
        tally
    }

    pub fn count(&self, counter: Counter) -> usize {
        self.offences.get(&counter).map_or(0, Vec::len)
    }

    pub fn is_clean(&self) -> bool {
        self.offences.is_empty()
    }

    /// Whether nothing is owed any more, whatever else went wrong.
    pub fn is_settled(&self) -> bool {
        self.owed() == 0
    }

    /// Answers and words that are still to come.
    pub fn owed(&self) -> usize {
        self.count(Counter::Lost) + self.count(Counter::LeftWaiting)
    }

    fn note(&mut self, counter: Counter, offence: String) {
        self.offences.entry(counter).or_default().push(offence);
    }

    /// By their marks: each answer stands in one message, each paragraph of a long one too.
    fn answers(&mut self, written: &[Written], reading: &Reading) {
        for one in written.iter().filter(|one| one.asks.is_question()) {
            let found = reading.with(&one.mark);
            if found.is_empty() {
                continue;
            }
            self.answered += 1;
            if one.asks != Asks::Long {
                if found.len() > 1 {
                    self.note(Counter::DoubledAnswers, told(one, &found));
                }
                continue;
            }
            for number in 1..=PARAGRAPHS {
                let part = paragraph(&one.mark, number);
                match reading.with(&part).as_slice() {
                    [] => self.note(Counter::Lost, told(one, &[format!("{part} is missing")])),
                    [_] => {}
                    more => self.note(Counter::DoubledAnswers, told(one, more)),
                }
            }
        }
    }

    /// What has no mark is counted by its thread: as many words as questions that were not
    /// answered, and nothing that only announces one. What a run took in ends with its word.
    fn threads(&mut self, town: &Town, written: &[Written], reading: &Reading) {
        let taken_in = LazyCell::new(|| town.life.taken_in());
        let mut asked: BTreeMap<(&str, &str), Vec<&Written>> = BTreeMap::new();
        for one in written {
            let key = (one.at.channel.as_str(), one.at.root());
            asked.entry(key).or_default().push(one);
        }
        let nothing = Thread::default();
        for (key, all) in &asked {
            let thread = reading.thread(*key).unwrap_or(&nothing);
            let stops = all.iter().filter(|one| one.asks == Asks::Stop).count();
            let owed: Vec<&&Written> = all
                .iter()
                .filter(|one| one.asks != Asks::Stop && !reading.has(&one.mark))
                // In direct messages the link itself is the word.
                .filter(|one| one.asks != Asks::Connect || thread.links == 0)
                .collect();
            for waiting in &thread.waiting {
                self.note(Counter::LeftWaiting, format!("{key:?}: {waiting}"));
            }
            let (words, waiting) = (thread.words.len(), thread.waiting.len());
            self.clear_words += words.min(owed.len());
            for word in &thread.words {
                let text = word.split_once("::").map_or("", |(_, text)| text);
                let short = text.chars().take(50).collect();
                *self.said.entry(short).or_default() += 1;
            }
            if owed.len() > words + waiting {
                let within = thread.runs.iter().filter_map(|run| taken_in.get(run));
                let within: usize = within.map(BTreeSet::len).sum();
                for lost in owed.iter().skip(words + waiting + within) {
                    self.note(Counter::Lost, told(lost, &[]));
                }
            }
            for word in thread.words.iter().skip(owed.len() + stops) {
                self.note(Counter::DoubledAnswers, format!("{key:?}: {word}"));
            }
        }
        self.of.insert(Counter::Lost, written.len());
        self.of.insert(Counter::DoubledAnswers, written.len());
        self.of.insert(Counter::LeftWaiting, asked.len());
    }

    fn writes(&mut self, town: &Town, written: &[Written], reading: &Reading) {
        let mut done: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for execution in town.vault.executions() {
            if execution.tool == WRITE {
                let subject = execution.params["subject"].as_str().unwrap_or_default();
                let run = execution.agent_run_id.unwrap_or_default();
                done.entry(subject.to_owned()).or_default().push(run);
            }
        }
        let by_mark: BTreeMap<&str, &Written> =
            written.iter().map(|one| (one.mark.as_str(), one)).collect();
        for (subject, runs) in &done {
            let Some(one) = marks(subject).next().and_then(|mark| by_mark.get(mark)) else {
                continue;
            };
            if runs.len() > 1 {
                let line = format!("{subject} was executed {} times", runs.len());
                self.note(Counter::DoubledWrites, told(one, &[line, runs.join(" ")]));
            }
            let words = reading.thread((&one.at.channel, one.at.root()));
            let in_words = words.is_some_and(|thread| thread.words.iter().any(|word| tells(word)));
            if !reading.has(&one.mark) && !in_words {
                self.note(
                    Counter::UntoldWrites,
                    told(one, &[subject.clone(), runs.join(" ")]),
                );
            }
        }
        self.of.insert(Counter::DoubledWrites, done.len());
        self.of.insert(Counter::UntoldWrites, done.len());
    }

    /// Each label has a name of its own, and was asked about once.
    fn approvals(&mut self, town: &Town) {
        let mut made: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for execution in town.vault.executions() {
            if execution.tool == ASKED {
                let name = execution.params["name"].as_str().unwrap_or_default();
                let run = execution.agent_run_id.unwrap_or_default();
                made.entry(name.to_owned()).or_default().push(run);
            }
        }
        for (name, runs) in made.iter().filter(|(_, runs)| runs.len() > 1) {
            let line = format!("{name} was made {} times: {}", runs.len(), runs.join(" "));
            self.note(Counter::ApprovalsTwice, line);
        }
        self.of.insert(Counter::ApprovalsTwice, made.len());
    }

    /// Nothing tells one word on a command from the next, so they are counted by person.
    fn commands(&mut self, town: &Town, reading: &Reading) {
        let mut taken = 0;
        for (key, obeyed) in town.book.all_obeyed() {
            let words = reading.words_to(&town.slack.person(&key).id);
            taken += obeyed.taken;
            for _ in words..obeyed.taken {
                let line = format!("a command of {key} has no word: {obeyed:?}, {words} words");
                self.note(Counter::Lost, line);
            }
            self.said_again += words.saturating_sub(obeyed.taken + obeyed.unsure);
        }
        *self.of.entry(Counter::Lost).or_default() += taken;
    }

    fn attempts(&mut self, town: &Town) {
        for (request, times) in town.vault.verified() {
            if times > 1 {
                let line = format!("user/verify was a success {times} times for {request}");
                self.note(Counter::AttemptsTwice, line);
            }
        }
        for (secret, times) in town.book.all_led_on() {
            if times > 1 {
                let line = format!("the state {secret} led on {times} times");
                self.note(Counter::AttemptsTwice, line);
            }
        }
    }

    /// Direct messages, and links above all, say in their metadata which word they are: of
    /// which run or attempt, and which of its words. Each is said once.
    fn own_words(&mut self, reading: &Reading) {
        let mut links = 0;
        for (word, places) in reading.own_words() {
            let counter = if word.contains("link") {
                links += 1;
                Counter::AttemptsTwice
            } else {
                Counter::DoubledAnswers
            };
            if places.len() > 1 {
                self.note(
                    counter,
                    format!("{word} was said twice: {}", places.join("; ")),
                );
            }
        }
        for link in reading.unknown_links() {
            self.note(
                Counter::AttemptsTwice,
                format!("a link of nobody knows what: {link}"),
            );
        }
        self.of.insert(Counter::AttemptsTwice, links);
    }

    /// Who walked to the end heard of it, by the page or by a message.
    fn walks(&mut self, town: &Town) {
        let verified = town.vault.verified();
        for walked in town.book.all_walked() {
            let connected = verified.contains_key(&walked.auth_request);
            if !connected || walked.told_by_page {
                continue;
            }
            let told = town.slack.look(&walked.channel, |messages| {
                let since = messages.get(walked.from..).unwrap_or_default();
                since.iter().any(is_connected)
            });
            if !told {
                let line = format!("{} was not told that they are connected", walked.person);
                self.note(Counter::LeftWaiting, line);
            }
        }
    }
}

/// Says that something was, or may have been, changed.
fn tells(word: &str) -> bool {
    [WRITE, "may have", "not known", "was sent", "changed"]
        .iter()
        .any(|part| word.contains(part))
}

fn told(one: &Written, details: &[String]) -> String {
    format!(
        "{} ({:?} by {}, {} {} in {}): {}",
        one.mark,
        one.asks,
        one.person,
        one.at.channel,
        one.at.ts,
        one.at.root(),
        details.join("; ")
    )
}
