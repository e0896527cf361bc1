//! What files of predictions are called: by a row's label, and by its key as earlier versions did. It touches no file.

use crate::hash::Sha256;

use super::ScoredSplit;

/// The most bytes of a label in a name; of a set's name. With all that is added, and the ending of a temporary file, a name
/// stays within the 255 bytes of a file system.
const LONGEST: (usize, usize) = (150, 50);

/// Digits of a key, and of the hash in a name: two of 10,000 labels that are cut to one text share it once in 5 million.
const DIGITS: usize = 12;

const VALIDATION: &str = ".validation";
const GOLD: &str = "gold-";

/// The file of a row's predictions, by its label: `LABEL.tags`, `LABEL.validation.tags`, on an evaluation set
/// `LABEL@SET.tags`.
///
/// Only ASCII letters and digits and `=,._+-` stay; others become `-`. Where that, an upper-case letter (some file systems
/// ignore case) or a cut makes it ambiguous, or it could be read as another name, 12 digits of a hash are added. So no two
/// rows of an experiment have one name, whatever the case.
pub fn prediction_name(label: &str, set: Option<&str>, split: ScoredSplit) -> String {
    let (most, most_of_set) = LONGEST;
    let mut stem = part(label, most);
    let mut is_plain = stem == label;
    if let Some(set) = set {
        let part = part(set, most_of_set);
        is_plain &= part == set;
        stem = format!("{stem}@{part}");
    }
    if !is_plain || is_ambiguous(&stem) {
        // a length first, so that no two pairs of label and set are one text
        let hash =
            Sha256::of(format!("{}:{label}{}", label.len(), set.map(|set| format!("@{set}")).unwrap_or_default()));
        stem = format!("{}-{}", unlike_others(stem), &hash.as_str()[..DIGITS]);
    }
    file(&stem, split)
}

/// The file of the result under `key`, as earlier versions named it beside the tables: `KEY.tags`, `KEY.validation.tags`.
pub fn earlier_prediction_name(key: &str, split: ScoredSplit) -> String {
    file(key, split)
}

/// The names that a row's predictions can have in `predictions/`; the first one that exists has them.
pub fn prediction_names(label: &str, set: Option<&str>, key: &str, split: ScoredSplit) -> [String; 2] {
    [prediction_name(label, set, split), earlier_prediction_name(key, split)]
}

/// The key in a name of [`earlier_prediction_name`].
pub(super) fn key_of_earlier(name: &str) -> Option<&str> {
    let stem = name.strip_suffix(".tags")?;
    let key = stem.strip_suffix(VALIDATION).unwrap_or(stem);
    let is_key = key.len() == DIGITS && key.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_key.then_some(key)
}

/// Whether a file of `predictions/` has gold tags.
pub(super) fn is_gold(name: &str) -> bool {
    name.starts_with(GOLD) && name.ends_with(".tags")
}

fn file(stem: &str, split: ScoredSplit) -> String {
    match split {
        ScoredSplit::Test => format!("{stem}.tags"),
        ScoredSplit::Validation => format!("{stem}{VALIDATION}.tags"),
    }
}

/// A text as a part of a name.
fn part(text: &str, most: usize) -> String {
    let is_kept = |letter: &char| letter.is_ascii_alphanumeric() || "=,._+-".contains(*letter);
    text.chars().map(|letter| if is_kept(&letter) { letter } else { '-' }).take(most).collect()
}

/// Whether a name needs a hash though all of it is there.
fn is_ambiguous(stem: &str) -> bool {
    let is_digits = |text: &str| text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let ends_as_with_hash = stem.rsplit_once('-').is_some_and(|(_, end)| is_digits(end));
    stem.bytes().any(|byte| byte.is_ascii_uppercase())
        || ends_as_with_hash
        || is_digits(stem)
        || stem.ends_with(VALIDATION)
        || stem.ends_with('.')
        || stem != unlike_others(stem.to_owned())
}

