//! The runtime of a real GPU: memory in candle tensors on a candle device, whose stream runs our kernels and whose cuBLAS
//! handle runs the products. Knows nothing of models.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ffi::{CString, c_int, c_void};
use std::fmt::Display;
use std::panic::catch_unwind;
use std::sync::{Arc, Mutex, PoisonError};

use candle_core::cuda_backend::CudaDevice;
use candle_core::cuda_backend::cudarc::cublas::{result as blas, sys as blas_sys};
use candle_core::cuda_backend::cudarc::driver::{
    CudaContext, CudaEvent, CudaStream, DevicePtr, PinnedHostSlice, result as cuda, sys,
};
use candle_core::{DType, Storage, Tensor};

use crate::engine::error::EngineError;
use crate::engine::product::{Shape, Write};

use super::arguments::kernels;
use super::runtime::{Address, Grid, Operands, Product, Runtime};

/// The kernels, for each architecture that the build script names, and as PTX for later ones.
static FATBIN: &Aligned<[u8]> = &Aligned(*include_bytes!(concat!(env!("OUT_DIR"), "/kernels.fatbin")));

/// Bytes that start at a cache line.
#[repr(C, align(64))]
struct Aligned<T: ?Sized>(T);

/// Bytes of cuBLAS's workspace: its own default on Hopper. A fixed size makes its choice of algorithms, and so the bits,
/// independent of what else is on the GPU.
const WORKSPACE: usize = 32 << 20;

/// Copies that may be on their way to the GPU at a time.
const SLOTS: usize = 8;

/// Most words of a copy from a page-locked buffer. Longer copies are waited for: those that start or restore a training,
/// and the features of very large batches.
const LONGEST: usize = 1 << 20;

/// A GPU's part in one job: a stream, a cuBLAS handle and memory of its own.
#[derive(Debug)]
pub struct Gpu {
    device: CudaDevice,
    stream: Arc<CudaStream>,
    kernels: Arc<Kernels>,
    /// The memory handed out, which lives as long as this.
    buffers: RefCell<Vec<Tensor>>,
    slots: RefCell<Slots>,
    /// Whether a call failed.
    broken: Cell<bool>,
}

/// The kernels on one GPU.
#[derive(Debug)]
struct Kernels {
    /// They live as long as their context.
    context: Arc<CudaContext>,
    functions: HashMap<&'static str, sys::CUfunction>,
}

// SAFETY: function handles may be used from any thread in which their context is current.
unsafe impl Send for Kernels {}
// SAFETY: as above; they never change.
unsafe impl Sync for Kernels {}

/// Page-locked buffers, used in turn.
#[derive(Debug, Default)]
struct Slots {
    all: Vec<Slot>,
    next: usize,
}

#[derive(Debug)]
struct Slot {
    words: PinnedHostSlice<u32>,
    /// The copy out of it.
    done: CudaEvent,
}

impl Gpu {
    /// The GPU `index`, in CUDA's order.
    ///
    /// # Errors
    /// There is no such device, or a library is missing.
    pub fn new(index: usize) -> Result<Self, EngineError> {
        // the binding to a missing library panics
        let device = catch_unwind(|| CudaDevice::new_with_stream(index))
            .map_err(|_| gpu("a CUDA library is missing"))?
            .map_err(|error| match is_memory(&error) {
                true => gpu("its memory is full: another process uses it"),
                false => EngineError::Device(error),
            })?;
        let stream = device.cuda_stream();
        let kernels = Kernels::on(stream.context())?;
        // SAFETY: only this stream uses this job's memory.
        unsafe { device.disable_event_tracking() };
        let (buffers, slots, broken) = Default::default();
        let gpu = Self { device, stream, kernels, buffers, slots, broken };
        let workspace = gpu.zeros(WORKSPACE)?;
        let handle = *gpu.device.cublas_handle().handle();
        // SAFETY: the workspace lives as long as the handle.
        let set = unsafe { blas_sys::cublasSetWorkspace_v2(handle, workspace.number() as *mut c_void, WORKSPACE) };
        gpu.checked(set.result())?;
        Ok(gpu)
    }

    /// A call's result; a failure is remembered.
    fn checked<T>(&self, result: Result<T, impl Display>) -> Result<T, EngineError> {
        result.map_err(|error| {
            self.broken.set(true);
            gpu_error(error)
        })
    }

    fn bind(&self) -> Result<(), EngineError> {
        self.checked(self.stream.context().bind_to_thread())
    }

