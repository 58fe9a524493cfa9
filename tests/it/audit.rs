//! What was done in somebody's name is written down, before it is done, and cannot be
//! changed without its being seen.

mod before;
mod harmed;
mod home;
mod kept;

use insta::assert_snapshot;
use serde_json::{Value, json};
use valet_sim::router::{Gate, Turn};

use crate::bot::{Bot, Process, asks_to_connect};

const SEND: &str = "gmail_send_message";

/// Mails go unasked.
const MAY_SEND: &str = "[tools]\ngmail_send_message = \"read\"\n";

fn mail(to: &str) -> Value {
    json!({"to": to, "subject": "Lunch", "body": "canary-body"})
}

impl Bot {
    /// `valet audit`, and what it says, where it goes well.
    async fn audited(&self, arguments: &[&str]) -> String {
        let (code, said) = self.audit(arguments).await;
        assert_eq!(code, Some(0), "{said}");
        said
    }

    async fn audit(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let arguments = [&["audit"], arguments].concat();
        Process::command(&self.settings, &arguments).await
    }

    /// Every entry, in order.
    async fn entries(&self) -> Vec<Value> {
        let lines = self.audited(&["--json"]).await;
        let lines = lines.lines();
        lines
            .map(|line| serde_json::from_str(line).expect("a line of JSON"))
            .collect()
    }

    /// Every entry in short: number, what, how far, which account, by which tool, what for.
    pub(crate) async fn acts(&self) -> String {
        let entries = self.entries().await;
        let short: Vec<String> = entries.iter().map(in_short).collect();
        short.join("\n")
    }
}

