//! The same bytes whatever the processor's vectors: tables, predictions, checkpoints under way and the kept model.
//!
//! `RUNNER_ISA` forces an instruction set on a processor that has better ones. Where qemu's user emulation is installed
//! (`qemu-x86_64`), processors that lack them are tried too, in tests that are ignored unless asked for.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use runner::engine::cpu::products::Isa;
use safetensors::SafeTensors;

use crate::workshop::{Files, Workshop, assert_same};

/// One job with dropout and clipping, and a checkpoint after every step.
const JOB: &str = r#"
[data]
dataset = "builtin:es"
train_size = 240
test_size = 60

[model]
checkpoint = "builtin:tiny"
max_length = 64
dropout = 0.2

[train]
epochs = 2
learning_rate = 2e-3
weight_decay = 0.01
warmup_ratio = 0.1
log_every = 1

[save]
models = "all"
checkpoint_minutes = 1e-6
"#;

/// A few steps, for a processor that is emulated.
const SHORT: &str = r#"
[data]
dataset = "builtin:es"
train_size = 16
test_size = 8

[model]
checkpoint = "builtin:tiny"
max_length = 64

[train]
max_steps = 2
learning_rate = 2e-3
log_every = 1
"#;

/// The instruction sets of this processor, the fastest first, the scalar reference last.
fn present() -> Vec<String> {
    let present = Isa::ALL.into_iter().filter(|isa| isa.is_present());
    present.map(|isa| isa.to_string()).collect()
}

/// Everything made to be committed, and the kept model's weights.
fn left_by(workshop: &Workshop) -> Files {
    let mut files = workshop.committed("results/grid");
    let models = workshop.files("results/grid/.run/models");
    let weights: Files = models.into_iter().filter(|(name, _)| name.ends_with("model.safetensors")).collect();
    assert_eq!(weights.len(), 1, "the job keeps its model");
    files.extend(weights);
    files
}

/// What the job leaves when it is run from its beginning to its end under one instruction set.
fn whole(isa: &str) -> Files {
    let workshop = Workshop::new(JOB);
    let said = workshop.runner_with("run grid.toml", &[("RUNNER_ISA", isa)]);
    assert_eq!(said.status, 0, "{isa}: {}", said.err);
    let environment = workshop.cell("results/grid", "base", "environment").unwrap();
    assert!(environment.starts_with("cpu") && !environment.contains(isa), "{environment}");
    left_by(&workshop)
}

fn start(workshop: &Workshop, isa: &str) -> Child {
    workshop.start_with("run grid.toml", &[("RUNNER_ISA", isa)])
}

