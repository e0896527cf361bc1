//! Which files of a listing play which role. Must not know where the listing comes from.

use std::collections::BTreeSet;

/// Folders and files named in a message at most.
const SHOWN: usize = 20;

/// The splits that a job uses, and how the repository lays them out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DataLayout<'a> {
    /// `data.language`
    pub(super) language: Option<&'a str>,
    /// Whether the train split is read.
    pub(super) train: bool,
    /// Whether the validation split is scored.
    pub(super) validation: bool,
    /// Whether the test split is scored.
    pub(super) test: bool,
    /// Whether `SPLIT/*.parquet` counts: in the hub's own conversions and in folders.
    pub(super) converted: bool,
}

/// A role and the file that plays it.
pub(super) type Roles = Vec<(String, String)>;

/// What a listing lacks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// No folder of that name.
    #[error("there is no language `{language}`; there are {there}: set data.language to one of them")]
    NoLanguage {
        /// `data.language`
        language: String,
        /// The first folders that hold Parquet files.
        there: String,
    },
    /// Files in folders only, and none chosen.
    #[error("the data lie in folders; set data.language to one of {there}")]
    LanguageNeeded {
        /// The first folders that hold Parquet files.
        there: String,
    },
    /// No file of a split.
    #[error("there is no file of the {split} split; add {split}-00000-of-00001.parquet{}", not_scored(split))]
    NoSplit {
        /// The split.
        split: &'static str,
    },
    /// No Parquet file at all.
    #[error(
        "there is no Parquet file; convert the data, or name the hub's conversion: data.revision = \"refs/convert/parquet\""
    )]
    NoParquet,
    /// No `config.json`.
    #[error("there is no config.json; name a checkpoint of transformers in model.checkpoint")]
    NoConfig,
    /// Weights in another format.
    #[error(
        "the weights are {found} alone, which this version does not read; name a checkpoint or a model.revision with model.safetensors"
    )]
    OtherWeights {
        /// What was found.
        found: String,
    },
    /// No weights.
    #[error("there is no model.safetensors; name a checkpoint that has one in model.checkpoint")]
    NoWeights,
    /// No tokeniser that this version reads.
    #[error(
        "there is no tokenizer.json, only {found}; add it: `AutoTokenizer.from_pretrained(...).save_pretrained(...)` writes one"
    )]
    NoTokenizer {
        /// What was found of tokenisers.
        found: String,
    },
}

fn not_scored(split: &str) -> String {
    if split == "train" { String::new() } else { format!(", or set data.{split}_size = 0") }
}

/// The Parquet files of each split (`train/0`, ...) and the README.
pub(super) fn data_roles(names: &[String], layout: DataLayout<'_>) -> Result<Roles, LayoutError> {
    let parquet: Vec<&str> = names.iter().map(String::as_str).filter(|name| name.ends_with(".parquet")).collect();
    let prefixes = match layout.language {
        Some(language) => vec![format!("{language}/")],
        None => vec![String::new(), "data/".to_owned(), "default/".to_owned()],
    };
    let files_in = |prefix: &str, split: &str| {
        let mut files = aliases(split).iter().map(|alias| files_of(&parquet, prefix, alias, layout.converted));
        files.find(|files| !files.is_empty())
    };
    let used = [("train", layout.train), ("validation", layout.validation), ("test", layout.test)];
    let used: Vec<&'static str> = used.into_iter().filter(|(_, used)| *used).map(|(split, _)| split).collect();
    let first = used.first().copied().unwrap_or("train");
    let found = prefixes.iter().find(|prefix| files_in(prefix, first).is_some());
    let Some(prefix) = found else { return Err(missing(&parquet, layout, first)) };
    let mut roles = Vec::new();
    for split in used {
        let files = files_in(prefix, split).ok_or(LayoutError::NoSplit { split })?;
        roles.extend(files.into_iter().enumerate().map(|(at, name)| (format!("{split}/{at}"), name)));
    }
    if names.iter().any(|name| name == "README.md") {
        roles.push(("readme".to_owned(), "README.md".to_owned()));
    }
    Ok(roles)
}

fn aliases(split: &str) -> &'static [&'static str] {
    match split {
        "validation" => &["validation", "dev", "valid"],
        "test" => &["test"],
        _ => &["train"],
    }
}

