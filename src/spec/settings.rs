//! The settings of one job as types: after `spec` there is no bare string and no number without a unit.

use std::collections::BTreeMap;

use super::file_format::{FileFormat, SpanEnds};
use super::{ClassWeights, Decoding, LossKind, Save, Source, Split};
use crate::words::words;

/// Everything that defines one job.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Settings {
    /// `[data]`
    pub data: Data,
    /// `[model]`
    pub model: Model,
    /// `[train]`
    pub train: Train,
    /// `[save]`
    pub save: Save,
}

impl Settings {
    /// Whether the checkpoint is scored as it is.
    pub fn is_untrained(&self) -> bool {
        self.train.epochs == 0.0 && self.train.max_steps.is_none()
    }
}

/// A number of rows of a split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// Every row.
    All,
    /// The first n.
    Rows(usize),
}

impl Size {
    /// The word for every row.
    pub(super) const ALL: &str = "all";
}

/// The files of the splits, by their paths in the data set (in the folder of `data.language` where that is set), each a
/// path or a glob with `*`; an empty list: not named.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Files {
    /// `data.files.train`
    pub train: Vec<String>,
    /// `data.files.validation`
    pub validation: Vec<String>,
    /// `data.files.test`
    pub test: Vec<String>,
}

/// A column of a data file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Column {
    /// By its place, counted from 1.
    At(usize),
    /// By its name.
    Named(String),
}

/// The columns that are read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Columns {
    /// `data.columns.token`; none: the first of a text file, or of a usual name.
    pub token: Option<Column>,
    /// `data.columns.tag`; none: the last of a text file, or of a usual name.
    pub tag: Option<Column>,
}

impl Columns {
    /// The names of the fields.
    pub(super) const NAMES: [&str; 2] = ["token", "tag"];
}

words! {
    /// How a file's tags mark where entities begin and end.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Scheme {
        /// Every entity begins with B-.
        Iob2 => "iob2",
        /// B- marks an entity only after another of its type that it touches.
        Iob1 => "iob1",
        /// B- begins, I- continues and E- ends an entity; S- is one of a single word. L- and U- are taken for E- and S-, M- for
        /// I-.
        Bioes => "bioes",
        /// I- alone.
        Io => "io",
        /// Types without marks.
        Types => "types",
    }
}

words! {
    /// Which tokens of a word have its tag in training.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum LabelPieces {
        /// The first.
        First => "first",
        /// All: those after the first of a word tagged B-X carry I-X.
        All => "all",
    }
}

/// `[data]`
#[derive(Debug, Clone, PartialEq)]
pub struct Data {
    /// `data.dataset`
    pub dataset: Source,
    /// `data.revision`: branch, tag or commit.
    pub revision: String,
    /// `data.language`: the configuration, a folder of the data set.
    pub language: Option<String>,
    /// `data.files`; none: the usual names.
    pub files: Option<Files>,
    /// `data.splits`: the name in the data set of a split that has no usual one there.
    pub splits: BTreeMap<String, String>,
    /// `data.format`; none: by the ending of each file's name.
    pub format: Option<FileFormat>,
    /// `data.span_ends`; none: widened.
    pub span_ends: Option<SpanEnds>,
    /// `data.columns`; none: the token first and the tag last, or the usual names.
    pub columns: Option<Columns>,
    /// `data.scheme`; none: O, B-X and I-X are used as they are.
    pub scheme: Option<Scheme>,
    /// `data.label_map`: types and what each becomes, another type or O.
    pub label_map: BTreeMap<String, String>,
    /// `data.train_size`; `Rows(0)`, which no file says, leaves the split unread.
    pub train_size: Size,
    /// `data.validation_size`; `Rows(0)`: not scored.
    pub validation_size: Size,
    /// `data.test_size`; `Rows(0)`: not scored.
    pub test_size: Size,
    /// `data.subset_seed`
    pub subset_seed: u64,
    /// `data.drop_test_overlap`: leave out training sentences that the test split has too.
    pub drop_test_overlap: bool,
    /// `data.labels`: the tag set, in order.
    pub labels: Option<Vec<String>>,
    /// The split that the test rows come from. No key: only a set of `[[evaluate]]` has another than the test split.
    pub test_split: Split,
    /// `data.label_pieces`
    pub label_pieces: LabelPieces,
}

impl Default for Data {
    fn default() -> Self {
        Self {
            dataset: Source::Builtin(String::new()),
            revision: "main".to_owned(),
            language: None,
            files: None,
            splits: BTreeMap::new(),
            format: None,
            span_ends: None,
            columns: None,
            scheme: None,
            label_map: BTreeMap::new(),
            train_size: Size::All,
            validation_size: Size::Rows(0),
            test_size: Size::All,
            subset_seed: 42,
            drop_test_overlap: false,
            labels: None,
            test_split: Split::Test,
            label_pieces: LabelPieces::First,
        }
    }
}

/// What is frozen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freeze {
    /// `false`: everything learns.
    Nothing,
    /// `"embeddings"`
    Embeddings,
    /// `n`: the embeddings and the first n layers.
    Layers(usize),
    /// `true`: only the classifier learns.
    Encoder,
}

impl Freeze {
    /// The word for the embeddings alone.
    pub(super) const EMBEDDINGS: &str = "embeddings";
}

words! {
    /// What becomes of a checkpoint's classifier.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum ClassifierChoice {
        /// It is kept; one that does not fit the data's tags is an error.
        Keep => "keep",
        /// A new one is drawn.
        New => "new",
    }
}

