//! A model on a GPU: its numbers in the device's memory, and passes over them. It runs ahead: only calls that read wait
//! for the device.

use std::cell::RefCell;

use candle_core::Tensor;

use crate::engine::adamw::{AdamW, Rates};
use crate::engine::averaging::Averaging;
use crate::engine::backend::Backend;
use crate::engine::batch::Batch;
use crate::engine::error::EngineError;
use crate::engine::masks::Masks;
use crate::engine::model_plan::ModelPlan;
use crate::engine::operations::Operations;
use crate::engine::pass::Pass;
use crate::engine::product::Write;
use crate::engine::step_stats::StepStats;
use crate::engine::target::Target;
use crate::model::Span;

use super::arguments::{Argmax, Average, Record, WIDEST_HEAD};
use super::buffer::Buffer;
use super::indices::Indices;
use super::loss::{LossMemory, Place, plain};
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
pub(in crate::engine) struct CudaBackend {
    runtime: Box<dyn Runtime>,
    memory: Memory,
    optimizer: Optimizer,
    losses: LossMemory,
    /// As large as the attention weights of a layer.
    score_gradients: Buffer,
    /// What is read of a prediction, in one copy: a record, then a class of each token.
    predictions: Buffer,
    /// A record of each of the last steps.
    records: Buffer,
    /// Steps whose records were read.
    reported: u64,
    /// Statistics that were read to make room for others, and not yet drained.
    read: Vec<StepStats>,
    last: LastBatch,
    staging: RefCell<Staging>,
    bytes: usize,
}

/// What the loss of the batch accumulated last is computed from.
#[derive(Debug, Clone, Copy, Default)]
struct LastBatch {
    scale: f64,
    /// The step's loss before it, each batch's times its scale.
    loss_before: f64,
}

/// What goes to the device with a batch.
#[derive(Debug)]
struct Staging {
    indices: Indices,
    features: Vec<f32>,
}

impl CudaBackend {
    /// For a model of `plan`, whose numbers are all 0, on a runtime of its own; `bf16`: products take bfloat16.
    ///
    /// # Errors
    /// A shape that the kernels do not take; too little memory.
    pub(in crate::engine) fn new(plan: &ModelPlan, runtime: Box<dyn Runtime>, bf16: bool) -> Result<Self, EngineError> {
        check(plan)?;
        let bytes = Memory::bytes_of(plan, bf16) + bytes_of_score_gradients(plan) + LossMemory::bytes_of(plan);
        // whichever buffer is refused, the error names the whole need
        Self::allocated(plan, runtime, bf16, bytes).map_err(|error| match error {
            EngineError::GpuMemory { .. } => EngineError::GpuMemory { bytes },
            other => other,
        })
    }

    fn allocated(plan: &ModelPlan, runtime: Box<dyn Runtime>, bf16: bool, bytes: usize) -> Result<Self, EngineError> {
        let tokens = plan.workspace.capacity.tokens;
        let memory = Memory::new(&*runtime, plan, bf16)?;
        let optimizer = Optimizer::new(&*runtime, plan)?;
        let losses = LossMemory::new(&*runtime, plan)?;
        let indices = Indices::new(&*runtime, plan)?;
        let zeros = |bytes| Buffer::zeros(&*runtime, bytes);
        Ok(Self {
            score_gradients: zeros(bytes_of_score_gradients(plan))?,
            predictions: zeros(size_of::<Record>() + tokens * size_of::<u32>())?,
            records: zeros(RECORDS * size_of::<Record>())?,
            reported: 0,
            read: Vec::new(),
            last: LastBatch::default(),
            staging: RefCell::new(Staging { indices, features: Vec::new() }),
            bytes,
            memory,
            optimizer,
            losses,
            runtime,
        })
    }

    /// Offset of the current step's record among the records, in bytes.
    fn record_offset(&self) -> usize {
        self.steps() as usize % RECORDS * size_of::<Record>()
    }

    fn record(&self) -> Address {
        self.records.at(self.record_offset(), size_of::<Record>())
    }

    /// Reads records before further ones take their places.
    fn make_room(&mut self) -> Result<(), EngineError> {
        if self.steps() - self.reported == RECORDS as u64 {
            let mut read = std::mem::take(&mut self.read);
            self.drain(&mut read)?;
            self.read = read;
        }
        Ok(())
    }

