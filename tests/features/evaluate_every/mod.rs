//! `train.evaluate_every`, `keep` and `patience`: scores while training.

mod file;
mod run;
