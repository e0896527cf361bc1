//! What the folder holds, and what is said of it.

use serde_json::json;

use super::{FILES, JOBS, done, exported, json, tensors};
use crate::workshop::Workshop;

#[test]
fn the_folder_is_named_with_its_files_and_a_line_that_loads_it() {
    let workshop = done(JOBS);
    let said = workshop.runner("export results/grid:freeze=false out");
    assert_eq!((said.status, said.err.as_str()), (0, ""));
    insta::assert_snapshot!(said.out, @r#"
    results/grid:freeze=false is written to out: README.md, config.json, model.safetensors,
      tokenizer.json, tokenizer_config.json, 708 kB
    load it:
      pipeline("token-classification", "out", aggregation_strategy="first")
    before you publish it, fill in the license in out/README.md
    "#);
    assert_eq!(workshop.files("out").into_keys().collect::<Vec<_>>(), FILES);
}

#[test]
fn equal_jobs_are_exported_with_equal_bytes_wherever_they_ran() {
    let (one, other) = (done(JOBS), done(JOBS));
    exported(&one, "freeze=false", "out");
    exported(&other, "freeze=false", "deep/below/other");
    assert_eq!(one.files("out"), other.files("deep/below/other"));
}

#[test]
fn the_configuration_is_the_checkpoints_with_the_tags_of_the_job() {
    let workshop = done(JOBS);
    exported(&workshop, "freeze=false", "out");
    let config = json(&workshop, "out/config.json");
    assert_eq!(config["architectures"], json!(["BertForTokenClassification"]));
    assert_eq!((&config["dtype"], &config["hidden_size"]), (&json!("float32"), &json!(64)));
    assert_eq!(config["id2label"]["3"], json!("B-ORG"));
    assert_eq!(config["label2id"]["B-ORG"], json!(3));
    let models = workshop.files("results/grid/.run/models");
    let training = config["runner_training"].as_str().unwrap();
    assert!(models.keys().any(|name| name.starts_with(training)), "{training}: {:?}", models.keys());
    let tokenizer = json(&workshop, "out/tokenizer_config.json");
    assert_eq!(tokenizer["model_max_length"], json!(64));
    assert_eq!((&tokenizer["pad_token"], &tokenizer["cls_token"]), (&json!("[PAD]"), &json!("[CLS]")));
}

#[test]
fn a_frozen_encoder_is_merged_in() {
    let workshop = done(JOBS);
    exported(&workshop, "freeze=false", "free");
    exported(&workshop, "freeze=true", "frozen");
    let [free, frozen] = ["free", "frozen"].map(|out| workshop.files(out).remove("model.safetensors").unwrap());
    assert_eq!(tensors(&free), tensors(&frozen));
    assert_ne!(free, frozen);
    // 2 layers of 16, 5 of the embeddings, 2 of the classifier
    assert_eq!(tensors(&frozen).len(), 39);
}

#[test]
fn weights_are_written_in_the_format_that_is_asked_for() {
    let workshop = done(JOBS);
    for (dtype, stored) in [("float16", "F16"), ("bfloat16", "BF16")] {
        let said = workshop.runner(&format!("export results/grid:freeze=false {dtype} --dtype {dtype}"));
        assert_eq!(said.status, 0, "{}", said.err);
        let weights = workshop.files(dtype).remove("model.safetensors").unwrap();
        assert!(tensors(&weights).values().all(|(format, _)| format == stored));
        assert_eq!(json(&workshop, &format!("{dtype}/config.json"))["dtype"], json!(dtype));
        assert!(weights.len() < 350_000, "{} bytes", weights.len());
    }
}

#[test]
fn an_earlier_export_is_replaced_only_when_asked_and_by_the_new_one_whole() {
    let workshop = done(JOBS);
    exported(&workshop, "freeze=false", "out");
    let first = workshop.files("out");
    let said = workshop.runner("export results/grid:freeze=true out");
    assert_eq!((said.status, workshop.files("out") == first), (2, true));
    insta::assert_snapshot!(said.err, @"error: out has an export already; --force replaces it");
    let said = workshop.runner("export results/grid:freeze=true out --force");
    assert_eq!(said.status, 0, "{}", said.err);
    exported(&workshop, "freeze=true", "fresh");
    assert_eq!(workshop.files("out"), workshop.files("fresh"));
    let beside = std::fs::read_dir(workshop.path("")).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> =
        beside.filter(|name| !["grid.toml", "results", "out", "fresh"].map(Into::into).contains(name)).collect();
    assert_eq!(left, Vec::<std::ffi::OsString>::new());
}

#[test]
fn an_empty_folder_may_be_written_to() {
    let workshop = done(JOBS);
    std::fs::create_dir(workshop.path("out")).unwrap();
    exported(&workshop, "freeze=false", "out");
    assert_eq!(workshop.files("out").len(), FILES.len());
}

#[test]
fn settings_beside_a_tokenizer_and_its_limits_are_settled_in_one_file() {
    let workshop = Workshop::new(
        "[data]\ndataset = \"./data\"\n[model]\ncheckpoint = \"./model\"\nmax_length = 60\n[train]\nmax_steps = 1\n",
    );
    workshop.write_checkpoint("model", 8);
    let mut tokenizer = json(&workshop, "model/tokenizer.json");
    tokenizer["truncation"] = json!({"direction": "Right", "max_length": 3, "strategy": "LongestFirst", "stride": 0});
    workshop.write("model/tokenizer.json", tokenizer.to_string());
    workshop.write("model/tokenizer_config.json", r#"{"tokenizer_class": "BertTokenizer", "do_lower_case": false}"#);
    for split in ["train", "test"] {
        workshop.write_split(&format!("data/{split}-0.parquet"), &[("ana lee .", "B-PER I-PER O")]);
    }
    let said = workshop.runner("run grid.toml -q");
    assert_eq!(said.status, 0, "{}", said.err);
    let said = workshop.runner("export results/grid out");
    assert_eq!(said.status, 0, "{}", said.err);
    let whole = json(&workshop, "out/tokenizer.json");
    assert_eq!((&whole["truncation"], &whole["normalizer"]["lowercase"]), (&json!(null), &json!(false)));
    assert_eq!(json(&workshop, "out/tokenizer_config.json")["tokenizer_class"], json!("PreTrainedTokenizerFast"));
}
