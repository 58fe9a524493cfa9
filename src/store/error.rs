//! How the store fails.

use std::io;
use std::path::{Path, PathBuf};

/// What the caller may do: fix the folder, stop the other process, restore, or refuse
/// to acknowledge.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Nothing that was written since is known to be on disk.
    #[error("the disk did not take a write; nothing is acknowledged until it does")]
    CommitFailed,

    #[error("the store in {folder} cannot be opened: it is damaged, and nothing can repair it; {}", restore(backup.as_deref()))]
    Damaged {
        folder: PathBuf,
        /// The last one that lies beside it.
        backup: Option<PathBuf>,
    },

    /// The operator finds which one in the log.
    #[error("a record that is needed cannot be read")]
    Damage,

    #[error("the data directory {folder} cannot be used; {}", fix(cause.kind()))]
    Folder {
        folder: PathBuf,
        #[source]
        cause: io::Error,
    },

    #[error("another process works in {folder}; stop it, or set VALET_DATA_DIR to another folder")]
    Locked { folder: PathBuf },

    #[error(
        "the store was last used by Valet {version}, whose records this older version does not know; start that version again, or put back the backup from before the upgrade"
    )]
    Newer { version: String },

    #[error("{folder} has {free_mib} MiB free, and {needed_mib} MiB are needed")]
    NoRoom {
        folder: PathBuf,
        free_mib: u64,
        needed_mib: u64,
    },

    #[error("the store failed")]
    Sled(#[from] sled::Error),

    /// Nobody of that workspace has an identifier until Slack takes our token again.
    #[error("Valet is uninstalled from its workspace")]
    Uninstalled,

    #[error("a record of {tree} cannot be written down")]
    Unwritable { tree: &'static str },
}

fn restore(backup: Option<&Path>) -> String {
    match backup {
        Some(backup) => format!(
            "put the last backup in its place: valet restore {}",
            backup.display()
        ),
        None => "put the last backup in its place with valet restore".to_owned(),
    }
}

/// What the operator can do about a folder that cannot be used.
fn fix(cause: io::ErrorKind) -> &'static str {
    use io::ErrorKind;
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the kinds are many, and grow"
    )]
    match cause {
        ErrorKind::PermissionDenied => "let Valet's user write in it",
        ErrorKind::QuotaExceeded | ErrorKind::StorageFull => "make room on its disk",
        ErrorKind::ReadOnlyFilesystem => "mount its disk so that it can be written to",
        _ => "see that it is a folder on a sound disk that Valet can write in",
    }
}

impl From<sled::transaction::TransactionError<std::convert::Infallible>> for Error {
    fn from(error: sled::transaction::TransactionError<std::convert::Infallible>) -> Self {
        match error {
            sled::transaction::TransactionError::Abort(never) => match never {},
            sled::transaction::TransactionError::Storage(cause) => Self::Sled(cause),
        }
    }
}
