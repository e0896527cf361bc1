//! The engine on a GPU: the operations as launches of kernels. The kernels in `kernels/` are plain CUDA C++, which the
//! tests compile for the host. All but the runtime of a real GPU is compiled and tested without CUDA.

pub mod arguments;
mod attention;
mod backend;
mod buffer;
#[cfg(feature = "cuda")]
mod gpu;
mod indices;
mod loss;
mod memory;
mod operations;
mod optimizer;
mod runtime;
mod work;

pub(in crate::engine) use backend::CudaBackend;
#[cfg(feature = "cuda")]
pub use gpu::{Gpu, cublas_version};
pub use runtime::{Address, Grid, Operands, Product, Runtime, launch};
