//! Which files of a listing hold which split of a data set.

use std::collections::BTreeSet;

use super::format::label_file;
use super::layout::{Roles, some_of};
use super::{DataLayoutError, Format, RelativeName};
use crate::spec::Files;

/// The splits that a job uses, and how to find their files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DataLayout<'a> {
    /// `data.language`
    pub(super) language: Option<&'a str>,
    /// `data.files`
    pub(super) files: Option<&'a Files>,
    /// Whether the job trains.
    pub(super) train: bool,
    /// Whether the validation split is scored.
    pub(super) validation: bool,
    /// Whether the test split is scored, or compared with the training split.
    pub(super) test: bool,
    /// Whether `SPLIT/*.parquet` is a split: in the hub's own conversions and in local folders.
    pub(super) converted: bool,
    /// Whether Parquet files are preferred to others with usual names: on the hub, where both occur.
    pub(super) parquet_first: bool,
}

/// The files of each split (`train/0`, ...): those in `data.files`, else those with usual names. Also `labels`, the file
/// that names class numbers, and `readme`.
pub(super) fn data_roles(names: &[String], layout: DataLayout<'_>) -> Result<Roles, DataLayoutError> {
    let splits = [("train", layout.train), ("validation", layout.validation), ("test", layout.test)];
    let used: Vec<&'static str> = splits.into_iter().filter(|(_, used)| *used).map(|(split, _)| split).collect();
    if let Some(language) = layout.language.filter(|language| RelativeName::parse(language).is_none()) {
        return Err(DataLayoutError::LanguageOutside { language: language.to_owned() });
    }
    let mut roles = match layout.files {
        Some(files) => named_roles(names, layout.language, files, &used)?,
        None => usual_roles(names, layout, &used)?,
    };
    // text files have the names of their tags
    let numbered = roles.iter().find(|(_, name)| matches!(Format::of(name), Some(Format::Parquet | Format::Json)));
    if let Some(labels) = numbered.and_then(|(_, name)| label_file(names, name)) {
        roles.push(("labels".to_owned(), labels));
    }
    if names.iter().any(|name| name == "README.md") {
        roles.push(("readme".to_owned(), "README.md".to_owned()));
    }
    Ok(roles)
}

fn named_roles(
    names: &[String],
    language: Option<&str>,
    files: &Files,
    used: &[&'static str],
) -> Result<Roles, DataLayoutError> {
    let mut roles = Vec::new();
    for split in used {
        let file = match *split {
            "validation" => &files.validation,
            "test" => &files.test,
            _ => &files.train,
        };
        let file = file.as_deref().ok_or(DataLayoutError::NotNamed { split })?;
        let file = file.strip_prefix("./").unwrap_or(file);
        if file.starts_with('~') || RelativeName::parse(file).is_none() {
            return Err(DataLayoutError::Outside { file: file.to_owned() });
        }
        let file = language.map_or_else(|| file.to_owned(), |language| format!("{language}/{file}"));
        if Format::of(&file).is_none() {
            return Err(DataLayoutError::NotRead { file });
        }
        if !names.contains(&file) {
            if let Some(inside) = names.iter().find(|name| name.starts_with(&format!("{file}/"))) {
                return Err(DataLayoutError::IsFolder { split, folder: file, file: inside.clone() });
            }
            let there = names.iter().map(String::as_str).filter(|name| Format::of(name).is_some()).collect();
            return Err(DataLayoutError::NoSuchFile { file, there: some_of(&there) });
        }
        roles.push((format!("{split}/0"), file));
    }
    Ok(roles)
}

/// The files with usual names, all in the folder that has the first split used.
fn usual_roles(names: &[String], layout: DataLayout<'_>, used: &[&'static str]) -> Result<Roles, DataLayoutError> {
    let Some(first) = used.first() else { return Ok(Vec::new()) };
    let mut names: Vec<&str> = names.iter().map(String::as_str).filter(|name| Format::of(name).is_some()).collect();
    let prefixes = match layout.language {
        Some(language) => vec![format!("{language}/")],
        None => ["", "data/", "default/", "dataset/"].map(str::to_owned).to_vec(),
    };
    let parquet: Vec<&str> = names.iter().copied().filter(|name| Format::of(name) == Some(Format::Parquet)).collect();
    let in_parquet = |prefix: &String| files_of(&parquet, prefix, first, layout.converted).is_ok_and(|f| !f.is_empty());
    if layout.parquet_first && prefixes.iter().any(in_parquet) {
        names = parquet;
    }
    let holds =
        |prefix: &&String| !matches!(files_of(&names, prefix, first, layout.converted), Ok(files) if files.is_empty());
    let Some(prefix) = prefixes.iter().find(holds) else { return Err(missing(&names, layout, first)) };
    let mut roles = Vec::new();
    for split in used {
        let files = files_of(&names, prefix, split, layout.converted)?;
        if files.is_empty() {
            return Err(DataLayoutError::NoSplit { split, there: listed(&names) });
        }
        roles.extend(files.into_iter().enumerate().map(|(at, name)| (format!("{split}/{at}"), name)));
    }
    Ok(roles)
}

