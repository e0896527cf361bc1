//! Which files of a listing play which role in a checkpoint, and what a listing lacks. Must not know where it comes from.

use std::collections::BTreeSet;

use super::DataLayoutError;

/// Folders and files named in a message at most.
const SHOWN: usize = 20;

/// A role and the file that plays it.
pub(super) type Roles = Vec<(String, String)>;

/// What a listing lacks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// What a data set lacks.
    #[error(transparent)]
    Data(#[from] DataLayoutError),
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

/// The first of some names, and how many more there are.
pub(super) fn some_of(names: &BTreeSet<&str>) -> String {
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
        insta::assert_snapshot!(model_roles(&names(&["config.json", "pytorch_model.bin", "vocab.txt"])).unwrap_err(), @"the weights are pytorch_model.bin alone, which this version does not read; name a checkpoint or a model.revision with model.safetensors");
        insta::assert_snapshot!(model_roles(&names(&["config.json", "model.safetensors", "vocab.txt"])).unwrap_err(), @"there is no tokenizer.json, only vocab.txt; add it: `AutoTokenizer.from_pretrained(...).save_pretrained(...)` writes one");
        assert_eq!(model_roles(&names(&["config.json"])), Err(LayoutError::NoWeights));
    }
}
