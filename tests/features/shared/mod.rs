//! Tests over the shared data: WikiANN, the MiniLM encoder, and cases of data and checkpoints. They are ignored unless
//! asked for, since the data are not part of the repository: `RUNNER_SHARED=DIR cargo test --release shared:: -- --ignored`.

mod data_cases;
pub(crate) mod folder;
mod grid;
mod hub;
mod metrics;
mod model_cases;
mod partial;
mod repository;
mod statistics;
mod tokens;
