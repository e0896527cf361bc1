//! What runs kernels: a GPU, or in the tests an emulator of one. Knows nothing of models.

use std::fmt::Debug;

use crate::engine::error::EngineError;
use crate::engine::product::{Shape, Write};

use super::arguments::Arguments;

/// An address in the device's memory. Safe code gets one from a runtime, and cannot make one up:
///
/// ```compile_fail
/// let nowhere = runner::engine::cuda::Address(4096);
/// ```
///
/// ```compile_fail,E0133
/// let nowhere = runner::engine::cuda::Address::new(4096);
/// ```
#[repr(transparent)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Address(u64);

impl Address {
    /// Nothing is there.
    pub const NONE: Self = Self(0);

    /// The address of this number.
    ///
    /// # Safety
    /// It lies in a buffer that the runtime handed out, or right behind one.
    pub const unsafe fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    pub fn number(self) -> u64 {
        self.0
    }
}

/// Blocks, and threads of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// Blocks in two dimensions.
    pub blocks: [u32; 2],
    /// Threads of a block, a multiple of 32.
    pub threads: u32,
}

/// One of a linear layer's three products.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Product {
    /// y = x·Wᵗ: a is x, b is W.
    Forward,
    /// ∂x = ∂y·W: a is ∂y, b is W.
    InputGradient,
    /// ∂W = ∂yᵗ·x: a is ∂y, b is x.
    WeightGradient,
}

/// The operands of a product, row-major.
#[derive(Debug, Clone, Copy)]
pub struct Operands {
    /// Float32.
    pub out: Address,
    /// Float32, or bfloat16 if `bf16`.
    pub a: Address,
    /// As `a`.
    pub b: Address,
    /// Whether `a` and `b` are bfloat16; sums are float32 in any case.
    pub bf16: bool,
}

/// One engine's part of a device: memory, and work done in order.
pub trait Runtime: Debug + Send {
    /// A buffer of zeros, which lives as long as the runtime.
    ///
    /// # Errors
    /// Too little memory.
    fn zeros(&self, bytes: usize) -> Result<Address, EngineError>;

    /// Runs a kernel on `grid`; see [`launch`].
    ///
    /// # Errors
    /// Those of the device.
    ///
    /// # Safety
    /// `arguments` points to the kernel's structure, and the buffers that it names are as large as the kernel takes
    /// them.
    unsafe fn launch(&self, kernel: &'static str, grid: Grid, arguments: *const u8) -> Result<(), EngineError>;

    /// A product of a linear layer of `shape`.
    ///
    /// # Errors
    /// Those of the device.
    ///
    /// # Safety
    /// The operands lie in this runtime's buffers and are of that shape.
    unsafe fn product(
        &self,
        product: Product,
        operands: Operands,
        shape: Shape,
        write: Write,
    ) -> Result<(), EngineError>;

    /// Copies words to the device, in order with all other work; the slice may change once the call returns.
    ///
    /// # Errors
    /// Those of the device.
    ///
    /// # Safety
    /// As many words from `to` on lie in one of this runtime's buffers.
    unsafe fn upload(&self, to: Address, words: &[u32]) -> Result<(), EngineError>;

    /// Copies from the device once all work so far is done.
    ///
    /// # Errors
    /// Those of the device.
    ///
    /// # Safety
    /// As many words from `from` on lie in one of this runtime's buffers.
    unsafe fn download(&self, from: Address, words: &mut [u32]) -> Result<(), EngineError>;

    /// Sets bytes to zero, in order with all other work.
    ///
    /// # Errors
    /// Those of the device.
    ///
    /// # Safety
    /// As many bytes from `at` on lie in one of this runtime's buffers.
    unsafe fn clear(&self, at: Address, bytes: usize) -> Result<(), EngineError>;
}

/// Runs the kernel that takes `arguments`.
///
/// # Errors
/// Those of the device.
///
/// # Safety
/// The buffers that the arguments name are as large as they say.
pub unsafe fn launch<A: Arguments>(runtime: &dyn Runtime, grid: Grid, arguments: &A) -> Result<(), EngineError> {
    // SAFETY: as the caller says; the structure is the kernel's.
    unsafe { runtime.launch(A::KERNEL, grid, std::ptr::from_ref(arguments).cast()) }
}
