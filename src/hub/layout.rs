//! The role of each file in a checkpoint's listing, and what a listing lacks.

use std::collections::BTreeSet;

use super::DataLayoutError;
use crate::spec::TokenizerRules;

/// Most characters of a file's own text in a message.
const SHOWN_LETTERS: usize = 120;
/// Most folders and files in a message.
const SHOWN: usize = 20;

/// The remedy for a checkpoint without a supported tokenizer.
const MAKE_TOKENIZER: &str = "write tokenizer.json with `AutoTokenizer.from_pretrained(CHECKPOINT).save_pretrained(FOLDER)` in Python, beside the other files in a folder, and set model.checkpoint to that folder";

/// Roles (`weights/0`) and the names of their files.
pub(super) type Roles = Vec<(String, String)>;

/// What a listing lacks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// What a data set lacks.
    #[error(transparent)]
    Data(#[from] DataLayoutError),
    /// No `config.json`.
    #[error("config.json is missing; set model.checkpoint to a transformers checkpoint")]
    NoConfig,
    /// Weights in another format.
    #[error(
        "unsupported weights: {found}; choose a checkpoint or model.revision with model.safetensors or pytorch_model.bin"
    )]
    OtherWeights {
        /// The weight files there are.
        found: String,
    },
    /// No weights.
    #[error("no model.safetensors or pytorch_model.bin; set model.checkpoint to a checkpoint that has one")]
    NoWeights,
    /// An index without its files.
    #[error("{index} is there, but none of its files ({shards}); add them, or choose another model.revision")]
    NoShards {
        /// The index.
        index: &'static str,
        /// The pattern of their names.
        shards: String,
    },
    /// A shard that the index names and the listing lacks.
    #[error("{index} names the shard {shard}, which is missing; add it, or choose another model.revision")]
    NoShard {
        /// The index.
        index: String,
        /// The shard.
        shard: String,
    },
    /// No supported tokenizer.
    #[error(
        "no tokenizer.json, vocab.txt, vocab.json with merges.txt, or SentencePiece model{}; {MAKE_TOKENIZER}",
        if found.is_empty() { String::new() } else { format!(", only {found}") }
    )]
    NoTokenizer {
        /// Other tokenizer files; empty if there is none.
        found: String,
    },
}

