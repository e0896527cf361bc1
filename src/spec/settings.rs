//! The settings of one job as types: after `spec` there is no bare string and no number without a unit.

use super::{
    Adapt, Adapter, Average, ClassWeights, Data, Decay, Decoding, InputLength, Lora, LossKind, ParameterGroup, Save,
    Schedule, Source, Warmup, Window,
};
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

    /// Whether the words of a sentence are answered together, by the best sequence of tags.
    pub fn answers_by_sentences(&self) -> bool {
        self.train.loss == LossKind::Crf || self.model.decoding == Decoding::Constrained
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
    /// `model.window`
    pub window: Window,
    /// `model.stride`: tokens that windows share; none: half of a window.
    pub stride: Option<usize>,
    /// `model.tokenizer`
    pub tokenizer: TokenizerRules,
    /// `model.freeze`
    pub freeze: Freeze,
    /// `model.adapt`
    pub adapt: Adapt,
    /// `model.last_layers`: used with `adapt = "last"`.
    pub last_layers: usize,
    /// `model.lora_*`: used with `adapt = "lora"`.
    pub lora: Lora,
    /// `model.dropout`: all of the model's dropouts; none: the checkpoint's.
    pub dropout: Option<f64>,
    /// `model.decoding`; a model with a CRF always has its best sequence.
    pub decoding: Decoding,
}

impl Model {
    /// As `model.max_length`, `model.window` and `model.stride` say.
    pub fn input_length(&self) -> InputLength {
        let windows = |tokens| InputLength::Windows { tokens, stride: self.stride };
        match self.window {
            Window::Off => InputLength::Cut(self.max_length),
            Window::Longest => windows(self.max_length),
            Window::Tokens(tokens) => windows(tokens),
        }
    }
}

impl Default for Model {
    fn default() -> Self {
        Self {
            checkpoint: Source::Builtin(String::new()),
            revision: "main".to_owned(),
            classifier: None,
            max_length: 128,
            window: Window::Off,
            stride: None,
            tokenizer: TokenizerRules::File,
            freeze: Freeze::Nothing,
            adapt: Adapt::All,
            last_layers: 1,
            lora: Lora::default(),
            dropout: None,
            decoding: Decoding::Argmax,
        }
    }
}

impl Model {
    /// The part of each layer that learns; none: whole layers do, those that [`Self::frozen`] leaves.
    pub fn adapter(&self) -> Option<Adapter> {
        match self.adapt {
            Adapt::All | Adapt::Last => None,
            Adapt::Bitfit => Some(Adapter::Bitfit),
            // sizes of a rank that no checkpoint takes do not overflow until that is said
            Adapt::Lora => {
                Some(Adapter::Lora(Lora { rank: self.lora.rank.min(u32::MAX as usize), ..self.lora.clone() }))
            }
        }
    }

    /// What is frozen of an encoder of so many layers: all below the last that learn, or as `freeze` says.
    pub fn frozen(&self, layers: usize) -> Freeze {
        match self.adapt {
            Adapt::Last => Freeze::Layers(layers.saturating_sub(self.last_layers)),
            Adapt::All | Adapt::Bitfit | Adapt::Lora => self.freeze,
        }
    }

    /// Whether some of the checkpoint's weights do not learn.
    pub fn learns_in_part(&self) -> bool {
        self.freeze != Freeze::Nothing || self.adapt != Adapt::All
    }
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
    /// `train.groups`: parameters with a rate or a decay of their own.
    pub groups: Vec<ParameterGroup>,
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
    /// `train.schedule_power`, of the polynomial.
    pub schedule_power: f64,
    /// `train.schedule_cycles`, of the cosine with restarts.
    pub schedule_cycles: u64,
    /// `train.min_learning_rate`: where the cosine and the polynomial end.
    pub min_learning_rate: f64,
    /// `train.decay_steps` or `train.decay_ratio`
    pub decay: Decay,
    /// `train.average`
    pub average: Average,
    /// `train.ema_decay`
    pub ema_decay: f64,
    /// `train.average_steps`: over how many of the last steps; set where they are averaged.
    pub average_steps: Option<u64>,
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
            groups: Vec::new(),
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
            schedule_power: 1.0,
            schedule_cycles: 1,
            min_learning_rate: 0.0,
            decay: Decay::Ratio(0.1),
            average: Average::Off,
            ema_decay: 0.999,
            average_steps: None,
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
