//! What one person sees now, as the page reads it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::outside;
use super::render;
use super::window::{Place, Window};
use crate::slack::{Author, Message, MessageRef};

impl Window {
    /// Everything this person sees, and the number of the change after which it was so.
    pub(super) fn sight(&self, key: &str) -> Value {
        let change = *self.slack.changes().borrow();
        // Somebody looks, so it is read.
        self.slack.read_all();
        let who = self.slack.person(key);
        let seen: Vec<(Place, Message)> = Place::ALL
            .into_iter()
            .flat_map(|place| {
                let messages = self.messages(key, place).into_iter();
                messages.map(move |message| (place, message))
            })
            .collect();
        json!({
            "change": change,
            "messages": seen.iter().map(|(place, one)| self.shown(*place, one)).collect::<Vec<_>>(),
            "sessions": self.sessions(&seen),
            "home": who.home().map(|view| render::view(&view, &self.names)),
            "modal": who.modal().map(|view| self.modal(&view)),
            "mails": outside::mails(self, key),
            "issues": outside::issues(self),
        })
    }

    fn shown(&self, place: Place, message: &Message) -> Value {
        let thread = message.thread_ts.as_ref();
        json!({
            "place": place,
            "ts": message.ts,
            "thread": thread.filter(|thread| **thread != message.ts),
            "author": self.names.get(&message.user).unwrap_or(&message.user),
            "valet": message.author == Author::TheBot,
            "ephemeral": message.ephemeral_for.is_some(),
            "edited": message.edited && message.author != Author::TheBot,
            "growing": message.streaming,
            "html": render::message(message, &self.names),
        })
    }

    /// What Slack shows of the work in each thread.
    fn sessions(&self, seen: &[(Place, Message)]) -> Vec<Value> {
        let mut roots = BTreeSet::new();
        let first = seen
            .iter()
            .filter(|(_, one)| roots.insert((one.channel.clone(), one.root().to_owned())));
        first
            .filter_map(|(_, one)| {
                let session = self.slack.session(&MessageRef::from(one))?;
                Some(json!({
                    "ts": one.root(),
                    "status": session.status,
                    "title": session.title,
                }))
            })
            .collect()
    }

    fn modal(&self, view: &Value) -> Value {
        json!({
            "id": view["id"],
            "title": view["title"]["text"],
            "submit": view["submit"]["text"],
            "close": view["close"]["text"],
            "html": render::view(view, &self.names),
        })
    }
}
