//! What people do on the page, they do in Slack. An `Err` is shown to whoever did it.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::window::{GENERAL, Place, Window};
use crate::slack::{Button, Delivered, MessageRef, buttons};

/// Those of the manifest, and what they are for.
pub(super) const COMMANDS: [(&str, &str); 3] = [
    ("/connect", "connect an account: /connect gmail"),
    ("/disconnect", "disconnect an account: /disconnect gmail"),
    ("/connections", "list your accounts"),
];

type Done = Result<(), String>;

/// Words, a mention, or a slash command.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Said {
    place: Place,
    thread_ts: Option<String>,
    text: String,
}

/// A button, on a message or, without one, in App Home.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pressed {
    ts: Option<String>,
    action_id: String,
    value: String,
}

/// A modal with what stands in its fields, by block and action.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Submitted {
    id: String,
    values: Map<String, Value>,
}

/// A modal that is closed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Closed {
    id: String,
}

/// A thread in which work is to stop.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stopped {
    ts: String,
}

impl Window {
    pub(super) async fn say(&self, key: &str, said: Said) -> Done {
        let text = said.text.trim();
        if text.is_empty() {
            return Err("There is nothing to send.".to_owned());
        }
        if text.starts_with('/') {
            return self.command(key, &said).await;
        }
        let who = self.slack.person(key);
        let mention = mention(text);
        let text = mention.unwrap_or(text);
        let sent = match (&said.thread_ts, said.place, mention.is_some()) {
            (Some(ts), _, mentions) => {
                let (_, thread) = self.message(key, ts).ok_or("This thread is gone.")?;
                let thread = MessageRef::from(&thread);
                if mentions {
                    who.says_in_thread(&thread, text).await
                } else {
                    who.replies(&thread, text).await
                }
            }
            (None, Place::Dm, _) => who.direct(text).await,
            (None, Place::General, true) => who.mentions_in(GENERAL, text).await,
            (None, Place::General, false) => who.writes_in(GENERAL, text).await,
        };
        // Words that are not for the app make no event.
        taken(sent.delivered.as_ref().is_none_or(Delivered::accepted))
    }

    async fn command(&self, key: &str, said: &Said) -> Done {
        if said.thread_ts.is_some() {
            return Err(
                "Slack has no slash commands in threads. Say it in words: connect gmail."
                    .to_owned(),
            );
        }
        let typed = said.text.trim();
        let (command, text) = typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
        if !COMMANDS.iter().any(|(known, _)| *known == command) {
            let known = COMMANDS.map(|(known, _)| known).join(", ");
            return Err(format!("There is no command {command}. There are {known}."));
        }
        let place = match said.place {
            Place::Dm => "dm",
            Place::General => GENERAL,
        };
        let who = self.slack.person(key);
        let answer = who.command(command, text.trim(), place).await;
        taken(answer.status == Some(200))
    }

    pub(super) async fn press(&self, key: &str, pressed: Pressed) -> Done {
        let who = self.slack.person(key);
        let (action, value) = (pressed.action_id.as_str(), pressed.value.as_str());
        let gone = "This button is gone.";
        let clicked = if let Some(ts) = &pressed.ts {
            let (_, shown) = self.message(key, ts).ok_or(gone)?;
            if has(&shown.buttons(), action, value) {
                match value {
                    "" => who.clicks(&shown, action).await,
                    value => who.clicks_of(&shown, action, value).await,
                }
            } else if ["good", "bad"].contains(&value) && has_thumbs(&shown.blocks, action) {
                who.gives_feedback(&shown, value == "good").await
            } else {
                return Err(gone.to_owned());
            }
        } else {
            let home = who.home().ok_or(gone)?;
            let blocks = home["blocks"].as_array().cloned().unwrap_or_default();
            if !has(&buttons(&blocks), action, value) {
                return Err(gone.to_owned());
            }
            match value {
                "" => who.clicks_home(action).await,
                value => who.clicks_home_of(action, value).await,
            }
        };
        taken(clicked.status == Some(200))
    }

    /// What the app says to the form, if it does not take it: a word for each block.
    pub(super) async fn submit(&self, key: &str, sent: Submitted) -> Result<Value, String> {
        let who = self.slack.person(key);
        let modal = who.modal().filter(|modal| modal["id"] == sent.id);
        let modal = modal.ok_or("This form is closed.")?;
        let answer = who.sends(&modal, sent.values).await;
        taken(answer.status == Some(200))?;
        let said: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        Ok(json!({ "errors": said["errors"] }))
    }

    pub(super) fn close(&self, key: &str, closed: &Closed) {
        let who = self.slack.person(key);
        if let Some(modal) = who
            .modal()
            .filter(|modal| modal["id"] == closed.id.as_str())
        {
            who.closes(&modal);
        }
    }

    pub(super) async fn stop(&self, key: &str, stopped: Stopped) -> Done {
        let thread = self.message(key, &stopped.ts);
        let (_, thread) = thread.ok_or("This thread is gone.")?;
        let who = self.slack.person(key);
        taken(who.stops(&MessageRef::from(&thread)).await.accepted())
    }

    pub(super) async fn open_home(&self, key: &str) -> Done {
        taken(self.slack.person(key).opens_home().await.accepted())
    }
}

/// In Slack's words for an app that does not take what happened.
fn taken(well: bool) -> Done {
    well.then_some(())
        .ok_or_else(|| "Valet did not take that. Please try again.".to_owned())
}

fn has(buttons: &[Button], action: &str, value: &str) -> bool {
    buttons
        .iter()
        .any(|one| one.action_id == action && one.value.as_deref().unwrap_or_default() == value)
}

fn has_thumbs(blocks: &[Value], action: &str) -> bool {
    let elements = blocks.iter().filter_map(|one| one["elements"].as_array());
    elements
        .flatten()
        .any(|one| one["type"] == "feedback_buttons" && one["action_id"] == action)
}

/// What follows `@valet` at the beginning.
fn mention(text: &str) -> Option<&str> {
    let name = text.get(.."@valet".len())?;
    let rest = text.get("@valet".len()..)?;
    let ends = rest
        .chars()
        .next()
        .is_none_or(|letter| !letter.is_alphanumeric());
    (name.eq_ignore_ascii_case("@valet") && ends).then(|| rest.trim_start_matches([',', ':', ' ']))
}

#[cfg(test)]
mod tests {
    use super::mention;

    #[test]
    fn a_mention_stands_at_the_beginning() {
        let table = [
            ("@valet help", Some("help")),
            ("@Valet: help", Some("help")),
            ("@valet", Some("")),
            ("@valets help", None),
            ("help @valet", None),
            ("Grüße", None),
        ];
        for (text, rest) in table {
            assert_eq!(mention(text), rest, "{text}");
        }
    }
}
