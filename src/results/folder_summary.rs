//! summary.csv of a folder, with intervals over test sentences from its predictions. It writes nothing.

use super::committed::read;
use super::sentence_intervals::SentenceIntervals;
use super::snapshot::Snapshot;
use super::summary::{EarlierSummary, summary_csv};
use super::{Columns, Layout, Record, ResultsError};

/// summary.csv with intervals over test sentences from the predictions; where those are missing, as the table that is there
/// has them. `tags`: the folder's; `sentences`: those computed before.
pub(super) fn folder_summary(
    layout: &Layout,
    records: &[Record],
    columns: &Columns,
    tags: &mut Snapshot,
    sentences: &mut SentenceIntervals,
) -> Result<Vec<u8>, ResultsError> {
    let path = layout.summary();
    let earlier = EarlierSummary::parse(&path, &read(layout, &path)?.unwrap_or_default());
    let mut broken = None;
    let content = summary_csv(records, columns, |row| {
        let found =
            sentences.of(tags, row.runs, row.split).map(|found| found.map(|found| found.get(&row.metric).copied()));
        match found {
            Ok(Some(interval)) => interval,
            Ok(None) => earlier.sentences(row),
            Err(error) => {
                broken.get_or_insert(error);
                None
            }
        }
    });
    broken.map_or(Ok(content), Err)
}

/// The summary.csv that a folder with these rows should have.
///
/// # Errors
/// An unfinished merge in predictions or gold tags, or what the system says.
pub fn expected_summary(layout: &Layout, records: &[Record], columns: &Columns) -> Result<Vec<u8>, ResultsError> {
    let mut tags = Snapshot::of_folder(layout.root())?;
    folder_summary(layout, records, columns, &mut tags, &mut SentenceIntervals::default())
}
