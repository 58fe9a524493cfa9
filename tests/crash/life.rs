//! The program's lives: one process after the other, on the same data and ports.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::settings::Settings;

/// How the log says that a run has taken in what its person said meanwhile.
const STEERED: &str = "a run was steered by";

/// What came of a start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// By a kill, or by itself.
    Ended,
    Late,
    Ready(Duration),
}

pub struct Life {
    binary: PathBuf,
    settings: Settings,
    /// Asks whether it is ready.
    client: reqwest::Client,
    /// A log for each life goes here.
    logs: PathBuf,
    now: Mutex<Now>,
}

#[derive(Default)]
struct Now {
    child: Option<Child>,
    number: usize,
    killed: bool,
    /// Ends that nobody had asked for.
    unasked: Vec<String>,
}

impl Life {
    pub fn new(binary: &Path, settings: &Settings, logs: &Path) -> Self {
        let client = reqwest::Client::builder().no_proxy().build();
        Self {
            client: client.expect("a client without special wishes"),
            binary: binary.to_owned(),
            settings: settings.clone(),
            logs: logs.to_owned(),
            now: Mutex::default(),
        }
    }

    /// A process begins; the one before it has ended.
    pub fn begin(&self) {
        let mut now = self.lock();
        now.number += 1;
        now.killed = false;
        let log = File::create(self.log(now.number)).expect("a folder for logs");
        let child = Command::new(&self.binary)
            .arg("serve")
            .env_clear()
            .envs(self.settings.all())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        now.child = Some(child.expect("the program starts"));
    }

    /// `SIGKILL`, at once; it is dead when this returns, whatever is left to clean up.
    pub fn kill(&self) {
        let mut now = self.lock();
        now.killed = true;
        if let Some(child) = &mut now.child {
            // It may have ended by itself.
            let _ = child.kill();
        }
    }

    /// `SIGTERM`, without waiting for what comes of it.
    pub fn tell_to_stop(&self) {
        let mut now = self.lock();
        now.killed = true;
        if let Some(child) = &now.child {
            let id = child.id().to_string();
            let _ = Command::new("kill").args(["-s", "TERM", &id]).status();
        }
    }

    /// Kills what still lives, and cleans up after it.
    pub fn end(&self) {
        let mut now = self.lock();
        let Some(mut child) = now.child.take() else {
            return;
        };
        if !now.killed
            && let Ok(Some(status)) = child.try_wait()
        {
            self.note_unasked(&mut now, status);
        }
        let _ = child.kill();
        let _ = child.wait();
    }

    /// Waits until it says that it is ready, for so long.
    pub async fn ready(&self, limit: Duration) -> Start {
        let url = format!("http://{}/readyz", self.settings.value("VALET_OPS_LISTEN"));
        let began = Instant::now();
        while began.elapsed() < limit {
            let asked = self.client.get(&url).timeout(limit).send();
            if asked.await.is_ok_and(|answer| answer.status().is_success()) {
                return Start::Ready(began.elapsed());
            }
            if self.has_ended() {
                return Start::Ended;
            }
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
        Start::Late
    }

    pub fn was_killed(&self) -> bool {
        self.lock().killed
    }

    pub fn has_ended(&self) -> bool {
        let mut now = self.lock();
        let status = now.child.as_mut().map(Child::try_wait);
        match status {
            Some(Ok(None)) => false,
            Some(Ok(Some(status))) => {
                if !now.killed {
                    now.child = None;
                    self.note_unasked(&mut now, status);
                }
                true
            }
            Some(Err(_)) | None => true,
        }
    }

    fn note_unasked(&self, now: &mut Now, status: ExitStatus) {
        let log = std::fs::read_to_string(self.log(now.number)).unwrap_or_default();
        // The port of a process that was just killed may be taken for a moment.
        if log.contains("cannot listen on") {
            return;
        }
        let last = log.lines().last().unwrap_or_default();
        let told = format!("life {} ended by itself, {status}: {last}", now.number);
        now.unasked.push(told);
    }

    pub fn number(&self) -> usize {
        self.lock().number
    }

    /// Ends and failures to start that nobody had asked for.
    pub fn unasked(&self) -> Vec<String> {
        self.lock().unasked.clone()
    }

    /// What each run took in, by all the logs: both ends in one word.
    pub fn taken_in(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut taken_in: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for number in 1..=self.number() {
            let log = std::fs::read_to_string(self.log(number)).unwrap_or_default();
            for line in log.lines().filter(|line| line.contains(STEERED)) {
                let line: Value = serde_json::from_str(line).unwrap_or_default();
                if let (Some(run), Some(by)) = (line["run.id"].as_str(), line["by"].as_str()) {
                    let all = taken_in.entry(run.to_owned()).or_default();
                    all.insert(by.to_owned());
                }
            }
        }
        taken_in
    }

    fn log(&self, number: usize) -> PathBuf {
        self.logs.join(format!("life-{number:04}.log"))
    }

    fn lock(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        self.end();
    }
}
