//! A tokenizer as a class of transformers 5 builds it from a vocabulary and the settings beside it, written as a
//! `tokenizer.json` (`tokenization_*.py` of the classes, `*Converter.convert_from_spm`).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::DataError;
use super::class_parts::{Slot, decoder, drops_charsmap, normalizer, pre_tokenizer, template};
use super::class_tokens::{extra_ids, further, special};
use super::sentencepiece::{PieceKind, SentencePiece};
use super::special_tokens::{Added, Numbers, SpecialTokens, Token, TokenizerSettings};
use super::tokenizer_error::TokenizerError;
use super::vocabulary::{Tokens, Vocabulary, merges_of};
use crate::hub::TokenizerClass as Class;
use crate::spec::TokenizerRules;

/// LukeTokenizer's names of entities, which become special tokens of the words' vocabulary, too.
const ENTITIES: [(&str, &str); 6] = [
    ("entity_1_token", "<ent>"),
    ("entity_2_token", "<ent2>"),
    ("entity_unk_token", "[UNK]"),
    ("entity_pad_token", "[PAD]"),
    ("entity_mask_token", "[MASK]"),
    ("entity_mask2_token", "[MASK2]"),
];

/// What a tokenizer is built of.
pub(super) struct ClassTokenizer<'a> {
    pub(super) class: &'a Class,
    pub(super) rules: TokenizerRules,
    pub(super) settings: &'a TokenizerSettings,
    pub(super) vocabulary: &'a Vocabulary,
}

/// The model of a tokenizer with the numbers of its tokens.
struct Model {
    json: Value,
    numbers: Numbers,
}

