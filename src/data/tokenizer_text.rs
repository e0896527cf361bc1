//! The `tokenizer.json` that a checkpoint's tokenizer is read from: its own with the settings beside it applied, one that
//! is built again as transformers does, or one made of a vocabulary in another format.

use std::fs;

use serde_json::{Map, Value};

use super::class_tokenizer::ClassTokenizer;
use super::overlay::{notices, overlaid};
use super::plain_sentencepiece::plain;
use super::special_tokens::{TokenizerSettings, numbered};
use super::tokenizer_error::TokenizerError;
use super::vocabulary::Vocabulary;
use super::{DataError, wordpiece};
use crate::hub::{self, InputFile, SettingsFault, TokenizerClass as Class};
use crate::spec::TokenizerRules;

/// The files of SentencePiece models, the one of XLM-R's and CamemBERT's layout first.
const MODELS: [&str; 5] =
    ["sentencepiece.bpe.model", "spm.model", "spiece.model", "sentencepiece.model", "tokenizer.model"];

/// Classes whose numbers are neither those of a model file nor XLM-R's.
const OTHER_NUMBERS: [&str; 9] = [
    "MLukeTokenizer",
    "BarthezTokenizer",
    "MBartTokenizer",
    "MBart50Tokenizer",
    "NllbTokenizer",
    "PegasusTokenizer",
    "XGLMTokenizer",
    "SeamlessM4TTokenizer",
    "M2M100Tokenizer",
];

/// The content of a `tokenizer.json`, and how it was made.
pub(super) struct TokenizerText {
    /// The name of the file that it is from, for messages.
    file: String,
    pub(super) text: Vec<u8>,
    pub(super) notices: Vec<String>,
    /// The name of the tokenizer's class in transformers.
    pub(super) class: String,
    pub(super) rules: TokenizerRules,
}

impl TokenizerText {
    /// Of `tokenizer.json`, else of a vocabulary in another format.
    ///
    /// # Errors
    /// A missing or invalid file, invalid settings, a class that cannot be followed.
    pub(super) fn read(files: &[InputFile], rules: TokenizerRules) -> Result<Self, DataError> {
        match (hub::file_named(files, "tokenizer.json"), rules) {
            (Some(file), TokenizerRules::File) => Self::of_file(files, file),
            (Some(file), TokenizerRules::Transformers) => Self::rebuilt(files, file),
            (None, _) => Self::of_vocabulary(files, rules),
        }
    }

    /// The error of a tokenizer that cannot be made of it.
    pub(super) fn bad(&self, reason: String) -> DataError {
        DataError::BadTokenizer { file: self.file.clone(), reason }
    }

    /// A `tokenizer.json` with the settings beside it.
    fn of_file(files: &[InputFile], file: &InputFile) -> Result<Self, DataError> {
        let text = fs::read(&file.path).map_err(DataError::unreadable(file))?;
        let bad = |reason| DataError::BadTokenizer { file: file.name.clone(), reason };
        let fault = |SettingsFault { file, reason }| DataError::BadTokenizer { file, reason };
        let (overlay, _) = hub::overlay(files).map_err(fault)?;
        let notices = notices(files, file, &overlay);
        let text = overlaid(&text, &overlay).map_err(bad)?.unwrap_or(text);
        let class = hub::tokenizer_class(files).name().to_owned();
        Ok(Self { file: file.name.clone(), text, notices, class, rules: TokenizerRules::File })
    }

    /// A `tokenizer.json` as transformers 5 reads it: whole, or its vocabulary alone.
    fn rebuilt(files: &[InputFile], file: &InputFile) -> Result<Self, DataError> {
        let text = fs::read(&file.path).map_err(DataError::unreadable(file))?;
        let bad = |reason: String| DataError::BadTokenizer { file: file.name.clone(), reason };
        let mut json: Map<String, Value> = serde_json::from_slice(&text).map_err(|error| bad(error.to_string()))?;
        let before = json.get("added_tokens").and_then(Value::as_array).cloned().unwrap_or_default();
        let settings = TokenizerSettings::read(files, &before)?;
        if settings.chooses_by_version() {
            let reason = "fast_tokenizer_files chooses a tokenizer by the version of transformers".to_owned();
            return Err(TokenizerError::Unfit { file: "tokenizer_config.json".to_owned(), reason }.into());
        }
        let class = hub::tokenizer_class(files);
        let vocabulary = Vocabulary::of_json(file, &json)?;
        let mut notices = Vec::new();
        let json = match &class {
            Class::Other(name) => {
                let reason = format!("how {name} of transformers reads it is not known here");
                return Err(TokenizerError::Unfit { file: file.name.clone(), reason }.into());
            }
            Class::General => {
                let own = settings.additional().unwrap_or_default();
                let special = settings.special(&[]);
                let added = settings.added(&vocabulary.tokens.numbers(), &special, &own, &numbered(&before));
                json.insert("added_tokens".to_owned(), added.entries());
                Value::Object(json)
            }
            class => {
                let rules = TokenizerRules::Transformers;
                ClassTokenizer { class, rules, settings: &settings, vocabulary: &vocabulary }.json(&mut notices)?
            }
        };
        Ok(Self::of_json(&file.name, &json, notices, &class, TokenizerRules::Transformers))
    }

