//! The vocabulary of a tokenizer in any of its files: tokens with numbers or scores, merges, a map of characters. It knows
//! no tokenizer class.

use std::collections::{BTreeMap, HashMap};
use std::fs;

use serde_json::{Map, Value};

use super::sentencepiece::SentencePiece;
use super::special_tokens::Numbers;
use super::{DataError, sentencepiece};
use crate::hub::{InputFile, file_named};

/// The tokens of a vocabulary.
#[derive(Debug)]
pub(super) enum Tokens {
    /// `[tokens]`: each with its score; its number is its place.
    Scored(Vec<(String, f64)>),
    /// Each with its number.
    Numbered(BTreeMap<String, u64>),
}

impl Tokens {
    /// The numbers; the last of equal tokens counts, as in the crate.
    pub(super) fn numbers(&self) -> Numbers {
        match self {
            Self::Scored(tokens) => Numbers {
                by_name: tokens.iter().map(|(token, _)| token.clone()).zip(0..).collect::<HashMap<_, _>>(),
                size: tokens.len() as u64,
            },
            Self::Numbered(tokens) => Numbers {
                by_name: tokens.iter().map(|(token, id)| (token.clone(), *id)).collect(),
                size: tokens.len() as u64,
            },
        }
    }
}

/// A vocabulary and what comes with it.
#[derive(Debug)]
pub(super) struct Vocabulary {
    /// The name of its file.
    pub(super) file: String,
    pub(super) tokens: Tokens,
    /// Pairs that are merged, the first of them first; none: the file has none.
    pub(super) merges: Option<Vec<[String; 2]>>,
    /// A map of characters in base64.
    pub(super) charsmap: Option<String>,
    /// The post-processor of a `tokenizer.json`.
    pub(super) post_processor: Option<Value>,
    /// The model file that it is from, if it is from one.
    pub(super) model: Option<SentencePiece>,
}

impl Vocabulary {
    /// Of a SentencePiece model.
    ///
    /// # Errors
    /// A file that cannot be read, or is no such model.
    pub(super) fn of_sentencepiece(file: &InputFile) -> Result<Self, DataError> {
        let bytes = fs::read(&file.path).map_err(DataError::unreadable(file))?;
        let model = SentencePiece::parse(&bytes).map_err(bad(file))?;
        let tokens = model.pieces.iter().map(|piece| (piece.text.clone(), piece.score)).collect();
        let charsmap = model.charsmap.clone();
        Ok(Self { tokens: Tokens::Scored(tokens), charsmap, model: Some(model), ..Self::empty(file) })
    }

    /// Of `vocab.json` and `merges.txt` (`BPE::read_file` of the crate).
    ///
    /// # Errors
    /// A missing or invalid file.
    pub(super) fn of_merges(files: &[InputFile]) -> Result<Self, DataError> {
        let file = |name: &str| file_named(files, name).ok_or_else(|| super::wordpiece::no_tokenizer(files));
        let (vocabulary, merges) = (file("vocab.json")?, file("merges.txt")?);
        let json: BTreeMap<String, Value> =
            serde_json::from_slice(&read(vocabulary)?).map_err(|error| bad(vocabulary)(error.to_string()))?;
        let tokens: BTreeMap<String, u64> =
            json.into_iter().filter_map(|(token, id)| Some((token, id.as_u64()?))).collect();
        let text = String::from_utf8(read(merges)?).map_err(|error| bad(merges)(error.to_string()))?;
        let mut pairs = Vec::new();
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.starts_with("#version")) {
            let pair = line.split_once(' ').filter(|(_, right)| !right.contains(' '));
            let pair =
                pair.ok_or_else(|| bad(merges)(format!("line {} is not two tokens with a space between", at + 1)))?;
            let [left, right] = [pair.0, pair.1].map(str::to_owned);
            if let Some(token) =
                [&left, &right, &format!("{left}{right}")].into_iter().find(|token| !tokens.contains_key(*token))
            {
                let reason = format!("line {} has `{}`, which {} lacks", at + 1, token.escape_debug(), vocabulary.name);
                return Err(bad(merges)(reason));
            }
            pairs.push([left, right]);
        }
        Ok(Self { tokens: Tokens::Numbered(tokens), merges: Some(pairs), ..Self::empty(vocabulary) })
    }

    /// Of `vocab.txt`.
    ///
    /// # Errors
    /// A file that cannot be read as text.
    pub(super) fn of_lines(file: &InputFile) -> Result<Self, DataError> {
        let text = String::from_utf8(read(file)?).map_err(|error| bad(file)(error.to_string()))?;
        let tokens = text.lines().map(|line| line.trim_end().to_owned()).zip(0..).collect();
        Ok(Self { tokens: Tokens::Numbered(tokens), ..Self::empty(file) })
    }

    /// Of the content of a `tokenizer.json`: vocabulary, merges, map of characters and post-processor, which is what the
    /// classes of transformers take of it (`TokenizersBackend.convert_to_native_format`).
    ///
    /// # Errors
    /// A file without a vocabulary, or with a damaged one.
    pub(super) fn of_json(file: &InputFile, json: &Map<String, Value>) -> Result<Self, DataError> {
        let part = |name: &str| json.get(name).unwrap_or(&Value::Null);
        let model = part("model");
        let tokens = match &model["vocab"] {
            Value::Object(tokens) => {
                let number = |(token, id): (&String, &Value)| Some((token.clone(), id.as_u64()?));
                let numbered: Option<_> = tokens.iter().map(number).collect();
                Tokens::Numbered(
                    numbered.ok_or_else(|| bad(file)("a token of its vocabulary has no number".to_owned()))?,
                )
            }
            Value::Array(tokens) => {
                let scored = |token: &Value| Some((token.get(0)?.as_str()?.to_owned(), token.get(1)?.as_f64()?));
                let all: Option<_> = tokens.iter().map(scored).collect();
                Tokens::Scored(all.ok_or_else(|| bad(file)("a token of its vocabulary has no score".to_owned()))?)
            }
            _ => return Err(bad(file)("it has no vocabulary".to_owned())),
        };
        let merges = match &model["merges"] {
            Value::Array(merges) => {
                let all: Option<_> = merges.iter().map(pair).collect();
                Some(all.ok_or_else(|| bad(file)("one of its merges is not a pair of tokens".to_owned()))?)
            }
            _ => None,
        };
        let charsmap = charsmap(part("normalizer")).map(str::to_owned);
        let post_processor = Some(part("post_processor").clone()).filter(|part| !part.is_null());
        Ok(Self { tokens, merges, charsmap, post_processor, ..Self::empty(file) })
    }

    fn empty(file: &InputFile) -> Self {
        Self {
            file: file.name.clone(),
            tokens: Tokens::Scored(Vec::new()),
            merges: None,
            charsmap: None,
            post_processor: None,
            model: None,
        }
    }
}

