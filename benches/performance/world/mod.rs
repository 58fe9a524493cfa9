//! A lean world outside: Slack, the vault and the router answer with canned words after
//! their time. It checks nothing and counts everything; being right is what `sim/` is for.

mod words;

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio_util::task::TaskTracker;

pub(crate) use words::{BOT, TEAM, channel, ts};

/// How long the services outside take.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Latencies {
    slack: Duration,
    /// Of the vault, tools aside.
    vault: Duration,
    tool: Duration,
    router: Duration,
    /// Between two words of the model; none: they all come at once.
    word: Duration,
}

impl Latencies {
    /// What they take in the measures.
    pub(crate) const USUAL: Self = Self {
        slack: Duration::from_millis(20),
        vault: Duration::from_millis(30),
        tool: Duration::from_millis(100),
        router: Duration::from_millis(400),
        word: Duration::ZERO,
    };

    /// The same with a model that can be watched: fifty words a second.
    pub(crate) const SPOKEN: Self = Self {
        word: Duration::from_millis(20),
        ..Self::USUAL
    };

    /// An answer at once, where only the service's own time matters.
    pub(crate) const NONE: Self = Self {
        slack: Duration::ZERO,
        vault: Duration::ZERO,
        tool: Duration::ZERO,
        router: Duration::ZERO,
        word: Duration::ZERO,
    };
}

/// The body of an answer.
type Said = UnsyncBoxBody<Bytes, Infallible>;

/// Everything outside. A cheap handle.
#[derive(Clone)]
pub(crate) struct World(Arc<Inner>);

struct Inner {
    address: SocketAddr,
    latencies: Latencies,
    /// Calls that the model asks for in the first turn.
    reads: usize,
    /// Pages of tools that an account has.
    pages: u32,
    /// The router answers while this is open.
    gate: watch::Sender<bool>,
    recording: AtomicBool,
    replies_asked: AtomicU32,
    seen: Mutex<Seen>,
    tasks: TaskTracker,
}

/// What the world has noticed.
#[derive(Default)]
struct Seen {
    /// How often each run was answered, by its number.
    answers: HashMap<u32, u32>,
    waiting: HashMap<u32, oneshot::Sender<Instant>>,
    calls: Vec<Call>,
    /// Which run was last known to work under an identifier.
    identifiers: HashMap<String, u32>,
}

/// On whose behalf a call was made.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Whose {
    Identifier(String),
    Nobody,
    Run(u32),
    User(u32),
}

/// A call of the service, from when it was read to when its answer was ready.
#[derive(Debug, Clone)]
struct Call {
    whose: Whose,
    kind: Kind,
    begun: Instant,
    ended: Instant,
}

/// Who was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Answer,
    /// The first piece of a reply, as it leaves the router.
    FirstToken,
    /// The first piece of an answer.
    FirstWords,
    Placeholder,
    Reply,
    Slack,
    Tool,
    Vault,
}

/// A call with the run it belongs to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(crate) kind: Kind,
    pub(crate) begun: Instant,
    pub(crate) ended: Instant,
}

impl World {
    pub(crate) async fn open(latencies: Latencies, reads: usize) -> anyhow::Result<Self> {
        Self::open_with_tools(latencies, reads, 1).await
    }

