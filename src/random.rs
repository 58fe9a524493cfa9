//! Randomness comes in as a parameter, and this is the one place that draws it: the
//! identifiers of people, tickets, states, cookies, the ids of runs.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::ids::{ApprovalId, RunId};

/// A cheap handle on a generator that no outsider can predict.
#[derive(Clone)]
pub struct Randomness(Arc<Mutex<Source>>);

struct Source {
    rng: StdRng,
    /// Milliseconds in the newest run's id.
    newest_run: Option<u64>,
}

impl Source {
    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.rng.fill_bytes(&mut bytes);
        bytes
    }
}

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
        Self(Arc::new(Mutex::new(Source {
            rng,
            newest_run: None,
        })))
    }

    fn source(&self) -> MutexGuard<'_, Source> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn bytes<const N: usize>(&self) -> [u8; N] {
        self.source().bytes()
    }

    pub(crate) fn bits128(&self) -> u128 {
        u128::from_be_bytes(self.bytes())
    }

    /// A number in `0.0..1.0`, for jitter.
    pub(crate) fn fraction(&self) -> f64 {
        f64::from(u32::from_be_bytes(self.bytes())) / (f64::from(u32::MAX) + 1.0)
    }

    /// An id for a run that begins now. Later runs sort behind earlier ones, also of the
    /// same millisecond, and when the clock is set back.
    pub(crate) fn run_id(&self, now: Timestamp) -> RunId {
        let now = u64::try_from(now.as_millisecond()).unwrap_or(0);
        let mut source = self.source();
        let millis = source
            .newest_run
            .map_or(now, |newest| now.max(newest.saturating_add(1)));
        source.newest_run = Some(millis);
        let id = uuid::Builder::from_unix_timestamp_millis(millis, &source.bytes());
        RunId::from_uuid(id.into_uuid())
    }

    /// Of a part of a trace.
    pub(crate) fn span_id(&self) -> [u8; 8] {
        self.bytes()
    }

    pub(crate) fn approval_id(&self) -> ApprovalId {
        ApprovalId::from_bits(self.bits128())
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
#[derive(Clone)]
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

/// In constant time.
impl PartialEq for Nonce {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for Nonce {}

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
    fn runs_are_ordered_whatever_the_clock_says() {
        let randomness = Randomness::seeded(1);
        let ids: Vec<RunId> = [0, 0, 3_600, 3_600, 0, 3_601, -5]
            .iter()
            .map(|second| randomness.run_id(Timestamp::from_second(*second).unwrap()))
            .collect();
        let sorted = ids.is_sorted_by(|a, b| a.as_bytes() < b.as_bytes());
        assert!(sorted, "{ids:?}");
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