/// `PREFIX SPLIT.parquet`, `PREFIX SPLIT-*.parquet`, or `PREFIX SPLIT/*.parquet` where `converted`; sorted.
fn files_of(parquet: &[&str], prefix: &str, split: &str, converted: bool) -> Vec<String> {
    let matches = |name: &&&str| {
        let Some(rest) = name.strip_prefix(prefix).and_then(|rest| rest.strip_prefix(split)) else { return false };
        let inside = rest.trim_start_matches('/');
        rest == ".parquet"
            || (rest.starts_with('-') && !rest.contains('/'))
            || (converted && rest.starts_with('/') && !inside.contains('/'))
    };
    let mut files: Vec<String> = parquet.iter().filter(matches).map(|name| (*name).to_owned()).collect();
    files.sort();
    files
}

fn missing(parquet: &[&str], layout: DataLayout<'_>, split: &'static str) -> LayoutError {
    let folders: BTreeSet<&str> = parquet.iter().filter_map(|name| name.split_once('/')).map(|(top, _)| top).collect();
    let chosen = layout.language.is_some_and(|language| folders.contains(language));
    match layout.language {
        _ if parquet.is_empty() => LayoutError::NoParquet,
        Some(language) if !chosen => {
            LayoutError::NoLanguage { language: language.to_owned(), there: some_of(&folders) }
        }
        None if !folders.is_empty() => LayoutError::LanguageNeeded { there: some_of(&folders) },
        _ => LayoutError::NoSplit { split },
    }
}

