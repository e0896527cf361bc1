//! Files whose names or folders have a split's name among other words: `en_train.conll`, `train/a.conll`,
//! `train_de-00000-of-00001.parquet`. As in `datasets` (`data_files.py`), a split's name as a folder goes before one in a
//! file's name, and separators part the words of a name. Unlike there, files of several languages are not put together:
//! `data.language` chooses those that have its name beside the split's.

use std::collections::BTreeSet;

use super::data_layout::DataLayout;
use super::layout::{Roles, some_of};
use super::usual_files::aliases;
use super::{DataLayoutError, Format};

/// Names of splits that are tried after the usual ones, as `datasets` has them.
pub(super) fn second_aliases(split: &str) -> &'static [&'static str] {
    match split {
        "validation" => &["val", "devel", "development"],
        "test" => &["testing", "eval", "evaluation"],
        _ => &["training"],
    }
}

/// Where a split's name stands.
#[derive(Clone, Copy)]
enum Place {
    /// It is the name of the folder.
    Folder,
    /// It is one of the words of the file's name.
    File,
}

/// A file that may be of a split.
struct Candidate<'n> {
    /// Its path.
    name: &'n str,
    /// What its name has beside the split's name and the number of a shard.
    rest: String,
    /// Whether its own name has the split's.
    by_file: bool,
}

/// The files of every split used.
///
/// # Errors
/// None: no place has all splits. Else why a split's files cannot be told apart.
pub(super) fn wider_roles(
    names: &[String],
    layout: DataLayout<'_>,
    used: &[&'static str],
) -> Result<Roles, Option<DataLayoutError>> {
    let names: Vec<&str> =
        names.iter().map(String::as_str).filter(|name| Format::usual_ending(name).is_some()).collect();
    let (prefixes, language) = prefixes(&names, layout);
    let mut why = None;
    for prefix in &prefixes {
        for place in [Place::Folder, Place::File] {
            let mut roles = Vec::new();
            let all = used.iter().try_for_each(|split| {
                let files = split_files(&names, prefix, place, split, layout, language.as_deref())?;
                roles.extend(files.into_iter().enumerate().map(|(at, name)| (format!("{split}/{at}"), name)));
                Ok(())
            });
            match all {
                Ok(()) if !used.is_empty() => return Ok(roles),
                Ok(()) => {}
                Err(error) => why = why.or(error),
            }
        }
    }
    Err(why)
}

/// The folders to look in, and what names must have beside the split's; nothing where `data.language` is a folder.
fn prefixes(names: &[&str], layout: DataLayout<'_>) -> (Vec<String>, Option<String>) {
    if let Some(language) = layout.language {
        let folders = [format!("{language}/"), format!("data/{language}/")];
        let there = |folder: &String| names.iter().any(|name| name.starts_with(folder.as_str()));
        if let Some(folder) = folders.into_iter().find(there) {
            return (vec![folder], None);
        }
    }
    let mut prefixes = ["", "data/", "default/", "dataset/"].map(str::to_owned).to_vec();
    let tops: BTreeSet<&str> = names.iter().map(|name| name.split_once('/').map_or("", |(top, _)| top)).collect();
    // a sole configuration needs no key
    if let (1, Some(top)) = (tops.len(), tops.first().filter(|top| !top.is_empty())) {
        prefixes.push(format!("{top}/"));
    }
    (prefixes, layout.language.map(|language| words(language).join("_")))
}

/// The files of a split in one place, sorted; `language`: what each name must have beside the split's.
///
/// # Errors
/// None: there is no file. Else why they cannot be told apart.
fn split_files(
    names: &[&str],
    prefix: &str,
    place: Place,
    split: &'static str,
    layout: DataLayout<'_>,
    language: Option<&str>,
) -> Result<Vec<String>, Option<DataLayoutError>> {
    let given = layout.name_of(split);
    let alternatives: [Vec<&str>; 2] = match given {
        Some(name) => [vec![name], Vec::new()],
        None => [aliases(split).to_vec(), second_aliases(split).to_vec()],
    };
    for words in alternatives {
        let mut by_word = Vec::new();
        for word in words {
            let mut found = candidates(names, prefix, place, word);
            match language {
                Some(language) => found.retain(|file| file.rest == language),
                None if given.is_some() => found.retain(|file| file.rest.is_empty()),
                None => {}
            }
            if !found.is_empty() {
                by_word.push(found);
            }
        }
        match &mut by_word[..] {
            [] => {}
            [found] => return chosen(std::mem::take(found), layout, split, language.is_some()),
            several => {
                let found: Vec<&str> = several.iter().map(|found| found[0].name).collect();
                return Err(Some(DataLayoutError::Ambiguous { split, found: found.join(" or ") }));
            }
        }
    }
    Err(None)
}

fn candidates<'n>(names: &[&'n str], prefix: &str, place: Place, word: &str) -> Vec<Candidate<'n>> {
    let of = |name: &&'n str| {
        let inside = name.strip_prefix(prefix)?;
        let stem = |file: &str| file.split_once('.').map_or_else(|| file.to_owned(), |_| without_ending(file));
        match (place, inside.split_once('/')) {
            (Place::File, None) => Some(Candidate { name, rest: beside(&stem(inside), word)?, by_file: true }),
            (Place::Folder, Some((folder, file))) if !file.contains('/') => {
                let of_folder = beside(folder, word)?;
                let of_file = beside(&stem(file), word);
                let rest = if of_folder.is_empty() { of_file.clone().unwrap_or_default() } else { of_folder };
                Some(Candidate { name, rest, by_file: of_file.is_some() })
            }
            _ => None,
        }
    };
    names.iter().filter_map(of).collect()
}

