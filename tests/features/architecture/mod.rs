//! The shape of the source: imports point one way, every file says what it owns, none is long, the map names them all, and
//! no file of tests is forgotten.

mod graph;
mod source;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use graph::Graph;
use source::{Source, sources};

/// The modules in order. A file may import from its own module and from those before it.
const ORDER: [&str; 37] = [
    "words",
    "hash",
    "files",
    "claims",
    "random",
    "metrics",
    "statistics",
    "spec",
    "plan",
    "hub",
    "data",
    "model",
    "engine",
    "results",
    "train",
    "machine",
    "ledger",
    "lab",
    "analysis",
    "trained",
    "export",
    "parents",
    "tagging",
    "experiment",
    "cluster",
    "bundle",
    "merging",
    "verification",
    "git",
    "disk",
    "tensorboard",
    "overview",
    "comparison",
    "answers",
    "report",
    "html",
    "cli",
];

/// The most lines of a file without its tests.
const MOST_LINES: usize = 400;

/// The position of a module in `ORDER`.
fn position(module: &str) -> usize {
    ORDER.iter().position(|other| *other == module).unwrap_or_else(|| panic!("{module} is not in ORDER"))
}

/// Circles among made-up files, one string for each.
fn circles_of(files: &[(&str, &str)]) -> Vec<Vec<String>> {
    let sources: Vec<Source> = files.iter().map(|(name, text)| Source::parse(name, text)).collect();
    Graph::new(&sources).circles_of_files().into_iter().map(|circle| circle.edges).collect()
}

/// A crate with one room of two files.
fn circles_of_two(door: &str, one: &str, two: &str) -> Vec<Vec<String>> {
    let root = ("lib.rs", "pub mod room;");
    circles_of(&[root, ("room/mod.rs", door), ("room/one.rs", one), ("room/two.rs", two)])
}

#[test]
fn a_circle_is_found_however_it_is_written() {
    let door = "mod one; mod two; pub use one::One; pub(crate) use two::{Two, two as deux};";
    let other = "pub struct Two; pub fn two(_: super::one::One) {}";
    let edges = |item: &str| {
        vec![vec![format!("room/one.rs -> room/two.rs: {item}"), "room/two.rs -> room/one.rs: One".to_owned()]]
    };
    assert_eq!(circles_of_two(door, "use super::Two;", other), edges("Two"));
    assert_eq!(circles_of_two(door, "use crate::room::{self, One};\nfn f() { room::deux(One) }", other), edges("two"));
    assert_eq!(circles_of_two(door, "fn f() { println!(\"{}\", g(&[super::two::two])) }", other), edges("two"));
    assert_eq!(circles_of_two(door, "#[cfg(test)] mod tests {}\nuse super::two::*;", other), edges("*"));
    assert_eq!(circles_of_two(door, "mod inner { use super::super::Two; }", other), edges("Two"));
    assert_eq!(circles_of_two(door, "use super::two as second;\nfn f(_: Vec<second::Two>) {}", other), edges("*, Two"));
    assert_eq!(circles_of_two(door, "#[error(\"{}\", super::two::two())] struct E;", other), edges("two"));
    let rules = "macro_rules! two { () => {} } use super::One;";
    assert_eq!(circles_of_two(door, "two!();", rules), edges("two!"));
}

#[test]
fn a_circle_through_the_code_of_a_door_is_found() {
    let door = "mod one; mod two; fn shared() {} pub fn f() { one::f() }";
    let found = circles_of_two(door, "pub fn f() { super::shared() }", "use super::shared;");
    assert_eq!(found, [["room/mod.rs -> room/one.rs: f", "room/one.rs -> room/mod.rs: shared"]]);
    let door = "mod one; mod two; pub use one::f; fn shared() {}";
    assert_eq!(circles_of_two(door, "pub fn f() { super::shared() }", ""), [[""; 0]; 0]);
    let door = "mod one; mod two; pub use two::*; fn shared() {}";
    let found = circles_of_two(door, "pub struct One; use super::Two;", "pub struct Two(super::one::One);");
    assert_eq!(found, [["room/one.rs -> room/two.rs: Two", "room/two.rs -> room/one.rs: One"]]);
}

#[test]
fn a_circle_through_the_methods_of_a_type_is_found() {
    let door = "mod one; mod two;";
    let found = |call: &str| {
        let one = format!("pub struct One; impl One {{ fn f(&self) {{ {call} }} }}");
        circles_of_two(door, &one, "use super::one::One; impl One { pub fn g(&self) {} fn f(&self) { self.h() } }")
    };
    let circle = [["room/one.rs -> room/two.rs: One::g", "room/two.rs -> room/one.rs: One"]];
    assert_eq!(found("self.g()"), circle);
    assert_eq!(found("Self::g(self)"), circle);
    assert_eq!(found("print!(\"{}\", self.g())"), circle);
    assert_eq!(found("self.f()"), [[""; 0]; 0]);
}

