//! Packing buffers that outlive a call, one or more a thread, so that the steady state allocates nothing.

use std::cell::RefCell;

/// A cache line.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; 16]);

thread_local! {
    static SPARE: RefCell<Vec<Vec<Line>>> = const { RefCell::new(Vec::new()) };
}

/// A buffer on loan from its thread, aligned to a cache line; dropping it returns it. A thread that waits for others may
/// run another product in the meantime, which borrows a second buffer.
#[derive(Debug)]
pub(super) struct Buffer(Vec<Line>);

impl Buffer {
    /// A buffer of at least `length` values, left over from earlier calls.
    pub(super) fn borrow(length: usize) -> Self {
        let mut lines = SPARE.with_borrow_mut(Vec::pop).unwrap_or_default();
        if lines.len() < length.div_ceil(16) {
            lines.resize(length.div_ceil(16), Line([0.0; 16]));
        }
        Buffer(lines)
    }

    /// Its first value.
    pub(super) fn pointer(&mut self) -> *mut f32 {
        self.0.as_mut_ptr().cast()
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let lines = std::mem::take(&mut self.0);
        // A thread's last buffers may be dropped after its spare ones: then there is nothing to return them to.
        let _ = SPARE.try_with(|spare| spare.borrow_mut().push(lines));
    }
}
