//! Tags as text: one line a sentence, names separated by one space, `-` for an unscored word. It knows no scores.

use std::path::Path;

use super::ResultsError;

/// An unscored word.
const UNSEEN: &str = "-";

/// The content of a `.tags` file.
///
/// # Shapes
/// sentences: [sentences][words], numbers of `names`; None: an unseen word. A sentence without words is an empty line.
pub fn tag_lines<S: AsRef<[Option<u16>]>>(names: &[String], sentences: &[S]) -> Vec<u8> {
    let mut text = String::new();
    for sentence in sentences {
        for (place, word) in sentence.as_ref().iter().enumerate() {
            if place > 0 {
                text.push(' ');
            }
            text.push_str(word.map_or(UNSEEN, |number| &names[usize::from(number)]));
        }
        text.push('\n');
    }
    text.into_bytes()
}

/// Reads a `.tags` file's content back; `file` is for messages only.
///
/// # Errors
/// `Damaged` with the line: a name outside `names`, two spaces, a last line that does not end, text that is not UTF-8;
/// `Merge` where git's marks are in it.
pub fn read_tags(file: &Path, content: &[u8], names: &[String]) -> Result<Vec<Vec<Option<u16>>>, ResultsError> {
    read_tags_by(file, content, |name| {
        let place = names.iter().position(|known| known == name);
        place.map(|place| place as u16).ok_or_else(|| format!("{name:?} is not a tag of this data"))
    })
}

/// [`read_tags`] with the numbers of the tags as `number` gives them, or what is wrong with a name.
pub(super) fn read_tags_by(
    file: &Path,
    content: &[u8],
    mut number: impl FnMut(&str) -> Result<u16, String>,
) -> Result<Vec<Vec<Option<u16>>>, ResultsError> {
    ResultsError::find_merge(file, content)?;
    let text = str::from_utf8(content).map_err(|error| {
        let line = 1 + content[..error.valid_up_to()].iter().filter(|&&byte| byte == b'\n').count();
        ResultsError::damaged(file, line as u64, "is not UTF-8 text")
    })?;
    let mut sentences = Vec::new();
    for (line, piece) in (1..).zip(text.split_inclusive('\n')) {
        let Some(words) = piece.strip_suffix('\n').map(|words| words.strip_suffix('\r').unwrap_or(words)) else {
            return Err(ResultsError::damaged(file, line, "ends in the middle of a line"));
        };
        let words = words.split(' ').take(if words.is_empty() { 0 } else { usize::MAX });
        let tag = |name| if name == UNSEEN { Ok(None) } else { number(name).map(Some) };
        let sentence = words.map(tag).collect::<Result<_, _>>();
        sentences.push(sentence.map_err(|problem| ResultsError::damaged(file, line, problem))?);
    }
    Ok(sentences)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        ["O", "B-PER", "I-PER"].map(str::to_owned).to_vec()
    }

    #[test]
    fn tags_survive_being_written_and_read() {
        let sentences = vec![vec![Some(1), Some(2), None, Some(0)], vec![], vec![None]];
        let text = tag_lines(&names(), &sentences);
        assert_eq!(str::from_utf8(&text), Ok("B-PER I-PER - O\n\n-\n"));
        assert_eq!(read_tags(Path::new("a.tags"), &text, &names()).expect("read"), sentences);
        assert_eq!(read_tags(Path::new("a.tags"), b"", &names()).expect("read"), Vec::<Vec<Option<u16>>>::new());
    }

    #[test]
    fn damage_is_located() {
        let read = |content: &[u8]| read_tags(Path::new("a.tags"), content, &names()).expect_err("refused").to_string();
        let texts = [&b"O\nB-LOC\n"[..], b"O  O\n", b"O\nO B-P", b"O\n\xff\n"].map(read);
        insta::assert_snapshot!(texts.join("\n"), @r#"
        a.tags:2: "B-LOC" is not a tag of this data; restore it from git or a copy, or move it away: a run rebuilds tables from the journal, and the journal from tables
        a.tags:1: "" is not a tag of this data; restore it from git or a copy, or move it away: a run rebuilds tables from the journal, and the journal from tables
        a.tags:2: ends in the middle of a line; restore it from git or a copy, or move it away: a run rebuilds tables from the journal, and the journal from tables
        a.tags:2: is not UTF-8 text; restore it from git or a copy, or move it away: a run rebuilds tables from the journal, and the journal from tables
        "#);
    }
}
