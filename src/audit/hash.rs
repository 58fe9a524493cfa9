//! The hashes that hold a chain together.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::random::Digest;

/// A SHA-256; written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Hash([u8; 32]);

impl Hash {
    /// Of an entry's line, without the end of line: what `sha256sum` says of it.
    pub(crate) fn of(record: &[u8]) -> Self {
        Self(Sha256::digest(record).into())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> Self {
        hash.to_string()
    }
}

/// A text that is no hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not 64 hexadecimal digits")]
pub(crate) struct NoHash;

impl TryFrom<String> for Hash {
    type Error = NoHash;

    fn try_from(text: String) -> Result<Self, NoHash> {
        let mut hash = [0; 32];
        let is_hex = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        for (byte, digits) in hash.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_| NoHash)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| NoHash)?;
        }
        is_hex.then_some(Self(hash)).ok_or(NoHash)
    }
}

/// A place in a chain, and what stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Link {
    /// 0 is where the chain begins.
    pub(crate) number: u64,
    pub(crate) hash: Hash,
}

impl Link {
    pub(crate) fn of(number: u64, record: &[u8]) -> Self {
        Self {
            number,
            hash: Hash::of(record),
        }
    }
}

/// 128 random bits of one chain: its name, and the key of its digests. It is kept beside the
/// chain and never given out with it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Seed([u8; 16]);

impl Seed {
    pub(crate) fn from_bits(bits: u128) -> Self {
        Self(bits.to_be_bytes())
    }

    /// Where the chain of this person begins.
    pub(crate) fn beginning(&self, person: &str) -> Link {
        Link {
            number: 0,
            hash: self.keyed("beginning", person.as_bytes()),
        }
    }

    /// Another for each person: nobody can compare what two of them do.
    pub(super) fn of_arguments(&self, fingerprint: &Digest) -> Hash {
        self.keyed("arguments", fingerprint.as_bytes())
    }

    fn keyed(&self, purpose: &str, of: &[u8]) -> Hash {
        let mut key = [0; 64];
        let (begin, _) = key.split_at_mut(self.0.len());
        begin.copy_from_slice(&self.0);
        let mut mac = Hmac::<Sha256>::new(&key.into());
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(of);
        Hash(mac.finalize().into_bytes().into())
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(hidden)")
    }
}
