//! The operations on a CPU: forward and backward side by side, over slices of one arena.
//!
//! Work is cut into tasks by the data's shape alone, and every sum has one order, so that results do not depend on the
//! number of threads. The threads of the current rayon pool do the work: see `team`.

/// Compiles a function for the vector instructions of today's processors, chosen at run time. The bits are the same for
/// all: the compiler reorders no float operation, and `mul_add` is exact.
macro_rules! simd {
    ($item:item) => {
        #[multiversion::multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl+avx2+fma", "x86_64+avx2+fma",))]
        $item
    };
}

mod activation;
mod adamw;
mod attention;
mod dropout;
mod embedding;
mod loss;
mod math;
mod norm;
mod operations;
pub mod products;
#[cfg(test)]
mod reference;
pub(in crate::engine) mod team;

pub use adamw::Update;
pub use dropout::{Mask, Tokens};
pub use loss::Target;
pub use operations::Cpu;

/// Rows that one task of a row-wise operation takes.
const ROWS_A_TASK: usize = 16;
/// Columns that one task of a sum over rows takes.
const COLUMNS_A_TASK: usize = 128;