#[test]
fn tests_and_text_make_no_circle() {
    let door = "mod one; mod two; pub use one::One; pub use two::Two;";
    let other = "pub struct Two; pub fn two(_: super::One) {}";
    let one = "/// [`super::Two`]\npub(in crate::room) struct One;\n#[cfg(all(test, unix))]\nmod tests { use super::super::Two; }";
    assert_eq!(circles_of_two(door, one, other), [[""; 0]; 0]);
}

#[test]
fn the_crate_declares_the_modules_in_order() {
    let sources = sources();
    let root = sources.iter().find(|source| source.name == "lib.rs").expect("there is a library");
    assert_eq!(root.children, ORDER);
}

#[test]
fn imports_point_one_way() {
    let mut wrong = Vec::new();
    for source in sources() {
        let Some(own) = source.room() else { continue };
        for named in &source.named {
            let Some(room) = source.absolute(named).and_then(|path| path.into_iter().next()) else { continue };
            let path = named.path.join("::");
            if named.path[0] == "super" && room != own {
                wrong.push(format!("{} leaves its module by super: {path}", source.name));
            }
            if position(&room) > position(own) {
                wrong.push(format!("{} names {path}, which comes after it", source.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A device is a folder of `engine`. Only `engine/device.rs`, which chooses one, may name it.
#[test]
fn a_device_is_known_to_one_file_and_to_no_other_device() {
    let sources = sources();
    let folder = |name: &str| name.strip_prefix("engine/")?.split_once('/').map(|(folder, _)| folder.to_owned());
    let devices: BTreeSet<String> = sources.iter().filter_map(|source| folder(&source.name)).collect();
    assert_eq!(devices, ["cpu", "cuda"].map(str::to_owned).into());
    let (mut wrong, mut known) = (Vec::new(), BTreeSet::new());
    for source in sources.iter().filter(|source| source.name.starts_with("engine/")) {
        let paths = source.named.iter().filter_map(|named| source.absolute(named));
        for path in paths.filter(|path| path.len() > 2 && path[0] == "engine" && devices.contains(&path[1])) {
            if source.name == "engine/device.rs" {
                known.insert(path[1].clone());
            } else if folder(&source.name).as_ref() != Some(&path[1]) {
                wrong.push(format!("{} names {}", source.name, path.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(known, devices, "what engine/device.rs chooses among");
}

/// Those of the system differ in their last bits from one system to another; `libm` has them in Rust.
#[test]
fn no_number_depends_on_the_mathematics_of_the_system() {
    const METHODS: [&str; 14] = [
        "ln()", "log2()", "log10()", "ln_1p()", "exp()", "exp2()", "exp_m1()", "powf(", "tanh()", "sin()", "cos()",
        "tan()", "atan()", "cbrt()",
    ];
    let of_system = |line: &str| METHODS.iter().any(|method| line.contains(&format!(".{method}")));
    let sources = sources();
    let wrong = sources.iter().flat_map(|source| source.code().map(|(line, text)| (&source.name, line, text)));
    let wrong: Vec<String> = wrong
        .filter(|(.., text)| !text.trim_start().starts_with("//") && of_system(text))
        .map(|(name, line, text)| format!("{name}:{line}: {}", text.trim()))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_import_leads_to_an_item() {
    let lost = Graph::new(&sources()).lost();
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}

#[test]
fn no_circle_joins_files_or_modules() {
    let sources = sources();
    let graph = Graph::new(&sources);
    let circles = graph.circles_of_files().into_iter().chain(graph.circles_of_rooms());
    let circles: Vec<String> = circles.map(|circle| circle.to_string()).collect();
    assert!(circles.is_empty(), "{}", circles.join("\n"));
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
        .map(|source| (source.lines(), &source.name))
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

/// The files of a folder and of those in it.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

/// A module that no other declares is not compiled, and its tests never run.
#[test]
fn no_file_of_tests_is_forgotten() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut forgotten = Vec::new();
    for program in ["engine", "features", "fuzzing"] {
        for path in
            files_below(&tests.join(program)).into_iter().filter(|path| path.extension().is_some_and(|e| e == "rs"))
        {
            let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("a name");
            let folder = path.parent().expect("a folder");
            let (name, parent) = match stem {
                "main" => continue,
                "mod" => (
                    folder.file_name().and_then(|name| name.to_str()).expect("a name"),
                    folder.parent().expect("a folder"),
                ),
                _ => (stem, folder),
            };
            let doors = ["main.rs", "mod.rs"].map(|door| parent.join(door)).into_iter();
            let mut declared = doors.filter_map(|door| fs::read_to_string(door).ok());
            if !declared.any(|text| Source::parse(name, &text).children.iter().any(|child| child == name)) {
                forgotten.push(path);
            }
        }
    }
    assert!(forgotten.is_empty(), "no `mod` declares {forgotten:?}");
}

/// Each program of tests links everything that the program uses.
#[test]
fn there_are_at_most_five_programs_of_tests() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let entries = fs::read_dir(tests).expect("a folder").map(|entry| entry.expect("an entry").path());
    let programs = entries.filter(|path| path.extension().is_some_and(|e| e == "rs") || path.join("main.rs").exists());
    assert!(programs.count() <= 5);
}
