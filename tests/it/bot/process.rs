//! Valet as a process of its own, which can be killed, and whose log can be read.

use std::io::Read as _;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use super::Settings;

/// `valet serve`, until it is killed or dropped.
pub struct Process {
    child: Child,
    log: Option<JoinHandle<String>>,
}

impl Process {
    /// Starts the program and returns when it is ready.
    pub async fn serve(settings: &Settings) -> Self {
        let mut process = Self::spawn(settings);
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
        let mut child = Command::new(env!("CARGO_BIN_EXE_valet"))
            .arg("serve")
            .env_clear()
            .envs(settings.all())
            .env("RUST_LOG", "trace")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut stderr = child.stderr.take().expect("a pipe");
        let log = std::thread::spawn(move || {
            let mut log = String::new();
            // A log that is cut short is read as far as it goes.
            let _ = stderr.read_to_string(&mut log);
            log
        });
        Self {
            child,
            log: Some(log),
        }
    }

    /// `SIGKILL`.
    pub fn kill(mut self) -> String {
        self.child.kill().expect("a running child");
        self.child.wait().expect("a dead child");
        self.log()
    }

    /// Waits for its end, and gives its exit code and its log.
    pub fn wait(mut self) -> (Option<i32>, String) {
        let status = self.child.wait().expect("a child");
        (status.code(), self.log())
    }

    /// `SIGTERM`, then as [`Process::wait`].
    pub fn stop(self) -> (Option<i32>, String) {
        let told = Command::new("kill")
            .arg(self.child.id().to_string())
            .status()
            .expect("kill is there");
        assert!(told.success());
        self.wait()
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
