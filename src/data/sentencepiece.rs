//! A SentencePiece model file: its pieces and its own settings, checked. It knows no tokenizer class.
//!
//! The messages are those of `sentencepiece_model.proto` of SentencePiece, as far as they count here.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prost::Message;

/// `ModelProto`
#[derive(Clone, PartialEq, Message)]
struct ModelMessage {
    #[prost(message, repeated, tag = "1")]
    pieces: Vec<PieceMessage>,
    #[prost(message, optional, tag = "2")]
    trainer: Option<TrainerMessage>,
    #[prost(message, optional, tag = "3")]
    normalizer: Option<NormalizerMessage>,
}

/// `ModelProto.SentencePiece`
#[derive(Clone, PartialEq, Message)]
struct PieceMessage {
    #[prost(string, optional, tag = "1")]
    piece: Option<String>,
    #[prost(float, optional, tag = "2")]
    score: Option<f32>,
    #[prost(int32, optional, tag = "3", default = "1")]
    kind: Option<i32>,
}

/// `TrainerSpec`
#[derive(Clone, PartialEq, Message)]
struct TrainerMessage {
    #[prost(int32, optional, tag = "3", default = "1")]
    model_type: Option<i32>,
    #[prost(bool, optional, tag = "35")]
    byte_fallback: Option<bool>,
    #[prost(int32, optional, tag = "40", default = "0")]
    unk_id: Option<i32>,
    #[prost(int32, optional, tag = "41", default = "1")]
    bos_id: Option<i32>,
    #[prost(int32, optional, tag = "42", default = "2")]
    eos_id: Option<i32>,
    #[prost(string, optional, tag = "45", default = "<unk>")]
    unk_piece: Option<String>,
    #[prost(string, optional, tag = "46", default = "<s>")]
    bos_piece: Option<String>,
    #[prost(string, optional, tag = "47", default = "</s>")]
    eos_piece: Option<String>,
}

/// `NormalizerSpec`
#[derive(Clone, PartialEq, Message)]
struct NormalizerMessage {
    #[prost(bytes = "vec", optional, tag = "2")]
    charsmap: Option<Vec<u8>>,
    #[prost(bool, optional, tag = "3", default = "true")]
    add_dummy_prefix: Option<bool>,
    #[prost(bool, optional, tag = "4", default = "true")]
    remove_extra_whitespaces: Option<bool>,
    #[prost(bool, optional, tag = "5", default = "true")]
    escape_whitespaces: Option<bool>,
}

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PieceKind {
    /// A piece of text.
    Normal,
    /// The piece of unknown text.
    Unknown,
    /// A mark that no text has, such as `<s>`.
    Control,
    /// A piece that text is never split within.
    UserDefined,
    /// A byte, such as `<0x0A>`.
    Byte,
    /// A piece that is not used.
    Unused,
}

/// An entry of the vocabulary.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Piece {
    pub(super) text: String,
    /// The logarithm of its probability; of BPE minus its rank.
    pub(super) score: f64,
    pub(super) kind: PieceKind,
}

/// A model with at least one piece, whose scores are finite.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SentencePiece {
    /// The vocabulary; a piece's number is its place.
    pub(super) pieces: Vec<Piece>,
    /// Whether the model merges pairs; else it is Unigram.
    pub(super) is_bpe: bool,
    /// Whether unknown letters become the pieces of their bytes.
    pub(super) byte_fallback: bool,
    /// The number of the unknown piece by the trainer's settings.
    pub(super) unknown: usize,
    /// The names of the unknown piece and of those that begin and end a text; none: the model has no such piece.
    pub(super) unknown_name: Option<String>,
    pub(super) boundaries: [Option<String>; 2],
    /// The map of characters in base64; none: text stays as it is.
    pub(super) charsmap: Option<String>,
    pub(super) adds_dummy_prefix: bool,
    pub(super) removes_extra_spaces: bool,
    pub(super) escapes_spaces: bool,
}

impl SentencePiece {
    /// Reads the content of a model file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let model = ModelMessage::decode(bytes).map_err(|error| format!("it is no SentencePiece model ({error})"))?;
        let trainer = model.trainer.ok_or("it is no SentencePiece model, or is cut off (no trainer settings)")?;
        let normalizer = model.normalizer.ok_or("it is cut off (no normalizer settings)")?;
        let is_bpe = match trainer.model_type() {
            1 => false,
            2 => true,
            3 => return Err("it splits into words; only Unigram and BPE models are supported".to_owned()),
            _ => return Err("it splits into letters; only Unigram and BPE models are supported".to_owned()),
        };
        let pieces: Vec<Piece> = model.pieces.into_iter().map(piece).collect::<Result<_, _>>()?;
        let unknown = usize::try_from(trainer.unk_id()).ok().filter(|unknown| *unknown < pieces.len());
        let unknown = unknown.ok_or_else(|| {
            format!("its unknown piece is number {}, but it has {} pieces", trainer.unk_id(), pieces.len())
        })?;
        let named = |id: i32, name: &str| (id >= 0).then(|| name.to_owned()).filter(|name| !name.is_empty());
        Ok(Self {
            is_bpe,
            byte_fallback: trainer.byte_fallback(),
            unknown,
            unknown_name: named(trainer.unk_id(), trainer.unk_piece()),
            boundaries: [named(trainer.bos_id(), trainer.bos_piece()), named(trainer.eos_id(), trainer.eos_piece())],
            charsmap: Some(normalizer.charsmap()).filter(|map| !map.is_empty()).map(|map| STANDARD.encode(map)),
            adds_dummy_prefix: normalizer.add_dummy_prefix(),
            removes_extra_spaces: normalizer.remove_extra_whitespaces(),
            escapes_spaces: normalizer.escape_whitespaces(),
            pieces,
        })
    }

    /// The place of the piece of unknown text, by its kind, else by the trainer's settings.
    pub(super) fn unknown_place(&self) -> usize {
        self.pieces.iter().position(|piece| piece.kind == PieceKind::Unknown).unwrap_or(self.unknown)
    }
}