impl ClassTokenizer<'_> {
    /// The content of the `tokenizer.json`; what transformers would do otherwise goes to `notices`.
    ///
    /// # Errors
    /// A vocabulary of another kind than the class needs; an invalid setting.
    pub(super) fn json(&self, notices: &mut Vec<String>) -> Result<Value, DataError> {
        let (class, settings) = (self.class, self.settings);
        let mut special = special(class, settings);
        if let (Class::Luke, TokenizerRules::Transformers) = (class, self.rules) {
            special.extend(ENTITIES.map(|(key, name)| (key.to_owned(), Token::plain(name))));
        }
        let model = self.model(&special, notices)?;
        let added = settings.added(&model.numbers, &special, &self.further(), &[]);
        let charsmap = self.vocabulary.charsmap.as_deref();
        if self.rules == TokenizerRules::File {
            self.note_defaults(notices);
        }
        let file = &self.vocabulary.file;
        let placed = Placed { special: &special, added: &added, numbers: &model.numbers, file };
        Ok(json!({
            "version": "1.0",
            "truncation": null,
            "padding": null,
            "added_tokens": added.entries(),
            "normalizer": normalizer(class, settings, charsmap, self.rules)?,
            "pre_tokenizer": pre_tokenizer(class, settings)?,
            "post_processor": self.post_processor(&placed)?,
            "decoder": decoder(class, settings)?,
            "model": model.json,
        }))
    }

    /// Says what transformers 5 does otherwise than the model file by a default of the class.
    fn note_defaults(&self, notices: &mut Vec<String>) {
        let (name, file) = (self.class.name(), &self.vocabulary.file);
        let remedy = "set model.tokenizer = \"transformers\" to do so too";
        if *self.class == Class::RemBert {
            notices.push(format!(
                "sentences stand between [CLS] and [SEP], as in pre-training; {name} of transformers 5 leaves both out without tokenizer.json: {remedy}"
            ));
        }
        if self.vocabulary.charsmap.is_some() && drops_charsmap(self.class) {
            notices.push(format!(
                "letters are normalized by the map in {file}, as in pre-training; {name} of transformers 5 drops it: {remedy}"
            ));
        }
    }

    /// The class's further special tokens. Control and user-defined pieces of a SentencePiece model are special.
    fn further(&self) -> Vec<Token> {
        let of_model = self.vocabulary.model.as_ref().map(|model| {
            let is_added = |kind| matches!(kind, PieceKind::Control | PieceKind::UserDefined);
            let pieces = model.pieces.iter().filter(|piece| is_added(piece.kind));
            let token = |kind| Token { special: kind == PieceKind::Control, is_plain: false, ..Token::plain("") };
            pieces.map(|piece| Token { content: piece.text.clone(), ..token(piece.kind) }).collect()
        });
        let mut tokens = further(self.class, self.settings, of_model.or_else(|| self.settings.additional()));
        if *self.class == Class::Luke {
            let entity = |name: &str| Token { normalized: true, special: false, is_plain: false, ..Token::plain(name) };
            tokens.extend(["<ent>", "<ent2>"].map(entity));
        }
        tokens
    }

    fn model(&self, special: &SpecialTokens, notices: &mut Vec<String>) -> Result<Model, DataError> {
        match self.class {
            Class::Bert | Class::Mpnet => self.wordpiece(special),
            Class::Roberta | Class::Luke | Class::Deberta | Class::Herbert => self.bpe(special),
            _ => self.unigram(special, notices),
        }
    }

    fn wordpiece(&self, special: &SpecialTokens) -> Result<Model, DataError> {
        let (tokens, numbers) = self.numbered();
        let unknown = special.name("unk_token").unwrap_or("None");
        let json = json!({"type": "WordPiece", "unk_token": unknown, "continuing_subword_prefix": "##",
                          "max_input_chars_per_word": 100, "vocab": tokens});
        Ok(Model { json, numbers })
    }

    fn bpe(&self, special: &SpecialTokens) -> Result<Model, DataError> {
        let (tokens, numbers) = self.numbered();
        let merges = self.vocabulary.merges.as_deref().unwrap_or_default();
        let json = if *self.class == Class::Herbert {
            json!({"type": "BPE", "dropout": null, "unk_token": special.name("unk_token"), "continuing_subword_prefix": null,
                   "end_of_word_suffix": "</w>", "fuse_unk": false, "byte_fallback": false, "vocab": tokens, "merges": merges})
        } else {
            json!({"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": "",
                   "end_of_word_suffix": "", "fuse_unk": false, "byte_fallback": false, "vocab": tokens, "merges": merges})
        };
        Ok(Model { json, numbers })
    }

    /// The vocabulary by numbers; scores are dropped.
    fn numbered(&self) -> (Value, Numbers) {
        let numbers = self.vocabulary.tokens.numbers();
        let tokens: BTreeMap<&String, &u64> = numbers.by_name.iter().collect();
        (json!(tokens), numbers)
    }

    fn unigram(&self, special: &SpecialTokens, notices: &mut Vec<String>) -> Result<Model, DataError> {
        let name = self.class.name();
        let Tokens::Scored(pieces) = &self.vocabulary.tokens else {
            return Err(self.unfit(format!("its tokens have no scores, which {name} of transformers 5 needs")));
        };
        let Some(model) = &self.vocabulary.model else {
            let (place, numbers) = (self.unknown(pieces, special), self.vocabulary.tokens.numbers());
            self.check_unknown(place, pieces)?;
            let json = json!({"type": "Unigram", "unk_id": place, "vocab": pieces, "byte_fallback": false});
            return Ok(Model { json, numbers });
        };
        let pieces = self.in_order_of_class(pieces, special);
        let unknown = self.unknown(&pieces, special);
        let place = match self.rules {
            TokenizerRules::File if !self.shifts() => model.unknown_place(),
            TokenizerRules::File | TokenizerRules::Transformers => unknown,
        };
        self.check_unknown(place, &pieces)?;
        let counts = self.rules == TokenizerRules::File;
        if counts {
            self.note_options(place != unknown, model, notices);
        } else if model.is_bpe && *self.class == Class::Camembert {
            return Err(self.unfit(format!("it is a BPE model, which {name} of transformers 5 cannot read")));
        }
        let fallback = counts && model.byte_fallback;
        let unknown = pieces[place].0.clone();
        let tokens = Tokens::Scored(pieces);
        let numbers = tokens.numbers();
        let json = match tokens {
            Tokens::Scored(pieces) if !(counts && model.is_bpe) => {
                json!({"type": "Unigram", "unk_id": place, "vocab": pieces, "byte_fallback": fallback})
            }
            _ => {
                let names: Vec<String> = model.pieces.iter().map(|piece| piece.text.clone()).collect();
                json!({"type": "BPE", "dropout": null, "unk_token": unknown, "continuing_subword_prefix": null,
                       "end_of_word_suffix": null, "fuse_unk": true, "byte_fallback": fallback,
                       "vocab": numbers.by_name.iter().collect::<BTreeMap<_, _>>(), "merges": merges_of(model, &names)})
            }
        };
        Ok(Model { json, numbers })
    }

    fn unfit(&self, reason: String) -> DataError {
        TokenizerError::Unfit { file: self.vocabulary.file.clone(), reason }.into()
    }

    fn check_unknown(&self, place: usize, pieces: &[(String, f64)]) -> Result<(), DataError> {
        let (name, count) = (self.class.name(), pieces.len());
        let reason = || format!("{name} of transformers 5 takes number {place} for unknown text, of {count} tokens");
        if place < count { Ok(()) } else { Err(self.unfit(reason())) }
    }

    /// Says where a model's own settings count that the class of transformers sets aside.
    fn note_options(&self, other_unknown: bool, model: &SentencePiece, notices: &mut Vec<String>) {
        let differences = [
            (other_unknown, "the number of the unknown piece"),
            (model.byte_fallback, "bytes for unknown letters"),
            (model.is_bpe, "merges in place of scores"),
        ];
        let found: Vec<&str> = differences.into_iter().filter(|(differs, _)| *differs).map(|(_, what)| what).collect();
        if !found.is_empty() {
            let (name, file, found) = (self.class.name(), &self.vocabulary.file, found.join(", "));
            notices.push(format!(
                "{file} counts where {name} of transformers 5 does otherwise ({found}); set model.tokenizer = \"transformers\" to do as it does"
            ));
        }
    }

    /// Whether the class has other numbers than the model file.
    fn shifts(&self) -> bool {
        matches!(self.class, Class::XlmRoberta | Class::Camembert)
    }

    /// The pieces of a model file with those that the class has before and after them (`convert_from_spm`).
    fn in_order_of_class(&self, pieces: &[(String, f64)], special: &SpecialTokens) -> Vec<(String, f64)> {
        let named = |key: &str, default: &str| (special.name(key).unwrap_or(default).to_owned(), 0.0);
        let literal = |name: &str, score: f64| (name.to_owned(), score);
        let [pad, unk, mask] = [("pad_token", "<pad>"), ("unk_token", "<unk>"), ("mask_token", "<mask>")]
            .map(|(key, name)| named(key, name));
        let (before, from, after) = match self.class {
            Class::XlmRoberta => (vec![named("bos_token", "<s>"), pad, named("eos_token", "</s>"), unk], 3, vec![mask]),
            Class::Camembert => {
                let before = [
                    literal("<s>NOTUSED", 0.0),
                    pad,
                    literal("</s>NOTUSED", 0.0),
                    unk,
                    literal("<unk>NOTUSED", -100.0),
                ];
                (before.to_vec(), 1, vec![mask])
            }
            Class::T5 => {
                let sentinels = (0..extra_ids(self.settings)).rev();
                (Vec::new(), 0, sentinels.map(|at| literal(&format!("<extra_id_{at}>"), 0.0)).collect())
            }
            _ => (Vec::new(), 0, Vec::new()),
        };
        before.iter().chain(pieces.get(from..).unwrap_or_default()).chain(&after).cloned().collect()
    }

    /// The number of the unknown token in transformers.
    fn unknown(&self, tokens: &[(String, f64)], special: &SpecialTokens) -> usize {
        let name = special.name("unk_token").unwrap_or("None");
        let with_score_0 = || tokens.iter().position(|(token, score)| token == name && *score == 0.0);
        let stated = || match &self.vocabulary.model {
            Some(model) => Some(model.unknown),
            None => usize::try_from(self.settings.number("unk_id")?).ok(),
        };
        match self.class {
            Class::XlmRoberta => 3,
            Class::Camembert => tokens.iter().position(|(token, _)| token == name).unwrap_or(0),
            Class::DebertaV2 => with_score_0().or_else(stated).unwrap_or(1),
            Class::T5 | Class::RemBert => 2,
            Class::BigBird => with_score_0().unwrap_or(100),
            Class::XlNet => stated().unwrap_or(0),
            _ => 1,
        }
    }

    fn post_processor(&self, placed: &Placed<'_>) -> Result<Value, DataError> {
        if let (Class::Albert, Some(of_file)) = (self.class, &self.vocabulary.post_processor) {
            return Ok(of_file.clone());
        }
        let loses_own = *self.class == Class::RemBert && self.vocabulary.post_processor.is_none();
        if loses_own && self.rules == TokenizerRules::Transformers {
            // its constructor ends with _post_init, which replaces what it has set
            let [a, b] = [Slot::Text("A", 0), Slot::Text("B", 1)];
            return Ok(template(&[a], &[a, b], &[]));
        }
        let token = |key: &'static str| placed.token(key);
        Ok(match self.class {
            Class::XlmRoberta | Class::Camembert => around(token("bos_token")?, token("eos_token")?, 0, true),
            Class::Bert | Class::DebertaV2 | Class::RemBert | Class::BigBird => {
                around(token("cls_token")?, token("sep_token")?, 1, false)
            }
            Class::Deberta => around(token("cls_token")?, token("sep_token")?, 0, true),
            // the names are fixed, the numbers are those of the settings' tokens
            Class::Albert => around(("[CLS]", token("cls_token")?.1), ("[SEP]", token("sep_token")?.1), 1, false),
            Class::T5 => {
                let (end, [a, b]) = (("</s>", token("eos_token")?.1), [Slot::Text("A", 0), Slot::Text("B", 0)]);
                let last = Slot::Special(end.0, 0);
                template(&[a, last], &[a, last, b, last], &[end])
            }
            Class::XlNet => {
                let (sep, cls) = (token("sep_token")?, token("cls_token")?);
                let [a, b] = [Slot::Text("A", 0), Slot::Text("B", 1)];
                let [first, second, last] = [Slot::Special(sep.0, 0), Slot::Special(sep.0, 1), Slot::Special(cls.0, 2)];
                template(&[a, first, last], &[a, first, b, second, last], &[sep, cls])
            }
            Class::Herbert => match (self.rules, token("sep_token")?, token("cls_token")?) {
                (TokenizerRules::File, sep, cls) => processing("BertProcessing", sep, cls),
                // HerbertTokenizer has their numbers fixed
                (TokenizerRules::Transformers, sep, cls) => processing("BertProcessing", (sep.0, 2), (cls.0, 0)),
            },
            _ => self.roberta_processing(token("sep_token")?, token("cls_token")?)?,
        })
    }

    fn roberta_processing(&self, sep: (&str, u64), cls: (&str, u64)) -> Result<Value, DataError> {
        let mut processing = processing("RobertaProcessing", sep, cls);
        let (trims, spaced) = match self.class {
            Class::Mpnet => (true, false),
            // LukeTokenizer leaves the constructor's defaults
            Class::Luke => (true, true),
            _ => (self.settings.flag("trim_offsets", true)?, self.settings.flag("add_prefix_space", false)?),
        };
        (processing["trim_offsets"], processing["add_prefix_space"]) = (json!(trims), json!(spaced));
        Ok(processing)
    }
}

