//! torch's `randperm(n)` on a CPU generator: mt19937 and the 32-bit shuffle of ATen/native/TensorFactories.cpp.

/// From this length on torch shuffles with 64-bit draws.
const LONG: usize = u32::MAX as usize / 20;

/// The order that `torch.randperm(n)` returns from a CPU generator after `manual_seed(seed)`.
///
/// Only the low 32 bits of the seed are used, as in torch (ATen/core/MT19937RNGEngine.h).
///
/// # Panics
/// If `n` is 214,748,364 or more, where torch shuffles differently.
pub fn torch_randperm(n: usize, seed: u64) -> Vec<u32> {
    assert!(n < LONG, "a split holds fewer than {LONG} rows");
    let mut generator = Mt19937::from_seed(seed as u32);
    let mut order: Vec<u32> = (0..n as u32).collect();
    for at in 0..n.saturating_sub(1) {
        let ahead = generator.next_u32() as usize % (n - at);
        order.swap(at, at + ahead);
    }
    order
}

const WORDS: usize = 624;
const SHIFT: usize = 397;

/// Matsumoto and Nishimura's Mersenne Twister (1998).
struct Mt19937 {
    words: [u32; WORDS],
    next: usize,
}

impl Mt19937 {
    fn from_seed(seed: u32) -> Self {
        let mut words = [seed; WORDS];
        for i in 1..WORDS {
            let before = words[i - 1];
            words[i] = 1_812_433_253_u32.wrapping_mul(before ^ (before >> 30)).wrapping_add(i as u32);
        }
        Self { words, next: WORDS }
    }

    fn twist(&mut self) {
        for i in 0..WORDS {
            let joined = (self.words[i] & 0x8000_0000) | (self.words[(i + 1) % WORDS] & 0x7fff_ffff);
            let odd = if joined & 1 == 1 { 0x9908_b0df } else { 0 };
            self.words[i] = self.words[(i + SHIFT) % WORDS] ^ (joined >> 1) ^ odd;
        }
        self.next = 0;
    }

    fn next_u32(&mut self) -> u32 {
        if self.next == WORDS {
            self.twist();
        }
        let mut y = self.words[self.next];
        self.next += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }
}
