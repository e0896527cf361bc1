//! Every kernel against the operation of `engine::cpu` that it mirrors, on an emulator that runs the very same files, or
//! on a real GPU, where one is named: see `emulator`. Where the order of operations is the same, so are the bits. Each
//! launch is made in both orders of blocks and threads, which must give the same bits: where a barrier is missing that is
//! needed, one of the two shows it. A barrier of a warp that stands behind a shuffle cannot be missed here, since the
//! emulator's shuffles are barriers.

mod attention;
mod elements;
mod loss;
mod norm;
mod optimizer;
mod products;
mod tables;

use crate::emulator::{self, Emulator};
use half::bf16;
use runner::engine::Mask;
use runner::engine::cuda::arguments::{Arguments, kernels};
use runner::engine::cuda::{Address, Grid, Runtime, launch};
use runner::random::Stream;

/// Norms of differences are compared with it times the norm of what is expected.
const TOLERANCE: f64 = 1e-5;

/// `len` draws from the standard normal distribution.
fn draws(name: &str, len: usize) -> Vec<f32> {
    let stream = Stream::new(7, name, 0);
    (0..len as u64).map(|index| stream.normal(index) as f32).collect()
}

/// A mask that drops three elements out of ten.
fn mask() -> Option<Mask> {
    Mask::new(Stream::new(42, "dropout", 1), 3, 0.3)
}

/// What an element is multiplied by under [`mask`], by the definition: element `e` of a row.
fn factor(example: u32, row: u32, e: usize) -> f32 {
    let block = (16 * (e / 64) + e % 16) as u32;
    let word = Stream::new(42, "dropout", 1).block([block, row, 3, example])[e / 16 % 4];
    if word < (0.3 * 4_294_967_296.0f64).round() as u32 { 0.0 } else { (1.0 / 0.7) as f32 }
}

