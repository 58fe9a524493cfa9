//! What a tool does in a few words, for the person who is asked for their word on it. The
//! tool's own name always stands beside them.

use super::effect::words;
use crate::ids::ConnectionName;

/// Words for what people are asked most. All other tools are called by their names.
const IN_WORDS: &[(&str, &str)] = &[
    ("github_issue_comment_create", "Comment on an issue"),
    ("github_issue_create", "Open an issue"),
    ("github_pull_request_create", "Open a pull request"),
    ("github_pull_request_merge", "Merge a pull request"),
    ("gmail_create_draft", "Write a draft"),
    ("gmail_create_label", "Make a label"),
    ("gmail_reply_to_thread", "Send a reply"),
    ("gmail_send_draft", "Send a draft"),
    ("gmail_send_message", "Send a mail"),
    ("googlecalendar_create_event", "Create an event"),
    ("linear_issue_create", "Create an issue"),
];

/// `Send a mail`; for a tool without words of its own, its name as words.
pub(crate) fn deed(tool: &str, connection: &ConnectionName) -> String {
    if let Some((_, deed)) = IN_WORDS.iter().find(|(name, _)| *name == tool) {
        return (*deed).to_owned();
    }
    let mut words = words(tool);
    let provider = connection.as_str().to_lowercase();
    if words.len() > 1 && words.first().is_some_and(|first| *first == provider) {
        words.remove(0);
    }
    let name = words.join(" ");
    let mut letters = name.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => tool.to_owned(),
    }
}

/// What stays in a person's own account: the last word of a tool's name, or of all but its
/// verb. Everything else may reach others.
const OWN_THINGS: &[&str] = &["label", "labels"];

/// What may carry something out of the account, or open it, whatever stands beside it.
const REACHING: &[&str] = &[
    "add",
    "comment",
    "delegate",
    "delete",
    "filter",
    "forward",
    "forwarding",
    "invite",
    "issue",
    "mail",
    "member",
    "post",
    "public",
    "publish",
    "pull",
    "reply",
    "send",
    "share",
    "user",
    "webhook",
];

/// Whether a person may let this tool run without being asked each time. Only what is known
/// to stay in their own account: a model that follows the words of a mail could otherwise
/// send out whatever it reads.
pub(crate) fn may_be_always_allowed(tool: &str) -> bool {
    let words = words(tool);
    let own = words.iter().any(|word| OWN_THINGS.contains(&word.as_str()));
    let reaches = words.iter().any(|word| REACHING.contains(&word.as_str()));
    own && !reaches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_without_words_is_called_by_its_name() {
        let gmail = ConnectionName::parse("gmail").unwrap();
        for (tool, wanted) in [
            ("gmail_send_message", "Send a mail"),
            ("gmail_trash_thread", "Trash thread"),
            ("repoDelete", "Repo delete"),
            ("gmail", "Gmail"),
            ("___", "___"),
        ] {
            assert_eq!(deed(tool, &gmail), wanted);
        }
    }

    #[test]
    fn what_could_reach_others_is_asked_each_time() {
        for (tool, wanted) in [
            ("gmail_create_label", true),
            ("gmail_modify_message_labels", true),
            ("gmail_batch_modify_labels", true),
            ("gmail_update_label", true),
            ("gmail_delete_label", false),
            ("gmail_send_message", false),
            ("gmail_create_draft", false),
            ("gmail_create_filter", false),
            ("gmail_create_delegate", false),
            ("gmail_update_auto_forwarding", false),
            ("github_issue_add_labels", false),
            ("github_label_create_public", false),
            ("googlecalendar_create_event", false),
            ("notion_page_update", false),
            ("anything_else", false),
            ("", false),
        ] {
            assert_eq!(may_be_always_allowed(tool), wanted, "{tool}");
        }
    }
}
