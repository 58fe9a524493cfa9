//! One target for every door: `DOOR` names which. Seventeen programs, each with the whole library
//! in it, would take two gigabytes and minutes of linking.
#![no_main]

use std::env;
use std::sync::OnceLock;

static DOOR: OnceLock<String> = OnceLock::new();

/// The door that this run is for.
fn door() -> &'static str {
    DOOR.get_or_init(|| env::var("DOOR").expect("DOOR names a folder of fuzz/seeds"))
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| valet::doors::through(door(), bytes));
