//! JSON lines, or an array
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| runner_fuzz::run("json_lines", bytes));