    /// Copies through a page-locked buffer, once its last copy is done.
    fn upload_ahead(&self, to: Address, words: &[u32]) -> Result<(), cuda::DriverError> {
        let context = self.stream.context();
        let mut slots = self.slots.borrow_mut();
        let at = slots.next;
        let room = words.len().next_power_of_two().max(1 << 12);
        if at == slots.all.len() || slots.all[at].words.len() < words.len() {
            // SAFETY: it is written before it is copied.
            let words = unsafe { context.alloc_pinned(room) }?;
            let slot = Slot { words, done: context.new_event(None)? };
            match slots.all.get_mut(at) {
                Some(old) => *old = slot,
                None => slots.all.push(slot),
            }
        }
        slots.next = (at + 1) % SLOTS;
        let slot = &mut slots.all[at];
        slot.done.synchronize()?;
        let buffer = &mut slot.words.as_mut_slice()?[..words.len()];
        buffer.copy_from_slice(words);
        // SAFETY: the buffer is not written again before the copy is done.
        unsafe { cuda::memcpy_htod_async(to.number(), buffer, self.stream.cu_stream()) }?;
        slot.done.record(&self.stream)
    }
}

impl Drop for Slot {
    /// Waits for the copy out of the buffer.
    fn drop(&mut self) {
        // a GPU that no longer responds no longer copies
        let _ = self.done.synchronize();
    }
}

impl Drop for Gpu {
    /// After a failed call destroying the handles may fail, too, and the bindings then panic. The handles are kept to the
    /// end of the process instead, so that the first failure is reported.
    fn drop(&mut self) {
        if self.broken.get() {
            std::mem::forget(self.device.clone());
        }
    }
}

impl Kernels {
    /// The kernels on a GPU, loaded once.
    fn on(context: &Arc<CudaContext>) -> Result<Arc<Self>, EngineError> {
        static LOADED: Mutex<Vec<Arc<Kernels>>> = Mutex::new(Vec::new());
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kernels) = loaded.iter().find(|kernels| kernels.context.ordinal() == context.ordinal()) {
            return Ok(kernels.clone());
        }
        context.bind_to_thread().map_err(gpu_error)?;
        // SAFETY: the compiler made the image.
        let module = unsafe { cuda::module::load_data(FATBIN.0.as_ptr().cast()) }.map_err(gpu_error)?;
        let function = |(name, _): (&'static str, usize)| {
            let text = CString::new(name).expect("a name without zeros");
            // SAFETY: the module is loaded.
            Ok((name, unsafe { cuda::module::get_function(module, text) }.map_err(gpu_error)?))
        };
        let functions = kernels().map(function).collect::<Result<_, EngineError>>()?;
        let kernels = Arc::new(Self { context: context.clone(), functions });
        loaded.push(kernels.clone());
        Ok(kernels)
    }
}

impl Runtime for Gpu {
    fn zeros(&self, bytes: usize) -> Result<Address, EngineError> {
        let refused = |error: candle_core::Error| match is_memory(&error) {
            true => EngineError::GpuMemory { bytes },
            false => EngineError::Device(error),
        };
        let device = candle_core::Device::Cuda(self.device.clone());
        let tensor = Tensor::zeros(bytes.max(1), DType::U8, &device).map_err(refused)?;
        let address = {
            let (storage, _) = tensor.storage_and_layout();
            let Storage::Cuda(storage) = &*storage else { unreachable!("the tensor was made on a GPU") };
            let slice = storage.as_cuda_slice::<u8>()?;
            let (address, _) = slice.device_ptr(&self.stream);
            address
        };
        self.buffers.borrow_mut().push(tensor);
        // SAFETY: the tensor's memory starts there, and lives as long as this.
        Ok(unsafe { Address::new(address) })
    }

    unsafe fn launch(&self, kernel: &'static str, grid: Grid, arguments: *const u8) -> Result<(), EngineError> {
        self.bind()?;
        let function = self.kernels.functions[kernel];
        let [x, y] = grid.blocks;
        let mut parameters = [arguments.cast_mut().cast::<c_void>()];
        // SAFETY: as the caller says; the driver copies the arguments before the call returns.
        let launched = unsafe {
            cuda::launch_kernel(function, (x, y, 1), (grid.threads, 1, 1), 0, self.stream.cu_stream(), &mut parameters)
        };
        self.checked(launched)
    }

