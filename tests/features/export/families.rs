//! Every family: the tensors that transformers' class has, and the same predictions when they are read back.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::{exported, json, tensors};
use crate::workshop::Workshop;

/// The class of transformers that saved each golden.
const CLASSES: [(&str, &str); 7] = [
    ("bert", "BertForTokenClassification"),
    ("roberta", "RobertaForTokenClassification"),
    ("xlm-roberta", "XLMRobertaForTokenClassification"),
    ("camembert", "CamembertForTokenClassification"),
    ("distilbert", "DistilBertForTokenClassification"),
    ("electra", "ElectraForTokenClassification"),
    ("albert", "AlbertForTokenClassification"),
];

const SENTENCES: [(&str, &str); 3] =
    [("Ana Lee en Lima .", "B-PER I-PER O B-LOC O"), ("Lima .", "B-LOC O"), ("Lee en Ana", "B-ORG I-ORG I-LOC")];

const TRAINED: &str = r#"
[data]
dataset = "./data"

[model]
checkpoint = "./model"

[train]
max_steps = 6
batch_size = 2
learning_rate = 1e-2

[matrix]
model.freeze = [false, true, 1]
"#;

const AGAIN: &str = r#"
[data]
dataset = "./data"

[model]
checkpoint = "./out"

[train]
epochs = 0
"#;

fn golden(family: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/models").join(family)
}

/// A workshop with three jobs on the golden's weights, done.
fn trained(family: &str) -> Workshop {
    let workshop = Workshop::new(&TRAINED.replace("checkpoint = ", "max_length = 60\ncheckpoint = "));
    workshop.write_checkpoint("model", 8);
    for name in ["config.json", "model.safetensors"] {
        workshop.write(&format!("model/{name}"), fs::read(golden(family).join(name)).unwrap());
    }
    for split in ["train", "test"] {
        workshop.write_split(&format!("data/{split}-00000-of-00001.parquet"), &SENTENCES);
    }
    let said = workshop.runner("run grid.toml -q");
    assert_eq!(said.status, 0, "{family}: {}", said.err);
    workshop
}

#[test]
fn each_family_has_the_tensors_and_the_class_of_transformers() {
    for (family, class) in CLASSES {
        let workshop = trained(family);
        exported(&workshop, "freeze=true", "out");
        let [ours, theirs] = [workshop.path("out"), golden(family)]
            .map(|folder| tensors(&fs::read(folder.join("model.safetensors")).unwrap()));
        assert_eq!(ours, theirs, "{family}");
        assert_eq!(json(&workshop, "out/config.json")["architectures"], json!([class]));
    }
}

#[test]
fn each_family_is_read_back_as_it_was_frozen_or_not() {
    for (family, _) in CLASSES {
        let workshop = trained(family);
        workshop.write("again.toml", AGAIN.replace("checkpoint = ", "max_length = 60\ncheckpoint = "));
        for label in ["freeze=false", "freeze=true", "freeze=1"] {
            let said = workshop.runner(&format!("export results/grid:{label} out --force"));
            assert_eq!(said.status, 0, "{family}: {}", said.err);
            let said = workshop.runner(&format!("run again.toml -q --name {label}"));
            assert_eq!(said.status, 0, "{family}: {}", said.err);
            let [first, again] = [format!("grid/predictions/{label}"), format!("{label}/predictions/base")]
                .map(|name| workshop.read(&format!("results/{name}.tags")));
            assert_eq!(first, again, "{family} {label}");
        }
    }
}
