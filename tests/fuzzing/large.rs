//! Files of a megabyte that are odd in one way each: long, deep, or full of one thing. Time and memory must not run away.

use std::time::{Duration, Instant};

use crate::targets::{PART, Target};
use crate::{ONE, folder};

const LEN: usize = 1 << 20;

/// `piece` again and again between `begin` and `end`.
fn full(begin: &str, piece: &str, end: &str) -> Vec<u8> {
    [begin, &piece.repeat(LEN / piece.len()), end].concat().into_bytes()
}

/// Numbered pieces: `piece` with each `@` replaced.
fn numbered(begin: &str, piece: &str, end: &str) -> Vec<u8> {
    let pieces: String = (0..LEN / (piece.len() + 4)).map(|number| piece.replace('@', &number.to_string())).collect();
    [begin, &pieces, end].concat().into_bytes()
}

fn experiments() -> Vec<Vec<u8>> {
    let base = "[data]\ndataset = \"builtin:es\"\n[model]\ncheckpoint = \"builtin:tiny\"\n";
    vec![
        full("a = ", "[", ""),
        full("a = ", "{a=", ""),
        full("a", ".a", " = 1"),
        full("[a", ".a", "]"),
        numbered(base, "no_@ = 1\n", ""),
        numbered(&format!("{base}[matrix]\ntrain.seed = ["), "@,", "]"),
        full(&format!("{base}[matrix]\ntrain.seed = ["), "1,", "]"),
        numbered(base, "[[matrix.exclude]]\ntrain.seed = @\n", ""),
        numbered(base, "[[matrix.include]]\ntrain.seed = @\n", ""),
        numbered(base, "[[evaluate]]\nname = \"n@\"\ndataset = \"./d\"\n", ""),
        full("title = \"", "\u{301}", "\"\nx = 1"),
    ]
}

fn data(kind: &str) -> Vec<Vec<u8>> {
    match kind {
        "columns" => vec![
            full("", "a", " O\n"),
            full("", "a O\n", ""),
            full("", "a B-X\n\n", ""),
            full("a", " a", " O\n"),
            full("a O\n", "\r", ""),
            numbered("", "w@ B-T@\n", ""),
            full("a O\n", "# x\n", ""),
        ],
        "csv" => vec![
            full("token,tag\n", "a,O\n", ""),
            full("token,tag\n\"", "a", "\",O\n"),
            full("token,tag\n\"", "\"\"", "\",O\n"),
            numbered("token,tag", ",c@", "\na,O\n"),
            numbered("sentence_id,token,tag\n", "@,a,B-X\n", ""),
            full("token,tag\n\"", "\n", "\",O\n"),
        ],
        "json_lines" => vec![
            full("", "[", ""),
            full("", "{\"a\":", ""),
            full("[", "{\"tokens\":[],\"ner_tags\":[]},", "{}]"),
            full("", "{\"tokens\":[],\"ner_tags\":[]}\n", ""),
            full("{\"tokens\":[\"\"", ",\"\"", "],\"ner_tags\":[\"O\"]}"),
            full("{\"tokens\":[\"a\"],\"ner_tags\":[0", ",0", "]}"),
            numbered("{", "\"k@\":1,", "\"tokens\":[\"a\"],\"ner_tags\":[\"O\"]}"),
        ],
        "readme" => vec![
            full("---\na: ", "[", "\n---\n"),
            full("---\na: ", "{a: ", "\n---\n"),
            full("---\n", "- ", "\n---\n"),
            full("---\ndataset_info: [", "1,", "1]\n---\n"),
            numbered("---\n", "k@: 1\n", "---\n"),
            numbered("---\na0: &a0 [x]\n", "b@: [*a0, *a0]\n", "---\n"),
            full("---\n", " \n", "---\n"),
        ],
        _ => vec![numbered("{", "\"B-@\": @,", "\"O\": 0}"), full("[", "\"O\",", "\"O\"]"), full("", "[", "")],
    }
}

