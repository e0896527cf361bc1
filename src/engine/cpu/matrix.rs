//! Small matrices within a sentence's attention, and their products. Every element is one chain of fused multiply-adds in
//! the order of the reduction.

/// A matrix read at any strides.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a> {
    pub values: &'a [f32],
    /// Floats from a row to the next.
    pub row: usize,
    /// Floats from a column to the next.
    pub column: usize,
}

impl Matrix<'_> {
    #[inline(always)]
    pub(super) fn at(&self, row: usize, column: usize) -> f32 {
        self.values[row * self.row + column * self.column]
    }

    #[inline(always)]
    pub(super) fn transposed(self) -> Self {
        Self { row: self.column, column: self.row, ..self }
    }
}

/// out = aᵗ, its rows filled up with zeros to `columns`; a: `[rows, width]`, out: `[width, columns]`.
#[inline(always)]
pub(super) fn transpose(out: &mut [f32], a: Matrix<'_>, [rows, width]: [usize; 2], columns: usize) {
    for (feature, out) in out.chunks_exact_mut(columns).take(width).enumerate() {
        for (row, o) in out.iter_mut().enumerate() {
            *o = if row < rows { a.at(row, feature) } else { 0.0 };
        }
    }
}

/// out = a·b. a: `[rows, inner]`, b: `[inner, columns]` with rows `b_stride` apart, out: likewise `out_stride`.
#[inline(always)]
pub(super) fn product(
    out: &mut [f32],
    out_stride: usize,
    a: Matrix<'_>,
    b: &[f32],
    b_stride: usize,
    [rows, inner, columns]: [usize; 3],
) {
    let lanes = |row: usize, column: usize| -> &[f32; 16] {
        b[row * b_stride + column..].first_chunk().expect("a whole vector lies before the row's end")
    };
    for column in (0..columns / 16 * 16).step_by(16) {
        for first in (0..rows / 4 * 4).step_by(4) {
            let (mut s0, mut s1, mut s2, mut s3) = ([0.0f32; 16], [0.0f32; 16], [0.0f32; 16], [0.0f32; 16]);
            for k in 0..inner {
                let b = lanes(k, column);
                let (a0, a1, a2, a3) = (a.at(first, k), a.at(first + 1, k), a.at(first + 2, k), a.at(first + 3, k));
                for i in 0..16 {
                    s0[i] = a0.mul_add(b[i], s0[i]);
                    s1[i] = a1.mul_add(b[i], s1[i]);
                    s2[i] = a2.mul_add(b[i], s2[i]);
                    s3[i] = a3.mul_add(b[i], s3[i]);
                }
            }
            for (row, sums) in [s0, s1, s2, s3].iter().enumerate() {
                out[(first + row) * out_stride + column..][..16].copy_from_slice(sums);
            }
        }
        for row in rows / 4 * 4..rows {
            let mut sums = [0.0f32; 16];
            for k in 0..inner {
                let (a, b) = (a.at(row, k), lanes(k, column));
                for i in 0..16 {
                    sums[i] = a.mul_add(b[i], sums[i]);
                }
            }
            out[row * out_stride + column..][..16].copy_from_slice(&sums);
        }
    }
    for column in columns / 16 * 16..columns {
        for row in 0..rows {
            out[row * out_stride + column] =
                (0..inner).fold(0.0, |s, k| a.at(row, k).mul_add(b[k * b_stride + column], s));
        }
    }
}
