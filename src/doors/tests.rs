//! Every seed goes through its door in an ordinary test run, also those that once broke something.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::*;

fn below_fuzz(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz")
        .join(path)
}

fn names_in(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

#[test]
fn every_seed_passes_its_door() {
    let mut stuck = Vec::new();
    for (name, _) in DOORS {
        for seed in fs::read_dir(below_fuzz("seeds").join(name)).unwrap() {
            let seed = seed.unwrap().path();
            let bytes = fs::read(&seed).unwrap();
            if std::panic::catch_unwind(|| through(name, &bytes)).is_err() {
                stuck.push(seed);
            }
        }
    }
    assert_eq!(stuck, [""; 0].map(PathBuf::from));
}

#[test]
fn every_door_has_seeds() {
    let doors: BTreeSet<String> = DOORS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names_in(&below_fuzz("seeds")), doors);
}

#[test]
fn an_input_has_parts_and_can_grow() {
    assert_eq!(parts(b"a\x1eb\x1ec\x1ed"), [&b"a"[..], b"b", b"c\x1ed"]);
    assert_eq!(parts(b"a"), [&b"a"[..], b"", b""]);
    for as_it_is in [&b"a"[..], b"a\x1fb", b"a\x1f\x1fb", b"\x1f\x1f\x1f"] {
        assert_eq!(*grown(as_it_is), *as_it_is);
    }
    let grown = grown(b"a\x1fbcd\x1fe");
    assert!(grown.starts_with(b"abcdbcd") && grown.ends_with(b"bcde"));
    assert!(grown.len() > GROWN - 3);
}
