//! A register of `f32` lanes: the five operations the kernels need, for each instruction set. Knows nothing of matrices.

/// A register of lanes. Every operation rounds each lane by IEEE 754, so that registers of any width give the same bits.
pub(super) trait Vector: Copy {
    /// Lanes of a register.
    const LANES: usize;
    /// Side of the squares that [`Vector::transpose`] turns; divides `LANES`.
    const SIDE: usize;

    /// Zero in every lane.
    ///
    /// # Safety
    /// The processor has the instruction set; this holds for every function here.
    unsafe fn zero() -> Self;
    /// One value in every lane.
    unsafe fn splat(value: f32) -> Self;
    /// `LANES` values from `from`, at any alignment.
    unsafe fn load(from: *const f32) -> Self;
    /// `LANES` values to `to`, at any alignment.
    unsafe fn store(self, to: *mut f32);
    /// `self + a·b`, rounded once.
    unsafe fn fused(self, a: Self, b: Self) -> Self;
    /// `self + other`.
    unsafe fn plus(self, other: Self) -> Self;
    /// Writes a square of `SIDE` rows, transposed, or adds it to what is there (`old + new`).
    unsafe fn transpose(from: *const f32, from_row: usize, to: *mut f32, to_row: usize, add: bool);
}

/// Prefetches the cache line at `at`, which may be any address; does nothing where Rust has no stable intrinsic.
#[inline(always)]
pub(super) fn prefetch(at: *const f32) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every x86-64 processor has the instruction, and no address makes it fault.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(at.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = at;
}

impl Vector for f32 {
    const LANES: usize = 1;
    const SIDE: usize = 1;

    #[inline(always)]
    unsafe fn zero() -> Self {
        0.0
    }
    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        value
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller's promise.
        unsafe { *from }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller's promise.
        unsafe { *to = self }
    }
    #[inline(always)]
    unsafe fn fused(self, a: Self, b: Self) -> Self {
        a.mul_add(b, self)
    }
    #[inline(always)]
    unsafe fn plus(self, other: Self) -> Self {
        self + other
    }
    #[inline(always)]
    unsafe fn transpose(from: *const f32, _from_row: usize, to: *mut f32, _to_row: usize, add: bool) {
        // SAFETY: the caller's promise, for a square of one element.
        unsafe { *to = if add { *to + *from } else { *from } }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::Vector;
    use std::arch::x86_64::*;

    /// Four by four, in registers of 128 bits.
    #[inline(always)]
    unsafe fn transpose4(from: *const f32, from_row: usize, to: *mut f32, to_row: usize, add: bool) {
        // SAFETY: the caller promises four rows of four values on both sides.
        unsafe {
            let [a, b, c, d] = [0, 1, 2, 3].map(|row| _mm_loadu_ps(from.add(row * from_row)));
            let (low, high) = (_mm_unpacklo_ps(a, b), _mm_unpackhi_ps(a, b));
            let (low2, high2) = (_mm_unpacklo_ps(c, d), _mm_unpackhi_ps(c, d));
            let columns = [
                _mm_movelh_ps(low, low2),
                _mm_movehl_ps(low2, low),
                _mm_movelh_ps(high, high2),
                _mm_movehl_ps(high2, high),
            ];
            for (row, column) in columns.into_iter().enumerate() {
                let to = to.add(row * to_row);
                _mm_storeu_ps(to, if add { _mm_add_ps(_mm_loadu_ps(to), column) } else { column });
            }
        }
    }

    macro_rules! x86_vector {
        ($name:ty, $lanes:literal, $zero:ident, $splat:ident, $load:ident, $store:ident, $fused:ident, $plus:ident) => {
            impl Vector for $name {
                const LANES: usize = $lanes;
                const SIDE: usize = 4;

                #[inline(always)]
                unsafe fn zero() -> Self {
                    // SAFETY: the caller promises the instruction set.
                    unsafe { $zero() }
                }
                #[inline(always)]
                unsafe fn splat(value: f32) -> Self {
                    // SAFETY: the caller promises the instruction set.
                    unsafe { $splat(value) }
                }
                #[inline(always)]
                unsafe fn load(from: *const f32) -> Self {
                    // SAFETY: the caller promises the instruction set and the memory.
                    unsafe { $load(from) }
                }
                #[inline(always)]
                unsafe fn store(self, to: *mut f32) {
                    // SAFETY: the caller promises the instruction set and the memory.
                    unsafe { $store(to, self) }
                }
                #[inline(always)]
                unsafe fn fused(self, a: Self, b: Self) -> Self {
                    // SAFETY: the caller promises the instruction set.
                    unsafe { $fused(a, b, self) }
                }
                #[inline(always)]
                unsafe fn plus(self, other: Self) -> Self {
                    // SAFETY: the caller promises the instruction set.
                    unsafe { $plus(self, other) }
                }
                #[inline(always)]
                unsafe fn transpose(from: *const f32, from_row: usize, to: *mut f32, to_row: usize, add: bool) {
                    // SAFETY: the caller promises the memory.
                    unsafe { transpose4(from, from_row, to, to_row, add) }
                }
            }
        };
    }

    x86_vector!(
        __m512,
        16,
        _mm512_setzero_ps,
        _mm512_set1_ps,
        _mm512_loadu_ps,
        _mm512_storeu_ps,
        _mm512_fmadd_ps,
        _mm512_add_ps
    );
    x86_vector!(
        __m256,
        8,
        _mm256_setzero_ps,
        _mm256_set1_ps,
        _mm256_loadu_ps,
        _mm256_storeu_ps,
        _mm256_fmadd_ps,
        _mm256_add_ps
    );
}

