//! Random changes of bytes: the same ones for the same seed.

/// SplitMix64 (Steele et al. 2014).
pub(crate) struct Draws(pub(crate) u64);

impl Draws {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound.max(1) as u64) as usize
    }

    /// One to eight changes of `bytes`; pieces of `others` may be put into it.
    pub(crate) fn changed(&mut self, bytes: &[u8], others: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..1 << self.below(4) {
            self.change(&mut bytes, others);
        }
        bytes.truncate(LONGEST);
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>, others: &[Vec<u8>]) {
        let at = self.below(bytes.len() + 1);
        let end = (at + 1 + self.below(32)).min(bytes.len());
        match self.below(8) {
            0 if at < bytes.len() => bytes[at] = self.below(256) as u8,
            1 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
            2 => drop(bytes.drain(at..end)),
            3 => {
                let piece = bytes[at..end].repeat(1 + self.below(3));
                bytes.splice(at..at, piece);
            }
            4 => {
                let word = WORDS[self.below(WORDS.len())];
                bytes.splice(at..if self.below(2) == 0 { at } else { end }, word.bytes());
            }
            5 => {
                let number = [0, 1, 0x7f, 0xff, 0x7fff_ffff, 0xffff_ffff, 1 << 32, u64::MAX][self.below(8)];
                let number = &number.to_le_bytes()[..[1, 2, 4, 8][self.below(4)]];
                let end = (at + number.len()).min(bytes.len());
                bytes.splice(at..end, number.iter().copied());
            }
            6 => {
                let other = &others[self.below(others.len())];
                let from = self.below(other.len());
                let piece = &other[from..(from + 1 + self.below(64)).min(other.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
            _ if self.below(8) == 0 => bytes.truncate(at),
            _ if at < bytes.len() => bytes.swap(at, end - 1),
            _ => {}
        }
    }
}

/// Longer inputs tell no more, and take longer.
const LONGEST: usize = 16 << 10;

/// What files are parted by, and what numbers may be.
const WORDS: [&str; 28] = [
    "\n",
    "\r\n",
    "\t",
    " ",
    ",",
    ";",
    "\"",
    "'",
    "{",
    "}",
    "[",
    "]",
    "[[",
    "= ",
    ": ",
    "# ",
    "---\n",
    "-",
    "NaN",
    "inf",
    "1e400",
    "-1",
    "0.1",
    "18446744073709551616",
    "null",
    "true",
    "\u{feff}",
    "\u{202e}\u{0}",
];
