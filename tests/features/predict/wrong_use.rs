//! What ends `runner predict`, and what it says then. Answers of the lines before it are out.

use super::{TINY, Workshop, predict, tiny};

#[test]
fn a_line_that_cannot_be_read_is_named_and_those_before_it_are_answered() {
    let workshop = tiny();
    let told = |options: &str, input: &[u8]| {
        let said = predict(&workshop, options, input);
        assert_eq!(said.status, 1, "{}", said.err);
        format!("{} answers, {}", said.out.lines().count(), said.err.trim_end())
    };
    insta::assert_snapshot!(told("", b"Ana\nvive\nen \xff\nLima\n"), @"2 answers, error: standard input:3: not UTF-8; convert the file, for example with `iconv -f latin1 -t utf-8`");
    insta::assert_snapshot!(told("", b"Ana\nvi\0ve\n"), @"1 answers, error: standard input:2: the line contains a NUL byte; save the file as UTF-8 text");
    insta::assert_snapshot!(told("", b"\xff\xfeA\0n\0a\0"), @"0 answers, error: standard input:1: UTF-16, not UTF-8; convert the file, for example with `iconv -f utf-16 -t utf-8`");
    insta::assert_snapshot!(told("--input conll", b"Ana O\nvive O\n\nen O X\n"), @"1 answers, error: standard input:4: 3 columns, but line 1 has 2; write all lines alike, with tabs or with spaces");
    let json = |line: &str| told("--input jsonl", format!("{{\"text\": \"Ana\"}}\n{line}\n").as_bytes());
    insta::assert_snapshot!(json("{\"text\": \"Ana"), @r#"1 answers, error: standard input:2: not a JSON object: EOF while parsing a string at column 13; write {"text": "..."} or {"tokens": ["...", "..."]} on each line"#);
    insta::assert_snapshot!(json("[1]"), @r#"1 answers, error: standard input:2: not a JSON object: invalid type: sequence, expected an object; write {"text": "..."} or {"tokens": ["...", "..."]} on each line"#);
    insta::assert_snapshot!(json("{\"a\": 1, \"a\": 2}"), @r#"1 answers, error: standard input:2: not a JSON object: the key "a" occurs twice at column 16; write {"text": "..."} or {"tokens": ["...", "..."]} on each line"#);
    insta::assert_snapshot!(json("{\"words\": [\"Ana\"]}"), @r#"1 answers, error: standard input:2: no `text` and no `tokens`; write {"text": "..."} or {"tokens": ["...", "..."]}"#);
    insta::assert_snapshot!(json("{\"text\": 1}"), @"1 answers, error: standard input:2: `text` is not a text; write it in quotes");
    insta::assert_snapshot!(json("{\"tokens\": \"Ana\"}"), @r#"1 answers, error: standard input:2: `tokens` is not a list of texts; write ["...", "..."]"#);
    insta::assert_snapshot!(json("{\"tokens\": [], \"text\": \"\"}"), @"1 answers, error: standard input:2: both `text` and `tokens`; remove one of them");
    let conll = |line: &str| told("--input jsonl --format conll", line.as_bytes());
    insta::assert_snapshot!(conll("{\"tokens\": [\"a\\tb\"]}"), @r#"0 answers, error: standard input:1: the token "a\tb" has a tab or a line end, which no line of CoNLL can hold; use --format jsonl"#);
}

#[test]
fn a_command_that_cannot_start_is_wrong_usage() {
    let workshop = tiny();
    workshop.write("text", "Ana\n");
    let told = |line: &str| {
        let said = workshop.runner(line);
        assert_eq!((said.status, said.out.as_str()), (2, ""), "{}", said.err);
        said.err.trim_end().to_owned()
    };
    insta::assert_snapshot!(told("predict results/grid none.txt"), @"error: none.txt: no such file");
    insta::assert_snapshot!(told("predict results/grid text"), @"error: text: its ending does not say how text stands in it; add --input text, words, conll or jsonl");
    insta::assert_snapshot!(told("predict results/grid results --input text"), @"error: results is a folder; name a file, or - for standard input");
    assert!(told("predict results/none").contains("no job `results/none`"));
}

#[test]
fn a_job_without_a_saved_model_says_how_to_get_one() {
    let workshop = Workshop::new(&(TINY.to_owned() + "[save]\nmodels = \"none\"\n"));
    assert_eq!(workshop.runner("run grid.toml --quiet").status, 0);
    let said = predict(&workshop, "", "Ana\n");
    assert_eq!((said.status, said.out.as_str()), (2, ""));
    let key = workshop.read("results/grid/results.csv");
    assert!(!key.is_empty());
    assert!(said.err.contains("has no saved model: results/grid/.run/models/"), "{}", said.err);
    assert!(said.err.contains("OUT --train` trains it again"), "{}", said.err);
}
