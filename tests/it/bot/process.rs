//! Valet as a process of its own, which can be killed, and whose log can be read.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc;
use std::thread::JoinHandle;

use super::Settings;

/// `valet serve`, until it is killed or dropped.
pub struct Process {
    child: Child,
    log: Option<JoinHandle<String>>,
    /// Hears when it has logged what is waited for.
    logged: mpsc::Receiver<()>,
}

impl Process {
    /// Starts the program and returns when it is ready.
    pub async fn serve(settings: &Settings) -> Self {
        Self::spawn(settings).ready(settings).await
    }

    /// The same, until it logs these words: whatever it does next is done to no end.
    pub async fn serve_until(settings: &Settings, words: &'static str) -> JoinHandle<String> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_valet"));
        let process = Self::run_watched(command.arg("serve"), settings, Some(words));
        let process = process.ready(settings).await;
        std::thread::spawn(|| {
            process.logged.recv().expect("it is logged");
            process.kill()
        })
    }

    /// The same, where no file may become larger than this many KiB: as on a full disk.
    pub async fn serve_with_files_up_to(settings: &Settings, kib: u64) -> Self {
        let mut shell = Command::new("/bin/sh");
        // In `sh` a block has 512 bytes. Without the trap the first write too many kills.
        let limited = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" serve", kib * 2);
        shell.args(["-c", &limited, env!("CARGO_BIN_EXE_valet")]);
        Self::run(&mut shell, settings).ready(settings).await
    }

    /// The same, with room for this many open files until it asks for more, which it may.
    pub async fn serve_with_open_files(settings: &Settings, count: u64) -> Self {
        let mut shell = Command::new("/bin/sh");
        let limited = format!("ulimit -Sn {count}; exec \"$0\" serve");
        shell.args(["-c", &limited, env!("CARGO_BIN_EXE_valet")]);
        Self::run(&mut shell, settings).ready(settings).await
    }

    /// Waits until it is ready, where these settings say.
    pub async fn ready(self, settings: &Settings) -> Self {
        let mut process = self;
        let ready = format!("http://{}/readyz", settings.value("VALET_OPS_LISTEN"));
        loop {
            if let Ok(answer) = reqwest::get(&ready).await
                && answer.status().is_success()
            {
                return process;
            }
            assert!(
                process.child.try_wait().expect("a child").is_none(),
                "Valet stopped at its start:\n{}",
                process.log()
            );
            tokio::task::yield_now().await;
        }
    }

    /// Starts the program.
    pub fn spawn(settings: &Settings) -> Self {
        Self::run(
            Command::new(env!("CARGO_BIN_EXE_valet")).arg("serve"),
            settings,
        )
    }

    fn run(command: &mut Command, settings: &Settings) -> Self {
        Self::run_watched(command, settings, None)
    }

    fn run_watched(
        command: &mut Command,
        settings: &Settings,
        words: Option<&'static str>,
    ) -> Self {
        let mut child = command
            .env_clear()
            .envs(settings.all())
            .env("RUST_LOG", "trace")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let stderr = child.stderr.take().expect("a pipe");
        let (tell, logged) = mpsc::channel();
        let log = std::thread::spawn(move || {
            read(stderr, |line| {
                if words.is_some_and(|words| line.contains(words)) {
                    // Nobody may listen any more.
                    let _ = tell.send(());
                }
            })
        });
        Self {
            child,
            log: Some(log),
            logged,
        }
    }

    /// Another command of the program, which reads the data directory's setting alone, and
    /// what came of it: its exit code, and what it said.
    pub async fn command(settings: &Settings, arguments: &[&str]) -> (Option<i32>, String) {
        let command = Self::begin_command(settings, arguments);
        let output = tokio::task::spawn_blocking(|| command.wait_with_output());
        let output = output.await.expect("it does not panic").expect("a child");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).expect("words");
        (output.status.code(), said)
    }

    /// The same, without waiting for it.
    pub fn begin_command(settings: &Settings, arguments: &[&str]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_valet"))
            .args(arguments)
            .env_clear()
            .env("VALET_DATA_DIR", settings.value("VALET_DATA_DIR"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts")
    }

    /// `SIGKILL`.
    pub fn kill(mut self) -> String {
        self.child.kill().expect("a running child");
        self.child.wait().expect("a dead child");
        self.log()
    }

    /// `SIGTERM`, without waiting for what comes of it.
    pub fn tell_to_stop(&self) {
        self.tell("TERM");
    }

    /// Sends it this signal.
    pub fn tell(&self, signal: &str) {
        let told = Command::new("kill")
            .args(["-s", signal])
            .arg(self.child.id().to_string())
            .status()
            .expect("kill is there");
        assert!(told.success());
    }

    /// As [`Process::wait`], while the world goes on.
    pub async fn ended(self) -> (Option<i32>, String) {
        tokio::task::spawn_blocking(|| self.wait())
            .await
            .expect("waiting does not panic")
    }

    /// `SIGTERM`, then as [`Process::wait`]. The world goes on meanwhile, since what is under
    /// way waits for it.
    pub async fn stop(self) -> (Option<i32>, String) {
        self.tell_to_stop();
        self.ended().await
    }

    /// Waits for its end, and gives its exit code and its log.
    pub fn wait(mut self) -> (Option<i32>, String) {
        let status = self.child.wait().expect("a child");
        (status.code(), self.log())
    }

    fn log(&mut self) -> String {
        self.log
            .take()
            .map(|log| log.join().expect("the log is read"))
            .unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may be dead already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A log that is cut short is read as far as it goes.
fn read(stderr: ChildStderr, look: impl Fn(&str)) -> String {
    let mut log = String::new();
    let lines = BufReader::new(stderr).lines();
    for line in lines.map_while(Result::ok) {
        look(&line);
        log.push_str(&line);
        log.push('\n');
    }
    log
}
