//! Windows over a long document, and which one answers for a token. It knows no text.

use std::ops::Range;

/// The windows of `len` tokens where `room` fit into one: from token 0 on, each half a window after the one before; the
/// last ends with the document.
pub(super) fn windows(len: usize, room: usize) -> Vec<Range<usize>> {
    let step = room.div_ceil(2);
    let mut windows = Vec::new();
    let mut start = 0;
    while start + room < len {
        windows.push(start..start + room);
        start += step;
    }
    if len > 0 {
        windows.push(len.saturating_sub(room)..len);
    }
    windows
}

/// The index of the window in which `token` has most context: most tokens on its shorter side, where an end of the
/// document cuts nothing short. Of two that are alike, the first.
pub(super) fn best_window(windows: &[Range<usize>], token: usize) -> usize {
    let last = windows.len().saturating_sub(1);
    let context = |at: usize| {
        let window = &windows[at];
        let left = if at == 0 { usize::MAX } else { token - window.start };
        let right = if at == last { usize::MAX } else { window.end - 1 - token };
        left.min(right)
    };
    let first = windows.partition_point(|window| window.end <= token);
    let containing = (first..windows.len()).take_while(|at| windows[*at].start <= token);
    containing.reduce(|best, at| if context(at) > context(best) { at } else { best }).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_overlap_by_half_and_the_last_is_whole() {
        assert!(windows(0, 8).is_empty());
        let whole = 0..8;
        assert_eq!(windows(8, 8), [whole]);
        assert_eq!(windows(9, 8), [0..8, 1..9]);
        assert_eq!(windows(17, 8), [0..8, 4..12, 8..16, 9..17]);
        assert_eq!(windows(3, 1), [0..1, 1..2, 2..3]);
    }

    #[test]
    fn every_token_has_a_quarter_of_a_window_on_both_sides_or_an_end_of_the_document() {
        for (len, room) in (1..80).flat_map(|len| (1..20).map(move |room| (len, room))) {
            let windows = windows(len, room);
            for token in 0..len {
                let window = &windows[best_window(&windows, token)];
                assert!(window.contains(&token));
                let left = window.start == 0 || token - window.start >= (room - 1) / 4;
                let right = window.end == len || window.end - 1 - token >= (room - 1) / 4;
                assert!(left && right, "{len} {room} {token} {window:?}");
            }
        }
    }
}