words! {
    /// How the files of a checkpoint's tokenizer are read.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    pub enum TokenizerRules {
        /// As they say, with the settings that are stated beside them.
        File => "file",
        /// As transformers 5 reads them, with the defaults of its classes.
        Transformers => "transformers",
    }
}

/// `[model]`
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// `model.checkpoint`
    pub checkpoint: Source,
    /// `model.revision`: branch, tag or commit.
    pub revision: String,
    /// `model.classifier`; none: kept where it fits the data's tags.
    pub classifier: Option<ClassifierChoice>,
    /// `model.max_length`: tokens, special ones included.
    pub max_length: usize,
    /// `model.tokenizer`
    pub tokenizer: TokenizerRules,
    /// `model.freeze`
    pub freeze: Freeze,
    /// `model.dropout`: all of the model's dropouts; none: the checkpoint's.
    pub dropout: Option<f64>,
    /// `model.decoding`; a model with a CRF always has its best sequence.
    pub decoding: Decoding,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            checkpoint: Source::Builtin(String::new()),
            revision: "main".to_owned(),
            classifier: None,
            max_length: 128,
            tokenizer: TokenizerRules::File,
            freeze: Freeze::Nothing,
            dropout: None,
            decoding: Decoding::Argmax,
        }
    }
}

words! {
    /// Shape of the learning rate after warm-up.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Schedule {
        /// Straight to zero at the end.
        Linear => "linear",
        /// Half a cosine wave to zero.
        Cosine => "cosine",
        /// Unchanged.
        Constant => "constant",
    }
}

/// Length of the linear warm-up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Warmup {
    /// `train.warmup_steps`
    Steps(u64),
    /// `train.warmup_ratio`: ceil(ratio × total) steps.
    Ratio(f64),
}

words! {
    /// Number format of the matrix products.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Precision {
        /// float32 on a CPU, bfloat16 on CUDA where the GPU has it.
        Auto => "auto",
        /// float32
        Fp32 => "fp32",
        /// bfloat16 products, float32 masters.
        Bf16 => "bf16",
    }
}

/// How often the validation split is scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interval {
    /// After every epoch.
    Epoch,
    /// Every n steps.
    Steps(u64),
}

impl Interval {
    /// The word for every epoch.
    pub(super) const EPOCH: &str = "epoch";
}

words! {
    /// Which weights are scored at the end.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Keep {
        /// Those after the last step.
        Last => "last",
        /// Those that scored best on the validation split.
        Best => "best",
    }
}

/// `[train]`
#[derive(Debug, Clone, PartialEq)]
pub struct Train {
    /// `train.seed`: head, order of examples, dropout, as separate streams.
    pub seed: u64,
    /// `train.epochs`; 0 evaluates the checkpoint as it is.
    pub epochs: f64,
    /// `train.max_steps`
    pub max_steps: Option<u64>,
    /// `train.batch_size`, in sentences.
    pub batch_size: usize,
    /// `train.gradient_accumulation`, in batches.
    pub gradient_accumulation: usize,
    /// `train.learning_rate`
    pub learning_rate: f64,
    /// `train.head_learning_rate`; none: the same.
    pub head_learning_rate: Option<f64>,
    /// `train.layer_decay`: what a rate is multiplied by for each layer below the classifier; none: 1.
    pub layer_decay: Option<f64>,
    /// `train.label_smoothing`: the share of the target that goes to all tags alike.
    pub label_smoothing: f64,
    /// `train.loss`
    pub loss: LossKind,
    /// `train.class_weights`; none: all words count alike.
    pub class_weights: Option<ClassWeights>,
    /// `train.focal_gamma`
    pub focal_gamma: f64,
    /// `train.dice_alpha`
    pub dice_alpha: f64,
    /// `train.dice_gamma`
    pub dice_gamma: f64,
    /// `train.weight_decay`
    pub weight_decay: f64,
    /// `train.adam_beta1`
    pub adam_beta1: f64,
    /// `train.adam_beta2`
    pub adam_beta2: f64,
    /// `train.adam_epsilon`
    pub adam_epsilon: f64,
    /// `train.schedule`
    pub schedule: Schedule,
    /// `train.warmup_steps` or `train.warmup_ratio`
    pub warmup: Warmup,
    /// `train.max_grad_norm`; 0: no clipping.
    pub max_grad_norm: f64,
    /// `train.precision`
    pub precision: Precision,
    /// `train.cache_features`: a frozen encoder runs once over each sentence, without its dropout.
    pub cache_features: bool,
    /// `train.log_every`, in steps.
    pub log_every: u64,
    /// `train.evaluate_every`
    pub evaluate_every: Option<Interval>,
    /// `train.keep`
    pub keep: Keep,
    /// `train.patience`, in evaluations.
    pub patience: Option<u64>,
}

impl Default for Train {
    fn default() -> Self {
        Self {
            seed: 42,
            epochs: 3.0,
            max_steps: None,
            batch_size: 8,
            gradient_accumulation: 1,
            learning_rate: 5e-5,
            head_learning_rate: None,
            layer_decay: None,
            label_smoothing: 0.0,
            loss: LossKind::CrossEntropy,
            class_weights: None,
            focal_gamma: 2.0,
            dice_alpha: 1.0,
            dice_gamma: 1.0,
            weight_decay: 0.0,
            adam_beta1: 0.9,
            adam_beta2: 0.999,
            adam_epsilon: 1e-8,
            schedule: Schedule::Linear,
            warmup: Warmup::Steps(0),
            max_grad_norm: 1.0,
            precision: Precision::Auto,
            cache_features: false,
            log_every: 50,
            evaluate_every: None,
            keep: Keep::Last,
            patience: None,
        }
    }
}