/// Examples and positions of rows: sentences of five tokens.
fn tokens(rows: usize) -> (Vec<u32>, Vec<u32>) {
    (0..rows as u32).map(|row| (9 + row / 5, row % 5)).unzip()
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

#[track_caller]
fn assert_same(actual: &[f32], expected: &[f32], what: &str) {
    assert_eq!(actual.len(), expected.len(), "{what}");
    let different =
        actual.iter().zip(expected).position(|(a, e)| a.to_bits() != e.to_bits() && !(a.is_nan() && e.is_nan()));
    let different = different.map(|at| (at, actual[at], expected[at]));
    assert_eq!(different, None, "{what}");
}

#[track_caller]
fn assert_close(actual: &[f32], expected: &[f32], what: &str) {
    assert_eq!(actual.len(), expected.len(), "{what}");
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>().sqrt();
    let expected_norm = norm(&mut expected.iter().map(|e| f64::from(*e)));
    let error = norm(&mut actual.iter().zip(expected).map(|(a, e)| f64::from(*a) - f64::from(*e)));
    assert!(error <= TOLERANCE * expected_norm, "{what}: {error} of {expected_norm}");
}

/// `bf16` is each of `values` rounded.
#[track_caller]
fn assert_rounded(bf16: &[bf16], values: &[f32], what: &str) {
    let expected: Vec<u16> = values.iter().map(|value| bf16::from_f32(*value).to_bits()).collect();
    assert!(bf16.iter().map(|bf16| bf16.to_bits()).eq(expected), "{what} in bfloat16");
}

/// A device, emulated or real, with what tests do on it.
#[derive(Debug)]
struct Device(Box<dyn Runtime>);

impl Device {
    /// A buffer that holds no number yet.
    fn room(&self, len: usize) -> Address {
        self.floats(&vec![f32::NAN; len])
    }

    fn floats(&self, values: &[f32]) -> Address {
        self.words(bytemuck::cast_slice(values))
    }

    fn words(&self, words: &[u32]) -> Address {
        let at = self.0.zeros(size_of_val(words)).expect("memory");
        // SAFETY: the buffer is as large.
        unsafe { self.0.upload(at, words) }.expect("a copy");
        at
    }

    /// Structures of four-byte fields.
    fn structures<T: Copy>(&self, values: &[T]) -> Address {
        // SAFETY: their fields are of four bytes or eight, without gaps.
        let words = unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), size_of_val(values) / 4) };
        self.words(words)
    }

    fn read(&self, at: Address, len: usize) -> Vec<f32> {
        let mut values = vec![0.0; len];
        // SAFETY: tests read within the buffers that they made.
        unsafe { self.0.download(at, bytemuck::cast_slice_mut(&mut values)) }.expect("a copy");
        values
    }

    fn read_words(&self, at: Address, len: usize) -> Vec<u32> {
        bits(&self.read(at, len))
    }

    fn read_doubles(&self, at: Address, len: usize) -> Vec<f64> {
        let words = self.read_words(at, 2 * len);
        words.chunks(2).map(|pair| f64::from_bits(u64::from(pair[0]) | u64::from(pair[1]) << 32)).collect()
    }

    /// Room for `len` elements of bfloat16, in whole words: copies are of words.
    fn bf16_room(&self, len: usize) -> Address {
        self.0.zeros(size_of::<u32>() * len.div_ceil(2)).expect("memory")
    }

    /// What lies in [`Device::bf16_room`]; behind the last element nothing was written.
    fn read_bf16(&self, at: Address, len: usize) -> Vec<bf16> {
        let mut words = vec![0; len.div_ceil(2)];
        // SAFETY: as above.
        unsafe { self.0.download(at, &mut words) }.expect("a copy");
        let (values, behind) = bytemuck::cast_slice::<u32, u16>(&words).split_at(len);
        assert!(behind.iter().all(|bits| *bits == 0), "a kernel wrote behind {len} elements");
        values.iter().copied().map(bf16::from_bits).collect()
    }

    /// Runs a kernel on `blocks`.
    fn launch<A: Arguments>(&self, blocks: [usize; 2], arguments: &A) {
        let grid = Grid { blocks: blocks.map(|count| count as u32), threads: A::THREADS };
        // SAFETY: the tests give what the kernels take.
        unsafe { launch(&*self.0, grid, arguments) }.expect("a launch");
    }
}

/// Runs `work` on a device that takes blocks and threads in ascending order and on one that takes them in descending
/// order; what it returns comes back once it is the same.
#[track_caller]
fn on_both<T: AsBits>(work: impl Fn(&Device) -> T) -> T {
    let [ascending, descending] = [false, true].map(|reversed| work(&Device(emulator::runtime(reversed))));
    assert!(ascending.as_bits() == descending.as_bits(), "the order of blocks and threads changes the result");
    ascending
}

/// What kernels leave, for comparisons that no NaN escapes.
trait AsBits {
    fn as_bits(&self) -> Vec<u64>;
}

impl AsBits for Vec<f32> {
    fn as_bits(&self) -> Vec<u64> {
        self.iter().map(|value| value.to_bits().into()).collect()
    }
}

impl AsBits for Vec<f64> {
    fn as_bits(&self) -> Vec<u64> {
        self.iter().map(|value| value.to_bits()).collect()
    }
}

impl AsBits for Vec<bf16> {
    fn as_bits(&self) -> Vec<u64> {
        self.iter().map(|value| value.to_bits().into()).collect()
    }
}

impl AsBits for Vec<u32> {
    fn as_bits(&self) -> Vec<u64> {
        self.iter().map(|word| (*word).into()).collect()
    }
}

impl<T: AsBits, const N: usize> AsBits for [T; N] {
    fn as_bits(&self) -> Vec<u64> {
        self.iter().flat_map(AsBits::as_bits).collect()
    }
}

