//! What an experiment file may say of evaluation sets.

use super::*;

#[test]
fn a_set_is_called_by_what_it_gives() {
    let experiment = loaded(
        "[[evaluate]]\nlanguage = \"de\"\n[[evaluate]]\nlanguage = \"de\"\nsplit = \"validation\"\n\
         [[evaluate]]\nsplit = \"train\"\n[[evaluate]]\nsize = 10\n[[evaluate]]\ndataset = \"../own/\"\n\
         [[evaluate]]\ndataset = \"builtin:es\"\nlanguage = \"x\"\n[[evaluate]]\ndataset = \"a/b\"\nname = \"B news\"\n",
    );
    assert_eq!(
        names(&experiment),
        ["de", "de validation", "train", "test", "own", "builtin:es x", "B news"],
        "language, split, data set, in that order of importance"
    );
    assert_eq!(experiment.evaluate[3].size, Size::Rows(10));
    assert_eq!(experiment.evaluate[2].split, Split::Train);
}

#[test]
fn the_resolved_file_gives_the_same_sets() {
    let files = with(
        "[matrix]\ntrain.seed = [1, 2]\n[[evaluate]]\nsize = 10\nlanguage = \"de\"\n[[evaluate]]\ndataset = \"./own\"\n",
    );
    let experiment = files.try_load("grid.toml", &[]).expect("the file is right");
    let resolved = experiment.resolved_toml(files.0.path());
    assert_snapshot!(&resolved[resolved.find("\n[matrix]").expect("it varies")..], @r#"
    [matrix]
    train.seed = [1, 2]

    [[evaluate]]
    language = "de"
    split = "test"
    size = 10
    name = "de"

    [[evaluate]]
    dataset = "./own"
    split = "test"
    size = "all"
    name = "own"
    "#);
    fs::write(files.path("again.toml"), resolved).expect("written");
    let again = files.try_load("again.toml", &[]).expect("it runs as it stands");
    assert_eq!(again.evaluate, experiment.evaluate);
}

#[test]
fn the_nearer_files_sets_replace_the_others_whole() {
    let files = Files::new(&[
        ("base.toml", &format!("{BASE}[[evaluate]]\nlanguage = \"de\"\n[[evaluate]]\nlanguage = \"fr\"\n")),
        ("same.toml", "extends = \"base.toml\"\n"),
        ("other.toml", "extends = \"base.toml\"\n[[evaluate]]\nlanguage = \"nl\"\n"),
        ("none.toml", "extends = \"base.toml\"\nevaluate = []\n"),
    ]);
    let sets = |name: &str| {
        let experiment = files.try_load(name, &[]).unwrap_or_else(|problems| panic!("{problems}"));
        names(&experiment).join(" ")
    };
    assert_eq!(["same.toml", "other.toml", "none.toml"].map(sets), ["de fr", "nl", ""]);
}

#[test]
fn unknown_keys_and_wrong_values_are_located_all_at_once() {
    assert_snapshot!(refused(
        "[[evaluate]]\nlangauge = \"de\"\ndataset_name = \"a/b\"\nepochs = 3\nzzzzzz = 1\n\
         [[evaluate]]\nlanguage = 5\nsplit = \"tset\"\nsize = \"20\"\nname = \"a \"\n\
         [[evaluate]]\nlanguage = [\"de\", \"fr\"]\nsize = 0\nsplit = \"dev\"\n"
    ), @r#"
      × unknown key `langauge` in [[evaluate]]
        ╭─[grid.toml:12:1]
     11 │ [[evaluate]]
     12 │ langauge = "de"
        · ────┬───
        ·     ╰── no such key
     13 │ dataset_name = "a/b"
        ╰────
      help: did you mean `language`?

      × unknown key `dataset_name` in [[evaluate]]
        ╭─[grid.toml:13:1]
     12 │ langauge = "de"
     13 │ dataset_name = "a/b"
        · ──────┬─────
        ·       ╰── no such key
     14 │ epochs = 3
        ╰────
      help: use `dataset`

      × unknown key `epochs` in [[evaluate]]
        ╭─[grid.toml:14:1]
     13 │ dataset_name = "a/b"
     14 │ epochs = 3
        · ───┬──
        ·    ╰── no such key
     15 │ zzzzzz = 1
        ╰────
      help: `epochs` belongs in [train]

      × unknown key `zzzzzz` in [[evaluate]]
        ╭─[grid.toml:15:1]
     14 │ epochs = 3
     15 │ zzzzzz = 1
        · ───┬──
        ·    ╰── no such key
     16 │ [[evaluate]]
        ╰────
      help: the keys of [[evaluate]] are dataset, revision, language, files, splits, format,
            span_ends, columns, scheme, label_map, split, size, name

      × `evaluate.language` takes text
        ╭─[grid.toml:17:12]
     16 │ [[evaluate]]
     17 │ language = 5
        ·            ┬
        ·            ╰── this is a whole number
     18 │ split = "tset"
        ╰────
      help: put it in quotes: `language = "5"`

      × `evaluate.split` takes "train", "validation" or "test", not "tset"
        ╭─[grid.toml:18:9]
     17 │ language = 5
     18 │ split = "tset"
        ·         ───┬──
        ·            ╰── not one of these
     19 │ size = "20"
        ╰────
      help: did you mean "test"?

      × `evaluate.size` takes a whole number from 1 or "all", not "20"
        ╭─[grid.toml:19:8]
     18 │ split = "tset"
     19 │ size = "20"
        ·        ──┬─
        ·          ╰── not one of these
     20 │ name = "a "
        ╰────
      help: write it without quotes: `size = 20`

      × "a " cannot be the name of an `[[evaluate]]` set
        ╭─[grid.toml:20:8]
     19 │ size = "20"
     20 │ name = "a "
        ·        ──┬─
        ·          ╰── not a name
     21 │ [[evaluate]]
        ╰────
      help: write it in one line, without spaces at its ends

      × `evaluate.language` takes text
        ╭─[grid.toml:22:12]
     21 │ [[evaluate]]
     22 │ language = ["de", "fr"]
        ·            ──────┬─────
        ·                  ╰── this is a list
     23 │ size = 0
        ╰────
      help: write `[[evaluate]]` once for each set

      × `evaluate.size` takes a whole number from 1 or "all", not 0
        ╭─[grid.toml:23:8]
     22 │ language = ["de", "fr"]
     23 │ size = 0
        ·        ┬
        ·        ╰── out of range
     24 │ split = "dev"
        ╰────

    and 1 more

    11 problems; nothing was started or written
    "#);
}

#[test]
fn a_key_of_jobs_has_no_meaning_in_a_set() {
    assert_snapshot!(refused(
        "[[evaluate]]\nlanguage = \"de\"\ntrain_size = 10\ntest_size = 10\nsubset_seed = 1\nlabels = [\"O\", \"B-X\"]\n"
    ), @r#"
      × `train_size` is not a key of `[[evaluate]]`
        ╭─[grid.toml:13:1]
     12 │ language = "de"
     13 │ train_size = 10
        · ─────┬────
        ·      ╰── only for jobs
     14 │ test_size = 10
        ╰────
      help: use `size`: how many rows of the set's split are scored

      × `test_size` is not a key of `[[evaluate]]`
        ╭─[grid.toml:14:1]
     13 │ train_size = 10
     14 │ test_size = 10
        · ────┬────
        ·     ╰── only for jobs
     15 │ subset_seed = 1
        ╰────
      help: use `size`: how many rows of the set's split are scored

      × `subset_seed` is not a key of `[[evaluate]]`
        ╭─[grid.toml:15:1]
     14 │ test_size = 10
     15 │ subset_seed = 1
        · ─────┬─────
        ·      ╰── only for jobs
     16 │ labels = ["O", "B-X"]
        ╰────
      help: remove it: no model is trained on a set

      × `labels` is not a key of `[[evaluate]]`
        ╭─[grid.toml:16:1]
     15 │ subset_seed = 1
     16 │ labels = ["O", "B-X"]
        · ───┬──
        ·    ╰── only for jobs
        ╰────
      help: remove it: the model predicts the tags that it learned, and gold tags are compared by name

    4 problems; nothing was started or written
    "#);
}

#[test]
fn sets_are_written_with_two_brackets_and_are_not_empty() {
    assert_snapshot!(refused("[evaluate]\nlanguage = \"de\"\n"), @r#"
      × `[[evaluate]]` needs two brackets: it is a list of tables
        ╭─[grid.toml:11:1]
     10 │ checkpoint = "builtin:tiny"
     11 │ [evaluate]
        · ─────┬────
        ·      ╰── not a list of tables
     12 │ language = "de"
        ╰────
      help: write `[[evaluate]]`, once for each set

    1 problem; nothing was started or written
    "#);
    assert_snapshot!(refused("[[evaluate]]\n[[evaluation]]\nlanguage = \"de\"\n"), @r#"
      × this `[[evaluate]]` is empty
        ╭─[grid.toml:11:1]
     10 │ checkpoint = "builtin:tiny"
     11 │ [[evaluate]]
        · ──────┬─────
        ·       ╰── no key below
     12 │ [[evaluation]]
        ╰────
      help: say how it differs from the job's own test rows: set a `language`, `dataset` or `split`

      × unknown table `[evaluation]`
        ╭─[grid.toml:12:3]
     11 │ [[evaluate]]
     12 │ [[evaluation]]
        ·   ─────┬────
        ·        ╰── no such table
     13 │ language = "de"
        ╰────
      help: did you mean `[[evaluate]]`?

    2 problems; nothing was started or written
    "#);
}

#[test]
fn equal_sets_and_equal_names_are_refused() {
    assert_snapshot!(refused(
        "[[evaluate]]\nlanguage = \"de\"\n[[evaluate]]\nname = \"German\"\nlanguage = \"de\"\nsplit = \"test\"\n\
         [[evaluate]]\nlanguage = \"de\"\nsize = 10\n"
    ), @r#"
      × two `[[evaluate]]` sets are equal
        ╭─[grid.toml:11:1]
     10 │ checkpoint = "builtin:tiny"
     11 │ [[evaluate]]
        · ──────┬─────
        ·       ╰── the first is here
     12 │ language = "de"
     13 │ [[evaluate]]
        · ──────┬─────
        ·       ╰── a repeated set
     14 │ name = "German"
        ╰────
      help: remove one: equal sets give equal rows

      × two `[[evaluate]]` sets have the name de
        ╭─[grid.toml:11:1]
     10 │ checkpoint = "builtin:tiny"
     11 │ [[evaluate]]
        · ──────┬─────
        ·       ╰── the first is here
     12 │ language = "de"
     13 │ [[evaluate]]
     14 │ name = "German"
     15 │ language = "de"
     16 │ split = "test"
     17 │ [[evaluate]]
        · ──────┬─────
        ·       ╰── the same name
     18 │ language = "de"
        ╰────
      help: give one of them a `name`

    2 problems; nothing was started or written
    "#);
}

#[test]
fn what_is_equal_for_one_job_may_differ_for_the_next() {
    let sets =
        "[[evaluate]]\nlanguage = \"de\"\n[[evaluate]]\nrevision = \"v2\"\nlanguage = \"de\"\nname = \"v2 de\"\n";
    assert!(refused(sets).contains("two `[[evaluate]]` sets are equal"));
    assert_eq!(names(&loaded(&format!("{sets}[matrix]\ndata.revision = [\"v1\", \"v2\"]\n"))), ["de", "v2 de"]);
}

#[test]
fn sets_are_not_set_from_the_command_line() {
    let said = with("").try_load("grid.toml", &["evaluate.language=de"]).expect_err("no such key");
    assert_snapshot!(said, @r"
      × `evaluate.language` cannot be set on the command line
       ╭─[--set:1:1]
     1 │ evaluate.language=de
       · ────────┬────────
       ·         ╰── not a key of a table
       ╰────
      help: write `[[evaluate]]` in the file, or in one that extends it; no job runs again

    1 problem; nothing was started or written
    ");
}
