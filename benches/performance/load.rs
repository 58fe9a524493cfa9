//! Whoever asks: signed mentions, sent when they are due whether or not the last one has
//! been answered.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

use crate::figures::Times;
use crate::world::{BOT, TEAM, channel, ts};

/// By which Slack's requests are signed.
pub(crate) const SECRET: &str = "bench-signing-secret";

/// Slack waits this long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(3);

/// Whoever waits longer is not waited for.
const GIVEN_UP: Duration = Duration::from_secs(30);

/// Connections to one listener, kept as long as it keeps them.
#[derive(Clone)]
pub(crate) struct Asking {
    to: SocketAddr,
    kept: Arc<Mutex<Vec<TcpStream>>>,
    /// How many people ask, in turn.
    people: u32,
}

/// How a delivery was answered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Delivered {
    /// `None` if it broke or was given up.
    pub(crate) status: Option<u16>,
    pub(crate) took: Duration,
}

/// What came of many deliveries.
pub(crate) struct Acknowledged {
    pub(crate) times: Times,
    /// Not answered with 200.
    pub(crate) failed: usize,
}

impl Asking {
    pub(crate) fn new(to: SocketAddr, people: u32) -> Self {
        Self {
            to,
            kept: Arc::default(),
            people,
        }
    }

    /// Delivers the mention of this number, as it was due then.
    pub(crate) async fn deliver(&self, number: u32, due: Instant) -> Delivered {
        let request = mention(number, number % self.people);
        let answered = tokio::time::timeout(GIVEN_UP, self.post(request.as_bytes())).await;
        let status = answered.ok().and_then(Result::ok);
        Delivered {
            status,
            took: due.elapsed(),
        }
    }

    async fn post(&self, request: &[u8]) -> anyhow::Result<u16> {
        let kept = self.kept().pop();
        if let Some(mut stream) = kept
            && let Ok(answer) = told(&mut stream, request).await
        {
            return Ok(self.keep(stream, answer));
        }
        let mut stream = TcpStream::connect(self.to).await?;
        stream.set_nodelay(true)?;
        let answer = told(&mut stream, request).await?;
        Ok(self.keep(stream, answer))
    }

    fn keep(&self, stream: TcpStream, answer: Answer) -> u16 {
        if !answer.closes {
            self.kept().push(stream);
        }
        answer.status
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Vec<TcpStream>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Delivers these mentions at this many a second.
    pub(crate) async fn at_rate(&self, rate: u32, numbers: std::ops::Range<u32>) -> Acknowledged {
        let (tell, mut due) = mpsc::unbounded_channel();
        let between = Duration::from_secs(1) / rate;
        let began = Instant::now() + between;
        // A thread wakes up more exactly than a task.
        let clock = thread::spawn(move || {
            for (place, number) in (0..).zip(numbers) {
                let due = began + between * place;
                thread::sleep(due.saturating_duration_since(Instant::now()));
                if tell.send((number, due)).is_err() {
                    return;
                }
            }
        });
        let (deliveries, outcomes) = (TaskTracker::new(), Outcomes::default());
        while let Some((number, due)) = due.recv().await {
            let (asking, outcomes) = (self.clone(), outcomes.clone());
            deliveries.spawn(async move { outcomes.note(asking.deliver(number, due).await) });
        }
        deliveries.close();
        deliveries.wait().await;
        let _ = clock.join();
        outcomes.all()
    }

    /// Delivers these mentions all at once.
    pub(crate) async fn at_once(&self, numbers: std::ops::Range<u32>) -> Acknowledged {
        let due = Instant::now();
        let delivered = numbers.map(|number| self.deliver(number, due));
        let outcomes = Outcomes::default();
        for delivered in futures_util::future::join_all(delivered).await {
            outcomes.note(delivered);
        }
        outcomes.all()
    }
}

#[derive(Clone, Default)]
struct Outcomes(Arc<Mutex<Vec<Delivered>>>);

impl Outcomes {
    fn note(&self, delivered: Delivered) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(delivered);
    }

    fn all(&self) -> Acknowledged {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = all.iter().filter(|one| one.status != Some(200)).count();
        Acknowledged {
            times: Times::of(all.iter().map(|one| one.took).collect()),
            failed,
        }
    }
}

/// The head of an answer, whose body has been read.
#[derive(Clone, Copy)]
struct Answer {
    status: u16,
    closes: bool,
}

/// Sends a request on a connection of its own.
pub(crate) async fn exchange(to: SocketAddr, request: &[u8]) -> anyhow::Result<u16> {
    let mut stream = TcpStream::connect(to).await?;
    Ok(told(&mut stream, request).await?.status)
}

async fn told(stream: &mut TcpStream, request: &[u8]) -> anyhow::Result<Answer> {
    stream.write_all(request).await?;
    let mut said = Vec::with_capacity(512);
    loop {
        if stream.read_buf(&mut said).await? == 0 {
            bail!("hung up on");
        }
        let text = std::str::from_utf8(&said)?;
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let head = head.to_ascii_lowercase();
        let length = header(&head, "content-length").map_or(Ok(0), str::parse)?;
        if body.len() >= length {
            let status = head.split(' ').nth(1).context("a status")?.parse()?;
            let closes = header(&head, "connection") == Some("close");
            return Ok(Answer { status, closes });
        }
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .find_map(|(found, value)| (found == name).then_some(value))
}

/// A signed mention, byte for byte. What it asks names its number, by which the world
/// knows it again.
fn mention(number: u32, person: u32) -> String {
    let (channel, ts) = (channel(number), ts(number));
    let event = format!(
        r#"{{"type":"app_mention","user":"U{person:07}","text":"<@{BOT}> What is new about case-{number:07} in my mail?","ts":"{ts}","event_ts":"{ts}","team":"{TEAM}","channel":"{channel}"}}"#
    );
    let body = format!(
        r#"{{"token":"x","team_id":"{TEAM}","context_team_id":"{TEAM}","api_app_id":"A1","type":"event_callback","event_id":"Ev{number:010}","event_time":1700000000,"authorizations":[{{"enterprise_id":null,"team_id":"{TEAM}","user_id":"{BOT}","is_bot":true}}],"is_ext_shared_channel":false,"event":{event}}}"#
    );
    let stamp = stamp();
    let signature = signature(&stamp, &body);
    format!(
        "POST /slack/events HTTP/1.1\r\nhost: valet\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nx-slack-request-timestamp: {stamp}\r\n\
         x-slack-signature: {signature}\r\n\r\n{body}",
        body.len()
    )
}

/// Slack's signature of a body.
pub(crate) fn signature(stamp: &str, body: &str) -> String {
    // An HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()) else {
        return String::new();
    };
    mac.update(format!("v0:{stamp}:").as_bytes());
    mac.update(body.as_bytes());
    let hex = mac
        .finalize()
        .into_bytes()
        .map(|byte| format!("{byte:02x}"));
    format!("v0={}", hex.as_slice().concat())
}

fn stamp() -> String {
    now().as_second().to_string()
}

#[expect(
    clippy::disallowed_methods,
    reason = "Slack signs the time, and here there is no other clock than the machine's"
)]
pub(crate) fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}
