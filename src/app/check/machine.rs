//! What can be seen on this machine: the settings, the disk, and whether a service runs.

use std::net::SocketAddr;
use std::path::Path;

use super::report::Finding;
use crate::config::{Config, Mistakes};
use crate::healthcheck::healthcheck;
use crate::store::{ENOUGH_BYTES, Outlook, look_at};

const SETTINGS: &str = "settings";
const DATA: &str = "data directory";

/// One finding for each mistake in the settings.
pub(super) fn mistakes(mistakes: &Mistakes) -> Vec<Finding> {
    let each = mistakes.each();
    each.map(|(wrong, fix)| Finding::error(SETTINGS, &wrong, fix.unwrap_or("correct it there")))
        .collect()
}

/// The settings, once they could be read.
pub(super) fn settings(config: &Config) -> Vec<Finding> {
    let warnings = config.warnings();
    if warnings.is_empty() {
        return vec![Finding::ok(
            SETTINGS,
            "all can be read, and the policy with them",
        )];
    }
    let warning =
        |text: &String| Finding::warning(SETTINGS, text, "take it out, unless it is meant so");
    warnings.iter().map(warning).collect()
}

/// Where the store is, or would be.
pub(super) fn data_directory(data: &Path) -> Finding {
    match look_at(data) {
        Outlook::Good { free, is_there } => {
            let folder = if is_there {
                "it can be written"
            } else {
                "it is not there yet, and can be made"
            };
            Finding::ok(DATA, &format!("{folder}; {}", room(free)))
        }
        Outlook::NotWritable(why) => Finding::error(
            DATA,
            &format!("it cannot be written ({why})"),
            "VALET_DATA_DIR: name a folder that belongs to the user Valet runs as, on a disk that takes writes",
        ),
        Outlook::Short { free } => Finding::error(
            DATA,
            &room(free),
            "VALET_DATA_DIR: make room there, or name a folder on a larger disk",
        ),
    }
}

fn room(free: u64) -> String {
    // Figures that change all the time would make no two checks alike.
    if free >= 2 * ENOUGH_BYTES {
        return "there is room enough".to_owned();
    }
    format!(
        "{} MiB are free, and Valet starts with {} or more",
        free >> 20,
        ENOUGH_BYTES >> 20
    )
}

/// Whether `valet serve` runs on this machine, with these settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    Absent,
    Runs,
}

/// Asked at the ops listener: the store's lock could only be tried by taking it.
pub(super) async fn service(ops_listen: SocketAddr) -> Service {
    let well = tokio::task::spawn_blocking(move || healthcheck(ops_listen));
    match well.await {
        Ok(Ok(())) => Service::Runs,
        Ok(Err(_)) | Err(_) => Service::Absent,
    }
}

impl Service {
    pub(super) fn finding(self) -> Finding {
        let found = match self {
            Self::Absent => "none answers at VALET_OPS_LISTEN, so it is taken not to run",
            Self::Runs => "it runs, and answers at VALET_OPS_LISTEN",
        };
        Finding::ok("service", found)
    }
}
