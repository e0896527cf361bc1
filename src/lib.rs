//! `runner`: declarative fine-tuning experiments for named-entity recognition.
//!
//! Imports point one way, in the order of the modules below; `tests/features/architecture/` enforces it.
//! `src/README.md` maps the source.

pub mod words;

pub mod hash;

pub mod files;

pub mod claims;

pub mod random;

pub mod metrics;

pub mod statistics;

pub mod spec;

pub mod plan;

pub mod hub;

pub mod data;

pub mod model;

pub mod engine;

pub mod results;

pub mod train;

pub mod machine;

pub mod ledger;

pub mod lab;

pub mod analysis;

pub mod trained;

pub mod export;

pub mod parents;

pub mod tagging;

pub mod experiment;

pub mod cluster;

pub mod bundle;

pub mod merging;

pub mod verification;

pub mod git;

pub mod disk;

pub mod tensorboard;

pub mod overview;

pub mod comparison;

pub mod answers;

pub mod report;

pub mod html;

pub mod cli;