/// The first names, and how many more there are; empty without any.
pub(super) fn some_of(names: &BTreeSet<&str>) -> String {
    let shown: Vec<&str> = names.iter().take(SHOWN).copied().collect();
    match names.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// `config`, `weights/0`, ... and `tokenizer/0` of a checkpoint.
pub(super) fn model_roles(names: &[String], rules: TokenizerRules) -> Result<Roles, LayoutError> {
    let has = |wanted: &str| names.iter().any(|name| name == wanted);
    if !has("config.json") {
        return Err(LayoutError::NoConfig);
    }
    let mut roles = vec![("config".to_owned(), "config.json".to_owned())];
    let weights = weights_of(names, &has)?;
    roles.extend(weights.into_iter().enumerate().map(|(at, name)| (format!("weights/{at}"), name)));
    let tokenizer = tokenizer_of(&has, rules)?;
    roles.extend(tokenizer.into_iter().enumerate().map(|(at, name)| (format!("tokenizer/{at}"), name)));
    Ok(roles)
}

/// What tokenizers are made of, each with the settings files beside it; the first that exists whole is used.
pub(super) const TOKENIZERS: [&[&str]; 8] = [
    &["tokenizer.json"],
    &["vocab.txt"],
    &["vocab.json", "merges.txt"],
    &["sentencepiece.bpe.model"],
    &["spm.model"],
    &["spiece.model"],
    &["sentencepiece.model"],
    &["tokenizer.model"],
];

/// Settings beside a tokenizer. Added tokens of their own file are those of a `tokenizer.json` already, but for transformers.
const SETTINGS: [&str; 3] = ["tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"];

/// The files of the tokenizer, and the settings files beside it.
fn tokenizer_of(has: &dyn Fn(&str) -> bool, rules: TokenizerRules) -> Result<Vec<String>, LayoutError> {
    if let Some(files) = TOKENIZERS.into_iter().find(|files| files.iter().all(|name| has(name))) {
        let is_whole = files == TOKENIZERS[0] && rules == TokenizerRules::File;
        let settings = &SETTINGS[..SETTINGS.len() - usize::from(is_whole)];
        let settings = settings.iter().filter(|name| has(name));
        return Ok(files.iter().chain(settings).map(|name| (*name).to_owned()).collect());
    }
    let known = ["vocab.json", "merges.txt", "bpe.codes", "codes.txt", "tiktoken.model", "tekken.json"];
    let found: BTreeSet<&str> = known.into_iter().filter(|name| has(name)).collect();
    Err(LayoutError::NoTokenizer { found: some_of(&found) })
}

/// A whole file, an index of shards, and the ending of shards. The first that exists is used.
const WEIGHTS: [(&str, &str, &str); 2] = [
    ("model.safetensors", "model.safetensors.index.json", ".safetensors"),
    ("pytorch_model.bin", "pytorch_model.bin.index.json", ".bin"),
];

/// Files that end as weights do, but are none.
const NO_WEIGHTS: [&str; 5] =
    ["training_args.bin", "optimizer.bin", "scheduler.bin", "adapter_model.bin", "adapter_model.safetensors"];

/// One whole file, or an index and then all candidates for its shards, by name; [`by_index`] selects among them.
fn weights_of(names: &[String], has: &dyn Fn(&str) -> bool) -> Result<Vec<String>, LayoutError> {
    for (whole, index, ending) in WEIGHTS {
        if has(whole) {
            return Ok(vec![whole.to_owned()]);
        }
        if has(index) {
            let shard =
                |name: &&String| name.ends_with(ending) && !name.contains('/') && !NO_WEIGHTS.contains(&name.as_str());
            let mut shards: Vec<String> = names.iter().filter(shard).cloned().collect();
            if shards.is_empty() {
                return Err(LayoutError::NoShards { index, shards: format!("*{ending}") });
            }
            shards.sort();
            return Ok([index.to_owned()].into_iter().chain(shards).collect());
        }
    }
    let endings = [".bin", ".h5", ".msgpack", ".safetensors", ".ckpt.index"];
    let other = |name: &&str| !name.contains('/') && endings.iter().any(|ending| name.ends_with(ending));
    let found: BTreeSet<&str> = names.iter().map(String::as_str).filter(other).collect();
    let found: BTreeSet<&str> = found.into_iter().filter(|name| *name != "training_args.bin").collect();
    if found.is_empty() {
        Err(LayoutError::NoWeights)
    } else {
        Err(LayoutError::OtherWeights { found: some_of(&found) })
    }
}

/// `roles` with only those shards that the index names; `content`: the index's. If that is not an index, all candidates
/// stay, and the reader of weights reports the error.
pub(super) fn by_index(roles: Roles, content: &[u8]) -> Result<Roles, LayoutError> {
    #[derive(serde::Deserialize)]
    struct Index {
        weight_map: std::collections::BTreeMap<String, String>,
    }
    let is_weight = |role: &str| role.starts_with("weights/");
    let Some(index) = index_of(&roles).map(str::to_owned) else { return Ok(roles) };
    let Ok(Index { weight_map }) = serde_json::from_slice(content) else { return Ok(roles) };
    let shards: BTreeSet<String> = weight_map.into_values().collect();
    let there = |shard: &String| roles.iter().any(|(role, name)| is_weight(role) && name == shard);
    if let Some(shard) = shards.iter().find(|shard| !there(shard)) {
        let shard = shard.chars().take(SHOWN_LETTERS).flat_map(char::escape_debug).collect();
        return Err(LayoutError::NoShard { index, shard });
    }
    let weights = [index].into_iter().chain(shards).enumerate().map(|(at, name)| (format!("weights/{at}"), name));
    let (before, behind): (Roles, Roles) =
        roles.into_iter().filter(|(role, _)| !is_weight(role)).partition(|(role, _)| role == "config");
    Ok(before.into_iter().chain(weights).chain(behind).collect())
}

/// The name of the index among `roles`.
pub(super) fn index_of(roles: &Roles) -> Option<&str> {
    let (_, name) = roles.iter().find(|(role, _)| role == "weights/0")?;
    WEIGHTS.iter().any(|(_, index, _)| index == name).then_some(name)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn model_roles(names: &[String]) -> Result<Roles, LayoutError> {
        super::model_roles(names, TokenizerRules::File)
    }

    fn shown(roles: &Roles) -> String {
        roles.iter().map(|(role, name)| format!("{role} {name}\n")).collect()
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
        let both = names(&["config.json", "pytorch_model.bin", "pytorch_model.bin.index.json", "vocab.txt"]);
        insta::assert_snapshot!(shown(&model_roles(&both).unwrap()), @r"
        config config.json
        weights/0 pytorch_model.bin
        tokenizer/0 vocab.txt
        ");
        let sharded = names(&[
            "config.json",
            "pytorch_model-00002-of-00002.bin",
            "pytorch_model-00001-of-00002.bin",
            "pytorch_model.bin.index.json",
            "tokenizer.json",
            "training_args.bin",
        ]);
        insta::assert_snapshot!(shown(&model_roles(&sharded).unwrap()), @r"
        config config.json
        weights/0 pytorch_model.bin.index.json
        weights/1 pytorch_model-00001-of-00002.bin
        weights/2 pytorch_model-00002-of-00002.bin
        tokenizer/0 tokenizer.json
        ");
    }

    #[test]
    fn a_vocabulary_comes_with_its_settings_unless_there_is_a_whole_tokenizer() {
        let settings = ["tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.txt"];
        let all = names(&[&["config.json", "model.safetensors"][..], &settings].concat());
        insta::assert_snapshot!(shown(&model_roles(&all).unwrap()), @r"
        config config.json
        weights/0 model.safetensors
        tokenizer/0 vocab.txt
        tokenizer/1 tokenizer_config.json
        tokenizer/2 special_tokens_map.json
        tokenizer/3 added_tokens.json
        ");
        let whole = [all, names(&["tokenizer.json"])].concat();
        let roles = model_roles(&whole).unwrap();
        assert_eq!(
            shown(&roles[2..].to_vec()),
            "tokenizer/0 tokenizer.json\ntokenizer/1 tokenizer_config.json\ntokenizer/2 special_tokens_map.json\n"
        );
    }

    #[test]
    fn other_vocabularies_come_with_their_settings_too() {
        let beside = ["config.json", "model.safetensors", "added_tokens.json", "tokenizer_config.json"];
        let tokenizer = |files: &[&str], rules| {
            let roles = super::model_roles(&names(&[&beside[..], files].concat()), rules).unwrap();
            roles[2..].iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(" ")
        };
        let (file, transformers) = (TokenizerRules::File, TokenizerRules::Transformers);
        let settings = "tokenizer_config.json added_tokens.json";
        for model in ["spm.model", "spiece.model", "sentencepiece.model", "sentencepiece.bpe.model", "tokenizer.model"]
        {
            assert_eq!(tokenizer(&[model], file), format!("{model} {settings}"));
        }
        assert_eq!(tokenizer(&["merges.txt", "vocab.json"], file), format!("vocab.json merges.txt {settings}"));
        assert_eq!(tokenizer(&["spm.model", "tokenizer.json"], file), "tokenizer.json tokenizer_config.json");
        assert_eq!(tokenizer(&["spm.model", "tokenizer.json"], transformers), format!("tokenizer.json {settings}"));
    }

    #[test]
    fn shards_of_other_names_are_those_that_end_as_weights() {
        let listed = names(&[
            "a.safetensors",
            "adapter_model.safetensors",
            "b.safetensors",
            "config.json",
            "model.safetensors.index.json",
            "tokenizer.json",
            "x/c.safetensors",
        ]);
        let weights: Vec<String> = model_roles(&listed)
            .unwrap()
            .into_iter()
            .filter(|(role, _)| role.starts_with("weights"))
            .map(|(_, name)| name)
            .collect();
        assert_eq!(weights, ["model.safetensors.index.json", "a.safetensors", "b.safetensors"]);
    }

    #[test]
    fn of_all_that_may_be_shards_those_count_that_the_index_names() {
        let index = "model.safetensors.index.json";
        let listed =
            names(&["a.safetensors", "config.json", "model-1.safetensors", "old.safetensors", index, "tokenizer.json"]);
        let roles = |content: &str| by_index(model_roles(&listed).unwrap(), content.as_bytes());
        let named = r#"{"weight_map": {"x": "model-1.safetensors", "y": "a.safetensors", "z": "a.safetensors"}}"#;
        insta::assert_snapshot!(shown(&roles(named).unwrap()), @r"
        config config.json
        weights/0 model.safetensors.index.json
        weights/1 a.safetensors
        weights/2 model-1.safetensors
        tokenizer/0 tokenizer.json
        ");
        assert_eq!(roles("{}").unwrap(), model_roles(&listed).unwrap(), "no index: the model's reader says so");
        for shard in ["../a.safetensors", "/etc/passwd", "b.safetensors"] {
            let said = roles(&format!(r#"{{"weight_map": {{"x": "{shard}"}}}}"#)).unwrap_err().to_string();
            assert_eq!(
                said,
                format!("{index} names the shard {shard}, which is missing; add it, or choose another model.revision")
            );
        }
    }

    #[test]
    fn what_a_checkpoint_lacks_is_said() {
        let said = |files: &[&str]| model_roles(&names(files)).unwrap_err().to_string();
        insta::assert_snapshot!(said(&["model.safetensors", "vocab.txt"]), @"config.json is missing; set model.checkpoint to a transformers checkpoint");
        insta::assert_snapshot!(said(&["config.json", "tf_model.h5", "training_args.bin"]), @"unsupported weights: tf_model.h5; choose a checkpoint or model.revision with model.safetensors or pytorch_model.bin");
        insta::assert_snapshot!(said(&["config.json", "training_args.bin"]), @"no model.safetensors or pytorch_model.bin; set model.checkpoint to a checkpoint that has one");
        insta::assert_snapshot!(said(&["config.json", "pytorch_model.bin.index.json"]), @"pytorch_model.bin.index.json is there, but none of its files (*.bin); add them, or choose another model.revision");
        for (files, found) in [
            (&["vocab.json"][..], ", only vocab.json"),
            (&["bpe.codes", "merges.txt"], ", only bpe.codes, merges.txt"),
            (&[], ""),
        ] {
            let there = [&["config.json", "pytorch_model.bin"], files].concat();
            let lacking = "no tokenizer.json, vocab.txt, vocab.json with merges.txt, or SentencePiece model";
            assert_eq!(said(&there), format!("{lacking}{found}; {MAKE_TOKENIZER}"));
        }
    }
}