/// Names of a split's files. In CoNLL, testa is the validation split and testb the test split.
fn aliases(split: &str) -> &'static [&'static str] {
    match split {
        "validation" => &["validation", "dev", "valid", "testa"],
        "test" => &["test", "testb"],
        _ => &["train"],
    }
}

/// The files of a split below `prefix`, sorted; empty if there is none. Two candidates are an error: the program does not
/// guess.
fn files_of(
    names: &[&str],
    prefix: &str,
    split: &'static str,
    converted: bool,
) -> Result<Vec<String>, DataLayoutError> {
    for endings in Format::usual_endings() {
        let endings: Vec<&str> = endings.collect();
        let of_name = |alias: &'static str| {
            endings.iter().map(move |ending| match *ending {
                "parquet" => parquet_files(names, prefix, alias, converted),
                ending => {
                    let name = format!("{prefix}{alias}.{ending}");
                    names.contains(&name.as_str()).then_some(name).into_iter().collect()
                }
            })
        };
        let all = aliases(split).iter().copied().flat_map(of_name);
        let mut found: Vec<Vec<String>> = all.filter(|files| !files.is_empty()).collect();
        if found.len() > 1 {
            let found: Vec<String> = found.iter().map(|files| files[0].clone()).collect();
            return Err(DataLayoutError::Ambiguous { split, found: found.join(" or ") });
        }
        if let Some(files) = found.pop() {
            return Ok(files);
        }
    }
    Ok(Vec::new())
}

/// `PREFIX SPLIT.parquet`, `PREFIX SPLIT-*.parquet`, or `PREFIX SPLIT/*.parquet` where `converted`; sorted.
fn parquet_files(names: &[&str], prefix: &str, split: &str, converted: bool) -> Vec<String> {
    let matches = |name: &&&str| {
        let Some(rest) = name.strip_prefix(prefix).and_then(|rest| rest.strip_prefix(split)) else { return false };
        let inside = rest.trim_start_matches('/');
        rest == ".parquet"
            || (rest.starts_with('-') && !rest.contains('/'))
            || (converted && rest.starts_with('/') && !inside.contains('/'))
    };
    let parquet = names.iter().filter(|name| Format::of(name) == Some(Format::Parquet));
    let mut files: Vec<String> = parquet.filter(matches).map(|name| (*name).to_owned()).collect();
    files.sort();
    files
}

fn missing(names: &[&str], layout: DataLayout<'_>, first: &'static str) -> DataLayoutError {
    let folders: BTreeSet<&str> = names
        .iter()
        .filter(|name| Format::of(name) == Some(Format::Parquet) || is_usual(name))
        .filter_map(|name| name.split_once('/'))
        .map(|(top, _)| top)
        .collect();
    // where the files would be found without a language, unless there are languages
    let holds = |prefix| files_of(names, prefix, first, layout.converted).is_ok_and(|files| !files.is_empty());
    let places = [("", "at the top level"), ("data/", "in data/"), ("default/", "in default/")];
    let place = places.into_iter().find(|(prefix, _)| holds(prefix)).map(|(_, place)| place);
    let place = place.filter(|_| folders.iter().all(|folder| ["data", "default"].contains(folder)));
    let chosen = layout.language.is_some_and(|language| folders.contains(language));
    let named = names.iter().find_map(|name| {
        let (folder, _) = name.split_once('/').filter(|(folder, _)| Format::of(folder).is_some())?;
        Some(DataLayoutError::IsFolder { split: first, folder: folder.to_owned(), file: (*name).to_owned() })
    });
    if let Some(error) = named {
        return error;
    }
    match layout.language {
        _ if names.is_empty() => DataLayoutError::NoData { has_conversion: layout.parquet_first && !layout.converted },
        Some(language) if !chosen => match place {
            Some(place) => DataLayoutError::NoLanguages { language: language.to_owned(), place },
            None if folders.is_empty() => {
                DataLayoutError::NoLanguages { language: language.to_owned(), place: "at the top level" }
            }
            None => DataLayoutError::NoLanguage { language: language.to_owned(), there: some_of(&folders) },
        },
        None if !folders.is_empty() => DataLayoutError::LanguageNeeded { there: some_of(&folders) },
        _ => DataLayoutError::NoSplit { split: first, there: listed(names) },
    }
}