/// The buffers of each checkpoint that could be caught before the first with `last` steps or more, by steps taken.
fn checkpoints(isa: &str, last: u64) -> BTreeMap<u64, BTreeMap<String, Vec<u8>>> {
    let workshop = Workshop::new(JOB);
    let mut child = start(&workshop, isa);
    let (mut caught, begun) = (BTreeMap::new(), Instant::now());
    let folder = workshop.path("results/grid/.run/checkpoints");
    while caught.last_key_value().is_none_or(|(step, _)| *step < last) {
        assert!(begun.elapsed() < Duration::from_secs(60), "{isa}: no checkpoint after step {last}");
        assert!(child.try_wait().unwrap().is_none(), "{isa}: it ended before step {last} was caught");
        let files = fs::read_dir(&folder).into_iter().flatten().map(|entry| entry.unwrap().path());
        for path in files.filter(|path| path.extension().is_some_and(|ending| ending == "safetensors")) {
            let Ok(bytes) = fs::read(path) else { continue };
            let metadata = SafeTensors::read_metadata(&bytes).unwrap().1.metadata().clone().unwrap();
            let tensors = SafeTensors::deserialize(&bytes).unwrap();
            let mut parts: BTreeMap<String, Vec<u8>> =
                tensors.iter().map(|(name, view)| (name.to_owned(), view.data().to_vec())).collect();
            parts.insert("note".to_owned(), metadata["note"].clone().into_bytes());
            caught.insert(metadata["step"].parse().unwrap(), parts);
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    caught
}

#[test]
fn every_instruction_set_leaves_the_same_bytes() {
    let sets = present();
    println!("present: {sets:?}");
    let first = whole(&sets[0]);
    assert!(first.keys().any(|name| name.starts_with("predictions/")), "{:?}", first.keys());
    for isa in &sets[1..] {
        assert_same(&first, &whole(isa));
    }
}

#[test]
fn a_checkpoint_under_way_has_the_same_bytes_under_every_instruction_set() {
    let sets = present();
    let first = checkpoints(&sets[0], 30);
    for isa in &sets[1..] {
        let other = checkpoints(isa, 30);
        let common: Vec<u64> = first.keys().filter(|step| other.contains_key(step)).copied().collect();
        assert!(!common.is_empty(), "{isa}: no step was caught twice");
        for step in common {
            let differing: Vec<&String> =
                first[&step].keys().filter(|n| first[&step][*n] != other[&step][*n]).collect();
            assert!(differing.is_empty(), "{isa}, step {step}: these differ: {differing:?}");
        }
    }
}

#[test]
fn a_training_begun_under_one_instruction_set_ends_under_another_in_the_same_bytes() {
    let sets = present();
    let expected = whole(&sets[0]);
    for (at, isa) in sets.iter().enumerate() {
        let workshop = Workshop::new(JOB);
        let mut child = start(&workshop, isa);
        workshop.wait_for_checkpoint("results/grid");
        child.kill().unwrap();
        child.wait().unwrap();
        let next = &sets[(at + 1) % sets.len()];
        let said = workshop.runner_with("run grid.toml", &[("RUNNER_ISA", next)]);
        assert_eq!(said.status, 0, "{}", said.err);
        assert!(said.err.contains("base: resuming from step "), "{isa}, {next}: {}", said.err);
        assert_same(&expected, &left_by(&workshop));
    }
}

#[test]
fn a_forced_instruction_set_that_is_not_there_is_an_error_of_the_environment() {
    let workshop = Workshop::new(SHORT);
    let said = workshop.runner_with("run grid.toml", &[("RUNNER_ISA", "sse9")]);
    assert_eq!(said.status, 3);
    insta::assert_snapshot!(said.err, @"error: RUNNER_ISA is `sse9`, which names no instruction set; use avx512, avx2, neon or scalar, or unset it");
    assert!(!workshop.path("results").exists());
}

/// `runner run grid.toml` on an emulated x86 processor: the exit status, and what it said.
fn emulated(workshop: &Workshop, processor: &str, variables: &[(&str, &str)]) -> (i32, String) {
    let mut command = Command::new("qemu-x86_64");
    command.args(["-cpu", processor]).arg(assert_cmd::cargo::cargo_bin!("runner"));
    command.args(["run", "grid.toml", "--threads", "2"]).current_dir(workshop.path(""));
    let output = command.env("HF_HOME", workshop.path("cache")).envs(variables.iter().copied()).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
#[ignore = "needs qemu-x86_64"]
fn a_processor_without_fused_multiply_add_is_refused_with_the_way_round() {
    let workshop = Workshop::new(SHORT);
    let (status, said) = emulated(&workshop, "Nehalem", &[]);
    assert_eq!(status, 3);
    insta::assert_snapshot!(said, @"error: this processor has neither AVX-512, nor AVX2 with FMA, nor NEON; use a newer one, or set RUNNER_ISA=scalar to run far more slowly with the same results");
    assert!(!workshop.path("results").exists());
}

#[test]
#[ignore = "needs qemu-x86_64"]
fn processors_of_2008_and_2013_make_the_tables_of_this_one() {
    let here = Workshop::new(SHORT);
    assert_eq!(here.runner("run grid.toml").status, 0);
    for (processor, variables) in [("Haswell", &[][..]), ("Nehalem", &[("RUNNER_ISA", "scalar")][..])] {
        let there = Workshop::new(SHORT);
        let (status, said) = emulated(&there, processor, variables);
        assert_eq!(status, 0, "{processor}: {said}");
        assert_same(&left_by(&here), &left_by(&there));
    }
}
