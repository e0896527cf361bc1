//! Broken experiment files and what each says: word for word, as a terminal of 100 columns shows it without colors.

use std::path::Path;

use insta::assert_snapshot;
use runner::plan::Plan;
use runner::spec::{Overrides, load, render};
use tempfile::TempDir;

/// What every experiment needs.
const BASE: &str = "[data]\ndataset = \"builtin:es\"\n[model]\ncheckpoint = \"builtin:tiny\"\n";

/// What is said about the first of these files: problems of the files, or else of the plan.
fn said(files: &[(&str, &str)]) -> String {
    let folder = TempDir::new().expect("a temporary folder can be made");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("the file can be written");
    }
    said_about(&folder.path().join(files[0].0), folder.path())
}

fn said_about(file: &Path, folder: &Path) -> String {
    let planned = load(file, &Overrides::default()).and_then(Plan::expand);
    let problems = planned.expect_err("the file is broken");
    // The folder's name differs from run to run, and with its length the place where lines wrap.
    let mut problems = problems;
    let prefix = format!("{}/", folder.display());
    problems.rename(|name| name.replace(&prefix, ""));
    render(&problems, false, 100)
}

/// What is said about a file of this text.
fn broken(text: &str) -> String {
    said(&[("grid.toml", text)])
}

#[test]
fn a_typo_gets_the_nearest_name() {
    assert_snapshot!(broken("[data]\ndataset = \"builtin:es\"\ntrainsize = 100\n\n[model]\ncheckpoint = \"builtin:tiny\"\n"), @r#"
      × unknown key `trainsize` in [data]
       ╭─[grid.toml:3:1]
     2 │ dataset = "builtin:es"
     3 │ trainsize = 100
       · ────┬────
       ·     ╰── no such key
     4 │
       ╰────
      help: did you mean `train_size`?

    1 problem; nothing was started or written
    "#);
}

#[test]
fn a_wrong_type_says_what_the_key_takes() {
    assert_snapshot!(broken(&format!("{BASE}[train]\nepochs = \"three\"\nbatch_size = 8.5\nschedule = 1\n")), @r#"
      × `train.epochs` takes a number from 0
       ╭─[grid.toml:6:10]
     5 │ [train]
     6 │ epochs = "three"
       ·          ───┬───
       ·             ╰── this is text
     7 │ batch_size = 8.5
       ╰────

      × `train.batch_size` takes a whole number from 1
       ╭─[grid.toml:7:14]
     6 │ epochs = "three"
     7 │ batch_size = 8.5
       ·              ─┬─
       ·               ╰── this is a fractional number
     8 │ schedule = 1
       ╰────

      × `train.schedule` takes "linear", "cosine" or "constant"
       ╭─[grid.toml:8:12]
     7 │ batch_size = 8.5
     8 │ schedule = 1
       ·            ┬
       ·            ╰── this is a whole number
       ╰────

    3 problems; nothing was started or written
    "#);
}

#[test]
fn a_number_in_quotes_is_reported_with_the_number() {
    assert_snapshot!(broken(&format!("{BASE}[train]\nepochs = \"3\"\nseed = \"42\"\n")), @r#"
      × `train.epochs` takes a number from 0
       ╭─[grid.toml:6:10]
     5 │ [train]
     6 │ epochs = "3"
       ·          ─┬─
       ·           ╰── this is text
     7 │ seed = "42"
       ╰────
      help: write it without quotes: `epochs = 3`

      × `train.seed` takes a whole number from 0
       ╭─[grid.toml:7:8]
     6 │ epochs = "3"
     7 │ seed = "42"
       ·        ──┬─
       ·          ╰── this is text
       ╰────
      help: write it without quotes: `seed = 42`

    2 problems; nothing was started or written
    "#);
}

#[test]
fn a_number_out_of_range_is_underlined() {
    assert_snapshot!(broken(&format!("{BASE}max_length = 2\ndropout = 1.0\n\n[train]\nlearning_rate = 0\n")), @r#"
      × `model.max_length` takes a whole number from 3, not 2
       ╭─[grid.toml:5:14]
     4 │ checkpoint = "builtin:tiny"
     5 │ max_length = 2
       ·              ┬
       ·              ╰── out of range
     6 │ dropout = 1.0
       ╰────

      × `model.dropout` takes a number from 0 to below 1, not 1.0
       ╭─[grid.toml:6:11]
     5 │ max_length = 2
     6 │ dropout = 1.0
       ·           ─┬─
       ·            ╰── out of range
     7 │
       ╰────

      × `train.learning_rate` takes a number above 0, not 0
       ╭─[grid.toml:9:17]
     8 │ [train]
     9 │ learning_rate = 0
       ·                 ┬
       ·                 ╰── out of range
       ╰────

    3 problems; nothing was started or written
    "#);
}

#[test]
fn sizes_are_of_one_row_or_more() {
    assert_snapshot!(broken("[data]\ndataset = \"builtin:es\"\ntrain_size = 0\ntest_size = \"everything\"\n[model]\ncheckpoint = \"builtin:tiny\"\n"), @r#"
      × `data.train_size` takes a whole number from 1 or "all", not 0
       ╭─[grid.toml:3:14]
     2 │ dataset = "builtin:es"
     3 │ train_size = 0
       ·              ┬
       ·              ╰── out of range
     4 │ test_size = "everything"
       ╰────

      × `data.test_size` takes a whole number from 0 or "all", not "everything"
       ╭─[grid.toml:4:13]
     3 │ train_size = 0
     4 │ test_size = "everything"
       ·             ──────┬─────
       ·                   ╰── not one of these
     5 │ [model]
       ╰────

    2 problems; nothing was started or written
    "#);
}

#[test]
fn a_negative_seed_is_out_of_range() {
    assert_snapshot!(broken(&format!("{BASE}[train]\nseed = -1\n")), @r#"
      × `train.seed` takes a whole number from 0, not -1
       ╭─[grid.toml:6:8]
     5 │ [train]
     6 │ seed = -1
       ·        ─┬
       ·         ╰── out of range
       ╰────

    1 problem; nothing was started or written
    "#);
}

#[test]
fn a_word_gets_the_nearest_word() {
    assert_snapshot!(broken(&format!("{BASE}freeze = \"embedings\"\n[train]\nschedule = \"linaer\"\n")), @r#"
      × `model.freeze` takes true, false, "embeddings" or a whole number from 1, not "embedings"
       ╭─[grid.toml:5:10]
     4 │ checkpoint = "builtin:tiny"
     5 │ freeze = "embedings"
       ·          ─────┬─────
       ·               ╰── not one of these
     6 │ [train]
       ╰────
      help: did you mean "embeddings"?

      × `train.schedule` takes "linear", "cosine" or "constant", not "linaer"
       ╭─[grid.toml:7:12]
     6 │ [train]
     7 │ schedule = "linaer"
       ·            ────┬───
       ·                ╰── not one of these
       ╰────
      help: did you mean "linear"?

    2 problems; nothing was started or written
    "#);
}

#[test]
fn freezing_no_layer_is_reported_with_both_ways_to_say_it() {
    assert_snapshot!(broken(&format!("{BASE}freeze = 0\n")), @r#"
      × `model.freeze` takes true, false, "embeddings" or a whole number from 1, not 0
       ╭─[grid.toml:5:10]
     4 │ checkpoint = "builtin:tiny"
     5 │ freeze = 0
       ·          ┬
       ·          ╰── out of range
       ╰────
      help: write "embeddings" to freeze only the embeddings, or false to train everything

    1 problem; nothing was started or written
    "#);
}

#[test]
fn a_list_outside_the_matrix_is_sent_there() {
    assert_snapshot!(broken(&format!("{BASE}[train]\nseed = [1, 2, 3]\n")), @r#"
      × `train.seed` takes a whole number from 0
       ╭─[grid.toml:6:8]
     5 │ [train]
     6 │ seed = [1, 2, 3]
       ·        ────┬────
       ·            ╰── this is a list
       ╰────
      help: to vary it, write the list under [matrix]: `train.seed = [...]`

    1 problem; nothing was started or written
    "#);
}

#[test]
fn names_from_hugging_face_get_ours() {
    assert_snapshot!(broken("[data]\ndataset_name = \"conll2003\"\nmax_train_samples = 1000\n[model]\nmodel_name_or_path = \"bert-base-cased\"\nmax_seq_length = 128\n[train]\nnum_train_epochs = 3\nper_device_train_batch_size = 8\nlr = 5e-5\nfp16 = true\nload_best_model_at_end = true\n"), @r#"
      × unknown key `dataset_name` in [data]
       ╭─[grid.toml:2:1]
     1 │ [data]
     2 │ dataset_name = "conll2003"
       · ──────┬─────
       ·       ╰── no such key
     3 │ max_train_samples = 1000
       ╰────
      help: use `dataset`

      × unknown key `max_train_samples` in [data]
       ╭─[grid.toml:3:1]
     2 │ dataset_name = "conll2003"
     3 │ max_train_samples = 1000
       · ────────┬────────
       ·         ╰── no such key
     4 │ [model]
       ╰────
      help: use `train_size`

      × unknown key `model_name_or_path` in [model]
       ╭─[grid.toml:5:1]
     4 │ [model]
     5 │ model_name_or_path = "bert-base-cased"
       · ─────────┬────────
       ·          ╰── no such key
     6 │ max_seq_length = 128
       ╰────
      help: use `checkpoint`

      × unknown key `max_seq_length` in [model]
       ╭─[grid.toml:6:1]
     5 │ model_name_or_path = "bert-base-cased"
     6 │ max_seq_length = 128
       · ───────┬──────
       ·        ╰── no such key
     7 │ [train]
       ╰────
      help: use `max_length`

      × unknown key `num_train_epochs` in [train]
       ╭─[grid.toml:8:1]
     7 │ [train]
     8 │ num_train_epochs = 3
       · ────────┬───────
       ·         ╰── no such key
     9 │ per_device_train_batch_size = 8
       ╰────
      help: use `epochs`

      × unknown key `per_device_train_batch_size` in [train]
        ╭─[grid.toml:9:1]
      8 │ num_train_epochs = 3
      9 │ per_device_train_batch_size = 8
        · ─────────────┬─────────────
        ·              ╰── no such key
     10 │ lr = 5e-5
        ╰────
      help: use `batch_size`

      × unknown key `lr` in [train]
        ╭─[grid.toml:10:1]
      9 │ per_device_train_batch_size = 8
     10 │ lr = 5e-5
        · ─┬
        ·  ╰── no such key
     11 │ fp16 = true
        ╰────
      help: use `learning_rate`

      × unknown key `fp16` in [train]
        ╭─[grid.toml:11:1]
     10 │ lr = 5e-5
     11 │ fp16 = true
        · ──┬─
        ·   ╰── no such key
     12 │ load_best_model_at_end = true
        ╰────
      help: fp16 is not supported; write `precision = "bf16"` in [train], or leave it at "auto"

      × unknown key `load_best_model_at_end` in [train]
        ╭─[grid.toml:12:1]
     11 │ fp16 = true
     12 │ load_best_model_at_end = true
        · ───────────┬──────────
        ·            ╰── no such key
        ╰────
      help: use `keep`

    9 problems; nothing was started or written
    "#);
}

#[test]
fn a_key_in_the_wrong_table_is_sent_to_its_own() {
    assert_snapshot!(broken("[data]\ndataset = \"builtin:es\"\nseed = 42\ntitle = \"late\"\n[model]\ncheckpoint = \"builtin:tiny\"\nlearning_rate = 5e-5\n"), @r#"
      × unknown key `seed` in [data]
       ╭─[grid.toml:3:1]
     2 │ dataset = "builtin:es"
     3 │ seed = 42
       · ──┬─
       ·   ╰── no such key
     4 │ title = "late"
       ╰────
      help: `seed` belongs in [train]

      × unknown key `title` in [data]
       ╭─[grid.toml:4:1]
     3 │ seed = 42
     4 │ title = "late"
       · ──┬──
       ·   ╰── no such key
     5 │ [model]
       ╰────
      help: `title` goes before the first table

      × unknown key `learning_rate` in [model]
       ╭─[grid.toml:7:1]
     6 │ checkpoint = "builtin:tiny"
     7 │ learning_rate = 5e-5
       · ──────┬──────
       ·       ╰── no such key
       ╰────
      help: `learning_rate` belongs in [train]

    3 problems; nothing was started or written
    "#);
}

#[test]
fn a_key_before_the_first_table_is_sent_to_its_own() {
    assert_snapshot!(broken(&format!("epochs = 3\ntrain = 1\n{BASE}")), @r#"
      × unknown key `epochs` before the first table
       ╭─[grid.toml:1:1]
     1 │ epochs = 3
       · ───┬──
       ·    ╰── no such key
     2 │ train = 1
       ╰────
      help: `epochs` belongs in [train]

      × `train` is a table, not a key
       ╭─[grid.toml:2:9]
     1 │ epochs = 3
     2 │ train = 1
       ·         ┬
       ·         ╰── not a table
     3 │ [data]
       ╰────
      help: write its keys under a line `[train]`

    2 problems; nothing was started or written
    "#);
}

#[test]
fn an_unknown_table_gets_the_nearest() {
    assert_snapshot!(broken(&format!("{BASE}[training]\nepochs = 3\n[modle]\nfreeze = true\n")), @r#"
      × unknown table `[training]`
       ╭─[grid.toml:5:2]
     4 │ checkpoint = "builtin:tiny"
     5 │ [training]
       ·  ────┬───
       ·      ╰── no such table
     6 │ epochs = 3
       ╰────
      help: did you mean `[train]`?

      × unknown table `[modle]`
       ╭─[grid.toml:7:2]
     6 │ epochs = 3
     7 │ [modle]
       ·  ──┬──
       ·    ╰── no such table
     8 │ freeze = true
       ╰────
      help: did you mean `[model]`?

    2 problems; nothing was started or written
    "#);
}

#[test]
fn missing_keys_are_named_with_an_example() {
    assert_snapshot!(broken("[data]\nlanguage = \"es\"\n"), @r#"
      × `data.dataset` is missing
       ╭─[grid.toml:1:1]
     1 │ [data]
       · ───┬──
       ·    ╰── this key has no default
     2 │ language = "es"
       ╰────
      help: write `dataset = "unimelb-nlp/wikiann"` in [data], or name a folder or a builtin

      × `model.checkpoint` is missing
       ╭─[grid.toml:1:1]
     1 │ [data]
       · ───┬──
       ·    ╰── there is no [model]
     2 │ language = "es"
       ╰────
      help: write `checkpoint = "google-bert/bert-base-multilingual-cased"` in [model], or name a
            folder or a builtin

    2 problems; nothing was started or written
    "#);
}

#[test]
fn a_source_of_no_known_shape_is_explained() {
    assert_snapshot!(broken("[data]\ndataset = \"data/conll/es\"\n[model]\ncheckpoint = \"my model\"\n"), @r#"
      × `data.dataset` takes a hub id ("owner/name"), a folder ("./folder") or "builtin:NAME", not
      │ "data/conll/es"
       ╭─[grid.toml:2:11]
     1 │ [data]
     2 │ dataset = "data/conll/es"
       ·           ───────┬───────
       ·                  ╰── a hub id has one slash; write a folder as "./data/conll/es"
     3 │ [model]
       ╰────

      × `model.checkpoint` takes a hub id ("owner/name"), a folder ("./folder") or "builtin:NAME", not
      │ "my model"
       ╭─[grid.toml:4:14]
     3 │ [model]
     4 │ checkpoint = "my model"
       ·              ─────┬────
       ·                   ╰── a hub id is owner/name, of letters, digits and - _ .
       ╰────

    2 problems; nothing was started or written
    "#);
}

#[test]
fn tags_of_another_scheme_are_named() {
    assert_snapshot!(broken("[data]\ndataset = \"builtin:es\"\nlabels = [\"O\", \"B-PER\", \"PER\"]\n[model]\ncheckpoint = \"builtin:tiny\"\n"), @r#"
      × `data.labels` takes a list of tags such as ["O", "B-PER", "I-PER"], not ["O", "B-PER", "PER"]
       ╭─[grid.toml:3:10]
     2 │ dataset = "builtin:es"
     3 │ labels = ["O", "B-PER", "PER"]
       ·          ──────────┬──────────
       ·                    ╰── "PER" is not a tag: tags are O, B-X and I-X
     4 │ [model]
       ╰────

    1 problem; nothing was started or written
    "#);
}

#[test]
fn text_that_is_not_toml_is_shown_where_it_breaks() {
    assert_snapshot!(broken("[data\ndataset = \"builtin:es\"\n[model]\ncheckpoint = builtin:tiny\n"), @r#"
      × invalid TOML: unclosed table
       ╭─[grid.toml:1:6]
     1 │ [data
       ·      ▲
       ·      ╰── expected `]`
     2 │ dataset = "builtin:es"
       ╰────

      × invalid TOML: string values must be quoted
       ╭─[grid.toml:4:14]
     3 │ [model]
     4 │ checkpoint = builtin:tiny
       ·              ──────┬─────
       ·                    ╰── expected literal string
       ╰────
      help: put the text in quotes: "builtin:tiny"

    2 problems; nothing was started or written
    "#);
}

#[test]
fn a_key_given_twice_is_not_toml() {
    assert_snapshot!(broken(&format!("{BASE}[train]\nseed = 1\nseed = 2\n")), @r#"
      × invalid TOML: duplicate key
       ╭─[grid.toml:7:1]
     6 │ seed = 1
     7 │ seed = 2
       · ──┬─
       ·   ╰── here
       ╰────
      help: a table has each key once: remove one

    1 problem; nothing was started or written
    "#);
}

#[test]
fn an_axis_that_is_not_a_list_is_reported_with_the_list() {
    assert_snapshot!(broken(&format!("{BASE}[matrix]\ntrain.seed = 42\n")), @r#"
      × the axis `train.seed` is not a list
       ╭─[grid.toml:6:14]
     5 │ [matrix]
     6 │ train.seed = 42
       ·              ─┬
       ·               ╰── this is a whole number
       ╰────
      help: write `train.seed = [42]`, or move the key to [train] if it does not vary

    1 problem; nothing was started or written
    "#);
}

#[test]
fn an_empty_axis_is_an_error() {
    assert_snapshot!(broken(&format!("{BASE}[matrix]\ntrain.seed = []\nmodel.freeze = [true, false]\n")), @r#"
      × the axis `train.seed` is empty
       ╭─[grid.toml:6:14]
     5 │ [matrix]
     6 │ train.seed = []
       ·              ─┬
       ·               ╰── no value
     7 │ model.freeze = [true, false]
       ╰────
      help: add a value, or remove the axis

    1 problem; nothing was started or written
    "#);
}

#[test]
fn an_unknown_axis_gets_the_nearest() {
    assert_snapshot!(broken(&format!("{BASE}[matrix]\ntrain.sede = [1, 2]\nseed = [1, 2]\ntrian.epochs = [1]\n[[matrix.exclud]]\ntrain.seed = 1\n")), @r#"
      × unknown key `sede` in [train]
       ╭─[grid.toml:6:7]
     5 │ [matrix]
     6 │ train.sede = [1, 2]
       ·       ──┬─
       ·         ╰── no such key
     7 │ seed = [1, 2]
       ╰────
      help: did you mean `seed`?

      × unknown key `seed` in [matrix]
       ╭─[grid.toml:7:1]
     6 │ train.sede = [1, 2]
     7 │ seed = [1, 2]
       · ──┬─
       ·   ╰── no such key
     8 │ trian.epochs = [1]
       ╰────
      help: write the table too: `train.seed = [...]`

      × unknown table `[matrix.trian]`
       ╭─[grid.toml:8:1]
     7 │ seed = [1, 2]
     8 │ trian.epochs = [1]
       · ──┬──
       ·   ╰── no such table
     9 │ [[matrix.exclud]]
       ╰────
      help: did you mean `train`?

      × unknown key `exclud` in [matrix]
        ╭─[grid.toml:9:10]
      8 │ trian.epochs = [1]
      9 │ [[matrix.exclud]]
        ·          ───┬──
        ·             ╰── no such key
     10 │ train.seed = 1
        ╰────
      help: did you mean `[[matrix.exclude]]`?

    4 problems; nothing was started or written
    "#);
}

#[test]
fn a_value_on_an_axis_is_checked_at_its_place() {
    assert_snapshot!(broken(&format!("{BASE}[matrix]\ntrain.epochs = [1, -2, \"x\"]\ndata.train_size = [10, 0]\n")), @r#"
      × `train.epochs` takes a number from 0, not -2
       ╭─[grid.toml:6:20]
     5 │ [matrix]
     6 │ train.epochs = [1, -2, "x"]
       ·                    ─┬
       ·                     ╰── out of range
     7 │ data.train_size = [10, 0]
       ╰────

      × `train.epochs` takes a number from 0
       ╭─[grid.toml:6:24]
     5 │ [matrix]
     6 │ train.epochs = [1, -2, "x"]
       ·                        ─┬─
       ·                         ╰── this is text
     7 │ data.train_size = [10, 0]
       ╰────

      × `data.train_size` takes a whole number from 1 or "all", not 0
       ╭─[grid.toml:7:24]
     6 │ train.epochs = [1, -2, "x"]
     7 │ data.train_size = [10, 0]
       ·                        ┬
       ·                        ╰── out of range
       ╰────

    3 problems; nothing was started or written
    "#);
}

#[test]
fn a_key_on_two_axes_is_shown_on_both() {
    assert_snapshot!(broken(&format!("{BASE}[matrix]\ntrain.seed = [1, 2]\n\n[[matrix.zip]]\ntrain.seed = [3, 4]\ntrain.epochs = [1, 2]\n")), @r#"
      × `train.seed` is on two axes
        ╭─[grid.toml:6:7]
      5 │ [matrix]
      6 │ train.seed = [1, 2]
        ·       ──┬─
        ·         ╰── first here
      7 │
      8 │ [[matrix.zip]]
      9 │ train.seed = [3, 4]
        ·       ──┬─
        ·         ╰── again here
     10 │ train.epochs = [1, 2]
        ╰────
      help: keep one; to vary lists together, write them in one [[matrix.zip]]

    1 problem; nothing was started or written
    "#);
}

#[test]
fn a_zip_of_unequal_lists_counts_them() {
    assert_snapshot!(broken(&format!("{BASE}[[matrix.zip]]\ntrain.seed = [1, 2, 3]\ntrain.epochs = [1, 2]\n")), @r#"
      × the lists of this zip have different lengths: 3 and 2
       ╭─[grid.toml:6:14]
     5 │ [[matrix.zip]]
     6 │ train.seed = [1, 2, 3]
       ·              ────┬────
       ·                  ╰── 3 values
     7 │ train.epochs = [1, 2]
       ·                ───┬──
       ·                   ╰── 2 values
       ╰────
      help: the lists of a zip vary together: give each the same number of values

    1 problem; nothing was started or written
    "#);
}

#[test]
fn a_zip_with_one_bracket_is_reported_with_two() {
    assert_snapshot!(broken(&format!("{BASE}[matrix.zip]\ntrain.seed = [1, 2, 3]\n")), @r#"
      × `[[matrix.zip]]` needs two brackets: it is a list of tables
       ╭─[grid.toml:5:1]
     4 │ checkpoint = "builtin:tiny"
     5 │ [matrix.zip]
       · ──────┬─────
       ·       ╰── not a list of tables
     6 │ train.seed = [1, 2, 3]
       ╰────
      help: write `[[matrix.zip]]`, once for each zip

    1 problem; nothing was started or written
    "#);
}

#[test]
fn an_exclude_that_matches_nothing_lists_the_values() {
    assert_snapshot!(broken(&format!("{BASE}[matrix]\ndata.train_size = [100, 200]\nmodel.freeze = [true, false]\n[[matrix.exclude]]\ndata.train_size = 300\n[[matrix.exclude]]\ntrain.epochs = 5\nmodel.freeze = true\n")), @r#"
      × this exclude matches no job
        ╭─[grid.toml:9:19]
      8 │ [[matrix.exclude]]
      9 │ data.train_size = 300
        ·                   ─┬─
        ·                    ╰── no job has this `train_size`
     10 │ [[matrix.exclude]]
        ╰────
      help: the jobs have 100, 200

      × this exclude matches no job
        ╭─[grid.toml:11:16]
     10 │ [[matrix.exclude]]
     11 │ train.epochs = 5
        ·                ┬
        ·                ╰── no job has this `epochs`
     12 │ model.freeze = true
        ╰────
      help: the jobs have 3.0

    2 problems; nothing was started or written
    "#);
}

#[test]
fn excluding_every_job_is_an_error() {
    assert_snapshot!(broken(&format!("{BASE}[matrix]\nmodel.freeze = [true, false]\n[[matrix.exclude]]\ntrain.epochs = 3\n")), @r#"
      × the excludes drop all jobs
       ╭─[grid.toml:7:1]
     6 │ model.freeze = [true, false]
     7 │ [[matrix.exclude]]
       · ─────────┬────────
       ·          ╰── the first exclude
     8 │ train.epochs = 3
       ╰────
      help: remove an exclude, or add an include

    1 problem; nothing was started or written
    "#);
}

#[test]
fn an_include_with_an_unknown_key_is_an_error() {
    assert_snapshot!(broken(&format!("{BASE}[matrix]\nmodel.freeze = [true, false]\n[[matrix.include]]\nmodel.frozen = true\ntrain.seed = [1, 2]\n")), @r#"
      × unknown key `frozen` in [model]
       ╭─[grid.toml:8:7]
     7 │ [[matrix.include]]
     8 │ model.frozen = true
       ·       ───┬──
       ·          ╰── no such key
     9 │ train.seed = [1, 2]
       ╰────
      help: the keys of [model] are checkpoint, revision, max_length, freeze, dropout

      × `train.seed` takes a whole number from 0
       ╭─[grid.toml:9:14]
     8 │ model.frozen = true
     9 │ train.seed = [1, 2]
       ·              ───┬──
       ·                 ╰── this is a list
       ╰────
      help: to vary it, write the list under [matrix]: `train.seed = [...]`

    2 problems; nothing was started or written
    "#);
}

#[test]
fn equal_jobs_are_shown_at_the_second() {
    assert_snapshot!(broken(&format!("{BASE}[matrix]\ntrain.seed = [1, 2, 1]\n[[matrix.include]]\ntrain.seed = 2\n")), @r#"
      × seed 1 is listed twice
       ╭─[grid.toml:6:21]
     5 │ [matrix]
     6 │ train.seed = [1, 2, 1]
       ·                     ┬
       ·                     ╰── this value again
     7 │ [[matrix.include]]
       ╰────
      help: remove one

      × two jobs are equal: seed=2
       ╭─[grid.toml:7:1]
     6 │ train.seed = [1, 2, 1]
     7 │ [[matrix.include]]
       · ─────────┬────────
       ·          ╰── a repeated job
     8 │ train.seed = 2
       ╰────
      help: remove one: equal jobs give equal rows

    2 problems; nothing was started or written
    "#);
}

#[test]
fn a_billion_jobs_are_counted_and_not_built() {
    let seeds = (0..1000).map(|seed| seed.to_string()).collect::<Vec<_>>().join(", ");
    let axes = ["train.seed", "data.subset_seed", "train.max_steps"].map(|key| format!("{key} = [{seeds}]\n"));
    let axes = axes.concat().replace("max_steps = [0, ", "max_steps = [1000, ");
    let said = broken(&format!("{BASE}[matrix]\n{axes}"));
    // The lists are long; what matters is what is said of them.
    let short: Vec<&str> = said.lines().filter(|line| !line.contains(" = [")).collect();
    assert_snapshot!(short.join("\n"), @r#"
      × the matrix has 1,000,000,000 jobs; at most 10,000 are allowed
       ╭─[grid.toml:6:7]
     5 │ [matrix]
       ·       ──┬─
       ·         ╰── 1000 values
       ·      ─────┬─────
       ·           ╰── 1000 values
       ·       ────┬────
       ·           ╰── 1000 values
       ╰────
      help: shorten an axis, or split the experiment into files that extend a common one

    1 problem; nothing was started or written
    "#);
}

#[test]
fn a_key_that_affects_no_result_cannot_vary() {
    assert_snapshot!(broken(&format!("{BASE}[matrix]\ntrain.log_every = [10, 50]\n")), @r#"
      × `train.log_every` cannot be a matrix axis: it does not affect results
       ╭─[grid.toml:6:7]
     5 │ [matrix]
     6 │ train.log_every = [10, 50]
       ·       ────┬────
       ·           ╰── the same for every job
       ╰────
      help: jobs that differ only in it are one job; write it in [train]

    1 problem; nothing was started or written
    "#);
}

#[test]
fn both_kinds_of_warm_up_are_a_conflict() {
    assert_snapshot!(broken(&format!("{BASE}[train]\nwarmup_steps = 100\nwarmup_ratio = 0.1\n")), @r#"
      × `train.warmup_steps` and `train.warmup_ratio` are both set
       ╭─[grid.toml:6:1]
     5 │ [train]
     6 │ warmup_steps = 100
       · ──────┬─────
       ·       ╰── this one
     7 │ warmup_ratio = 0.1
       · ──────┬─────
       ·       ╰── and this one
       ╰────
      help: both set the length of the warm-up: keep one

    1 problem; nothing was started or written
    "#);
}

#[test]
fn a_name_that_is_no_folder_is_refused() {
    assert_snapshot!(broken(&format!("name = \"a/b\"\n{BASE}")), @r#"
      × `a/b` cannot be the experiment's name: it names a folder, and contains one of / \ : * ? " < >
      │ |
       ╭─[grid.toml:1:8]
     1 │ name = "a/b"
       ·        ─────
     2 │ [data]
       ╰────
      help: use letters, digits, - and _; or set another name with `--name`

    1 problem; nothing was started or written
    "#);
}

#[test]
fn several_problems_come_at_once() {
    assert_snapshot!(broken("titel = \"x\"\n[data]\ndataset = \"builtin:es\"\ntrain_size = -5\n[model]\ncheckpoint = 7\nmax_len = 128\n[train]\nepoch = 3\n[matrix]\nmodel.freeze = true\n[[matrix.zip]]\ntrain.seed = [1, 2]\ntrain.learning_rate = [1e-5]\n"), @r#"
      × unknown key `titel` before the first table
       ╭─[grid.toml:1:1]
     1 │ titel = "x"
       · ──┬──
       ·   ╰── no such key
     2 │ [data]
       ╰────
      help: did you mean `title`?

      × `data.train_size` takes a whole number from 1 or "all", not -5
       ╭─[grid.toml:4:14]
     3 │ dataset = "builtin:es"
     4 │ train_size = -5
       ·              ─┬
       ·               ╰── out of range
     5 │ [model]
       ╰────

      × `model.checkpoint` takes a hub id ("owner/name"), a folder ("./folder") or "builtin:NAME"
       ╭─[grid.toml:6:14]
     5 │ [model]
     6 │ checkpoint = 7
       ·              ┬
       ·              ╰── this is a whole number
     7 │ max_len = 128
       ╰────

      × unknown key `max_len` in [model]
       ╭─[grid.toml:7:1]
     6 │ checkpoint = 7
     7 │ max_len = 128
       · ───┬───
       ·    ╰── no such key
     8 │ [train]
       ╰────
      help: did you mean `max_length`?

      × unknown key `epoch` in [train]
        ╭─[grid.toml:9:1]
      8 │ [train]
      9 │ epoch = 3
        · ──┬──
        ·   ╰── no such key
     10 │ [matrix]
        ╰────
      help: did you mean `epochs`?

      × the axis `model.freeze` is not a list
        ╭─[grid.toml:11:16]
     10 │ [matrix]
     11 │ model.freeze = true
        ·                ──┬─
        ·                  ╰── this is a boolean
     12 │ [[matrix.zip]]
        ╰────
      help: write `model.freeze = [true]`, or move the key to [model] if it does not vary

      × the lists of this zip have different lengths: 2 and 1
        ╭─[grid.toml:13:14]
     12 │ [[matrix.zip]]
     13 │ train.seed = [1, 2]
        ·              ───┬──
        ·                 ╰── 2 values
     14 │ train.learning_rate = [1e-5]
        ·                       ───┬──
        ·                          ╰── 1 value
        ╰────
      help: the lists of a zip vary together: give each the same number of values

    7 problems; nothing was started or written
    "#);
}

#[test]
fn a_file_that_extends_itself_is_shown_with_the_way_round() {
    let files = [
        ("a.toml", "extends = \"b.toml\"\n"),
        ("b.toml", "title = \"b\"\nextends = \"c.toml\"\n"),
        ("c.toml", "extends = \"a.toml\"\n[train]\nepoch = 1\n"),
    ];
    assert_snapshot!(said(&files), @r#"
      × the file extends itself: a.toml → b.toml → c.toml → a.toml
       ╭─[c.toml:1:11]
     1 │ extends = "a.toml"
       ·           ────┬───
       ·               ╰── back to the first file
     2 │ [train]
       ╰────
      help: remove this `extends`, or move what both share into a third file

      × unknown key `epoch` in [train]
       ╭─[c.toml:3:1]
     2 │ [train]
     3 │ epoch = 1
       · ──┬──
       ·   ╰── no such key
       ╰────
      help: did you mean `epochs`?

    2 problems; nothing was started or written
    "#);
}

#[test]
fn a_missing_extended_file_is_shown_where_it_is_asked_for() {
    let files = [("grid.toml", "extends = \"bsae.toml\"\n"), ("base.toml", BASE)];
    assert_snapshot!(said(&files), @r#"
      × cannot read bsae.toml: no such file
       ╭─[grid.toml:1:11]
     1 │ extends = "bsae.toml"
       ·           ─────┬─────
       ·                ╰── extended here
       ╰────
      help: did you mean `base.toml`?

    1 problem; nothing was started or written
    "#);
}

#[test]
fn a_problem_of_an_extended_file_is_shown_in_that_file() {
    let files = [("grid.toml", "extends = \"base.toml\"\n"), ("base.toml", "[train]\nepochs = -1\n")];
    assert_snapshot!(said(&files), @r#"
      × `train.epochs` takes a number from 0, not -1
       ╭─[base.toml:2:10]
     1 │ [train]
     2 │ epochs = -1
       ·          ─┬
       ·           ╰── out of range
       ╰────

      × `data.dataset` is missing
       ╭─[grid.toml:1:1]
     1 │ extends = "base.toml"
       · ──────────┬──────────
       ·           ╰── there is no [data]
       ╰────
      help: write `dataset = "unimelb-nlp/wikiann"` in [data], or name a folder or a builtin

      × `model.checkpoint` is missing
       ╭─[grid.toml:1:1]
     1 │ extends = "base.toml"
       · ──────────┬──────────
       ·           ╰── there is no [model]
       ╰────
      help: write `checkpoint = "google-bert/bert-base-multilingual-cased"` in [model], or name a
            folder or a builtin

    3 problems; nothing was started or written
    "#);
}

#[test]
fn a_missing_file_is_named() {
    let folder = TempDir::new().expect("a temporary folder can be made");
    std::fs::write(folder.path().join("es_grid.toml"), BASE).expect("the file can be written");
    assert_snapshot!(said_about(&folder.path().join("es_gird.toml"), folder.path()), @r#"
      × cannot read es_gird.toml: no such file
      help: did you mean `es_grid.toml`?

    1 problem; nothing was started or written
    "#);
    assert_snapshot!(said_about(&folder.path().join("other.toml"), folder.path()), @r#"
      × cannot read other.toml: no such file
      help: `runner init NAME` writes a file to start from

    1 problem; nothing was started or written
    "#);
}

#[test]
fn a_file_that_is_no_experiment_is_named_as_what_it_looks_like() {
    let folder = TempDir::new().expect("a temporary folder can be made");
    let said = |name: &str, bytes: &[u8]| {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).expect("the file can be written");
        said_about(&file, folder.path())
    };
    assert_snapshot!(said("grid.toml", &[0xff, 0xfe, 0x00]), @"
      × grid.toml is not an experiment file: it looks like text in UTF-16
      help: use a TOML file in UTF-8; `runner init NAME` writes one to start from

    1 problem; nothing was started or written
    ");
    let readme = include_bytes!("../../../README.md");
    assert_snapshot!(said("README.md", readme), @"
      × README.md is not an experiment file: it looks like Markdown
      help: use a TOML file in UTF-8; `runner init NAME` writes one to start from

    1 problem; nothing was started or written
    ");
    for (name, bytes, what) in [
        ("results.csv", &include_bytes!("../../quickstart/results.csv")[..], "CSV"),
        ("config.json", &include_bytes!("../../goldens/models/bert/config.json")[..], "JSON"),
        ("grid.yaml", b"data:\n  dataset: builtin:es\n", "YAML"),
        ("page.html", b"<!DOCTYPE html>\n<html></html>\n", "HTML"),
        ("train.parquet", b"PAR1\x15\x04", "a Parquet file"),
        ("model.bin", b"\x80\x02\x00\x01", "binary data"),
    ] {
        let expected = format!("× {name} is not an experiment file: it looks like {what}\n");
        assert!(said(name, bytes).contains(&expected), "{}", said(name, bytes));
    }
    for bytes in [&b""[..], b" \n\n", b"\xef\xbb\xbf"] {
        assert!(said("empty.toml", bytes).contains("× empty.toml is empty\n"), "{}", said("empty.toml", bytes));
    }
    let said = said_about(folder.path(), folder.path());
    assert!(said.contains(" is a folder\n") && said.contains("use an experiment file"), "{said}");
}

#[test]
fn at_most_ten_problems_are_shown() {
    let keys: Vec<String> = (0..379).map(|number| format!("no_{number} = 1\n")).collect();
    let said = broken(&format!("{BASE}[train]\n{}", keys.concat()));
    assert_eq!(said.matches("× unknown key").count(), 10, "{said}");
    assert!(said.ends_with("\nand 369 more\n\n379 problems; nothing was started or written\n"), "{said}");
    let ten = broken(&format!("{BASE}[train]\n{}", keys[..10].concat()));
    assert!(!ten.contains("more") && ten.ends_with("\n10 problems; nothing was started or written\n"), "{ten}");
}

#[test]
fn several_values_of_a_key_in_the_plural_are_an_axis() {
    for text in ["[train]\nseeds = [1, 2]\n", "[data]\nseeds = [1]\n", "[matrix]\ntrain.seeds = [1, 2]\n"] {
        let base = BASE.replace("[data]\n", if text.starts_with("[data]") { text } else { "[data]\n" });
        let rest = if text.starts_with("[data]") { "" } else { text };
        let said = broken(&format!("{base}{rest}"));
        assert!(said.contains("help: did you mean `matrix.train.seed`?"), "{said}");
    }
    let said = broken(&format!("seeds = [1, 2]\n{BASE}"));
    assert!(said.contains("help: did you mean `matrix.train.seed`?"), "{said}");
    let said = broken(&format!("{BASE}[matrix]\nseeds = [1, 2]\n"));
    assert!(said.contains("help: did you mean `train.seed = [...]`?"), "{said}");
    let said = broken(&format!("{BASE}[train]\nbatch_sizes = [1, 2]\n"));
    assert!(said.contains("help: did you mean `matrix.train.batch_size`?"), "{said}");
}

#[test]
fn a_value_that_is_listed_twice_is_one_problem_whatever_the_other_axes() {
    let said = broken(&format!("{BASE}[matrix]\ntrain.seed = [1, 1]\ntrain.epochs = [1, 2, 3, 4]\n"));
    assert!(
        said.contains("× seed 1 is listed twice") && said.ends_with("\n1 problem; nothing was started or written\n"),
        "{said}"
    );
}