    /// Runs `work` on the batch whose integers are in `staging`.
    fn run(&self, staging: &mut Staging, work: impl FnOnce(&mut Cuda<'_>)) -> Result<(), EngineError> {
        let mut cuda = Cuda {
            runtime: &*self.runtime,
            memory: &self.memory,
            batch: staging.indices.addresses,
            score_gradients: &self.score_gradients,
            features: &mut staging.features,
            failed: None,
        };
        work(&mut cuda);
        cuda.finish()
    }

    /// Sends `batch` and runs `work` on it; if `learn`, with what the gradients of `plan`'s embeddings need.
    fn pass(
        &self,
        plan: &ModelPlan,
        batch: &Batch,
        learn: bool,
        work: impl FnOnce(&mut Cuda<'_>),
    ) -> Result<(), EngineError> {
        let staging = &mut *self.staging.borrow_mut();
        let groups_from = (learn && plan.learning.tables).then_some(plan.config.first_position);
        staging.indices.send(&*self.runtime, batch, groups_from)?;
        self.run(staging, work)
    }

    /// Clears the gradients of the embedding tables, to which backward only adds.
    fn clear_embeddings(&self, plan: &ModelPlan) -> Result<(), EngineError> {
        if !plan.learning.tables {
            return Ok(());
        }
        let embeddings = &plan.layout.embeddings;
        let relative = embeddings.relative.map(|relative| relative.table);
        let tables = [embeddings.word, embeddings.position, embeddings.segment].into_iter().chain(relative);
        tables
            .filter(|table| table.len > 0)
            .try_for_each(|table| self.memory.clear(&*self.runtime, plan.gradient(table)))
    }

    /// Sets floats, and of parameters the copies that products read.
    fn set(&self, span: Span, values: &[f32]) -> Result<(), EngineError> {
        self.memory.upload(&*self.runtime, span, values)?;
        if self.memory.is_parameter(span) {
            self.run(&mut self.staging.borrow_mut(), |cuda| cuda.refresh_bf16(span))?;
        }
        Ok(())
    }
}

impl Backend for CudaBackend {
    fn runs_ahead(&self) -> bool {
        true
    }

    /// Arena, copies and score gradients.
    fn bytes(&self) -> usize {
        self.bytes
    }

    fn steps(&self) -> u64 {
        self.optimizer.steps
    }

    fn accumulate(
        &mut self,
        plan: &ModelPlan,
        batch: &Batch,
        masks: &Masks,
        target: Target<'_>,
        write: Write,
    ) -> Result<(), EngineError> {
        self.last.scale = target.scale;
        self.losses.prepare(&*self.runtime, target)?;
        if write == Write::Set {
            self.last.loss_before = 0.0;
            self.make_room()?;
            self.clear_embeddings(plan)?;
        }
        let record = self.record();
        self.pass(plan, batch, true, |cuda| {
            let logits = Pass { plan, device: cuda, batch, masks }.forward();
            self.losses.run(cuda, plan, Place { logits, record }, target, write);
            Pass { plan, device: cuda, batch, masks }.backward(write);
        })
    }

    fn wait_for_loss(&mut self) -> Result<f64, EngineError> {
        let mut words = [0; RECORD];
        self.records.download(&*self.runtime, self.record_offset(), &mut words)?;
        let loss = record_of(words).loss;
        if !loss.is_finite() {
            return Err(EngineError::NotFinite { what: "loss", step: self.steps() + 1 });
        }
        let before = std::mem::replace(&mut self.last.loss_before, loss);
        Ok((loss - before) / self.last.scale)
    }

    fn step(&mut self, plan: &ModelPlan, options: &AdamW, rates: Rates, accumulated: bool) -> Result<(), EngineError> {
        if !accumulated {
            self.make_room()?;
            self.memory.clear(&*self.runtime, plan.workspace.gradients)?;
            self.records.clear(&*self.runtime, self.record_offset(), size_of::<Record>())?;
        }
        let record = self.record();
        self.optimizer.begin(&*self.runtime, options, rates)?;
        self.run(&mut self.staging.borrow_mut(), |cuda| self.optimizer.step(cuda, options, record))
    }

    fn average(&mut self, average: Span, parameters: Span, averaging: Averaging) -> Result<(), EngineError> {
        let (weight, count) = match averaging {
            Averaging::Toward(weight) => (weight, 0.0),
            Averaging::Mean(count) => (0.0, count as f32),
        };
        let (len, [average, parameters]) = (average.len, [average, parameters].map(|span| self.memory.at(span)));
        let arguments = Average { average, parameters, len: len as u32, weight, count };
        self.run(&mut self.staging.borrow_mut(), |cuda| cuda.run(Blocks::elements(len), arguments))
    }

    /// Through the host: it is for evaluations, which are few.
    fn exchange(&mut self, parameters: Span, other: Span) -> Result<(), EngineError> {
        let [ours, theirs] = [parameters, other].map(|span| self.memory.download(&*self.runtime, span));
        self.set(parameters, &theirs?)?;
        self.set(other, &ours?)
    }

    fn drain(&mut self, steps: &mut Vec<StepStats>) -> Result<(), EngineError> {
        steps.append(&mut self.read);
        if self.reported == self.steps() {
            return Ok(());
        }
        let mut words = [0; RECORDS * RECORD];
        self.records.download(&*self.runtime, 0, &mut words)?;
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
            steps.push(StepStats { loss, grad_norm: norm });
            self.reported += 1;
        }
        Ok(())
    }

    fn classify(
        &self,
        plan: &ModelPlan,
        batch: &Batch,
        classes: &mut Vec<u16>,
        with_loss: bool,
    ) -> Result<f64, EngineError> {
        let (rows, masks) = (batch.selected.len(), Masks::none(&plan.config));
        let record = self.predictions.at(0, size_of::<Record>());
        let found = self.predictions.at(size_of::<Record>(), rows * size_of::<u32>());
        self.pass(plan, batch, false, |cuda| {
            let logits = Pass { plan, device: cuda, batch, masks: &masks }.forward();
            if with_loss {
                let plain = plain(cuda, plan, Place { logits, record });
                cuda.run(Blocks::each(1), plain);
            }
            let (logits, width) = (self.memory.at(logits), plan.labels as u32);
            cuda.run(Blocks::elements(rows), Argmax { classes: found, logits, rows: rows as u32, width });
        })?;
        let mut words = vec![0; RECORD + rows];
        self.predictions.download(&*self.runtime, 0, &mut words)?;
        let (record, found) = words.split_first_chunk().expect("a record and more");
        classes.extend(found.iter().map(|class| *class as u16));
        Ok(if with_loss { record_of(*record).loss } else { 0.0 })
    }

    fn infer(&self, plan: &ModelPlan, batch: &Batch, output: Span, values: &mut Vec<f32>) -> Result<(), EngineError> {
        let masks = Masks::none(&plan.config);
        self.pass(plan, batch, false, |cuda| {
            Pass { plan, device: cuda, batch, masks: &masks }.forward();
        })?;
        values.extend(self.memory.download(&*self.runtime, output)?);
        Ok(())
    }

    fn read(&self, spans: &[Span], read: &mut dyn FnMut(&[&[f32]])) -> Result<(), EngineError> {
        let values = spans.iter().map(|span| self.memory.download(&*self.runtime, *span));
        let values = values.collect::<Result<Vec<_>, _>>()?;
        read(&values.iter().map(Vec::as_slice).collect::<Vec<_>>());
        Ok(())
    }

    fn write(&mut self, spans: &[Span], fill: &mut dyn FnMut(&mut [&mut [f32]])) -> Result<(), EngineError> {
        let mut values: Vec<Vec<f32>> = spans.iter().map(|span| vec![0.0; span.len]).collect();
        fill(&mut values.iter_mut().map(Vec::as_mut_slice).collect::<Vec<_>>());
        spans.iter().zip(&values).try_for_each(|(span, values)| self.set(*span, values))
    }

    fn resume(&mut self, steps: u64) -> Result<(), EngineError> {
        self.optimizer.steps = steps;
        self.reported = steps;
        Ok(())
    }

    fn tensor(&self, span: Span, shape: &[usize]) -> Result<Tensor, EngineError> {
        let values = self.memory.download(&*self.runtime, span)?;
        Ok(Tensor::from_vec(values, shape, &candle_core::Device::Cpu)?)
    }
}

/// Whether the kernels take a model and its batches.
fn check(plan: &ModelPlan) -> Result<(), EngineError> {
    let (config, capacity) = (&plan.config, plan.workspace.capacity);
    let width = config.hidden / config.heads;
    if width > WIDEST_HEAD as usize {
        return Err(EngineError::Shape(format!("head size {width} (at most {WIDEST_HEAD})")));
    }
    // parameters then begin at multiples of four floats, which AdamW loads at once
    if !config.hidden.is_multiple_of(4) {
        return Err(EngineError::Shape(format!("hidden size {} (must be a multiple of 4)", config.hidden)));
    }
    let unfolded = config.convolution.map_or(0, |convolution| convolution.width * config.hidden);
    let widest = (3 * config.hidden).max(config.up_width()).max(unfolded);
    if capacity.attention_weights.max(capacity.tokens * widest) > u32::MAX as usize {
        return Err(EngineError::Shape("a batch of this size (lower train.batch_size or model.max_length)".to_owned()));
    }
    Ok(())
}

/// Bytes of the gradients of a layer's attention weights; 0 if no layer has a backward pass.
fn bytes_of_score_gradients(plan: &ModelPlan) -> usize {
    if plan.encoder_learns() { plan.workspace.capacity.attention_weights * size_of::<f32>() } else { 0 }
}

fn record_of(words: [u32; RECORD]) -> Record {
    let [a, b, c, d] = words;
    let wide = |low: u32, high: u32| f64::from_bits(u64::from(high) << 32 | u64::from(low));
    Record { loss: wide(a, b), norm: wide(c, d) }
}
