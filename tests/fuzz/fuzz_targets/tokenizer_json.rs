//! `tokenizer.json`
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| runner_fuzz::run("tokenizer_json", bytes));
