//! Keys and tables that there are not, or not there.

use super::*;

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
