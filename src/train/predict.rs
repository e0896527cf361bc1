//! A tag for every word of a split, and the features of its sentences.

use std::ops::Range;

use crate::engine::{Batch, Capacity, Decoder, Engine, EngineError, Features};
use crate::metrics::Transitions;
use crate::model::Config;

use super::error::TrainError;
use super::examples::Examples;

/// The most tokens of a prediction batch; a longer sentence is a batch of its own.
const TOKENS: usize = 1024;

/// The tag of each word of each sentence, none for an unscored word: `[sentences][words]`.
pub type Tags = Vec<Vec<Option<u16>>>;

/// A split cut into batches: windows sorted by length, as many as fit into a batch; the windows of a sentence together
/// where its words are decoded together. It depends on the split alone.
#[derive(Debug, Clone)]
pub struct Prediction<'a> {
    examples: Examples<'a>,
    /// Windows.
    order: Vec<u32>,
    batches: Vec<Range<usize>>,
    /// Which sequences of tags it may answer; none: any, each word's best.
    allowed: Option<&'a Transitions>,
}

impl<'a> Prediction<'a> {
    /// Plans the batches, which are the same with and without features, so that losses are summed in one order.
    pub fn new(examples: impl Into<Examples<'a>>) -> Self {
        Self::of(examples, false)
    }

    /// The same; with `whole`, the windows of a sentence stay together.
    pub fn of(examples: impl Into<Examples<'a>>, whole: bool) -> Self {
        let examples = examples.into();
        let encoded = examples.encoded;
        let units = match whole {
            false => (0..encoded.windows()).map(|window| window..window + 1).collect(),
            true => (0..encoded.len()).map(|sentence| encoded.windows_of(sentence)).collect(),
        };
        Self::planned(examples, units)
    }

    /// The same, with the best sequence of each sentence among those that `allowed` has, as a CRF needs; none: any.
    pub fn among(examples: impl Into<Examples<'a>>, allowed: Option<&'a Transitions>) -> Self {
        Self { allowed, ..Self::of(examples, allowed.is_some()) }
    }

    /// Batches of `units`, each some windows that stay together.
    fn planned(examples: Examples<'a>, mut units: Vec<Range<usize>>) -> Self {
        let starts = &examples.encoded.starts;
        let len = |unit: &Range<usize>| starts[unit.end] - starts[unit.start];
        units.sort_by_key(len);
        let (mut order, mut batches, mut start, mut tokens) = (Vec::new(), Vec::new(), 0, 0);
        for unit in units {
            if tokens > 0 && tokens + len(&unit) > TOKENS {
                batches.push(start..order.len());
                (start, tokens) = (order.len(), 0);
            }
            tokens += len(&unit);
            order.extend(unit.map(|window| window as u32));
        }
        if start < order.len() {
            batches.push(start..order.len());
        }
        Self { examples, order, batches, allowed: None }
    }

    /// The capacity for its largest batch.
    pub fn capacity(&self, heads: usize) -> Capacity {
        let mut batch = Batch::new(heads);
        self.batches.iter().fold(Capacity::default(), |capacity, range| {
            self.pack(&mut batch, range);
            capacity.max(Capacity::of(&batch))
        })
    }

    /// The predicted tags. `observe` gets the number of finished sentences, and stops the prediction by returning false.
    ///
    /// # Errors
    /// Those of the engine; [`TrainError::Interrupted`].
    pub fn run(&self, engine: &Engine, observe: impl FnMut(usize) -> bool) -> Result<Tags, TrainError> {
        let decoder = self.decoder(engine)?;
        self.classify(engine.config(), observe, |batch, classes| match &decoder {
            None => engine.predict(batch, classes),
            Some(decoder) => engine.predict_sentences(decoder, batch, classes),
        })
    }

