//! What packages, recipes, workflows and community files say of the project is what `Cargo.toml` says: its name, its version,
//! where it is, and the oldest Rust.

use std::fs;
use std::path::{Path, PathBuf};

/// Of the manifest. `CARGO_PKG_RUST_VERSION` is the oldest Rust.
const NAME: &str = env!("CARGO_PKG_NAME");
const VERSION: &str = env!("CARGO_PKG_VERSION");
const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn manifest() -> toml::Table {
    read("Cargo.toml").parse().unwrap()
}

/// What follows `start` in the first line that begins so.
fn value<'t>(text: &'t str, start: &str) -> &'t str {
    let found = text.lines().find_map(|line| line.trim_start().strip_prefix(start));
    found.unwrap_or_else(|| panic!("no line begins with {start}")).trim_matches(|c| "\"' ".contains(c))
}

/// Every text file for people and machines, outside of the code.
fn texts() -> Vec<(PathBuf, String)> {
    let mut files = vec![root().join("Cargo.toml")];
    let mut folders = vec![root().to_owned(), root().join("docs"), root().join(".github"), root().join(".ci")];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            let is_root = folder == root();
            if path.is_dir() && !is_root {
                folders.push(path);
            } else if path.is_file() && (!is_root || path.extension().is_some_and(|e| e == "md" || e == "cff")) {
                files.push(path);
            }
        }
    }
    files.into_iter().filter_map(|path| fs::read_to_string(&path).ok().map(|text| (path, text))).collect()
}

#[test]
fn the_citation_has_version_and_repository_of_the_manifest() {
    let citation = read("CITATION.cff");
    assert_eq!(value(&citation, "version:"), VERSION);
    assert_eq!(value(&citation, "repository-code:"), REPOSITORY);
}

#[test]
fn packages_have_the_name_of_the_manifest() {
    let packaging = root().join(".github/packaging");
    assert_eq!(value(&read(".github/packaging/conda/recipe.yaml"), "name:"), NAME);
    assert!(packaging.join(format!("homebrew/{NAME}.rb")).is_file());
    let wheel: toml::Table = read(".github/packaging/wheel/pyproject.toml").parse().unwrap();
    assert_eq!(wheel["project"]["name"].as_str(), Some(NAME));
    let is_here = |url: &toml::Value| url.as_str().unwrap().starts_with(REPOSITORY);
    let mut urls = wheel["project"]["urls"].as_table().unwrap().clone();
    let site = urls.remove("Documentation").unwrap();
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    assert_eq!(site, manifest["package"]["documentation"]);
    assert!(urls.values().all(is_here), "{urls:?}");
    let dynamic = wheel["project"]["dynamic"].as_array().unwrap();
    assert!(dynamic.iter().any(|field| field.as_str() == Some("version")), "the version is that of Cargo.toml");
    let release = read(".github/workflows/release.yml");
    for url in [format!("https://pypi.org/p/{NAME}\n"), format!("https://crates.io/crates/{NAME}\n")] {
        assert!(release.contains(&url), "release.yml has no {url}");
    }
    let lock: toml::Table = read("Cargo.lock").parse().unwrap();
    let is_ours = |package: &&toml::Value| package["name"].as_str() == Some(NAME);
    let ours = lock["package"].as_array().unwrap().iter().find(is_ours).unwrap();
    assert_eq!(ours["version"].as_str(), Some(VERSION));
}

#[test]
fn every_address_of_the_repository_is_that_of_the_manifest() {
    let (owner, _) = REPOSITORY.rsplit_once('/').unwrap();
    let site = manifest()["package"]["documentation"].as_str().unwrap().to_owned();
    let (host, _) = site.trim_end_matches('/').rsplit_once('/').unwrap();
    let mut wrong = Vec::new();
    let mut count = 0;
    for (path, text) in texts() {
        for (whole, start) in [(REPOSITORY, format!("{owner}/")), (site.as_str(), format!("{host}/"))] {
            for (at, _) in text.match_indices(&start) {
                count += 1;
                let rest = text[at..].strip_prefix(whole.trim_end_matches('/'));
                // the tap is a repository of its own
                let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
                if rest.is_none_or(|rest| rest.starts_with(is_name)) {
                    let line = text[..at].matches('\n').count() + 1;
                    wrong.push(format!("{}:{line}", path.strip_prefix(root()).unwrap().display()));
                }
            }
        }
    }
    assert!(count > 10, "only {count} addresses were found");
    assert_eq!(wrong, Vec::<String>::new(), "these addresses are not below {REPOSITORY} or {site}");
}

#[test]
fn archives_are_where_binstall_and_the_recipes_look_for_them() {
    let archive = read(".ci/archive");
    assert_eq!(value(&archive, "name="), "runner-$version-$target");
    let manifest = manifest();
    let binstall = &manifest["package"]["metadata"]["binstall"];
    let below = "{ repo }/releases/download/v{ version }/runner-{ version }-{ target }{ archive-suffix }";
    assert_eq!(binstall["pkg-url"].as_str(), Some(below));
    assert_eq!(binstall["bin-dir"].as_str(), Some("runner-{ version }-{ target }/{ bin }{ binary-ext }"));
    let release = read(".github/workflows/release.yml");
    let formula = read(&format!(".github/packaging/homebrew/{NAME}.rb"));
    for target in
        formula.lines().filter_map(|line| line.split_once("@SHA256:runner-@V@-")?.1.strip_suffix(".tar.gz@\""))
    {
        assert!(release.contains(&format!("target: {target}\n")), "release.yml does not build {target}");
        let url = format!("{REPOSITORY}/releases/download/v@VERSION@/runner-@VERSION@-{target}.tar.gz");
        assert!(formula.contains(&url), "the formula has no {url}");
    }
}

#[test]
fn the_oldest_rust_is_that_of_the_manifest() {
    let oldest = env!("CARGO_PKG_RUST_VERSION");
    for name in ["README.md", ".github/CONTRIBUTING.md"] {
        let text = read(name);
        let said = text.split("Rust").skip(1).filter_map(|rest| {
            let rest = rest.trim_start_matches("](https://rustup.rs)").trim_start();
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            rest[..end].contains('.').then(|| rest[..end].trim_end_matches('.'))
        });
        let said: Vec<&str> = said.filter(|version| version.contains('.')).collect();
        assert!(!said.is_empty() && said.iter().all(|version| *version == oldest), "{name}: {said:?}, not {oldest}");
    }
}
