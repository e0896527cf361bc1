//! From a file to its jobs.

mod extends;
mod keys;
mod labels;
mod matrix;
mod only;
mod overrides;

use insta::assert_snapshot;
use runner::hash::{InputHashes, Sha256};
use runner::plan::{JobKey, Only, Plan, TrainingKey};
use runner::spec::{
    self, Average, ClassWeights, Decay, Decoding, Experiment, Interval, KeyPath, LossKind, Overrides, ParameterGroup,
    Settings, Value, load, render, starter,
};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The example of the contract's section on the experiment file, word for word.
pub(super) const EXAMPLE: &str = r#"
title = "Spanish NER: training size and frozen encoder"

[data]
dataset       = "unimelb-nlp/wikiann"   # hub id, "./folder" (relative to this file), or "builtin:NAME"
language      = "es"
train_size    = 1000
test_size     = 2000
subset_seed   = 42

[model]
checkpoint = "dccuchile/bert-base-spanish-wwm-cased"
max_length = 128
freeze     = false

[train]
seed          = 42
epochs        = 3
batch_size    = 8
learning_rate = 5e-5
weight_decay  = 0.01

[matrix]                                # mirrors the tables above; every leaf is a list
data.train_size = [1000, 3000]
model.freeze    = [false, true]

[[matrix.zip]]                          # lists of one length that advance together
data.language    = ["es", "de"]
model.checkpoint = ["dccuchile/bert-base-spanish-wwm-cased", "google-bert/bert-base-german-cased"]

[[matrix.exclude]]                      # drop the jobs in which every key has this value
data.train_size = 3000
model.freeze    = true

[[matrix.include]]                      # add one job: the base with these keys
data.train_size = "all"
"#;

/// Files in a folder of their own.
pub(super) struct Files(TempDir);

impl Files {
    pub(super) fn new(files: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().expect("a temporary folder can be made");
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("it lies in the folder")).expect("the folder can be made");
            std::fs::write(path, text).expect("the file can be written");
        }
        Self(folder)
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(super) fn try_load(&self, name: &str, set: &[&str]) -> Result<Experiment, String> {
        let set = set.iter().map(|text| (*text).to_owned()).collect();
        let loaded = load(&self.path(name), &Overrides { set, name: None });
        loaded.map_err(|problems| shown(&render(&problems, false, 100), self.0.path()))
    }

    pub(super) fn load(&self, name: &str, set: &[&str]) -> Experiment {
        self.try_load(name, set).unwrap_or_else(|problems| panic!("{problems}"))
    }

    pub(super) fn plan(&self, name: &str, set: &[&str]) -> Plan {
        Plan::expand(self.load(name, set)).unwrap_or_else(|problems| panic!("{}", render(&problems, false, 100)))
    }
}

pub(super) fn shown(text: &str, folder: &Path) -> String {
    text.replace(&format!("{}/", folder.display()), "")
}

pub(super) fn labels(plan: &Plan) -> String {
    plan.jobs.iter().map(|job| job.label.as_str()).collect::<Vec<_>>().join("\n")
}

/// An experiment of the example's base with this matrix.
pub(super) fn with_matrix(matrix: &str) -> Files {
    let base = EXAMPLE.split("[matrix]").next().expect("the example has a matrix");
    Files::new(&[("grid.toml", &format!("{base}{matrix}"))])
}

pub(super) fn key(path: &str) -> KeyPath {
    KeyPath::parse(path).unwrap_or_else(|| panic!("{path} is no key"))
}
