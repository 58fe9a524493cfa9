//! From a question to its answer.

use std::time::Duration;

use serde_json::json;
use tokio::runtime::Runtime;
use valet_sim::demo::ModelSetup;
use valet_sim::router::{Brain, Gate, Pace, Router, RouterSetup, Turn};

use crate::chromium::Chromium;
use crate::tab::{Look, Tab};
use crate::town::Town;

pub fn connecting(chromium: &Chromium) {
    let model = ModelSetup::BuiltIn(Pace::default());
    let town = Town::start_taking(model, Duration::from_millis(300));
    let ada = town.opens(chromium, "ada", Look::Tall);
    ada.presses("Summarize the last 5 emails from my manager")
        .sees("This needs your gmail account.")
        .sees("Valet waits for a word or an account.")
        .picture("waiting");

    ada.presses("Valet").presses("Connect gmail");
    let walk = ada.next_tab();
    walk.sees("Connect gmail to Valet as Ada in Acme.")
        .presses("Continue")
        .sees("Sign in with Slack")
        .presses("Allow")
        .sees("Valet wants to use your Gmail account")
        .presses("Allow")
        .sees("gmail is connected. You can close this page")
        .picture("connected");

    ada.comes_back()
        .sees("gmail is connected: ada@example.com")
        .presses("# general")
        .sees("Your manager is Grace Okafor. Their last 5 mails:")
        .sees("Offsite agenda: your topic?")
        .picture("answered");
    ada.presses("Send a mail to ben@example.com saying 'Lunch at one?'")
        .sees("Ada, may I do this?")
        .presses("Approve")
        .sees("Approved by Ada")
        .sees("Done: the mail to ben@example.com is sent.")
        .sees_no_more("Valet is working…")
        .sees("1 new")
        .keeps_picture("conversation");
    ada.presses("Ada’s mailbox")
        .sees("To ben@example.com")
        .keeps_picture_of_top("mailbox", 390);
    ada.presses("# general")
        .presses("Good answer")
        .sees("Thank you: that is counted")
        .sees("Only you can see this");

    seeing(&ada);
    town.ends();
}

pub fn steps(chromium: &Chromium) {
    let model = ModelSetup::BuiltIn(Pace::default());
    let town = Town::start_taking(model, Duration::from_millis(600));
    town.connected("ada", "gmail");
    let ada = town.opens(chromium, "ada", Look::Desk);
    ada.presses("Search for the thread with subject 'Q3 planning'");
    ada.sees("Searching gmail for").picture("steps");
    ada.sees("Action items from the thread Q3 planning")
        .sees_no_more("Valet is working…");
    // Where Slack shows steps as cards, they stay, and none turns for ever.
    ada.find("!document.querySelector('.step.in_progress, .step.pending')");
    ada.picture("steps-done");
    town.ends();
}

pub fn with_a_real_model(chromium: &Chromium) {
    // As far as the playground can tell it is one.
    let (runtime, key) = (Runtime::new().expect("a runtime"), "sk-of-somebody");
    let real = runtime.block_on(Router::start(RouterSetup {
        api_key: key.to_owned(),
        brain: Brain::Rules,
        ..RouterSetup::default()
    }));
    let town = Town::start_with(ModelSetup::Real {
        api_key: key.to_owned(),
        base_url: real.url(),
        name: Some("acme/large".to_owned()),
    });
    town.connected("ben", "gmail");
    let ben = town.opens(chromium, "ben", Look::Desk);
    ben.sees("A real model answers: acme/large at 127.0.0.1")
        .presses("Valet")
        .enters("Message")
        .types("What can you do?")
        .key("Enter", 0);
    ben.sees("I am the built-in demo model.")
        .presses("Who sees what")
        .sees("router of the model (1)")
        .sees("No Slack user ids in it")
        .presses("1. POST chat/completions")
        .sees("\"model\": \"acme/large\"");
    assert_eq!(real.requests()[0]["model"], "acme/large");
    town.ends();
    real.finish();
}

/// Nobody outside got to see what is not for them.
fn seeing(ada: &Tab) {
    ada.presses("Who sees what")
        .sees("No tokens, keys or links of the vault in it")
        .sees("No identifiers of people at the vault in it (searched for 1)")
        .sees("No Slack user ids in it")
        .presses("1. POST chat/completions")
        .sees("\"role\": \"user\"")
        .picture("who-sees-what");
    for party in ["vault", "Slack API"] {
        ada.presses(party)
            .sees(&format!("All that the {party} was sent"))
            .sees("in it (searched for");
        let found = ada.find("({ bad: document.querySelectorAll('.proof .bad').length })");
        assert_eq!(found, json!({"bad": 0}), "{party}");
    }
}

pub fn stopping(chromium: &Chromium) {
    let town = Town::start();
    town.connected("ada", "gmail");
    let (first, second) = (Gate::closed(), Gate::closed());
    let long = "Some words that come one after the other. ".repeat(40);
    town.router()
        .when("slowly")
        .then_does(Turn::says(long).held_midway_by(&first));
    town.router()
        .when("never")
        .then_does(Turn::says("Too late.").held_by(&second));

    let ada = town.opens(chromium, "ada", Look::Desk);
    ada.presses("Valet").sees("gmail is connected");
    ada.enters("Message").types("Tell me slowly");
    ada.key("Enter", 0)
        .sees("Valet is working…")
        .sees("Some words that come");
    ada.find("document.querySelector('.growing')");
    ada.picture("growing");
    first.open();
    ada.sees_no_more("Valet is working…");
    ada.find("!document.querySelector('.growing')");

    ada.types("And this never").key("Enter", 0);
    town.asked(2);
    ada.presses("Stop")
        .sees("Stopped")
        .sees_no_more("Valet is working…")
        .picture("stopped");
    second.open();
    town.ends();
}
