//! What Slack would let pass and Valet must not do.

use std::cell::LazyCell;
use std::collections::BTreeSet;

use serde_json::Value;

use super::state::State;
use super::text::live;
use super::workspace::BOT_USER;
use super::world::World;

/// Something the bot is about to show in a channel.
pub(crate) struct Shown<'a> {
    pub(crate) method: &'a str,
    pub(crate) channel: &'a str,
    pub(crate) thread_ts: Option<&'a str>,
    pub(crate) text: &'a str,
    pub(crate) blocks: &'a [Value],
    /// Who alone will see it.
    pub(crate) only: Option<&'a str>,
}

impl World {
    /// Notes what is wrong with this.
    pub(crate) fn check(&self, shown: &Shown<'_>) {
        let mut state = self.state();
        let found = violations(shown, &state);
        state.violations.extend(found);
    }
}

fn violations(shown: &Shown<'_>, state: &State) -> Vec<String> {
    let mut found = Vec::new();
    let mut note = |what: String| found.push(format!("{}: {what}", shown.method));
    let mut texts = vec![shown.text];
    for block in shown.blocks {
        mrkdwn(block, &mut texts);
    }
    // Asked for only when somebody is mentioned: threads can be long.
    let allowed = LazyCell::new(|| mentionable(shown, state));
    for token in texts.iter().flat_map(|text| live(text)) {
        if token.starts_with('!') && !token.starts_with("!date^") {
            note(format!("a live <{token}>"));
        }
        if let Some(user) = token.strip_prefix('@') {
            let user = user.split('|').next().unwrap_or_default();
            if !allowed.contains(user) {
                note(format!(
                    "a live mention of {user}, who is not in the thread"
                ));
            }
        }
    }
    if shown.text.is_empty() && !shown.blocks.is_empty() {
        note("blocks without a text beside them".to_owned());
    }
    let direct = state
        .channel(shown.channel)
        .is_some_and(|one| one.direct.is_some());
    let whole = Value::from(shown.blocks.to_vec()).to_string();
    if !direct && [shown.text, &whole].iter().any(|one| has_link(one)) {
        note("a link of an attempt outside of direct messages".to_owned());
    }
    found
}

/// Who was in the thread before, and who the bot is alone with.
fn mentionable(shown: &Shown<'_>, state: &State) -> BTreeSet<String> {
    let mut allowed = state.allowed_mentions.clone();
    allowed.insert(BOT_USER.to_owned());
    allowed.extend(shown.only.map(str::to_owned));
    allowed.extend(
        state
            .channel(shown.channel)
            .and_then(|one| one.direct.clone()),
    );
    if let Some(root) = shown.thread_ts {
        allowed.extend(
            state
                .thread(shown.channel, root)
                .into_iter()
                .map(|one| one.user),
        );
    }
    allowed
}

/// The texts in which tokens are live.
fn mrkdwn<'a>(value: &'a Value, texts: &mut Vec<&'a str>) {
    match value {
        Value::Array(all) => all.iter().for_each(|one| mrkdwn(one, texts)),
        Value::Object(fields) => {
            let kind = fields.get("type").and_then(Value::as_str);
            if let (Some("mrkdwn" | "markdown" | "markdown_text"), Some(Value::String(text))) =
                (kind, fields.get("text"))
            {
                texts.push(text);
            }
            fields.values().for_each(|one| mrkdwn(one, texts));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// An address with a path that begins with `/connect/`.
fn has_link(text: &str) -> bool {
    text.match_indices("/connect/").any(|(at, _)| {
        let before = &text[..at];
        let start = before
            .rfind(|c: char| c.is_whitespace() || "<>\"'()|`".contains(c))
            .map_or(0, |found| found + 1);
        before[start..].starts_with("http")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_of_an_attempt_is_told_from_the_command() {
        for (text, link) in [
            ("type /connect gmail", false),
            ("see https://x.example/docs", false),
            ("see https://x.example/connect/abc", true),
            ("<http://localhost:3000/connect/abc|here>", true),
            ("{\"url\":\"https://x.example/connect/abc\"}", true),
            ("/connect/ is a path", false),
            ("https://slack.com/openid/connect/authorize", true),
        ] {
            assert_eq!(has_link(text), link, "{text}");
        }
    }
}