fn tokenizers() -> Vec<Vec<u8>> {
    let model = r#""model": {"type": "WordLevel", "unk_token": "a", "vocab": {"a": 0"#;
    let deep = r#"{"type": "Sequence", "normalizers": ["#;
    let split = r#"{"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "(a|a)*b"}, "behavior": "Isolated", "invert": false}, "#;
    vec![
        full("{\"normalizer\": ", deep, ""),
        numbered(&format!("{{{model}"), ", \"w@\": @", "}}}"),
        format!("{split}{model}}}}}}}").into_bytes(),
        full(split.split_once("(a|a)*b").expect("its pattern").0, "(a", "\"}"),
        numbered(
            &format!("{{{model}}}}}, \"added_tokens\": ["),
            "{\"id\": @, \"content\": \"t@\", \"special\": true},",
            "1]}",
        ),
    ]
}

fn weights(kind: &str) -> Vec<Vec<u8>> {
    match kind {
        "safetensors" => {
            let header = numbered(
                "{",
                r#""t@":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"#,
                r#""a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}"#,
            );
            let deep = full("{\"a\":", "[", "");
            [header, deep].map(|header| [&(header.len() as u64).to_le_bytes()[..], &header, &[0; 4]].concat()).to_vec()
        }
        "torch_archive" => vec![[b"PK\x03\x04".as_slice(), &full("", "PK\x05\x06", "")].concat()],
        "torch_legacy" | "pickle" => vec![
            full("", "(", "t."),
            full("", "N", "."),
            full("", "]", "."),
            full("}", "q\0", "."),
            full("]q\0", "h\0a", "."),
            full("", "ccollections\nOrderedDict\n)R", "."),
            full("(", "}", "t."),
        ]
        .into_iter()
        .map(|rest| [b"\x80\x02".as_slice(), &rest].concat())
        .collect(),
        _ => vec![
            numbered("{\"weight_map\": {", "\"t@\": \"model-@.safetensors\",", "\"a\": \"model-1.safetensors\"}}"),
            full("{\"a\":", "[", ""),
        ],
    }
}

fn results(kind: &str) -> Vec<Vec<u8>> {
    let event = r#"{"finished":{"key":"@","environment":"cpu","precision":null,"steps":null,"ending":{"failed":{"code":"x","message":""}}}}"#;
    let line = format!("{{\"version\":1,\"event\":{event}}}");
    match kind {
        "lock" => vec![
            full("version = 1\na = ", "[", ""),
            numbered("version = 1\n", "[environment.e@]\na = \"b\"\n", ""),
            numbered(
                "version = 1\n[[input]]\nkind = \"data\"\nid = \"a\"\n[input.files]\n",
                "f@ = { sha256 = \"00\", size = 1 }\n",
                "",
            ),
            full("version = 1\n[environment", ".a", "]\n"),
        ],
        "journal" => vec![
            numbered("", &format!("{line}\n"), ""),
            numbered("", &line, ""),
            full("", "\n", ""),
            full("", "{", ""),
            full("", "{\"version\":", ""),
            full("", "{\"version\":1,\"event\":{", "\n"),
            full("", "\0", ""),
        ],
        "tables" => {
            let seed = crate::seeds::of("tables").remove(1);
            let parts: Vec<&[u8]> = seed.split(|byte| *byte == PART).collect();
            let text = |part: usize| String::from_utf8(parts[part].to_vec()).expect("CSV");
            let (results, entities) = (text(0), text(1));
            let curves = |begin: Vec<u8>| [results.as_bytes(), entities.as_bytes(), &begin].join(&PART);
            let rows = LEN / 40;
            let falling: String = (0..rows).map(|row| format!("seed=1,{},1,1,1,1\n", rows - row)).collect();
            let header = "job,step,epoch,loss,learning_rate,grad_norm\n";
            let (names, rest) = results.split_once('\n').expect("a header");
            let wide: String = (0..LEN / 40).map(|column| format!(",a.b{column}")).collect();
            let wide_row: String = ",".repeat(LEN / 40);
            let cells = rest.lines().next().expect("a row");
            vec![
                curves(format!("{header}{falling}").into_bytes()),
                curves(numbered(header, "seed=1,@,1,1,1,1\n", "")),
                [format!("{names}{wide}\n{cells}{wide_row}\n").as_bytes(), entities.as_bytes(), header.as_bytes()]
                    .join(&PART),
                full("", "a,", "\n"),
                full("\"", "\n", "\"\n"),
            ]
        }
        "evaluations" | "timings" => {
            let seed = String::from_utf8(crate::seeds::of(kind).remove(0)).expect("CSV");
            let (header, rest) = seed.split_once('\n').expect("a header");
            let row = rest.lines().next().expect("a row");
            vec![full(&format!("{header}\n"), &format!("{row}\n"), ""), full("", "a,", "\n")]
        }
        "predictions" => {
            vec![full("", "O ", "O\n"), full("", "O\n", ""), full("", "\n", ""), full("", "<<<<<<< a\n", "")]
        }
        _ => vec![
            full("{\"version\": 2, \"a\": ", "[", ""),
            numbered("{\"version\": 2, \"labels\": [", "\"@\",", "\"O\"]}"),
        ],
    }
}

