//! A job's own test sentences have the tags of its predictions.

use runner::data::{Split, builtin};

use super::{Workshop, answers, tiny};

/// The words of the sentences of the job's test split.
fn sentences() -> Vec<Vec<String>> {
    let corpus = builtin::corpus("es").unwrap();
    corpus.split(Split::Test)[..60].iter().map(|sentence| sentence.words.clone()).collect()
}

fn predictions(workshop: &Workshop) -> Vec<String> {
    let files = workshop.files("results/grid/predictions");
    let (_, tags) = files.into_iter().find(|(name, _)| !name.starts_with("gold")).unwrap();
    String::from_utf8(tags).unwrap().lines().map(str::to_owned).collect()
}

/// The tags of sentences in CoNLL, a line a sentence.
fn tags_of(conll: &str) -> Vec<String> {
    let sentence =
        |lines: &str| lines.lines().map(|line| line.split_once('\t').unwrap().1).collect::<Vec<_>>().join(" ");
    conll.split("\n\n").filter(|lines| !lines.is_empty()).map(sentence).collect()
}

#[test]
fn the_test_split_of_a_job_has_the_tags_of_its_predictions_in_every_format_of_words() {
    let workshop = tiny();
    let expected = predictions(&workshop);
    assert!(expected.len() == 60 && expected.iter().any(|tags| tags.contains("B-")), "{expected:?}");
    let words = sentences();
    let conll: String = words.iter().map(|words| words.join("\tX\tO\n") + "\tX\tO\n\n").collect();
    assert_eq!(tags_of(&answers(&workshop, "--input conll --format conll", conll)), expected);
    let lines: String = words.iter().map(|words| words.join(" ") + "\n").collect();
    assert_eq!(tags_of(&answers(&workshop, "--input words --format conll", lines)), expected);
    let lines: String = words.iter().map(|words| serde_json::json!({ "tokens": words }).to_string() + "\n").collect();
    let out = answers(&workshop, "--input jsonl --format jsonl", lines);
    let tags = out.lines().map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        line["tags"]
            .as_array()
            .unwrap()
            .iter()
            .map(|tag| tag.as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
            .join(" ")
    });
    assert_eq!(tags.collect::<Vec<_>>(), expected);
}
