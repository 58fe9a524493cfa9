//! Slack's signature, and the ways in which it can be wrong.

use std::fmt::Write as _;

use ring::hmac;

/// How a request is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signing {
    /// With a stamp that is this many seconds ahead.
    Future(i64),
    /// The stamp is no number.
    Garbled,
    Good,
    /// Neither header.
    Missing,
    /// With a stamp that is this many seconds old.
    Old(i64),
    /// The right signature without its stamp.
    Stampless,
    /// By somebody who does not know the secret.
    Wrong,
}

impl Signing {
    /// The headers for this body at this time.
    pub(crate) fn headers(self, secret: &str, now: i64, body: &[u8]) -> Vec<(String, String)> {
        let stamp = match self {
            Self::Future(seconds) => (now + seconds).to_string(),
            Self::Old(seconds) => (now - seconds).to_string(),
            Self::Garbled => "yesterday".to_owned(),
            Self::Good | Self::Missing | Self::Stampless | Self::Wrong => now.to_string(),
        };
        let secret = if self == Self::Wrong {
            "not the secret"
        } else {
            secret
        };
        let signature = signature(secret, &stamp, body);
        let stamp = ("x-slack-request-timestamp".to_owned(), stamp);
        let signature = ("x-slack-signature".to_owned(), signature);
        match self {
            Self::Missing => Vec::new(),
            Self::Stampless => vec![signature],
            Self::Future(_) | Self::Garbled | Self::Good | Self::Old(_) | Self::Wrong => {
                vec![stamp, signature]
            }
        }
    }
}

/// `v0=…` over the raw body.
pub(crate) fn signature(secret: &str, stamp: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let mut context = hmac::Context::with_key(&key);
    context.update(format!("v0:{stamp}:").as_bytes());
    context.update(body);
    let mut signature = "v0=".to_owned();
    for byte in context.sign().as_ref() {
        let _ = write!(signature, "{byte:02x}");
    }
    signature
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_slacks() {
        assert_eq!(
            signature(
                "fa2c05deeef5a4077494e89f54394de0",
                "1531420618",
                b"test-body"
            ),
            "v0=baa91ef62d346e56607bbdd278a8acd570b91226854f15a382f43d33be42f666"
        );
    }
}
