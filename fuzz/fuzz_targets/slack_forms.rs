#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| valet::doors::through("slack_forms", bytes));
