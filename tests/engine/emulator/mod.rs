//! An emulator of a GPU: the kernels compiled for the host, their blocks and threads run one after the other. Its
//! memory is the host's, with guards around every buffer; its products are those of the CPU.

mod library;

use std::ffi::CString;
use std::sync::Mutex;

use half::bf16;
use runner::engine::cpu::products;
use runner::engine::cuda::{Address, Grid, Operands, Product, Runtime};
use runner::engine::{Device, EngineError};
use runner::engine::{Shape, Write};

use library::Library;

/// An emulator, or the real GPU whose number `RUNNER_TEST_GPU` is. `reversed`: blocks and threads run in descending order;
/// on a GPU as it comes.
pub(crate) fn runtime(reversed: bool) -> Box<dyn Runtime> {
    real().unwrap_or_else(|| Box::new(Emulator::ordered(reversed)))
}

/// [`runtime`] for an engine; `bf16`: products take bfloat16.
pub(crate) fn device(bf16: bool) -> Device {
    Device::Cuda { runtime: runtime(false), bf16 }
}

/// [`device`], whose blocks and threads run in another order.
pub(crate) fn reversed_device(bf16: bool) -> Device {
    Device::Cuda { runtime: runtime(true), bf16 }
}

/// Whether [`runtime`] is a real GPU.
pub(crate) fn is_real() -> bool {
    std::env::var_os("RUNNER_TEST_GPU").is_some()
}

/// The GPU that is named, if one is.
#[cfg(feature = "cuda")]
fn real() -> Option<Box<dyn Runtime>> {
    let index = std::env::var("RUNNER_TEST_GPU").ok()?.parse().expect("RUNNER_TEST_GPU is a GPU's number");
    Some(Box::new(runner::engine::cuda::Gpu::new(index).expect("the GPU that RUNNER_TEST_GPU names")))
}

/// None is built in.
#[cfg(not(feature = "cuda"))]
fn real() -> Option<Box<dyn Runtime>> {
    assert!(!is_real(), "RUNNER_TEST_GPU names a GPU, and the tests are built without the feature `cuda`");
    None
}

/// A line of memory, as aligned as a device's memory is.
#[repr(C, align(64))]
#[derive(Debug, Clone, Copy)]
struct Line([u8; 64]);

/// Lines before and behind each buffer.
const GUARDS: usize = 4;
/// What they hold: a float that is no number, and of which any sum is another.
const GUARD: [u8; 4] = 0xffa5_a5a5_u32.to_le_bytes();

/// A device that is none.
#[derive(Debug)]
pub(crate) struct Emulator {
    library: &'static Library,
    reversed: bool,
    buffers: Mutex<Vec<Buffer>>,
}

/// A buffer between its guards.
#[derive(Debug)]
struct Buffer {
    /// Address of its first line, which is one of the guard.
    start: usize,
    /// Lines, those of the guards included.
    lines: usize,
    /// Its own bytes.
    bytes: usize,
}

impl Emulator {
    /// One whose blocks and threads run in ascending order.
    ///
    /// # Panics
    /// The kernels do not compile.
    pub(crate) fn new() -> Self {
        Self::ordered(false)
    }

    /// One whose blocks and threads run in descending order: whatever depends on the order gives other bits.
    pub(crate) fn reversed() -> Self {
        Self::ordered(true)
    }

    fn ordered(reversed: bool) -> Self {
        Self { library: Library::get(), reversed, buffers: Mutex::default() }
    }

    /// Refuses a copy that does not lie in one buffer, as a runtime does.
    fn check(&self, at: Address, bytes: usize) -> Result<(), EngineError> {
        let (from, to) = (at.number() as usize, (at.number() as usize).saturating_add(bytes));
        let holds = |buffer: &Buffer| {
            let start = buffer.start + GUARDS * size_of::<Line>();
            from >= start && to <= start + buffer.bytes
        };
        let held = bytes == 0 || self.buffers.lock().expect("no test failed in here").iter().any(holds);
        if held { Ok(()) } else { Err(refused(format!("CUDA_ERROR_INVALID_VALUE: {bytes} bytes lie in no buffer"))) }
    }

    /// The size of a kernel's arguments as it is compiled; 0 where there is none.
    pub(crate) fn arguments_of(&self, kernel: &str) -> usize {
        self.library.arguments_of(&CString::new(kernel).expect("a name"))
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        for buffer in std::mem::take(&mut *self.buffers.lock().expect("no test failed in here")) {
            let start = std::ptr::with_exposed_provenance_mut::<Line>(buffer.start);
            // SAFETY: `zeros` leaked it, and nothing uses it any longer.
            let lines = unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(start, buffer.lines)) };
            let bytes = lines.iter().flat_map(|line| line.0).enumerate();
            let before = GUARDS * size_of::<Line>();
            let mut beside = bytes.filter(|(at, _)| !(before..before + buffer.bytes).contains(at));
            let whole = beside.all(|(at, byte)| byte == GUARD[at % 4]);
            assert!(whole || std::thread::panicking(), "a kernel wrote beside a buffer");
        }
    }
}

