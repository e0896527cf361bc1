//! the description of a saved model
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| runner_fuzz::run("saved_model", bytes));
