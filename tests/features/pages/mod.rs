//! The pages of the repository: what can be checked of them is true, and every link leads somewhere.

mod schedulers;
mod schema;
mod site;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use runner::metrics::Metric;
use runner::results::{
    Columns, ScoredSplit, curves_csv, epochs_csv, evaluations_csv, per_entity_csv, results_csv, rungs_csv, summary_csv,
    timings_csv,
};
use runner::spec::keys_page;

/// The most lines of the README, and the most characters of one of its lines.
const README_LINES: usize = 250;
const README_COLUMNS: usize = 120;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// README.md, the pages of docs/, and those for contributors, by path.
fn pages() -> BTreeMap<PathBuf, String> {
    let folders = ["docs", ".github"].map(|folder| fs::read_dir(root().join(folder)).expect("it is there"));
    let entries = folders.into_iter().flatten().flatten().map(|entry| entry.path());
    let pages = entries.filter(|path| path.extension().is_some_and(|ending| ending == "md"));
    pages.chain([root().join("README.md")]).map(|path| (path.clone(), read(&path))).collect()
}

/// A page's lines outside of code blocks.
fn prose(page: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    page.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// The targets of a page's links and pictures that lead into this repository.
fn links(page: &str) -> Vec<String> {
    let targets = prose(page).flat_map(|line| line.split("](").skip(1).filter_map(|rest| rest.split_once(')')));
    let targets = targets.map(|(target, _)| target.to_owned());
    targets.filter(|target| !target.contains("://")).collect()
}

/// The anchors that GitHub gives to a page's headings: lower case, no punctuation, hyphens for spaces.
fn anchors(page: &str) -> Vec<String> {
    let headings = prose(page).filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let kept = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | ' ');
    let anchor = |heading: &str| heading.to_lowercase().chars().filter(|c| kept(*c)).collect::<String>();
    headings.map(|heading| anchor(heading).replace(' ', "-")).collect()
}

/// The part of a page below this heading of the second level.
fn section<'p>(page: &'p str, heading: &str) -> &'p str {
    let start = page.find(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("results.md lacks `## {heading}`"));
    let rest = &page[start + 4..];
    rest.find("\n## ").map_or(rest, |end| &rest[..end])
}

#[test]
fn the_page_of_keys_is_that_of_the_table_of_keys() {
    let path = root().join("docs/keys.md");
    if std::env::var_os("UPDATE_PAGES").is_some() {
        fs::write(&path, keys_page()).expect("the page can be written");
    }
    assert!(
        read(&path) == keys_page(),
        "docs/keys.md is not what the table of keys says: run `UPDATE_PAGES=1 cargo test --release --test features pages`"
    );
}

#[test]
fn every_column_of_every_table_is_explained() {
    let splits = ScoredSplit::ALL.to_vec();
    let columns = Columns { varied: Vec::new(), splits, evaluates: true, inherits: true, selects: true, halves: true };
    let page = read(&root().join("docs/results.md"));
    for (table, content) in [
        ("results.csv", results_csv(&[], &columns)),
        ("summary.csv", summary_csv(&[], &columns, |_| None)),
        ("per_entity.csv", per_entity_csv(&[])),
        ("curves.csv", curves_csv(&[])),
        ("epochs.csv", epochs_csv(&[])),
        ("evaluations.csv", evaluations_csv(&[])),
        ("rungs.csv", rungs_csv(&[])),
        (".run/timings.csv", timings_csv(&[])),
    ] {
        let text = section(&page, table);
        let header = String::from_utf8(content).expect("tables are text");
        for column in header.trim_end().split(',') {
            let is_named = |name: &str| text.contains(&format!("`{name}`"));
            let is_score = Metric::ALL.iter().any(|metric| column.ends_with(&format!("_{}", metric.name())));
            let split = ScoredSplit::ALL.into_iter().find(|split| column.starts_with(split.name()));
            let found =
                is_named(column) || is_score && split.is_some_and(|split| is_named(&format!("{}_SCORE", split.name())));
            assert!(found, "docs/results.md says nothing of `{column}` under `## {table}`");
        }
    }
}

#[test]
fn every_score_is_explained() {
    let page = read(&root().join("docs/scores.md"));
    for metric in Metric::ALL {
        assert!(page.contains(&format!("`{}`", metric.name())), "docs/scores.md says nothing of {}", metric.name());
    }
}

/// What stands in backticks in a line.
fn code(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// Whether a text has this word, with none of its letters before or behind it.
fn has_word(text: &str, word: &str) -> bool {
    let is_letter = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(is_letter) && !text[at + word.len()..].starts_with(is_letter))
}

