//! Asks the router for one reply: over several tries and models, within deadlines.
//!
//! A model call changes nothing outside, so it may be asked again, as long as no call
//! of an unfinished reply was made. None is: only a finished reply leaves this module.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::ACCEPT;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use tokio::time::{Instant, timeout};
use url::Url;

use super::error::{Error, LONGEST_RETRY_AFTER, Remedy};
use super::heard::{Ear, Spoken};
use super::lost::{Lost, Try};
use super::models::{Model, in_turn};
use super::reading::{Progress, Reading};
use super::thoughts::for_model;
use crate::agent::{self, Reply};
use crate::backoff::{self, Backoff, rest};
use crate::circuit::Breaker;
use crate::random::Randomness;

/// For the `reqwest::Client` this module is given: a router that is up accepts in
/// milliseconds, and 5 s lets one lost packet be sent again.
pub(crate) const CONNECT_DEADLINE: Duration = Duration::from_secs(5);

/// Further tries on the first model. Those after it get one each.
const FURTHER_TRIES: u32 = 2;

/// Most bytes read of an answer that is an error.
const LARGEST_ERROR: usize = 64 * 1024;

/// How long to wait for the usage, or the end, once the reply itself is finished.
const AFTERMATH: Duration = Duration::from_secs(1);

/// How long the router may take. The whole is for one reply with all its tries, and
/// shorter than a person's patience; the others tell a slow model from a dead line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadlines {
    /// Models that think, or wait for a free machine, are silent this long.
    pub(crate) first_byte: Duration,
    /// Between two reads. Routers send keep-alives every 15 s or less.
    pub(crate) silence: Duration,
    pub(crate) whole: Duration,
    /// The first pause between two tries; later ones double.
    pub(crate) retry_pause: Duration,
}

/// Which router, and which of its models.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    /// The part before `/chat/completions`.
    pub(crate) base: Url,
    pub(crate) key: SecretString,
    pub(crate) model: String,
    /// Tried in this order when the first one fails.
    pub(crate) fallback_models: Vec<String>,
    /// Fields of each request that this router takes beside the usual ones.
    pub(crate) body: Map<String, Value>,
}

/// A cheap handle on the router.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    key: SecretString,
    /// In the order in which they are tried.
    models: Arc<[Model]>,
    body: Arc<Map<String, Value>>,
    completions: Url,
    deadlines: Deadlines,
    backoff: Backoff,
    /// Who hears its replies while they come in.
    ear: Option<Ear>,
    lost: Lost,
}

/// Nothing but what every OpenAI-compatible router takes, and what the operator adds.
#[derive(Serialize)]
pub(super) struct Request<'a> {
    model: &'a str,
    pub(super) messages: &'a [Value],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) tools: &'a [&'a RawValue],
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_choice: Option<&'static str>,
    stream: bool,
    #[serde(flatten)]
    extra: &'a Map<String, Value>,
}

/// Where LiteLLM says what an answer cost.
const COST: &str = "x-litellm-response-cost";

impl Client {
    pub(crate) fn new(
        http: reqwest::Client,
        endpoint: Endpoint,
        deadlines: Deadlines,
        randomness: Randomness,
        circuits: impl Fn() -> Breaker,
    ) -> Self {
        let names = std::iter::once(endpoint.model).chain(endpoint.fallback_models);
        let models = names.map(|name| Model::new(name, circuits()));
        Self {
            http,
            completions: completions_url(&endpoint.base),
            models: models.collect(),
            body: Arc::new(endpoint.body),
            key: endpoint.key,
            deadlines,
            backoff: Backoff::new(deadlines.retry_pause, LONGEST_RETRY_AFTER, randomness),
            ear: None,
            lost: Lost::default(),
        }
    }

