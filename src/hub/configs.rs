//! The configurations of a data set in its README, as `datasets` reads them (`utils/metadata.py`, `data_files.py`):
//! `configs`, each with `config_name`, `default` and `data_files`, a path, a pattern, a list of them, or a list of splits.

use std::collections::BTreeSet;

use serde_json::Value;

use super::data_layout::DataLayout;
use super::front_matter::front_matter;
use super::layout::Roles;
use super::wider_files::{beside, second_aliases, wider_roles, words};
use super::{DataLayoutError, Format, usual_files};
use crate::words::pattern::matches;

/// The configurations, in the README's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Configs(Vec<Config>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Config {
    name: String,
    /// Whether it is marked as the one to take.
    default: bool,
    /// The splits with the patterns of their files.
    splits: Vec<(String, Vec<String>)>,
    /// `data_dir`, the folder with the files, where no patterns are given.
    folder: Option<String>,
}

impl Configs {
    /// The configurations of a README; none if it lists no files.
    ///
    /// # Errors
    /// [`DataLayoutError::BadConfigs`]
    pub(super) fn of_readme(readme: &str) -> Result<Option<Self>, DataLayoutError> {
        // what is wrong with the YAML is said where class names are read from it
        let Ok(Some(yaml)) = front_matter(readme) else { return Ok(None) };
        let all = yaml.get("configs").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let mut configs: Vec<Config> = Vec::new();
        for config in all.iter().filter_map(Config::of) {
            let bad = |reason| DataLayoutError::BadConfigs { reason };
            let config = config.map_err(bad)?;
            match configs.iter().find(|known| known.name == config.name) {
                Some(known) if *known == config => {}
                Some(_) => return Err(bad(format!("it lists the configuration `{}` twice", config.name))),
                None => configs.push(config),
            }
        }
        let marked: Vec<&Config> = configs.iter().filter(|config| config.default).collect();
        if let [one, other, ..] = marked[..] {
            let reason = format!("both `{}` and `{}` are marked as default", one.name, other.name);
            return Err(DataLayoutError::BadConfigs { reason });
        }
        Ok(Some(Self(configs)).filter(|configs| !configs.0.is_empty()))
    }

    /// The files of the splits used; none if no configuration is chosen, or the chosen one lists files that are not read.
    ///
    /// # Errors
    /// [`DataLayoutError::NoSplitOf`], [`DataLayoutError::NoMatch`]
    pub(super) fn roles(
        &self,
        names: &[String],
        layout: DataLayout<'_>,
        used: &[&'static str],
    ) -> Result<Option<Roles>, DataLayoutError> {
        let named = layout.language.and_then(|language| self.0.iter().find(|config| config.name == language));
        let (config, language) = match (named, layout.language) {
            (Some(config), _) => (config, None),
            (None, language) => match self.default() {
                Some(config) => (config, language.map(|language| words(language).join("_"))),
                None => return Ok(None),
            },
        };
        if let Some(folder) = &config.folder {
            let layout = DataLayout { language: Some(folder), ..layout };
            let usual = usual_files::usual_roles(names, layout, used);
            return Ok(usual.ok().or_else(|| wider_roles(names, layout, used).ok()));
        }
        let mut roles = Vec::new();
        for split in used {
            let Some(patterns) = config.split(split, layout.name_of(split), language.as_deref()) else {
                // a language may also be a folder
                if language.is_some() {
                    return Ok(None);
                }
                let there = config.splits.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
                return Err(DataLayoutError::NoSplitOf { split, config: config.name.clone(), there });
            };
            let Some(files) = listed(names, patterns, layout)? else { return Ok(None) };
            roles.extend(files.into_iter().enumerate().map(|(at, name)| (format!("{split}/{at}"), name)));
        }
        Ok(Some(roles))
    }

    /// The sole configuration, the one named `default`, or the one marked as such.
    fn default(&self) -> Option<&Config> {
        match &self.0[..] {
            [sole] => Some(sole),
            all => {
                all.iter().find(|config| config.default).or_else(|| all.iter().find(|config| config.name == "default"))
            }
        }
    }

    /// The error that names the configurations in place of `error`, which names folders.
    pub(super) fn instead_of(&self, error: DataLayoutError, layout: DataLayout<'_>) -> DataLayoutError {
        let there = self.0.iter().map(|config| config.name.as_str()).collect::<Vec<_>>().join(", ");
        match (&error, layout.language) {
            _ if there == "default" => error,
            (
                DataLayoutError::NoLanguage { .. }
                | DataLayoutError::NoLanguages { .. }
                | DataLayoutError::NoData { .. },
                Some(language),
            ) => DataLayoutError::NoConfig { language: language.to_owned(), there },
            (DataLayoutError::LanguageNeeded { .. } | DataLayoutError::NoSplit { .. }, None) if self.0.len() > 1 => {
                DataLayoutError::ConfigNeeded { there }
            }
            _ => error,
        }
    }
}

impl Config {
    /// A configuration; none if it lists no files.
    fn of(config: &Value) -> Option<Result<Self, String>> {
        let text = |key: &str| config.get(key).and_then(Value::as_str).map(str::to_owned);
        let name = text("config_name").unwrap_or_else(|| "default".to_owned());
        let folder = text("data_dir").map(|folder| folder.trim_matches('/').to_owned());
        let files = config.get("data_files").map(split_patterns);
        let (files, folder) = match (files, folder) {
            (Some(files), _) => (files?, None),
            (None, Some(folder)) => (Vec::new(), Some(folder)),
            (None, None) => return None,
        };
        let mut splits: Vec<(String, Vec<String>)> = Vec::new();
        for (split, patterns) in files {
            if splits.iter().any(|(known, _)| *known == split) {
                return Some(Err(format!("the configuration `{name}` lists the split `{split}` twice")));
            }
            let patterns = patterns.iter().map(|pattern| pattern.trim_start_matches("./").to_owned());
            splits.push((split, patterns.collect()));
        }
        let default = config.get("default").and_then(Value::as_bool).unwrap_or_default();
        Some(Ok(Self { name, default, splits, folder }))
    }

