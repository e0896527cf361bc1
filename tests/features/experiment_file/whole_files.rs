//! Files that are no experiment, or extend one that is not.

use super::*;

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

      × `model.checkpoint` takes a hub id ("owner/name"), a folder ("./folder"), "builtin:NAME" or a
      │ job ("results/NAME:LABEL")
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
fn a_line_too_long_to_be_shown_is_named_by_its_number() {
    let values: Vec<String> = (0..400).map(|number| number.to_string()).collect();
    let said = broken(&format!("{BASE}[matrix]\ntrain.sed = [{}]\n", values.join(", ")));
    assert_snapshot!(said, @r"
      × grid.toml:6: unknown key `sed` in [train]
      help: did you mean `seed`?
            grid.toml:6: no such key

    1 problem; nothing was started or written
    ");
}

#[test]
fn a_file_too_large_for_an_experiment_is_refused_unread() {
    let said = broken(&format!("# {}\n{BASE}", "x".repeat(16 << 20)));
    assert_snapshot!(said, @r"
      × grid.toml is not an experiment file: it looks like a file of more than 16 MiB
      help: use a TOML file in UTF-8; `runner init NAME` writes one to start from

    1 problem; nothing was started or written
    ");
}