    /// A handle for one reply, whose words can be heard while they come in. What its tries
    /// take in vain is counted there.
    pub(crate) fn heard(&self, lost: &Lost) -> (Self, Spoken) {
        let (ear, spoken) = Ear::new();
        let ear = Some(ear);
        (
            Self {
                ear,
                lost: lost.clone(),
                ..self.clone()
            },
            spoken,
        )
    }

    /// The next turn of the model, or why there is none after all tries. `said_by` names the
    /// models that were asked for the assistant's messages so far.
    pub(crate) async fn reply(
        &self,
        (messages, said_by): (&[Value], &[String]),
        tools: &[&RawValue],
    ) -> Result<Reply, Error> {
        let end = Instant::now() + self.deadlines.whole;
        tokio::time::timeout_at(end, self.reply_of_any((messages, said_by), tools, end))
            .await
            .unwrap_or(Err(Error::TimedOut))
    }

    async fn reply_of_any(
        &self,
        (messages, said_by): (&[Value], &[String]),
        tools: &[&RawValue],
        end: Instant,
    ) -> Result<Reply, Error> {
        let mut models = in_turn(&self.models, Instant::now()).into_iter();
        // There is at least one: the settings have it.
        let mut model = models.next().ok_or(Error::NoSuchModel)?;
        let mut further_tries = FURTHER_TRIES;
        let mut once_more = true;
        loop {
            let messages = for_model(messages, said_by, &model.name);
            let request = Request {
                model: &model.name,
                messages: &messages,
                tools,
                tool_choice: (!tools.is_empty()).then_some("auto"),
                stream: true,
                extra: &self.body,
            };
            let tries = (further_tries, end);
            let error = match self.reply_of_one(&request, &model.breaker, tries).await {
                Ok(reply) => return Ok(reply),
                Err(error) => error,
            };
            model.failed(error, Instant::now());
            match (error.remedy(), models.next()) {
                (Remedy::Again(_) | Remedy::NextModel, Some(next)) => {
                    tracing::info!(router.model = model.name, %error, "the next model is asked instead");
                    model = next;
                    further_tries = 0;
                }
                (Remedy::NextModel, None) if once_more && error.may_pass() => {
                    tracing::info!(router.model = model.name, %error, "there is no other model, so this one is asked once more");
                    once_more = false;
                    further_tries = 0;
                }
                (Remedy::Again(_) | Remedy::NextModel | Remedy::GiveUp, _) => return Err(error),
            }
        }
    }

    async fn reply_of_one(
        &self,
        request: &Request<'_>,
        breaker: &Breaker,
        (further_tries, end): (u32, Instant),
    ) -> Result<Reply, Error> {
        let mut attempt = 0;
        loop {
            let permit = breaker.ask().ok_or(Error::Down)?;
            let asked = self.ask(request).await;
            match &asked {
                Err(error) if error.may_mean_down() => permit.failed(),
                Ok(_) | Err(_) => permit.answered(),
            }
            let error = match asked {
                Ok(reply) => return Ok(reply),
                Err(error) => error,
            };
            if let Some(trouble) = error.trouble() {
                breaker.count(trouble);
            }
            let Remedy::Again(asked) = error.remedy() else {
                return Err(error);
            };
            let pause = self.backoff.delay(attempt, asked);
            // Nobody waits for a try for which there will be no time.
            if attempt == further_tries || Instant::now() + pause >= end {
                return Err(error);
            }
            tracing::info!(router.model = request.model, %error, "the router is asked again");
            rest(pause).await;
            attempt += 1;
        }
    }