    /// The patterns of a split: of that name, else of the first of the usual ones; with a language, of one that has it
    /// beside a usual name (`train_de`).
    fn split(&self, split: &str, named: Option<&str>, language: Option<&str>) -> Option<&[String]> {
        let of = |fits: &dyn Fn(&str) -> bool| self.splits.iter().find(|(name, _)| fits(name));
        let found = match (named, language) {
            (Some(named), _) => of(&|name| name == named),
            (None, language) => {
                let mut usual = usual_files::aliases(split).iter().chain(second_aliases(split));
                usual.find_map(|word| match language {
                    Some(language) => of(&|name| beside(name, word).as_deref() == Some(language)),
                    None => of(&|name| name == *word),
                })
            }
        };
        found.map(|(_, patterns)| patterns.as_slice())
    }
}

/// `data_files` as splits with patterns: what has no split is `train`. None for another type.
fn split_patterns(files: &Value) -> Option<Vec<(String, Vec<String>)>> {
    let patterns = |value: &Value| match value {
        Value::String(pattern) => Some(vec![pattern.clone()]),
        Value::Array(all) => all.iter().map(|pattern| pattern.as_str().map(str::to_owned)).collect(),
        _ => None,
    };
    if let Some(patterns) = patterns(files) {
        return Some(vec![("train".to_owned(), patterns)]);
    }
    match files {
        Value::Array(all) => {
            let split = |entry: &Value| Some((entry.get("split")?.as_str()?.to_owned(), patterns(entry.get("path")?)?));
            all.iter().map(split).collect()
        }
        Value::Object(map) => map.iter().map(|(split, files)| Some((split.clone(), patterns(files)?))).collect(),
        _ => None,
    }
}

/// The files of the patterns, those of each sorted; none if one of them is of no format that is read.
///
/// # Errors
/// [`DataLayoutError::NoMatch`]
fn listed(
    names: &[String],
    patterns: &[String],
    layout: DataLayout<'_>,
) -> Result<Option<Vec<String>>, DataLayoutError> {
    let mut files: Vec<String> = Vec::new();
    for pattern in patterns {
        if pattern.contains("://") || pattern.contains(['[', '{']) {
            return Ok(None);
        }
        let mut found: BTreeSet<&String> = names.iter().filter(|name| *name == pattern).collect();
        if found.is_empty() {
            found = names.iter().filter(|name| matches(pattern, name)).collect();
        }
        if found.is_empty() {
            let pattern = format!("{pattern} of the README's configs");
            let there: BTreeSet<&str> =
                names.iter().map(String::as_str).filter(|name| Format::of(name).is_some()).collect();
            return Err(DataLayoutError::NoMatch { pattern, there: super::layout::some_of(&there) });
        }
        if found.iter().any(|name| Format::of_file(name, layout.format).is_none()) {
            return Ok(None);
        }
        let new: Vec<String> = found.into_iter().filter(|name| !files.contains(name)).cloned().collect();
        files.extend(new);
    }
    Ok(Some(files).filter(|files| !files.is_empty()))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    const ALL: DataLayout<'_> = DataLayout::ALL;

    const NAMES: [&str; 6] =
        ["README.md", "a/fold-1.jsonl", "a/fold-0.jsonl", "a/held.jsonl", "b/all.jsonl", "c/train.csv.gz"];

    const README: &str = "---\nconfigs:\n- config_name: A\n  default: true\n  data_files:\n  - split: train\n    path: a/fold-*\n  - split: val\n    path: [a/held.jsonl]\n  - split: test\n    path: a/held.jsonl\n- config_name: B\n  data_dir: x\n  data_files: b/all.jsonl\n- config_name: C\n  data_dir: c\n---\n# it\n";

    fn found(readme: &str, layout: DataLayout<'_>) -> String {
        let names = NAMES.map(str::to_owned);
        match Configs::of_readme(readme).and_then(|configs| configs.unwrap().roles(&names, layout, &layout.used())) {
            Ok(None) => "none".to_owned(),
            Ok(Some(roles)) => roles.iter().map(|(role, name)| format!("{role} {name}\n")).collect(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_configuration_lists_paths_and_patterns_of_its_splits() {
        insta::assert_snapshot!(found(README, ALL), @r"
        train/0 a/fold-0.jsonl
        train/1 a/fold-1.jsonl
        validation/0 a/held.jsonl
        test/0 a/held.jsonl
        ");
        let alone = DataLayout { language: Some("B"), validation: false, test: false, ..ALL };
        insta::assert_snapshot!(found(README, alone), @"train/0 b/all.jsonl");
        insta::assert_snapshot!(found(README, DataLayout { test: true, ..alone }), @r#"the configuration `B` has no test split, only train; name one in data.splits = { test = "..." }, or set data.test_size = 0"#);
        insta::assert_snapshot!(found(README, DataLayout { language: Some("C"), ..alone }), @"train/0 c/train.csv.gz");
        assert_eq!(found(README, DataLayout { language: Some("D"), ..ALL }), "none", "it may be a folder");
    }

    #[test]
    fn a_split_may_have_a_language_beside_its_name_or_any_name() {
        let readme = "---\nconfigs:\n- config_name: default\n  data_files:\n  - split: train_de\n    path: a/fold-0.jsonl\n  - split: train_en\n    path: a/fold-1.jsonl\n  - split: test_de\n    path: a/held.jsonl\n---\n";
        let german = DataLayout { language: Some("de"), validation: false, ..ALL };
        insta::assert_snapshot!(found(readme, german), @r"
        train/0 a/fold-0.jsonl
        test/0 a/held.jsonl
        ");
        let named = [("train".to_owned(), "train_en".to_owned()), ("test".to_owned(), "test_de".to_owned())].into();
        insta::assert_snapshot!(found(readme, DataLayout { language: None, splits: Some(&named), ..german }), @r"
        train/0 a/fold-1.jsonl
        test/0 a/held.jsonl
        ");
    }

    #[test]
    fn what_contradicts_itself_or_matches_nothing_is_said() {
        let twice = README.replace("config_name: B", "config_name: A");
        insta::assert_snapshot!(found(&twice, ALL), @"README.md: it lists the configuration `A` twice; correct its `configs`, or name the files in data.files");
        let split = README.replace("split: val", "split: train");
        insta::assert_snapshot!(found(&split, ALL), @"README.md: the configuration `A` lists the split `train` twice; correct its `configs`, or name the files in data.files");
        let both = README.replace("config_name: B", "config_name: B\n  default: true");
        insta::assert_snapshot!(found(&both, ALL), @"README.md: both `A` and `B` are marked as default; correct its `configs`, or name the files in data.files");
        let none = README.replace("fold-*", "part-*");
        insta::assert_snapshot!(found(&none, ALL), @"no data file matches `a/part-* of the README's configs`; use one of a/fold-0.jsonl, a/fold-1.jsonl, a/held.jsonl, b/all.jsonl, c/train.csv.gz");
        assert_eq!(Configs::of_readme("---\nlicense: mit\n---\n"), Ok(None));
        assert_eq!(
            found(&README.replace("a/fold-*", "a/fold.zip").replace("a/held.jsonl", "README.md"), ALL)
                .split(';')
                .next(),
            Some("no data file matches `a/fold.zip of the README's configs`")
        );
    }
}
