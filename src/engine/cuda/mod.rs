//! The engine on a GPU: the operations as launches of kernels. The kernels in `kernels/` are plain CUDA C++, which the
//! tests compile for the host; all but the driver of a real GPU is compiled, and tested, without CUDA.

pub mod arguments;
mod driver;

pub use driver::{Address, Driver, Grid, Operands, Product, launch};
