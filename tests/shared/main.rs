//! Tests over the shared data: WikiANN, the MiniLM encoder, Trainer's traces. Without `RUNNER_SHARED` they say that they
//! are skipped; where CI=true they fail.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test may panic, and says that it is skipped")]

mod data_cases;
#[path = "../emulator/mod.rs"]
mod emulator;
mod folder;
mod hub;
mod metrics;
mod model_cases;
mod repository;
mod tokens;
mod training;
#[expect(dead_code, reason = "one of its formats is enough here")]
#[path = "../weights/writer.rs"]
mod writer;
