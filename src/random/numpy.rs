//! numpy's `default_rng(seed).permutation(n)`: SeedSequence, PCG64 and the bounded draws of `Generator.shuffle`.
//!
//! Sources: numpy/random/bit_generator.pyx (SeedSequence), src/pcg64/pcg64.h,
//! src/distributions/distributions.c (`random_interval`), _generator.pyx (`shuffle`).

/// The order that `numpy.random.default_rng(seed).permutation(n)` returns, which is also the order of
/// `datasets.Dataset.shuffle(seed)`.
///
/// # Panics
/// If `n` is 2^32 or more.
pub fn numpy_permutation(n: usize, seed: u64) -> Vec<u32> {
    let count = u32::try_from(n).expect("a split holds fewer than 2^32 rows");
    let mut generator = Pcg64::from_seed(seed);
    let mut order: Vec<u32> = (0..count).collect();
    for last in (1..count).rev() {
        let chosen = generator.bounded(last);
        order.swap(last as usize, chosen as usize);
    }
    order
}

const POOL: usize = 4;

/// Constants of SeedSequence, after O'Neill's `randutils::seed_seq_fe`.
struct EntropyHash {
    constant: u32,
    multiplier: u32,
}

impl EntropyHash {
    const MIXING: Self = Self { constant: 0x43b0_d7e5, multiplier: 0x931e_8875 };
    const OUTPUT: Self = Self { constant: 0x8b51_f9dd, multiplier: 0x58f3_8ded };

    fn hash(&mut self, value: u32) -> u32 {
        let value = value ^ self.constant;
        self.constant = self.constant.wrapping_mul(self.multiplier);
        let value = value.wrapping_mul(self.constant);
        value ^ (value >> 16)
    }
}

fn mix(x: u32, y: u32) -> u32 {
    let result = 0xca01_f9dd_u32.wrapping_mul(x).wrapping_sub(0x4973_f715_u32.wrapping_mul(y));
    result ^ (result >> 16)
}

/// `SeedSequence(seed).generate_state(4, uint64)`.
fn seed_state(seed: u64) -> [u64; 4] {
    // a seed has at most 64 bits, which is one or two words of the pool
    let entropy = [seed as u32, (seed >> 32) as u32, 0, 0];
    let mut hasher = EntropyHash::MIXING;
    let mut pool = entropy.map(|word| hasher.hash(word));
    for source in 0..POOL {
        for target in (0..POOL).filter(|target| *target != source) {
            pool[target] = mix(pool[target], hasher.hash(pool[source]));
        }
    }
    let mut output = EntropyHash::OUTPUT;
    let mut word = |at: usize| u64::from(output.hash(pool[at % POOL]));
    std::array::from_fn(|i| word(2 * i) | word(2 * i + 1) << 32)
}

/// PCG XSL-RR 128/64 with numpy's buffer for the unused half of a draw.
struct Pcg64 {
    state: u128,
    increment: u128,
    half: Option<u32>,
}

impl Pcg64 {
    const MULTIPLIER: u128 = 0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645;

    fn from_seed(seed: u64) -> Self {
        let [a, b, c, d] = seed_state(seed).map(u128::from);
        let mut generator = Self { state: 0, increment: ((c << 64 | d) << 1) | 1, half: None };
        generator.step();
        generator.state = generator.state.wrapping_add(a << 64 | b);
        generator.step();
        generator
    }

    fn step(&mut self) {
        self.state = self.state.wrapping_mul(Self::MULTIPLIER).wrapping_add(self.increment);
    }

    fn next_u64(&mut self) -> u64 {
        self.step();
        let folded = (self.state >> 64) as u64 ^ self.state as u64;
        folded.rotate_right((self.state >> 122) as u32)
    }

    fn next_u32(&mut self) -> u32 {
        if let Some(half) = self.half.take() {
            return half;
        }
        let both = self.next_u64();
        self.half = Some((both >> 32) as u32);
        both as u32
    }

    /// Uniform over 0..=limit by rejection with the smallest mask, as in numpy's `random_interval`.
    fn bounded(&mut self, limit: u32) -> u32 {
        let mask = u32::MAX >> limit.leading_zeros();
        loop {
            let value = self.next_u32() & mask;
            if value <= limit {
                return value;
            }
        }
    }
}