/// The files to read of those found: of one format, and shards of one split.
fn chosen(
    found: Vec<Candidate<'_>>,
    layout: DataLayout<'_>,
    split: &'static str,
    of_language: bool,
) -> Result<Vec<String>, Option<DataLayoutError>> {
    let rank = |file: &Candidate<'_>| match Format::usual_ending(file.name) {
        Some((_, "parquet")) if layout.parquet_first => (0, "parquet"),
        Some((rank, ending)) => (rank + usize::from(layout.parquet_first), ending),
        None => (usize::MAX, ""),
    };
    let best = found.iter().map(|file| rank(file).0).min().unwrap_or_default();
    let found: Vec<Candidate<'_>> = found.into_iter().filter(|file| rank(file).0 == best).collect();
    let endings: BTreeSet<&str> = found.iter().map(|file| rank(file).1).collect();
    if endings.len() > 1 {
        let one = |ending: &&str| found.iter().find(|file| rank(file).1 == *ending).map(|file| file.name);
        let found: Vec<&str> = endings.iter().filter_map(one).collect();
        return Err(Some(DataLayoutError::Ambiguous { split, found: found.join(" or ") }));
    }
    let rests: BTreeSet<&str> = found.iter().filter(|file| file.by_file).map(|file| file.rest.as_str()).collect();
    if !of_language && rests.len() > 1 && !are_shards(&rests) {
        let there = some_of(&rests.into_iter().filter(|rest| !rest.is_empty()).collect());
        return Err(Some(DataLayoutError::PartNeeded { split, there }));
    }
    let mut files: Vec<String> = found.into_iter().map(|file| file.name.to_owned()).collect();
    files.sort();
    Ok(files)
}

/// Whether numbers count from 0 or 1 without a gap.
fn are_shards(rests: &BTreeSet<&str>) -> bool {
    let numbers: Option<BTreeSet<usize>> = rests.iter().map(|rest| rest.parse().ok()).collect();
    numbers.is_some_and(|numbers| {
        let first = numbers.first().copied().unwrap_or_default();
        first <= 1 && numbers.len() == rests.len() && numbers.iter().copied().eq(first..first + rests.len())
    })
}

/// A file's name without the ending of its format and that of gzip.
fn without_ending(file: &str) -> String {
    let file = file.strip_suffix(super::format::GZIP).unwrap_or(file);
    file.rsplit_once('.').map_or(file, |(stem, _)| stem).to_owned()
}

/// The words of a name in lower case: `-`, `.`, `_` and blanks part them, and so do the ends of numbers.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = None;
    for letter in name.chars() {
        let kind = match letter {
            '-' | '.' | '_' | ' ' => None,
            letter => Some(letter.is_ascii_digit()),
        };
        match (kind, words.last_mut()) {
            (None, _) => {}
            (Some(_), Some(word)) if kind == before => word.extend(letter.to_lowercase()),
            (Some(_), _) => words.push(letter.to_lowercase().collect()),
        }
        before = kind;
    }
    words
}

