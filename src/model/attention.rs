//! How attention knows positions beside the table of the embeddings, how far it sees, and the convolution that may stand
//! beside a layer.

use super::activation::Activation;

/// The attention of one layer.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LayerAttention {
    /// The base of rotary positions (Su et al. 2021); none: queries and keys are not rotated.
    pub theta: Option<f64>,
    /// A token attends to those at most so many tokens away; none: to all.
    pub reach: Option<usize>,
}

/// The table of relative positions of disentangled attention (He et al. 2021), or of biases of scores (Raffel et al. 2020): a
/// row for each distance from a query to a key, near ones apart, far ones in buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relative {
    /// Whether rows are biases, one for each head.
    pub biases: bool,
    /// Half of the table's rows: distance 0 has row `span`.
    pub span: usize,
    /// Buckets for each sign, the first half of them for one distance each; 0: each distance has a row.
    buckets: usize,
    /// The distance that ends the last bucket.
    farthest: usize,
    /// Whether a layer norm follows the table.
    pub normed: bool,
}

/// Rows of a table of biases.
const BIAS_ROWS: usize = 32;

/// Most rows of a table for each sign.
const MOST_BUCKETS: usize = 1 << 20;

impl Relative {
    /// A table with so many `buckets` for distances below `farthest`; without buckets, a row for each of them.
    ///
    /// # Errors
    /// Sizes that leave no row, or that are too large.
    pub(crate) fn new(buckets: usize, farthest: usize, normed: bool) -> Result<Self, String> {
        let span = if buckets > 0 { buckets } else { farthest };
        let too_near = buckets > 0 && farthest <= buckets / 2 + 1;
        if !(2..=MOST_BUCKETS).contains(&span) || farthest > MOST_BUCKETS || too_near {
            return Err(format!(
                "position_buckets = {buckets} and max_relative_positions = {farthest} do not go together; correct them"
            ));
        }
        Ok(Self { biases: false, span, buckets, farthest, normed })
    }

    /// A table of biases of so many `rows`, half of them for keys behind their query.
    ///
    /// # Errors
    /// Other rows than transformers computes with, whatever config.json says.
    pub(crate) fn bias(rows: usize) -> Result<Self, String> {
        if rows != BIAS_ROWS {
            return Err(format!("relative_attention_num_buckets = {rows} is not supported, only {BIAS_ROWS}"));
        }
        Ok(Self { biases: true, span: rows / 2, buckets: rows / 2, farthest: 128, normed: false })
    }

    /// Rows of the table.
    pub fn rows(&self) -> usize {
        2 * self.span
    }

    /// The row for a key `distance` tokens before its query (negative: behind it), as `make_log_bucket_position` of
    /// transformers computes it, in float32.
    ///
    /// Rows ascend with the distance; of biases, [`Relative::stored_row`] says where such a row lies.
    pub fn row(&self, distance: isize) -> usize {
        if self.biases {
            let bucket = self.bias_bucket(distance.unsigned_abs()) as isize;
            return (bucket * distance.signum() + self.span as isize) as usize;
        }
        let bucket = if self.buckets == 0 { distance } else { self.bucket(distance) };
        (bucket + self.span as isize).clamp(0, self.rows() as isize - 1) as usize
    }

    /// Where `row` lies in the table.
    pub fn stored_row(&self, row: usize) -> usize {
        match row.checked_sub(self.span) {
            _ if !self.biases => row,
            Some(behind_key) => behind_key,
            // keys behind their query take the table's second half
            None => self.span + (self.span - row),
        }
    }

    /// `relative_position_bucket` of transformers, in float32, without the sign.
    fn bias_bucket(&self, far: usize) -> usize {
        let exact = self.buckets / 2;
        if far < exact {
            return far;
        }
        let log = |value: f32| libm::log(f64::from(value)) as f32;
        let octaves = libm::log(self.farthest as f64 / exact as f64) as f32;
        let bucket = exact + (log(far as f32 / exact as f32) / octaves * (self.buckets - exact) as f32) as usize;
        bucket.min(self.buckets - 1)
    }

    fn bucket(&self, distance: isize) -> isize {
        let (middle, far) = ((self.buckets / 2).max(1), distance.unsigned_abs());
        if far <= middle {
            return distance;
        }
        let log = |value: f32| libm::log(f64::from(value)) as f32;
        let share = log(far as f32 / middle as f32) / log(((self.farthest - 1) as f64 / middle as f64) as f32);
        let bucket = (share * (middle - 1) as f32).ceil() as isize + middle as isize;
        bucket * distance.signum()
    }

    /// The rows that sentences of `longest` tokens need: the first, and how many.
    pub fn needed(&self, longest: usize) -> (usize, usize) {
        let farthest = longest.saturating_sub(1) as isize;
        let (first, last) = (self.row(-farthest), self.row(farthest));
        (first, last + 1 - first)
    }
}

/// A convolution over the embeddings whose output is added to that of the first layer (`ConvLayer` of DeBERTa v2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Convolution {
    /// Tokens that it sees at a time; odd.
    pub width: usize,
    /// Behind it.
    pub activation: Activation,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// torch 2.15: `make_log_bucket_position(d, buckets, farthest) + span`, clamped.
    #[test]
    fn distances_have_the_rows_of_transformers() {
        let table = Relative::new(256, 512, true).expect("that of DeBERTa v3");
        let rows = |distances: &[isize]| distances.iter().map(|d| table.row(*d)).collect::<Vec<_>>();
        assert_eq!(rows(&[0, 1, -1, 127, 128, 129, 130, 131, 200, 256, 400, 511, 512]), ROWS_OF_V3);
        assert_eq!(rows(&[-128, -129, -511, -600]), [128, 127, 1, 0]);
        let small = Relative::new(8, 64, true).expect("that of the golden");
        let rows: Vec<usize> = (0..40).map(|d| small.row(d)).collect();
        assert_eq!(rows, ROWS_OF_SMALL);
    }

    const ROWS_OF_V3: [usize; 13] = [256, 257, 255, 383, 384, 385, 386, 387, 425, 448, 489, 511, 511];
    const ROWS_OF_SMALL: [usize; 40] = [
        8, 9, 10, 11, 12, 13, 13, 13, 13, 13, 13, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 15, 15,
        15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15,
    ];

    #[test]
    fn a_table_without_buckets_ends_at_its_farthest_distance() {
        let table = Relative::new(0, 4, false).expect("a table");
        assert_eq!((-5..=5).map(|d| table.row(d)).collect::<Vec<_>>(), [0, 0, 1, 2, 3, 4, 5, 6, 7, 7, 7]);
        assert_eq!(table.needed(3), (2, 5));
        assert_eq!(table.needed(1), (4, 1));
        assert_eq!(table.needed(9), (0, 8));
    }
}
