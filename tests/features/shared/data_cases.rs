//! The shared cases about data files: the gold tags that each experiment reads, or what is said of its files.

use std::path::Path;

use crate::shared::folder::shared;
use runner::data::{Corpus, Sentence, Split, builtin};
use runner::hub::{Builtin, BuiltinFile, FetchOptions, Kind, Lock, fetch};
use runner::plan::Plan;
use runner::spec::{Overrides, Scheme, load};

fn tiny() -> Vec<BuiltinFile> {
    let file = |role: &str, name: &str| BuiltinFile { role: role.to_owned(), name: name.to_owned(), bytes: vec![1] };
    vec![file("config", "config.json"), file("weights/0", "model.safetensors"), file("tokenizer/0", "tokenizer.json")]
}

const BUILTINS: &[Builtin] = &[builtin::DATA, Builtin { kind: Kind::Model, name: "tiny", files: tiny }];

/// What the case's experiment reads: the corpus, or what is said.
fn read(shared: &Path, experiment: &str) -> Result<Corpus, String> {
    read_as(shared, experiment, None)
}

/// The same under another scheme.
fn read_as(shared: &Path, experiment: &str, scheme: Option<Scheme>) -> Result<Corpus, String> {
    let cases = shared.join("cases");
    let loaded = load(&cases.join(experiment), &Overrides::default()).and_then(Plan::expand);
    let mut plan = loaded.map_err(|_| "the experiment is wrong".to_owned())?;
    let settings = &mut plan.jobs[0].settings;
    settings.data.scheme = scheme.or(settings.data.scheme);
    let settings = &*settings;
    let options = FetchOptions { offline: true, builtins: BUILTINS, ..FetchOptions::default() };
    let fetched = fetch([settings], &Lock::default(), options, &mut |_| ()).map_err(|errors| {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        errors.join("\n").replace(cases.to_str().unwrap(), "CASES")
    })?;
    Corpus::load(&fetched.data(settings), &settings.data).map_err(|error| error.to_string())
}

/// The gold tags of a split, a line a sentence, as `gold-test.tags` has them.
fn tags(corpus: &Corpus, split: Split) -> Vec<String> {
    let line =
        |sentence: &Sentence| sentence.tags.iter().map(|tag| corpus.labels.name(*tag)).collect::<Vec<_>>().join(" ");
    corpus.split(split).iter().map(line).collect()
}

fn gold(shared: &Path, experiment: &str) -> Vec<String> {
    let corpus = read(shared, experiment).unwrap_or_else(|error| panic!("{experiment}: {error}"));
    tags(&corpus, Split::Test)
}

fn said(shared: &Path, experiment: &str) -> String {
    read(shared, experiment).expect_err(experiment)
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn class_numbers_go_by_the_names_of_their_own_file() {
    let shared = shared();
    assert_eq!(gold(&shared, "parquet-class-order/exp.toml"), ["B-PER O", "B-LOC"]);
    let corpus = read(&shared, "parquet-class-order/exp.toml").unwrap();
    assert_eq!(
        corpus.notes,
        ["test.parquet and train.parquet number their classes differently; each file is read with its own names"]
    );
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn lines_may_end_in_a_carriage_return_alone() {
    let shared = shared();
    assert_eq!(gold(&shared, "carriage-return-lines/exp.toml"), ["B-PER O", "B-LOC O"]);
    let corpus = read(&shared, "carriage-return-lines/exp.toml").unwrap();
    assert_eq!(tags(&corpus, Split::Train), ["B-PER O", "B-LOC O"]);
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn comments_as_wide_as_a_tokens_line_are_none_of_the_words() {
    let shared = shared();
    assert_eq!(gold(&shared, "comments-as-wide-as-tokens/multiconer.toml"), ["O O B-LOC", "B-PER I-PER O O"]);
    assert_eq!(gold(&shared, "comments-as-wide-as-tokens/sent_id.toml"), ["B-PER O", "B-LOC O"]);
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn a_file_without_an_entity_is_read_as_its_neighbors_are() {
    let shared = shared();
    assert_eq!(gold(&shared, "no-entity-beside-chunks/exp.toml"), ["O O"]);
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn a_last_column_without_tags_is_said_with_the_line_that_works() {
    let shared = shared();
    let case = |name: &str| said(&shared, &format!("last-column-is-not-the-tag/{name}.toml"));
    insta::assert_snapshot!(case("score"), @"train.conll:1: the last column, 3, has no tags; set data.columns = { token = 1, tag = 2 }");
    insta::assert_snapshot!(case("space-after"), @"train.conll:1: the last column, 3, has no tags; set data.columns = { token = 1, tag = 2 }");
    insta::assert_snapshot!(case("trailing-tab"), @"train.conll:1: the last column, 3, has no tags; set data.columns = { token = 1, tag = 2 }");
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn parquet_has_the_columns_that_json_lines_may_have() {
    let shared = shared();
    for name in ["tags", "labels"] {
        let gold = gold(&shared, &format!("parquet-column-names/{name}.toml"));
        assert_eq!(gold, ["B-PER O O B-LOC", "B-PER", "B-ORG O B-LOC"], "{name}");
    }
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn class_names_of_a_readme_written_by_hand_are_read() {
    let shared = shared();
    for name in ["comment", "flow", "bom"] {
        let gold = gold(&shared, &format!("readme-class-names/{name}.toml"));
        assert_eq!(gold, ["B-PER O O B-LOC", "B-PER", "B-ORG O B-LOC"], "{name}");
    }
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn tags_of_other_spellings_are_read_or_said_with_their_remedy() {
    let shared = shared();
    let case = |name: &str| format!("tags-that-are-not-b-x/{name}.toml");
    assert_eq!(gold(&shared, &case("no-types")), ["O O B-ENT I-ENT", "B-ENT"]);
    assert_eq!(gold(&shared, &case("bmes")), ["B-PER I-PER I-PER B-LOC O"]);
    insta::assert_snapshot!(said(&shared, &case("no-marks")), @r#"train.tsv:1: `PERSON` is not one of O, I-X (data.scheme = "io"); no tag has a prefix; set data.scheme = "types" to read types alone"#);
    insta::assert_snapshot!(said(&shared, &case("lower")), @"train.tsv:1: tag `b-per` is not O, B-X or I-X; tags are case-sensitive; write `B-per`");
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn types_alone_are_read_as_the_message_says() {
    let shared = shared();
    let corpus = read_as(&shared, "tags-that-are-not-b-x/no-marks.toml", Some(Scheme::Types)).unwrap();
    assert_eq!(tags(&corpus, Split::Test), ["B-PERSON I-PERSON O B-LOCATION"]);
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn pointers_of_git_lfs_are_named_with_what_to_run() {
    let shared = shared();
    insta::assert_snapshot!(said(&shared, "git-lfs-pointers/data.toml"), @"data set ./lfs: train.parquet is a Git LFS pointer, not the file itself; run `git lfs pull` in CASES/git-lfs-pointers/lfs, or use the hub id");
    insta::assert_snapshot!(said(&shared, "git-lfs-pointers/text.toml"), @"data set ./text: train.conll is a Git LFS pointer, not the file itself; run `git lfs pull` in CASES/git-lfs-pointers/text, or use the hub id");
}
