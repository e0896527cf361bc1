//! Tiles that extend past the last column of their matrix: computed whole elsewhere, and their real columns copied.

use super::kernel::{Chain, Kernel, MAX_TILE, Tile};
use super::split::Strip;

/// Runs `kernel` on a tile of `rows` rows whose lanes are `strip`.
///
/// # Safety
/// As for the kernel, except that of `c` only the strip's real columns need exist.
pub(super) unsafe fn run(kernel: Kernel, tile: &Tile, rows: usize, strip: Strip) {
    if strip.columns == strip.width {
        // SAFETY: the caller's promise.
        return unsafe { kernel(tile) };
    }
    let mut whole = [0.0; MAX_TILE];
    let beside = whole.as_mut_ptr();
    // SAFETY: `whole` holds the largest tile; of `c` only real columns are touched.
    unsafe {
        if tile.chain != Chain::Fresh {
            for row in 0..rows {
                tile.c.add(row * tile.c_row).copy_to_nonoverlapping(beside.add(row * strip.width), strip.columns);
            }
        }
        kernel(&Tile { c: beside, c_row: strip.width, ..*tile });
        for row in 0..rows {
            tile.c.add(row * tile.c_row).copy_from_nonoverlapping(beside.add(row * strip.width), strip.columns);
        }
    }
}
