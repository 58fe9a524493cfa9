//! The machine that is measured on, and who runs on which of its cores.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, ensure};

/// Where the service runs, alone.
pub(crate) const SERVICE: &str = "0";

/// Where everything else runs.
pub(crate) const OUTSIDE: &str = "1";

/// Keeps this process to one core.
pub(crate) fn keep_to_core(core: &str) -> anyhow::Result<()> {
    let kept = Command::new("taskset")
        .args(["-cp", core, &std::process::id().to_string()])
        .output()
        .context("taskset is there")?;
    ensure!(kept.status.success(), "there is no core {core} for us");
    Ok(())
}

/// A command that runs on one core.
pub(crate) fn on_core(core: &str, program: &std::path::Path) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", core]).arg(program);
    command
}

/// One line on the machine.
pub(crate) fn described() -> anyhow::Result<String> {
    let cpus = fs::read_to_string("/proc/cpuinfo")?;
    let cores = cpus
        .lines()
        .filter(|line| line.starts_with("processor"))
        .count();
    let model = after(&cpus, "model name").unwrap_or("an unnamed processor");
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let memory = fs::read_to_string("/proc/meminfo")?;
    let gib = after(&memory, "MemTotal")
        .and_then(|total| total.split(' ').next()?.parse::<u64>().ok())
        .unwrap_or_default()
        >> 20;
    let file_system = said_by("stat", &["-f", "-c", "%T", crate::valet::SCRATCH])?;
    Ok(format!(
        "{cores} cores of {model}, {gib} GiB, Linux {}, data on {file_system}",
        kernel.trim()
    ))
}

/// The day, and the commit if there is one.
pub(crate) fn today() -> anyhow::Result<String> {
    said_by("date", &["-u", "+%F"])
}

pub(crate) fn commit() -> Option<String> {
    said_by("git", &["describe", "--always", "--dirty"]).ok()
}

/// The value of a `name : value` line.
fn after<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim())
}

fn said_by(program: &str, arguments: &[&str]) -> anyhow::Result<String> {
    let output = Command::new(program).args(arguments).output()?;
    ensure!(output.status.success(), "{program} failed");
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
