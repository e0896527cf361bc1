//! A model on a GPU: its numbers in the device's memory, and passes over them, none of which waits for the device but
//! those that read.

use std::cell::RefCell;

use crate::engine::adamw::{AdamW, Rates};
use crate::engine::batch::Batch;
use crate::engine::encoder::Encoder;
use crate::engine::error::EngineError;
use crate::engine::masks::Masks;
use crate::engine::operations::Operations;
use crate::engine::product::Write;
use crate::engine::step_stats::StepStats;
use crate::engine::target::Target;
use crate::model::{Config, Layout, Span};

use super::arguments::{Argmax, CrossEntropy, Record, WIDEST_HEAD};
use super::indices::Indices;
use super::memory::Memory;
use super::optimizer::Optimizer;
use super::runtime::{Address, Runtime};
use super::work::{Blocks, Cuda};

/// Steps whose records the device keeps until they are read.
const RECORDS: usize = 256;
/// Words of a record.
const RECORD: usize = size_of::<Record>() / size_of::<u32>();

/// The numbers of a model, and its optimizer.
#[derive(Debug)]
pub(in crate::engine) struct Body {
    runtime: Box<dyn Runtime>,
    memory: Memory,
    optimizer: Optimizer,
    score_gradients: Address,
    /// What is read of a batch that is answered, in one copy: a record, then a class of each token.
    answers: Address,
    /// A record of each of the last steps.
    records: Address,
    /// Of the steps taken, how many were reported.
    reported: u64,
    /// Steps whose records were read before they were asked for.
    read: Vec<StepStats>,
    staging: RefCell<Staging>,
    bytes: usize,
}

/// What goes to the device with a batch.
#[derive(Debug)]
struct Staging {
    indices: Indices,
    features: Vec<f32>,
}

impl Body {
    /// The numbers of `encoder` on a device of its own, whose parameters come from `fill`.
    ///
    /// # Errors
    /// Those of the device, and of `fill`.
    pub(in crate::engine) fn new<E: From<EngineError>, R>(
        encoder: &Encoder,
        runtime: Box<dyn Runtime>,
        bf16: bool,
        fill: impl FnOnce(&Config, &Layout, &mut [f32]) -> Result<R, E>,
    ) -> Result<(Self, R), E> {
        check(encoder)?;
        let bytes = Memory::bytes_of(encoder, bf16) + score_gradients_of(encoder) * size_of::<f32>();
        // a refusal names the whole need, whichever part it was of
        let body = Self::allocated(encoder, runtime, bf16, bytes).map_err(|error| match error {
            EngineError::GpuMemory { .. } => EngineError::GpuMemory { bytes },
            other => other,
        })?;
        let mut parameters = vec![0.0; encoder.layout.len];
        let filled = fill(&encoder.config, &encoder.layout, &mut parameters)?;
        body.set(Span { start: 0, len: parameters.len() }, &parameters)?;
        Ok((body, filled))
    }

    /// With all of its memory, of which arena, copies and score_gradients are `bytes`; it is zero.
    fn allocated(encoder: &Encoder, runtime: Box<dyn Runtime>, bf16: bool, bytes: usize) -> Result<Self, EngineError> {
        let capacity = encoder.workspace.capacity;
        let memory = Memory::new(&*runtime, encoder, bf16)?;
        let optimizer = Optimizer::new(&*runtime, encoder)?;
        let indices = Indices::new(&*runtime, capacity.tokens)?;
        Ok(Self {
            score_gradients: runtime.zeros(score_gradients_of(encoder) * size_of::<f32>())?,
            answers: runtime.zeros(size_of::<Record>() + capacity.tokens * size_of::<u32>())?,
            records: runtime.zeros(RECORDS * size_of::<Record>())?,
            reported: 0,
            read: Vec::new(),
            staging: RefCell::new(Staging { indices, features: Vec::new() }),
            bytes,
            memory,
            optimizer,
            runtime,
        })
    }

    /// Bytes of the arena, its copies, and the room beside them.
    pub(in crate::engine) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Steps taken.
    pub(in crate::engine) fn steps(&self) -> u64 {
        self.optimizer.steps
    }

    /// Where the record of a step lies, counted from 0.
    fn record(&self, step: u64) -> Address {
        self.records.offset(step as usize % RECORDS * size_of::<Record>())
    }

