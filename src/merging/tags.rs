//! The predictions and gold tags of all folders: which file serves, and which contradict each other.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::results::{Difference, Ending, ScoredSplit, earlier_prediction_name, gold_files};

use super::error::{Conflict, MergeError};
use super::folder::Folder;
use super::outcomes::Joined;

/// The files of tags that are merged.
#[derive(Debug, Default)]
pub(super) struct Tags {
    /// Files of predictions by their name by key, each with the number of its folder.
    pub predictions: BTreeMap<String, (usize, PathBuf)>,
    /// Files of gold tags by name, with the number of their folder.
    pub gold: BTreeMap<String, (usize, PathBuf)>,
    pub conflicts: Vec<Conflict>,
}

impl Tags {
    /// Of the results that count: from their folders, or from others with equal results.
    pub(super) fn new(folders: &[Folder], joined: &Joined) -> Result<Self, MergeError> {
        let mut tags = Self::default();
        for (key, kept) in &joined.kept {
            if !matches!(kept.outcome.ending, Ending::Ok(_)) {
                continue;
            }
            for name in ScoredSplit::ALL.map(|split| earlier_prediction_name(key, split)) {
                for at in [kept.folder].iter().chain(&kept.also) {
                    if let Some(path) = folders[*at].predictions.get(&name) {
                        add(&mut tags.predictions, &mut tags.conflicts, folders, &name, (*at, path))?;
                    }
                }
            }
        }
        for (at, folder) in folders.iter().enumerate() {
            for path in gold_files(&folder.layout)? {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                add(&mut tags.gold, &mut tags.conflicts, folders, &name, (at, &path))?;
            }
        }
        Ok(tags)
    }
}

fn add(
    files: &mut BTreeMap<String, (usize, PathBuf)>,
    conflicts: &mut Vec<Conflict>,
    folders: &[Folder],
    name: &str,
    (at, path): (usize, &Path),
) -> Result<(), MergeError> {
    let Some((first, known)) = files.get(name) else {
        files.insert(name.to_owned(), (at, path.to_owned()));
        return Ok(());
    };
    let [one, other] = [known.as_path(), path].map(|path| fs::read(path).map_err(MergeError::disk(path)));
    let (one, other) = (one?, other?);
    if one != other {
        let [found, expected] = [&one, &other].map(|content| line_of_difference(content, &one, &other));
        let line = 1 + one
            .split(|byte| *byte == b'\n')
            .zip(other.split(|byte| *byte == b'\n'))
            .take_while(|(a, b)| a == b)
            .count();
        let row = known.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let cell = Difference { file: "predictions/", row, column: format!("line {line}"), found, expected };
        let folders = [*first, at].map(|at| folders[at].root());
        conflicts.push(Conflict { folders, cells: vec![cell] });
    }
    Ok(())
}

/// The first line in which two contents differ, as `content` has it.
fn line_of_difference(content: &[u8], one: &[u8], other: &[u8]) -> String {
    let lines = |content: &[u8]| content.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
    let (one, other) = (lines(one), lines(other));
    let at = one.iter().zip(&other).take_while(|(one, other)| one == other).count();
    let line = lines(content).get(at).cloned();
    line.map_or_else(|| "no such line".to_owned(), |line| String::from_utf8_lossy(&line).into_owned())
}
