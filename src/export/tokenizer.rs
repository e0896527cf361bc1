//! The tokenizer files of an export: one `tokenizer.json` as the program uses it, and settings that make transformers use
//! it whole.
//!
//! transformers' own classes build normalizer and pre-tokenizer anew, from settings beside the file and defaults of their
//! own, and take only the vocabulary from it; `PreTrainedTokenizerFast` takes the file as it is (`TokenizersBackend` in
//! transformers 5, which reads both names).

use serde_json::{Map, Value, json};

use crate::data::{Tokenizer, builtin};
use crate::model::Config;
use crate::spec::Source;
use crate::trained::TrainedJob;

use super::error::ExportError;

/// The files by name.
pub(super) struct TokenizerFiles {
    /// `tokenizer.json`
    pub(super) tokenizer: Vec<u8>,
    /// `tokenizer_config.json`
    pub(super) settings: String,
}

impl TokenizerFiles {
    pub(super) fn of(job: &TrainedJob) -> Result<Self, ExportError> {
        let tokenizer = match &job.settings.model.checkpoint {
            Source::Builtin(_) => builtin::tokenizer_json().into_bytes(),
            Source::Hub(_) | Source::Folder { .. } | Source::Job(_) => {
                Tokenizer::whole_file(&job.inputs.of_tokenizer(), job.settings.model.tokenizer)?
            }
        };
        let mut settings = special(&tokenizer, &job.tokenizer()?, &job.config);
        let longest = job.settings.model.input_length().tokens().min(job.config.longest());
        let stated = [
            ("tokenizer_class", json!("PreTrainedTokenizerFast")),
            ("model_max_length", json!(longest)),
            // without it, earlier versions send segments, which some families do not take; 0 for each token is the default
            ("model_input_names", json!(["input_ids", "attention_mask"])),
            ("clean_up_tokenization_spaces", json!(false)),
        ];
        settings.extend(stated.map(|(key, value)| (key.to_owned(), value)));
        let settings = serde_json::to_string_pretty(&settings).expect("values are plain data") + "\n";
        Ok(Self { tokenizer, settings })
    }
}

/// The special tokens by the keys of transformers, as far as the tokenizer has them. A padding token is needed for batches;
/// the others stand around every sentence anyway.
fn special(text: &[u8], tokenizer: &Tokenizer, config: &Config) -> Map<String, Value> {
    let json: Value = serde_json::from_slice(text).unwrap_or_default();
    let added = json["added_tokens"].as_array().map_or(&[][..], Vec::as_slice);
    let content = |token: &Value| token["content"].as_str().map(str::to_owned);
    let mask = added.iter().filter_map(content).find(|name| ["[MASK]", "<mask>"].contains(&name.as_str()));
    let named = |id: Option<u32>| id.and_then(|id| tokenizer.token(id));
    let tokens = [
        ("cls_token", named(tokenizer.before().first().copied())),
        ("sep_token", named(tokenizer.after().last().copied())),
        ("pad_token", named(config.padding)),
        ("unk_token", unknown(&json["model"])),
        ("mask_token", mask),
    ];
    tokens.into_iter().filter_map(|(key, name)| Some((key.to_owned(), json!(name?)))).collect()
}

/// The unknown token of a tokenizer's model: by name, or by its number in a Unigram's vocabulary.
fn unknown(model: &Value) -> Option<String> {
    let by_number = || model["vocab"].get(usize::try_from(model["unk_id"].as_u64()?).ok()?)?[0].as_str();
    model["unk_token"].as_str().or_else(by_number).map(str::to_owned)
}
