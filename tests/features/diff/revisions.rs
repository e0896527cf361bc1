//! What is compared: revisions and paths, as git tells them apart, and what is said where that fails.

use std::fs;

use super::repository::Repository;
use super::results::{Results, setting};
use crate::workshop::{Said, Workshop};

/// Two commits of `results/grid`, tagged `v1` and `v2`, and a third state that is not committed.
fn repository() -> Repository {
    let repository = Repository::new(Workshop::new(""));
    let state = |wrong: [usize; 3], rate| {
        Results::new(setting("train_size=1000", &wrong)).rate(rate).write(&repository.workshop, "results/grid");
    };
    state([60, 63, 61], "5e-5");
    repository.commit("first");
    repository.git(&["tag", "v1"]);
    state([20, 24, 21], "1e-4");
    repository.commit("second");
    repository.git(&["tag", "v2"]);
    state([10, 12, 15], "2e-4");
    repository
}

/// The sides and what changed, without hashes.
fn sides(said: &Said) -> String {
    assert_eq!(said.status, 0, "{}", said.err);
    let lines = said.out.lines().filter(|line| line.starts_with(['A', 'B']) || line.contains("learning_rate"));
    let plain = |line: &str| match (line.find(" ("), line.ends_with(')')) {
        (Some(at), true) => format!("{} (HASH)", &line[..at]),
        _ => line.to_owned(),
    };
    lines.map(plain).collect::<Vec<_>>().join("\n")
}

/// The message of a command that is wrong.
fn wrong(repository: &Repository, line: &str) -> String {
    let said = repository.workshop.runner(line);
    assert_eq!((said.status, said.out.as_str()), (2, ""), "{line}: {}", said.err);
    repository.workshop.redacted(said.err.trim_end())
}

#[test]
fn a_folder_is_compared_with_head_a_revision_or_between_two() {
    let repository = repository();
    let run = |line: &str| sides(&repository.workshop.runner(line));
    insta::assert_snapshot!(run("diff results/grid"), @"");
    insta::assert_snapshot!(run("diff HEAD~1 -- results/grid"), @"");
    assert_eq!(run("diff HEAD~1 results/grid"), run("diff HEAD~1 -- results/grid"));
    insta::assert_snapshot!(run("diff v1..v2 -- results/grid"), @"");
    assert_eq!(run("diff v1 v2 -- results/grid"), run("diff v1..v2 results/grid"));
    insta::assert_snapshot!(run("diff v1.. results/grid"), @"");
    insta::assert_snapshot!(run("diff v1...v2 results/grid"), @"");
}

#[test]
fn two_folders_and_tables_are_compared_without_git() {
    let workshop = Workshop::new("");
    Results::new(setting("train_size=1000", &[60, 63, 61])).write(&workshop, "results/a");
    Results::new(setting("train_size=1000", &[20, 24, 21])).rate("1e-4").write(&workshop, "results/b");
    fs::copy(workshop.path("results/a/results.csv"), workshop.path("old.csv")).unwrap();
    let said = workshop.runner("diff old.csv results/b");
    insta::assert_snapshot!(said.out, @"");
}

#[test]
fn the_repository_is_that_of_the_path_wherever_one_stands() {
    let repository = repository();
    let workshop = &repository.workshop;
    let outside = tempfile::tempdir().unwrap();
    let path = workshop.path("results/grid").display().to_string();
    let run = |folder: &std::path::Path, line: &str| {
        let mut command = workshop.command(line);
        let output =
            command.current_dir(folder).env("GIT_DIR", "/nowhere").env("GIT_INDEX_FILE", "x").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        workshop.redacted(&String::from_utf8(output.stdout).unwrap()).lines().take(2).collect::<Vec<_>>().join("\n")
    };
    let said = run(outside.path(), &format!("diff v1 -- {path}"));
    assert!(said.contains("A: WORKSHOP/results/grid at v1 ("), "{said}");
    let said = run(&workshop.path("results"), "diff v1 -- ../results/grid");
    assert!(said.contains("B: ../results/grid, working tree"), "{said}");
    repository.git(&["worktree", "add", "--quiet", "tree", "v2"]);
    let said = run(&workshop.path("tree"), "diff v1 -- results/grid");
    assert!(said.contains("B: results/grid, working tree"), "{said}");
}

#[test]
fn a_submodule_has_its_own_revisions() {
    let inner = repository();
    let outer = Repository::new(Workshop::new(""));
    let path = inner.workshop.path("").display().to_string();
    outer.git(&["submodule", "--quiet", "add", &path, "inner"]);
    outer.commit("with a submodule");
    let said = outer.workshop.runner("diff v1..v2 -- inner/results/grid");
    insta::assert_snapshot!(sides(&said), @"");
}

#[test]
fn odd_names_are_read() {
    let repository = Repository::new(Workshop::new(""));
    let state = |wrong: [usize; 3], rate| {
        Results::new(setting("train_size=1000", &wrong)).rate(rate).write(&repository.workshop, "results/größe*2");
    };
    state([60, 63, 61], "5e-5");
    repository.git(&["config", "core.quotePath", "true"]);
    repository.commit("first");
    state([20, 24, 21], "1e-4");
    insta::assert_snapshot!(sides(&repository.workshop.runner("diff results/größe*2")), @"");
}