    async fn ask(&self, request: &Request<'_>) -> Result<Reply, Error> {
        let mut reading = Reading::default();
        let mut taken = Try::of(request, &self.lost);
        if let Some(ear) = &self.ear {
            ear.begin();
        }
        let opened = self.open(request, &mut reading, &mut taken);
        let mut response = timeout(self.deadlines.first_byte, opened)
            .await
            .unwrap_or(Err(Error::TimedOut))?;
        while reading.progress != Progress::Ended {
            // A reply that is finished is not lost for what comes, or fails, after it.
            let finished = reading.progress == Progress::Finished;
            let patience = if finished {
                AFTERMATH.min(self.deadlines.silence)
            } else {
                self.deadlines.silence
            };
            match timeout(patience, response.chunk()).await {
                Ok(Ok(Some(bytes))) => {
                    self.take(&mut reading, &bytes)?;
                    taken.said(reading.words());
                }
                Ok(Ok(None)) => break,
                Ok(Err(_)) | Err(_) if finished => break,
                Ok(Err(_)) => return Err(Error::BrokeOff),
                Err(_) => return Err(Error::TimedOut),
            }
        }
        let reply = reading.finish(request.model)?;
        taken.settled();
        Ok(counted(reply, request))
    }

    /// Sends the request and reads as far as the first bytes of the answer.
    async fn open(
        &self,
        request: &Request<'_>,
        reading: &mut Reading,
        taken: &mut Try<'_>,
    ) -> Result<reqwest::Response, Error> {
        let mut response = self
            .http
            .post(self.completions.clone())
            .bearer_auth(self.key.expose_secret())
            .header(ACCEPT, "text/event-stream, application/json")
            .json(request)
            .send()
            .await
            .map_err(|error| of_transport(&error))?;
        // Not only 200: a guardrail that only observes answers 246.
        if !response.status().is_success() {
            let retry_after = backoff::retry_after(response.headers());
            let body = self.error_body(&mut response).await;
            return Err(Error::of_status(response.status(), retry_after, &body));
        }
        taken.begins();
        let cost = response.headers().get(COST);
        if let Some(cost) = cost.and_then(|cost| cost.to_str().ok()) {
            reading.priced(cost);
        }
        match response.chunk().await {
            Ok(Some(bytes)) => self.take(reading, &bytes)?,
            Ok(None) => {}
            Err(_) => return Err(Error::BrokeOff),
        }
        Ok(response)
    }

    fn take(&self, reading: &mut Reading, bytes: &[u8]) -> Result<(), Error> {
        reading.take(bytes)?;
        if let Some(ear) = &self.ear {
            ear.hear(reading.words());
        }
        Ok(())
    }

    /// As much of the body as came; the status has said the most important part.
    async fn error_body(&self, response: &mut reqwest::Response) -> Vec<u8> {
        let mut body = Vec::new();
        while let Ok(Ok(Some(bytes))) = timeout(self.deadlines.silence, response.chunk()).await {
            body.extend_from_slice(&bytes);
            if body.len() > LARGEST_ERROR {
                break;
            }
        }
        body
    }
}

/// The reply with its tokens, which are estimated where the router does not tell them.
fn counted(mut reply: Reply, request: &Request<'_>) -> Reply {
    if reply.usage.estimated > 0 {
        reply.usage.prompt_tokens = agent::estimated_prompt(request.messages, request.tools);
        reply.usage.completion_tokens = agent::estimated_reply(&reply.message);
    }
    reply
}

/// The base keeps its own path, with or without a slash at its end.
fn completions_url(base: &Url) -> Url {
    let mut url = base.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(["chat", "completions"]);
    }
    url
}

