//! A table of requests: what is sent, what Slack gets, what comes of it, and how much is
//! logged.

use std::fmt;

use reqwest::{Client, Method};
use serde_json::Value;
use valet_sim::slack::{MessageRef, Person, Signing, Slack};

use super::paper::Paper;
use crate::bot::{Bot, is_placeholder};

pub const EVENTS: &str = "/slack/events";
pub const COMMANDS: &str = "/slack/commands";
pub const INTERACTIONS: &str = "/slack/interactions";

/// What a row can be made of.
pub struct Scene<'a> {
    pub slack: &'a Slack,
    pub ada: &'a Person,
    /// A question that Ada wrote, and that nobody has delivered yet.
    pub question: &'a MessageRef,
}

impl Scene<'_> {
    /// The delivery of Ada's question, as Slack makes it.
    pub fn mention(&self) -> Value {
        let event = self.slack.event_of(self.question, "app_mention");
        self.slack.envelope(event)
    }
}

/// One row.
pub struct Row {
    pub what: &'static str,
    method: Method,
    path: &'static str,
    body: Box<Make>,
    headers: Box<Dress>,
    wanted: Outcome,
}

/// From a scene to a body.
type Make = dyn Fn(&Scene<'_>) -> Vec<u8> + Send + Sync;

/// From a body, signed in the right way, to the headers that are sent with it.
type Dress = dyn Fn(&Slack, &[u8]) -> Vec<(String, String)> + Send + Sync;

/// What came of a request, or should.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Outcome {
    status: u16,
    body: String,
    then: Then,
    lines: usize,
}

/// What the person notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Their question is answered, once.
    Answered,
    Nothing,
    /// Something else; no row wants this.
    Otherwise,
    /// They are told something that nobody else sees.
    Told,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            status,
            body,
            then,
            lines,
        } = self;
        write!(f, "{status} {body:?}, {then:?}, {lines} log lines")
    }
}

/// A signed request that is answered with an empty 200, starts nothing, and is worth one
/// line in the log.
pub fn post(
    path: &'static str,
    what: &'static str,
    body: impl Fn(&Scene<'_>) -> Vec<u8> + Send + Sync + 'static,
) -> Row {
    Row {
        what,
        method: Method::POST,
        path,
        body: Box::new(body),
        headers: Box::new(|slack, body| slack.signed(body, Signing::Good)),
        wanted: Outcome {
            status: 200,
            body: String::new(),
            then: Then::Nothing,
            lines: 1,
        },
    }
}

impl Row {
    pub fn gets(mut self, status: u16, body: &str) -> Self {
        self.wanted.status = status;
        body.clone_into(&mut self.wanted.body);
        self
    }

    /// It is understood, and worth no line of the edge's own.
    pub fn and_then(mut self, then: Then) -> Self {
        self.wanted.then = then;
        self.quietly()
    }

    pub fn quietly(mut self) -> Self {
        self.wanted.lines = 0;
        self
    }

    pub fn logged(mut self) -> Self {
        self.wanted.lines = 1;
        self
    }

    pub fn signed(self, signing: Signing) -> Self {
        self.with_headers(move |slack, body| slack.signed(body, signing))
    }

    pub fn with_headers(
        mut self,
        headers: impl Fn(&Slack, &[u8]) -> Vec<(String, String)> + Send + Sync + 'static,
    ) -> Self {
        self.headers = Box::new(headers);
        self
    }

    pub fn by(mut self, method: Method) -> Self {
        self.method = method;
        self
    }
}

/// Sends every row, and fails over all that went otherwise at once.
pub async fn hold(bot: &Bot, paper: &Paper, rows: &[Row]) {
    let client = Client::builder().build().expect("a client");
    let mut printed = Vec::new();
    let mut failed = 0;
    let mut answered = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        let words = format!("Question number {number} of the table?");
        let question = bot.slack.person("ada").writes_in("general", &words).await;
        let got = go(bot, &client, paper, (row, &question, &words)).await;
        if got.then == Then::Answered {
            answered.push((row.what, question));
        }
        let good = got == row.wanted;
        failed += usize::from(!good);
        let mark = if good { ' ' } else { '✗' };
        printed.push(format!("{mark} {:<50} {got}", row.what));
        if !good {
            printed.push(format!("  {:>50} {}", "wanted", row.wanted));
        }
    }
    let printed = printed.join("\n");
    assert_eq!(failed, 0, "{failed} rows went otherwise:\n{printed}");
    for (what, question) in answered {
        let thread = bot.slack.thread(&question);
        assert_eq!(thread.len(), 2, "{what}: answered once: {thread:#?}");
    }
}

async fn go(
    bot: &Bot,
    client: &Client,
    paper: &Paper,
    (row, question, words): (&Row, &MessageRef, &str),
) -> Outcome {
    let ada = bot.slack.person("ada");
    let scene = Scene {
        slack: &bot.slack,
        ada: &ada,
        question,
    };
    let body = (row.body)(&scene);
    let before = bot.figure("valet_events_accepted_total").await;
    if row.wanted.then == Then::Answered {
        bot.router.when(words).says(&format!("To that: {words}"));
    }
    paper.take();
    let url = format!("{}{}", bot.settings.public_url(), row.path);
    let mut request = client.request(row.method.clone(), url);
    for (name, value) in (row.headers)(&bot.slack, &body) {
        request = request.header(name, value);
    }
    let response = request.body(body).send().await.expect("an answer");
    let status = response.status().as_u16();
    let body = response.text().await.expect("a body");
    let said = paper.take();
    // A run has words to say from its turn until after its answer, and Slack may tell Valet
    // of its own words already: of no interest here.
    let of_a_run = [
        r#""target":"valet::handlers"#,
        r#""target":"valet::dispatch""#,
        r#""target":"valet::dispatch::upkeep"#,
        r#""target":"valet::dispatch::work"#,
    ];
    let of_the_edge = |line: &&String| {
        let echo = row.wanted.then != Then::Nothing && line.contains("said by a bot");
        !of_a_run.iter().any(|target| line.contains(target)) && !echo
    };
    let accepted = bot.figure("valet_events_accepted_total").await - before;
    Outcome {
        status,
        body,
        then: then(bot, accepted, (row.wanted.then, question, words)).await,
        lines: said.iter().filter(of_the_edge).count(),
    }
}

/// What the person noticed; where it should be something, it is waited for.
async fn then(
    bot: &Bot,
    accepted: u64,
    (wanted, question, words): (Then, &MessageRef, &str),
) -> Then {
    match (accepted, wanted) {
        (0, _) => Then::Nothing,
        (_, Then::Nothing | Then::Otherwise) => Then::Otherwise,
        (_, Then::Told) => {
            let ada = bot.slack.person("ada");
            let private = ada.direct_channel();
            bot.slack
                .next(|one| one.ephemeral_for.as_ref() == Some(&ada.id) || one.channel == private)
                .await;
            Then::Told
        }
        (_, Then::Answered) => {
            let answer = bot.slack.final_answer(question, is_placeholder).await;
            if answer.visible_text() == format!("To that: {words}") {
                Then::Answered
            } else {
                Then::Otherwise
            }
        }
    }
}