impl<A: AsBits, B: AsBits> AsBits for (A, B) {
    fn as_bits(&self) -> Vec<u64> {
        [self.0.as_bits(), self.1.as_bits()].concat()
    }
}

/// `x`, rows as long as `bias`, plus the bias.
fn biased(x: &[f32], bias: &[f32]) -> Vec<f32> {
    x.chunks(bias.len()).flat_map(|row| row.iter().zip(bias).map(|(x, b)| x + b)).collect()
}

/// Blocks of `threads` that give each of `count` a thread.
fn blocks(count: usize, threads: u32) -> [usize; 2] {
    [count.div_ceil(threads as usize), 1]
}

#[test]
fn arguments_are_as_large_as_the_kernels_take_them() {
    if emulator::is_real() {
        return; // of the emulator, which needs a compiler
    }
    let emulator = Emulator::new();
    for (kernel, size) in kernels() {
        assert_eq!(emulator.arguments_of(kernel), size, "{kernel}");
    }
    assert_eq!(emulator.arguments_of("no_kernel"), 0);
}

#[test]
fn unknown_kernels_and_blocks_of_another_size_are_refused() {
    if emulator::is_real() {
        return; // of the emulator, which needs a compiler
    }
    let emulator = Emulator::new();
    let refused = |kernel, threads| {
        // SAFETY: nothing is run.
        unsafe { emulator.launch(kernel, Grid { blocks: [1, 1], threads }, std::ptr::null()) }
            .expect_err("it is refused")
            .to_string()
    };
    assert_eq!(
        refused("no_kernel", 32),
        "the device failed: there is no kernel no_kernel; check it with `runner doctor`, then run again"
    );
    let threads = "the device failed: add_norm is not compiled for blocks of 32 threads; check it with `runner doctor`, then run again";
    assert_eq!(refused("add_norm", 32), threads);
}

/// The emulator's own kernel: every thread says what the next one wrote into shared memory.
#[test]
fn a_missing_barrier_shows_in_either_order() {
    if emulator::is_real() {
        return; // of the emulator, which needs a compiler
    }
    #[repr(C)]
    struct Neighbor {
        out: Address,
        barrier: u32,
    }
    for (emulator, wrong) in [(Emulator::new(), 0), (Emulator::reversed(), 255)] {
        let device = Device(Box::new(emulator));
        for barrier in [1, 0] {
            let out = device.room(256);
            let arguments = Neighbor { out, barrier };
            let grid = Grid { blocks: [1, 1], threads: 256 };
            // SAFETY: these are its arguments.
            unsafe { device.0.launch("neighbor", grid, std::ptr::from_ref(&arguments).cast()) }.expect("a launch");
            let said = device.read_words(out, 256);
            let expected: Vec<u32> = (0..256).map(|thread| (thread + 1) % 256).collect();
            if barrier == 1 {
                assert_eq!(said, expected);
            } else {
                assert_eq!(said[wrong], u32::MAX, "nothing is there yet");
            }
        }
    }
}

/// A runtime refuses such a copy (CUDA_ERROR_INVALID_VALUE), so the emulator has to.
#[test]
fn a_copy_beyond_a_buffer_is_refused() {
    let emulator = Emulator::new();
    let at = emulator.zeros(6).expect("memory");
    // SAFETY: around the buffer there are guards of more than four bytes.
    let beside = |bytes: i64| unsafe { Address::new(at.number().wrapping_add_signed(bytes)) };
    let mut words = [0; 2];
    // SAFETY: the emulator refuses what lies in no buffer.
    unsafe {
        assert!(emulator.download(at, &mut words).is_err(), "eight bytes of six");
        assert!(emulator.upload(at, &words).is_err());
        assert!(emulator.clear(at, 7).is_err());
        assert!(emulator.download(beside(-4), &mut words[..1]).is_err(), "before it");
        assert!(emulator.download(beside(2), &mut words[..1]).is_ok(), "its last four bytes");
    }
}
