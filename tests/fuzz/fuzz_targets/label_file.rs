//! a file that names classes
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| runner_fuzz::run("label_file", bytes));