fn some_of(names: &BTreeSet<&str>) -> String {
    let shown: Vec<&str> = names.iter().take(SHOWN).copied().collect();
    match names.len() - shown.len() {
        0 if shown.is_empty() => "none".to_owned(),
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// `config`, `weights/0`, ... and `tokenizer/0` of a checkpoint.
pub(super) fn model_roles(names: &[String]) -> Result<Roles, LayoutError> {
    let has = |wanted: &str| names.iter().any(|name| name == wanted);
    if !has("config.json") {
        return Err(LayoutError::NoConfig);
    }
    let mut roles = vec![("config".to_owned(), "config.json".to_owned())];
    let weights = weights_of(names, &has)?;
    roles.extend(weights.into_iter().enumerate().map(|(at, name)| (format!("weights/{at}"), name)));
    if !has("tokenizer.json") {
        let known = ["vocab.txt", "vocab.json", "merges.txt", "sentencepiece.bpe.model", "spiece.model"];
        let found: BTreeSet<&str> = known.into_iter().filter(|name| has(name)).collect();
        return Err(LayoutError::NoTokenizer { found: some_of(&found) });
    }
    roles.push(("tokenizer/0".to_owned(), "tokenizer.json".to_owned()));
    Ok(roles)
}

fn weights_of(names: &[String], has: &dyn Fn(&str) -> bool) -> Result<Vec<String>, LayoutError> {
    const WHOLE: &str = "model.safetensors";
    const INDEX: &str = "model.safetensors.index.json";
    if has(WHOLE) {
        return Ok(vec![WHOLE.to_owned()]);
    }
    if has(INDEX) {
        let shard = |name: &&String| name.starts_with("model-") && name.ends_with(".safetensors");
        let mut shards: Vec<String> = names.iter().filter(shard).cloned().collect();
        shards.sort();
        return Ok([INDEX.to_owned()].into_iter().chain(shards).collect());
    }
    let other = |name: &&str| {
        !name.contains('/') && (name.ends_with(".bin") || name.ends_with(".h5") || name.ends_with(".msgpack"))
    };
    let found: BTreeSet<&str> = names.iter().map(String::as_str).filter(other).collect();
    let found: BTreeSet<&str> = found.into_iter().filter(|name| *name != "training_args.bin").collect();
    if found.is_empty() {
        Err(LayoutError::NoWeights)
    } else {
        Err(LayoutError::OtherWeights { found: some_of(&found) })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    const ALL: DataLayout<'_> =
        DataLayout { language: None, train: true, validation: true, test: true, converted: false };

    fn shown(roles: &Roles) -> String {
        roles.iter().map(|(role, name)| format!("{role} {name}\n")).collect()
    }

    #[test]
    fn splits_lie_in_a_language_folder_at_the_root_or_in_data() {
        let wikiann = names(&[
            "README.md",
            "de/train-00000-of-00001.parquet",
            "es/test-00000-of-00001.parquet",
            "es/train-00001-of-00002.parquet",
            "es/train-00000-of-00002.parquet",
            "es/validation-00000-of-00001.parquet",
        ]);
        let spanish = DataLayout { language: Some("es"), ..ALL };
        insta::assert_snapshot!(shown(&data_roles(&wikiann, spanish).unwrap()), @r"
        train/0 es/train-00000-of-00002.parquet
        train/1 es/train-00001-of-00002.parquet
        validation/0 es/validation-00000-of-00001.parquet
        test/0 es/test-00000-of-00001.parquet
        readme README.md
        ");
        let unscored = DataLayout { validation: false, test: false, language: Some("de"), ..ALL };
        insta::assert_snapshot!(shown(&data_roles(&wikiann, unscored).unwrap()), @r"
        train/0 de/train-00000-of-00001.parquet
        readme README.md
        ");
        let untrained = DataLayout { train: false, validation: false, language: Some("es"), ..ALL };
        insta::assert_snapshot!(shown(&data_roles(&wikiann[..3], untrained).unwrap()), @r"
        test/0 es/test-00000-of-00001.parquet
        readme README.md
        ");
        let root = names(&["train.parquet", "dev-0.parquet", "test.parquet"]);
        insta::assert_snapshot!(shown(&data_roles(&root, ALL).unwrap()), @r"
        train/0 train.parquet
        validation/0 dev-0.parquet
        test/0 test.parquet
        ");
        let data = names(&["data/train-0.parquet", "data/valid-0.parquet", "data/test-0.parquet"]);
        assert_eq!(data_roles(&data, ALL).unwrap().len(), 3);
    }

    #[test]
    fn a_conversion_has_a_folder_for_each_split() {
        let files = names(&["es/train/0000.parquet", "es/train/0001.parquet", "es/test/0000.parquet"]);
        let layout = DataLayout { language: Some("es"), validation: false, converted: true, ..ALL };
        insta::assert_snapshot!(shown(&data_roles(&files, layout).unwrap()), @r"
        train/0 es/train/0000.parquet
        train/1 es/train/0001.parquet
        test/0 es/test/0000.parquet
        ");
        assert_eq!(
            data_roles(&files, DataLayout { converted: false, ..layout }),
            Err(LayoutError::NoSplit { split: "train" })
        );
    }

    #[test]
    fn what_a_data_set_lacks_is_said_with_what_there_is() {
        let many: Vec<String> = (10..35).map(|at| format!("l{at}/train-0.parquet")).collect();
        let layout = DataLayout { language: Some("es"), validation: false, test: false, ..ALL };
        insta::assert_snapshot!(data_roles(&many, layout).unwrap_err(), @"there is no language `es`; there are l10, l11, l12, l13, l14, l15, l16, l17, l18, l19, l20, l21, l22, l23, l24, l25, l26, l27, l28, l29 and 5 more: set data.language to one of them");
        insta::assert_snapshot!(data_roles(&many[..2], DataLayout { language: None, ..layout }).unwrap_err(), @"the data lie in folders; set data.language to one of l10, l11");
        let train = names(&["train.parquet"]);
        insta::assert_snapshot!(data_roles(&train, ALL).unwrap_err(), @"there is no file of the validation split; add validation-00000-of-00001.parquet, or set data.validation_size = 0");
        insta::assert_snapshot!(data_roles(&names(&["a.csv"]), ALL).unwrap_err(), @r#"there is no Parquet file; convert the data, or name the hub's conversion: data.revision = "refs/convert/parquet""#);
    }

    #[test]
    fn weights_are_whole_or_sharded_safetensors() {
        let whole = names(&["config.json", "model.safetensors", "pytorch_model.bin", "tokenizer.json"]);
        insta::assert_snapshot!(shown(&model_roles(&whole).unwrap()), @r"
        config config.json
        weights/0 model.safetensors
        tokenizer/0 tokenizer.json
        ");
        let sharded = names(&[
            "config.json",
            "model-00002-of-00002.safetensors",
            "model-00001-of-00002.safetensors",
            "model.safetensors.index.json",
            "tokenizer.json",
        ]);
        insta::assert_snapshot!(shown(&model_roles(&sharded).unwrap()), @r"
        config config.json
        weights/0 model.safetensors.index.json
        weights/1 model-00001-of-00002.safetensors
        weights/2 model-00002-of-00002.safetensors
        tokenizer/0 tokenizer.json
        ");
        insta::assert_snapshot!(model_roles(&names(&["config.json", "pytorch_model.bin", "vocab.txt"])).unwrap_err(), @"the weights are pytorch_model.bin alone, which this version does not read; name a checkpoint or a model.revision with model.safetensors");
        insta::assert_snapshot!(model_roles(&names(&["config.json", "model.safetensors", "vocab.txt"])).unwrap_err(), @"there is no tokenizer.json, only vocab.txt; add it: `AutoTokenizer.from_pretrained(...).save_pretrained(...)` writes one");
        assert_eq!(model_roles(&names(&["config.json"])), Err(LayoutError::NoWeights));
    }
}