    /// A vocabulary in another format, read as its class does.
    fn of_vocabulary(files: &[InputFile], rules: TokenizerRules) -> Result<Self, DataError> {
        let class = hub::tokenizer_class(files);
        if let Some(file) = hub::file_named(files, "vocab.txt") {
            if class == Class::Mpnet {
                return Self::of_class(files, &class, &Vocabulary::of_lines(file)?, rules);
            }
            let text = wordpiece::tokenizer_json(files)?.into_bytes();
            let (file, class) = ("vocab.txt".to_owned(), Class::Bert.name().to_owned());
            return Ok(Self { file, text, notices: Vec::new(), class, rules });
        }
        if let Some(file) = hub::file_named(files, "vocab.json") {
            let vocabulary = Vocabulary::of_merges(files)?;
            if !matches!(class, Class::Roberta | Class::Luke | Class::Deberta | Class::Herbert) {
                return Err(not_read(file, &class));
            }
            let mut made = Self::of_class(files, &class, &vocabulary, rules)?;
            let spaced = TokenizerSettings::read(files, &[])?.flag("add_prefix_space", false)?;
            if class != Class::Herbert && rules == TokenizerRules::File && !spaced {
                made.notices.push(hub::LEADING_SPACE.to_owned());
            }
            return Ok(made);
        }
        let file = MODELS.iter().find_map(|name| hub::file_named(files, name));
        let file = file.ok_or_else(|| wordpiece::no_tokenizer(files))?;
        Self::of_sentencepiece(files, file, class, rules)
    }

    /// A SentencePiece model: as its class reads it; if that reads none, by its layout or its own settings.
    fn of_sentencepiece(
        files: &[InputFile],
        file: &InputFile,
        class: Class,
        rules: TokenizerRules,
    ) -> Result<Self, DataError> {
        let vocabulary = Vocabulary::of_sentencepiece(file)?;
        let reads = matches!(
            class,
            Class::XlmRoberta
                | Class::Camembert
                | Class::DebertaV2
                | Class::Albert
                | Class::T5
                | Class::RemBert
                | Class::BigBird
                | Class::XlNet
        );
        if reads {
            return Self::of_class(files, &class, &vocabulary, rules);
        }
        if OTHER_NUMBERS.contains(&class.name()) {
            return Err(not_read(file, &class));
        }
        let (name, beside) =
            (class.name(), "name its class as tokenizer_class in tokenizer_config.json if that is wrong");
        if file.name.ends_with(MODELS[0]) {
            let mut made = Self::of_class(files, &Class::XlmRoberta, &vocabulary, rules)?;
            let taken = Class::XlmRoberta.name();
            made.notices.push(format!("{name} does not read {}, so it is read as {taken} does; {beside}", file.name));
            return Ok(made);
        }
        let (settings, model) = (TokenizerSettings::read(files, &[])?, vocabulary.model.as_ref());
        let model = model.expect("it was made of a model");
        let json = plain(model, &settings, &file.name)?;
        let notice = format!("{name} does not read {}, so it is read by its own settings; {beside}", file.name);
        let notices = if class == Class::General { Vec::new() } else { vec![notice] };
        Ok(Self::of_json(&file.name, &json, notices, &Class::General, rules))
    }

    fn of_class(
        files: &[InputFile],
        class: &Class,
        vocabulary: &Vocabulary,
        rules: TokenizerRules,
    ) -> Result<Self, DataError> {
        let (settings, mut notices) = (TokenizerSettings::read(files, &[])?, Vec::new());
        let json = ClassTokenizer { class, rules, settings: &settings, vocabulary }.json(&mut notices)?;
        Ok(Self::of_json(&vocabulary.file, &json, notices, class, rules))
    }

    fn of_json(file: &str, json: &Value, notices: Vec<String>, class: &Class, rules: TokenizerRules) -> Self {
        let text = json.to_string().into_bytes();
        Self { file: file.to_owned(), text, notices, class: class.name().to_owned(), rules }
    }
}

fn not_read(file: &InputFile, class: &Class) -> DataError {
    TokenizerError::Class { file: file.name.clone(), class: class.name().to_owned() }.into()
}
