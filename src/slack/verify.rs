//! Slack's signature: HMAC-SHA256 over the time stamp and the raw bytes. No byte of a
//! request is read before it holds, and the proof that it held is a value.

use axum::body::Bytes;
use axum::http::HeaderMap;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

const STAMP: &str = "x-slack-request-timestamp";
const SIGNATURE: &str = "x-slack-signature";

/// Seconds between Slack's clock and ours beyond which a request counts as replayed.
const WINDOW: u64 = 300;

/// Bytes that truly come from Slack: it signed them, or brought them over a connection that
/// it opened to our own app token. There is no other way to make one, and it is all the
/// readers of `inbound` take.
#[derive(Clone)]
pub(crate) struct Genuine {
    body: Bytes,
}

impl Genuine {
    /// What came in an envelope of Socket Mode, as a request would have brought it. Nothing
    /// else may stand in for a signature: only `slack::socket` calls this.
    pub(super) fn over_socket(body: Vec<u8>) -> Self {
        Self { body: body.into() }
    }

    pub(super) fn body(&self) -> &[u8] {
        &self.body
    }
}

impl std::fmt::Debug for Genuine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Genuine({} bytes)", self.body.len())
    }
}

/// Why a request is not taken for Slack's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotSigned {
    #[error("the signature is not the one of these bytes")]
    BadSignature,
    #[error("more than one {header} header")]
    Duplicated { header: &'static str },
    #[error("the {header} header cannot be read")]
    Malformed { header: &'static str },
    #[error("no {header} header")]
    Missing { header: &'static str },
    /// Anybody can sign with an empty secret.
    #[error("the signing secret is empty")]
    NoSecret,
    /// Truly Slack's, but recorded and sent again, or one of the clocks is wrong.
    #[error("signed {seconds} s away from now: is this machine's clock right?")]
    Stale { seconds: u64 },
}

/// The secret shared with Slack.
#[derive(Clone)]
pub(crate) struct SigningSecret(Option<Hmac<Sha256>>);

impl SigningSecret {
    #[expect(
        clippy::needless_pass_by_value,
        reason = "takes the secret so that no copy stays behind"
    )]
    pub(crate) fn new(secret: SecretString) -> Self {
        let secret = secret.expose_secret();
        if secret.trim().is_empty() {
            return Self(None);
        }
        Self(Hmac::new_from_slice(secret.as_bytes()).ok())
    }

    /// Whether Slack sent these bytes just now. The signature is checked first, so that
    /// only a genuine request can be [`NotSigned::Stale`].
    pub(crate) fn verify(
        &self,
        headers: &HeaderMap,
        body: Bytes,
        now: Timestamp,
    ) -> Result<Genuine, NotSigned> {
        let mut mac = self.0.clone().ok_or(NotSigned::NoSecret)?;
        let stamp = only(headers, STAMP)?;
        let signed_at = seconds(stamp).ok_or(NotSigned::Malformed { header: STAMP })?;
        let signature =
            digest(only(headers, SIGNATURE)?).ok_or(NotSigned::Malformed { header: SIGNATURE })?;

        mac.update(b"v0:");
        mac.update(stamp);
        mac.update(b":");
        mac.update(&body);
        mac.verify_slice(&signature)
            .map_err(|_| NotSigned::BadSignature)?;

        let seconds = now.as_second().abs_diff(signed_at);
        if seconds > WINDOW {
            return Err(NotSigned::Stale { seconds });
        }
        Ok(Genuine { body })
    }
}

impl std::fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningSecret(hidden)")
    }
}

/// The one value of a header; two might be read differently by two readers.
fn only<'a>(headers: &'a HeaderMap, header: &'static str) -> Result<&'a [u8], NotSigned> {
    let mut values = headers.get_all(header).iter();
    let value = values.next().ok_or(NotSigned::Missing { header })?;
    match values.next() {
        Some(_) => Err(NotSigned::Duplicated { header }),
        None => Ok(value.as_bytes()),
    }
}

/// Seconds since 1970, written in digits alone.
fn seconds(stamp: &[u8]) -> Option<i64> {
    if !stamp.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(stamp).ok()?.parse().ok()
}

/// `v0=` and 64 hexadecimal digits.
fn digest(signature: &[u8]) -> Option<[u8; 32]> {
    let hex = signature.strip_prefix(b"v0=")?;
    if hex.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
        for digit in pair {
            let value = char::from(*digit).to_digit(16)?;
            *byte = (*byte << 4) | u8::try_from(value).ok()?;
        }
    }
    Some(bytes)
}

#[cfg(test)]
pub(super) mod tests {
    use std::fmt::Write as _;

    use super::*;

    const SECRET: &str = "fa2c05deeef5a4077494e89f54394de0";
    const SIGNED_AT: i64 = 1_531_420_618;
    const OF_TEST_BODY: &str =
        "v0=baa91ef62d346e56607bbdd278a8acd570b91226854f15a382f43d33be42f666";

