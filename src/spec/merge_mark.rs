//! The marks that git leaves in a file of an unfinished merge. It knows no file format.

/// A mark and its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MergeMark {
    /// The line, from 1.
    pub line: u64,
    /// `<<<<<<<`, `|||||||`, `=======` or `>>>>>>>`
    pub mark: &'static str,
}

impl MergeMark {
    /// The first mark of a text.
    pub fn find(content: &[u8]) -> Option<Self> {
        (1..).zip(content.split(|&byte| byte == b'\n')).find_map(|(line, text)| {
            let mark = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"].into_iter().find(|mark| is_mark(text, mark))?;
            Some(Self { line, mark })
        })
    }
}

/// A mark is alone on its line, or a space and a name follow.
fn is_mark(line: &[u8], mark: &str) -> bool {
    let rest = line.strip_prefix(mark.as_bytes());
    rest.is_some_and(|rest| matches!(rest.first(), None | Some(b' ' | b'\r')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_at_the_beginning_of_a_line() {
        let find = |text: &str| MergeMark::find(text.as_bytes()).map(|found| (found.line, found.mark));
        assert_eq!(find("a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> other\n"), Some((2, "<<<<<<<")));
        assert_eq!(find("a\r\n=======\r\nb\r\n"), Some((2, "=======")));
        assert_eq!(find("a\n>>>>>>> 1f2e3d (a message)"), Some((2, ">>>>>>>")));
        assert_eq!(find("||||||| base"), Some((1, "|||||||")));
        for text in ["", "a <<<<<<< b", " =======", "========\n", "<<<<<<<<< x", "O O <<<<<<<"] {
            assert_eq!(find(text), None, "{text:?}");
        }
    }
}