/// A name that is not empty, hidden, an option, or that of gold tags.
fn unlike_others(stem: String) -> String {
    let is_gold = stem.get(..GOLD.len()).is_some_and(|start| start.eq_ignore_ascii_case(GOLD));
    if is_gold || stem.is_empty() || stem.starts_with(['.', '-', '@']) { format!("_{stem}") } else { stem }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Each with the name that its predictions on the test split have.
    const NAMES: [(&str, &str); 24] = [
        ("base", "base.tags"),
        ("train_size=1000,freeze=false", "train_size=1000,freeze=false.tags"),
        ("learning_rate=0.00005", "learning_rate=0.00005.tags"),
        ("data.validation_size=100", "data.validation_size=100.tags"),
        ("head_learning_rate=none", "head_learning_rate=none.tags"),
        ("a=x", ""),
        ("A=x", ""),
        ("a=X", ""),
        ("checkpoint=org/model", ""),
        ("checkpoint=org-model", ""),
        ("checkpoint=org/Model", ""),
        ("dataset=./größe", ""),
        ("dataset=./gr--e", ""),
        ("dataset=./gröss", ""),
        ("dataset=a\\b:c*?\"<>|\n", ""),
        ("gold-0123456789ab", ""),
        ("Gold-0123456789ab", ""),
        ("0123456789ab", ""),
        ("x.validation", ""),
        ("x.validation.", ""),
        (".hidden", ""),
        ("../../etc/passwd", ""),
        ("", ""),
        ("x@set", ""),
    ];

    fn name(label: &str) -> String {
        prediction_name(label, None, ScoredSplit::Test)
    }

    #[test]
    fn a_label_of_plain_text_is_the_name_and_an_odd_one_is_made_plain() {
        let all: Vec<String> = NAMES.iter().map(|(label, _)| name(label)).collect();
        for ((label, expected), name) in NAMES.iter().zip(&all) {
            assert!(expected.is_empty() || expected == name, "{label}: {name}");
        }
        insta::assert_snapshot!(all[5..].join("\n"), @r"
        a=x.tags
        A=x-d215b6a38ff4.tags
        a=X-c34e52bc6a2d.tags
        checkpoint=org-model-c4398260ba13.tags
        checkpoint=org-model.tags
        checkpoint=org-Model-76069c650534.tags
        dataset=.-gr--e-2c42f669d14c.tags
        dataset=.-gr--e-dba1e7ca8ada.tags
        dataset=.-gr-ss-6f299c670dbb.tags
        dataset=a-b-c--------91367ef74d97.tags
        _gold-0123456789ab-ca3c81d3cc48.tags
        _Gold-0123456789ab-3c1d185fe623.tags
        0123456789ab-4491f113b882.tags
        x.validation-6d7c64abb323.tags
        x.validation.-e0db2c22f8f3.tags
        _.hidden-b34a9288334c.tags
        _..-..-etc-passwd-f083bb4f810e.tags
        _-ba768b331fd8.tags
        x-set-e88b505d731e.tags
        ");
    }

    #[test]
    fn a_set_is_behind_the_label_and_a_split_before_the_ending() {
        let names = [
            prediction_name("seed=1", Some("tweets"), ScoredSplit::Test),
            prediction_name("seed=1", None, ScoredSplit::Validation),
            prediction_name("seed=1", Some("wikiann de, validation"), ScoredSplit::Test),
            earlier_prediction_name("0123456789ab", ScoredSplit::Validation),
        ];
        insta::assert_snapshot!(names.join("\n"), @r"
        seed=1@tweets.tags
        seed=1.validation.tags
        seed=1@wikiann-de,-validation-9b58946420a6.tags
        0123456789ab.validation.tags
        ");
    }

    #[test]
    fn no_two_rows_have_one_name_whatever_the_case() {
        let long = "n".repeat(300);
        let mut labels: Vec<String> = NAMES.iter().map(|(label, _)| (*label).to_owned()).collect();
        labels.extend([long.clone(), format!("{long}x"), long[..150].to_owned(), long[..151].to_owned()]);
        // what is made of an odd label is a label itself
        labels.extend(labels.clone().iter().map(|label| name(label).replace(".tags", "")));
        labels.extend(labels.clone().iter().map(|label| name(label).replace(".tags", "")));
        labels.sort();
        labels.dedup();
        let sets = [None, Some("tweets"), Some("Tweets"), Some("t@b"), Some("x.validation"), Some("größe"), Some("")];
        let mut rows = BTreeMap::new();
        for (label, set) in labels.iter().flat_map(|label| sets.map(|set| (label, set))) {
            for split in ScoredSplit::ALL {
                let name = prediction_name(label, set, split);
                assert!(name.len() <= 230 && !is_gold(&name) && !name.starts_with(['.', '-']), "{name}");
                assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"=,._+-@".contains(&byte)), "{name}");
                let other = rows.insert(name.to_ascii_lowercase(), (label, set, split));
                assert_eq!(other, None, "{name}");
            }
        }
        let keys =
            ["0123456789ab", "ba9876543210"].map(|key| ScoredSplit::ALL.map(|s| earlier_prediction_name(key, s)));
        assert!(keys.iter().flatten().all(|name| !rows.contains_key(name) && key_of_earlier(name).is_some()));
        assert!(rows.keys().all(|name| key_of_earlier(name).is_none()));
    }
}
