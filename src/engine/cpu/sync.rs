//! Atomics, cells, locks and threads for `team`, which imports them from here alone: `tests/loom` puts a model checker's in
//! their place.

pub(super) use std::cell::UnsafeCell;
pub(super) use std::hint::spin_loop;
pub(super) use std::sync::Mutex;
pub(super) use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize};
pub(super) use std::thread::yield_now;
pub(super) use std::thread_local;

pub(super) use rayon::{current_num_threads, in_place_scope};