/// The first map of characters of a normalizer.
fn charsmap(normalizer: &Value) -> Option<&str> {
    let alone = std::slice::from_ref(normalizer);
    let parts = normalizer["normalizers"].as_array().map_or(alone, Vec::as_slice);
    parts.iter().find(|part| part["type"] == "Precompiled")?["precompiled_charsmap"].as_str()
}

/// `["a", "b"]`, or `"a b"` as older versions write it.
fn pair(merge: &Value) -> Option<[String; 2]> {
    let (left, right) = match merge {
        Value::String(text) => text.split_once(' ').filter(|(_, right)| !right.contains(' '))?,
        _ => (merge.get(0)?.as_str()?, merge.get(1)?.as_str()?),
    };
    Some([left.to_owned(), right.to_owned()])
}

/// The merges of a BPE model of SentencePiece: all pairs of normal pieces that are one, the piece with the highest score
/// first (`SpmConverter.build_tokenizer_from_spm_proto`). `names`: the pieces as the vocabulary has them.
pub(super) fn merges_of(model: &SentencePiece, names: &[String]) -> Vec<[String; 2]> {
    let normal = model.pieces.iter().zip(names).enumerate();
    let normal = normal.filter(|(_, (piece, _))| piece.kind == sentencepiece::PieceKind::Normal);
    let normal: HashMap<&str, (f64, usize)> =
        normal.map(|(at, (piece, name))| (name.as_str(), (piece.score, at))).collect();
    let mut ranked = Vec::new();
    for (token, (score, at)) in &normal {
        for (split, _) in token.char_indices().skip(1) {
            let (left, right) = token.split_at(split);
            if normal.contains_key(left) && normal.contains_key(right) {
                ranked.push((-score, *at, left, right));
            }
        }
    }
    ranked.sort_by(|one, other| {
        one.0.total_cmp(&other.0).then_with(|| (one.1, one.2, one.3).cmp(&(other.1, other.2, other.3)))
    });
    ranked.into_iter().map(|(_, _, left, right)| [left.to_owned(), right.to_owned()]).collect()
}

fn read(file: &InputFile) -> Result<Vec<u8>, DataError> {
    fs::read(&file.path).map_err(DataError::unreadable(file))
}

fn bad(file: &InputFile) -> impl Fn(String) -> DataError {
    let file = file.name.clone();
    move |reason| DataError::BadTokenizer { file: file.clone(), reason }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::hash::Sha256;

    fn read_merges(vocabulary: &str, merges: &str) -> Result<Vocabulary, String> {
        let folder = tempfile::tempdir().unwrap();
        let files = [("vocab.json", vocabulary), ("merges.txt", merges)].map(|(name, text)| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            InputFile { name: name.to_owned(), path, sha256: Sha256::of(text), size: 0 }
        });
        Vocabulary::of_merges(&files).map_err(|error| error.to_string())
    }

    #[test]
    fn merges_are_pairs_of_the_vocabulary() {
        let tokens = r#"{"a": 0, "n": 1, "an": 2}"#;
        let read = read_merges(tokens, "#version: 0.2\na n\n").unwrap();
        assert_eq!(read.merges.unwrap(), [["a".to_owned(), "n".to_owned()]]);
        let said = |merges: &str| read_merges(tokens, merges).unwrap_err();
        insta::assert_snapshot!(said("a n\na"), @"merges.txt is not a valid tokenizer: line 2 is not two tokens with a space between; fetch or write it again");
        insta::assert_snapshot!(said("a n a"), @"merges.txt is not a valid tokenizer: line 1 is not two tokens with a space between; fetch or write it again");
        insta::assert_snapshot!(said("a b"), @"merges.txt is not a valid tokenizer: line 1 has `b`, which vocab.json lacks; fetch or write it again");
        insta::assert_snapshot!(read_merges("[]", "").unwrap_err(), @"vocab.json is not a valid tokenizer: invalid type: sequence, expected a map at line 1 column 0; fetch or write it again");
    }
}
