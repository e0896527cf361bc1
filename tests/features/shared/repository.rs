//! A repository laid out as the notebook's checkpoint is: configuration, vocabulary and `pytorch_model.bin` alone.

use std::path::Path;
use std::process::Command;

use safetensors::SafeTensors;

use super::hub::{free_port, serve};
use crate::shared::folder::shared;
use crate::weights::writer::{Tensor, archive, legacy};

const EXPERIMENT: &str = r#"
[data]
dataset = "unimelb-nlp/wikiann"
language = "es"
train_size = 40
test_size = 40

[model]
checkpoint = "a/zip"
max_length = 48

[train]
max_steps = 5

[matrix]
model.checkpoint = ["a/zip", "a/legacy", "a/shards", "a/safetensors", "sentence-transformers/all-MiniLM-L6-v2"]
"#;

const MINILM: &str = "hub/models/sentence-transformers/all-MiniLM-L6-v2";

/// MiniLM's weights as torch.save keeps them.
fn tensors<'a>(weights: &'a SafeTensors<'_>) -> Vec<Tensor<'a>> {
    let tensor = |name: &'a str| {
        let view = weights.tensor(name).unwrap();
        let storage = match view.dtype() {
            safetensors::Dtype::F16 => "HalfStorage",
            safetensors::Dtype::I64 => "LongStorage",
            other => panic!("{name} has {other:?}"),
        };
        Tensor { name, storage, shape: view.shape().to_vec(), bytes: view.data().to_vec() }
    };
    let mut names = weights.names();
    names.sort_unstable();
    names.into_iter().map(tensor).collect()
}

/// A hub's folder: the shared data sets and MiniLM, and `a/...` with the same weights in each format and no
/// `tokenizer.json`.
fn write_hub(shared: &Path, root: &Path) {
    std::fs::create_dir_all(root.join("models/a")).unwrap();
    for part in ["datasets", "models/sentence-transformers"] {
        std::os::unix::fs::symlink(shared.join("hub").join(part), root.join(part)).unwrap();
    }
    let model = shared.join(MINILM);
    let whole = std::fs::read(model.join("model.safetensors")).unwrap();
    let weights = SafeTensors::deserialize(&whole).unwrap();
    let mut halves = [tensors(&weights), Vec::new()];
    halves[1] = halves[0].split_off(50);
    let map = |(at, half): (usize, &Vec<Tensor<'_>>)| {
        half.iter().map(|tensor| format!(r#""{}": "pytorch_model-{at}.bin""#, tensor.name)).collect::<Vec<_>>()
    };
    let map: Vec<String> = halves.iter().enumerate().flat_map(map).collect();
    let index = format!(r#"{{"weight_map": {{{}}}}}"#, map.join(", "));
    let files = [
        ("zip", "pytorch_model.bin", archive(&tensors(&weights))),
        ("legacy", "pytorch_model.bin", legacy(&tensors(&weights))),
        ("shards", "pytorch_model.bin.index.json", index.into_bytes()),
        ("shards", "pytorch_model-0.bin", archive(&halves[0])),
        ("shards", "pytorch_model-1.bin", legacy(&halves[1])),
        ("safetensors", "model.safetensors", whole.clone()),
    ];
    for (repository, name, bytes) in files {
        let folder = root.join("models/a").join(repository);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name), bytes).unwrap();
        for name in ["config.json", "vocab.txt", "tokenizer_config.json"] {
            std::fs::write(folder.join(name), std::fs::read(model.join(name)).unwrap()).unwrap();
        }
    }
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn every_format_of_the_same_weights_gives_the_same_scores() {
    let shared = shared();
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("hub");
    write_hub(&shared, &root);
    std::fs::write(folder.path().join("formats.toml"), EXPERIMENT).unwrap();
    let port = free_port();
    let mut server = serve(&shared, &root, port, &[]);
    let run = Command::new(env!("CARGO_BIN_EXE_runner"))
        .args(["run", "formats.toml", "--device", "cpu", "--threads", "2"])
        .current_dir(folder.path())
        .env("HF_ENDPOINT", format!("http://127.0.0.1:{port}"))
        .env("HF_HOME", folder.path().join("cache"))
        .env_remove("HF_HUB_OFFLINE")
        .output()
        .unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let mut table = csv::Reader::from_path(folder.path().join("results/formats/results.csv")).unwrap();
    let columns: Vec<String> = table.headers().unwrap().iter().map(str::to_owned).collect();
    let own = ["job", "key", "checkpoint"].map(|name| columns.iter().position(|column| column == name).unwrap());
    let rows: Vec<Vec<String>> = table
        .records()
        .map(|row| {
            let row = row.unwrap();
            row.iter().enumerate().filter(|(at, _)| !own.contains(at)).map(|(_, cell)| cell.to_owned()).collect()
        })
        .collect();
    assert_eq!(rows.len(), 5);
    assert!(rows[0].contains(&"ok".to_owned()), "{:?}", rows[0]);
    for row in &rows[1..] {
        assert_eq!(row, &rows[0]);
    }
}