    /// Sends `batch` and runs `work` on it.
    fn pass(&self, batch: &Batch, learn: Option<usize>, work: impl FnOnce(&mut Cuda<'_>)) -> Result<(), EngineError> {
        let Staging { indices, features } = &mut *self.staging.borrow_mut();
        indices.send(&*self.runtime, batch, learn.is_some(), learn.unwrap_or_default())?;
        let mut cuda = Cuda::new(&*self.runtime, &self.memory, indices.places, (self.score_gradients, features));
        work(&mut cuda);
        cuda.finish()
    }

    /// Adds the gradient of `batch` to the step under way, or begins it with that.
    ///
    /// # Errors
    /// Those of the device.
    pub(in crate::engine) fn accumulate(
        &mut self,
        encoder: &Encoder,
        batch: &Batch,
        masks: &Masks,
        target: Target,
        write: Write,
    ) -> Result<(), EngineError> {
        if write == Write::Set {
            self.make_room()?;
            self.clear_tables(encoder)?;
        }
        let record = self.record(self.steps());
        let learn = (encoder.learning_from == 0).then_some(encoder.config.first_position);
        self.pass(batch, learn, |cuda| {
            let logits = encoder.forward(cuda, batch, masks);
            let arguments = CrossEntropy {
                bf16: self.memory.bf16(logits),
                scale: target.scale,
                smoothing: target.smoothing,
                differentiate: 1,
                add: (write == Write::Add).into(),
                ..self.cross_entropy(cuda, encoder, logits, record)
            };
            cuda.run(Blocks::each(1), arguments);
            encoder.backward(cuda, batch, masks, write);
        })
    }

    /// The plain loss of the logits, into `record`.
    fn cross_entropy(&self, cuda: &Cuda<'_>, encoder: &Encoder, logits: Span, record: Address) -> CrossEntropy {
        CrossEntropy {
            logits: self.memory.at(logits),
            bf16: Address::NONE,
            labels: cuda.places.labels,
            record,
            scale: 1.0,
            smoothing: 0.0,
            rows: (logits.len / encoder.labels) as u32,
            classes: encoder.labels as u32,
            differentiate: 0,
            add: 0,
        }
    }

    /// Clears the gradients of the embedding tables, to which backward only adds.
    fn clear_tables(&self, encoder: &Encoder) -> Result<(), EngineError> {
        if encoder.learning_from > 0 {
            return Ok(());
        }
        let embeddings = &encoder.layout.embeddings;
        for table in [embeddings.word, embeddings.position, embeddings.segment] {
            let gradient = encoder.gradient(table);
            self.runtime.clear(self.memory.at(gradient), gradient.len * size_of::<f32>())?;
        }
        Ok(())
    }

    /// Takes a step over what was `accumulated`, if anything was. A norm that is not finite changes nothing.
    ///
    /// # Errors
    /// Those of the device.
    pub(in crate::engine) fn step(
        &mut self,
        encoder: &Encoder,
        options: &AdamW,
        rates: Rates,
        accumulated: bool,
    ) -> Result<(), EngineError> {
        let record = self.record(self.steps());
        if !accumulated {
            self.make_room()?;
            let gradients = encoder.workspace.gradients;
            self.runtime.clear(self.memory.at(gradients), gradients.len * size_of::<f32>())?;
            self.runtime.clear(record, size_of::<Record>())?;
        }
        let Staging { indices, features } = self.staging.get_mut();
        let cuda = Cuda::new(&*self.runtime, &self.memory, indices.places, (self.score_gradients, features));
        self.optimizer.step(cuda, options, rates, record)
    }

    /// Reads records before their places are taken by further ones.
    fn make_room(&mut self) -> Result<(), EngineError> {
        if self.steps() - self.reported == RECORDS as u64 {
            let mut read = std::mem::take(&mut self.read);
            self.drain(&mut read)?;
            self.read = read;
        }
        Ok(())
    }

    /// Appends what the steps did that were not reported before.
    ///
    /// # Errors
    /// Those of the device; a loss or norm that is not finite.
    pub(in crate::engine) fn drain(&mut self, taken: &mut Vec<StepStats>) -> Result<(), EngineError> {
        taken.append(&mut self.read);
        if self.reported == self.steps() {
            return Ok(());
        }
        let mut words = [0; RECORDS * RECORD];
        self.runtime.download(self.records, &mut words)?;
        let (records, _) = words.as_chunks::<RECORD>();
        while self.reported < self.steps() {
            let Record { loss, norm } = record_of(records[self.reported as usize % RECORDS]);
            let not_finite = |what| EngineError::NotFinite { what, step: self.reported + 1 };
            if !loss.is_finite() {
                return Err(not_finite("loss"));
            }
            if !norm.is_finite() {
                return Err(not_finite("gradient norm"));
            }
            taken.push(StepStats { loss, grad_norm: norm });
            self.reported += 1;
        }
        Ok(())
    }

    /// What the step under way has accumulated so far; waits for it.
    ///
    /// # Errors
    /// Those of the device; a loss that is not finite.
    pub(in crate::engine) fn loss(&self) -> Result<f64, EngineError> {
        let step = self.steps();
        let mut words = [0; RECORD];
        self.runtime.download(self.record(step), &mut words)?;
        let loss = record_of(words).loss;
        if loss.is_finite() { Ok(loss) } else { Err(EngineError::NotFinite { what: "loss", step: step + 1 }) }
    }

    /// The best class of each token that is selected, and the loss summed over those with a label.
    ///
    /// # Errors
    /// Those of the device.
    pub(in crate::engine) fn classify(
        &self,
        encoder: &Encoder,
        batch: &Batch,
        classes: &mut Vec<u16>,
        with_loss: bool,
    ) -> Result<f64, EngineError> {
        let rows = batch.selected.len();
        self.pass(batch, None, |cuda| {
            let logits = encoder.forward(cuda, batch, &Masks::none(&encoder.config));
            if with_loss {
                cuda.run(Blocks::each(1), self.cross_entropy(cuda, encoder, logits, self.answers));
            }
            let arguments = Argmax {
                classes: self.answers.offset(size_of::<Record>()),
                logits: self.memory.at(logits),
                rows: rows as u32,
                width: encoder.labels as u32,
            };
            cuda.run(Blocks::elements(rows), arguments);
        })?;
        let mut words = vec![0; RECORD + rows];
        self.runtime.download(self.answers, &mut words)?;
        let (record, found) = words.split_first_chunk().expect("a record and more");
        classes.extend(found.iter().map(|class| *class as u16));
        Ok(if with_loss { record_of(*record).loss } else { 0.0 })
    }

    /// Runs `batch` through the model without dropout, and appends what then stands in `span` of its workspace; none: the
    /// logits.
    ///
    /// # Errors
    /// Those of the device.
    pub(in crate::engine) fn answer(
        &self,
        encoder: &Encoder,
        batch: &Batch,
        span: Option<Span>,
        values: &mut Vec<f32>,
    ) -> Result<(), EngineError> {
        let mut logits = Span::default();
        self.pass(batch, None, |cuda| logits = encoder.forward(cuda, batch, &Masks::none(&encoder.config)))?;
        self.with([span.unwrap_or(logits)], |[answer]| values.extend_from_slice(answer))
    }

    /// Lends the values of some spans.
    ///
    /// # Errors
    /// Those of the device.
    pub(in crate::engine) fn with<const N: usize, R>(
        &self,
        spans: [Span; N],
        read: impl FnOnce([&[f32]; N]) -> R,
    ) -> Result<R, EngineError> {
        let mut values = spans.map(|span| vec![0.0f32; span.len]);
        for (span, values) in spans.into_iter().zip(&mut values) {
            self.runtime.download(self.memory.at(span), bytemuck::cast_slice_mut(values))?;
        }
        Ok(read(values.each_ref().map(Vec::as_slice)))
    }

    /// Sets spans that are the state of a training to what `fill` writes, after `steps` steps.
    ///
    /// # Errors
    /// Those of the device.
    pub(in crate::engine) fn restore<const N: usize, R>(
        &mut self,
        spans: [Span; N],
        steps: u64,
        fill: impl FnOnce([&mut [f32]; N]) -> R,
    ) -> Result<R, EngineError> {
        let mut values = spans.map(|span| vec![0.0f32; span.len]);
        let filled = fill(values.each_mut().map(Vec::as_mut_slice));
        for (span, values) in spans.into_iter().zip(&values) {
            self.set(span, values)?;
        }
        self.optimizer.steps = steps;
        self.reported = steps;
        Ok(filled)
    }

    /// Sets floats, and of parameters the copies that products read.
    ///
    /// # Errors
    /// Those of the device.
    pub(in crate::engine) fn set(&self, span: Span, values: &[f32]) -> Result<(), EngineError> {
        self.runtime.upload(self.memory.at(span), bytemuck::cast_slice(values))?;
        if self.memory.is_parameter(span) {
            let Staging { indices, features } = &mut *self.staging.borrow_mut();
            let mut cuda = Cuda::new(&*self.runtime, &self.memory, indices.places, (self.score_gradients, features));
            cuda.refresh_bf16(span);
            cuda.finish()?;
        }
        Ok(())
    }
}

/// Whether the kernels take a model and its batches.
fn check(encoder: &Encoder) -> Result<(), EngineError> {
    let (config, capacity) = (&encoder.config, encoder.workspace.capacity);
    let width = config.hidden / config.heads;
    if width > WIDEST_HEAD as usize {
        return Err(EngineError::Shape(format!("heads of up to {WIDEST_HEAD} features, not {width}")));
    }
    // parameters then begin at multiples of four floats, which AdamW loads at once
    if !config.hidden.is_multiple_of(4) {
        return Err(EngineError::Shape(format!("hidden sizes that are multiples of 4, not {}", config.hidden)));
    }
    let widest = (3 * config.hidden).max(config.intermediate);
    if capacity.attention_weights.max(capacity.tokens * widest) > u32::MAX as usize {
        return Err(EngineError::Shape("smaller batches: lower train.batch_size or model.max_length".to_owned()));
    }
    Ok(())
}

/// Floats of the gradients of the scores of a layer's attention weights; none where nothing goes back through a layer.
fn score_gradients_of(encoder: &Encoder) -> usize {
    if encoder.first_learning == encoder.config.layers && encoder.learning_from > 0 {
        return 0;
    }
    encoder.workspace.capacity.attention_weights
}

fn record_of(words: [u32; RECORD]) -> Record {
    let [a, b, c, d] = words;
    let wide = |low: u32, high: u32| f64::from_bits(u64::from(high) << 32 | u64::from(low));
    Record { loss: wide(a, b), norm: wide(c, d) }
}
