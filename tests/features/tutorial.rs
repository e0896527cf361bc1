//! docs/tutorial.md, done: every command in its order, with the answers that stand on the page.
//!
//! A `toml` block that begins with `# NAME.toml` is a file; a `diff` block changes that file; a `sh` block is run, line by
//! line; the `text` block behind it is what its last command prints. `UPDATE_PAGES=1` writes the answers and the figure anew.

use std::fs;
use std::path::{Path, PathBuf};

use crate::workshop::Workshop;

const FILE: &str = "sizes.toml";

/// Between environments scores and sizes may differ a little.
const TOLERANCE: f64 = 0.06;

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A fenced block: its language, and its content with a line break at the end of each line.
struct Block {
    language: String,
    content: String,
}

/// The page as text between blocks, and the blocks.
fn parts(page: &str) -> (Vec<String>, Vec<Block>) {
    let mut texts = vec![String::new()];
    let mut blocks: Vec<Block> = Vec::new();
    let mut is_code = false;
    for line in page.lines() {
        match line.strip_prefix("```") {
            Some(_) if is_code => {
                is_code = false;
                texts.push(String::new());
            }
            Some(language) => {
                is_code = true;
                blocks.push(Block { language: language.to_owned(), content: String::new() });
            }
            None if is_code => blocks.last_mut().unwrap().content += &format!("{line}\n"),
            None => *texts.last_mut().unwrap() += &format!("{line}\n"),
        }
    }
    (texts, blocks)
}

/// Replaces the lines that the diff takes away, which must be there once.
fn change(file: &str, diff: &str) -> String {
    let lines = |signs: [char; 2]| {
        diff.lines().filter_map(|line| line.strip_prefix(signs)).map(|line| format!("{line}\n")).collect::<String>()
    };
    let (before, after) = (lines(['-', ' ']), lines(['+', ' ']));
    assert_eq!(file.matches(&before).count(), 1, "{before} in\n{file}");
    file.replace(&before, &after)
}

/// What the last of these lines of shell prints; each must succeed.
fn run(workshop: &Workshop, lines: &str) -> String {
    let program = workshop.command("").get_program().to_owned();
    let folder = Path::new(&program).parent().unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let mut printed = String::new();
    for line in lines.lines() {
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", line]).current_dir(workshop.path("")).env("PATH", &path);
        shell.env("HF_HUB_OFFLINE", "1").env("HF_HOME", workshop.path("cache")).env("GIT_CONFIG_GLOBAL", "/dev/null");
        for name in ["AUTHOR", "COMMITTER"] {
            shell.env(format!("GIT_{name}_NAME"), "Ana").env(format!("GIT_{name}_EMAIL"), "ana@example.org");
        }
        for name in ["COLUMNS", "CLICOLOR_FORCE"] {
            shell.env_remove(name);
        }
        let output = shell.output().unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        printed = String::from_utf8(output.stdout).unwrap();
    }
    printed
}

/// Commits, which differ by the time of day, have one name.
fn without_commits(text: &str) -> String {
    let is_commit = |word: &str| {
        let name = word.strip_prefix('(').and_then(|word| word.strip_suffix(')'));
        name.is_some_and(|name| name.len() == 7 && name.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    let line = |line: &str| match line.rsplit_once(' ') {
        Some((before, last)) if is_commit(last) => format!("{before} (1a2b3c4)"),
        _ => line.to_owned(),
    };
    text.lines().map(|text| line(text) + "\n").collect()
}

/// Whether texts agree up to small differences of numbers. A verdict may be another where its numbers are, with other words.
fn is_close(expected: &str, found: &str) -> bool {
    let numbers = |text: &str| text.split_whitespace().filter_map(|word| word.parse::<f64>().ok()).collect::<Vec<_>>();
    let (expected, found) = (numbers(expected), numbers(found));
    let close = |(e, f): (&f64, &f64)| (e - f).abs() <= TOLERANCE * e.abs().max(1.0);
    expected.len() != found.len() || expected.iter().zip(&found).all(close)
}

/// The environment that a table's rows name.
fn environment(table: &str) -> String {
    let mut table = csv::Reader::from_reader(table.as_bytes());
    let column = table.headers().unwrap().iter().position(|name| name == "environment").unwrap();
    table.records().next().unwrap().unwrap()[column].to_owned()
}

fn committed_spanish_results(workshop: &Workshop) {
    for entry in fs::read_dir(repository("results/es_minilm")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let name = path.file_name().unwrap().to_str().unwrap();
            workshop.write(&format!("results/es_minilm/{name}"), fs::read(&path).unwrap());
        }
    }
}

#[test]
fn every_command_of_the_tutorial_prints_what_the_page_says() {
    let path = repository("docs/tutorial.md");
    let page = fs::read_to_string(&path).unwrap();
    let (texts, mut blocks) = parts(&page);
    let workshop = Workshop::new("");
    committed_spanish_results(&workshop);
    let (mut printed, mut differing) = (None, Vec::new());
    for block in &mut blocks {
        match block.language.as_str() {
            "python" => {}
            "toml" => {
                assert!(block.content.starts_with(&format!("# {FILE}\n")), "a file begins with its name");
                workshop.write(FILE, &block.content);
            }
            "diff" => workshop.write(FILE, change(&workshop.read(FILE), &block.content)),
            "sh" => printed = Some(run(&workshop, &block.content)),
            "text" => {
                let found = without_commits(&printed.take().expect("it stands behind a command"));
                if block.content != found {
                    differing.push((std::mem::replace(&mut block.content, found.clone()), found));
                }
            }
            other => panic!("a block of {other} is neither run nor left out on purpose"),
        }
    }
    let figure = workshop.read("figures/trends-1.svg");
    // the figure is for paper, and readers have dark screens, too
    let figure = figure.replacen("<svg ", r#"<svg style="background:#fff" "#, 1);
    if std::env::var_os("UPDATE_PAGES").is_some() {
        let block = |block: &Block| format!("```{}\n{}```\n", block.language, block.content);
        let blocks = blocks.iter().map(block).chain([String::new()]);
        fs::write(&path, texts.iter().zip(blocks).map(|(text, block)| text.clone() + &block).collect::<String>())
            .unwrap();
        fs::write(repository("docs/sizes.svg"), figure).unwrap();
        return;
    }
    let made_by = environment(&fs::read_to_string(repository("tests/quickstart/results.csv")).unwrap());
    let is_same = environment(&workshop.read("results/sizes/results.csv")) == made_by;
    for (expected, found) in &differing {
        assert!(!is_same && is_close(expected, found), "docs/tutorial.md says\n{expected}\nand the program\n{found}");
    }
    let drawn = fs::read_to_string(repository("docs/sizes.svg")).unwrap();
    assert!(!is_same || drawn == figure, "docs/sizes.svg is another figure: UPDATE_PAGES=1 writes it anew");
}
