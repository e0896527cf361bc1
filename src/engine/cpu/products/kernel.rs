//! The tile kernel: rows × vectors of running sums in registers, for each instruction set and tile shape. Knows pointers
//! and strides, not which matrix they belong to.

use super::isa::Isa;
use super::vector::{Vector, prefetch};

/// The most rows of a tile.
pub(super) const MAX_ROWS: usize = 8;
/// The most vectors of a tile's row.
pub(super) const MAX_VECTORS: usize = 3;
/// Elements of the largest tile of any instruction set.
pub(super) const MAX_TILE: usize = MAX_ROWS * MAX_VECTORS * 16;

/// Kinds of kernel, as constants because a generic parameter cannot be an enum: see [`Kernels`].
const PLAIN: u8 = 0;
const PACKING: u8 = 1;
const STREAMING: u8 = 2;

/// Rows of `b` that a packing kernel prefetches: at 10 cycles a row, the latency of memory.
const DISTANCE: usize = 32;

/// Where an element's chain of fused multiply-adds starts, and where its sum goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chain {
    /// From zero; the sum replaces the element.
    Fresh,
    /// From the element; the sum replaces it.
    Continued,
    /// From zero; the sum is added to the element.
    Partial,
}

/// One tile: `c[r, n] ⟵ Σ_k a[r, k]·b[k, n]`, k ascending.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tile {
    /// `a[r, k]` is at `a + r·a_row + k·a_step`.
    pub(super) a: *const f32,
    pub(super) a_row: usize,
    pub(super) a_step: usize,
    /// `b[k, n]` is at `b + k·b_step + n`.
    pub(super) b: *const f32,
    pub(super) b_step: usize,
    /// `c[r, n]` is at `c + r·c_row + n`.
    pub(super) c: *mut f32,
    pub(super) c_row: usize,
    /// Steps of k.
    pub(super) depth: usize,
    pub(super) chain: Chain,
    /// Packing kernels leave `b[k, n]` at `panel + k·width + n`.
    pub(super) panel: *mut f32,
    /// What to prefetch: streaming kernels take it for the rows of an `a`, plain ones for a tile of `c`; packing ones
    /// ignore it. It may be any address.
    pub(super) ahead: *const f32,
}

/// A kernel of fixed shape. Its caller promises the instruction set, and that `a`, `b`, `c` (and for a packing kernel
/// `panel`) are valid for the whole tile.
pub(super) type Kernel = unsafe fn(&Tile);

/// Writes (or adds) a `rows × columns` tile transposed: `to[n·to_row + r] ⟵ from[r·from_row + n]`.
pub(super) type Transpose = unsafe fn(from: Matrix, to: *mut f32, to_row: usize, add: bool);

/// A matrix to be transposed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Matrix {
    pub(super) at: *const f32,
    pub(super) row: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
}

/// The kernels of an instruction set.
pub(super) struct Kernels {
    /// Lanes of a vector.
    pub(super) lanes: usize,
    /// The most vectors of a tile's row.
    pub(super) vectors: usize,
    /// The most rows of a tile of 1, 2, 3 vectors.
    pub(super) rows: [usize; MAX_VECTORS],
    tiles: [[Kernel; MAX_ROWS]; MAX_VECTORS],
    packing: [[Kernel; MAX_ROWS]; MAX_VECTORS],
    streaming: [[Kernel; MAX_ROWS]; MAX_VECTORS],
    pub(super) transpose: Transpose,
}

impl Kernels {
    /// The kernels of a present instruction set.
    pub(super) fn of(isa: Isa) -> &'static Kernels {
        match isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => &avx512::KERNELS,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => &avx2::KERNELS,
            #[cfg(target_arch = "aarch64")]
            Isa::Neon => &neon::KERNELS,
            _ => &scalar::KERNELS,
        }
    }

    pub(super) fn tile(&self, rows: usize, vectors: usize) -> Kernel {
        self.tiles[vectors - 1][rows - 1]
    }

    /// The kernel for `rows × vectors` that also copies `b`, which is not in the cache, into the panel.
    pub(super) fn packing(&self, rows: usize, vectors: usize) -> Kernel {
        self.packing[vectors - 1][rows - 1]
    }

    /// The kernel for `rows × vectors` whose `a`, a few long rows at a time, is not in the cache.
    pub(super) fn streaming(&self, rows: usize, vectors: usize) -> Kernel {
        self.streaming[vectors - 1][rows - 1]
    }
}

/// The same number, whose origin the compiler does not know: else it would compute the addresses of a tile's rows from
/// one another, a chain of additions longer than a small tile's arithmetic.
#[inline(always)]
fn opaque(number: usize) -> usize {
    #[cfg(target_arch = "x86_64")]
    let number = {
        let mut number = number;
        // SAFETY: there is no instruction in it.
        unsafe { std::arch::asm!("/* {0} */", inout(reg) number, options(pure, nomem, nostack, preserves_flags)) }
        number
    };
    number
}

