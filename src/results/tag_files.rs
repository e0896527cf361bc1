//! Where the files of tags of a folder lie, for readers that know no rows. It reads none of them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::placement::{PredictionFiles, Rows, tag_files};
use super::prediction_names::is_gold;
use super::{Layout, ResultsError};

/// The predictions of a folder whose tables are not being replaced: paths by name by key, `KEY.tags`.
///
/// # Errors
/// What the system says.
pub fn predictions_by_key(layout: &Layout) -> Result<BTreeMap<String, PathBuf>, ResultsError> {
    let files = PredictionFiles::list(layout)?.by_key(&Rows::default());
    Ok(files.into_iter().map(|(name, path)| (name, layout.root().join(path))).collect())
}

/// The files of gold tags, sorted.
///
/// # Errors
/// What the system says.
pub fn gold_files(layout: &Layout) -> Result<Vec<PathBuf>, ResultsError> {
    let folder = layout.predictions_folder();
    let names = tag_files(&folder)?;
    Ok(names.iter().filter(|name| is_gold(name)).map(|name| folder.join(name)).collect())
}
