//! `tokenizer_config.json` and `special_tokens_map.json`
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| runner_fuzz::run("tokenizer_settings", bytes));