    /// [`Prediction::run`], with the mean cross-entropy over the labeled tokens, without dropout, smoothing and weights, or
    /// the negative log-likelihood of a model's CRF for each of them; 0 if there are none.
    ///
    /// # Errors
    /// Those of the engine, a loss that is not finite among them; [`TrainError::Interrupted`].
    pub fn evaluate(&self, engine: &Engine, observe: impl FnMut(usize) -> bool) -> Result<(Tags, f64), TrainError> {
        let (mut loss, mut labeled) = (0.0, 0);
        let decoder = self.decoder(engine)?;
        let tags = self.classify(engine.config(), observe, |batch, classes| {
            loss += match &decoder {
                None => engine.evaluate(batch, classes)?,
                Some(decoder) => engine.evaluate_sentences(decoder, batch, classes)?,
            };
            labeled += batch.labeled();
            Ok(())
        })?;
        Ok((tags, loss / labeled.max(1) as f64))
    }

    /// A decoder of the model as it is now, if sequences matter.
    fn decoder(&self, engine: &Engine) -> Result<Option<Decoder>, EngineError> {
        assert!(self.allowed.is_some() || !engine.config().crf, "a CRF answers by sentences");
        self.allowed.map(|allowed| engine.decoder(allowed)).transpose()
    }

    /// Packs the windows at `range` of the order; the first tokens of their words are selected.
    fn pack(&self, batch: &mut Batch, range: &Range<usize>) {
        self.examples.pack_words(batch, &self.order[range.clone()]);
    }

    /// About how many sentences are finished behind a batch.
    fn finished(&self, batch: &Range<usize>) -> usize {
        let encoded = self.examples.encoded;
        if encoded.windows() == encoded.len() { batch.end } else { batch.end * encoded.len() / encoded.windows() }
    }

    /// The features of the windows, in their order. `observe` as in [`Prediction::run`].
    ///
    /// # Errors
    /// Those of the engine; [`TrainError::Interrupted`].
    pub fn features(&self, engine: &Engine, mut observe: impl FnMut(usize) -> bool) -> Result<Features, TrainError> {
        let (encoded, width) = (self.examples.encoded, engine.config().hidden);
        let mut starts = vec![0];
        starts.extend((0..encoded.windows()).scan(0, |end, window| {
            *end += encoded.labeled_tokens(window);
            Some(*end)
        }));
        let mut features = Features::zeros(width, starts);
        let (mut batch, mut states) = (Batch::of(engine.config()), Vec::new());
        for range in &self.batches {
            let members = &self.order[range.clone()];
            // the labeled tokens, which `starts` counts: in training sentences maybe more than the first of each word
            self.examples.pack(&mut batch, members);
            states.clear();
            engine.hidden_states(&batch, &mut states)?;
            features.scatter(&states, members);
            if !observe(self.finished(range)) {
                return Err(TrainError::Interrupted);
            }
        }
        Ok(features)
    }

    /// The tags that `classes_of` gives to the tokens of each batch.
    fn classify(
        &self,
        config: &Config,
        mut observe: impl FnMut(usize) -> bool,
        mut classes_of: impl FnMut(&Batch, &mut Vec<u16>) -> Result<(), EngineError>,
    ) -> Result<Tags, TrainError> {
        let unseen = |words: &u32| vec![None; *words as usize];
        let mut tags: Tags = self.examples.encoded.words.iter().map(unseen).collect();
        let mut batch = Batch::of(config);
        let mut classes = Vec::new();
        for range in &self.batches {
            let members = &self.order[range.clone()];
            self.pack(&mut batch, range);
            classes.clear();
            classes_of(&batch, &mut classes)?;
            let mut classes = classes.iter();
            for window in members.iter().map(|window| *window as usize) {
                let sentence = &mut tags[self.examples.encoded.sentence_of(window)];
                for (word, class) in self.examples.encoded.scored_words(window).iter().zip(&mut classes) {
                    sentence[*word as usize] = Some(*class);
                }
            }
            if !observe(self.finished(range)) {
                return Err(TrainError::Interrupted);
            }
        }
        Ok(tags)
    }
}
