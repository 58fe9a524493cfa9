//! Nothing is written without a word, and what is written can be seen.

use crate::chromium::Chromium;
use crate::tab::Look;
use crate::town::Town;

const LUNCH: &str = "Send a mail to ben@example.com saying 'Lunch at one?'";

pub fn approving(chromium: &Chromium) {
    let town = Town::start();
    town.connected("ada", "gmail");
    let (ada, ben) = (
        town.opens(chromium, "ada", Look::Desk),
        town.opens(chromium, "ben", Look::Desk),
    );
    ben.sees("Ask Valet something");
    ada.presses(LUNCH)
        .sees("Ada, may I do this?")
        .picture("card");
    // The card stands in the channel; somebody else's word is none.
    ben.sees("Ada, may I do this?")
        .presses("Approve")
        .sees("Only Ada can decide this");
    ada.presses("Deny").sees("Denied by Ada");
    assert!(town.playground.vault().sent_mail().is_empty());

    ada.presses(LUNCH)
        .sees("Ada alone can decide this")
        .presses("Approve")
        .sees("Approved by Ada")
        .sees("Done: the mail to ben@example.com is sent.")
        .sees("1 new");
    ada.presses("Ada’s mailbox").sees("To ben@example.com");
    ben.presses("Ben’s mailbox").sees("Lunch at one?");
    let sent = town.playground.vault().sent_mail();
    assert_eq!(sent.len(), 1, "{sent:#?}");
    town.ends();
}

pub fn filing(chromium: &Chromium) {
    let town = Town::start();
    town.connected("ada", "linear");
    let ada = town.opens(chromium, "ada", Look::Desk);
    let ben = town.opens(chromium, "ben", Look::Desk);
    ben.presses("The tracker")
        .sees("Plan the migration of calendars")
        .sees("PRO-4");
    ada.enters("Message")
        .types("@valet Create an issue 'Order new chairs'")
        .key("Enter", 0)
        .presses("Edit…")
        .sees("Change and approve")
        .picture("form")
        .presses("Cancel")
        .sees_no_more("Change and approve");
    ada.presses("Edit…").sees("Change and approve");
    ada.writes("estimate", "many").presses("Approve this");
    ada.find("all('.wrong').length === 1");
    ada.picture("form-wrong");
    ada.writes("estimate", "3")
        .writes("title", "Order ten chairs")
        .presses("Approve this")
        .sees_no_more("Change and approve")
        .sees("Changed and approved by Ada")
        .presses("The tracker")
        .sees("Order ten chairs")
        .picture("tracker");
    ben.sees("Order ten chairs").sees("PRO-5");
    town.ends();
}
