//! The defences, and what stands in their places when they are taken out.

use crate::tree;

pub struct Mutation {
    pub name: &'static str,
    pub file: &'static str,
    /// Stands there once.
    pub find: &'static str,
    pub replace: &'static str,
    /// The group of `docs/attacks.md` that is tried.
    pub group: &'static str,
    /// The attack that must come out differently.
    pub row: &'static str,
}

impl Mutation {
    /// Why it can no longer be applied, or shows nothing.
    pub fn is_stale(&self) -> Option<String> {
        let found = tree::read(self.file).matches(self.find).count();
        let page = tree::read("docs/attacks.md");
        let (_, group) = page
            .split_once(&format!("\n## {}\n", self.group))
            .unwrap_or_default();
        let group = group.split("\n## ").next().unwrap_or_default();
        let row = group.contains(&format!("\n| {} |", self.row));
        match (found, row) {
            (1, true) => None,
            (1, false) => Some(format!(
                "{}: no attack {:?} in its group",
                self.name, self.row
            )),
            (found, _) => Some(format!(
                "{}: its line stands {found} times in {}: {:?}",
                self.name, self.file, self.find
            )),
        }
    }
}

const REQUESTS: &str = "Requests that pretend to be Slack's";
const LINKS: &str = "Links, passed on, repeated and late";
const STATES: &str = "States, codes and requests, missing and swapped";
const TOKENS: &str = "Tokens that prove nothing";
const COOKIES: &str = "Cookies";
const ROADS: &str = "Addresses, methods, headers, and other sites";
const WORDS: &str = "Words that would act as somebody else";
const ROUTER: &str = "A hostile router, a hostile mail, a curious operator";
const CARDS: &str = "Cards that ask for a word";
const PRIVATE: &str = "Answers that their asker alone has read";
const REPORTS: &str = "Reports of the vault";