/// The files of a target.
fn of(target: &str) -> Vec<Vec<u8>> {
    match target {
        "experiment" => experiments(),
        "set" => vec![full("data.labels=", "[", ""), numbered("data.labels=[", "\"O@\",", "]"), full("", "a=1\n", "")],
        "columns" | "csv" | "json_lines" | "readme" | "label_file" => data(target),
        "tokenizer_json" => tokenizers(),
        "tokenizer_settings" => vec![
            full("{\"a\": ", "[", ""),
            numbered("{\"additional_special_tokens\": [", "\"s@\",", "\"a\"]}"),
            numbered(
                "{\"added_tokens_decoder\": {",
                "\"@\": {\"content\": \"t@\"},",
                "\"0\": {\"content\": \"[UNK]\"}}}",
            ),
        ],
        "vocab" => vec![
            numbered("[UNK]\n[CLS]\n[SEP]\n", "w@\n", ""),
            full("[UNK]\n[CLS]\n[SEP]\n", "a", ""),
            full("[UNK]\n[CLS]\n[SEP]\n", "\n", ""),
        ],
        "sentencepiece" => vec![full("", "\u{a}\u{3}\u{a}\u{1}a", "\u{12}\u{0}\u{1a}\u{0}")],
        "config" => vec![
            numbered("{\"model_type\": \"bert\", \"id2label\": {", "\"@\": \"B-@\",", "\"x\": \"O\"}}"),
            full("{\"a\":", "[", ""),
        ],
        "safetensors" | "torch_archive" | "torch_legacy" | "pickle" | "index" => weights(target),
        "parquet" => vec![full("PAR1", "\u{1}", "PAR1")],
        "checkpoint" => weights("safetensors"),
        _ => results(target),
    }
}

#[test]
fn a_megabyte_of_anything_takes_neither_long_nor_much() {
    let _one = ONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let folder = folder();
    for target in crate::ALL.map(|target| target.name) {
        let (mut longest, mut most) = (Duration::ZERO, 0);
        for (number, bytes) in of(target).into_iter().enumerate() {
            let begun = Instant::now();
            let held = Target::named(target).check(folder.path(), &bytes);
            println!(
                "{target} {number}: {:.2?}, {} bytes held for each of {}",
                begun.elapsed(),
                held / bytes.len().max(1),
                bytes.len()
            );
            (longest, most) = (longest.max(begun.elapsed()), most.max(held / bytes.len().max(1)));
        }
        println!("{target}: {longest:.2?} at most, {most} bytes for each");
    }
}
