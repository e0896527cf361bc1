//! Philox4x32-10: random words as a function of a key and a counter, independent of earlier draws.
//!
//! Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011.

use sha2::{Digest, Sha256};

const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
const ROUNDS: usize = 10;

/// Number of blocks of [`Stream::lanes`].
pub const LANES: usize = 16;

/// A named random stream: the Philox key derived from a seed and the stream's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stream {
    key: [u32; 2],
}

impl Stream {
    /// The stream `name` of `seed`, part `index` (such as an epoch). Streams with different names are independent.
    pub fn new(seed: u64, name: &str, index: u64) -> Self {
        let digest = Sha256::new()
            .chain_update(b"runner stream\0")
            .chain_update(seed.to_le_bytes())
            .chain_update(index.to_le_bytes())
            .chain_update(name.as_bytes())
            .finalize();
        let word = |at: usize| u32::from_le_bytes([digest[at], digest[at + 1], digest[at + 2], digest[at + 3]]);
        Self { key: [word(0), word(4)] }
    }

    /// The Philox key, to draw the same words on another device.
    pub fn key(&self) -> [u32; 2] {
        self.key
    }

    /// The four words at `counter`.
    pub fn block(&self, counter: [u32; 4]) -> [u32; 4] {
        let lanes = self.lanes(counter[0], [counter[1], counter[2], counter[3]]);
        [lanes[0][0], lanes[1][0], lanes[2][0], lanes[3][0]]
    }

    /// [`LANES`] blocks at once: lane i is the block at counter `[first + i, rest[0], rest[1], rest[2]]`.
    ///
    /// Returns `[word][lane]`.
    #[inline(always)]
    pub fn lanes(&self, first: u32, rest: [u32; 3]) -> [[u32; LANES]; 4] {
        let mut c0 = [0u32; LANES];
        for (lane, c) in c0.iter_mut().enumerate() {
            *c = first.wrapping_add(lane as u32);
        }
        let (mut c1, mut c2, mut c3) = ([rest[0]; LANES], [rest[1]; LANES], [rest[2]; LANES]);
        let mut key = self.key;
        for _ in 0..ROUNDS {
            for lane in 0..LANES {
                let low = u64::from(c0[lane]) * u64::from(MULTIPLIERS[0]);
                let high = u64::from(c2[lane]) * u64::from(MULTIPLIERS[1]);
                c0[lane] = (high >> 32) as u32 ^ c1[lane] ^ key[0];
                c1[lane] = high as u32;
                c2[lane] = (low >> 32) as u32 ^ c3[lane] ^ key[1];
                c3[lane] = low as u32;
            }
            key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
        }
        [c0, c1, c2, c3]
    }

    /// Draw `index` from the uniform distribution between 0 and 1, neither of which it is.
    pub fn uniform(&self, index: u64) -> f64 {
        let [a, b, ..] = self.block([index as u32, (index >> 32) as u32, 0, 0]);
        unit(a, b)
    }

    /// Draw `index` from the standard normal distribution (Box and Muller, 1958).
    pub fn normal(&self, index: u64) -> f64 {
        let [a, b, c, d] = self.block([index as u32, (index >> 32) as u32, 0, 0]);
        libm::sqrt(-2.0 * libm::log(unit(a, b))) * libm::cos(std::f64::consts::TAU * unit(c, d))
    }
}

/// 64 random bits as a number between 0 and 1.
fn unit(high: u32, low: u32) -> f64 {
    let bits = (u64::from(high) << 32 | u64::from(low)) >> 11;
    (bits as f64 + 0.5) / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known answers of the authors' Random123 (kat_vectors, philox4x32 10).
    #[test]
    fn philox_gives_the_published_words() {
        let zero = Stream { key: [0, 0] };
        assert_eq!(zero.block([0; 4]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        let ones = Stream { key: [u32::MAX; 2] };
        assert_eq!(ones.block([u32::MAX; 4]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        let pi = Stream { key: [0xa409_3822, 0x299f_31d0] };
        let counter = [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344];
        assert_eq!(pi.block(counter), [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]);
    }

    #[test]
    fn lanes_are_the_blocks_that_follow() {
        let stream = Stream::new(42, "dropout", 3);
        let lanes = stream.lanes(32, [7, 8, 9]);
        for (lane, counter) in (32..).take(LANES).enumerate() {
            let block = stream.block([counter, 7, 8, 9]);
            assert_eq!(block, lanes.map(|word| word[lane]));
        }
    }

    #[test]
    fn streams_of_another_name_seed_or_part_differ() {
        let streams = [
            Stream::new(1, "head", 0),
            Stream::new(2, "head", 0),
            Stream::new(1, "dropout", 0),
            Stream::new(1, "head", 1),
        ];
        for (i, a) in streams.iter().enumerate() {
            assert!(streams[i + 1..].iter().all(|b| a != b));
        }
    }

    #[test]
    fn uniform_draws_fill_their_range_evenly() {
        let stream = Stream::new(7, "crf", 0);
        let mut counts = [0_u32; 10];
        (0..100_000).for_each(|i| counts[(stream.uniform(i) * 10.0) as usize] += 1);
        assert!(counts.iter().all(|count| count.abs_diff(10_000) < 500), "{counts:?}");
    }

    #[test]
    fn normal_draws_have_mean_zero_and_variance_one() {
        let stream = Stream::new(7, "head", 0);
        let draws: Vec<f64> = (0..100_000).map(|i| stream.normal(i)).collect();
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / draws.len() as f64;
        assert!(mean.abs() < 0.01, "{mean}");
        assert!((variance - 1.0).abs() < 0.02, "{variance}");
    }
}
