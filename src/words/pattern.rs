//! Patterns of names: of files, as in `data.files` and in a README's `configs`, and of parameters, as in `train.groups`.

/// Whether a text is a pattern.
pub fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// Whether the path `name` matches: `?` is one character and `*` any number of them within a part of the path, `**` any
/// number of characters.
pub fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    // which beginnings of the name the pattern read so far matches
    let mut reached = vec![false; name.len() + 1];
    reached[0] = true;
    let mut at = 0;
    while at < pattern.len() {
        let deep = pattern[at..].starts_with(&['*', '*']);
        let mut next = vec![false; name.len() + 1];
        for end in 0..=name.len() {
            next[end] = match pattern[at] {
                // `a/**/b` is `a/b` too
                '*' if deep => reached[end] || (end > 0 && next[end - 1]),
                '*' => reached[end] || (end > 0 && next[end - 1] && name[end - 1] != '/'),
                '?' => end > 0 && reached[end - 1] && name[end - 1] != '/',
                letter => end > 0 && reached[end - 1] && name[end - 1] == letter,
            };
        }
        at += if deep { 2 } else { 1 };
        if deep && pattern.get(at) == Some(&'/') {
            let slashed = |end: usize| next[end] && starts_part(&name, end);
            next = (0..=name.len()).map(slashed).collect();
            at += 1;
        }
        reached = next;
    }
    reached[name.len()]
}

/// Whether a part of the path begins at `at`.
fn starts_part(name: &[char], at: usize) -> bool {
    at == 0 || name[at - 1] == '/'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stays_within_a_part_of_the_path_and_two_do_not() {
        for (pattern, name) in [
            ("train.conll", "train.conll"),
            ("train-*.jsonl", "train-00.jsonl"),
            ("*", "a.conll"),
            ("es/train-*", "es/train-00000-of-00001.parquet"),
            ("train/?.conll", "train/a.conll"),
            ("**", "a/b/c"),
            ("**/train*", "train.conll"),
            ("**/train*", "a/b/train.conll"),
            ("data/**/train.*", "data/train.csv"),
            ("data/**/train.*", "data/x/y/train.csv"),
            ("data/**", "data/x/y"),
            ("*ñ*", "añb"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("*", "a/b"),
            ("train", "train.conll"),
            ("es/*", "de/a"),
            ("es/*", "es/a/b"),
            ("train/?.conll", "train/ab.conll"),
            ("**/train*", "a/mytrain"),
            ("", "a"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }
}
