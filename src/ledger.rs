//! The writes of a run: what was sent, and what is known to have come of it. A write is
//! written down before it is sent and once more when its outcome is known, so that a run
//! taken up again sends nothing a second time. Pure.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value, json};

use crate::ids::{ApprovalId, ConnectionName};
use crate::random::Digest;

/// A write that is about to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Intent {
    /// The model's own id of the call.
    pub(crate) call_id: String,
    pub(crate) tool: String,
    /// What it is done to, for a person to know it by; neither logged nor complete.
    pub(crate) target: Option<String>,
    pub(crate) at: Timestamp,
    /// Equal for calls that would do the same: see [`fingerprint`].
    pub(crate) fingerprint: Digest,
    /// The entry of it in the person's chain; none in journals from before there were chains.
    #[serde(default)]
    pub(crate) entry: Option<u64>,
    /// The person's word on it; nothing where the policy or a standing grant vouches for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) approval: Option<ApprovalId>,
}

/// What came of a write that may have been sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fate {
    Done,
    /// Certainly not: it was not sent, or refused.
    NotDone,
    /// It may have been done. It is never sent again.
    Unknown,
}

/// One write of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Write {
    /// Written down. It may have been sent at any time since.
    Begun(Intent),
    Ended(Intent, Fate),
}

impl Write {
    /// What is known last stays: a fate does not change.
    fn ended(self, fate: Fate) -> Self {
        match self {
            Self::Begun(intent) => Self::Ended(intent, fate),
            ended @ Self::Ended(..) => ended,
        }
    }

    fn intent(&self) -> &Intent {
        match self {
            Self::Begun(intent) | Self::Ended(intent, _) => intent,
        }
    }

    /// One that has only begun may have been done.
    fn fate(&self) -> Fate {
        match self {
            Self::Begun(_) => Fate::Unknown,
            Self::Ended(_, fate) => *fate,
        }
    }
}

/// All writes of a run, in the order in which they were begun. They are made one by one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Ledger {
    writes: Vec<Write>,
}

/// Why the same write is not sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Before<'a> {
    Done(&'a Intent),
    Unknown(&'a Intent),
}

impl Ledger {
    pub(crate) fn begun(mut self, intent: Intent) -> Self {
        self.writes.push(Write::Begun(intent));
        self
    }

    /// The write that was begun last has come to its end.
    pub(crate) fn ended(mut self, fate: Fate) -> Self {
        if let Some(last) = self.writes.pop() {
            self.writes.push(last.ended(fate));
        }
        self
    }

    /// The write that was begun and of whose outcome nothing is written down.
    pub(crate) fn open(&self) -> Option<&Intent> {
        match self.writes.last()? {
            Write::Begun(intent) => Some(intent),
            Write::Ended(..) => None,
        }
    }

    /// What forbids to send this, if anything does: within a run the same thing is not
    /// done twice, nor tried again when it may have been done.
    pub(crate) fn before(&self, fingerprint: &Digest) -> Option<Before<'_>> {
        self.writes
            .iter()
            .filter(|write| write.intent().fingerprint == *fingerprint)
            .find_map(|write| match write.fate() {
                Fate::Done => Some(Before::Done(write.intent())),
                Fate::NotDone => None,
                Fate::Unknown => Some(Before::Unknown(write.intent())),
            })
    }

    /// What came of the write that was made under this approval, if one was.
    pub(crate) fn made_under(&self, approval: ApprovalId) -> Option<Fate> {
        self.writes
            .iter()
            .find(|write| write.intent().approval == Some(approval))
            .map(Write::fate)
    }

    pub(crate) fn done(&self) -> Vec<&Intent> {
        self.with_fate(Fate::Done)
    }

    pub(crate) fn unknown(&self) -> Vec<&Intent> {
        self.with_fate(Fate::Unknown)
    }

    fn with_fate(&self, fate: Fate) -> Vec<&Intent> {
        self.writes
            .iter()
            .filter(|write| write.fate() == fate)
            .map(Write::intent)
            .collect()
    }
}

