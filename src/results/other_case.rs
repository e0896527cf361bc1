//! Whether a results folder is the one that is asked for: some file systems take names that differ in case alone for one.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::Path;

use super::ResultsError;

/// Refuses a folder that exists under another name: its results are another experiment's.
///
/// # Errors
/// `OtherCase`.
pub(super) fn check_case(root: &Path) -> Result<(), ResultsError> {
    let Some(asked) = root.file_name().filter(|_| root.is_dir()) else { return Ok(()) };
    let above = root.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let names = fs::read_dir(above).into_iter().flatten().flatten().map(|entry| entry.file_name());
    match other_case(asked, &names.collect::<Vec<_>>()) {
        Some(there) => Err(ResultsError::OtherCase { folder: root.to_owned(), there: root.with_file_name(there) }),
        None => Ok(()),
    }
}

/// The name among `names` that differs from `asked` in case alone; none where `asked` is there itself.
fn other_case<'n>(asked: &OsStr, names: &'n [OsString]) -> Option<&'n OsString> {
    let folded = |name: &OsStr| name.to_string_lossy().to_lowercase();
    let is_there = names.iter().any(|name| name == asked);
    names.iter().find(|name| !is_there && folded(name) == folded(asked))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_another_case_is_found_where_the_name_itself_is_not_there() {
        let found = |asked: &str, names: &[&str]| {
            let names: Vec<OsString> = names.iter().map(OsString::from).collect();
            other_case(OsStr::new(asked), &names).cloned()
        };
        assert_eq!(found("grid", &["Grid", "es"]), Some("Grid".into()));
        assert_eq!(found("\u{e9}tude", &["\u{c9}tude"]), Some("\u{c9}tude".into()));
        assert_eq!(found("grid", &["Grid", "grid"]), None);
        assert_eq!(found("grid", &["grids"]), None);
    }

    #[test]
    fn results_of_another_case_are_not_mixed_with_these() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("Grid")).unwrap();
        let asked = folder.path().join("grid");
        check_case(&folder.path().join("Grid")).unwrap();
        // a file system that tells them apart has no such folder
        match asked.is_dir() {
            true => assert!(matches!(check_case(&asked), Err(ResultsError::OtherCase { .. }))),
            false => check_case(&asked).unwrap(),
        }
        let error = ResultsError::OtherCase { folder: "results/grid".into(), there: "results/Grid".into() };
        insta::assert_snapshot!(error, @"results/grid is results/Grid here: this file system does not tell them apart; write the name as it is there, or choose another with --name");
    }
}
