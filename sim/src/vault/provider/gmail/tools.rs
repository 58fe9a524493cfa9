//! Gmail's tools.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::letter::{Letter, SentMail};
use super::mailbox::{Contact, Mailbox};
use super::shape;
use crate::vault::provider::args::Args;
use crate::vault::provider::{ToolError, name_of, not_simulated};

type Outcome = Result<Value, ToolError>;

impl Mailbox {
    /// Runs a tool here; what it sent comes with its result.
    pub(in crate::vault::provider) fn run(
        &mut self,
        verb: &str,
        args: &Args,
        now: Timestamp,
    ) -> Result<(Value, Vec<SentMail>), ToolError> {
        let mut sent = Vec::new();
        let result = match verb {
            "fetch_mails" => self.fetch_mails(args, now),
            "get_message_by_id" => self.get_message(args),
            "get_thread_by_id" => self.get_thread(args),
            "list_threads" => self.list_threads(args, now),
            "search_people" => Ok(self.search_people(args)),
            "get_contacts" => Ok(json!({"connections": self.people(|_| true)})),
            "get_profile" => Ok(self.profile()),
            "list_labels" => Ok(self.list_labels()),
            "send_message" => Ok(self.send(args, args.text("subject"), now, &mut sent)),
            "reply_to_thread" => self.reply(args, now, &mut sent),
            "create_draft" => Ok(self.create_draft(args, now)),
            "create_label" => Ok(json!({
                "id": format!("Label_{}", args.text("name")),
                "name": args.text("name"),
            })),
            "list_drafts" => Ok(self.list_drafts()),
            "trash_message" => self.relabel(args.text("message_id"), &["TRASH"], &["INBOX"]),
            "untrash_message" => self.relabel(args.text("message_id"), &["INBOX"], &["TRASH"]),
            "modify_message_labels" => {
                let (add, remove) = (args.list("add_label_ids"), args.list("remove_label_ids"));
                self.relabel(args.text("message_id"), &add, &remove)
            }
            _ => Err(not_simulated()),
        };
        result.map(|result| (result, sent))
    }

    fn fetch_mails(&self, args: &Args, now: Timestamp) -> Outcome {
        let hidden = args.flag("include_spam_trash");
        let found = self.find(args.text("query"), &args.list("label_ids"), hidden, now);
        let shown = |letter: &&Letter| shape::message(letter, args.text("format"));
        paged(args, &found, "messages", shown)
    }

    fn get_message(&self, args: &Args) -> Outcome {
        let id = args.text("message_id");
        let letter = self.letters.iter().find(|letter| letter.id == id);
        let letter = letter.ok_or_else(|| ToolError::not_found("message"))?;
        Ok(shape::message(letter, args.text("format")))
    }

    fn get_thread(&self, args: &Args) -> Outcome {
        let letters = self.thread(args.text("thread_id"));
        let Some(first) = letters.first() else {
            return Err(ToolError::not_found("thread"));
        };
        let format = args.text("format");
        let messages: Vec<Value> = letters
            .iter()
            .map(|letter| shape::message(letter, format))
            .collect();
        Ok(json!({"id": first.thread_id, "historyId": "7421", "messages": messages}))
    }

    fn list_threads(&self, args: &Args, now: Timestamp) -> Outcome {
        let hidden = args.flag("include_spam_trash");
        let found = self.find(args.text("query"), &args.list("label_ids"), hidden, now);
        let mut newest: Vec<&Letter> = Vec::new();
        for letter in found {
            if !newest
                .iter()
                .any(|known| known.thread_id == letter.thread_id)
            {
                newest.push(letter);
            }
        }
        let shown = |letter: &&Letter| json!({"id": letter.thread_id, "historyId": "7421", "snippet": shape::snippet(letter)});
        paged(args, &newest, "threads", shown)
    }

    fn search_people(&self, args: &Args) -> Value {
        let wanted = args.text("query").to_lowercase();
        let people = self.people(|(name, address, title, relation)| {
            let all = format!("{name} {address} {title} {relation}").to_lowercase();
            wanted.split_whitespace().all(|word| all.contains(word))
        });
        let results: Vec<Value> = people
            .into_iter()
            .map(|person| json!({"person": person}))
            .collect();
        json!({"results": results})
    }

    fn people(&self, fits: impl Fn(&Contact) -> bool) -> Vec<Value> {
        let fitting = self.contacts.iter().filter(|contact| fits(contact));
        let shown = fitting.map(|(name, address, title, relation)| {
            json!({
                "resourceName": format!("people/c{}", address.len() * 7919),
                "names": [{"displayName": name}],
                "emailAddresses": [{"value": address}],
                "organizations": [{"title": title}],
                "relations": [{"person": name_of(&self.address), "type": relation}],
            })
        });
        shown.collect()
    }