fn listed(names: &[&str]) -> String {
    some_of(&names.iter().copied().collect())
}

/// Whether a file has a usual name of some split.
fn is_usual(name: &str) -> bool {
    let stem = name.rsplit('/').next().and_then(|file| file.rsplit_once('.')).map(|(stem, _)| stem);
    stem.is_some_and(|stem| ["train", "validation", "test"].iter().any(|split| aliases(split).contains(&stem)))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    const ALL: DataLayout<'_> = DataLayout {
        language: None,
        files: None,
        train: true,
        validation: true,
        test: true,
        converted: false,
        parquet_first: false,
    };

    fn shown(roles: &Roles) -> String {
        roles.iter().map(|(role, name)| format!("{role} {name}\n")).collect()
    }

    #[test]
    fn own_files_go_by_the_usual_names_of_every_format() {
        let conll = names(&["testa.txt", "testb.txt", "train.txt", "notes.md"]);
        insta::assert_snapshot!(shown(&data_roles(&conll, ALL).unwrap()), @r"
        train/0 train.txt
        validation/0 testa.txt
        test/0 testb.txt
        ");
        let several = names(&["test.bio", "testb.iob", "dev.conll", "train.tsv"]);
        insta::assert_snapshot!(data_roles(&several, ALL).unwrap_err(), @"the test split is ambiguous: test.bio or testb.iob; name one of them in data.files");
        let spanish = names(&["es/train.conll", "es/test.conll", "de/train.conll"]);
        let layout = DataLayout { validation: false, ..ALL };
        assert_eq!(data_roles(&spanish, DataLayout { language: Some("es"), ..layout }).unwrap()[1].1, "es/test.conll");
        insta::assert_snapshot!(data_roles(&spanish, layout).unwrap_err(), @"the data files are in folders; set data.language to one of de, es");
        let two = names(&["train.conll", "train.jsonl", "test.conll"]);
        insta::assert_snapshot!(data_roles(&two, layout).unwrap_err(), @"the train split is ambiguous: train.jsonl or train.conll; name one of them in data.files");
    }

    #[test]
    fn files_may_be_named() {
        let there =
            names(&["README.md", "NER-de-train.tsv", "NER-de-test.tsv", "es/esp.testa", "es/esp.train", "a.xlsx"]);
        let file = |name: &str| Some(name.to_owned());
        let files = Files { train: file("./NER-de-train.tsv"), test: file("NER-de-test.tsv"), validation: None };
        let layout = DataLayout { files: Some(&files), ..ALL };
        insta::assert_snapshot!(shown(&data_roles(&there, DataLayout { validation: false, ..layout }).unwrap()), @r"
        train/0 NER-de-train.tsv
        test/0 NER-de-test.tsv
        readme README.md
        ");
        insta::assert_snapshot!(data_roles(&there, layout).unwrap_err(), @"data.files names no validation file; add one, or set data.validation_size = 0");
        let elsewhere = Files { train: file("../esp.train"), ..Files::default() };
        let alone = DataLayout { files: Some(&elsewhere), validation: false, test: false, ..ALL };
        insta::assert_snapshot!(data_roles(&there, alone).unwrap_err(), @"data.files names `../esp.train`, which is outside the data set; move it into the data set, or set data.dataset to its folder");
        let files = Files { train: file("esp.train"), validation: file("esp.testa"), test: file("esp.testb") };
        let spanish = DataLayout { files: Some(&files), language: Some("es"), test: false, ..ALL };
        insta::assert_snapshot!(shown(&data_roles(&there, spanish).unwrap()), @r"
        train/0 es/esp.train
        validation/0 es/esp.testa
        readme README.md
        ");
        insta::assert_snapshot!(data_roles(&there, DataLayout { test: true, ..spanish }).unwrap_err(), @"data.files names `es/esp.testb`, which does not exist; use one of NER-de-test.tsv, NER-de-train.tsv, es/esp.testa, es/esp.train");
        let files = Files { train: file("a.xlsx"), ..Files::default() };
        insta::assert_snapshot!(data_roles(&there, DataLayout { files: Some(&files), ..ALL }).unwrap_err(), @"data.files names `a.xlsx`, an unsupported file type; expected one of .parquet, .jsonl, .conll, .conllu, .tsv, .txt, .iob, .bio, .json, .ndjson, .csv, .iob2, .bioes, .annotated, .train, .dev, .test, .testa, .testb");
    }

    #[test]
    fn json_and_csv_are_read_where_there_is_nothing_else_with_what_names_their_tags() {
        let tner = names(&["dataset/label.json", "dataset/train.json", "dataset/test.json", "README.md", "tner.py"]);
        let layout = DataLayout { validation: false, ..ALL };
        insta::assert_snapshot!(shown(&data_roles(&tner, layout).unwrap()), @r"
        train/0 dataset/train.json
        test/0 dataset/test.json
        labels dataset/label.json
        readme README.md
        ");
        let twice = names(&["labels_list.txt", "test.conll", "test.json", "train.conll", "train.json"]);
        assert_eq!(shown(&data_roles(&twice, layout).unwrap()), "train/0 train.conll\ntest/0 test.conll\n");
        let kaggle = names(&["test.csv", "train.csv", "label.json"]);
        assert_eq!(shown(&data_roles(&kaggle, layout).unwrap()), "train/0 train.csv\ntest/0 test.csv\n");
        let two = names(&["test.csv", "train.csv", "train.json"]);
        insta::assert_snapshot!(data_roles(&two, layout).unwrap_err(), @"the train split is ambiguous: train.json or train.csv; name one of them in data.files");
    }

    #[test]
    fn parquet_goes_first_on_the_hub_and_is_one_of_two_in_a_folder() {
        let both = names(&["data/test-0.parquet", "data/train-0.parquet", "test.txt", "train.txt"]);
        let layout = DataLayout { validation: false, ..ALL };
        let on_the_hub = data_roles(&both, DataLayout { parquet_first: true, ..layout }).unwrap();
        assert_eq!(shown(&on_the_hub), "train/0 data/train-0.parquet\ntest/0 data/test-0.parquet\n");
        let text = DataLayout { parquet_first: true, ..layout };
        assert_eq!(data_roles(&both[2..], text).unwrap()[0].1, "train.txt");
        let beside = names(&["train.parquet", "train.txt", "test.txt"]);
        insta::assert_snapshot!(data_roles(&beside, layout).unwrap_err(), @"the train split is ambiguous: train.parquet or train.txt; name one of them in data.files");
    }

    #[test]
    fn a_split_that_no_one_uses_need_not_be_there() {
        let layout = DataLayout { train: false, validation: false, ..ALL };
        assert_eq!(shown(&data_roles(&names(&["data/test.conll"]), layout).unwrap()), "test/0 data/test.conll\n");
        assert_eq!(data_roles(&names(&["a.xlsx"]), DataLayout { test: false, ..layout }).unwrap(), []);
    }

    #[test]
    fn splits_lie_in_a_language_folder_at_the_root_or_in_data() {
        let wikiann = names(&[
            "README.md",
            "de/train-00000-of-00001.parquet",
            "es/test-00000-of-00001.parquet",
            "es/train-00001-of-00002.parquet",
            "es/train-00000-of-00002.parquet",
            "es/validation-00000-of-00001.parquet",
        ]);
        let spanish = DataLayout { language: Some("es"), ..ALL };
        insta::assert_snapshot!(shown(&data_roles(&wikiann, spanish).unwrap()), @r"
        train/0 es/train-00000-of-00002.parquet
        train/1 es/train-00001-of-00002.parquet
        validation/0 es/validation-00000-of-00001.parquet
        test/0 es/test-00000-of-00001.parquet
        readme README.md
        ");
        let unscored = DataLayout { validation: false, test: false, language: Some("de"), ..ALL };
        insta::assert_snapshot!(shown(&data_roles(&wikiann, unscored).unwrap()), @r"
        train/0 de/train-00000-of-00001.parquet
        readme README.md
        ");
        let root = names(&["train.parquet", "dev-0.parquet", "test.parquet"]);
        insta::assert_snapshot!(shown(&data_roles(&root, ALL).unwrap()), @r"
        train/0 train.parquet
        validation/0 dev-0.parquet
        test/0 test.parquet
        ");
        let data = names(&["data/train-0.parquet", "data/valid-0.parquet", "data/test-0.parquet"]);
        assert_eq!(data_roles(&data, ALL).unwrap().len(), 3);
    }

    #[test]
    fn a_conversion_has_a_folder_for_each_split() {
        let files = names(&["es/train/0000.parquet", "es/train/0001.parquet", "es/test/0000.parquet"]);
        let layout = DataLayout { language: Some("es"), validation: false, converted: true, ..ALL };
        insta::assert_snapshot!(shown(&data_roles(&files, layout).unwrap()), @r"
        train/0 es/train/0000.parquet
        train/1 es/train/0001.parquet
        test/0 es/test/0000.parquet
        ");
        assert_eq!(
            data_roles(&files, DataLayout { converted: false, ..layout }),
            Err(DataLayoutError::NoSplit {
                split: "train",
                there: "es/test/0000.parquet, es/train/0000.parquet, es/train/0001.parquet".to_owned()
            })
        );
    }

    #[test]
    fn a_language_is_left_out_where_there_is_none() {
        let layout = DataLayout { language: Some("es"), validation: false, ..ALL };
        let said = |files: &[&str]| data_roles(&names(files), layout).unwrap_err().to_string();
        insta::assert_snapshot!(said(&["data/train-0.parquet", "data/test-0.parquet"]), @"no language `es`: the files are in data/; remove data.language");
        insta::assert_snapshot!(said(&["train.conll", "test.conll"]), @"no language `es`: the files are at the top level; remove data.language");
        insta::assert_snapshot!(said(&["data/train-0.parquet", "de/train-0.parquet"]), @"no language `es`; set data.language to one of data, de");
    }

    #[test]
    fn a_language_or_file_outside_the_data_set_is_refused() {
        let there = names(&["train.conll", "test.conll"]);
        for language in ["/home/ana", "..", "a/../..", "", "es/", "C:/es", "a\\b", "es\0"] {
            let layout = DataLayout { language: Some(language), validation: false, ..ALL };
            let refused = DataLayoutError::LanguageOutside { language: language.to_owned() };
            assert_eq!(data_roles(&there, layout), Err(refused), "{language:?}");
        }
        for file in
            ["/home/ana/train.conll", "../train.conll", "a/../../train.conll", "~/train.conll", "C:\\train.conll", ""]
        {
            let files = Files { train: Some(file.to_owned()), ..Files::default() };
            let layout = DataLayout { files: Some(&files), validation: false, test: false, ..ALL };
            let refused = DataLayoutError::Outside { file: file.to_owned() };
            assert_eq!(data_roles(&there, layout), Err(refused), "{file:?}");
        }
    }

    #[test]
    fn what_a_data_set_lacks_is_said_with_what_there_is() {
        let many: Vec<String> = (10..35).map(|at| format!("l{at}/train-0.parquet")).collect();
        let layout = DataLayout { language: Some("es"), validation: false, test: false, ..ALL };
        insta::assert_snapshot!(data_roles(&many, layout).unwrap_err(), @"no language `es`; set data.language to one of l10, l11, l12, l13, l14, l15, l16, l17, l18, l19, l20, l21, l22, l23, l24, l25, l26, l27, l28, l29 and 5 more");
        insta::assert_snapshot!(data_roles(&many[..2], DataLayout { language: None, ..layout }).unwrap_err(), @"the data files are in folders; set data.language to one of l10, l11");
        let train = names(&["train.parquet"]);
        insta::assert_snapshot!(data_roles(&train, ALL).unwrap_err(), @"no validation file, such as validation.parquet or validation.conll, among train.parquet; add one, or name one of these in data.files, or set data.validation_size = 0");
        let none = names(&["a.xlsx"]);
        insta::assert_snapshot!(data_roles(&none, ALL).unwrap_err(), @"no data file; convert the data to one of .parquet, .jsonl, .conll, .conllu, .tsv, .txt, .iob, .bio, .json, .ndjson, .csv, .iob2, .bioes, .annotated, .train, .dev, .test, .testa, .testb");
        let advice = |layout| data_roles(&none, layout).unwrap_err().to_string().contains("refs/convert/parquet");
        let on_the_hub = DataLayout { parquet_first: true, ..ALL };
        assert!(advice(on_the_hub));
        assert!(!advice(DataLayout { converted: true, ..on_the_hub }), "it is that already");
    }
}