fn of_transport(error: &reqwest::Error) -> Error {
    if error.is_timeout() && !error.is_connect() {
        Error::TimedOut
    } else {
        Error::Unavailable
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::sync::mpsc;

    use super::*;
    use crate::circuit::Trust;
    use crate::metrics::{Metrics, Service};
    use serde_json::json;

    /// A router that gives each connection one scripted answer, and tells what it was
    /// asked.
    struct Script {
        base: Url,
        asked: mpsc::Receiver<String>,
    }

    /// What happens on one connection, in order.
    enum Act {
        Bytes(&'static str),
        /// Nothing more is said, and nothing is closed, until the other side goes.
        Hang,
    }

    impl Script {
        fn play(answers: Vec<Vec<Act>>) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let base = format!("http://{}/api/v1", listener.local_addr().unwrap());
            let (tell, asked) = mpsc::channel();
            std::thread::spawn(move || {
                for answer in answers {
                    let (mut connection, _) = listener.accept().unwrap();
                    tell.send(read_request(&mut connection)).unwrap();
                    for act in answer {
                        match act {
                            Act::Bytes(bytes) => connection.write_all(bytes.as_bytes()).unwrap(),
                            Act::Hang => {
                                connection.read_to_end(&mut Vec::new()).ok();
                            }
                        }
                    }
                }
            });
            Self {
                base: base.parse().unwrap(),
                asked,
            }
        }

        fn client(&self, fallback_models: &[&str]) -> Client {
            rustls::crypto::ring::default_provider()
                .install_default()
                .ok();
            let endpoint = Endpoint {
                base: self.base.clone(),
                key: SecretString::from("sk-test"),
                model: "first".to_owned(),
                fallback_models: fallback_models.iter().map(ToString::to_string).collect(),
                body: Map::new(),
            };
            let deadlines = Deadlines {
                first_byte: Duration::from_secs(2),
                silence: Duration::from_secs(2),
                whole: Duration::from_secs(20),
                retry_pause: Duration::from_millis(1),
            };
            let http = reqwest::Client::builder().build().unwrap();
            let trust = Trust {
                trouble: Duration::from_mins(1),
                pause: Duration::from_secs(1),
            };
            Client::new(http, endpoint, deadlines, Randomness::seeded(1), || {
                let randomness = Randomness::seeded(1);
                Breaker::new(Service::Router, trust, randomness, Metrics::new())
            })
        }

        fn reply(
            &self,
            fallback_models: &[&str],
        ) -> impl Future<Output = Result<String, Error>> + use<> {
            let client = self.client(fallback_models);
            async move {
                let question = json!({"role": "user", "content": "hi"});
                let reply = client.reply((&[question], &[]), &[]).await;
                reply.map(|reply| reply.text)
            }
        }

        fn models_asked(&self) -> Vec<String> {
            let body = |request: String| request.split_once("\r\n\r\n").unwrap().1.to_owned();
            self.asked
                .try_iter()
                .map(|request| serde_json::from_str::<Value>(&body(request)).unwrap())
                .map(|body| body["model"].as_str().unwrap().to_owned())
                .collect()
        }
    }

    fn read_request(connection: &mut TcpStream) -> String {
        let mut request = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            let count = connection.read(&mut buffer).unwrap();
            request.extend_from_slice(&buffer[..count]);
            let text = String::from_utf8_lossy(&request);
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length = head
                    .lines()
                    .find_map(|line| line.strip_prefix("content-length: "))
                    .map_or(0, |length| length.parse().unwrap());
                if count == 0 || body.len() >= length {
                    return text.into_owned();
                }
            }
        }
    }

    const STREAM: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
    const HELLO: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"Hello\"}}]}\r\n\r\n";
    const STOP: &str = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    const DOWN: &str = "HTTP/1.1 503 Down\r\ncontent-length: 4\r\nconnection: close\r\n\r\ndown";

    fn answer(parts: &[&'static str]) -> Vec<Act> {
        parts.iter().map(|part| Act::Bytes(part)).collect()
    }

    #[tokio::test]
    async fn a_stream_is_read_to_its_reply() {
        let script = Script::play(vec![answer(&[STREAM, ": wait\n\n", HELLO, STOP])]);
        let tool = r#"{"type":"function","function":{"name":"t"}}"#;
        let tool: &RawValue = serde_json::from_str(tool).unwrap();
        let reply = script
            .client(&[])
            .reply((&[json!({"role": "user"})], &[]), &[tool])
            .await;
        assert_eq!(reply.unwrap().text, "Hello");
        let request = script.asked.recv().unwrap();
        assert!(request.starts_with("POST /api/v1/chat/completions HTTP/1.1\r\n"));
        assert!(request.contains("authorization: Bearer sk-test\r\n"));
        assert!(request.ends_with(
            r#"{"model":"first","messages":[{"role":"user"}],"tools":[{"type":"function","function":{"name":"t"}}],"tool_choice":"auto","stream":true}"#
        ));
    }

    #[tokio::test]
    async fn without_tools_nothing_is_said_of_tools() {
        let script = Script::play(vec![answer(&[STREAM, HELLO, STOP])]);
        assert_eq!(script.reply(&[]).await.as_deref(), Ok("Hello"));
        assert!(!script.asked.recv().unwrap().contains("tool"));
    }

    #[tokio::test]
    async fn a_success_need_not_be_a_200_nor_a_stream() {
        let script = Script::play(vec![answer(&[
            "HTTP/1.1 246 Observed\r\ncontent-type: application/json\r\n\r\n",
            r#"{"choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}]}"#,
        ])]);
        assert_eq!(script.reply(&[]).await.as_deref(), Ok("Hello"));
    }

    #[tokio::test]
    async fn a_router_that_is_down_is_asked_again() {
        let script = Script::play(vec![
            answer(&[DOWN]),
            answer(&[STREAM, HELLO]),
            answer(&[STREAM, HELLO, STOP]),
        ]);
        assert_eq!(script.reply(&["second"]).await.as_deref(), Ok("Hello"));
        assert_eq!(script.models_asked(), ["first", "first", "first"]);
    }

    #[tokio::test]
    async fn after_three_tries_each_fallback_gets_one() {
        let script = Script::play((0..5).map(|_| answer(&[DOWN])).collect());
        assert_eq!(
            script.reply(&["second", "third"]).await,
            Err(Error::Unavailable)
        );
        let asked = script.models_asked();
        assert_eq!(asked, ["first", "first", "first", "second", "third"]);
    }

    #[tokio::test]
    async fn a_silent_model_gives_way_to_the_next() {
        let mut silent_midway = answer(&[STREAM, HELLO]);
        silent_midway.push(Act::Hang);
        let script = Script::play(vec![
            vec![Act::Hang],
            silent_midway,
            answer(&[STREAM, HELLO, STOP]),
        ]);
        let reply = script.reply(&["second", "third"]).await;
        assert_eq!(reply.as_deref(), Ok("Hello"));
        assert_eq!(script.models_asked(), ["first", "second", "third"]);
    }

    #[tokio::test]
    async fn a_finished_reply_does_not_wait_for_the_end_mark() {
        let mut open_end = answer(&[STREAM, HELLO, STOP]);
        open_end.push(Act::Hang);
        let script = Script::play(vec![open_end]);
        assert_eq!(script.reply(&[]).await.as_deref(), Ok("Hello"));
    }

    #[tokio::test]
    async fn what_would_fail_again_is_not_tried_again() {
        let refusal = "HTTP/1.1 446 Blocked\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        let script = Script::play(vec![answer(&[refusal]), answer(&[STREAM, HELLO, STOP])]);
        assert_eq!(script.reply(&["second"]).await, Err(Error::Blocked));
        assert_eq!(script.models_asked(), ["first"]);
    }

    #[tokio::test]
    async fn nobody_listening_is_unavailable() {
        let script = Script::play(vec![]);
        assert_eq!(script.reply(&[]).await, Err(Error::Unavailable));
    }

    #[test]
    fn the_base_keeps_its_path() {
        let cases = [
            (
                "https://r.example/api/v1",
                "https://r.example/api/v1/chat/completions",
            ),
            (
                "https://r.example/api/v1/",
                "https://r.example/api/v1/chat/completions",
            ),
            ("https://r.example", "https://r.example/chat/completions"),
        ];
        for (base, expected) in cases {
            assert_eq!(completions_url(&base.parse().unwrap()).as_str(), expected);
        }
    }
}
