//! The program as its users drive it: the binary, experiment files, results folders.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test may panic, and says what it did not check")]

mod bad_inputs;
mod cached_features;
mod damage;
mod determinism;
mod doctor;
mod downloads;
mod earlier_results;
mod environment;
mod evaluating;
#[path = "../shared/folder.rs"]
mod folder;
mod foreseen;
mod further_sets;
mod instruction_sets;
mod kept_models;
mod loopback;
mod memory;
mod own_data;
mod quickstart;
mod resuming;
mod said;
mod screen;
mod selecting;
mod shared_grid;
mod shared_training;
mod warnings;
mod workshop;
