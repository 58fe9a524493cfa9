//! What people read about connecting and disconnecting accounts.

use url::Url;

use super::Message;
use super::blocks::{self, Button, Does};
use crate::ids::ConnectionName;
use crate::slack::mrkdwn::escape;

/// The button that opens the start page; pressing it tells us nothing we need.
pub(crate) const CONNECT_LINK: &str = "connect_link";
/// The button that disconnects the connection it names.
pub(crate) const DISCONNECT: &str = "disconnect";
/// The button that starts over with the connection it names.
pub(crate) const RECONNECT: &str = "reconnect";

/// Longest word of a person that is repeated to them, in characters.
const LONGEST_ECHO: usize = 60;

/// Why somebody is shown a connect button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConnectReason {
    /// They asked for it.
    Asked,
    /// Their question waits for it.
    Needed,
    /// Their question waits, since the account no longer lets us in.
    Renewal,
}

/// What somebody wanted to do with a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Connect,
    Disconnect,
}

/// One line of the list of a person's accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListedAccount<'a> {
    /// With what the provider calls it, where that is known.
    Connected(Option<&'a str>),
    NeedsReconnecting,
    NotConnected,
    /// Begun in a browser and not finished.
    Unfinished,
}

/// The direct message with the link, which stands in the button and nowhere else.
pub(crate) fn connect_by_button(
    connection: &ConnectionName,
    link: &Url,
    reason: ConnectReason,
    minutes: u64,
) -> Message {
    let name = bold(connection);
    let why = match reason {
        ConnectReason::Asked => format!("Connect {name} with the button below."),
        ConnectReason::Needed => format!(
            "Your question needs your {name} account. Connect it with the button below, and I will go on by myself."
        ),
        ConnectReason::Renewal => format!(
            "Your {name} account no longer lets me in. Connect it again with the button below, and I will go on by myself."
        ),
    };
    let how = format!("The button is for you alone, works once, and expires in {minutes} minutes.");
    Message::of_words(&format!("{why} {how}")).with_buttons(&[Button {
        action: CONNECT_LINK,
        label: format!("Connect {connection}"),
        does: Does::Opens(link),
    }])
}

/// The note in a channel or thread: it says where the link is, and holds none.
pub(crate) fn look_at_your_messages(connection: &ConnectionName, reason: ConnectReason) -> Message {
    let name = bold(connection);
    Message::of_words(&match reason {
        ConnectReason::Asked => {
            format!("I have sent you a direct message with a button to connect {name}.")
        }
        ConnectReason::Needed => format!(
            "This needs your {name} account. I have sent you a direct message to connect it, and will answer here when that is done."
        ),
        ConnectReason::Renewal => format!(
            "Your {name} account has to be connected again. I have sent you a direct message for it, and will answer here when that is done."
        ),
    })
}

/// With the account's name where the provider tells it, and the way out.
pub(crate) fn connected(connection: &ConnectionName, account: Option<&str>) -> Message {
    let words = match account {
        Some(account) => format!(
            "{} is connected: {}. Not yours?",
            bold(connection),
            escape(account)
        ),
        None => format!("{} is connected. Was this not you?", bold(connection)),
    };
    Message::of_words(&words).with_buttons(&[disconnect_button(connection)])
}

pub(crate) fn already_connected(connection: &ConnectionName, account: Option<&str>) -> Message {
    let whose = account.map_or_else(String::new, |account| format!(": {}", escape(account)));
    let name = bold(connection);
    Message::of_words(&format!(
        "{name} is already connected{whose}. To use another account, connect it again."
    ))
    .with_buttons(&[reconnect_button(connection)])
}

pub(crate) fn connect_failed(connection: &ConnectionName) -> Message {
    Message::of_words(&format!(
        "{} could not be connected. Try again with the button below.",
        bold(connection)
    ))
    .with_buttons(&[reconnect_button(connection)])
}

/// They named a connection that is none.
pub(crate) fn unknown_connection(verb: Verb, word: &str, known: &[ConnectionName]) -> Message {
    let short: String = word.chars().take(LONGEST_ECHO).collect();
    Message::of_words(&format!(
        "I know no connection “{}”. {}",
        escape(&short),
        can_be_said(verb, known)
    ))
}

/// They named none.
pub(crate) fn which_connection(verb: Verb, known: &[ConnectionName]) -> Message {
    Message::of_words(&format!("Which account? {}", can_be_said(verb, known)))
}

