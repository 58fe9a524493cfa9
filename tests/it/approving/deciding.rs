//! Approve, Deny, somebody else, twice, something else.

use insta::assert_snapshot;
use serde_json::{Value, json};
use valet_sim::router::Turn;
use valet_sim::slack::{Message, Signing, Slack};

use super::{
    TOOL, ada, asks_for_a_mail, mail, next_card, record, rests, said_below, then_says, timeless,
};
use crate::bot::Bot;

#[tokio::test]
async fn a_write_waits_for_its_persons_word_and_is_done_once() {
    let bot = ada().await;
    let (question, card) = asks_for_a_mail(&bot).await;
    assert_snapshot!(timeless(&card.visible_text()), @"
Ada, may I do this? 
 Send a mail to ben@example.com
gmail_send_message in the gmail account of Ada, ada@example.com
to ben@example.com
subject Lunch
body At one?
Ada alone can decide this, until then; after that nothing is done.
[Approve] [Deny] [Edit…]
");
    assert_snapshot!(timeless(&card.text), @"Ada, may I do this? Send a mail to ben@example.com. Decide it with the buttons of this message.");
    // Nothing is done, and nothing says that something is.
    rests(&bot, &question).await;
    assert_eq!(bot.slack.thread(&question).len(), 2);
    assert_eq!(bot.vault.sent_mail().len(), 0);
    assert_eq!(bot.figure("valet_approvals_pending").await, 1);

    then_says(&bot, "untrusted_data_from", "It is sent.");
    bot.slack.person("ada").clicks(&card, "approve").await;
    assert_snapshot!(record(&bot, &card, "It is done").await, @"
    Ada, may I do this? 
     Send a mail to ben@example.com
    gmail_send_message in the gmail account of Ada, ada@example.com
    to ben@example.com
    subject Lunch
    body At one?
    Approved by Ada, then. It is done.  Its id: 19b100000000001e
    ");
    assert_eq!(said_below(&bot, &question, "It is").await, "It is sent.");
    let sent = bot.vault.sent_mail();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].to, "ben@example.com");
    // The answer stands below what was decided.
    let thread = bot.slack.thread(&question);
    let answer = thread.last().unwrap();
    assert_eq!(
        (thread.len(), answer.visible_text().as_str()),
        (3, "It is sent.")
    );
    assert_eq!(bot.figure("valet_approvals_pending").await, 0);
    let granted = "valet_approvals_total{verdict=\"Granted\"}";
    assert_eq!(bot.figure(granted).await, 1);
    bot.finish().await;
}

