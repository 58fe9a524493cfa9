//! Names nobody can guess.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom as _, SystemRandom};

fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .expect("the machine has random bits");
    bytes
}

/// 256 bits in base64url.
pub(super) fn token() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<32>())
}

/// 128 bits in the shape of a UUID.
pub(super) fn uuid() -> String {
    let mut uuid = format!("{:032x}", u128::from_be_bytes(bytes()));
    for at in [8, 13, 18, 23] {
        uuid.insert(at, '-');
    }
    uuid
}