/// What `sha256sum` says of a line without its end.
fn sha256(line: &[u8]) -> String {
    use sha2::Digest as _;
    let hash = sha2::Sha256::digest(line);
    hash.iter()
        .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

fn in_short(entry: &Value) -> String {
    let text = |name: &str| entry[name].as_str().unwrap_or("-").to_owned();
    let has = |name: &'static str| if entry[name].is_null() { "-" } else { name };
    let of = entry["of"].as_u64().map(|of| format!(" of {of}"));
    format!(
        "{} {} {}{} {} {} {} {} {}",
        entry["number"],
        text("what"),
        text("stage"),
        of.unwrap_or_default(),
        text("connection"),
        text("tool"),
        has("run"),
        has("attempt"),
        has("arguments"),
    )
}

#[tokio::test]
async fn each_thing_that_is_done_in_somebodys_name_is_written_down() {
    let policy = format!("{MAY_SEND}gmail_create_label = \"deny\"\n");
    let bot = Bot::start_with(|settings| settings.policy(&policy)).await;
    bot.connects("ada", "gmail").await;
    bot.router.will_call_many([
        (SEND, mail("ben@example.com")),
        ("gmail_fetch_mails", json!({"query": "canary-query"})),
        // Refused by the policy: it is not done.
        ("gmail_create_label", json!({"name": "canary-label"})),
    ]);
    bot.router.will_say("It is sent.");
    let ada = bot.slack.person("ada");
    let question = ada.direct("Invite Ben").await;
    let answer = bot.answer(&question).await;
    assert!(answer.starts_with("It is sent."), "{answer}");
    ada.command("/disconnect", "gmail", "general").await;
    let asked = ada.next_ephemeral().await;
    for _ in 0..2 {
        ada.clicks(&asked, "disconnect").await;
        ada.next_dm().await;
    }
    assert_snapshot!(bot.acts().await, @"
    1 connect begun gmail - - attempt -
    2 connect done of 1 gmail - - attempt -
    3 read begun gmail gmail_get_profile - attempt arguments
    4 read begun gmail gmail_fetch_mails run - arguments
    5 write begun gmail gmail_send_message run - arguments
    6 write done of 5 gmail gmail_send_message run - arguments
    7 disconnect begun gmail - run - -
    8 disconnect done of 7 gmail - run - -
    9 disconnect begun gmail - run - -
    10 disconnect not_done of 9 gmail - run - -
    ");
    let whole = bot.audited(&["--verify"]).await;
    assert!(
        whole.contains(": whole; 10 entries; the last is 10, "),
        "{whole}"
    );
    let all = bot.audited(&["--json"]).await;
    for said in ["canary", "ben@example.com", "ada@example.com", "Lunch"] {
        assert!(!all.contains(said), "{said} in {all}");
    }
    bot.finish().await;
}

#[tokio::test]
async fn a_consent_that_is_taken_back_is_written_down() {
    let bot = Bot::start().await;
    let mallory = bot.slack.person("mallory");
    let link = asks_to_connect(&mallory, "gmail").await;
    let hers = bot.browser_of("mallory").await;
    let at_vault = hers.get(&link).await.press("Continue").await;
    let adas = bot.browser_of("ada").await;
    let page = adas.get(at_vault.url.as_str()).await.press("Allow").await;
    assert_eq!(page.status, 400, "{}", page.text());
    mallory.next_dm().await;
    assert_snapshot!(bot.acts().await, @"
    1 undo begun gmail - - attempt -
    2 undo done of 1 gmail - - attempt -
    ");
    bot.finish().await;
}

#[tokio::test]
async fn the_chains_of_two_people_are_apart() {
    let bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    bot.connects("ben", "gmail").await;
    let [ada, ben] = ["ada", "ben"].map(|name| format!("T0ACME/{}", bot.slack.person(name).id));
    let of = async |person: &str| bot.audited(&["--person", person, "--json"]).await;
    let (of_ada, of_ben) = (of(&ada).await, of(&ben).await);
    assert!(of_ada.contains(&ada) && !of_ada.contains(&ben), "{of_ada}");
    assert!(of_ben.contains(&ben) && !of_ben.contains(&ada), "{of_ben}");
    for one in [&of_ada, &of_ben] {
        assert!(one.starts_with("{\"number\":1,"), "{one}");
    }
    // The same call, and nobody can see that it is.
    let arguments = |lines: &str| {
        let digest = lines
            .split("\"arguments\":\"")
            .nth(1)
            .map(|rest| rest[..64].to_owned());
        digest.expect("a call")
    };
    assert_ne!(arguments(&of_ada), arguments(&of_ben));

    let (code, said) = bot.audit(&["--person", "T0ACME/U0NOBODY"]).await;
    assert_eq!(code, Some(1));
    assert!(
        said.contains("nothing is written down of T0ACME/U0NOBODY: a person is TEAM/USER"),
        "{said}"
    );
    bot.finish().await;
}

#[tokio::test]
async fn runs_at_once_write_one_chain() {
    let bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    let ada = bot.slack.person("ada");
    let mut questions = Vec::new();
    let gate = Gate::closed();
    for _ in 0..4 {
        let turn = Turn::calls("gmail_get_profile", &json!({}));
        let turn = turn.and_calls("gmail_list_labels", &json!({}));
        bot.router.expect(turn.held_by(&gate));
    }
    for _ in 0..4 {
        bot.router.will_say("Done.");
    }
    for number in 0..4 {
        questions.push(
            ada.mentions_in("general", &format!("Question {number}?"))
                .await,
        );
    }
    bot.router.asked(4).await;
    gate.open();
    for question in &questions {
        assert_eq!(bot.answer(question).await, "Done.");
    }
    let whole = bot.audited(&["--verify"]).await;
    assert!(whole.contains(": whole; 11 entries;"), "{whole}");
    bot.finish().await;
}

/// Whoever has the lines can follow the chain without Valet.
#[tokio::test]
async fn each_line_holds_the_hash_of_the_line_before_it() {
    let bot = Bot::start().await;
    bot.connects("ada", "gmail").await;
    let lines = bot.audited(&["--json"]).await;
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    for pair in lines.windows(2) {
        let hash = sha256(pair[0].as_bytes());
        assert!(
            pair[1].ends_with(&format!("\"previous\":\"{hash}\"}}")),
            "{pair:?}"
        );
    }
    bot.finish().await;
}