/// What a name has beside the words of `wanted` and the number of a shard (`00000-of-00002`), joined by `_`; none if it
/// does not have these words.
pub(super) fn beside(name: &str, wanted: &str) -> Option<String> {
    let (mut all, wanted) = (words(name), words(wanted));
    let at = all.windows(wanted.len().max(1)).position(|part| part == wanted)?;
    all.drain(at..at + wanted.len());
    let is_number = |word: &String| word.bytes().all(|byte| byte.is_ascii_digit());
    if let [.., number, of, count] = &all[..]
        && of == "of"
        && is_number(number)
        && is_number(count)
    {
        all.truncate(all.len() - 3);
    }
    Some(all.join("_"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    const ALL: DataLayout<'_> = DataLayout::ALL;

    fn found(names: &[&str], layout: DataLayout<'_>) -> Result<String, String> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let used = ["train", "validation", "test"];
        match wider_roles(&names, layout, &used) {
            Ok(roles) => Ok(roles.iter().map(|(role, name)| format!("{role} {name}\n")).collect()),
            Err(error) => Err(error.map_or_else(|| "nothing".to_owned(), |error| error.to_string())),
        }
    }

    #[test]
    fn what_a_name_has_beside_a_split_is_a_language_or_the_number_of_a_shard() {
        for (name, word, rest) in [
            ("train", "train", Some("")),
            ("train00", "train", Some("00")),
            ("train-00000-of-00002", "train", Some("")),
            ("train_de-00000-of-00002", "train", Some("de")),
            ("en_train", "train", Some("en")),
            ("zh-cn.train", "train", Some("zh_cn")),
            ("ner-train-v1", "train", Some("ner_v_1")),
            ("Train", "train", Some("")),
            ("training", "train", None),
            ("mytrain", "train", None),
            ("train_2020", "train_2020", Some("")),
            ("2020.train", "train_2020", None),
        ] {
            assert_eq!(beside(name, word).as_deref(), rest, "{name}");
        }
    }

    #[test]
    fn a_folder_of_a_split_is_read_whole() {
        let twitter = ["train/a.conll", "train/b.conll", "train/e.conll", "dev/h.conll", "test/f.conll"];
        insta::assert_snapshot!(found(&twitter, ALL).unwrap(), @r"
        train/0 train/a.conll
        train/1 train/b.conll
        train/2 train/e.conll
        validation/0 dev/h.conll
        test/0 test/f.conll
        ");
    }

    #[test]
    fn a_language_stands_beside_a_split_in_names_and_folders() {
        let multinerd = [
            "train/train_de.jsonl",
            "train/train_en.jsonl",
            "val/val_de.jsonl",
            "val/val_en.jsonl",
            "test/test_de.jsonl",
            "test/test_en.jsonl",
        ];
        let german = DataLayout { language: Some("de"), ..ALL };
        insta::assert_snapshot!(found(&multinerd, german).unwrap(), @r"
        train/0 train/train_de.jsonl
        validation/0 val/val_de.jsonl
        test/0 test/test_de.jsonl
        ");
        insta::assert_snapshot!(found(&multinerd, ALL).unwrap_err(), @r#"the train split has several parts: de, en; set data.language to one of them, or name files in data.files"#);
        let converted = [
            "default/train_de/0000.parquet",
            "default/val_de/0000.parquet",
            "default/test_de/0000.parquet",
            "default/test_en/0000.parquet",
        ];
        insta::assert_snapshot!(found(&converted, german).unwrap(), @r"
        train/0 default/train_de/0000.parquet
        validation/0 default/val_de/0000.parquet
        test/0 default/test_de/0000.parquet
        ");
        let english = [
            "EN-English/en_train.conll",
            "EN-English/en_dev.conll",
            "EN-English/en_test.conll",
            "DE-German/de_train.conll",
        ];
        let english = found(&english, DataLayout { language: Some("EN-English"), ..ALL }).unwrap();
        insta::assert_snapshot!(english, @r"
        train/0 EN-English/en_train.conll
        validation/0 EN-English/en_dev.conll
        test/0 EN-English/en_test.conll
        ");
    }

    #[test]
    fn shards_are_counted_and_years_are_not() {
        let tner = ["dataset/train01.json", "dataset/train00.json", "dataset/valid.json", "dataset/test.json"];
        insta::assert_snapshot!(found(&tner, ALL).unwrap(), @r"
        train/0 dataset/train00.json
        train/1 dataset/train01.json
        validation/0 dataset/valid.json
        test/0 dataset/test.json
        ");
        let years =
            ["dataset/train_2020.json", "dataset/train_2021.json", "dataset/valid_2020.json", "dataset/test_2021.json"];
        insta::assert_snapshot!(found(&years, ALL).unwrap_err(), @r#"the train split has several parts: 2020, 2021; set data.language to one of them, or name files in data.files"#);
        let named = [("train", "train_2020"), ("validation", "valid_2020"), ("test", "test_2021")];
        let named = named.map(|(split, name)| (split.to_owned(), name.to_owned())).into();
        insta::assert_snapshot!(found(&years, DataLayout { splits: Some(&named), ..ALL }).unwrap(), @r"
        train/0 dataset/train_2020.json
        validation/0 dataset/valid_2020.json
        test/0 dataset/test_2021.json
        ");
    }

    #[test]
    fn a_sole_folder_needs_no_language_and_the_second_names_come_last() {
        let sole = ["conll2003/train/0000.parquet", "conll2003/val/0000.parquet", "conll2003/test/0000.parquet"];
        assert!(found(&sole, ALL).unwrap().starts_with("train/0 conll2003/train/0000.parquet"));
        let both = ["train.csv", "val.csv", "eval.csv", "test.csv"];
        insta::assert_snapshot!(found(&both, ALL).unwrap(), @r"
        train/0 train.csv
        validation/0 val.csv
        test/0 test.csv
        ");
        let unclear = ["train.csv", "val.csv", "devel.csv", "test.csv"];
        insta::assert_snapshot!(found(&unclear, ALL).unwrap_err(), @"the validation split is ambiguous: val.csv or devel.csv; name one of them in data.files");
        assert_eq!(found(&["a.csv", "b.csv"], ALL), Err("nothing".to_owned()));
    }
}
