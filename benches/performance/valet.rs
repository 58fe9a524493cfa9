//! The service as a process of its own, on a core of its own.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};

use crate::load::SECRET;
use crate::machine;
use crate::world::World;

/// Where data directories are made: on the disk that the repository is on.
pub(crate) const SCRATCH: &str = env!("CARGO_TARGET_TMPDIR");

/// In memory, where making something durable costs nothing.
pub(crate) const NO_DISK: &str = "/dev/shm";

/// Ticks of `/proc/PID/stat` in a second.
const TICKS: f64 = 100.0;

/// How long a start may take before it is given up.
const LONGEST_START: Duration = Duration::from_mins(5);

/// The program that is measured.
pub(crate) struct Program(PathBuf);

impl Program {
    /// The one that cargo has built along with this bench, or another.
    pub(crate) fn new(other: Option<PathBuf>) -> Self {
        Self(other.unwrap_or_else(|| env!("CARGO_BIN_EXE_valet").into()))
    }

    /// Bytes on disk.
    pub(crate) fn size(&self) -> anyhow::Result<u64> {
        Ok(fs::metadata(&self.0)?.len())
    }

    /// Starts it on this data directory and waits until it is ready.
    pub(crate) async fn serve(&self, world: &World, data: &Path) -> anyhow::Result<Valet> {
        let addresses = (free_address()?, free_address()?);
        let log = File::create(data.join("log"))?;
        let began = Instant::now();
        let child = self
            .command(world, data, addresses)
            .arg("serve")
            .stderr(Stdio::from(log))
            .spawn()?;
        let mut valet = Valet {
            child,
            addresses,
            took: Duration::ZERO,
        };
        while !valet.is_ready().await {
            ensure!(began.elapsed() < LONGEST_START, "it does not become ready");
            if let Some(status) = valet.child.try_wait()? {
                let log = fs::read_to_string(data.join("log"))?;
                bail!("it ended with {status}:\n{log}");
            }
        }
        valet.took = began.elapsed();
        Ok(valet)
    }

    /// Has it do something else with this data directory, and waits until it is done.
    pub(crate) fn run(&self, data: &Path, arguments: &[&OsStr]) -> anyhow::Result<()> {
        let done = machine::on_core(machine::SERVICE, &self.0)
            .args(arguments)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("VALET_DATA_DIR", data.join("data"))
            .output()?;
        let said = String::from_utf8_lossy(&done.stderr);
        ensure!(done.status.success(), "{arguments:?} failed: {said}");
        Ok(())
    }

    /// The program in its surroundings, without an argument.
    fn command(
        &self,
        world: &World,
        data: &Path,
        (public, ops): (SocketAddr, SocketAddr),
    ) -> Command {
        let mut command = machine::on_core(machine::SERVICE, &self.0);
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .envs(world.settings())
            .envs([
                ("SLACK_SIGNING_SECRET", SECRET.to_owned()),
                ("VALET_LISTEN", public.to_string()),
                ("VALET_OPS_LISTEN", ops.to_string()),
                ("VALET_PUBLIC_URL", format!("http://{public}")),
                ("VALET_DATA_DIR", data.join("data").display().to_string()),
            ]);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command
    }
}

/// `valet serve`, until it is dropped.
pub(crate) struct Valet {
    child: Child,
    addresses: (SocketAddr, SocketAddr),
    /// From being spawned to being ready.
    pub(crate) took: Duration,
}

impl Valet {
    pub(crate) fn address(&self) -> SocketAddr {
        self.addresses.0
    }

    async fn is_ready(&self) -> bool {
        let request = b"GET /readyz HTTP/1.1\r\nhost: ops\r\nconnection: close\r\n\r\n";
        crate::load::exchange(self.addresses.1, request)
            .await
            .is_ok_and(|status| status == 200)
    }

    /// Processor time used so far, in seconds.
    pub(crate) fn cpu(&self) -> anyhow::Result<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name before it may hold spaces.
        let (_, fields) = stat.rsplit_once(')').context("a name in brackets")?;
        let ticks = fields
            .split_whitespace()
            .skip(11)
            .take(2)
            .map(str::parse::<f64>);
        Ok(ticks.sum::<Result<f64, _>>()? / TICKS)
    }

    /// Resident memory, in MB.
    pub(crate) fn memory(&self) -> anyhow::Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let kib = line
            .and_then(|line| line.split_whitespace().nth(1))
            .context("VmRSS")?;
        Ok(kib.parse::<f64>()? * 1024.0 / 1e6)
    }

    /// Stops it in order.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        let told = Command::new("kill")
            .arg(self.child.id().to_string())
            .status()?;
        ensure!(told.success(), "it is gone already");
        ensure!(self.child.wait()?.success(), "it did not stop in order");
        Ok(())
    }
}

impl Drop for Valet {
    /// `SIGKILL`, if it still runs.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A fresh folder for one process.
pub(crate) fn folder(under: &str) -> anyhow::Result<tempfile::TempDir> {
    Ok(tempfile::Builder::new()
        .prefix("valet-bench-")
        .tempdir_in(under)?)
}

/// An address on loopback that nobody listens on.
pub(crate) fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
