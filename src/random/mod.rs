//! Named random streams, and the permutations of numpy and torch.

mod numpy;
mod philox;
mod torch;

pub use numpy::numpy_permutation;
pub use philox::{LANES, Stream};
pub use torch::torch_randperm;
