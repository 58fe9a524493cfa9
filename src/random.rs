//! Randomness comes in as a parameter, and this is the one place that draws it: the
//! identifiers of people, tickets, states, cookies, the ids of runs.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use sha2::{Digest as _, Sha256};

use crate::ids::RunId;

/// A cheap handle on a generator that no outsider can predict.
#[derive(Clone)]
pub struct Randomness(Arc<Mutex<StdRng>>);

impl Randomness {
    /// Seeded by the operating system.
    pub fn system() -> Self {
        Self::from_rng(rand::make_rng())
    }

    /// The same draws every time: for stories that must be repeatable.
    pub fn seeded(seed: u64) -> Self {
        Self::from_rng(StdRng::seed_from_u64(seed))
    }

    fn from_rng(rng: StdRng) -> Self {
        Self(Arc::new(Mutex::new(rng)))
    }

    fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fill_bytes(&mut bytes);
        bytes
    }

    pub(crate) fn bits128(&self) -> u128 {
        u128::from_be_bytes(self.bytes())
    }

    /// A number in `0.0..1.0`, for jitter.
    pub(crate) fn fraction(&self) -> f64 {
        f64::from(u32::from_be_bytes(self.bytes())) / (f64::from(u32::MAX) + 1.0)
    }

    /// An id for a run that begins now; later runs sort behind earlier ones.
    pub(crate) fn run_id(&self, now: Timestamp) -> RunId {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        RunId::from_uuid(
            uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid(),
        )
    }

    pub(crate) fn nonce(&self) -> Nonce {
        Nonce(URL_SAFE_NO_PAD.encode(self.bytes::<32>()))
    }
}

impl fmt::Debug for Randomness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Randomness")
    }
}

/// A secret of 256 bits that travels through a browser and comes back: a ticket, a
/// state, a cookie. Only its [`Digest`] is ever stored.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Nonce(String);

/// 32 bytes in base64url without padding.
const NONCE_LENGTH: usize = 43;

impl Nonce {
    /// Reads what a browser brought back; `None` when it cannot be one of ours.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let lawful = text.len() == NONCE_LENGTH
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
        lawful.then(|| Self(text.to_owned()))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    pub(crate) fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }

    /// Another secret that follows from this one and tells nothing about it.
    pub(crate) fn derive(&self, purpose: &str) -> Self {
        let bytes = Sha256::new()
            .chain_update(purpose)
            .chain_update([0])
            .chain_update(&self.0)
            .finalize();
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonce(hidden)")
    }
}

/// What is kept of a [`Nonce`]: enough to recognise it, not enough to make it.
#[derive(Clone, Copy, serde::Serialize, serde::Deserialize)]
pub(crate) struct Digest([u8; 32]);

impl Digest {
    /// Of a secret that is not ours.
    pub(crate) fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// In constant time.
impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        use subtle::ConstantTimeEq as _;
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Digest {}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_survives_the_way_through_a_browser() {
        let nonce = Randomness::seeded(1).nonce();
        let back = Nonce::parse(nonce.expose()).unwrap();
        assert_eq!(back.digest(), nonce.digest());
    }

    #[test]
    fn what_cannot_be_a_nonce_is_none() {
        for bad in ["", "abc", &"a".repeat(44), &" ".repeat(43), &"é".repeat(21)] {
            assert!(Nonce::parse(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn derived_secrets_differ_by_purpose() {
        let nonce = Randomness::seeded(1).nonce();
        assert_ne!(nonce.derive("a"), nonce.derive("b"));
        assert_eq!(nonce.derive("a"), nonce.derive("a"));
        assert_eq!(nonce.derive("a").expose().len(), NONCE_LENGTH);
    }
}