/// The special tokens of a tokenizer with their numbers.
struct Placed<'a> {
    special: &'a SpecialTokens,
    added: &'a Added,
    numbers: &'a Numbers,
    /// The name of the vocabulary's file.
    file: &'a str,
}

impl<'a> Placed<'a> {
    fn token(&self, key: &'static str) -> Result<(&'a str, u64), DataError> {
        let name = self.special.name(key).unwrap_or("None");
        let id = self.added.number(name, self.numbers);
        let lacking = || DataError::NoToken { file: self.file.to_owned(), key, token: name.to_owned() };
        id.map(|id| (name, id)).ok_or_else(lacking)
    }
}

/// One token before a sentence and one after it. `kind`: the type of a second sentence; `twice`: whether two tokens stand
/// between two sentences.
fn around(begin: (&str, u64), end: (&str, u64), kind: u8, twice: bool) -> Value {
    let [a, b] = [Slot::Text("A", 0), Slot::Text("B", kind)];
    let [first, last] = [Slot::Special(begin.0, 0), Slot::Special(end.0, 0)];
    let between = if twice { &[last, last][..] } else { &[last][..] };
    let pair = [&[first, a], between, &[b, Slot::Special(end.0, kind)]].concat();
    template(&[first, a, last], &pair, &[begin, end])
}

fn processing(kind: &str, sep: (&str, u64), cls: (&str, u64)) -> Value {
    json!({"type": kind, "sep": [sep.0, sep.1], "cls": [cls.0, cls.1]})
}