    fn secret(text: &str) -> SigningSecret {
        SigningSecret::new(SecretString::from(text))
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    type Headers<'a> = &'a [(&'static str, &'a str)];

    fn headers(pairs: Headers<'_>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    fn sign(secret: &str, stamp: &str, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("v0:{stamp}:").as_bytes());
        mac.update(body);
        let digest = mac.finalize().into_bytes();
        digest.iter().fold("v0=".to_owned(), |mut hex, byte| {
            write!(hex, "{byte:02x}").unwrap();
            hex
        })
    }

    /// A body as Slack would sign it: the tests of the readers have no other way in either.
    pub(in crate::slack) fn signed(body: impl Into<Bytes>) -> Genuine {
        let body = body.into();
        let stamp = SIGNED_AT.to_string();
        let signature = sign(SECRET, &stamp, &body);
        let headers = headers(&[(STAMP, &stamp), (SIGNATURE, &signature)]);
        secret(SECRET)
            .verify(&headers, body, at(SIGNED_AT))
            .unwrap()
    }

    #[test]
    fn the_known_vector_holds() {
        let headers = headers(&[(STAMP, "1531420618"), (SIGNATURE, OF_TEST_BODY)]);
        let body = Bytes::from_static(b"test-body");
        let signed = secret(SECRET).verify(&headers, body, at(SIGNED_AT));
        assert_eq!(signed.unwrap().body(), b"test-body");
    }

    #[test]
    fn five_minutes_either_way_and_no_second_more() {
        let headers = headers(&[(STAMP, "1531420618"), (SIGNATURE, OF_TEST_BODY)]);
        for (apart, expected) in [
            (0, Ok(())),
            (300, Ok(())),
            (-300, Ok(())),
            (301, Err(NotSigned::Stale { seconds: 301 })),
            (-301, Err(NotSigned::Stale { seconds: 301 })),
            (86_400, Err(NotSigned::Stale { seconds: 86_400 })),
        ] {
            let body = Bytes::from_static(b"test-body");
            let verdict = secret(SECRET).verify(&headers, body, at(SIGNED_AT + apart));
            assert_eq!(verdict.map(drop), expected, "{apart} s apart");
        }
    }

    #[test]
    fn bytes_are_signed_as_they_are() {
        assert_eq!(signed(&b"\xff\xfe\x00\r\n"[..]).body(), b"\xff\xfe\x00\r\n");
        assert_eq!(signed(&b""[..]).body(), b"");
    }

    #[test]
    fn every_refusal_has_its_name() {
        let stamp = "1531420618";
        let upper = OF_TEST_BODY.replace("v0=baa", "V0=baa");
        let short = &OF_TEST_BODY[..66];
        let of_other_secret = sign("another", stamp, b"test-body");
        let of_other_body = sign(SECRET, stamp, b"test-body ");
        let of_signed_stamp = sign(SECRET, "+1531420618", b"test-body");
        let malformed = |header| Err(NotSigned::Malformed { header });
        let table: &[(Headers<'_>, Result<(), NotSigned>)] = &[
            (&[], Err(NotSigned::Missing { header: STAMP })),
            (
                &[(STAMP, stamp)],
                Err(NotSigned::Missing { header: SIGNATURE }),
            ),
            (
                &[(SIGNATURE, OF_TEST_BODY)],
                Err(NotSigned::Missing { header: STAMP }),
            ),
            (
                &[(STAMP, stamp), (STAMP, stamp), (SIGNATURE, OF_TEST_BODY)],
                Err(NotSigned::Duplicated { header: STAMP }),
            ),
            (
                &[
                    (STAMP, stamp),
                    (SIGNATURE, OF_TEST_BODY),
                    (SIGNATURE, OF_TEST_BODY),
                ],
                Err(NotSigned::Duplicated { header: SIGNATURE }),
            ),
            (&[(STAMP, ""), (SIGNATURE, OF_TEST_BODY)], malformed(STAMP)),
            (
                &[(STAMP, "soon"), (SIGNATURE, OF_TEST_BODY)],
                malformed(STAMP),
            ),
            (
                &[(STAMP, "+1531420618"), (SIGNATURE, &of_signed_stamp)],
                malformed(STAMP),
            ),
            (
                &[(STAMP, "99999999999999999999"), (SIGNATURE, OF_TEST_BODY)],
                malformed(STAMP),
            ),
            (&[(STAMP, stamp), (SIGNATURE, "")], malformed(SIGNATURE)),
            (&[(STAMP, stamp), (SIGNATURE, short)], malformed(SIGNATURE)),
            (&[(STAMP, stamp), (SIGNATURE, &upper)], malformed(SIGNATURE)),
            (
                &[(STAMP, "1531420619"), (SIGNATURE, OF_TEST_BODY)],
                Err(NotSigned::BadSignature),
            ),
            (
                &[(STAMP, stamp), (SIGNATURE, &of_other_secret)],
                Err(NotSigned::BadSignature),
            ),
            (
                &[(STAMP, stamp), (SIGNATURE, &of_other_body)],
                Err(NotSigned::BadSignature),
            ),
            (&[(STAMP, stamp), (SIGNATURE, OF_TEST_BODY)], Ok(())),
        ];
        for (row, (pairs, expected)) in table.iter().enumerate() {
            let body = Bytes::from_static(b"test-body");
            let verdict = secret(SECRET).verify(&headers(pairs), body, at(SIGNED_AT));
            assert_eq!(verdict.map(drop), *expected, "row {row}: {pairs:?}");
        }
    }

    #[test]
    fn an_empty_secret_verifies_nothing() {
        for empty in ["", "  "] {
            let signature = sign(empty, "1531420618", b"test-body");
            let headers = headers(&[(STAMP, "1531420618"), (SIGNATURE, &signature)]);
            let body = Bytes::from_static(b"test-body");
            let verdict = secret(empty).verify(&headers, body, at(SIGNED_AT));
            assert_eq!(verdict.map(drop), Err(NotSigned::NoSecret));
        }
    }

    #[test]
    fn neither_the_secret_nor_the_body_prints() {
        let printed = format!("{:?} {:?}", secret(SECRET), signed("words"));
        assert_eq!(printed, "SigningSecret(hidden) Genuine(5 bytes)");
    }
}