/// The body of every kernel.
///
/// # Safety
/// As [`Kernel`].
#[inline(always)]
unsafe fn tile<V: Vector, const ROWS: usize, const VECTORS: usize, const KIND: u8>(tile: &Tile) {
    // SAFETY: as the caller promises, every address below lies in the tile's operands.
    unsafe {
        let Tile { a, a_row, a_step, mut b, b_step, c, c_row, depth, chain, mut panel, ahead } = *tile;
        let mut sums = [[V::zero(); VECTORS]; ROWS];
        if chain == Chain::Continued {
            for (row, sums) in sums.iter_mut().enumerate() {
                for (vector, sum) in sums.iter_mut().enumerate() {
                    *sum = V::load(c.add(row * c_row + vector * V::LANES));
                }
            }
        }
        let next = if KIND == PLAIN { ahead } else { c.cast_const() };
        for row in 0..ROWS {
            for vector in 0..VECTORS {
                prefetch(next.wrapping_add(row * c_row + vector * V::LANES));
            }
        }
        let mut low = a;
        let mut high = a.wrapping_add(opaque(4 * a_row));
        for step in 0..depth {
            if KIND == STREAMING {
                prefetch(ahead.wrapping_add(step % 8 * a_row + step / 8 * 8));
            }
            if KIND == PACKING {
                // A row of whole vectors that starts within a cache line ends in one more.
                prefetch(b.wrapping_add(DISTANCE * b_step + VECTORS * V::LANES - 1));
            }
            let mut lanes = [V::zero(); VECTORS];
            for (vector, lanes) in lanes.iter_mut().enumerate() {
                *lanes = V::load(b.add(vector * V::LANES));
                if KIND == PACKING {
                    prefetch(b.wrapping_add(DISTANCE * b_step + vector * V::LANES));
                    lanes.store(panel.add(vector * V::LANES));
                }
            }
            for (row, sums) in sums.iter_mut().enumerate() {
                let a = V::splat(if row < 4 { *low.add(row * a_row) } else { *high.add((row - 4) * a_row) });
                for (sum, lanes) in sums.iter_mut().zip(lanes) {
                    *sum = sum.fused(a, lanes);
                }
            }
            low = low.wrapping_add(a_step);
            high = high.wrapping_add(a_step);
            b = b.wrapping_add(b_step);
            if KIND == PACKING {
                panel = panel.wrapping_add(VECTORS * V::LANES);
            }
        }
        for (row, sums) in sums.into_iter().enumerate() {
            for (vector, sum) in sums.into_iter().enumerate() {
                let c = c.add(row * c_row + vector * V::LANES);
                let sum = if chain == Chain::Partial { V::load(c).plus(sum) } else { sum };
                sum.store(c);
            }
        }
    }
}

/// The body of every [`Transpose`]: squares, then what is left element by element.
///
/// # Safety
/// The instruction set is present; both matrices are valid for `rows × columns`.
#[inline(always)]
unsafe fn transpose<V: Vector>(from: Matrix, to: *mut f32, to_row: usize, add: bool) {
    let Matrix { at, row: from_row, rows, columns } = from;
    let whole = (rows - rows % V::SIDE, columns - columns % V::SIDE);
    // SAFETY: the caller's promise: every address is inside the two matrices.
    unsafe {
        for column in (0..whole.1).step_by(V::SIDE) {
            for row in (0..whole.0).step_by(V::SIDE) {
                V::transpose(at.add(row * from_row + column), from_row, to.add(column * to_row + row), to_row, add);
            }
        }
        for row in 0..rows {
            for column in if row < whole.0 { whole.1 } else { 0 }..columns {
                f32::transpose(at.add(row * from_row + column), 0, to.add(column * to_row + row), 0, add);
            }
        }
    }
}

macro_rules! kernels {
    ($name:ident, $vector:ty, $vectors:literal, $rows:expr, $(#[$feature:meta])?) => {
        mod $name {
            use super::{Kernels, Matrix, Tile, Vector};

            /// # Safety
            /// As [`super::Kernel`].
            $(#[$feature])?
            unsafe fn tile<const ROWS: usize, const VECTORS: usize, const KIND: u8>(tile: &Tile) {
                // SAFETY: the caller's promise.
                unsafe { super::tile::<$vector, ROWS, VECTORS, KIND>(tile) }
            }

            /// # Safety
            /// As [`super::transpose`].
            $(#[$feature])?
            unsafe fn transpose(from: Matrix, to: *mut f32, to_row: usize, add: bool) {
                // SAFETY: the caller's promise.
                unsafe { super::transpose::<$vector>(from, to, to_row, add) }
            }

            pub(super) static KERNELS: Kernels = Kernels {
                lanes: <$vector as Vector>::LANES,
                vectors: $vectors,
                rows: $rows,
                tiles: kernels!(@table { super::PLAIN }),
                packing: kernels!(@table { super::PACKING }),
                streaming: kernels!(@table { super::STREAMING }),
                transpose,
            };
        }
    };
    (@table $kind:tt) => {
        [kernels!(@row 1, $kind), kernels!(@row 2, $kind), kernels!(@row 3, $kind)]
    };
    (@row $vectors:literal, $kind:tt) => {
        [
            tile::<1, $vectors, $kind>, tile::<2, $vectors, $kind>, tile::<3, $vectors, $kind>,
            tile::<4, $vectors, $kind>, tile::<5, $vectors, $kind>, tile::<6, $vectors, $kind>,
            tile::<7, $vectors, $kind>, tile::<8, $vectors, $kind>,
        ]
    };
}

// Thirty-two registers hold 8 × 3 sums, sixteen hold 6 × 2; bigger tiles spill.
#[cfg(target_arch = "x86_64")]
kernels!(avx512, std::arch::x86_64::__m512, 3, [8, 8, 8], #[target_feature(enable = "avx512f,avx2,fma")]);
#[cfg(target_arch = "x86_64")]
kernels!(avx2, std::arch::x86_64::__m256, 2, [8, 6, 6], #[target_feature(enable = "avx2,fma")]);
#[cfg(target_arch = "aarch64")]
kernels!(neon, std::arch::aarch64::float32x4_t, 3, [8, 8, 8], #[target_feature(enable = "neon")]);
kernels!(scalar, f32, 3, [8, 8, 8],);
