//! The engine on a GPU: the operations as launches of kernels. The kernels in `kernels/` are plain CUDA C++, which the
//! tests compile for the host; all but the driver of a real GPU is compiled, and tested, without CUDA.

pub mod arguments;
mod body;
mod driver;
#[cfg(feature = "cuda")]
mod gpu;
mod indices;
mod memory;
mod operations;
mod optimizer;
mod work;

pub(in crate::engine) use body::Body;
pub use driver::{Address, Driver, Grid, Operands, Product, launch};
#[cfg(feature = "cuda")]
pub use gpu::{Gpu, cublas_version};
