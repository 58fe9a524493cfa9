//! A chain tells whatever is done to it.

use proptest::prelude::*;

use super::*;
use crate::ledger::fingerprint;

const ADA: &str = "T0ACME/U0ADA";

/// Where a digit of the minute stands in an entry whose number has one digit.
const MINUTE: usize = 33;

/// What the store keeps of one chain.
#[derive(Clone)]
struct Kept {
    chain: Chain,
    records: Vec<(u64, Vec<u8>)>,
}

impl Kept {
    fn new(seed: u128) -> Self {
        let beginning = Beginning {
            seed: Seed::from_bits(seed),
            forgotten: None,
        };
        Self {
            chain: Chain {
                person: ADA.to_owned(),
                beginning: Some(beginning),
                head: None,
            },
            records: Vec::new(),
        }
    }

    fn with(acts: usize) -> Self {
        let mut kept = Self::new(7);
        for number in 0..acts {
            let to = format!("{number}@example.com");
            let begun = kept.begin(&write(&to));
            kept.end(&begun, Stage::Done);
        }
        kept
    }

    fn seed(&self) -> Seed {
        self.chain.beginning.clone().unwrap().seed
    }

    fn last(&self) -> Link {
        let beginning = self.chain.beginning.as_ref().unwrap();
        let head = self.chain.head;
        head.unwrap_or_else(|| beginning.before_first(ADA))
    }

    fn begin(&mut self, act: &Act) -> Entry {
        let entry = Entry::begun((ADA, &self.seed()), &self.last(), act, monday());
        self.add(&entry);
        entry
    }

    fn end(&mut self, begun: &Entry, stage: Stage) {
        let entry = Entry::ended(begun, &self.last(), stage, monday());
        self.add(&entry);
    }

    fn add(&mut self, entry: &Entry) {
        let record = serde_json::to_vec(entry).unwrap();
        self.chain.head = Some(Link::of(entry.number, &record));
        self.records.push((entry.number, record));
    }

    /// As retention does it.
    fn forget(&mut self, entries: usize) {
        for (number, record) in self.records.drain(..entries) {
            let beginning = self.chain.beginning.as_mut().unwrap();
            beginning.forgotten = Some(Link::of(number, &record));
        }
    }

    fn verify(&self) -> Result<Whole, Vec<Broken>> {
        let mut verifier = Verifier::of(&self.chain);
        for (number, record) in &self.records {
            verifier.take(*number, record);
        }
        verifier.end()
    }

    fn first_broken(&self) -> Broken {
        self.verify().unwrap_err()[0]
    }
}

fn monday() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn gmail() -> ConnectionName {
    ConnectionName::parse("gmail").unwrap()
}

fn write(to: &str) -> Act {
    let arguments = serde_json::json!({"to": to, "body": "canary"});
    let tool = "gmail_send_message";
    let fingerprint = fingerprint(tool, &gmail(), arguments.as_object().unwrap());
    let run = Cause::Run(RunId::first_at(monday()));
    Act::by_tool(What::Write, &gmail(), run, (tool, fingerprint))
}

#[test]
fn a_chain_is_whole_as_it_was_written() {
    assert_eq!(Kept::with(0).verify().unwrap().entries, 0);
    let whole = Kept::with(3).verify().unwrap();
    assert_eq!((whole.entries, whole.last.number), (6, 6));
}

#[test]
fn an_entry_holds_nothing_that_anybody_wrote() {
    let line = String::from_utf8(Kept::with(1).records[0].1.clone()).unwrap();
    for said in ["example.com", "canary", "body"] {
        assert!(!line.contains(said), "{line}");
    }
    let begin = r#"{"number":1,"at":"2026-11-23T12:00:00Z","person":"T0ACME/U0ADA","what":"write","stage":"begun","connection":"gmail","tool":"gmail_send_message","run":"#;
    assert!(line.starts_with(begin), "{line}");
}

#[test]
fn a_digest_of_arguments_is_one_persons_own() {
    let of = |seed, to| {
        let mut kept = Kept::new(seed);
        kept.begin(&write(to)).arguments.unwrap()
    };
    assert_eq!(of(1, "ben"), of(1, "ben"));
    assert_ne!(of(1, "ben"), of(1, "grace"));
    assert_ne!(of(1, "ben"), of(2, "ben"));
}