#[test]
fn a_renamed_folder_is_followed() {
    let repository = repository();
    repository.commit("third");
    repository.git(&["mv", "results/grid", "results/main"]);
    let said = repository.workshop.runner("diff results/main");
    insta::assert_snapshot!(said.err, @"");
    insta::assert_snapshot!(sides(&said), @"");
    repository.commit("renamed");
    let said = repository.workshop.runner("diff HEAD~1..HEAD results/main");
    insta::assert_snapshot!(said.err, @"");
}

#[test]
fn words_that_are_neither_or_both_are_explained() {
    let repository = repository();
    insta::assert_snapshot!(wrong(&repository, "diff v3 results/grid"), @"");
    insta::assert_snapshot!(wrong(&repository, "diff vv1 -- results/grid"), @"");
    insta::assert_snapshot!(wrong(&repository, "diff HEAD~9 -- results/grid"), @"");
    insta::assert_snapshot!(wrong(&repository, "diff v1"), @"");
    insta::assert_snapshot!(wrong(&repository, "diff v1..v2"), @"");
    insta::assert_snapshot!(wrong(&repository, "diff v1 v2"), @"");
    insta::assert_snapshot!(wrong(&repository, "diff v1 results/gird"), @"");
    insta::assert_snapshot!(wrong(&repository, "diff results/gird"), @"");
    insta::assert_snapshot!(wrong(&repository, "diff results/gird results/grid"), @"");
    insta::assert_snapshot!(wrong(&repository, "diff HEAD:results/grid -- results/grid"), @"");
    insta::assert_snapshot!(wrong(&repository, "diff v1 -- results/grid --format csv"), @"");
    repository.workshop.write("v1/results.csv", "");
    insta::assert_snapshot!(wrong(&repository, "diff v1 results/grid"), @"");
    insta::assert_snapshot!(wrong(&repository, "diff"), @"");
}

#[test]
fn text_of_the_user_is_no_option_of_git() {
    let repository = repository();
    insta::assert_snapshot!(wrong(&repository, "diff results/grid -- --output=stolen"), @"");
    let mut command = repository.workshop.command("diff");
    command.args(["--", "--output=stolen"]);
    assert!(!command.output().unwrap().status.success());
    assert!(!repository.workshop.path("stolen").exists());
}

#[test]
fn a_folder_that_one_side_lacks_is_named() {
    let repository = repository();
    Results::new(setting("train_size=1000", &[20, 24, 21])).write(&repository.workshop, "results/new");
    insta::assert_snapshot!(wrong(&repository, "diff results/new"), @"");
    insta::assert_snapshot!(wrong(&repository, "diff v1..v2 results/new"), @"");
    fs::remove_dir_all(repository.workshop.path("results/grid")).unwrap();
    insta::assert_snapshot!(wrong(&repository, "diff results/grid"), @"");
    repository.commit("gone and new");
    insta::assert_snapshot!(wrong(&repository, "diff v1..HEAD -- results/grid"), @"");
    insta::assert_snapshot!(wrong(&repository, "diff v1..HEAD -- results/new"), @"");
}

#[test]
fn no_repository_and_no_commit_are_said() {
    let workshop = Workshop::new("");
    Results::new(setting("train_size=1000", &[20, 24, 21])).write(&workshop, "results/grid");
    let said = workshop.runner_with("diff results/grid", &[("GIT_CEILING_DIRECTORIES", "/")]);
    assert_eq!(said.status, 2);
    insta::assert_snapshot!(said.err, @"");
    let repository = Repository::new(workshop);
    insta::assert_snapshot!(wrong(&repository, "diff results/grid"), @"");
}

#[test]
fn a_missing_git_is_the_environments_fault() {
    let repository = repository();
    let said = repository.workshop.runner_with("diff results/grid", &[("PATH", "/nowhere")]);
    assert_eq!(said.status, 3);
    insta::assert_snapshot!(said.err, @"");
}

#[test]
fn a_shallow_clone_says_how_to_get_the_rest() {
    let origin = repository();
    origin.commit("third");
    let outside = Workshop::new("");
    let url = format!("file://{}", origin.workshop.path("").display());
    let clone = Repository::new(outside);
    clone.git(&["clone", "--quiet", "--depth", "1", &url, "clone"]);
    let said = clone.workshop.runner("diff HEAD~1 -- clone/results/grid");
    assert_eq!(said.status, 2);
    insta::assert_snapshot!(said.err, @"");
    let said = clone.workshop.runner("diff v1 -- clone/results/grid");
    assert_eq!(said.status, 2);
    insta::assert_snapshot!(said.err, @"");
}

#[test]
fn unfinished_merges_and_pointers_are_named() {
    let repository = repository();
    let results = repository.workshop.read("results/grid/results.csv");
    repository.workshop.write("results/grid/results.csv", format!("<<<<<<< HEAD\n{results}"));
    let said = repository.workshop.runner("diff results/grid");
    assert_eq!(said.status, 3);
    insta::assert_snapshot!(said.err, @"");
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 4\n";
    repository.workshop.write("results/grid/results.csv", pointer);
    repository.commit("pointer");
    repository.workshop.write("results/grid/results.csv", results);
    let said = repository.workshop.runner("diff results/grid");
    assert_eq!(said.status, 3);
    insta::assert_snapshot!(said.err, @"");
}

#[test]
fn nothing_is_written() {
    let repository = repository();
    let before = repository.workshop.times("");
    let said = repository.workshop.runner("diff v1 -- results/grid");
    assert_eq!(said.status, 0);
    assert_eq!(repository.workshop.times(""), before);
}
