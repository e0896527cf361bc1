//! The site of the pages: its order, and what it says of the repository. `.ci/site` builds it.

use std::collections::BTreeSet;

use super::{links, pages, prose, read, root};

fn summary() -> String {
    read(&root().join("docs/SUMMARY.md"))
}

#[test]
fn every_page_stands_once_in_the_summary() {
    let summary = summary();
    let listed = links(&summary);
    let distinct: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(listed.len(), distinct.len(), "docs/SUMMARY.md lists a page twice");
    let docs = root().join("docs");
    let below =
        pages().into_keys().filter_map(|path| path.strip_prefix(&docs).ok().map(|path| path.display().to_string()));
    let there: BTreeSet<String> = below.filter(|name| name != "SUMMARY.md").collect();
    assert_eq!(distinct, there, "docs/SUMMARY.md lists the pages of docs/, each of them");
}

#[test]
fn a_page_stands_in_the_summary_under_its_own_title() {
    let summary = summary();
    for line in summary.lines().filter(|line| line.contains("](")) {
        let (title, file) = line.split_once('[').and_then(|(_, rest)| rest.split_once("](")).expect("it is a link");
        let page = read(&root().join("docs").join(file.trim_end_matches(')')));
        let heading = prose(&page).next().and_then(|line| line.strip_prefix("# "));
        assert_eq!(heading, Some(title), "the title of {file}");
    }
}

#[test]
fn the_site_names_the_repository_of_the_manifest() {
    let book = read(&root().join("docs/book.toml"));
    let repository = env!("CARGO_PKG_REPOSITORY");
    assert!(book.contains(&format!("git-repository-url = \"{repository}\"")), "docs/book.toml and Cargo.toml");
    assert!(book.contains(&format!("edit-url-template = \"{repository}/edit/main/docs/{{path}}\"")), "docs/book.toml");
}