#[test]
fn what_is_done_to_a_chain_is_named_with_its_number() {
    type Harm = fn(&mut Kept);
    let table: [(&str, Harm, Broken); 10] = [
        (
            "a byte in the middle",
            |kept| kept.records[2].1[MINUTE] ^= 1,
            Broken::Loose { number: 4 },
        ),
        (
            "a byte of the last",
            |kept| kept.records[5].1[MINUTE] ^= 1,
            Broken::Changed { number: 6 },
        ),
        (
            "no JSON any more",
            |kept| kept.records[2].1[0] = b'x',
            Broken::Unreadable { number: 3 },
        ),
        (
            "removed",
            |kept| drop(kept.records.remove(2)),
            Broken::Missing { from: 3, to: 3 },
        ),
        (
            "the first ones removed",
            |kept| drop(kept.records.drain(..2)),
            Broken::Missing { from: 1, to: 2 },
        ),
        (
            "swapped",
            |kept| {
                let third = kept.records[2].1.clone();
                kept.records[2].1 = std::mem::replace(&mut kept.records[3].1, third);
            },
            Broken::Misplaced { number: 3 },
        ),
        (
            "cut",
            |kept| kept.records.truncate(4),
            Broken::Cut {
                last: 4,
                written: 6,
            },
        ),
        (
            "all removed",
            |kept| kept.records.clear(),
            Broken::Cut {
                last: 0,
                written: 6,
            },
        ),
        (
            "another beginning",
            |kept| kept.chain.beginning = Kept::new(8).chain.beginning,
            Broken::Loose { number: 1 },
        ),
        (
            "an older head",
            |kept| kept.chain.head = Some(Link::of(4, &kept.records[3].1)),
            Broken::Ahead { number: 6 },
        ),
    ];
    for (harm, does, wanted) in table {
        let mut kept = Kept::with(3);
        does(&mut kept);
        assert_eq!(kept.first_broken(), wanted, "{harm}");
    }
    let mut kept = Kept::with(3);
    kept.chain.beginning = None;
    assert_eq!(kept.first_broken(), Broken::NoBeginning);
}

/// A kill between an entry and the note that it is the last.
#[test]
fn one_entry_ahead_of_the_head_is_no_harm() {
    let mut kept = Kept::with(3);
    kept.chain.head = Some(Link::of(5, &kept.records[4].1));
    assert_eq!(kept.verify().unwrap().last.number, 6);
}

#[test]
fn what_was_forgotten_is_not_missed() {
    for entries in 1..=6 {
        let mut kept = Kept::with(3);
        kept.forget(entries);
        let whole = kept.verify().unwrap();
        assert_eq!(whole.forgotten, u64::try_from(entries).unwrap());
        assert_eq!(whole.last.number, 6);
        // A kill before they were all gone.
        kept.records = Kept::with(3).records;
        assert_eq!(kept.verify().unwrap().forgotten, whole.forgotten);
    }
    let mut kept = Kept::with(3);
    kept.forget(2);
    kept.records.remove(0);
    assert_eq!(kept.first_broken(), Broken::Missing { from: 3, to: 3 });
}

#[test]
fn a_chain_goes_on_after_a_restore() {
    let mut kept = Kept::with(1);
    let restored = Entry::restored(ADA, &kept.last(), monday(), monday());
    kept.add(&restored);
    kept.begin(&write("ben"));
    assert_eq!(kept.verify().unwrap().entries, 4);
}

#[test]
fn a_hash_is_written_in_hexadecimal_and_read_again() {
    let hash = Hash::of(b"abc");
    let text = hash.to_string();
    assert!(text.starts_with("ba7816bf8f01cfea"), "{text}");
    assert_eq!(Hash::try_from(text).unwrap(), hash);
    for bad in ["", "ba", &"g".repeat(64), &"é".repeat(32), &"+1".repeat(32)] {
        assert!(Hash::try_from(bad.to_owned()).is_err(), "{bad}");
    }
    assert_eq!(format!("{:?}", Seed::from_bits(7)), "Seed(hidden)");
}

proptest! {
    #[test]
    fn every_changed_byte_is_found(acts in 1_usize..6, which: usize, at: usize, bits in 1_u8..) {
        let mut kept = Kept::with(acts);
        let which = which % kept.records.len();
        let (number, record) = &mut kept.records[which];
        let number = *number;
        let at = at % record.len();
        record[at] ^= bits;
        let near = match kept.first_broken() {
            Broken::Loose { number: found } => found == number || found == number + 1,
            Broken::Changed { number: found }
            | Broken::Misplaced { number: found }
            | Broken::Unreadable { number: found } => found == number,
            Broken::Ahead { .. } | Broken::Cut { .. } | Broken::Missing { .. }
            | Broken::NoBeginning => false,
        };
        prop_assert!(near, "{} was changed: {:?}", number, kept.first_broken());
    }

    #[test]
    fn every_removed_or_moved_entry_is_found(acts in 1_usize..6, one: usize, other: usize) {
        let whole = Kept::with(acts);
        let (one, other) = (one % whole.records.len(), other % whole.records.len());
        let mut removed = whole.clone();
        removed.records.remove(one);
        prop_assert!(removed.verify().is_err());
        let mut moved = whole.clone();
        moved.records[one].1 = whole.records[other].1.clone();
        moved.records[other].1 = whole.records[one].1.clone();
        prop_assert_eq!(moved.verify().is_ok(), one == other);
    }

    /// Acts of several runs in any order, some of them never ended, and old ones forgotten.
    #[test]
    fn whatever_is_written_is_whole(
        steps in prop::collection::vec((0_u8..4, any::<u8>()), 0..30)
    ) {
        let mut kept = Kept::new(3);
        let mut open: Vec<Entry> = Vec::new();
        for (step, which) in steps {
            let which = usize::from(which);
            match step {
                0 | 1 => open.push(kept.begin(&write(&which.to_string()))),
                2 if !open.is_empty() => {
                    let begun = open.swap_remove(which % open.len());
                    kept.end(&begun, Stage::Unknown);
                }
                _ => kept.forget(which % (kept.records.len() + 1)),
            }
            prop_assert!(kept.verify().is_ok(), "{:?}", kept.verify());
        }
    }
}
