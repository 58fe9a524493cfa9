//! The disk is full, or read-only, or broken; what was on it is kept elsewhere and put back.

mod backup;
mod failing;
mod room;
mod start;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::bot::{Bot, Process};

const NOT_TOLD: &str = "NOT TOLD: this story needs a disk of its own, and mounting is not permitted here; \
    what_a_full_disk_does_not_take_gets_no_200_and_is_taken_when_there_is_room is told everywhere";

/// A small disk of its own, on which Valet works.
struct Disk {
    folder: TempDir,
}

impl Disk {
    /// `None` where mounting is not permitted: then the story is not told, and says so.
    fn of_mib(size: u64) -> Option<Self> {
        let folder = TempDir::new().expect("a temporary folder");
        let options = format!("size={size}m");
        let mounted = mount(&["-t", "tmpfs", "-o", &options, "tmpfs"], folder.path());
        if !mounted {
            // Past the test harness, which keeps the words of a story that passes.
            let _ = writeln!(io::stderr(), "{NOT_TOLD}");
        }
        mounted.then_some(Self { folder })
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Something else uses up the disk, but for so much.
    fn fill_but_for(&self, kib: u64) {
        let free = self.free_kib();
        let ballast = fs::File::create(self.ballast()).expect("a file");
        let written = Command::new("head")
            .args(["-c", &format!("{}K", free.saturating_sub(kib)), "/dev/zero"])
            .stdout(ballast)
            .status();
        assert!(written.expect("head is there").success());
    }

    fn empty(&self) {
        // A program that starts just now may hold it open, and so its room.
        fs::File::create(self.ballast()).expect("it is there");
        fs::remove_file(self.ballast()).expect("it was full");
    }

    fn ballast(&self) -> PathBuf {
        self.folder.path().join("ballast")
    }

    fn free_kib(&self) -> u64 {
        let told = Command::new("df")
            .arg("-Pk")
            .arg(self.folder.path())
            .output();
        let told = String::from_utf8(told.expect("df is there").stdout).expect("figures");
        let line = told.lines().nth(1).expect("a line for this disk");
        line.split_whitespace().nth(3).unwrap().parse().unwrap()
    }

    /// With more room than before, so that this alone is wrong with it. Returns once nobody
    /// has a file open that could be written to: sooner the system does not do it.
    fn read_only(&self) {
        while !mount(&["-o", "remount,ro,size=256m"], self.folder.path()) {
            std::thread::yield_now();
        }
    }

    fn writable(&self) {
        assert!(mount(&["-o", "remount,rw"], self.folder.path()));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount")
            .arg("-l")
            .arg(self.folder.path())
            .status();
    }
}

fn mount(how: &[&str], folder: &Path) -> bool {
    Command::new("mount")
        .args(how)
        .arg(folder)
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The world, with Valet as a process on this disk.
async fn on(disk: &Disk) -> (Bot, Process) {
    let data = disk.data().display().to_string();
    let bot = Bot::world(|settings| settings.set("VALET_DATA_DIR", &data)).await;
    let process = Process::serve(&bot.settings).await;
    (bot, process)
}

/// What `/readyz` says.
async fn readiness(bot: &Bot) -> (u16, String) {
    let ready = format!("http://{}/readyz", bot.settings.value("VALET_OPS_LISTEN"));
    let answer = reqwest::get(ready).await.expect("the process answers");
    (
        answer.status().as_u16(),
        answer.text().await.expect("a line"),
    )
}

/// Waits until `/readyz` says this.
async fn until_it_says(bot: &Bot, words: &str) -> String {
    loop {
        let (_, told) = readiness(bot).await;
        if told.contains(words) {
            return told;
        }
        tokio::task::yield_now().await;
    }
}
