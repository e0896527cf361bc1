//! The engine on a CPU: each operation forward and backward side by side, over slices of one arena.
//!
//! The data's shape alone decides how work is cut into tasks, and every sum has one order, so that results do not depend
//! on the number of threads. The threads of the current rayon pool do the work: see `team`.

/// Compiles a function for each instruction set of [`products::Isa`] and calls the one in use. All give the same bits:
/// the compiler reorders no float operation, and `mul_add` is exact.
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
                // SAFETY: the instruction set in use is present.
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

pub mod activation;
pub mod adamw;
mod arena;
pub mod attention;
mod backend;
pub mod bias;
pub mod dropout;
pub mod embedding;
pub mod focal;
mod lazy_rows;
pub mod loss;
mod math;
mod matrix;
pub mod norm;
mod operations;
mod optimizer;
pub mod products;
pub mod queries;
#[cfg(test)]
pub(in crate::engine) mod reference;
mod relative;
mod rotary;
pub mod rows;
pub mod shared_heads;
mod sync;
mod team;
mod unfold;
pub mod weighted;

pub(in crate::engine) use backend::CpuBackend;

/// Rows of a task of a row-wise operation.
const ROWS_A_TASK: usize = 16;
/// Columns of a task of a sum over rows.
const COLUMNS_A_TASK: usize = 128;