    fn profile(&self) -> Value {
        let threads = self
            .letters
            .iter()
            .filter(|letter| letter.id == letter.thread_id);
        json!({
            "emailAddress": self.address,
            "messagesTotal": self.letters.len(),
            "threadsTotal": threads.count(),
            "historyId": "7421",
        })
    }

    fn list_labels(&self) -> Value {
        let mut names = vec![
            "INBOX", "SENT", "DRAFT", "SPAM", "TRASH", "UNREAD", "STARRED",
        ];
        for label in self.letters.iter().flat_map(|letter| &letter.labels) {
            if !names.contains(&label.as_str()) {
                names.push(label);
            }
        }
        let shown = |name: &&str| {
            let kind = if name.chars().any(char::is_lowercase) {
                "user"
            } else {
                "system"
            };
            json!({"id": name, "name": name, "type": kind})
        };
        json!({"labels": names.iter().map(shown).collect::<Vec<_>>()})
    }

    fn send(
        &mut self,
        args: &Args,
        subject: &str,
        now: Timestamp,
        sent: &mut Vec<SentMail>,
    ) -> Value {
        let kept = self.write(args, subject, now, "SENT");
        let mail = SentMail {
            from: kept.from.clone(),
            to: kept.to.clone(),
            cc: kept.cc.clone(),
            bcc: args.text("bcc").to_owned(),
            subject: kept.subject.clone(),
            body: kept.body.clone(),
            thread_id: kept.thread_id.clone(),
        };
        let result = json!({"id": kept.id, "threadId": kept.thread_id, "labelIds": ["SENT"]});
        sent.push(mail);
        result
    }

    fn reply(&mut self, args: &Args, now: Timestamp, sent: &mut Vec<SentMail>) -> Outcome {
        let thread = self.thread(args.text("thread_id"));
        let first = thread
            .first()
            .ok_or_else(|| ToolError::not_found("thread"))?;
        let subject = match args.text("subject") {
            "" => format!("Re: {}", first.subject.trim_start_matches("Re: ")),
            subject => subject.to_owned(),
        };
        Ok(self.send(args, &subject, now, sent))
    }

    fn create_draft(&mut self, args: &Args, now: Timestamp) -> Value {
        let kept = self.write(args, args.text("subject"), now, "DRAFT");
        json!({
            "id": format!("r-{}", kept.id),
            "message": {"id": kept.id, "threadId": kept.thread_id, "labelIds": ["DRAFT"]},
        })
    }

    fn write(&mut self, args: &Args, subject: &str, now: Timestamp, label: &str) -> &Letter {
        let letter = Letter {
            from: self.address.clone(),
            to: args.text("to").to_owned(),
            cc: args.text("cc").to_owned(),
            subject: subject.to_owned(),
            body: args.text("body").to_owned(),
            date: now,
            labels: vec![label.to_owned()],
            ..Letter::default()
        };
        self.keep(letter, args.text("thread_id"))
    }

    fn list_drafts(&self) -> Value {
        let drafts = self.letters.iter().filter(|letter| letter.has("DRAFT"));
        let shown = drafts.map(|letter| {
            let message = json!({"id": letter.id, "threadId": letter.thread_id});
            json!({"id": format!("r-{}", letter.id), "message": message})
        });
        json!({"drafts": shown.collect::<Vec<_>>()})
    }

    fn relabel(&mut self, id: &str, add: &[&str], remove: &[&str]) -> Outcome {
        let letter = self
            .letter_mut(id)
            .ok_or_else(|| ToolError::not_found("message"))?;
        letter
            .labels
            .retain(|label| !remove.contains(&label.as_str()));
        for label in add {
            if !letter.has(label) {
                letter.labels.push((*label).to_owned());
            }
        }
        Ok(json!({"id": letter.id, "threadId": letter.thread_id, "labelIds": letter.labels}))
    }
}

/// A page of what was found. An empty list is left out, as Gmail does.
fn paged(args: &Args, found: &[&Letter], key: &str, shown: impl Fn(&&Letter) -> Value) -> Outcome {
    let size = args.count("max_results", 100).clamp(1, 500);
    let start = args.offset("page_token")?.min(found.len());
    let end = (start + size).min(found.len());
    let mut page = json!({"resultSizeEstimate": found.len()});
    if end > start {
        page[key] = found[start..end].iter().map(shown).collect();
    }
    if end < found.len() {
        page["nextPageToken"] = json!(format!("{end:020}"));
    }
    Ok(page)
}
