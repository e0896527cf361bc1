//! Answers as text, CoNLL and JSON lines.
//!
//! The model is the golden's of BERT. Its types and scores of text are those of transformers' pipeline, as
//! tests/goldens/predicting/expected.json has them (transformers 5.24.0).

use super::{answers, golden};

#[test]
fn text_has_its_entities_in_brackets_and_brackets_of_its_own_escaped() {
    let workshop = golden("bert");
    let text = "Ana vive en Lima\n\nJosé Núñez (Lima)\n\\ [x] \x1b[1m\n";
    insta::assert_snapshot!(answers(&workshop, "", text), @r"
    [Ana PER] [vive PER] [en PER] [Lima PER]

    [José PER] [Núñez PER] [( PER][Lima PER][) PER]
    [\\ PER] [\[ PER][x PER][\] PER] \u{1b}[\[ PER][1m PER]
    ");
}

#[test]
fn color_is_for_terminals_and_who_asks_for_it() {
    let workshop = golden("bert");
    let mut command = workshop.command("predict results/grid --device cpu");
    command.env("CLICOLOR_FORCE", "1");
    let output = assert_cmd::Command::from_std(command).write_stdin("Ana\n").output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "\u{1b}[1;36m[Ana PER]\u{1b}[0m\n");
    assert_eq!(answers(&workshop, "", "Ana\n"), "[Ana PER]\n");
}

#[test]
fn conll_has_a_token_and_its_tag_a_line() {
    let workshop = golden("bert");
    insta::assert_snapshot!(answers(&workshop, "--format conll", "Ana vive en Lima.\n\nana\n"), @r"
    Ana	B-PER
    vive	B-PER
    en	B-PER
    Lima	B-PER
    .	B-PER


    ana	B-PER
    ");
}

#[test]
fn json_lines_have_offsets_in_characters_and_scores() {
    let workshop = golden("bert");
    insta::assert_snapshot!(answers(&workshop, "--format jsonl", "ana 🎉 lima\n"), @r#"{"text":"ana 🎉 lima","entities":[{"type":"PER","score":0.396627,"start":0,"end":3,"text":"ana"},{"type":"PER","score":0.686129,"start":4,"end":5,"text":"🎉"},{"type":"PER","score":0.546077,"start":6,"end":10,"text":"lima"}]}"#);
}

#[test]
fn fields_of_json_lines_pass_through_as_they_are() {
    let workshop = golden("bert");
    let line = r#"{"id": 1.50, "tokens": ["Ana", "vive"], "tags": ["O"], "more": {"b": [1e3, "\u00e9"]}}"#;
    insta::assert_snapshot!(answers(&workshop, "--input jsonl --format jsonl", line), @r#"{"id":1.50,"tokens":["Ana", "vive"],"more":{"b": [1e3, "\u00e9"]},"tags":["B-PER","B-PER"],"entities":[{"type":"PER","score":0.389843,"start":0,"end":3,"text":"Ana"},{"type":"PER","score":0.479446,"start":4,"end":8,"text":"vive"}]}"#);
}
