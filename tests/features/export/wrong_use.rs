//! What cannot be exported, or not there: it is said, and nothing is lost.

use super::{JOBS, done, exported};
use crate::workshop::Workshop;

/// The message of an export that is refused, and its status.
fn refused(workshop: &Workshop, line: &str) -> (i32, String) {
    let before = workshop.files("");
    let said = workshop.runner(&format!("export {line}"));
    assert_eq!(said.out, "");
    assert_eq!(workshop.files("").keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>(), "{line}");
    (said.status, said.err.trim_end().to_owned())
}

#[test]
fn a_place_that_is_taken_is_refused_before_anything_is_read() {
    let workshop = done(JOBS);
    workshop.write("file", "mine");
    workshop.write("mine/notes.txt", "mine");
    exported(&workshop, "freeze=false", "out");
    workshop.write("out/notes.txt", "mine");
    let said = |out: &str| {
        let (status, said) = refused(&workshop, &format!("results/grid:freeze=false {out} --force"));
        assert_eq!(status, 2, "{said}");
        workshop.redacted(&said)
    };
    insta::assert_snapshot!(said("file"), @"error: file is a file; name a folder that does not exist yet");
    insta::assert_snapshot!(said("mine"), @r#"error: mine exists and is not an earlier export: it has "notes.txt"; name another folder"#);
    insta::assert_snapshot!(said("out"), @r#"error: out exists and is not an earlier export: it has "notes.txt"; name another folder"#);
    insta::assert_snapshot!(said("results"), @r#"error: results exists and is not an earlier export: it has "grid"; name another folder"#);
    assert!(said("results/grid").contains("results/grid lies in the results folder "));
    assert!(said("results/grid/.run/models/x").contains("; name a folder elsewhere"));
}

#[test]
fn files_of_these_names_that_are_no_export_are_a_strangers() {
    let workshop = done(JOBS);
    workshop.write("theirs/config.json", "{\"model_type\": \"bert\"}");
    workshop.write("theirs/README.md", "theirs");
    let (status, said) = refused(&workshop, "results/grid:freeze=false theirs --force");
    assert_eq!(status, 2);
    insta::assert_snapshot!(said, @r#"error: theirs exists and is not an earlier export: it has "README.md"; name another folder"#);
    assert_eq!(workshop.read("theirs/README.md"), "theirs");
}

#[test]
fn a_job_that_is_not_there_or_failed_is_named() {
    let workshop = done(JOBS);
    let (status, said) = refused(&workshop, "results/grid:freeze=2 out");
    assert_eq!(status, 2);
    assert!(said.contains("no job `results/grid:freeze=2`: results/grid has these"), "{said}");
    let failing =
        JOBS.replace("train_size = 32\n", "").replace("model.freeze", "data.train_size = [32, 99999]\nmodel.freeze");
    let failing = Workshop::new(&failing);
    assert_eq!(failing.runner("run grid.toml -q").status, 1);
    let (status, said) = refused(&failing, "results/grid:train_size=99999,freeze=true out");
    assert_eq!(status, 2);
    let said: String = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("failed and has no model: "), "{said}");
}

#[test]
fn a_row_of_another_key_is_stale() {
    let workshop = done(JOBS);
    let experiment =
        workshop.read("results/grid/experiment.toml").replace("learning_rate = 0.002", "learning_rate = 0.003");
    workshop.write("results/grid/experiment.toml", experiment);
    let (status, said) = refused(&workshop, "results/grid:freeze=true out --train");
    assert_eq!(status, 2);
    insta::assert_snapshot!(said, @"error: results/grid:freeze=true: its row belongs to other settings or inputs than experiment.toml and lock.toml; run the experiment again");
}

#[test]
fn a_score_that_its_predictions_contradict_makes_no_card() {
    let workshop = done(JOBS);
    let score = workshop.cell("results/grid", "freeze=false", "test_token_accuracy").unwrap();
    let table = workshop.read("results/grid/results.csv").replace(&score, "0.999999");
    workshop.write("results/grid/results.csv", table);
    // the journal is right about its keys
    exported(&workshop, "freeze=false", "out");
    assert!(!workshop.read("out/README.md").contains("0.999999"));
    std::fs::remove_file(workshop.path("results/grid/.run/journal.jsonl")).unwrap();
    let (status, said) = refused(&workshop, "results/grid:freeze=false other");
    assert_eq!(status, 2);
    insta::assert_snapshot!(said, @"error: results/grid:freeze=false: its scores in results.csv do not follow from its predictions; restore the files from git or a copy, or run the job again with --force");
}

#[test]
fn a_value_beyond_float16_is_named_with_its_tensor() {
    let workshop = Workshop::new(
        "[data]\ndataset = \"./data\"\n[model]\ncheckpoint = \"./model\"\nmax_length = 60\nfreeze = true\n[train]\nmax_steps = 1\n",
    );
    workshop.write_checkpoint("model", 8);
    for split in ["train", "test"] {
        workshop.write_split(&format!("data/{split}-0.parquet"), &[("ana lee .", "B-PER I-PER O")]);
    }
    // the last row of the last position is never used
    let mut weights = workshop.files("model").remove("model.safetensors").unwrap();
    let range = {
        let file = safetensors::SafeTensors::deserialize(&weights).unwrap();
        let data = file.tensor("bert.embeddings.position_embeddings.weight").unwrap().data();
        let end = data.as_ptr() as usize + data.len() - weights.as_ptr() as usize;
        end - 4..end
    };
    weights[range].copy_from_slice(&1e6_f32.to_le_bytes());
    workshop.write("model/model.safetensors", weights);
    let said = workshop.runner("run grid.toml -q");
    assert_eq!(said.status, 0, "{}", said.err);
    let (status, said) = refused(&workshop, "results/grid out --dtype float16");
    assert_eq!(status, 2);
    insta::assert_snapshot!(said, @"error: bert.embeddings.position_embeddings.weight has the value 1e6, which float16 cannot hold; write float32 or bfloat16 with --dtype");
    let said = workshop.runner("export results/grid out --dtype bfloat16");
    assert_eq!(said.status, 0, "{}", said.err);
}

#[test]
fn a_checkpoint_that_is_gone_is_named() {
    let workshop = Workshop::new(
        "[data]\ndataset = \"./data\"\n[model]\ncheckpoint = \"./model\"\nmax_length = 60\n[train]\nmax_steps = 1\n",
    );
    workshop.write_checkpoint("model", 8);
    for split in ["train", "test"] {
        workshop.write_split(&format!("data/{split}-0.parquet"), &[("ana lee .", "B-PER I-PER O")]);
    }
    let said = workshop.runner("run grid.toml -q");
    assert_eq!(said.status, 0, "{}", said.err);
    std::fs::rename(workshop.path("model"), workshop.path("moved")).unwrap();
    let (status, said) = refused(&workshop, "results/grid out --offline");
    assert_eq!(status, 3, "{said}");
    assert!(said.contains("1 input is missing") && said.contains("checkpoint "), "{said}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_folder_that_may_not_be_written_to_is_named() {
    let workshop = done(JOBS);
    // where root may not write, either
    let (status, said) = refused(&workshop, "results/grid:freeze=false /proc/out");
    assert_eq!(status, 3);
    assert!(said.contains("cannot write /proc/out: "), "{said}");
}
