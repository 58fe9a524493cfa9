//! Faults on demand: how a service can fail the request it is about to answer.

use std::fmt;
use std::sync::{Arc, Mutex};

/// One way to fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Answer this instead; the request has no effect.
    Answer(Canned),
    /// Let the request have its effect, then answer this instead.
    ActThenAnswer(Canned),
    /// Close the connection without a word; the request has no effect.
    Cut,
    /// Let the request have its effect, then close the connection without a word.
    ActThenCut,
    /// Let the request have its effect and answer it; whoever comes after it is refused a
    /// connection, until the service is brought down and up again.
    ActThenRefuse,
    /// Let the request have its effect, send half of the answer, then close.
    HalfAnswer,
    /// Never answer; the request has no effect.
    Stall,
    /// Let the request have its effect, then never answer.
    ActThenStall,
}

/// An answer prepared in advance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canned {
    pub status: u16,
    pub content_type: String,
    /// Seconds.
    pub retry_after: Option<u64>,
    pub body: String,
}

impl Fault {
    /// A bare status with an empty body.
    pub fn status(status: u16) -> Self {
        Self::Answer(Canned::new(status, "text/plain", ""))
    }

    /// 429 with this many seconds of Retry-After.
    pub fn too_many(seconds: u64) -> Self {
        Self::Answer(Canned {
            retry_after: Some(seconds),
            ..Canned::new(429, "application/json", "{}")
        })
    }

    /// 200 with a proxy's error page.
    pub fn nonsense() -> Self {
        Self::Answer(Canned::new(200, "text/html", "<html>Bad gateway</html>"))
    }

    /// This JSON with this status.
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::Answer(Canned::new(status, "application/json", &body.to_string()))
    }
}

impl Canned {
    pub fn new(status: u16, content_type: &str, body: &str) -> Self {
        Self {
            status,
            content_type: content_type.to_owned(),
            retry_after: None,
            body: body.to_owned(),
        }
    }
}

#[derive(Debug)]
struct Planned {
    path: String,
    fault: Fault,
    /// `None`: until cleared.
    left: Option<u32>,
    /// Requests that pass before the first one fails.
    skip: u32,
}

/// What a watcher sees of a request, twice for each.
#[derive(Debug, Clone, Copy)]
pub struct Sight<'a> {
    pub path: &'a str,
    pub body: &'a [u8],
    pub moment: Moment,
}

/// When a watcher looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// The request has arrived and has had no effect.
    Before,
    /// It has had its effect, and nothing of the answer was sent.
    After,
}

/// Looks at every request to a service, and says how it fails, if it does. After the
/// effect, [`Fault::Answer`] takes the answer's place, and any other fault closes the
/// connection.
pub type Watcher = Arc<dyn Fn(Sight<'_>) -> Option<Fault> + Send + Sync>;

/// The faults planned for one service. A path is matched by its end, so that
/// `chat.postMessage` and `/api/v1/execute_tool` both name their endpoint.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<Plans>>);

#[derive(Default)]
struct Plans {
    planned: Vec<Planned>,
    watcher: Option<Watcher>,
}

impl fmt::Debug for Plans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.planned).finish()
    }
}

impl Faults {
    /// Fail the next request to this path.
    pub fn once(&self, path: &str, fault: Fault) {
        self.plan(path, fault, Some(1), 0);
    }

    /// Fail this many requests to this path.
    pub fn times(&self, count: u32, path: &str, fault: Fault) {
        self.plan(path, fault, Some(count), 0);
    }

    /// Let this many requests to this path pass, then fail one.
    pub fn after(&self, passed: u32, path: &str, fault: Fault) {
        self.plan(path, fault, Some(1), passed);
    }

    /// Fail every request to this path until [`Faults::clear`].
    pub fn always(&self, path: &str, fault: Fault) {
        self.plan(path, fault, None, 0);
    }

    /// From now on somebody looks at every request. A fault of theirs comes before those
    /// that are planned.
    pub fn watch(&self, watcher: Watcher) {
        self.lock().watcher = Some(watcher);
    }

    /// All is well again.
    pub fn clear(&self) {
        self.lock().planned.clear();
    }

    /// Faults that were planned a number of times and have not happened yet.
    pub fn unused(&self) -> Vec<String> {
        self.lock()
            .planned
            .iter()
            .filter(|planned| planned.left.is_some())
            .map(|planned| format!("{}: {:?}", planned.path, planned.fault))
            .collect()
    }

    fn plan(&self, path: &str, fault: Fault, left: Option<u32>, skip: u32) {
        self.lock().planned.push(Planned {
            path: path.to_owned(),
            fault,
            left,
            skip,
        });
    }

    /// The fault for a request to this path, used up by asking.
    pub(crate) fn take(&self, path: &str) -> Option<Fault> {
        let all = &mut self.lock().planned;
        let at = all
            .iter()
            .position(|planned| path.ends_with(&planned.path))?;
        let planned = &mut all[at];
        if planned.skip > 0 {
            planned.skip -= 1;
            return None;
        }
        let fault = planned.fault.clone();
        if let Some(left) = &mut planned.left {
            *left -= 1;
            if *left == 0 {
                all.remove(at);
            }
        }
        Some(fault)
    }

    pub(crate) fn watcher(&self) -> Option<Watcher> {
        self.lock().watcher.clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Plans> {
        self.0.lock().expect("no panic while planning faults")
    }
}