pub(crate) fn connections(listed: &[(ConnectionName, ListedAccount<'_>)]) -> Message {
    if listed.is_empty() {
        return Message::of_words(&can_be_said(Verb::Connect, &[]));
    }
    let mut lines = vec!["Your accounts:".to_owned()];
    lines.extend(
        listed
            .iter()
            .map(|(connection, account)| format!("• {}: {}", bold(connection), status(*account))),
    );
    let mut message = Message::of_words(&lines.join("\n"));
    message.blocks = blocks::sections(&lines);
    message
}

pub(crate) fn disconnected(connection: &ConnectionName) -> Message {
    Message::of_words(&format!(
        "{} is disconnected. I can no longer use that account.",
        bold(connection)
    ))
}

pub(crate) fn was_not_connected(connection: &ConnectionName) -> Message {
    Message::of_words(&format!(
        "{} was not connected, so there is nothing to disconnect.",
        bold(connection)
    ))
}

fn status(account: ListedAccount<'_>) -> String {
    match account {
        ListedAccount::Connected(Some(account)) => format!("connected as {}", escape(account)),
        ListedAccount::Connected(None) => "connected".to_owned(),
        ListedAccount::NeedsReconnecting => "has to be connected again".to_owned(),
        ListedAccount::NotConnected => "not connected".to_owned(),
        ListedAccount::Unfinished => "begun, but not finished".to_owned(),
    }
}

fn can_be_said(verb: Verb, known: &[ConnectionName]) -> String {
    let verb = match verb {
        Verb::Connect => "connect",
        Verb::Disconnect => "disconnect",
    };
    let names: Vec<String> = known
        .iter()
        .map(|name| format!("`{verb} {}`", escape(name.as_str())))
        .collect();
    if names.is_empty() {
        "No connection is set up yet: ask whoever runs me.".to_owned()
    } else {
        format!("You can say: {}.", names.join(", "))
    }
}

/// A connection's name has no character that means anything in mrkdwn but `_`.
pub(super) fn bold(connection: &ConnectionName) -> String {
    format!("*{}*", escape(connection.as_str()))
}

fn disconnect_button(connection: &ConnectionName) -> Button<'_> {
    Button {
        action: DISCONNECT,
        label: "Disconnect".to_owned(),
        does: Does::Tells(connection.as_str()),
    }
}

pub(super) fn reconnect_button(connection: &ConnectionName) -> Button<'_> {
    Button {
        action: RECONNECT,
        label: format!("Connect {connection} again"),
        does: Does::Tells(connection.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use serde_json::json;

    use super::*;

    fn gmail() -> ConnectionName {
        ConnectionName::parse("gmail").unwrap()
    }

    fn link() -> Url {
        "https://valet.example/connect/s3cret".parse().unwrap()
    }

    #[test]
    fn the_link_stands_in_the_button_and_nowhere_else() {
        let message = connect_by_button(&gmail(), &link(), ConnectReason::Asked, 15);
        assert_snapshot!(message.text, @"Connect *gmail* with the button below. The button is for you alone, works once, and expires in 15 minutes.");
        assert_eq!(message.blocks[0]["text"]["text"], json!(message.text));
        assert_eq!(
            message.blocks[1]["elements"],
            json!([{
                "type": "button",
                "action_id": "connect_link",
                "text": {"type": "plain_text", "text": "Connect gmail", "emoji": false},
                "url": "https://valet.example/connect/s3cret",
                "style": "primary",
            }])
        );
        let everything = serde_json::to_string(&message.blocks).unwrap();
        assert_eq!(everything.matches("s3cret").count(), 1);
    }

    #[test]
    fn a_waiting_question_is_spoken_of() {
        let needed = connect_by_button(&gmail(), &link(), ConnectReason::Needed, 15);
        assert_snapshot!(needed.text, @"Your question needs your *gmail* account. Connect it with the button below, and I will go on by myself. The button is for you alone, works once, and expires in 15 minutes.");
        let renewal = connect_by_button(&gmail(), &link(), ConnectReason::Renewal, 15);
        assert_snapshot!(renewal.text, @"Your *gmail* account no longer lets me in. Connect it again with the button below, and I will go on by myself. The button is for you alone, works once, and expires in 15 minutes.");
    }

    #[test]
    fn notes_in_threads() {
        assert_snapshot!(look_at_your_messages(&gmail(), ConnectReason::Asked).text, @"I have sent you a direct message with a button to connect *gmail*.");
        assert_snapshot!(look_at_your_messages(&gmail(), ConnectReason::Needed).text, @"This needs your *gmail* account. I have sent you a direct message to connect it, and will answer here when that is done.");
        assert_snapshot!(look_at_your_messages(&gmail(), ConnectReason::Renewal).text, @"Your *gmail* account has to be connected again. I have sent you a direct message for it, and will answer here when that is done.");
    }

    #[test]
    fn connected_names_the_account_and_the_way_out() {
        let message = connected(&gmail(), Some("ada@example.com"));
        assert_snapshot!(message.text, @"*gmail* is connected: ada@example.com. Not yours?");
        assert_eq!(
            message.blocks[1]["elements"][0],
            json!({
                "type": "button",
                "action_id": "disconnect",
                "text": {"type": "plain_text", "text": "Disconnect", "emoji": false},
                "value": "gmail",
            })
        );
        assert_snapshot!(connected(&gmail(), None).text, @"*gmail* is connected. Was this not you?");
    }

    #[test]
    fn an_account_name_cannot_ping() {
        let message = connected(&gmail(), Some("<!channel> & <@U1>"));
        assert_snapshot!(message.text, @"*gmail* is connected: &lt;!channel&gt; &amp; &lt;@U1&gt;. Not yours?");
        assert_eq!(message.blocks[0]["text"]["verbatim"], json!(true));
    }

    #[test]
    fn other_ends_of_an_attempt() {
        let again = already_connected(&gmail(), Some("ada@example.com"));
        assert_snapshot!(again.text, @"*gmail* is already connected: ada@example.com. To use another account, connect it again.");
        assert_eq!(
            again.blocks[1]["elements"][0]["action_id"],
            json!("reconnect")
        );
        assert_eq!(again.blocks[1]["elements"][0]["value"], json!("gmail"));
        assert_snapshot!(already_connected(&gmail(), None).text, @"*gmail* is already connected. To use another account, connect it again.");
        assert_snapshot!(connect_failed(&gmail()).text, @"*gmail* could not be connected. Try again with the button below.");
        assert_snapshot!(disconnected(&gmail()).text, @"*gmail* is disconnected. I can no longer use that account.");
        assert_snapshot!(was_not_connected(&gmail()).text, @"*gmail* was not connected, so there is nothing to disconnect.");
    }

    #[test]
    fn the_known_connections_are_listed() {
        let known = [gmail(), ConnectionName::parse("github").unwrap()];
        assert_snapshot!(unknown_connection(Verb::Connect, "<b>gmial", &known).text, @"I know no connection “&lt;b&gt;gmial”. You can say: `connect gmail`, `connect github`.");
        assert_snapshot!(which_connection(Verb::Disconnect, &known).text, @"Which account? You can say: `disconnect gmail`, `disconnect github`.");
        assert_snapshot!(which_connection(Verb::Connect, &[]).text, @"Which account? No connection is set up yet: ask whoever runs me.");
        let long = unknown_connection(Verb::Connect, &"x".repeat(9_000), &known).text;
        assert!(long.len() < 200, "{long}");
    }

    #[test]
    fn the_accounts_are_listed() {
        let name = |name| ConnectionName::parse(name).unwrap();
        let message = connections(&[
            (
                name("gmail"),
                ListedAccount::Connected(Some("ada@example.com")),
            ),
            (name("github"), ListedAccount::Connected(None)),
            (name("linear"), ListedAccount::NeedsReconnecting),
            (name("notion"), ListedAccount::Unfinished),
            (name("slack"), ListedAccount::NotConnected),
        ]);
        assert_snapshot!(message.text, @"
        Your accounts:
        • *gmail*: connected as ada@example.com
        • *github*: connected
        • *linear*: has to be connected again
        • *notion*: begun, but not finished
        • *slack*: not connected
        ");
        assert_eq!(message.blocks.len(), 1);
        assert_snapshot!(connections(&[]).text, @"No connection is set up yet: ask whoever runs me.");
    }

    #[test]
    fn a_long_list_stays_within_the_limits() {
        let listed: Vec<_> = (0..400)
            .map(|n| {
                let name = ConnectionName::parse(&format!("connection-{n}-{}", "x".repeat(80)));
                (name.unwrap(), ListedAccount::NotConnected)
            })
            .collect();
        let message = connections(&listed);
        assert!(message.blocks.len() <= 50);
        assert!(message.text.encode_utf16().count() <= 3_000);
    }
}
