//! Windows over a long sentence or document, and which one answers for a token. It knows no text.

use std::ops::Range;

use super::DataError;
use crate::spec::InputLength;

/// Number of tokens that fit into an input beside `special` ones.
///
/// # Errors
/// [`DataError::TooShort`], [`DataError::NoStep`]
pub fn room(length: InputLength, special: usize) -> Result<usize, DataError> {
    let room = length.tokens().checked_sub(special).filter(|room| *room > 0);
    let room = room.ok_or(DataError::TooShort { length, special })?;
    match length.stride(room) {
        Some(stride) if stride >= room => Err(DataError::NoStep { stride, room }),
        _ => Ok(room),
    }
}

/// The windows of `len` tokens where `room` fit into one: from token 0 on, each begins `stride` tokens before the end of
/// the one before; the last ends with the document, so that it may share more.
///
/// # Panics
/// If `stride` is not below `room`.
pub fn windows(len: usize, room: usize, stride: usize) -> Vec<Range<usize>> {
    let step = room.checked_sub(stride).filter(|step| *step > 0).expect("windows that advance");
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
pub fn best_window(windows: &[Range<usize>], token: usize) -> usize {
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
    fn windows_overlap_and_the_last_is_whole() {
        assert!(windows(0, 8, 4).is_empty());
        let whole = 0..8;
        assert_eq!(windows(8, 8, 4), [whole]);
        assert_eq!(windows(9, 8, 4), [0..8, 1..9]);
        assert_eq!(windows(17, 8, 4), [0..8, 4..12, 8..16, 9..17]);
        assert_eq!(windows(3, 1, 0), [0..1, 1..2, 2..3]);
        assert_eq!(windows(17, 8, 0), [0..8, 8..16, 9..17]);
        assert_eq!(windows(12, 8, 6), [0..8, 2..10, 4..12]);
    }

    #[test]
    fn every_token_has_half_of_the_stride_on_both_sides_or_an_end_of_the_document() {
        for (len, room) in (1..60).flat_map(|len| (1..16).map(move |room| (len, room))) {
            for stride in 0..room {
                let windows = windows(len, room, stride);
                for token in 0..len {
                    let window = &windows[best_window(&windows, token)];
                    assert!(window.contains(&token));
                    let least = stride.saturating_sub(1) / 2;
                    let left = window.start == 0 || token - window.start >= least;
                    let right = window.end == len || window.end - 1 - token >= least;
                    assert!(left && right, "{len} {room} {stride} {token} {window:?}");
                }
            }
        }
    }

    #[test]
    fn the_windows_that_answer_follow_the_tokens() {
        let windows = windows(40, 9, 3);
        let answers: Vec<usize> = (0..40).map(|token| best_window(&windows, token)).collect();
        assert!(answers.is_sorted(), "{answers:?}");
    }
}
