//! Curves as event files of TensorBoard. `tests/tensorboard/read.py` compares them with what TensorBoard itself reads.

use crate::workshop::{GRID, Workshop, assert_same};

const FILE: &str = "train_size=32,freeze=false/events.out.tfevents.0.runner";

/// The contents of an event file's records, whose checksums are right.
fn records(bytes: &[u8]) -> Vec<Vec<u8>> {
    let masked = |part: &[u8]| crc32c::crc32c(part).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes();
    let (mut rest, mut records) = (bytes, Vec::new());
    while !rest.is_empty() {
        let length = u64::from_le_bytes(rest[..8].try_into().unwrap()) as usize;
        assert_eq!(rest[8..12], masked(&rest[..8]));
        assert_eq!(rest[12 + length..16 + length], masked(&rest[12..12 + length]));
        records.push(rest[12..12 + length].to_vec());
        rest = &rest[16 + length..];
    }
    records
}

#[test]
fn every_job_is_a_run_with_its_curve_scores_and_settings() {
    let workshop = Workshop::new(GRID);
    assert_eq!(workshop.runner("run grid.toml").status, 0);
    let before = workshop.files("results");
    let said = workshop.runner("curves results/grid --tensorboard runs");
    assert_eq!(said.status, 0, "{}", said.err);
    insta::assert_snapshot!(said.out, @"runs: 4 runs; look with `tensorboard --logdir runs`, on the Step axis");
    let files = workshop.files("runs");
    assert_eq!((files.len(), files.contains_key(FILE)), (4, true), "{:?}", files.keys());
    let records = records(&files[FILE]);
    assert_eq!(records[0], b"\x1a\x0dbrain.Event:2");
    let count = |tag: &str| {
        records.iter().filter(|record| record.windows(tag.len()).any(|part| part == tag.as_bytes())).count()
    };
    let rows =
        workshop.read("results/grid/curves.csv").lines().filter(|line| line.contains("=32,freeze=false")).count();
    let counts = [
        count("train/loss"),
        count("train/grad_norm"),
        count("final/test_entity_f1\x15"),
        count("_hparams_/session_start_info"),
    ];
    assert_eq!(counts, [rows, rows, 1, 1]);
    assert!(rows > 1);
    assert_same(&workshop.files("results"), &before);
}

#[test]
fn equal_tables_give_equal_bytes_and_nothing_is_overwritten_without_force() {
    let workshop = Workshop::new(GRID);
    assert_eq!(workshop.runner("run grid.toml").status, 0);
    assert_eq!(workshop.runner("curves results/grid --tensorboard runs").status, 0);
    let files = workshop.files("runs");
    let said = workshop.runner("curves results/grid --tensorboard runs");
    assert_eq!(said.status, 2);
    insta::assert_snapshot!(said.err, @"error: runs is not empty; choose another folder, or add --force to replace event files of the same runs");
    workshop.write("runs/mine.txt", "mine");
    assert_eq!(workshop.runner("curves results/grid --tensorboard runs --force").status, 0);
    let mut again = workshop.files("runs");
    assert_eq!(again.remove("mine.txt").as_deref(), Some(&b"mine"[..]));
    assert_same(&again, &files);
    assert_eq!(workshop.cloned().runner("curves results/grid --tensorboard runs").status, 2, "cloned with its runs");
    let said = workshop.runner("curves nowhere --tensorboard other");
    assert_eq!((said.status, workshop.path("other").exists()), (3, false), "{}", said.err);
}

#[test]
fn several_folders_have_a_folder_each_and_failed_jobs_are_named() {
    let workshop = Workshop::new(GRID);
    assert_eq!(workshop.runner("run grid.toml").status, 0);
    workshop.runner("run grid.toml --name other --set train.learning_rate=1e30");
    let said = workshop.runner("curves results/grid results/other --tensorboard runs");
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(workshop.path(&format!("runs/grid/{FILE}")).exists());
    let failed = workshop.read("results/other/results.csv").matches(",failed,").count();
    assert_eq!(said.err.matches(" failed, and has no curve").count(), failed, "{}", said.err);
}
