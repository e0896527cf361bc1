//! The operations on a CPU: forward and backward side by side, over slices of one arena.
//!
//! Work is cut into tasks by the data's shape alone, and every sum has one order, so that results do not depend on the
//! number of threads. The threads of the current rayon pool do the work: see `team`.

/// Compiles a function for each instruction set of [`products::Isa`], the one in use chosen at run time. The bits are
/// the same for all: the compiler reorders no float operation, and `mul_add` is exact.
macro_rules! simd {
    ($(#[$attribute:meta])* $visibility:vis fn $name:ident($($argument:tt: $type:ty),* $(,)?) $(-> $result:ty)? $body:block) => {
        $(#[$attribute])*
        $visibility fn $name($($argument: $type),*) $(-> $result)? {
            #[inline(always)]
            fn body($($argument: $type),*) $(-> $result)? $body

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
            fn avx512($($argument: $type),*) $(-> $result)? {
                body($($argument),*)
            }

            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2($($argument: $type),*) $(-> $result)? {
                body($($argument),*)
            }

            match $crate::engine::cpu::products::instruction_set() {
                // SAFETY: an instruction set in use is present.
                #[cfg(target_arch = "x86_64")]
                $crate::engine::cpu::products::Isa::Avx512 => unsafe { avx512($($argument),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                $crate::engine::cpu::products::Isa::Avx2 => unsafe { avx2($($argument),*) },
                _ => body($($argument),*),
            }
        }
    };
}

mod activation;
mod adamw;
mod arena;
mod attention;
mod body;
mod dropout;
mod embedding;
mod encoding;
mod lazy_rows;
mod loss;
mod math;
mod norm;
mod operations;
mod optimizer;
pub mod products;
#[cfg(test)]
mod reference;
mod sync;
mod team;

pub use adamw::StaleRow;
pub(in crate::engine) use body::Body;
pub use operations::Cpu;

/// Rows that one task of a row-wise operation takes.
const ROWS_A_TASK: usize = 16;
/// Columns that one task of a sum over rows takes.
const COLUMNS_A_TASK: usize = 128;
