//! Documents longer than the model reads at a time.

use super::{answers, tiny};

/// The tags of one sentence of so many words.
fn tags(words: &[&str], workshop: &super::Workshop) -> Vec<String> {
    let out = answers(workshop, "--input words --format conll", words.join(" "));
    out.lines().filter(|line| !line.is_empty()).map(|line| line.split_once('\t').unwrap().1.to_owned()).collect()
}

#[test]
fn every_word_of_a_long_document_has_the_tag_of_the_window_that_has_most_around_it() {
    let workshop = tiny();
    // each word is one token, so that 62 fit into a window beside two special ones; windows begin at 0, 31, 62, ...
    let sentence = ["El", "Betis", "y", "Toledo", ",", "con", "en"];
    let long: Vec<&str> = sentence.iter().copied().cycle().take(2000).collect();
    let of_long = tags(&long, &workshop);
    assert_eq!(of_long.len(), 2000);
    // word 46 is as far from the end of the first window as from the beginning of the second
    assert_eq!(of_long[..47], tags(&long[..62], &workshop)[..47]);
    assert_eq!(of_long[93 + 16..93 + 46], tags(&long[93..93 + 62], &workshop)[16..46]);
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