pub const MUTATIONS: [Mutation; 24] = [
    Mutation {
        name: "the signature is not compared",
        file: "src/slack/verify.rs",
        find: "mac.verify_slice(&signature)\n            .map_err(|_| NotSigned::BadSignature)?;",
        replace: "drop(mac.verify_slice(&signature));",
        group: REQUESTS,
        row: "an event changed after it was signed",
    },
    Mutation {
        name: "a signature never grows old",
        file: "src/slack/verify.rs",
        find: "if seconds > WINDOW {",
        replace: "if seconds > WINDOW && seconds == 0 {",
        group: REQUESTS,
        row: "a request of yesterday",
    },
    Mutation {
        name: "the first of two signatures counts",
        file: "src/slack/verify.rs",
        find: "Some(_) => Err(NotSigned::Duplicated { header }),",
        replace: "Some(_) => Ok(value.as_bytes()),",
        group: REQUESTS,
        row: "two signatures",
    },
    Mutation {
        name: "a claim does not keep copies out",
        file: "src/store/inbox.rs",
        find: "if self.claims.contains_key(key)? {",
        replace: "if self.claims.contains_key(key)? && key.is_empty() {",
        group: REQUESTS,
        row: "a recorded press, sent again",
    },
    Mutation {
        name: "whoever signs in goes on",
        file: "src/connect.rs",
        find: "if !by.is(&self.0.owner) {",
        replace: "if !by.is(&self.0.owner) && false {",
        group: LINKS,
        row: "a link passed on before *Continue*",
    },
    Mutation {
        name: "the workspace of a sign-in does not matter",
        file: "src/connect.rs",
        find: "(self.team == owner.team || same_enterprise)",
        replace: "(self.team == owner.team || same_enterprise || true)",
        group: LINKS,
        row: "the same user id in another workspace",
    },
    Mutation {
        name: "any cookie will do",
        file: "src/connect.rs",
        find: "Some(_) | None => Err(Refusal::AnotherBrowser),",
        replace: "Some(_) | None => Ok(()),",
        group: COOKIES,
        row: "another attempt's value under this name",
    },
    Mutation {
        name: "a link never expires",
        file: "src/connect.rs",
        find: "if self.is_over(now) {",
        replace: "if self.is_over(now) && false {",
        group: LINKS,
        row: "a link after a quarter of an hour",
    },
    Mutation {
        name: "a state opens any step",
        file: "src/connect.rs",
        find: "if brought.digest() == *expected {",
        replace: "if brought.digest() == *expected || true {",
        group: STATES,
        row: "a state for a ticket",
    },
    Mutation {
        name: "a consent from elsewhere is left standing",
        file: "src/handlers/stray.rs",
        find: "Ok(given.filter(|given| given.is_stray(cookie_of(given.attempt).as_ref(), consent)))",
        replace: "let _ = (cookie_of, consent);\n    Ok(given.filter(|_| false))",
        group: LINKS,
        row: "a stranger's consent, confirmed by a newer one",
    },
    Mutation {
        name: "of two at once both go on",
        file: "src/store/attempts.rs",
        find: "if records.get(id)?.as_deref() != before.as_deref() {",
        replace: "if records.get(id)?.as_deref() != before.as_deref() && false {",
        group: LINKS,
        row: "two browsers at once, in the midst of a step",
    },
    Mutation {
        name: "the token's signature is not checked",
        file: "src/slack/identity/keys.rs",
        find: ".map_err(|_| Refusal::BadSignature)",
        replace: ".or(Ok(()))",
        group: TOKENS,
        row: "a stranger's key under Slack's `kid`",
    },
    Mutation {
        name: "the token's audience is not checked",
        file: "src/slack/identity/id_token.rs",
        find: "if !self.is_for(expected.client_id) {",
        replace: "if !self.is_for(expected.client_id) && false {",
        group: TOKENS,
        row: "another app's token",
    },
    Mutation {
        name: "the cookie has no prefix",
        file: "src/http/cookie.rs",
        find: "let prefix = if addresses.is_https() { \"__Host-\" } else { \"\" };",
        replace: "let prefix = if addresses.is_https() { \"\" } else { \"\" };",
        group: COOKIES,
        row: "a cookie from a subdomain",
    },
    Mutation {
        name: "the first of two cookies counts",
        file: "src/http/cookie.rs",
        find: "(Some(value), None) => Nonce::parse(value),",
        replace: "(Some(value), _) => Nonce::parse(value),",
        group: COOKIES,
        row: "a second cookie, behind",
    },
    Mutation {
        name: "a form may come from anywhere",
        file: "src/http/walk.rs",
        find: "if !is_from_our_page(&headers, addresses) {",
        replace: "if !is_from_our_page(&headers, addresses) && false {",
        group: ROADS,
        row: "a form on another site",
    },
    Mutation {
        name: "the first of two parameters counts",
        file: "src/http/walk.rs",
        find: "(Some((_, value)), None) => Some(value.clone()),",
        replace: "(Some((_, value)), _) => Some(value.clone()),",
        group: STATES,
        row: "two `auth_request_id`s",
    },
    Mutation {
        name: "a robot's `HEAD` is a way back",
        file: "src/http/routes.rs",
        find: "get(walk::back_from_vault).head(pages::not_found),",
        replace: "get(walk::back_from_vault),",
        group: LINKS,
        row: "a way back from the vault fetched in advance",
    },
    Mutation {
        name: "whose workspace it is does not matter",
        file: "src/handlers/gate.rs",
        find: "if !audience::is_ours(actor, home) {",
        replace: "if !audience::is_ours(actor, home) && false {",
        group: WORDS,
        row: "the same user id asks in another workspace",
    },
    Mutation {
        name: "what is not known to read is run",
        file: "src/policy.rs",
        find: "Effect::Write => Verdict::Ask,",
        replace: "Effect::Write => Verdict::Read,",
        group: ROUTER,
        row: "a letter that asks for a letter",
    },
    Mutation {
        name: "anybody's press shares an answer",
        file: "src/handlers/share.rs",
        find: "if turn.person != *asker.person() {",
        replace: "if turn.person != *asker.person() && false {",
        group: PRIVATE,
        row: "another shares an answer",
    },
    Mutation {
        name: "everybody's runs are told what one has read alone",
        file: "src/handlers/answer/recall.rs",
        find: "if turn.is_kept() && !is_theirs {",
        replace: "if turn.is_kept() && !is_theirs && false {",
        group: PRIVATE,
        row: "an answer asked for again",
    },
    Mutation {
        name: "anybody's word on a write counts",
        file: "src/approval.rs",
        find: "if self.subject.person != *person {",
        replace: "if self.subject.person != *person && false {",
        group: CARDS,
        row: "a card that is another's",
    },
    Mutation {
        name: "a report need not be signed by the vault",
        file: "src/scalekit/webhook.rs",
        find: "if !signatures.split(' ').any(holds) {",
        replace: "if !signatures.split(' ').any(holds) && false {",
        group: REPORTS,
        row: "a report by another key",
    },
];
