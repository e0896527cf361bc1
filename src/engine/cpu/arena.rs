//! The candle tensor that holds all numbers of a model on the CPU, and mutable access to it.

use std::cell::RefCell;

use candle_core::{CpuStorage, Device, InplaceOp1, Tensor};

use crate::model::Span;

use super::team::with_team;
use crate::engine::error::EngineError;

/// Bytes of a cache line, at which the arena starts.
const LINE: usize = 64;

/// A flat float32 buffer.
#[derive(Debug)]
pub(super) struct Arena {
    tensor: Tensor,
    /// Elements before the first, for alignment.
    offset: usize,
}

impl Arena {
    /// `len` zeros.
    ///
    /// # Errors
    /// Too little memory.
    pub(super) fn zeros(len: usize) -> Result<Self, EngineError> {
        let values = zeros(len.saturating_add(LINE / size_of::<f32>()))?;
        let shape = values.len();
        let mut arena = Self { tensor: Tensor::from_vec(values, shape, &Device::Cpu)?, offset: 0 };
        arena.offset = arena.with(|values| values.as_ptr().align_offset(LINE))?;
        Ok(arena)
    }

    /// Runs `work` on the values.
    ///
    /// # Errors
    /// candle's.
    pub(super) fn with<R>(&self, work: impl FnOnce(&mut [f32]) -> R) -> Result<R, EngineError> {
        let offset = self.offset;
        let work = |values: &mut [f32]| work(&mut values[offset..]);
        let pass = Pass { work: RefCell::new(Some(work)), result: RefCell::new(None) };
        self.tensor.inplace_op1(&pass)?;
        Ok(pass.result.into_inner().expect("candle ran the operation"))
    }

    /// [`Arena::with`], during which the threads of the current rayon pool wait for tasks.
    ///
    /// # Errors
    /// As there.
    pub(super) fn pass<R>(&self, work: impl FnOnce(&mut [f32]) -> R) -> Result<R, EngineError> {
        self.with(|memory| with_team(|| work(memory)))
    }

    /// A span as a tensor of `shape` that shares the arena's memory.
    ///
    /// # Errors
    /// The shape is not of the span's length.
    pub(super) fn view(&self, span: Span, shape: &[usize]) -> Result<Tensor, EngineError> {
        Ok(self.tensor.narrow(0, self.offset + span.start, span.len)?.reshape(shape)?)
    }
}

/// `len` zeros, in pages that the system provides when they are first written. A refusal is an error, not an abort.
fn zeros(len: usize) -> Result<Vec<f32>, EngineError> {
    let refused = || EngineError::Memory { bytes: len.saturating_mul(size_of::<f32>()) };
    let layout = std::alloc::Layout::array::<f32>(len).map_err(|_| refused())?;
    if layout.size() == 0 {
        return Ok(Vec::new());
    }
    // SAFETY: the layout's size is not zero.
    let start = unsafe { std::alloc::alloc_zeroed(layout) }.cast::<f32>();
    if start.is_null() {
        return Err(refused());
    }
    // SAFETY: the global allocator returned `start` for an array of `len` floats; zero bits are 0.0.
    Ok(unsafe { Vec::from_raw_parts(start, len, len) })
}

/// A closure as an in-place operation of candle, which is how one reaches a tensor's memory.
struct Pass<F, R> {
    work: RefCell<Option<F>>,
    result: RefCell<Option<R>>,
}

impl<R, F: FnOnce(&mut [f32]) -> R> InplaceOp1 for Pass<F, R> {
    fn name(&self) -> &'static str {
        "engine pass"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, _: &candle_core::Layout) -> candle_core::Result<()> {
        let CpuStorage::F32(values) = storage else {
            candle_core::bail!("the arena holds float32");
        };
        let work = self.work.borrow_mut().take().expect("candle runs an operation once");
        *self.result.borrow_mut() = Some(work(values));
        Ok(())
    }
}
