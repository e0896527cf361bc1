//! Values of the wrong type, range or word.

use super::*;

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

      × `train.schedule` takes "linear", "cosine", "constant", "polynomial", "cosine_with_restarts",
      │ "inverse_sqrt" or "warmup_stable_decay"
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

      × `train.schedule` takes "linear", "cosine", "constant", "polynomial", "cosine_with_restarts",
      │ "inverse_sqrt" or "warmup_stable_decay", not "linaer"
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

      × `model.checkpoint` takes a hub id ("owner/name"), a folder ("./folder"), "builtin:NAME" or a
      │ job ("results/NAME:LABEL"), not "my model"
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
