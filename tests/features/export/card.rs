//! The model card.

use super::{JOBS, done, exported};
use crate::workshop::Workshop;

#[test]
fn the_card_says_what_was_trained_on_what_and_how_well() {
    let workshop = done(JOBS);
    exported(&workshop, "freeze=false", "out");
    let card = workshop.read("out/README.md");
    let score = workshop.cell("results/grid", "freeze=false", "test_entity_f1").unwrap();
    for line in [
        "library_name: transformers\npipeline_tag: token-classification\n",
        "# license: fill in, as the licenses of the checkpoint and of the data allow; see below\n",
        &format!("      name: entity_f1\n      value: {:?}\n", score.parse::<f64>().unwrap()),
        "`builtin:tiny` (bert) fine-tuned for named-entity recognition on `builtin:es` (training sentences: 32).",
        "test: 40 sentences. The score to quote is `entity_f1`.",
        "| type | precision | recall | f1 | support |\n",
        "aggregation_strategy=\"first\")",
        "max_steps = 12\n",
        "| train.tsv | ",
        "Environment: `cpu",
    ] {
        assert!(card.contains(line), "{line}\n---\n{card}");
    }
    let key = workshop.cell("results/grid", "freeze=false", "key").unwrap();
    assert!(card.contains(&format!("Job `freeze=false`, key `{key}`; its training has the key `")), "{card}");
}

#[test]
fn names_that_yaml_or_markdown_would_misread_stay_text() {
    let name = "da#ta: \"x\" `y` *z*";
    let workshop = Workshop::new(&format!(
        "[data]\ndataset = './{name}'\n[model]\ncheckpoint = \"./model\"\nmax_length = 60\n[train]\nmax_steps = 1\n"
    ));
    workshop.write_checkpoint("model", 8);
    for split in ["train", "test"] {
        workshop.write_split(&format!("{name}/{split}-0.parquet"), &[("ana lee .", "B-A|b<i> I-A|b<i> O")]);
    }
    let said = workshop.runner("run grid.toml -q");
    assert_eq!(said.status, 0, "{}", said.err);
    let said = workshop.runner("export results/grid out");
    assert_eq!(said.status, 0, "{}", said.err);
    let card = workshop.read("out/README.md");
    assert!(card.contains(&format!("on ``./{name}`` (training sentences: all)")), "{card}");
    assert!(card.contains(&format!("dataset = './{name}'\n")), "{card}");
    assert!(card.contains(r"| A\|b\<i> | "), "{card}");
    let yaml = card.split("---\n").nth(1).unwrap();
    let read: serde_json::Value = serde_saphyr::from_str(yaml).unwrap();
    assert_eq!(read["model-index"][0]["results"][0]["dataset"]["name"], format!("./{name}"));
}
