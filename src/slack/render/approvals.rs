//! What people read when they are asked for their word on a write, and afterwards.
//!
//! What a model wrote stands in elements that Slack shows as they are: nothing in them is
//! markup, a mention or a link. What cannot be seen is spelt out, and nothing is cut: what
//! does not fit whole cannot be approved.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::blocks::{plain, with};
use super::length::{escaped_within, units};
use super::{LONGEST_TEXT, Message};
use crate::agent::{self, Trace};
use crate::approval::{Approval, How, Proposal, State, Why};
use crate::ids::ApprovalId;
use crate::ledger::{Fate, in_words};
use crate::slack::mrkdwn::{escape, is_invisible, one_line};

/// The buttons of a card.
pub(crate) const ALWAYS_ALLOW: &str = "always_allow";
pub(crate) const APPROVE: &str = "approve";
pub(crate) const DENY: &str = "deny";
pub(crate) const EDIT: &str = "edit";
/// Those for several cards.
pub(crate) const APPROVE_ALL: &str = "approve_all";
pub(crate) const DENY_ALL: &str = "deny_all";

/// Most arguments of a card, and the units of all of them together: Slack takes 50 blocks.
const MOST_ARGUMENTS: usize = 40;
const LONGEST_ARGUMENTS: usize = 9_000;

/// Longest name of an argument, in characters.
const LONGEST_NAME: usize = 100;

/// From these units and lines on an argument is a long one.
const LONG: usize = 200;
const LINES: usize = 3;

/// Units of one piece of an argument; Slack takes 3,000 in a text.
const PIECE: usize = 2_900;

/// The card, as it is to stand there now. `None`: its arguments cannot be shown whole.
pub(crate) fn card(approval: &Approval, proposal: &Proposal) -> Option<Message> {
    let arguments = arguments(proposal)?;
    let zone = zone(proposal);
    let name = one_line(&proposal.name);
    let deed = what(approval, proposal);
    let ask = format!("{name}, may I do this?");
    let mut blocks = vec![rich(&[bold(&ask), text("\n"), text(&deed)])];
    blocks.push(context(&[account(approval, proposal)]));
    blocks.extend(arguments);
    let words = if approval.waits() {
        let until = in_words(approval.until, &zone);
        blocks.push(context(&[format!(
            "{name} alone can decide this, until {until}; after that nothing is done."
        )]));
        blocks.push(buttons(approval, proposal));
        format!("{ask} {deed}. Decide it with the buttons of this message.")
    } else {
        let record = record(approval, &name, &zone);
        blocks.push(rich(&traced(&record, approval.trace.as_ref())));
        format!("{deed}. {record}")
    };
    Some(Message {
        text: escaped_within(&escape(&words), LONGEST_TEXT),
        blocks,
    })
}

/// Whether a card can show this whole.
pub(crate) fn fits(proposal: &Proposal) -> bool {
    arguments(proposal).is_some()
}

/// Below several cards.
pub(crate) fn cards(batch: ApprovalId, count: usize) -> Message {
    let mut message = Message::of_words(&format!(
        "{count} things wait for your word above. You can decide each for itself, or all of them here."
    ));
    message.blocks.push(json!({"type": "actions", "elements": [
        button(APPROVE_ALL, "Approve all", batch, Some("primary")),
        button(DENY_ALL, "Deny all", batch, Some("danger")),
    ]}));
    message
}

/// Somebody pressed what is another person's to decide.
pub(crate) fn not_yours_to_decide(name: &str) -> Message {
    Message::of_words(&format!(
        "Only {} can decide this.",
        escape(&one_line(name))
    ))
}

pub(crate) fn already_decided() -> Message {
    Message::of_words("This was already decided, so nothing has changed.")
}

/// It is so old that it is forgotten, or the button's value is none of ours.
pub(crate) fn nothing_to_decide() -> Message {
    Message::of_words("This is over, so there is nothing left to decide.")
}

