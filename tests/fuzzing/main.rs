//! Every reader of files against seeds, past findings, and random changes of both: see `fuzz/targets`. The same targets
//! run under libFuzzer, guided by coverage: README.md, "Fuzzing".

#![expect(clippy::print_stdout, reason = "figures, shown with --nocapture and where a test fails")]

mod large;
mod mutate;
mod seeds;
#[path = "../fuzz/targets/mod.rs"]
mod targets;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use mutate::Draws;
use targets::{ALL, Target};

/// Changed inputs for each target.
const TRIES: usize = 4000;

fn fuzz_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz")
}

/// A folder in memory where the system has a place for that.
fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.expect("a temporary folder")
}

/// Inputs that were found to break a promise, each in a file.
fn findings(target: &Target) -> Vec<(String, Vec<u8>)> {
    let Ok(entries) = fs::read_dir(fuzz_folder().join("findings").join(target.name)) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let read = |path: PathBuf| (path.display().to_string(), fs::read(&path).expect("a finding"));
    paths.into_iter().map(read).collect()
}

/// The allocator counts for the whole program: one target at a time.
static ONE: Mutex<()> = Mutex::new(());

fn try_all(name: &str) {
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (target, folder) = (Target::named(name), folder());
    let seeds = seeds::of(name);
    let mut held = 0;
    for seed in &seeds {
        held = held.max(target.check(folder.path(), seed));
    }
    for (path, bytes) in findings(target) {
        println!("{path}");
        target.check(folder.path(), &bytes);
    }
    let mut draws = Draws(1);
    for number in 0..TRIES {
        let seed = &seeds[draws.below(seeds.len())];
        let bytes = draws.changed(seed, &seeds);
        let tried = std::panic::catch_unwind(|| target.check(folder.path(), &bytes));
        match tried {
            Ok(peak) => held = held.max(peak),
            Err(panic) => {
                let kept = std::env::temp_dir().join(format!("runner-fuzz-{name}-{number}"));
                fs::write(&kept, &bytes).expect("a file");
                println!("the input is in {}", kept.display());
                std::panic::resume_unwind(panic);
            }
        }
    }
    println!("{name}: {} seeds, {TRIES} changed inputs, {held} bytes held at most", seeds.len());
}

macro_rules! targets {
    ($($name:ident),* $(,)?) => {
        $(#[test]
        fn $name() {
            try_all(stringify!($name));
        })*

        const TRIED: &[&str] = &[$(stringify!($name)),*];
    };
}

targets![
    experiment,
    set,
    parquet,
    columns,
    csv,
    json_lines,
    readme,
    label_file,
    tokenizer_json,
    tokenizer_settings,
    vocab,
    sentencepiece,
    config,
    safetensors,
    torch_archive,
    torch_legacy,
    pickle,
    index,
    lock,
    journal,
    tables,
    evaluations,
    predictions,
    timings,
    checkpoint,
    saved_model,
];

#[test]
fn every_target_is_tried_here_and_under_libfuzzer() {
    let manifest = fs::read_to_string(fuzz_folder().join("Cargo.toml")).expect("a manifest");
    assert_eq!(ALL.map(|target| target.name), *TRIED);
    for target in ALL {
        let name = target.name;
        let run = fs::read_to_string(fuzz_folder().join(format!("fuzz_targets/{name}.rs"))).expect("a target");
        assert!(run.contains(&format!("run(\"{name}\", bytes)")), "{run}");
        assert!(manifest.contains(&format!("name = \"{name}\"\npath = \"fuzz_targets/{name}.rs\"")), "{name}");
    }
}

/// What libFuzzer starts from: `cargo test --release --test fuzzing -- --ignored seeds_are_written`.
#[test]
#[ignore = "writes tests/fuzz/corpus, which git ignores"]
fn seeds_are_written() {
    for target in ALL {
        let folder = fuzz_folder().join("corpus").join(target.name);
        fs::create_dir_all(&folder).expect("a folder");
        let findings = findings(&target).into_iter().map(|(_, bytes)| bytes);
        for (number, bytes) in seeds::of(target.name).into_iter().chain(findings).enumerate() {
            fs::write(folder.join(format!("seed-{number}")), bytes).expect("a seed");
        }
    }
}
