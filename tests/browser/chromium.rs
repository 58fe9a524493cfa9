//! Chromium itself, without a window.

use std::cell::RefCell;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::rc::Rc;

use serde_json::json;
use tempfile::TempDir;

use crate::tab::{Look, Tab};
use crate::wire::Wire;

/// Where it may be; the first that is there is taken.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// The pipe is to have the numbers 3 and 4.
const SHELL: &str = "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1";

/// One Chromium for all stories; it ends with them.
pub struct Chromium {
    wire: Rc<RefCell<Wire>>,
    child: Child,
    _profile: TempDir,
}

impl Chromium {
    /// `None` where there is none.
    pub fn start() -> Option<Self> {
        let program = NAMES.iter().find_map(|name| program(name))?;
        let profile = TempDir::new().expect("room for a profile");
        let mut child = Command::new("sh")
            .args(["-c", SHELL])
            .arg(program)
            .args([
                "--remote-debugging-pipe",
                "--headless=new",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--hide-scrollbars",
                "--force-color-profile=srgb",
                "--lang=en-GB",
                // It sees nothing but this machine's own pages; containers have no sandbox.
                "--no-sandbox",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let (to, from) = (child.stdin.take()?, child.stdout.take()?);
        let mut wire = Wire::new(to, from);
        wire.call(None, "Browser.getVersion", &json!({})).ok()?;
        wire.call(
            None,
            "Target.setDiscoverTargets",
            &json!({"discover": true}),
        )
        .ok()?;
        Some(Self {
            wire: Rc::new(RefCell::new(wire)),
            child,
            _profile: profile,
        })
    }

    /// What went wrong in pages since this was asked last.
    pub fn take_wrong(&self) -> Vec<String> {
        self.wire.borrow_mut().take_wrong()
    }

    /// A browser nobody has used yet, with one tab at this address.
    pub fn opens(&self, url: &str, look: Look) -> Tab {
        Tab::open(Rc::clone(&self.wire), url, look)
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        drop(
            self.wire
                .borrow_mut()
                .call(None, "Browser.close", &json!({})),
        );
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}
