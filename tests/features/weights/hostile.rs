//! Files that are damaged or made to do harm: an error each, no panic, and no more memory than the file is worth.
//!
//! The allocator of all tests of this program counts what each thread holds; a file is read on its test's own thread.

use std::alloc::{GlobalAlloc, Layout as Block, System};
use std::cell::Cell;
use std::path::Path;

use runner::model::Checkpoint;

use super::writer::{archive_of, dictionary, legacy_of, rebuild, text};
use super::{golden, refused};

struct Counting;

thread_local! {
    /// Bytes that this thread took and did not give back, and the most of them so far. What another thread gives back
    /// is its own.
    static LIVE: Cell<i64> = const { Cell::new(0) };
    static PEAK: Cell<i64> = const { Cell::new(0) };
}

fn count(bytes: i64) {
    LIVE.set(LIVE.get() + bytes);
    PEAK.set(PEAK.get().max(LIVE.get()));
}

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, block: Block) -> *mut u8 {
        count(block.size() as i64);
        // SAFETY: as above.
        unsafe { System.alloc(block) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, block: Block) {
        count(-(block.size() as i64));
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, block) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// What a test may hold; the files are of 120 kB.
const ENOUGH: i64 = 64 << 20;

fn check_memory() {
    let peak = PEAK.get();
    assert!(peak < ENOUGH, "{peak} bytes");
}

/// Opens the bytes as a file and reads every tensor there may be.
fn read(folder: &Path, bytes: &[u8]) -> bool {
    let path = folder.join("x");
    std::fs::write(&path, bytes).unwrap();
    let Ok(checkpoint) = Checkpoint::open(&[path]) else { return false };
    // A number format that does not widen is an error here, and no panic.
    checkpoint.tensors().for_each(|(name, _)| drop(checkpoint.values(name)));
    true
}

const FILES: [&str; 3] = ["pytorch_model.bin", "pytorch_model.legacy.bin", "model.safetensors"];

#[test]
fn a_cut_file_is_an_error_wherever_it_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    for file in FILES {
        let whole = std::fs::read(golden(&format!("models/bert/{file}"))).unwrap();
        assert!(read(folder.path(), &whole));
        for len in (0..whole.len()).step_by(97).chain(whole.len() - 60..whole.len()) {
            assert!(!read(folder.path(), &whole[..len]), "{file} cut to {len} bytes was taken");
        }
    }
    check_memory();
}

/// SplitMix64 (Steele et al. 2014).
struct Draws(u64);

impl Draws {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }
}

#[test]
fn changed_bytes_do_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let mut draws = Draws(1);
    // Small files, so that a change seldom falls on a number: 3,600 of them.
    for file in ["weights/views.bin", "weights/views.legacy.bin"] {
        let whole = std::fs::read(golden(file)).unwrap();
        for _ in 0..1800 {
            let mut bytes = whole.clone();
            for _ in 0..=draws.below(4) {
                let at = draws.below(bytes.len());
                bytes[at] = match draws.below(3) {
                    0 => draws.below(256) as u8,
                    1 => bytes[at] ^ (1 << draws.below(8)),
                    _ => bytes[draws.below(whole.len())],
                };
            }
            read(folder.path(), &bytes);
        }
    }
    check_memory();
}

#[test]
fn a_pickle_that_asks_to_run_code_is_named_and_nothing_is_run() {
    let folder = tempfile::tempdir().unwrap();
    let witness = folder.path().join("witness");
    let command = text(&format!("touch {}", witness.display()));
    let call = |function: &str| [format!("c{function}\n").into_bytes(), command.clone(), b"\x85R".to_vec()].concat();
    let pickle = dictionary(&[("a", call("os\nsystem"))]);
    insta::assert_snapshot!(refused(&archive_of(&pickle, std::iter::empty())), @"pytorch_model.bin: the file asks to run os.system, which weights do not need; nothing was run: do not trust the file, and choose a checkpoint with model.safetensors");
    insta::assert_snapshot!(refused(&legacy_of(&pickle, true, std::iter::empty())), @"pytorch_model.bin: the file asks to run os.system, which weights do not need; nothing was run: do not trust the file, and choose a checkpoint with model.safetensors");
    insta::assert_snapshot!(refused(&archive_of(&dictionary(&[("a", call("builtins\neval"))]), std::iter::empty())), @"pytorch_model.bin: the file asks to run builtins.eval, which weights do not need; nothing was run: do not trust the file, and choose a checkpoint with model.safetensors");
    insta::assert_snapshot!(refused(&archive_of(&dictionary(&[("a", call("torch\nload"))]), std::iter::empty())), @"pytorch_model.bin: the file asks to run torch.load, which weights do not need; nothing was run: do not trust the file, and choose a checkpoint with model.safetensors");
    assert!(!witness.exists());
}

#[test]
fn what_is_declared_large_takes_no_memory() {
    let storage = [0; 4];
    let storages = || [storage.as_slice()].into_iter();
    // A tuple of two of the tuple before, forty times: 2^40 elements if it were copied.
    let doubled: Vec<u8> = std::iter::once(b")q\x00".to_vec())
        .chain((0..40u8).map(|level| vec![b'h', level, b'h', level, 0x86, b'q', level + 1]))
        .collect::<Vec<_>>()
        .concat();
    refused(&archive_of(&dictionary(&[("a", doubled)]), storages()));
    // One long key, remembered and used for every entry, and one long shape likewise.
    let key = text(&"k".repeat(100_000));
    let first = [key, b"q\x00".to_vec()].concat();
    let entries: Vec<u8> = (0..20_000).flat_map(|_| *b"h\x00N").collect();
    let pickle = [b"\x80\x02}(".to_vec(), first, b"N".to_vec(), entries, b"u.".to_vec()].concat();
    assert!(refused(&archive_of(&pickle, storages())).len() < 1000, "the message is short");
    let long = vec![1; 50_000];
    let pickle = dictionary(&[("a", rebuild("FloatStorage", "0", 1, 0, [&long, &long]))]);
    refused(&archive_of(&pickle, storages()));
    // A dictionary within itself.
    let pickle = b"\x80\x02}q\x00X\x01\x00\x00\x00ah\x00s.";
    refused(&archive_of(pickle, storages()));
    check_memory();
}
