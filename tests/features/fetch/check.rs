//! `--check`: what a bundle or a cache folder lacks, by name.

use std::fs;

use crate::loopback::COMMIT;

use super::{bundled, online, words};

const ENC: &str = "class/hub/models--me--enc/snapshots/0123456789abcdef0123456789abcdef01234567";

#[test]
fn a_whole_bundle_and_a_whole_cache_have_everything() {
    let (workshop, _hub) = bundled("class");
    for file in ["grid.toml", "class/experiments/grid.toml"] {
        let said = workshop.runner(&format!("fetch {file} --check class"));
        assert_eq!(said.status, 0, "{}", said.out);
        assert_eq!(
            said.out,
            "class has everything for class/experiments/grid.toml: 6 files, 110.5 kB; hashes are those of lock.toml\n"
        );
    }
    for folder in ["cache", "cache/hub"] {
        let said = workshop.runner(&format!("fetch grid.toml --check {folder}"));
        assert_eq!(said.status, 0, "{}", said.out);
        assert!(said.out.contains("has everything for grid.toml"), "{}", said.out);
    }
    let said = workshop.runner("fetch grid.toml --check nowhere");
    assert_eq!(said.status, 2);
    insta::assert_snapshot!(said.err, @"error: nowhere: no such folder; name a bundle that is unpacked, or a cache folder");
}

#[test]
fn missing_and_damaged_files_are_named_and_nothing_is_fetched() {
    let (workshop, hub) = bundled("class");
    fs::remove_file(workshop.path(&format!("{ENC}/tokenizer.json"))).unwrap();
    let weights = workshop.path(&format!("{ENC}/model.safetensors"));
    let mut bytes = fs::read(&weights).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&weights, &bytes).unwrap();
    fs::write(workshop.path(&format!("{ENC}/config.json")), "{}").unwrap();
    fs::remove_dir_all(workshop.path("class/hub/datasets--me--other")).unwrap();
    let said = online(&workshop, &hub, "fetch class/experiments/grid.toml --check class");
    assert_eq!(said.status, 1, "{}", said.err);
    insta::assert_snapshot!(said.out, @"
    lacks: checkpoint me/enc: config.json is damaged (2 bytes of 984)
    lacks: checkpoint me/enc: model.safetensors is damaged: its SHA-256 is not that of lock.toml
    lacks: checkpoint me/enc: tokenizer.json is missing
    lacks: data set me/other: test.conll is missing
    class does not serve class/experiments/grid.toml; make or copy it again
    ");
    assert!(!workshop.path(&format!("{ENC}/tokenizer.json")).exists());
}

#[test]
fn another_experiment_than_the_bundled_one_is_noticed() {
    let (workshop, _hub) = bundled("class");
    let text = workshop.read("grid.toml");
    workshop.write("grid.toml", text.replace("me/other", "me/third"));
    let said = workshop.runner("fetch grid.toml --check class");
    assert_eq!(said.status, 1, "{}", said.err);
    insta::assert_snapshot!(said.out, @"
    lacks: class/experiments/grid.toml differs from grid.toml
    lacks: data set me/third: main is missing
    class does not serve grid.toml; make or copy it again
    ");
    workshop.write("third.toml", &text);
    let said = workshop.runner("fetch third.toml --check class");
    assert!(said.status == 1 && said.out.contains("the experiment file third.toml is missing"), "{}", said.out);
}

#[test]
fn a_cache_folder_lacks_the_commit_that_a_lock_pins() {
    let (workshop, hub) = bundled("class");
    assert_eq!(online(&workshop, &hub, "run grid.toml").status, 0);
    let lock = workshop.read("results/grid/lock.toml");
    workshop.write("results/grid/lock.toml", lock.replace(COMMIT, &"7".repeat(40)));
    let said = workshop.runner("fetch grid.toml --check cache");
    assert_eq!(said.status, 1, "{}", said.err);
    assert!(words(&said.out).contains("lacks: data set me/mini: train.conll is missing"), "{}", said.out);
}

#[test]
fn changed_local_data_of_a_bundle_are_named() {
    let (workshop, _hub) = bundled("class");
    workshop.write("own.toml", "[data]\ndataset = \"./corpus\"\n[model]\ncheckpoint = \"builtin:tiny\"\n");
    workshop.write("corpus/train.conll", super::TRAIN);
    workshop.write("corpus/test.conll", super::TEST);
    assert_eq!(workshop.runner("fetch own.toml --bundle own").status, 0);
    assert_eq!(workshop.runner("fetch own/experiments/own.toml --check own").status, 0);
    workshop.write("own/experiments/corpus/test.conll", super::OTHER);
    let said = workshop.runner("fetch own/experiments/own.toml --check own");
    assert_eq!(said.status, 1);
    insta::assert_snapshot!(said.out, @"
    lacks: data set ./corpus: test.conll is damaged: its SHA-256 is not that of lock.toml
    own does not serve own/experiments/own.toml; make or copy it again
    ");
}
