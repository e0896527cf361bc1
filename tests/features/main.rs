//! The product from outside, a file for each feature: what its files say, what its commands print and write.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test may panic, and shows figures")]

mod architecture;
mod bad_inputs;
mod cached_features;
mod clean;
mod completions;
mod contradicted_rows;
mod curves;
mod damage;
mod data;
mod determinism;
mod diff;
mod doctor;
mod downloads;
mod earlier_results;
mod environment;
mod errors;
mod estimates;
mod evaluate;
mod evaluate_every;
mod experiment_file;
mod experiments;
mod export;
mod fetch;
mod halving;
mod init;
mod instruction_sets;
mod job_checkpoints;
mod local_inputs;
mod loopback;
mod man;
mod memory;
mod metrics;
mod own_data;
mod pages;
mod partial_scores;
mod permutations;
mod plan;
mod predict;
mod predictions;
mod preflight;
mod quickstart;
mod report;
mod results;
mod resume;
mod safety;
mod saved_models;
mod screen;
mod select;
mod shards;
mod shared;
mod shared_prefix;
mod shared_training;
mod show;
mod statistics;
#[cfg(unix)]
mod submit;
#[cfg(unix)]
mod tutorial;
mod verify;
mod warnings;
mod weights;
mod workers;
mod workshop;