#[cfg(target_arch = "aarch64")]
mod neon {
    use super::Vector;
    use std::arch::aarch64::*;

    impl Vector for float32x4_t {
        const LANES: usize = 4;
        const SIDE: usize = 4;

        #[inline(always)]
        unsafe fn zero() -> Self {
            // SAFETY: every aarch64 processor of the standard targets has NEON.
            unsafe { vdupq_n_f32(0.0) }
        }
        #[inline(always)]
        unsafe fn splat(value: f32) -> Self {
            // SAFETY: as above.
            unsafe { vdupq_n_f32(value) }
        }
        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: the caller promises the memory.
            unsafe { vld1q_f32(from) }
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            // SAFETY: the caller promises the memory.
            unsafe { vst1q_f32(to, self) }
        }
        #[inline(always)]
        unsafe fn fused(self, a: Self, b: Self) -> Self {
            // SAFETY: as above.
            unsafe { vfmaq_f32(self, a, b) }
        }
        #[inline(always)]
        unsafe fn plus(self, other: Self) -> Self {
            // SAFETY: as above.
            unsafe { vaddq_f32(self, other) }
        }
        #[inline(always)]
        unsafe fn transpose(from: *const f32, from_row: usize, to: *mut f32, to_row: usize, add: bool) {
            // SAFETY: the caller promises four rows of four values on both sides.
            unsafe {
                let [a, b, c, d] = [0, 1, 2, 3].map(|row| vld1q_f32(from.add(row * from_row)));
                let (low, high) = (vzip1q_f32(a, c), vzip2q_f32(a, c));
                let (low2, high2) = (vzip1q_f32(b, d), vzip2q_f32(b, d));
                let columns =
                    [vzip1q_f32(low, low2), vzip2q_f32(low, low2), vzip1q_f32(high, high2), vzip2q_f32(high, high2)];
                for (row, column) in columns.into_iter().enumerate() {
                    let to = to.add(row * to_row);
                    vst1q_f32(to, if add { vaddq_f32(vld1q_f32(to), column) } else { column });
                }
            }
        }
    }
}
