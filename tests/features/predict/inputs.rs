//! What text may hold, and where it comes from.

use super::{answers, golden, predict, tiny};

#[test]
fn a_files_ending_says_how_text_stands_in_it() {
    let workshop = tiny();
    workshop.write("a.txt", "Ana vive\nen Lima\n");
    workshop.write("a.conll", "Ana\nvive\n\nen\nLima\n");
    workshop.write("a.jsonl", "{\"tokens\": [\"Ana\", \"vive\"]}\n\n{\"text\": \"en Lima\"}\n");
    for name in ["a.txt", "a.conll", "a.jsonl"] {
        let said = workshop.runner(&format!("predict results/grid {name} --format conll --device cpu"));
        let words: Vec<&str> = said.out.lines().map(|line| line.split('\t').next().unwrap()).collect();
        assert_eq!((said.status, words), (0, vec!["Ana", "vive", "", "en", "Lima", ""]), "{}", said.err);
    }
}

#[test]
fn a_byte_order_mark_and_carriage_returns_change_no_answer() {
    let workshop = tiny();
    let plain = answers(&workshop, "--format jsonl", "Ana vive\n\nen Lima\n");
    assert_eq!(answers(&workshop, "--format jsonl", "\u{feff}Ana vive\r\n\r\nen Lima"), plain);
    assert_eq!(answers(&workshop, "--format jsonl", "Ana vive\r\ren Lima\r"), plain);
}

#[test]
fn a_word_that_the_tokenizer_makes_nothing_of_is_o_and_said_once() {
    let workshop = golden("bert");
    let said = predict(&workshop, "--input words --format conll", "ana \u{200b} vive\n\u{200b}\n");
    assert_eq!(said.status, 0);
    assert!(said.out.contains("\u{200b}\tO\nvive"), "{}", said.out);
    insta::assert_snapshot!(said.err.trim_end(), @r#"standard input:1: the tokenizer makes nothing of "\u{200b}"; such words are tagged O"#);
}

#[test]
fn a_line_of_a_megabyte_is_one_document() {
    let workshop = tiny();
    let line = "Ana García vive en Toledo y trabaja en Sevilla. ".repeat(20_000);
    let out = answers(&workshop, "--format jsonl", line.as_str());
    let answer: serde_json::Value = serde_json::from_str(&out).expect("one document, one answer");
    assert!(answer["text"] == line, "the text is whole");
}
