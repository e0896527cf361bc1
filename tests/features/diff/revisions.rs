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
    let is_hash = |word: &str| word.len() >= 7 && word.chars().all(|letter| letter.is_ascii_hexdigit());
    let plain = |word: &str| match is_hash(word.trim_matches(['(', ')'])) {
        true if word.starts_with('(') => "(HASH)".to_owned(),
        true => "HASH".to_owned(),
        false => word.to_owned(),
    };
    let words = |line: &str| line.split(' ').map(plain).collect::<Vec<_>>().join(" ");
    lines.map(words).collect::<Vec<_>>().join("\n")
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
    insta::assert_snapshot!(run("diff results/grid"), @r"
    A: results/grid at HEAD (HASH)
    B: results/grid, working tree
    train_size=1000: learning_rate 1e-4 -> 2e-4
    ");
    insta::assert_snapshot!(run("diff HEAD~1 -- results/grid"), @r"
    A: results/grid at HEAD~1 (HASH)
    B: results/grid, working tree
    train_size=1000: learning_rate 5e-5 -> 2e-4
    ");
    assert_eq!(run("diff HEAD~1 results/grid"), run("diff HEAD~1 -- results/grid"));
    insta::assert_snapshot!(run("diff v1..v2 -- results/grid"), @r"
    A: results/grid at v1 (HASH)
    B: results/grid at v2 (HASH)
    train_size=1000: learning_rate 5e-5 -> 1e-4
    ");
    assert_eq!(run("diff v1 v2 -- results/grid"), run("diff v1..v2 results/grid"));
    insta::assert_snapshot!(run("diff v1.. results/grid"), @r"
    A: results/grid at v1 (HASH)
    B: results/grid at HEAD (HASH)
    train_size=1000: learning_rate 5e-5 -> 1e-4
    ");
    insta::assert_snapshot!(run("diff v1...v2 results/grid"), @r"
    A: results/grid at HASH
    B: results/grid at v2 (HASH)
    train_size=1000: learning_rate 5e-5 -> 1e-4
    ");
}

#[test]
fn two_folders_and_tables_are_compared_without_git() {
    let workshop = Workshop::new("");
    Results::new(setting("train_size=1000", &[60, 63, 61])).write(&workshop, "results/a");
    Results::new(setting("train_size=1000", &[20, 24, 21])).rate("1e-4").write(&workshop, "results/b");
    fs::copy(workshop.path("results/a/results.csv"), workshop.path("old.csv")).unwrap();
    let said = workshop.runner("diff old.csv results/b");
    insta::assert_snapshot!(said.out, @r"
    A: old.csv
    B: results/b
    test_entity_f1, 1 setting: 1 beyond seed noise

    train_size=1000: learning_rate 5e-5 -> 1e-4
      0.9170 -> 0.9722  +0.0552 [+0.0538, +0.0566]  3 seeds, p < 0.0001
      beyond seed noise

    beyond seed noise: over many seeds the means would differ in this direction, on
      these test sentences (paired t over common seeds, 5 %)
    ");
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
    insta::assert_snapshot!(sides(&said), @r"
    A: inner/results/grid at v1 (HASH)
    B: inner/results/grid at v2 (HASH)
    train_size=1000: learning_rate 5e-5 -> 1e-4
    ");
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
    insta::assert_snapshot!(sides(&repository.workshop.runner("diff results/größe*2")), @r"
    A: results/größe*2 at HEAD (HASH)
    B: results/größe*2, working tree
    train_size=1000: learning_rate 5e-5 -> 1e-4
    ");
}

#[test]
fn a_renamed_folder_is_followed() {
    let repository = repository();
    repository.commit("third");
    repository.git(&["mv", "results/grid", "results/main"]);
    let said = repository.workshop.runner("diff results/main");
    insta::assert_snapshot!(said.err, @"results/main was results/grid at HEAD: renamed since");
    insta::assert_snapshot!(sides(&said), @r"
    A: results/grid at HEAD (HASH)
    B: results/main, working tree
    ");
    repository.commit("renamed");
    let said = repository.workshop.runner("diff HEAD~1..HEAD results/main");
    insta::assert_snapshot!(said.err, @"results/main was results/grid at HEAD~1: renamed since");
}

#[test]
fn words_that_are_neither_or_both_are_explained() {
    let repository = repository();
    insta::assert_snapshot!(wrong(&repository, "diff v3 results/grid"), @"error: there is no revision `v3`; did you mean `v1`?");
    insta::assert_snapshot!(wrong(&repository, "diff vv1 -- results/grid"), @"error: there is no revision `vv1`; did you mean `v1`?");
    insta::assert_snapshot!(wrong(&repository, "diff HEAD~9 -- results/grid"), @"error: there is no revision `HEAD~9`; branches and tags: main, v1, v2");
    insta::assert_snapshot!(wrong(&repository, "diff v1"), @"error: `v1` is a revision; name the results, too: runner diff v1 -- results/NAME");
    insta::assert_snapshot!(wrong(&repository, "diff v1..v2"), @"error: `v1..v2` is a revision; name the results, too: runner diff v1..v2 -- results/NAME");
    insta::assert_snapshot!(wrong(&repository, "diff v1 v2"), @"error: `v1` and `v2` are both revisions; name the results, too: runner diff v1..v2 -- results/NAME");
    insta::assert_snapshot!(wrong(&repository, "diff v1 results/gird"), @"error: there is no results/gird, nor is it in v1; check the path");
    insta::assert_snapshot!(wrong(&repository, "diff results/gird"), @"error: there is no results/gird, nor is it in HEAD; check the path");
    insta::assert_snapshot!(wrong(&repository, "diff results/gird results/grid"), @"error: there is no results/gird; name a results folder, a table or a revision");
    insta::assert_snapshot!(wrong(&repository, "diff HEAD:results/grid -- results/grid"), @"error: `HEAD:results/grid` is no commit; name a commit, branch or tag");
    insta::assert_snapshot!(wrong(&repository, "diff v1 -- results/grid --format csv"), @"error: options stand before `--`, as in: runner diff --format md HEAD~1 -- results/NAME");
    repository.workshop.write("v1/results.csv", "");
    insta::assert_snapshot!(wrong(&repository, "diff v1 results/grid"), @"error: `v1` is both a revision and a path; write `runner diff v1 -- results/grid` for the revision, or ./v1 for the path");
    insta::assert_snapshot!(wrong(&repository, "diff"), @"error: name a results folder, or two: runner diff results/NAME");
}

#[test]
fn text_of_the_user_is_no_option_of_git() {
    let repository = repository();
    insta::assert_snapshot!(wrong(&repository, "diff results/grid -- --output=stolen"), @"error: options stand before `--`, as in: runner diff --format md HEAD~1 -- results/NAME");
    let mut command = repository.workshop.command("diff");
    command.args(["--", "--output=stolen"]);
    assert!(!command.output().unwrap().status.success());
    assert!(!repository.workshop.path("stolen").exists());
}

#[test]
fn a_folder_that_one_side_lacks_is_named() {
    let repository = repository();
    Results::new(setting("train_size=1000", &[20, 24, 21])).write(&repository.workshop, "results/new");
    insta::assert_snapshot!(wrong(&repository, "diff results/new"), @"error: results/new is not in HEAD: commit it first, or compare two paths: runner diff OLD NEW");
    insta::assert_snapshot!(wrong(&repository, "diff v1..v2 results/new"), @"error: results/new is neither in v1 nor in v2; check the path");
    repository.commit("new");
    insta::assert_snapshot!(wrong(&repository, "diff v1..HEAD -- results/new"), @"error: results/new is not in v1; name a later revision");
    fs::remove_dir_all(repository.workshop.path("results/grid")).unwrap();
    insta::assert_snapshot!(wrong(&repository, "diff results/grid"), @"error: results/grid is in HEAD, but no longer here: restore it with `git restore -- results/grid`");
    repository.commit("gone");
    insta::assert_snapshot!(wrong(&repository, "diff v1..HEAD -- results/grid"), @"error: results/grid is in v1, but not in HEAD; name an earlier revision");
}

#[test]
fn no_repository_and_no_commit_are_said() {
    let workshop = Workshop::new("");
    Results::new(setting("train_size=1000", &[20, 24, 21])).write(&workshop, "results/grid");
    let said = workshop.runner_with("diff results/grid", &[("GIT_CEILING_DIRECTORIES", "/")]);
    assert_eq!(said.status, 2);
    insta::assert_snapshot!(said.err, @"error: results/grid is in no git repository; name two paths to compare: runner diff OLD NEW");
    let repository = Repository::new(workshop);
    insta::assert_snapshot!(wrong(&repository, "diff results/grid"), @"error: the repository has no commit yet; commit results/grid first, or compare two paths");
}

#[test]
fn a_missing_git_is_the_environments_fault() {
    let repository = repository();
    let said = repository.workshop.runner_with("diff results/grid", &[("PATH", "/nowhere")]);
    assert_eq!(said.status, 3);
    insta::assert_snapshot!(said.err, @"error: revisions are read by the program `git`, which is not installed; install git, or compare two paths");
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
    insta::assert_snapshot!(said.err, @"error: `HEAD~1` is not in this shallow clone: run `git fetch --unshallow` (in GitHub Actions: fetch-depth: 0)");
    let said = clone.workshop.runner("diff v1 -- clone/results/grid");
    assert_eq!(said.status, 2);
    insta::assert_snapshot!(said.err, @"error: `v1` is not in this shallow clone: run `git fetch --unshallow` (in GitHub Actions: fetch-depth: 0)");
}

#[test]
fn unfinished_merges_and_pointers_are_named() {
    let repository = repository();
    let results = repository.workshop.read("results/grid/results.csv");
    repository.workshop.write("results/grid/results.csv", format!("<<<<<<< HEAD\n{results}"));
    let said = repository.workshop.runner("diff results/grid");
    assert_eq!(said.status, 3);
    insta::assert_snapshot!(said.err, @"error: results/grid/results.csv:1: unfinished merge (<<<<<<<); take ours or theirs, the same in every file, then run again");
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 4\n";
    repository.workshop.write("results/grid/results.csv", pointer);
    repository.commit("pointer");
    repository.workshop.write("results/grid/results.csv", results);
    let said = repository.workshop.runner("diff results/grid");
    assert_eq!(said.status, 3);
    insta::assert_snapshot!(said.err, @"error: HEAD:results/grid/results.csv is a Git LFS pointer, not the file itself; run `git lfs pull` (for a revision: `git worktree add OLD REVISION`, `git lfs pull` there, and compare two paths)");
}

#[test]
fn nothing_is_written() {
    let repository = repository();
    let before = repository.workshop.times("");
    let said = repository.workshop.runner("diff v1 -- results/grid");
    assert_eq!(said.status, 0);
    assert_eq!(repository.workshop.times(""), before);
}
