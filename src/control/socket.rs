//! The socket in the data directory, for Valet's own user alone.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

const NAME: &str = "control.sock";

/// Until it has its permissions it has another name.
const BEGUN: &str = "control.sock.new";

/// A socket's path has 108 bytes at most, and a zero at its end.
const LONGEST: usize = 107;

/// Takes the place of one that was left by a process that was killed.
pub(super) fn listen(data: &Path) -> io::Result<UnixListener> {
    let folder = Short::of(data, BEGUN)?;
    let begun = data.join(BEGUN);
    match fs::remove_file(&begun) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cause),
        Ok(()) | Err(_) => {}
    }
    let listener = UnixListener::bind(&folder.path)?;
    fs::set_permissions(&begun, Permissions::from_mode(0o600))?;
    fs::rename(begun, data.join(NAME))?;
    Ok(listener)
}

/// `None` when nobody listens.
pub(super) fn connect(data: &Path) -> io::Result<Option<UnixStream>> {
    let folder = Short::of(data, NAME)?;
    match UnixStream::connect(&folder.path) {
        Ok(stream) => Ok(Some(stream)),
        Err(cause)
            if matches!(
                cause.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
            ) =>
        {
            Ok(None)
        }
        Err(cause) => Err(cause),
    }
}

pub(super) fn remove(data: &Path) {
    // One that stays is replaced by the next.
    let _ = fs::remove_file(data.join(NAME));
}

/// A path that a socket can have. A folder with a long name is reached through the
/// descriptor of its own, which has to stay open meanwhile.
struct Short {
    path: PathBuf,
    _folder: Option<File>,
}

impl Short {
    fn of(data: &Path, name: &str) -> io::Result<Self> {
        let path = data.join(name);
        if path.as_os_str().len() <= LONGEST {
            return Ok(Self {
                path,
                _folder: None,
            });
        }
        let folder = File::open(data)?;
        let path = PathBuf::from(format!("/proc/self/fd/{}/{name}", folder.as_raw_fd()));
        Ok(Self {
            path,
            _folder: Some(folder),
        })
    }
}
