//! The shape of the source: imports point one way, every file says what it owns, none is long, and the map names them all.

use std::fs;
use std::path::{Path, PathBuf};

/// The modules in order. A file may import from its own module and from those before it.
const ORDER: [&str; 17] = [
    "hash", "files", "spec", "plan", "random", "hub", "data", "model", "engine", "train", "metrics", "results",
    "machine", "ledger", "lab", "report", "cli",
];

/// The most lines of a file without its tests.
const MOST_LINES: usize = 400;

/// A source file.
struct Source {
    /// Below `src/`, with `/`.
    name: String,
    text: String,
}

impl Source {
    /// The position in `ORDER` of the module that it belongs to; none for the crate's roots.
    fn module(&self) -> Option<usize> {
        let folder = self.name.split('/').next().filter(|_| self.name.contains('/'))?;
        Some(ORDER.iter().position(|module| *module == folder).unwrap_or_else(|| panic!("{folder} is not in ORDER")))
    }

    /// How many `super::` lead from it to the crate's root.
    fn depth(&self) -> usize {
        self.name.trim_end_matches("/mod.rs").split('/').count()
    }

    /// Its lines without comments, the tests at its end left out.
    fn code(&self) -> Vec<&str> {
        self.lines_before_tests().filter(|line| !line.trim_start().starts_with("//")).collect()
    }

    fn lines_before_tests(&self) -> impl Iterator<Item = &str> {
        self.text.lines().take_while(|line| *line != "#[cfg(test)]")
    }
}

/// Every source file, by name.
fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders: Vec<PathBuf> = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder can be read") {
            let path = entry.expect("the entry can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let below = path.strip_prefix(&root).expect("it lies below src");
                let name = below.to_str().expect("names are UTF-8").replace('\\', "/");
                found.push(Source { name, text: fs::read_to_string(&path).expect("the file can be read") });
            }
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

/// The modules that a text names after `crate::`, groups in braces included.
fn imported(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for (start, _) in text.match_indices("crate::") {
        let rest = &text[start + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => names.extend(heads(group)),
            None => names.push(identifier(rest)),
        }
    }
    names
}

/// The first names of the paths in a group, up to its closing brace.
fn heads(group: &str) -> Vec<&str> {
    let mut names = vec![identifier(group)];
    let mut open = 0;
    for (index, c) in group.char_indices() {
        match c {
            '{' => open += 1,
            '}' if open == 0 => break,
            '}' => open -= 1,
            ',' if open == 0 => names.push(identifier(&group[index + 1..])),
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// The identifier at the beginning, spaces before it left out.
fn identifier(text: &str) -> &str {
    let text = text.trim_start();
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// The longest chain of `super::` in a line.
fn supers(line: &str) -> usize {
    let mut most = 0;
    while line.contains(&"super::".repeat(most + 1)) {
        most += 1;
    }
    most
}

#[test]
fn imports_are_found_alone_and_in_groups() {
    assert_eq!(imported("use crate::spec::{Axis, Cell};\nlet x = crate::plan::Key::of();"), ["spec", "plan"]);
    assert_eq!(imported("use crate::{\n    hub::{self, Lock},\n    data,\n};"), ["hub", "data"]);
    assert_eq!(supers("use super::super::lab;"), 2);
}

#[test]
fn the_crate_declares_the_modules_in_order() {
    let sources = sources();
    let root = sources.iter().find(|source| source.name == "lib.rs").expect("there is a library");
    let declared = root.text.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    assert_eq!(declared.collect::<Vec<_>>(), ORDER);
}

#[test]
fn imports_point_one_way() {
    let mut wrong = Vec::new();
    for source in sources() {
        let Some(own) = source.module() else { continue };
        for name in imported(&source.code().join("\n")) {
            match ORDER.iter().position(|module| *module == name) {
                Some(other) if other <= own => {}
                Some(_) => wrong.push(format!("{} imports {name}, which comes after it", source.name)),
                None => wrong.push(format!("{} imports {name}, which is no module", source.name)),
            }
        }
        for line in source.code().iter().filter(|line| supers(line) >= source.depth()) {
            wrong.push(format!("{} leaves its module by super: {}", source.name, line.trim()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_opens_with_what_it_owns() {
    let silent: Vec<String> =
        sources().into_iter().filter(|source| !source.text.starts_with("//! ")).map(|source| source.name).collect();
    assert_eq!(silent, Vec::<String>::new());
}

#[test]
fn no_file_is_long() {
    let long: Vec<String> = sources()
        .iter()
        .map(|source| (source.lines_before_tests().count(), &source.name))
        .filter(|(lines, _)| *lines > MOST_LINES)
        .map(|(lines, name)| format!("{name}: {lines} lines"))
        .collect();
    assert!(long.is_empty(), "split at {MOST_LINES}: {}", long.join(", "));
}

#[test]
fn the_map_names_every_file_and_no_other() {
    let map = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/README.md");
    let map = fs::read_to_string(map).expect("there is a map of the source");
    let mut named: Vec<&str> = map.lines().filter_map(|line| line.strip_prefix("- `")?.split('`').next()).collect();
    named.sort();
    let names: Vec<String> = sources().into_iter().map(|source| source.name).collect();
    let missing: Vec<&String> = names.iter().filter(|name| !named.contains(&name.as_str())).collect();
    let gone: Vec<&&str> = named.iter().filter(|named| !names.iter().any(|name| name == **named)).collect();
    assert!(missing.is_empty() && gone.is_empty(), "not in src/README.md: {missing:?}; only there: {gone:?}");
    assert!(named.windows(2).all(|pair| pair[0] != pair[1]), "a file stands in src/README.md twice");
}
