//! The shared cases about checkpoints, through the program: what it predicts, and what it says.

use std::fs;
use std::path::{Path, PathBuf};

use crate::shared::folder::shared;

/// A copy of a case to run in.
fn copied(shared: &Path, case: &str) -> tempfile::TempDir {
    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
            let target = to.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                copy(&entry.path(), &target);
            } else {
                fs::write(target, fs::read(entry.path()).unwrap()).unwrap();
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    copy(&shared.join("cases").join(case), folder.path());
    folder
}

/// `runner run FILE` there: its exit status, and what it says.
fn run(folder: &Path, file: &str) -> (i32, String) {
    let mut command = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("runner"));
    let output = command.current_dir(folder).args(["run", file, "--offline"]).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

/// Words as they stand, whatever the width that a message is wrapped to.
fn unwrapped(text: &str) -> String {
    text.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ")
}

fn predictions(folder: &Path, experiment: &str) -> String {
    let files = fs::read_dir(folder.join("results").join(experiment).join("predictions")).unwrap();
    let is_predicted = |path: &PathBuf| !path.file_name().unwrap().to_str().unwrap().starts_with("gold-");
    let path = files.map(|entry| entry.unwrap().path()).find(is_predicted).unwrap();
    fs::read_to_string(path).unwrap()
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn checkpoints_predict_what_transformers_predicts() {
    let shared = shared();
    for case in ["tokenizer-config-lowercase", "roberta-pad-positions", "shards-of-other-names"] {
        let folder = copied(&shared, case);
        let (status, said) = run(folder.path(), "exp.toml");
        assert_eq!(status, 0, "{case}: {said}");
        let expected = fs::read_to_string(folder.path().join("expected.tags")).unwrap();
        assert_eq!(predictions(folder.path(), "exp"), expected, "{case}");
    }
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn a_classifier_that_is_set_aside_is_said_with_the_labels_that_keep_it() {
    let shared = shared();
    let folder = copied(&shared, "classifier-set-aside");
    let (status, said) = run(folder.path(), "train.toml");
    assert_eq!(status, 0, "{said}");
    let said = unwrapped(&said);
    assert!(said.contains("training a new classifier. To keep the checkpoint's, set data.labels = ["), "{said}");
    let (status, said) = run(folder.path(), "score.toml");
    assert_eq!(status, 2, "{said}");
    assert!(unwrapped(&said).contains("use the checkpoint's tags: data.labels = [\"O\", "), "{said}");
    assert_eq!(run(folder.path(), "score-labels.toml").0, 0);
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn a_pointer_of_git_lfs_in_place_of_weights_is_named() {
    let shared = shared();
    let folder = copied(&shared, "git-lfs-pointers");
    let (status, said) = run(folder.path(), "exp.toml");
    assert_ne!(status, 0);
    let said = unwrapped(&said);
    assert!(said.contains("is a Git LFS pointer, not the file itself; run `git lfs pull` in "), "{said}");
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn a_folder_or_file_that_looks_like_a_hub_id_is_named() {
    let shared = shared();
    let folder = copied(&shared, "names-that-look-like-hub-ids");
    let (status, said) = run(folder.path(), "folder.toml");
    assert_eq!(status, 3, "{said}");
    assert!(unwrapped(&said).contains("\"./data\""), "{said}");
    let (status, said) = run(folder.path(), "file.toml");
    assert_eq!(status, 3, "{said}");
    assert!(unwrapped(&said).contains("data.files"), "{said}");
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn a_weight_that_is_no_number_is_a_failed_row_and_never_a_score() {
    let shared = shared();
    let folder = copied(&shared, "classifier-set-aside");
    let path = folder.path().join("ck/model.safetensors");
    let mut bytes = fs::read(&path).unwrap();
    let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let json: serde_json::Value = serde_json::from_slice(&bytes[8..8 + header]).unwrap();
    let start = json["classifier.weight"]["data_offsets"][0].as_u64().unwrap() as usize;
    assert_eq!(json["classifier.weight"]["dtype"], "F32");
    bytes[8 + header + start..][..4].copy_from_slice(&f32::NAN.to_le_bytes());
    fs::write(&path, bytes).unwrap();
    let (status, said) = run(folder.path(), "score-labels.toml");
    assert_eq!(status, 1, "{said}");
    let table = fs::read_to_string(folder.path().join("results/score-labels/results.csv")).unwrap();
    assert!(table.contains("not-finite: model.safetensors: tensor classifier.weight"), "{table}");
}