/// Equal for two calls of one tool in one account whose arguments mean the same, in
/// whatever order a model writes them.
pub(crate) fn fingerprint(
    tool: &str,
    connection: &ConnectionName,
    arguments: &Map<String, Value>,
) -> Digest {
    let arguments = canonical(&Value::Object(arguments.clone()));
    Digest::of(&json!([tool, connection, arguments]).to_string())
}

fn canonical(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(canonical).collect(),
        Value::Object(fields) => {
            let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            let sorted = fields.into_iter();
            Value::Object(
                sorted
                    .map(|(name, value)| (name.clone(), canonical(value)))
                    .collect(),
            )
        }
        // 2 and 2.0 are one number.
        Value::Number(number) => Value::Number(
            number
                .as_f64()
                .filter(|_| !number.is_i64() && !number.is_u64())
                .and_then(Number::from_f64)
                .and_then(|float| whole(&float))
                .unwrap_or_else(|| number.clone()),
        ),
        Value::Null | Value::Bool(_) | Value::String(_) => value.clone(),
    }
}

fn whole(number: &Number) -> Option<Number> {
    let text = number.to_string();
    text.strip_suffix(".0")?.parse::<i64>().ok().map(Into::into)
}

/// A time as a person reads it: `23 November 2026 at 14:05 CET`.
pub(crate) fn in_words(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone())
        .strftime("%-d %B %Y at %H:%M %Z")
        .to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn print(arguments: &Value) -> Digest {
        let gmail = ConnectionName::parse("gmail").unwrap();
        fingerprint("gmail_send_message", &gmail, arguments.as_object().unwrap())
    }

    fn intent(number: usize, what: u8) -> Intent {
        Intent {
            call_id: format!("c{number}"),
            tool: "gmail_send_message".to_owned(),
            target: None,
            at: Timestamp::UNIX_EPOCH,
            fingerprint: print(&json!({ "to": what })),
            entry: None,
            approval: None,
        }
    }

    #[test]
    fn arguments_that_mean_the_same_are_the_same() {
        let one = print(&json!({"to": ["ben"], "n": 2, "deep": {"a": 1, "b": null}}));
        for (same, arguments) in [
            (
                true,
                json!({"deep": {"b": null, "a": 1.0}, "n": 2.0, "to": ["ben"]}),
            ),
            (
                false,
                json!({"to": ["ada"], "n": 2, "deep": {"a": 1, "b": null}}),
            ),
            (
                false,
                json!({"to": ["ben"], "n": "2", "deep": {"a": 1, "b": null}}),
            ),
            (false, json!({"to": ["ben"], "n": 2, "deep": {"a": 1}})),
            (
                false,
                json!({"to": ["ben"], "n": 2.5, "deep": {"a": 1, "b": null}}),
            ),
        ] {
            assert_eq!(print(&arguments) == one, same, "{arguments}");
        }
        let arguments = Map::new();
        let of = |tool, connection| {
            fingerprint(
                tool,
                &ConnectionName::parse(connection).unwrap(),
                &arguments,
            )
        };
        assert_ne!(of("a", "gmail"), of("b", "gmail"));
        assert_ne!(of("a", "gmail"), of("a", "gmail-work"));
    }

    #[test]
    fn what_may_have_been_done_is_not_sent_again() {
        let wanted = intent(1, 1).fingerprint;
        let begun = Ledger::default().begun(intent(0, 1));
        assert_eq!(begun.open(), Some(&intent(0, 1)));
        for (ledger, before) in [
            (Ledger::default(), None),
            (begun.clone(), Some(Before::Unknown(&intent(0, 1)))),
            (
                begun.clone().ended(Fate::Unknown),
                Some(Before::Unknown(&intent(0, 1))),
            ),
            (
                begun.clone().ended(Fate::Done),
                Some(Before::Done(&intent(0, 1))),
            ),
            (begun.clone().ended(Fate::NotDone), None),
            (
                begun
                    .clone()
                    .ended(Fate::NotDone)
                    .begun(intent(1, 1))
                    .ended(Fate::Done),
                Some(Before::Done(&intent(1, 1))),
            ),
            // What is written down first counts.
            (
                begun.ended(Fate::Unknown).ended(Fate::NotDone),
                Some(Before::Unknown(&intent(0, 1))),
            ),
            (Ledger::default().begun(intent(0, 2)), None),
        ] {
            assert_eq!(ledger.before(&wanted), before, "{ledger:?}");
        }
    }

    #[test]
    fn a_time_in_words_is_that_of_the_zone() {
        let at: Timestamp = "2026-11-23T13:05:00Z".parse().unwrap();
        let fixed = TimeZone::fixed(jiff::tz::offset(1));
        assert_eq!(
            in_words(at, &TimeZone::UTC),
            "23 November 2026 at 13:05 UTC"
        );
        assert_eq!(in_words(at, &fixed), "23 November 2026 at 14:05 +01");
    }

    /// Where a life of the program ends.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Crash {
        Never,
        BeforeIntent,
        BeforeSending,
        BeforeAnswer,
        BeforeOutcome,
        AfterOutcome,
    }

    /// What is on disk.
    #[derive(Debug, Clone)]
    enum Kept {
        Intent(Intent),
        Fate(Fate),
    }

    fn read(kept: &[Kept]) -> Ledger {
        kept.iter()
            .fold(Ledger::default(), |ledger, step| match step {
                Kept::Intent(intent) => ledger.begun(intent.clone()),
                Kept::Fate(fate) => ledger.ended(*fate),
            })
    }

    fn crash() -> impl Strategy<Value = Crash> {
        prop::sample::select(vec![
            Crash::Never,
            Crash::Never,
            Crash::BeforeIntent,
            Crash::BeforeSending,
            Crash::BeforeAnswer,
            Crash::BeforeOutcome,
            Crash::AfterOutcome,
        ])
    }

    proptest! {
        /// Wherever the program dies, as often as it likes: what the world did, it did once,
        /// and nothing it did is left out of what the person is told.
        #[test]
        fn a_write_is_done_at_most_once_and_always_said(
            calls in prop::collection::vec(
                (0_u8..4, prop::collection::vec((crash(), 0_u8..3), 1..4)), 0..12)
        ) {
            let mut kept: Vec<Kept> = Vec::new();
            let mut done: HashMap<u8, u32> = HashMap::new();
            for (number, (what, lives)) in calls.into_iter().enumerate() {
                for (crash, answer) in lives {
                    // A life begins: what was left open is owned up to.
                    if read(&kept).open().is_some() {
                        kept.push(Kept::Fate(Fate::Unknown));
                    }
                    let ledger = read(&kept);
                    let wanted = intent(number, what);
                    if ledger.before(&wanted.fingerprint).is_some() || crash == Crash::BeforeIntent {
                        continue;
                    }
                    kept.push(Kept::Intent(wanted));
                    if crash == Crash::BeforeSending {
                        continue;
                    }
                    // 0: refused; 1: done; 2: done, and the answer lost.
                    let is_done = answer != 0;
                    *done.entry(what).or_default() += u32::from(is_done);
                    if matches!(crash, Crash::BeforeAnswer | Crash::BeforeOutcome) {
                        continue;
                    }
                    kept.push(Kept::Fate(match answer {
                        0 => Fate::NotDone,
                        1 => Fate::Done,
                        _ => Fate::Unknown,
                    }));
                }
            }
            let ledger = read(&kept);
            let said: Vec<Digest> = ledger
                .done()
                .into_iter()
                .chain(ledger.unknown())
                .map(|intent| intent.fingerprint)
                .collect();
            for (what, times) in done {
                prop_assert!(times <= 1, "{what} was done {times} times");
                let is_said = said.contains(&intent(0, what).fingerprint);
                prop_assert!(times == 0 || is_said, "{} was done and not said", what);
            }
        }
    }
}
