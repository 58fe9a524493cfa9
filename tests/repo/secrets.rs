//! How secrets are compared: what takes longer the more of a guess is right tells the rest.

use crate::source::program;

/// What a browser brings back, and what is kept of it.
const SECRETS: [&str; 2] = ["Digest", "Nonce"];

/// Where bytes are compared with those of a secret, in constant time.
const PLACES: [&str; 2] = ["src/random.rs", "src/slack/identity/id_token.rs"];

/// Comparing its exposed text would be quick where it is wrong early. Identifiers are
/// compared with what the vault says, which has them all and signs it.
const EXPOSED: [&str; 4] = [
    ".expose() ==",
    ".expose() !=",
    "== other.expose()",
    ".expose_secret() ==",
];
const BUT_FOR: [&str; 2] = ["src/scalekit/wire.rs", "src/store/people.rs"];

#[test]
fn secrets_are_compared_in_one_place() {
    let sources = program("src");
    let random = sources
        .iter()
        .find(|source| source.path == PLACES[0])
        .expect("src/random.rs");
    for secret in SECRETS {
        let compared = format!("impl PartialEq for {secret} {{");
        let (_, after) = random
            .code
            .split_once(&compared)
            .unwrap_or_else(|| panic!("{secret} compares itself"));
        let (body, _) = after.split_once("\n}").expect("the end of it");
        assert!(body.contains(".ct_eq("), "{secret}: {body}");
        assert!(!body.contains("=="), "{secret}: {body}");
    }
    for source in &sources {
        let compares = source.code.contains("ct_eq") || source.code.contains("subtle");
        let may = PLACES.contains(&source.path.as_str());
        assert!(!compares || may, "{} compares bytes itself", source.path);
        for exposed in EXPOSED {
            let found = source.code.contains(exposed) && !BUT_FOR.contains(&source.path.as_str());
            assert!(!found, "{exposed} in {}", source.path);
        }
    }
}

/// Slack's signature is checked by the HMAC itself, which compares in constant time.
#[test]
fn a_signature_is_compared_by_the_hmac() {
    let sources = program("src");
    let verify = sources
        .iter()
        .find(|source| source.path == "src/slack/verify.rs")
        .expect("src/slack/verify.rs");
    assert!(verify.code.contains(".verify_slice(&signature)"));
    assert!(!verify.code.contains(".finalize("));
}