#[tokio::test]
async fn what_is_denied_is_not_done_and_the_model_hears_so() {
    let bot = ada().await;
    let (question, card) = asks_for_a_mail(&bot).await;
    then_says(&bot, "the person was asked and said no", "Then not.");
    bot.slack.person("ada").clicks(&card, "deny").await;
    assert_eq!(said_below(&bot, &question, "Then").await, "Then not.");
    assert_snapshot!(record(&bot, &card, "Denied").await, @"
    Ada, may I do this? 
     Send a mail to ben@example.com
    gmail_send_message in the gmail account of Ada, ada@example.com
    to ben@example.com
    subject Lunch
    body At one?
    Denied by Ada, then. Nothing was done.
    ");
    assert_eq!(bot.vault.sent_mail().len(), 0);
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn nobody_else_decides_and_the_second_click_changes_nothing() {
    let bot = ada().await;
    let (question, card) = asks_for_a_mail(&bot).await;
    let (ada, ben) = (bot.slack.person("ada"), bot.slack.person("ben"));
    for button in ["approve", "deny", "edit"] {
        ben.clicks(&card, button).await;
        let told = ben.next_ephemeral().await;
        assert_eq!(told.thread_ts.as_deref(), Some(question.ts.as_str()));
        assert_eq!(told.visible_text(), "Only Ada can decide this.");
    }
    assert_eq!(bot.vault.sent_mail().len(), 0);
    then_says(&bot, "untrusted_data_from", "It is sent.");
    ada.clicks(&card, "approve").await;
    said_below(&bot, &question, "It is sent.").await;
    for button in ["deny", "approve", "edit"] {
        ada.clicks(&card, button).await;
        let told = ada.next_ephemeral().await.visible_text();
        assert_eq!(told, "This was already decided, so nothing has changed.");
        ben.clicks(&card, button).await;
        let told = ben.next_ephemeral().await.visible_text();
        assert_eq!(told, "Only Ada can decide this.");
    }
    assert_eq!(bot.vault.sent_mail().len(), 1);
    bot.slack.read_all();
    bot.finish().await;
}

/// Presses a button of this message with another value in it.
async fn presses_bent(bot: &Bot, who: &str, card: &Message, value: &str) {
    let who = bot.slack.person(who);
    let action = json!({
        "type": "button", "action_id": "approve", "block_id": "b", "value": value,
        "action_ts": "1.1",
    });
    let payload = bot.slack.interaction(&who, card, action);
    let body = Slack::payload_form(&payload);
    let answered = bot
        .slack
        .deliver_interaction_raw(body, Signing::Good, &[])
        .await;
    assert_eq!(answered.status, Some(200));
}

#[tokio::test]
async fn a_value_that_was_changed_decides_nothing() {
    let bot = ada().await;
    bot.connects("ben", "gmail").await;
    let (to_ada, of_ada) = asks_for_a_mail(&bot).await;
    bot.router.will_call(TOOL, &mail("grace@example.com"));
    let ben = bot.slack.person("ben");
    let to_ben = ben.says_in_thread(&to_ada, "Invite Grace").await;
    let of_ben = next_card(&bot).await;
    // On Ada's card, Ben presses what names his own: that is his to decide, wherever.
    let theirs = of_ada.button("approve").value.unwrap();
    presses_bent(&bot, "ben", &of_ben, &theirs).await;
    assert_eq!(
        ben.next_ephemeral().await.visible_text(),
        "Only Ada can decide this."
    );
    for odd in [
        "",
        "gmail",
        &"0".repeat(32),
        &theirs.to_uppercase(),
        &format!("{theirs} "),
    ] {
        presses_bent(&bot, "ada", &of_ada, odd).await;
        let ada = bot.slack.person("ada");
        assert_eq!(
            ada.next_ephemeral().await.visible_text(),
            "This is over, so there is nothing left to decide.",
            "{odd}"
        );
    }
    assert_eq!(bot.vault.sent_mail().len(), 0);
    for (who, card) in [("ada", &of_ada), ("ben", &of_ben)] {
        bot.slack.person(who).says_in_thread(&to_ben, "stop").await;
        record(&bot, card, "Stopped by").await;
    }
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn what_a_card_shows_is_data_whole_and_in_sight() {
    let bot = ada().await;
    let arguments = json!({
        "to": "ben@example.com",
        "subject": "<!channel> <@U0BEN> *bold* `code` :smile: <https://evil.example|bank.example>",
        "body": format!("Dear Ben,\n{}see you\u{202e}txt.exe\u{200b}\n```\nend", "long ".repeat(900)),
        "bcc": "mallory@evil.example",
    });
    bot.router.will_call(TOOL, &arguments);
    let ada = bot.slack.person("ada");
    let question = ada.mentions_in("general", "Invite Ben").await;
    let card = next_card(&bot).await;
    let shown = card.visible_text();
    // The long one comes last, and nothing hides behind it.
    let place = |word: &str| {
        shown
            .find(word)
            .unwrap_or_else(|| panic!("{word} in {shown}"))
    };
    assert!(place("mallory@evil.example") < place("Dear Ben,"));
    assert!(
        shown.contains("<!channel> <@U0BEN> *bold* `code` :smile:"),
        "{shown}"
    );
    assert!(
        shown.contains("see you\\u{202e}txt.exe\\u{200b}"),
        "{shown}"
    );
    assert_eq!(shown.matches("long ").count(), 900);
    assert!(!card.text.contains('<'), "{}", card.text);
    let live: Vec<&Value> = card
        .blocks
        .iter()
        .filter(|block| block.to_string().contains("mrkdwn"))
        .collect();
    assert_eq!(live, Vec::<&Value>::new(), "nothing in it is markup");
    ada.says_in_thread(&question, "stop").await;
    record(&bot, &card, "Stopped by").await;
    bot.slack.read_all();
    bot.finish().await;
}

#[tokio::test]
async fn what_cannot_be_shown_whole_cannot_be_approved() {
    let bot = ada().await;
    let long = json!({"to": "ben@example.com", "subject": "Lunch", "body": "x".repeat(9_000)});
    bot.router.will_call(TOOL, &long);
    bot.router.will_do(|asked| {
        let told = asked.outcomes()[0].content.clone();
        assert!(told.contains("too long to be shown"), "{told}");
        Turn::says("That is too long.")
    });
    let question = bot.slack.person("ada").direct("Write Ben a book").await;
    assert_eq!(bot.answer(&question).await, "That is too long.");
    assert_eq!(bot.slack.thread(&question).len(), 2);
    bot.finish().await;
}
