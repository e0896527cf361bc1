//! a table with a token a row
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| runner_fuzz::run("csv", bytes));
