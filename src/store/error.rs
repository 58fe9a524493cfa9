//! How the store fails.

use std::io;
use std::path::PathBuf;

/// What the caller may do: fix the folder, stop the other process, restore, or refuse
/// to acknowledge.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Nothing that was written since is known to be on disk.
    #[error("the disk did not take a write; nothing is acknowledged until a restart")]
    CommitFailed,

    #[error("the store in {folder} cannot be opened: it is damaged; restore the last backup")]
    Damaged { folder: PathBuf },

    /// The operator finds which one in the log.
    #[error("a record that is needed cannot be read")]
    Damage,

    #[error("the data directory {folder} cannot be used")]
    Folder {
        folder: PathBuf,
        #[source]
        cause: io::Error,
    },

    #[error("another process works in {folder}; stop it, or set VALET_DATA_DIR to another folder")]
    Locked { folder: PathBuf },

    #[error(
        "the store was last used by Valet {version}, whose records this older version does not know; start that version again, or put back the copy of the data directory from before the upgrade"
    )]
    Newer { version: String },

    #[error("the store failed")]
    Sled(#[from] sled::Error),

    #[error("a record of {tree} cannot be written down")]
    Unwritable { tree: &'static str },
}

impl From<sled::transaction::TransactionError<std::convert::Infallible>> for Error {
    fn from(error: sled::transaction::TransactionError<std::convert::Infallible>) -> Self {
        match error {
            sled::transaction::TransactionError::Abort(never) => match never {},
            sled::transaction::TransactionError::Storage(cause) => Self::Sled(cause),
        }
    }
}