impl Runtime for Emulator {
    fn zeros(&self, bytes: usize) -> Result<Address, EngineError> {
        let lines = bytes.div_ceil(size_of::<Line>()) + 2 * GUARDS;
        let buffer = vec![Line(std::array::from_fn(|at| GUARD[at % 4])); lines].into_boxed_slice();
        let start = Box::into_raw(buffer).cast::<Line>().expose_provenance();
        self.buffers.lock().expect("no test failed in here").push(Buffer { start, lines, bytes });
        // SAFETY: behind the guard begins the buffer.
        let at = unsafe { Address::new((start + GUARDS * size_of::<Line>()) as u64) };
        // SAFETY: all of it.
        unsafe { self.clear(at, bytes) }?;
        Ok(at)
    }

    unsafe fn launch(&self, kernel: &'static str, grid: Grid, arguments: *const u8) -> Result<(), EngineError> {
        let name = CString::new(kernel).expect("a name");
        // SAFETY: as the caller says.
        let code = unsafe { self.library.launch(&name, grid, arguments, self.reversed) };
        match code {
            0 => Ok(()),
            1 => Err(refused(format!("there is no kernel {kernel}"))),
            _ => Err(refused(format!("{kernel} is not compiled for blocks of {} threads", grid.threads))),
        }
    }

    unsafe fn product(
        &self,
        product: Product,
        operands: Operands,
        shape: Shape,
        write: Write,
    ) -> Result<(), EngineError> {
        let Shape { tokens, inputs, outputs } = shape;
        let [x, y, w] = [tokens * inputs, tokens * outputs, outputs * inputs];
        let [out_len, a_len, b_len] = match product {
            Product::Forward => [y, x, w],
            Product::InputGradient => [x, y, w],
            Product::WeightGradient => [w, y, x],
        };
        // SAFETY: the operands are there, of that shape, as the caller says.
        let (a, b) = unsafe { (operand(operands.a, a_len, operands.bf16), operand(operands.b, b_len, operands.bf16)) };
        // SAFETY: as above; no operand lies within the output.
        let out = unsafe { floats_at(operands.out, out_len) };
        match product {
            Product::Forward if write == Write::Add => {
                let mut sum = vec![0.0; out_len];
                products::forward(&mut sum, &a, &b, None, shape);
                out.iter_mut().zip(sum).for_each(|(out, sum)| *out += sum);
            }
            Product::Forward => products::forward(out, &a, &b, None, shape),
            Product::InputGradient => products::input_gradient(out, &a, &b, shape, write),
            Product::WeightGradient => products::weight_gradient(out, &a, &b, shape, write, None),
        }
        Ok(())
    }

    unsafe fn upload(&self, to: Address, words: &[u32]) -> Result<(), EngineError> {
        self.check(to, size_of_val(words))?;
        // SAFETY: of a buffer, as was checked.
        let to = unsafe { bytes_at(to, size_of_val(words)) };
        to.copy_from_slice(bytemuck::cast_slice(words));
        Ok(())
    }

    unsafe fn download(&self, from: Address, words: &mut [u32]) -> Result<(), EngineError> {
        self.check(from, size_of_val(words))?;
        // SAFETY: as above.
        let from = unsafe { bytes_at(from, size_of_val(words)) };
        bytemuck::cast_slice_mut(words).copy_from_slice(from);
        Ok(())
    }

    unsafe fn clear(&self, at: Address, bytes: usize) -> Result<(), EngineError> {
        self.check(at, bytes)?;
        // SAFETY: as was checked.
        unsafe { bytes_at(at, bytes) }.fill(0);
        Ok(())
    }
}

fn refused(message: String) -> EngineError {
    EngineError::Device(candle_core::Error::Msg(message))
}

/// # Safety
/// They lie in a buffer, and nobody else uses them.
unsafe fn bytes_at<'a>(at: Address, len: usize) -> &'a mut [u8] {
    // SAFETY: as the caller says.
    unsafe { std::slice::from_raw_parts_mut(std::ptr::with_exposed_provenance_mut(at.number() as usize), len) }
}

/// # Safety
/// As [`bytes_at`], aligned.
unsafe fn floats_at<'a>(at: Address, len: usize) -> &'a mut [f32] {
    // SAFETY: as the caller says.
    unsafe { std::slice::from_raw_parts_mut(std::ptr::with_exposed_provenance_mut(at.number() as usize), len) }
}

/// An operand of a product, widened.
///
/// # Safety
/// As [`bytes_at`], aligned.
unsafe fn operand(at: Address, len: usize, bf16: bool) -> Vec<f32> {
    if bf16 {
        let from = std::ptr::with_exposed_provenance::<bf16>(at.number() as usize);
        // SAFETY: as the caller says.
        unsafe { std::slice::from_raw_parts(from, len) }.iter().map(|value| value.to_f32()).collect()
    } else {
        // SAFETY: as the caller says.
        unsafe { floats_at(at, len) }.to_vec()
    }
}
