//! The experiments that come with the program: the files of `experiments/`, each as it stands where there is no checkout.
//! It must not know where they are written.

use toml::Table;

use super::starter::SCHEMA;

/// What the committed files begin with; the schema lies beside them.
const COMMITTED_SCHEMA: &str = "#:schema ./experiment.schema.json\n";

/// An experiment of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Example {
    /// The name of its file, without ending.
    pub name: &'static str,
    committed: &'static str,
}

macro_rules! examples {
    ($($name:literal),*) => {
        &[$(Example { name: $name, committed: include_str!(concat!("../../experiments/", $name, ".toml")) }),*]
    };
}

/// All of them, by name.
pub const EXAMPLES: &[Example] =
    examples!["adapting", "es_grid", "es_minilm", "heads", "languages", "quickstart", "search", "seeds", "transfer"];

impl Example {
    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        EXAMPLES.iter().copied().find(|example| example.name == name)
    }

    /// Its file: as committed, with the schema of `runner schema`.
    #[must_use]
    pub fn text(self) -> String {
        format!("{SCHEMA}{}", self.committed.strip_prefix(COMMITTED_SCHEMA).unwrap_or(self.committed))
    }

    /// What it asks, in a line.
    #[must_use]
    pub fn title(self) -> String {
        self.key("title").unwrap_or_default()
    }

    /// The one that it extends, which has to lie beside it.
    #[must_use]
    pub fn extends(self) -> Option<Self> {
        self.key("extends").and_then(|file| Self::named(file.trim_end_matches(".toml")))
    }

    fn key(self, name: &str) -> Option<String> {
        let table: Table = self.committed.parse().expect("a test reads every example");
        table.get(name).and_then(|value| value.as_str()).map(str::to_owned)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_committed_experiment_comes_with_the_program() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments");
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let committed: BTreeMap<String, String> = files
            .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
            .map(|path| (path.file_stem().unwrap().to_string_lossy().into(), fs::read_to_string(&path).unwrap()))
            .collect();
        let here = EXAMPLES.iter().map(|one| (one.name.to_owned(), one.committed.to_owned())).collect();
        assert_eq!(committed, here, "EXAMPLES lists every file of experiments/");
    }

    #[test]
    fn none_refers_to_what_only_a_checkout_has() {
        for example in EXAMPLES {
            let text = example.text();
            assert!(text.starts_with(SCHEMA) && text.matches("#:schema").count() == 1, "{text}");
            for absent in ["cargo ", "experiments/", "experiment.schema.json", "README", "docs/"] {
                assert!(!text.contains(absent), "{} mentions {absent}", example.name);
            }
            assert!(text.contains(&format!("runner run {}.toml", example.name)), "{} says how to run it", example.name);
            assert!(!example.title().is_empty(), "{}", example.name);
        }
        assert_eq!(Example::named("seeds").unwrap().extends(), Example::named("quickstart"));
    }
}
