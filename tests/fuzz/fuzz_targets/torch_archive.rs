//! weights in torch.save's zip file
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| runner_fuzz::run("torch_archive", bytes));
