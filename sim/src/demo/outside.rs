//! What stands in people's accounts: there the effect of a write can be seen.

use serde_json::{Value, json};

use super::window::Window;
use crate::vault::{IssueView, MailView};

/// This person's mailbox, newest first.
pub(super) fn mails(window: &Window, key: &str) -> Vec<Value> {
    let address = window.somebody(key).map(|one| one.address.as_str());
    let mails = window.vault.mails(address.unwrap_or_default());
    mails.iter().map(mail).collect()
}

fn mail(mail: &MailView) -> Value {
    let has = |label: &str| mail.labels.iter().any(|one| one == label);
    let folder = match () {
        () if has("DRAFT") => "Draft",
        () if has("SENT") => "Sent",
        () => "Inbox",
    };
    json!({
        "id": mail.id,
        "from": mail.from,
        "to": mail.to,
        "subject": mail.subject,
        "body": mail.body,
        "at": mail.date.as_millisecond(),
        "folder": folder,
        "unread": has("UNREAD"),
    })
}

/// The tracker that everybody shares, newest first.
pub(super) fn issues(window: &Window) -> Vec<Value> {
    window.vault.issues().iter().map(issue).collect()
}

fn issue(issue: &IssueView) -> Value {
    json!({
        "id": issue.key,
        "title": issue.title,
        "state": issue.state,
        "assignee": issue.assignee,
        "at": issue.at.as_millisecond(),
        "comments": issue.comments,
    })
}