    /// The same where each account has so many pages of tools.
    pub(crate) async fn open_with_tools(
        latencies: Latencies,
        reads: usize,
        pages: u32,
    ) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let world = Self(Arc::new(Inner {
            address: listener.local_addr()?,
            latencies,
            reads,
            pages,
            gate: watch::Sender::new(true),
            recording: AtomicBool::new(false),
            replies_asked: AtomicU32::new(0),
            seen: Mutex::default(),
            tasks: TaskTracker::new(),
        }));
        world.0.tasks.spawn(world.clone().accept(listener));
        Ok(world)
    }

    /// Where the service finds everything.
    pub(crate) fn settings(&self) -> [(&'static str, String); 10] {
        let at = |path| format!("http://{}{path}", self.0.address);
        [
            ("SLACK_BOT_TOKEN", "xoxb-bench".to_owned()),
            ("SLACK_CLIENT_ID", "1.1".to_owned()),
            ("SLACK_CLIENT_SECRET", "bench".to_owned()),
            ("SLACK_API_URL", at("/slack")),
            ("SCALEKIT_ENVIRONMENT_URL", at("/vault")),
            ("SCALEKIT_CLIENT_ID", "skc_bench".to_owned()),
            ("SCALEKIT_CLIENT_SECRET", "bench".to_owned()),
            ("FASTROUTER_API_KEY", "sk-bench".to_owned()),
            ("FASTROUTER_BASE_URL", at("/router")),
            ("VALET_CONNECTIONS", "gmail".to_owned()),
        ]
    }

    /// The router says nothing until it is told to.
    pub(crate) fn hold_router(&self) {
        self.0.gate.send_replace(false);
    }

    pub(crate) fn release_router(&self) {
        self.0.gate.send_replace(true);
    }

    /// Keeps each call from now on: a long run would have too many.
    pub(crate) fn record_calls(&self) {
        self.0.recording.store(true, Ordering::Relaxed);
    }

    /// How often the model was asked.
    pub(crate) fn replies_asked(&self) -> u32 {
        self.0.replies_asked.load(Ordering::Relaxed)
    }

    /// Resolves when this run is answered.
    pub(crate) fn answered(&self, number: u32) -> oneshot::Receiver<Instant> {
        let (tell, told) = oneshot::channel();
        self.seen().waiting.insert(number, tell);
        told
    }

    /// Runs that were answered, and those of them that were answered twice.
    pub(crate) fn answers(&self) -> (usize, usize) {
        let seen = self.seen();
        let doubled = seen.answers.values().filter(|times| **times > 1).count();
        (seen.answers.len(), doubled)
    }

    /// The calls made for one of `people` who ask in turn, oldest first.
    pub(crate) fn calls_for(&self, person: u32, people: u32) -> Vec<Span> {
        let seen = self.seen();
        let is_theirs = |call: &&Call| match &call.whose {
            Whose::Identifier(identifier) => seen
                .identifiers
                .get(identifier)
                .is_some_and(|run| run % people == person),
            Whose::Nobody => false,
            Whose::Run(run) => run % people == person,
            Whose::User(user) => *user == person,
        };
        let theirs = seen.calls.iter().filter(is_theirs);
        theirs
            .map(
                |&Call {
                     kind, begun, ended, ..
                 }| Span { kind, begun, ended },
            )
            .collect()
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn accept(self, listener: TcpListener) {
        while let Ok((stream, _)) = listener.accept().await {
            self.0.tasks.spawn(self.clone().serve(stream));
        }
    }

    async fn serve(self, stream: TcpStream) {
        let _ = stream.set_nodelay(true);
        let service = service_fn(|request| self.answer(request));
        // A service that is killed breaks its connections.
        let _ = http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service)
            .await;
    }

    async fn answer(&self, request: Request<Incoming>) -> hyper::Result<Response<Said>> {
        let begun = Instant::now();
        let target = request.uri().to_string();
        let body = request.into_body().collect().await?.to_bytes();
        let body = String::from_utf8_lossy(&body);
        let (answer, whose, kind) = self.say(&target, &body).await;
        let ended = Instant::now();
        if kind == Kind::Answer
            && let Whose::Run(run) = whose
        {
            self.note_answer(run, ended);
        }
        let said = if kind == Kind::Reply && !self.0.latencies.word.is_zero() {
            self.clone().spoken(&answer, whose.clone())
        } else {
            Full::new(answer).boxed_unsync()
        };
        self.record(whose, kind, (begun, ended));
        Ok(Response::new(said))
    }

    fn record(&self, whose: Whose, kind: Kind, (begun, ended): (Instant, Instant)) {
        if self.0.recording.load(Ordering::Relaxed) {
            self.seen().calls.push(Call {
                whose,
                kind,
                begun,
                ended,
            });
        }
    }

    /// A reply as a model speaks: word by word.
    fn spoken(self, reply: &Bytes, whose: Whose) -> Said {
        let reply = String::from_utf8_lossy(reply);
        let events: Vec<Bytes> = reply
            .split_inclusive("\n\n")
            .map(|event| Bytes::from(event.to_owned()))
            .collect();
        let words = stream::unfold((events.into_iter(), true), move |(mut events, is_first)| {
            let (world, whose) = (self.clone(), whose.clone());
            async move {
                let event = events.next()?;
                if is_first {
                    let now = Instant::now();
                    world.record(whose, Kind::FirstToken, (now, now));
                } else {
                    pass(world.0.latencies.word).await;
                }
                Some((Ok(Frame::data(event)), (events, false)))
            }
        });
        StreamBody::new(words).boxed_unsync()
    }

    async fn say(&self, target: &str, body: &str) -> (Bytes, Whose, Kind) {
        let Latencies {
            slack,
            vault,
            tool,
            router,
            word: _,
        } = self.0.latencies;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        match path.rsplit('/').next().unwrap_or_default() {
            "chat.postMessage" => {
                let run = words::run_of_ts(body, r#""thread_ts":""#);
                pass(slack).await;
                (words::posted(run), Whose::Run(run), Kind::Placeholder)
            }
            "chat.startStream" => {
                let run = words::run_of_ts(body, r#""thread_ts":""#);
                pass(slack).await;
                (words::posted(run), Whose::Run(run), Kind::FirstWords)
            }
            "chat.appendStream" | "chat.delete" => {
                let run = words::run_of_ts(body, r#""ts":""#);
                pass(slack).await;
                (words::posted(run), Whose::Run(run), Kind::Slack)
            }
            "chat.stopStream" | "chat.update" => {
                let run = words::run_of_ts(body, r#""ts":""#);
                pass(slack).await;
                (words::posted(run), Whose::Run(run), Kind::Answer)
            }
            "agents.sessions.setStatus" => {
                pass(slack).await;
                (
                    Bytes::from_static(br#"{"ok":true}"#),
                    Whose::Nobody,
                    Kind::Slack,
                )
            }
            "users.info" => {
                let user = words::number_after(query, "user=U");
                pass(slack).await;
                (words::profile(user), Whose::User(user), Kind::Slack)
            }
            "auth.test" => {
                pass(slack).await;
                (words::installation(), Whose::Nobody, Kind::Slack)
            }
            "token" => {
                pass(vault).await;
                (words::token(), Whose::Nobody, Kind::Vault)
            }
            "details" => {
                let identifier = words::identifier_in(query);
                pass(vault).await;
                (words::account(), Whose::Identifier(identifier), Kind::Vault)
            }
            "scoped" => {
                let identifier = words::identifier_in(query);
                pass(vault).await;
                let tools = words::tools(query, self.0.pages);
                (tools, Whose::Identifier(identifier), Kind::Vault)
            }
            "execute_tool" => {
                let run = words::number_after(body, "case-");
                let identifier = words::text_after(body, r#""identifier":""#).to_owned();
                self.seen().identifiers.insert(identifier, run);
                pass(tool).await;
                (words::mails(), Whose::Run(run), Kind::Tool)
            }
            "completions" => {
                let run = words::number_after(body, "case-");
                self.0.replies_asked.fetch_add(1, Ordering::Relaxed);
                pass(router).await;
                // The gate is never dropped while somebody asks.
                let _ = self.0.gate.subscribe().wait_for(|open| *open).await;
                let reply = words::reply(body, run, self.0.reads);
                (reply, Whose::Run(run), Kind::Reply)
            }
            _ => (Bytes::from_static(b"{}"), Whose::Nobody, Kind::Slack),
        }
    }

    fn note_answer(&self, run: u32, at: Instant) {
        let mut seen = self.seen();
        *seen.answers.entry(run).or_default() += 1;
        if let Some(waiting) = seen.waiting.remove(&run) {
            let _ = waiting.send(at);
        }
    }
}

/// Lets time pass, as it does on the way to a service and back.
#[expect(
    clippy::disallowed_methods,
    reason = "the time that a service outside takes is what is simulated"
)]
async fn pass(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}
