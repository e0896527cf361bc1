//! Several files and their index.

use std::path::PathBuf;

use runner::model::Checkpoint;

use super::writer::{Tensor, archive, legacy};

/// An index and two shards, of which the second is of the format before torch 1.6.
struct Shards(tempfile::TempDir);

impl Shards {
    fn new(map: &str) -> Self {
        let shards = Self(tempfile::tempdir().unwrap());
        let a = |value| Tensor::float32("a", &[1], &[value]);
        shards
            .write("pytorch_model.bin.index.json", format!(r#"{{"metadata": {{}}, "weight_map": {map}}}"#).as_bytes());
        shards.write("one.bin", &archive(&[a(1.0), Tensor::float32("b", &[1], &[2.0])]));
        shards.write("two.bin", &legacy(&[a(3.0), Tensor::float32("c", &[1], &[4.0])]));
        shards
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.0.path().join(name), bytes).unwrap();
    }

    fn open(&self, names: &[&str]) -> Result<Checkpoint, String> {
        let paths: Vec<PathBuf> = names.iter().map(|name| self.0.path().join(name)).collect();
        Checkpoint::open(&paths).map_err(|error| error.to_string())
    }
}

const ALL: [&str; 3] = ["pytorch_model.bin.index.json", "one.bin", "two.bin"];

#[test]
fn the_index_says_which_shard_counts() {
    for (map, a) in [
        (r#"{"a": "one.bin", "b": "one.bin", "c": "two.bin"}"#, 1.0),
        (r#"{"a": "two.bin", "b": "one.bin", "c": "two.bin"}"#, 3.0),
    ] {
        let checkpoint = Shards::new(map).open(&ALL).unwrap();
        let values = ["a", "b", "c"].map(|name| checkpoint.values(name).unwrap().unwrap()[0]);
        assert_eq!(values, [a, 2.0, 4.0]);
    }
    let one = Shards::new(r#"{"a": "one.bin"}"#).open(&ALL).unwrap();
    assert_eq!(
        one.tensors().map(|(name, _)| name).collect::<Vec<_>>(),
        ["a", "b"],
        "the other file is not of the model"
    );
}

#[test]
fn shards_that_do_not_fit_their_index_are_refused() {
    let said = |map, names: &[&str]| Shards::new(map).open(names).map(|_| ()).unwrap_err();
    insta::assert_snapshot!(said(r#"{"a": "one.bin", "c": "two.bin"}"#, &ALL[..2]), @"pytorch_model.bin.index.json: the index names two.bin, which is missing; add the file");
    insta::assert_snapshot!(said(r#"{"a": "one.bin", "d": "two.bin"}"#, &ALL), @"pytorch_model.bin.index.json: the index says that d is in two.bin, but it is not; fetch both files from one revision");
    insta::assert_snapshot!(said(r#"["one.bin"]"#, &ALL), @"pytorch_model.bin.index.json: not an index of weight files (invalid type: sequence, expected a map at line 1 column 31); copy the file again, or choose another model.checkpoint");
    insta::assert_snapshot!(said("{}", &ALL[1..]), @"two.bin: tensor a is in two files; keep only the files of one model");
}