pub(crate) fn decided_too_late() -> Message {
    Message::of_words("This has expired, so nothing was done: ask again if you still want it.")
}

/// A standing grant is not to be had for this tool.
pub(crate) fn not_to_be_granted() -> Message {
    Message::of_words(
        "This could reach others, so I ask each time: decide this one with Approve or Deny.",
    )
}

/// `Send a mail to ben@example.com`.
fn what(approval: &Approval, proposal: &Proposal) -> String {
    let deed = agent::deed(&approval.subject.tool, &approval.subject.connection);
    let deed = match agent::target(&proposal.arguments) {
        Some(target) => format!("{deed} {target}"),
        None => deed,
    };
    spelt_out(&deed).replace('\n', " ")
}

fn account(approval: &Approval, proposal: &Proposal) -> String {
    let subject = &approval.subject;
    let whose = proposal
        .account
        .as_deref()
        .map_or_else(String::new, |account| format!(", {}", one_line(account)));
    format!(
        "{} in the {} account of {}{whose}",
        spelt_out(&subject.tool),
        subject.connection,
        one_line(&proposal.name)
    )
}

/// Every argument, the long ones last, so that none hides behind them.
fn arguments(proposal: &Proposal) -> Option<Vec<Value>> {
    let mut arguments: Vec<(String, String)> = proposal
        .arguments
        .iter()
        .map(|(name, value)| (spelt_out(name), shown(value)))
        .collect();
    let size: usize = arguments
        .iter()
        .map(|(name, value)| units(name) + units(value))
        .sum();
    let names_fit = arguments
        .iter()
        .all(|(name, _)| name.chars().count() <= LONGEST_NAME && !name.contains('\n'));
    if arguments.len() > MOST_ARGUMENTS || size > LONGEST_ARGUMENTS || !names_fit {
        return None;
    }
    arguments.sort_by_key(|(_, value)| units(value) > LONG || value.lines().count() > LINES);
    let blocks =
        arguments.iter().map(|(name, value)| {
            let mut elements = vec![json!({"type": "rich_text_section", "elements": [bold(name)]})];
            elements.extend(pieces(value).into_iter().map(
                |piece| json!({"type": "rich_text_preformatted", "elements": [text(&piece)]}),
            ));
            json!({"type": "rich_text", "elements": elements})
        });
    Some(blocks.collect())
}

/// A value as it is sent; a text without quotation marks.
fn shown(value: &Value) -> String {
    match value.as_str() {
        Some(text) if !text.trim().is_empty() => spelt_out(text),
        Some(_) | None => {
            let json = serde_json::to_string_pretty(value);
            spelt_out(&json.unwrap_or_else(|_| value.to_string()))
        }
    }
}

/// Characters that nobody sees, or that turn the direction of others, as their numbers.
fn spelt_out(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' => c.to_string(),
            c if c.is_control() || is_invisible(c) || is_blank(c) => c.escape_unicode().to_string(),
            c => c.to_string(),
        })
        .collect()
}