    unsafe fn product(
        &self,
        product: Product,
        operands: Operands,
        shape: Shape,
        write: Write,
    ) -> Result<(), EngineError> {
        use blas_sys::cublasOperation_t::{CUBLAS_OP_N as PLAIN, CUBLAS_OP_T as TRANSPOSED};
        self.bind()?;
        let Shape { tokens, inputs, outputs } = shape;
        if tokens == 0 || inputs == 0 || outputs == 0 {
            return Ok(());
        }
        let Operands { out, a, b, bf16 } = operands;
        // cuBLAS's matrices are column-major, so that to it ours are transposed and the second operand comes first
        let ((first, second), [m, n, k], leading) = match product {
            Product::Forward => ((TRANSPOSED, PLAIN), [outputs, tokens, inputs], [inputs, inputs, outputs]),
            Product::InputGradient => ((PLAIN, PLAIN), [inputs, tokens, outputs], [inputs, outputs, inputs]),
            Product::WeightGradient => ((PLAIN, TRANSPOSED), [inputs, outputs, tokens], [inputs, outputs, inputs]),
        };
        let [m, n, k] = [m, n, k].map(|size| size as c_int);
        let [of_first, of_second, of_out] = leading.map(|size| size as c_int);
        let (one, kept) = (1.0f32, if write == Write::Add { 1.0f32 } else { 0.0 });
        let kind = if bf16 { blas_sys::cudaDataType_t::CUDA_R_16BF } else { blas_sys::cudaDataType_t::CUDA_R_32F };
        let float = blas_sys::cudaDataType_t::CUDA_R_32F;
        // float32 stays float32: by default the handle's math mode allows no TF32
        let sums = blas_sys::cublasComputeType_t::CUBLAS_COMPUTE_32F;
        let algorithm = blas_sys::cublasGemmAlgo_t::CUBLAS_GEMM_DEFAULT;
        let handle = *self.device.cublas_handle().handle();
        let pointer = |address: Address| address.number() as *const c_void;
        let (one, kept) = (std::ptr::from_ref(&one).cast(), std::ptr::from_ref(&kept).cast());
        // SAFETY: as the caller says.
        let multiplied = unsafe {
            blas::gemm_ex(
                handle,
                first,
                second,
                m,
                n,
                k,
                one,
                pointer(b),
                kind,
                of_first,
                pointer(a),
                kind,
                of_second,
                kept,
                out.number() as *mut c_void,
                float,
                of_out,
                sums,
                algorithm,
            )
        };
        self.checked(multiplied)
    }

    unsafe fn upload(&self, to: Address, words: &[u32]) -> Result<(), EngineError> {
        if words.is_empty() {
            return Ok(());
        }
        self.bind()?;
        if words.len() <= LONGEST {
            return self.checked(self.upload_ahead(to, words));
        }
        // SAFETY: the words live until the copy is done, which is waited for.
        self.checked(unsafe { cuda::memcpy_htod_async(to.number(), words, self.stream.cu_stream()) })?;
        self.checked(self.stream.synchronize())
    }

    unsafe fn download(&self, from: Address, words: &mut [u32]) -> Result<(), EngineError> {
        if words.is_empty() {
            return Ok(());
        }
        self.bind()?;
        // SAFETY: the words are read only once the copy is done, which is waited for.
        self.checked(unsafe { cuda::memcpy_dtoh_async(words, from.number(), self.stream.cu_stream()) })?;
        self.checked(self.stream.synchronize())
    }

    unsafe fn clear(&self, at: Address, bytes: usize) -> Result<(), EngineError> {
        self.bind()?;
        if bytes == 0 {
            return Ok(());
        }
        // SAFETY: as the caller says.
        self.checked(unsafe { cuda::memset_d8_async(at.number(), 0, bytes, self.stream.cu_stream()) })
    }
}

/// The version of cuBLAS, on which the last bits of products depend; none if it is missing.
pub fn cublas_version() -> Option<String> {
    use blas_sys::libraryPropertyType_t::{MAJOR_VERSION, MINOR_VERSION, PATCH_LEVEL};
    let part = |property| {
        let mut value = 0;
        // SAFETY: it writes one number; for a missing library it panics.
        let asked = catch_unwind(move || {
            let status = unsafe { blas_sys::cublasGetProperty(property, &mut value) };
            (status, value)
        });
        let (status, value) = asked.ok()?;
        status.result().ok().map(|()| value.to_string())
    };
    [MAJOR_VERSION, MINOR_VERSION, PATCH_LEVEL]
        .map(part)
        .into_iter()
        .collect::<Option<Vec<_>>>()
        .map(|parts| parts.join("."))
}

fn gpu(what: impl Into<String>) -> EngineError {
    EngineError::Gpu(what.into())
}

/// Whether the driver reports too little memory.
fn is_memory(error: &candle_core::Error) -> bool {
    error.to_string().contains("OUT_OF_MEMORY")
}

fn gpu_error(error: impl Display) -> EngineError {
    gpu(error.to_string())
}
