//! A count with its noun.

/// `1 worker`, `3 workers`: of a noun whose plural has an s.
pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