fn piece(message: PieceMessage) -> Result<Piece, String> {
    let kind = match message.kind() {
        1 => PieceKind::Normal,
        2 => PieceKind::Unknown,
        3 => PieceKind::Control,
        4 => PieceKind::UserDefined,
        5 => PieceKind::Unused,
        6 => PieceKind::Byte,
        other => return Err(format!("a piece is of the unknown kind {other}")),
    };
    let score = f64::from(message.score());
    let text = message.piece.unwrap_or_default();
    if text.is_empty() {
        return Err("one of its pieces is empty".to_owned());
    }
    if !score.is_finite() {
        return Err(format!("the score of its piece `{}` is no number", text.escape_debug()));
    }
    Ok(Piece { text, score, kind })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn message() -> ModelMessage {
        let piece = |text: &str, score: f32, kind: i32| PieceMessage {
            piece: Some(text.to_owned()),
            score: Some(score),
            kind: Some(kind),
        };
        let pieces = vec![piece("<unk>", 0.0, 2), piece("<s>", 0.0, 3), piece("▁Ana", -1.5, 1), piece("ñ", -2.0, 1)];
        let normalizer = NormalizerMessage { charsmap: Some(vec![1, 2, 3]), ..NormalizerMessage::default() };
        ModelMessage { pieces, trainer: Some(TrainerMessage::default()), normalizer: Some(normalizer) }
    }

    #[test]
    fn what_is_not_written_has_the_defaults_of_sentencepiece() {
        let model = SentencePiece::parse(&message().encode_to_vec()).unwrap();
        assert_eq!((model.is_bpe, model.byte_fallback, model.unknown), (false, false, 0));
        assert_eq!((model.adds_dummy_prefix, model.removes_extra_spaces, model.escapes_spaces), (true, true, true));
        assert_eq!(model.unknown_name.as_deref(), Some("<unk>"));
        assert_eq!(model.boundaries, [Some("<s>".to_owned()), Some("</s>".to_owned())]);
        assert_eq!(model.charsmap.as_deref(), Some("AQID"));
        assert_eq!(model.pieces[1].kind, PieceKind::Control);
        assert_eq!(model.pieces[2], Piece { text: "▁Ana".to_owned(), score: -1.5, kind: PieceKind::Normal });
    }

    #[test]
    fn what_is_wrong_with_a_model_is_said() {
        let said = |change: fn(&mut ModelMessage)| {
            let mut message = message();
            change(&mut message);
            SentencePiece::parse(&message.encode_to_vec()).unwrap_err()
        };
        insta::assert_snapshot!(said(|model| model.pieces.clear()), @"its unknown piece is number 0, but it has 0 pieces");
        insta::assert_snapshot!(said(|model| model.pieces[2].score = Some(f32::NAN)), @"the score of its piece `▁Ana` is no number");
        insta::assert_snapshot!(said(|model| model.pieces[2].piece = None), @"one of its pieces is empty");
        insta::assert_snapshot!(said(|model| model.pieces[2].kind = Some(9)), @"a piece is of the unknown kind 9");
        insta::assert_snapshot!(said(|model| model.normalizer = None), @"it is cut off (no normalizer settings)");
        insta::assert_snapshot!(said(|model| model.trainer = None), @"it is no SentencePiece model, or is cut off (no trainer settings)");
        insta::assert_snapshot!(said(|model| model.trainer.as_mut().unwrap().model_type = Some(3)), @"it splits into words; only Unigram and BPE models are supported");
        insta::assert_snapshot!(said(|model| model.trainer.as_mut().unwrap().model_type = Some(4)), @"it splits into letters; only Unigram and BPE models are supported");
        insta::assert_snapshot!(said(|model| model.trainer.as_mut().unwrap().unk_id = Some(7)), @"its unknown piece is number 7, but it has 4 pieces");
        insta::assert_snapshot!(said(|model| model.trainer.as_mut().unwrap().unk_id = Some(-1)), @"its unknown piece is number -1, but it has 4 pieces");
        for foreign in ["{\"version\": 1}", "<!doctype html>", "IQ== 0\nIg== 1\n", "version https://git-lfs"] {
            let said = SentencePiece::parse(foreign.as_bytes()).unwrap_err();
            assert!(said.starts_with("it is no SentencePiece model"), "{foreign}: {said}");
        }
    }

    #[test]
    fn a_file_that_is_cut_or_changed_anywhere_is_read_or_refused_but_never_ends_the_program() {
        let whole = message().encode_to_vec();
        for at in 0..whole.len() {
            SentencePiece::parse(&whole[..at]).expect_err("the settings at the end are missing or cut");
            for bit in 0..8 {
                let mut flipped = whole.clone();
                flipped[at] ^= 1 << bit;
                if let Ok(model) = SentencePiece::parse(&flipped) {
                    assert!(model.unknown < model.pieces.len());
                    assert!(model.pieces.iter().all(|piece| piece.score.is_finite()));
                }
            }
        }
    }
}