/// The texts of all files of Rust below a folder.
fn rust_below(folder: &Path) -> String {
    let entries = fs::read_dir(folder).expect("the folder can be read").flatten().map(|entry| entry.path());
    let text = |path: PathBuf| match path.extension() {
        _ if path.is_dir() => rust_below(&path),
        Some(ending) if ending == "rs" => read(&path),
        _ => String::new(),
    };
    entries.map(text).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_word_of_the_glossary_is_in_the_code() {
    let source = ["src", "tests"].map(|folder| rust_below(&root().join(folder))).join("\n");
    let page = read(&root().join("docs/glossary.md"));
    let rows = page.lines().filter_map(|line| line.strip_suffix(" |")?.rsplit_once("| "));
    let missing: Vec<&str> = rows.flat_map(|(_, last)| code(last)).filter(|word| !has_word(&source, word)).collect();
    assert_eq!(missing, Vec::<&str>::new(), "docs/glossary.md names what neither src/ nor tests/ has");
}

#[test]
fn every_path_on_a_page_is_there() {
    let folders = ["src/", "tests/", "docs/", "experiments/", ".ci/"];
    let mut missing = Vec::new();
    for (page, text) in &pages() {
        for path in prose(text).flat_map(code) {
            let path = path.split(' ').next().unwrap_or_default();
            let below = if folders.iter().any(|folder| path.starts_with(folder)) { "" } else { "src" };
            let is_path = below.is_empty() || path.contains('/') && path.ends_with(".rs");
            let is_there = || root().join(below).join(path).exists();
            if is_path && !is_there() {
                missing.push(format!("{}: {path}", page.display()));
            }
        }
    }
    assert!(missing.is_empty(), "these paths are not in the repository:\n{}", missing.join("\n"));
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let pages = pages();
    let mut broken = Vec::new();
    for (path, page) in &pages {
        let folder = path.parent().expect("a page lies in a folder");
        for link in links(page) {
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if file.is_empty() { path.clone() } else { folder.join(file) };
            let has_anchor = || anchors(&read(&target)).iter().any(|found| found == anchor);
            if !target.exists() || !anchor.is_empty() && !has_anchor() {
                broken.push(format!("{}: {link}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "these links lead nowhere:\n{}", broken.join("\n"));
}

#[test]
fn every_page_is_linked_from_the_readme() {
    let readme = read(&root().join("README.md"));
    let folder = root().join("docs");
    let of_site_alone = ["SUMMARY.md", "introduction.md"].map(|name| folder.join(name));
    for path in pages().keys().filter(|path| path.starts_with(&folder) && !of_site_alone.contains(path)) {
        let name = path.strip_prefix(root()).expect("pages lie in the repository").display().to_string();
        assert!(links(&readme).iter().any(|link| link.starts_with(&name)), "README.md has no link to {name}");
    }
}

#[test]
fn the_readme_is_short() {
    let readme = read(&root().join("README.md"));
    let count = readme.lines().count();
    assert!(count <= README_LINES, "README.md has {count} lines, at most {README_LINES}: move details to docs/");
    let long = readme.lines().position(|line| line.chars().count() > README_COLUMNS);
    assert_eq!(long.map(|line| line + 1), None, "a line of README.md is longer than {README_COLUMNS} characters");
}

#[test]
fn the_picture_shows_the_scores_of_the_quickstart() {
    let picture = read(&root().join("docs/run.svg"));
    let mut table = csv::Reader::from_path(root().join("tests/quickstart/results.csv")).expect("the table is there");
    let names = table.headers().expect("it has a header").clone();
    let column = names.iter().position(|name| name == "test_entity_f1").expect("it has the score");
    for row in table.records().map(|row| row.expect("the table is sound")) {
        let score: f64 = row[column].parse().expect("a score is a number");
        let is_shown = [format!("{score:.4}"), format!("{score:.3}")].iter().any(|text| picture.contains(text));
        assert!(is_shown, "docs/run.svg lacks the score of {}: {score}; docs/testing.md says how it is made", &row[0]);
    }
}

#[test]
fn every_command_is_in_the_readme_and_every_option_on_the_page_of_commands() {
    let [readme, page] = ["README.md", "docs/commands.md"].map(|name| read(&root().join(name)));
    let help = |command: &str| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_runner")).args([command, "--help"]).output();
        String::from_utf8(output.expect("the program starts").stdout).expect("help is text")
    };
    let commands = help("--help");
    let commands = commands.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = commands.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next());
    for command in names.filter(|name| *name != "help") {
        assert!(readme.contains(&format!("`runner {command}")), "README.md lacks the command {command}");
        let help = help(command);
        let options = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
        let long = options.filter_map(|line| line.split_whitespace().find(|word| word.starts_with("--")));
        for option in long.filter(|option| !option.starts_with("--help") && !option.starts_with("--verbose")) {
            let option = option.trim_end_matches("...");
            let is_quiet = option == "--quiet" && page.contains("`-q`");
            let rows = page.lines().filter(|line| line.starts_with("| `"));
            let is_of = |line: &&str| {
                line.contains(&format!("`{option}")) && (line.contains("| all |") || line.contains(command))
            };
            assert!(is_quiet || rows.clone().any(|line| is_of(&line)), "docs/commands.md lacks {option} of {command}");
        }
    }
}
