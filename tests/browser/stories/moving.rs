//! The places of the page, and the ways between them.

use serde_json::json;

use crate::chromium::Chromium;
use crate::finding::UNREADABLE;
use crate::tab::{Look, Tab};
use crate::town::Town;

pub fn opening(chromium: &Chromium) {
    let town = Town::start();
    let ada = town.opens(chromium, "ada", Look::Desk);
    ada.sees("Ask Valet something")
        .sees("The built-in model answers")
        .sees("Links open in a new tab, where this browser is Ada too.");
    let examples = ada.find("all('.example').map(wordsOf)");
    assert_eq!(examples.as_array().map(Vec::len), Some(3), "{examples}");
    ada.keeps_picture("playground");
    for (place, words) in [
        ("Valet", "Nobody else reads this."),
        ("Valet: App Home", "Only you see this page."),
        (
            "Ada’s mailbox",
            "What stands in the mailbox at the provider.",
        ),
        ("The tracker", "The tracker that everybody in Acme shares."),
        ("# general", "This is a channel: begin with @valet"),
    ] {
        ada.presses(place).sees(words);
        can_be_read(&ada);
    }
    ada.enters("Message").types("hello");
    ada.sees("Only people hear this: in a channel, begin with @valet.");
    ada.presses("Who sees what")
        .sees("The router of the model was sent nothing yet.")
        .key("Escape", 0);
    town.ends();
}

pub fn home(chromium: &Chromium) {
    let town = Town::start();
    town.connected("ada", "gmail");
    let ada = town.opens(chromium, "ada", Look::Desk);
    ada.presses("Valet: App Home")
        .sees("gmail: connected as ada@example.com")
        .sees("linear: not connected")
        .picture("home");
    ada.presses("Disconnect")
        .sees("Disconnect this account?")
        .picture("disconnecting")
        .presses("Keep it")
        .sees("gmail: connected")
        .presses("Disconnect")
        .sees("Disconnect this account?")
        .presses("Disconnect")
        .sees("gmail: not connected");
    assert!(town.playground.vault().active_accounts().is_empty());
    town.ends();
}

pub fn keyboard(chromium: &Chromium) {
    let town = Town::start();
    let grace = town.opens(chromium, "grace", Look::Desk);
    grace.sees("You are Grace, a guest in Acme.");
    // The first stop of the keyboard leads past everything else.
    grace.key("Tab", 0).key("Enter", 0);
    grace
        .types("/con")
        .sees("connect an account: /connect gmail");
    grace.picture("commands");
    grace
        .key("ArrowDown", 0)
        .key("Enter", 0)
        .types("please")
        .key("Enter", 0);
    grace.sees("guest").sees("Only you can see this");
    grace.picture("guest");

    let place = |tab: &Tab, words: &str| {
        let words = serde_json::Value::from(words);
        tab.find(&format!(
            "document.querySelector('#title').textContent === {words}"
        ));
    };
    grace.key("ArrowDown", 1);
    place(&grace, "Messages with Valet");
    grace.key("ArrowUp", 1).key("ArrowUp", 1);
    place(&grace, "The tracker");
    grace.key("ArrowDown", 1);
    place(&grace, "# general");
    town.ends();
}

pub fn phone(chromium: &Chromium) {
    let town = Town::start();
    town.connected("ada", "gmail");
    let ada = town.opens(chromium, "ada", Look::Phone);
    ada.sees("Ask Valet something");
    fits(&ada);
    ada.picture("phone-start");
    ada.presses("Search for the thread with subject 'Q3 planning'")
        .sees("Action items from the thread Q3 planning");
    fits(&ada);
    ada.keeps_picture("phone");
    ada.presses("Who sees what").sees("No Slack user ids in it");
    fits(&ada);
    ada.picture("phone-witness");
    ada.presses("Close").presses("Ada’s mailbox");
    ada.sees("Nightly build: green");
    fits(&ada);
    ada.presses("# general")
        .presses("Send a mail to ben@example.com")
        .sees("Ada, may I do this?")
        .picture("phone-card");
    fits(&ada);
    ada.presses("Edit…").sees("Change and approve");
    fits(&ada);
    ada.picture("phone-form")
        .presses("Cancel")
        .presses("Deny")
        .sees("Denied by Ada");

    let dark = town.opens(chromium, "ada", Look::Dark);
    dark.sees("Action items from the thread Q3 planning");
    let page = dark.find("getComputedStyle(document.documentElement).backgroundColor");
    assert_eq!(page, json!("rgb(26, 29, 34)"));
    dark.presses("Send a mail to ben@example.com")
        .sees("Ada alone can decide this");
    can_be_read(&dark);
    dark.picture("dark");
    dark.presses("Who sees what")
        .sees("No Slack user ids in it");
    can_be_read(&dark);
    dark.presses("Edit…").sees("Change and approve");
    can_be_read(&dark);
    dark.presses("Cancel")
        .presses("Deny")
        .sees_no_more("Ada alone can decide this");
    town.ends();
}

/// Words stand out from what is behind them, and everything that can be used has a name.
fn can_be_read(tab: &Tab) {
    assert_eq!(tab.find(UNREADABLE), json!({"faint": [], "nameless": []}));
}

/// Nothing reaches beyond the edge, and what is to be pressed is large enough to be hit.
fn fits(tab: &Tab) {
    let found = tab.find(
        "({ wide: document.documentElement.scrollWidth - innerWidth,
            small: all('button').filter((one) => one.getBoundingClientRect().height < 18).map(wordsOf) })",
    );
    assert_eq!(found, json!({"wide": 0, "small": []}));
}
