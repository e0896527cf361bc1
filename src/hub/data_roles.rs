//! Which files of a listing hold which split of a data set.

use std::collections::BTreeSet;

use super::configs::Configs;
use super::data_layout::DataLayout;
use super::format::label_file;
use super::layout::{Roles, some_of};
use super::named_files::named_roles;
use super::usual_files::{listed, usual_roles};
use super::wider_files::wider_roles;
use super::{DataLayoutError, Format, RelativeName};

/// The files of each split (`train/0`, ...): those in `data.files`, else those of the README's `configs`, else those with
/// usual names. Also `labels`, the file that names class numbers, and `readme`.
pub(super) fn data_roles(
    names: &[String],
    layout: DataLayout<'_>,
    configs: Option<&Configs>,
) -> Result<Roles, DataLayoutError> {
    let used = layout.used();
    if let Some(language) = layout.language.filter(|language| RelativeName::parse(language).is_none()) {
        return Err(DataLayoutError::LanguageOutside { language: language.to_owned() });
    }
    let roles = match layout.files {
        Some(files) => named_roles(names, layout, files, &used)?,
        None => match configs.map(|configs| configs.roles(names, layout, &used)).transpose()?.flatten() {
            Some(roles) => roles,
            None => by_name(names, layout, &used).map_err(|error| match configs {
                Some(configs) => configs.instead_of(error, layout),
                None => error,
            })?,
        },
    };
    Ok(with_names(names, roles))
}

/// The splits' files, and the files that name class numbers.
pub(super) fn with_names(names: &[String], mut roles: Roles) -> Roles {
    // text files have the names of their tags
    let is_numbered = |name: &str| matches!(Format::of(name), Some(Format::Parquet | Format::Json));
    let numbered = roles.iter().find(|(_, name)| is_numbered(name));
    if let Some(labels) = numbered.and_then(|(_, name)| label_file(names, name)) {
        roles.push(("labels".to_owned(), labels));
    }
    if names.iter().any(|name| name == "README.md") {
        roles.push(("readme".to_owned(), "README.md".to_owned()));
    }
    roles
}

/// The files on a main branch that name the classes of a conversion.
pub(super) fn class_name_roles(names: &[String]) -> Roles {
    let labels = label_file(names, "").map(|name| ("labels".to_owned(), name));
    let readme = names.iter().find(|name| *name == "README.md").map(|name| ("readme".to_owned(), name.clone()));
    labels.into_iter().chain(readme).collect()
}

/// The files with usual names, else those whose names or folders have a split's name among other words.
fn by_name(names: &[String], layout: DataLayout<'_>, used: &[&'static str]) -> Result<Roles, DataLayoutError> {
    if layout.splits.is_some() {
        return wider_roles(names, layout, used)
            .map_err(|error| error.unwrap_or_else(|| no_split(names, layout, used)));
    }
    match usual_roles(names, layout, used) {
        Err(error @ (DataLayoutError::Ambiguous { .. } | DataLayoutError::IsFolder { .. })) => Err(error),
        Err(error) => wider_roles(names, layout, used)
            .map_err(|other| other.unwrap_or_else(|| folders(names, layout, used).unwrap_or(error))),
        Ok(roles) => Ok(roles),
    }
}

/// The error that lists the folders, where several have all splits.
fn folders(names: &[String], layout: DataLayout<'_>, used: &[&'static str]) -> Option<DataLayoutError> {
    let tops: BTreeSet<&str> = names.iter().filter_map(|name| Some(name.split_once('/')?.0)).collect();
    let holds = |top: &&str| wider_roles(names, DataLayout { language: Some(top), ..layout }, used).is_ok();
    let tops: BTreeSet<&str> = tops.into_iter().filter(holds).collect();
    (layout.language.is_none() && tops.len() > 1).then(|| DataLayoutError::LanguageNeeded { there: some_of(&tops) })
}

/// The error of names in `data.splits` that no file has.
fn no_split(names: &[String], layout: DataLayout<'_>, used: &[&'static str]) -> DataLayoutError {
    let named: Vec<String> =
        used.iter().filter_map(|split| layout.name_of(split)).map(|name| format!("`{name}`")).collect();
    let there: Vec<&str> = names.iter().map(String::as_str).filter(|name| Format::of(name).is_some()).collect();
    DataLayoutError::NoSplitNamed { named: named.join(", "), there: listed(&there) }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::spec::Files;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    const ALL: DataLayout<'_> = DataLayout { parquet_first: false, ..DataLayout::ALL };

    fn data_roles(names: &[String], layout: DataLayout<'_>) -> Result<Roles, DataLayoutError> {
        super::data_roles(names, layout, None)
    }

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
        let file = |name: &str| vec![name.to_owned()];
        let files = Files { train: file("./NER-de-train.tsv"), test: file("NER-de-test.tsv"), validation: Vec::new() };
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
        insta::assert_snapshot!(data_roles(&there, DataLayout { files: Some(&files), ..ALL }).unwrap_err(), @"data.files names `a.xlsx`, an unsupported file type; expected one of .parquet, .jsonl, .conll, .conllu, .tsv, .txt, .iob, .bio, .json, .ndjson, .csv, .iob2, .bioes, .annotated, .train, .dev, .test, .testa, .testb, .ann; or set data.format");
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
        // so has a folder that is none
        assert_eq!(data_roles(&files, DataLayout { converted: false, ..layout }), data_roles(&files, layout));
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
            let files = Files { train: vec![file.to_owned()], ..Files::default() };
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
        insta::assert_snapshot!(data_roles(&none, ALL).unwrap_err(), @"no data file; convert the data to one of .parquet, .jsonl, .conll, .conllu, .tsv, .txt, .iob, .bio, .json, .ndjson, .csv, .iob2, .bioes, .annotated, .train, .dev, .test, .testa, .testb, .ann");
        let advice = |layout| data_roles(&none, layout).unwrap_err().to_string().contains("refs/convert/parquet");
        let on_the_hub = DataLayout { parquet_first: true, ..ALL };
        assert!(advice(on_the_hub));
        assert!(!advice(DataLayout { converted: true, ..on_the_hub }), "it is that already");
    }
}