/// Blanks that pass for nothing, and tags that nothing shows.
fn is_blank(c: char) -> bool {
    matches!(
        c,
        '\u{61c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0e}'
            | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

fn pieces(text: &str) -> Vec<String> {
    let (mut pieces, mut piece, mut size) = (Vec::new(), String::new(), 0);
    for c in text.chars() {
        if size + c.len_utf16() > PIECE {
            pieces.push(std::mem::take(&mut piece));
            size = 0;
        }
        size += c.len_utf16();
        piece.push(c);
    }
    pieces.push(piece);
    pieces
}

/// Who decided what and when, and what came of it.
fn record(approval: &Approval, name: &str, zone: &TimeZone) -> String {
    let at = |time: Timestamp| in_words(time, zone);
    match approval.state() {
        // Neither is ever shown: the one has buttons, and the other a successor on its card.
        State::Waiting | State::Replaced(_) => "Not decided yet.".to_owned(),
        State::Begun(yes) | State::Granted(yes) => {
            format!("{} by {name}, {}. I am on it.", said(yes.how), at(yes.at))
        }
        State::Used(yes, fate) => {
            let came = match fate {
                Fate::Done => "It is done.",
                Fate::NotDone => "It failed, and nothing was done.",
                Fate::Unknown => {
                    "I do not know whether it was done, and will not try it again by myself: please check."
                }
            };
            format!("{} by {name}, {}. {came}", said(yes.how), at(yes.at))
        }
        State::Denied(no) => {
            let why = match no.why {
                Why::AccountChanged => "The account was disconnected or connected anew",
                Why::Expired => "Expired",
                Why::NoLongerPossible => "No longer possible",
                Why::NotShown => "Not shown in time",
                Why::Person => &format!("Denied by {name}"),
                Why::RunOver => "The question was over",
                Why::Stopped => &format!("Stopped by {name}"),
            };
            format!("{why}, {}. Nothing was done.", at(no.at))
        }
    }
}

fn said(how: How) -> &'static str {
    match how {
        How::Always => "Approved for good",
        How::AsAsked => "Approved",
        How::Changed => "Changed and approved",
    }
}

/// A link that leads where it says, or the provider's name of what was made.
fn traced(record: &str, trace: Option<&Trace>) -> Vec<Value> {
    let mut elements = vec![text(record)];
    match trace {
        Some(Trace::Id(id)) => elements.push(text(&format!(" Its id: {}", spelt_out(id)))),
        Some(Trace::Link(url)) => {
            elements.push(text(" "));
            elements.push(json!({"type": "link", "url": url, "text": url}));
        }
        None => {}
    }
    elements
}

fn zone(proposal: &Proposal) -> TimeZone {
    let named = proposal.zone.as_deref();
    named
        .and_then(|name| TimeZone::get(name).ok())
        .unwrap_or(TimeZone::UTC)
}

fn buttons(approval: &Approval, proposal: &Proposal) -> Value {
    let mut elements = vec![
        button(APPROVE, "Approve", approval.id, Some("primary")),
        button(DENY, "Deny", approval.id, Some("danger")),
    ];
    if agent::fields(&proposal.schema, &proposal.arguments).is_some() {
        elements.push(button(EDIT, "Edit…", approval.id, None));
    }
    if agent::may_be_always_allowed(&approval.subject.tool) {
        let tool = escaped_within(&spelt_out(&approval.subject.tool), 150);
        let confirm = json!({
            "title": plain("Always allow this?"),
            "text": plain(&format!(
                "I will run {tool} in your account without asking you, whenever a question seems to need it. Say “grants” to me to see it and take it back."
            )),
            "confirm": plain("Always allow"),
            "deny": plain("Cancel"),
        });
        let always = button(ALWAYS_ALLOW, "Always allow", approval.id, None);
        elements.push(with(always, "confirm", confirm));
    }
    json!({"type": "actions", "elements": elements})
}

/// It carries the id and nothing else.
fn button(action: &str, label: &str, id: ApprovalId, style: Option<&str>) -> Value {
    let button = json!({
        "type": "button",
        "action_id": action,
        "text": plain(label),
        "value": id,
    });
    match style {
        Some(style) => with(button, "style", json!(style)),
        None => button,
    }
}

fn context(lines: &[String]) -> Value {
    let elements: Vec<Value> = lines.iter().map(|line| plain(line)).collect();
    json!({"type": "context", "elements": elements})
}

fn rich(elements: &[Value]) -> Value {
    json!({"type": "rich_text", "elements": [
        {"type": "rich_text_section", "elements": elements},
    ]})
}

fn text(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

fn bold(text: &str) -> Value {
    json!({"type": "text", "text": text, "style": {"bold": true}})
}

#[cfg(test)]
mod tests;
