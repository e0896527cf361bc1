//! Texts with entities by characters: JSON lines of annotation tools, and brat.

use super::{both, count, flat, in_a_folder, sentences};

const TEST: &str = "Eva B-PER\nlee O\n";

fn read(train: &str, data: &str) -> crate::workshop::Said {
    let files = vec![("train.jsonl", train.as_bytes().to_vec()), ("test.conll", TEST.as_bytes().to_vec())];
    in_a_folder(&files, &format!("files = {{ train = \"train.jsonl\", test = \"test.conll\" }}\n{data}"))
}

#[test]
fn the_forms_of_several_tools_are_read_alike() {
    for entities in [
        r#""entities": [[0, 8, "PER"], [17, 21, "LOC"]]"#,
        r#""entities": [{"start": 0, "end": 8, "label": "PER"}, {"start": 17, "end": 21, "label": "LOC"}]"#,
        r#""spans": [{"start": 0, "end": 8, "token_start": 0, "token_end": 1, "label": "PER"}, {"start": 17, "end": 21, "label": "LOC"}]"#,
        r#""label": [[0, 8, "PER"], [17, 21, "LOC"]], "Comments": []"#,
        r#""entities": [{"id": 1, "label": "PER", "start_offset": 0, "end_offset": 8}, {"id": 2, "label": "LOC", "start_offset": 17, "end_offset": 21}], "relations": []"#,
        r#""label": [{"start": 0, "end": 8, "text": "Ana Ruiz", "labels": ["PER"]}, {"start": 17, "end": 21, "labels": ["LOC"]}]"#,
    ] {
        let said = read(
            &format!(
                "{{\"text\": \"Ana Ruiz vive en Lugo.\", {entities}}}\n{{\"text\": \"Nada.\", \"entities\": []}}\n"
            ),
            "",
        );
        assert_eq!(sentences(&said), "2 1", "{entities}");
        assert_eq!(count(&said, "words "), "8 2", "{entities}");
        assert_eq!([count(&said, "B-PER"), count(&said, "I-PER"), count(&said, "B-LOC")], ["1 1", "1 0", "1 0"]);
    }
    let rows = || b"{\"t\": \"Ana lee\", \"e\": [[0, 3, \"PER\"]]}\n".to_vec();
    let files = vec![("train.jsonl", rows()), ("test.jsonl", rows())];
    let chosen = in_a_folder(&files, "columns = { token = \"t\", tag = \"e\" }");
    assert_eq!((sentences(&chosen), count(&chosen, "B-PER")), ("1 1".to_owned(), "1 1".to_owned()));
}

#[test]
fn a_span_within_a_word_is_widened_with_a_note_or_refused() {
    let train = "{\"text\": \"Ana lee\", \"label\": [[0, 3, \"PER\"]]}\n{\"text\": \"Anabel lee\", \"label\": [[0, 3, \"PER\"]]}\n";
    let said = read(train, "");
    assert_eq!(count(&said, "B-PER"), "2 1");
    let note =
        "entities whose ends are not those of words, widened to whole words: 1, the first `Ana` in train.jsonl:2;";
    assert!(flat(&said.out).contains(note), "{}", said.out);
    let refused = read(train, "span_ends = \"refuse\"");
    assert_eq!(refused.status, 1);
    assert!(
        flat(&refused.err).contains("train.jsonl:2: the ends of the entity `Ana` are not those of words"),
        "{}",
        refused.err
    );
    let outside = read("{\"text\": \"Ana\", \"label\": [[0, 9, \"PER\"]]}\n", "");
    assert_eq!(outside.status, 1);
    assert!(
        flat(&outside.err).contains("train.jsonl:1: an entity from character 0 to 9 is not in the text, which has 3"),
        "{}",
        outside.err
    );
    let odd = read("{\"text\": \"Ana\", \"label\": [[0, 3]]}\n", "");
    assert!(flat(&odd.err).contains("train.jsonl:1: entry 1 of `label` has no start, end and label"), "{}", odd.err);
}

#[test]
fn brat_is_read_with_its_text_a_sentence_a_line() {
    let text = "Ana Ruiz vive en\nSan Juan. Nada.\nEva lee.\n";
    let annotation =
        "T1\tPER 0 8\tAna Ruiz\nT2\tLOC 17 25\tSan Juan\nT3\tPER 33 36\tEva\nR1\tin Arg1:T1 Arg2:T2\n#1\tNote T1\tx\n";
    let files = |annotation: &str| {
        vec![
            ("train/d1.txt", text.as_bytes().to_vec()),
            ("train/d1.ann", annotation.as_bytes().to_vec()),
            ("train/d2.txt", b"Luz\n".to_vec()),
            ("train/d2.ann", b"T1\tPER 0 3\tLuz\n".to_vec()),
            ("test.conll", TEST.as_bytes().to_vec()),
        ]
    };
    let data = "files = { train = \"train/*.ann\", test = \"test.conll\" }";
    assert_eq!(both(&files(annotation), data), "4 1");
    let said = in_a_folder(&files(annotation), data);
    assert_eq!([count(&said, "B-PER"), count(&said, "B-LOC"), count(&said, "I-LOC")], ["3 1", "1 0", "1 0"]);
    // an entity that crosses a line end makes one sentence of both
    let across = annotation.replace("T1\tPER 0 8", "T1\tPER 14 20");
    assert_eq!(sentences(&in_a_folder(&files(&across), data)), "3 1");
    let outside = flat(&in_a_folder(&files("T1\tPER 0 8\tx\nT2\tPER 4 900\tx\n"), data).err);
    assert!(outside.contains("train/d1.ann:2: an entity from character 4 to 900 is not in the text"), "{outside}");
    let odd = flat(&in_a_folder(&files("T1 PER 0 8 x\n"), data).err);
    assert!(odd.contains("train/d1.ann:1: not an entity of brat"), "{odd}");
    let alone = vec![("train.ann", annotation.as_bytes().to_vec()), ("test.conll", TEST.as_bytes().to_vec())];
    let alone = flat(&in_a_folder(&alone, "files = { train = \"train.ann\", test = \"test.conll\" }").err);
    assert!(alone.contains("`train.ann` annotates `train.txt`, which does not exist"), "{alone}");
}
