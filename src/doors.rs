//! Doors for the fuzz target and its seeds: each hands bytes from outside to the very readers
//! that the program uses, and says what must hold of whatever comes in. They call and change
//! nothing, and are in no build of the program: `docs/decisions/0033-doors-for-the-fuzz-targets.md`.

mod model;
mod operator;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use crate::{control, http, router, scalekit, slack, store};

/// One way in, for any bytes.
type Door = fn(&[u8]);

/// Every door by its name, which is also that of its folder of seeds.
pub const DOORS: [(&str, Door); 18] = [
    ("backup_files", store::doors::backup_files),
    ("browser_walk", http::doors::browser_walk),
    ("control_socket", control::doors::control_socket),
    ("markdown", slack::doors::markdown),
    ("mrkdwn", slack::doors::mrkdwn),
    ("policy_file", operator::policy_file),
    ("router_errors", router::doors::router_errors),
    ("router_streams", router::doors::router_streams),
    ("settings", operator::settings),
    ("sign_in", slack::doors::sign_in),
    ("slack_answers", slack::doors::slack_answers),
    ("slack_envelopes", slack::doors::slack_envelopes),
    ("slack_events", slack::doors::slack_events),
    ("slack_forms", slack::doors::slack_forms),
    ("slack_signatures", slack::doors::slack_signatures),
    ("store_records", store::doors::store_records),
    ("tool_calls", model::tool_calls),
    ("vault_answers", scalekit::doors::vault_answers),
];

/// Between the parts of an input that has several: ASCII's own record separator.
const BETWEEN_PARTS: u8 = 0x1e;

/// Around the middle of an input that is to be repeated: ASCII's own unit separator.
const AROUND_REPEATED: u8 = 0x1f;

/// How large an input with a repeated middle grows, in bytes. Work that grows with the square of
/// what comes in takes seconds here, and is found by the limit on time.
const GROWN: usize = 64 << 10;

/// Sends bytes through a door.
///
/// # Panics
///
/// When something does not hold that must, and when there is no such door.
pub fn through(name: &str, bytes: &[u8]) {
    let found = DOORS.iter().find(|(door, _)| *door == name);
    assert!(found.is_some(), "there is no door called {name}");
    if let Some((_, door)) = found {
        door(&grown(bytes));
    }
}

/// The input itself, or, where it has a middle marked for it, the input with that repeated.
fn grown(bytes: &[u8]) -> Cow<'_, [u8]> {
    let pieces: Vec<&[u8]> = bytes.split(|byte| *byte == AROUND_REPEATED).collect();
    match pieces.as_slice() {
        [before, middle, after] if !middle.is_empty() => {
            let middle = middle.repeat(GROWN / middle.len());
            Cow::Owned([before, middle.as_slice(), after].concat())
        }
        _ => Cow::Borrowed(bytes),
    }
}

/// The parts of an input; those it does not have are empty, and the last holds the rest.
pub(crate) fn parts<const N: usize>(bytes: &[u8]) -> [&[u8]; N] {
    let mut split = bytes.splitn(N, |byte| *byte == BETWEEN_PARTS);
    std::array::from_fn(|_| split.next().unwrap_or_default())
}

/// Bytes as text.
pub(crate) fn text(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}
