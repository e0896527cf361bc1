//! Documents longer than the model reads at a time.

use super::{answers, tiny};

/// The tags of one sentence of so many words.
fn tags(words: &[&str], workshop: &super::Workshop) -> Vec<String> {
    let out = answers(workshop, "--input words --format conll", words.join(" "));
    out.lines().filter(|line| !line.is_empty()).map(|line| line.split_once('\t').unwrap().1.to_owned()).collect()
}

#[test]
fn every_word_of_a_long_document_has_a_tag_and_its_beginning_those_of_a_short_one() {
    let workshop = tiny();
    let sentence = ["Ana", "García", "vive", "en", "Toledo", ",", "y", "Pedro", "Ruiz", "en", "Sevilla", "."];
    let long: Vec<&str> = sentence.iter().copied().cycle().take(2000).collect();
    let of_long = tags(&long, &workshop);
    assert_eq!(of_long.len(), 2000);
    // 64 tokens with the two special ones; no word of these has more than two tokens, and the first window answers for its
    // first half
    let of_short = tags(&long[..31], &workshop);
    assert_eq!(of_long[..15], of_short[..15]);
    assert!(of_long[1900..].iter().any(|tag| tag != "O"), "{:?}", &of_long[1900..]);
}

#[test]
fn a_word_longer_than_a_window_hides_no_other() {
    let workshop = tiny();
    let long = "xyz".repeat(500);
    let of = tags(&["Ana", &long, "vive", "en", "Toledo"], &workshop);
    assert_eq!(of.len(), 5);
    let text = format!("Ana {} vive en Toledo\n", "x-y-".repeat(400));
    let conll = answers(&workshop, "--format conll", text.as_str());
    let words: Vec<&str> = conll.lines().filter_map(|line| Some(line.split_once('\t')?.0)).collect();
    assert_eq!(words.concat(), text.replace([' ', '\n'], ""), "no word is lost");
}
