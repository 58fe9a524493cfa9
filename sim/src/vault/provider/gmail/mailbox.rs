//! One person's mailbox.

use jiff::Timestamp;

use super::letter::{self, Letter, MailView, SentMail};
use super::query::Query;

/// Letters, drafts and contacts of one person.
#[derive(Debug)]
pub(in crate::vault::provider) struct Mailbox {
    pub(super) address: String,
    /// Oldest first.
    pub(super) letters: Vec<Letter>,
    pub(super) contacts: &'static [Contact],
    owner: u32,
}

/// Somebody the person knows: name, address, title, and what they are to each other.
pub(super) type Contact = (&'static str, &'static str, &'static str, &'static str);

const OF_ADA: [Contact; 4] = [
    (
        "Grace Okafor",
        "grace@example.com",
        "Head of Product",
        "manager",
    ),
    (
        "Ben Castillo",
        "ben@example.com",
        "Sales Engineer",
        "colleague",
    ),
    (
        "Noor Haddad",
        "noor@example.com",
        "Data Analyst",
        "colleague",
    ),
    (
        "Linus Berg",
        "linus@example.com",
        "Head of Sales",
        "colleague",
    ),
];
const OF_BEN: [Contact; 3] = [
    (
        "Linus Berg",
        "linus@example.com",
        "Head of Sales",
        "manager",
    ),
    (
        "Ada Stern",
        "ada@example.com",
        "Product Engineer",
        "colleague",
    ),
    (
        "Grace Okafor",
        "grace@example.com",
        "Head of Product",
        "colleague",
    ),
];

impl Mailbox {
    /// This person's mailbox as it is now; empty for somebody unknown.
    pub(in crate::vault::provider) fn of(address: &str, now: Timestamp) -> Self {
        let (file, contacts, owner): (&str, &'static [Contact], u32) = match address {
            "ada@example.com" => (include_str!("../letters/ada.txt"), &OF_ADA, 1),
            "ben@example.com" => (include_str!("../letters/ben.txt"), &OF_BEN, 2),
            "mallory@example.com" => (include_str!("../letters/mallory.txt"), &[], 3),
            _ => ("", &[], 4),
        };
        Self {
            address: address.to_owned(),
            letters: letter::read(file, owner, now),
            contacts,
            owner,
        }
    }

    /// What the query finds, newest first.
    pub(super) fn find(
        &self,
        query: &str,
        labels: &[&str],
        hidden: bool,
        now: Timestamp,
    ) -> Vec<&Letter> {
        let query = Query::read(query, &self.address, now);
        let hidden = hidden || query.reaches_hidden();
        let visible = |letter: &&Letter| hidden || !(letter.has("SPAM") || letter.has("TRASH"));
        let labelled = |letter: &&Letter| labels.iter().all(|label| letter.has(label));
        let found = self.letters.iter().filter(visible).filter(labelled);
        let mut found: Vec<&Letter> = found
            .filter(|letter| !letter.has("DRAFT") && query.matches(letter))
            .collect();
        found.sort_by_key(|letter| std::cmp::Reverse(letter.date));
        found
    }

    pub(super) fn letter_mut(&mut self, id: &str) -> Option<&mut Letter> {
        self.letters.iter_mut().find(|letter| letter.id == id)
    }

    /// A thread's letters, oldest first.
    pub(super) fn thread(&self, id: &str) -> Vec<&Letter> {
        let mut of_it: Vec<&Letter> = self
            .letters
            .iter()
            .filter(|letter| letter.thread_id == id)
            .collect();
        of_it.sort_by_key(|letter| letter.date);
        of_it
    }

    /// Keeps a letter under a new id, in this thread or in one of its own.
    pub(super) fn keep(&mut self, letter: Letter, thread: &str) -> &Letter {
        let id = format!("19b{:x}{:012x}", self.owner, self.letters.len());
        let thread_id = if thread.is_empty() { &id } else { thread }.to_owned();
        let at = self.letters.len();
        self.letters.push(Letter {
            id,
            thread_id,
            ..letter
        });
        &self.letters[at]
    }

    /// All letters but those that were thrown away, newest first, as their owner sees them.
    pub(in crate::vault::provider) fn views(&self) -> Vec<MailView> {
        let kept = self.letters.iter().rev();
        let mut kept: Vec<&Letter> = kept
            .filter(|letter| !letter.has("SPAM") && !letter.has("TRASH"))
            .collect();
        kept.sort_by_key(|letter| std::cmp::Reverse(letter.date));
        kept.into_iter().map(Letter::view).collect()
    }

    /// A mail from somebody in the world arrives.
    pub(in crate::vault::provider) fn receive(&mut self, mail: &SentMail, now: Timestamp) {
        let letter = Letter {
            from: mail.from.clone(),
            to: mail.to.clone(),
            cc: mail.cc.clone(),
            subject: mail.subject.clone(),
            body: mail.body.clone(),
            date: now,
            labels: vec!["UNREAD".to_owned(), "INBOX".to_owned()],
            ..Letter::default()
        };
        self.keep(letter, "");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(address: &str, query: &str) -> usize {
        let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
        Mailbox::of(address, now).find(query, &[], false, now).len()
    }

    #[test]
    fn the_mailboxes_hold_what_the_conversations_need() {
        let ada = |query| count("ada@example.com", query);
        assert!(ada("") >= 25);
        assert_eq!(ada("from:grace@example.com"), 8);
        assert_eq!(ada("pricing newer_than:7d"), 5);
        assert_eq!(ada("pricing"), 6);
        assert_eq!(ada("subject:\"Q3 planning\""), 5);
        let ben = |query| count("ben@example.com", query);
        assert_eq!(ben("from:grace@example.com"), 0);
        assert_eq!(ben("from:linus@example.com"), 5);
        assert_eq!(ben("pricing newer_than:7d"), 2);
        assert_eq!(ben("subject:\"Q3 planning\""), 1);
    }

    #[test]
    fn everybody_knows_one_manager() {
        for address in ["ada@example.com", "ben@example.com"] {
            let mailbox = Mailbox::of(address, Timestamp::now());
            let managers = mailbox
                .contacts
                .iter()
                .filter(|contact| contact.3 == "manager");
            assert_eq!(managers.count(), 1);
        }
    }
}
