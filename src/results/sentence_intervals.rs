//! Intervals of mean scores over test sentences, from the predictions of a folder. It knows no table.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::metrics::{Metric, Ratios, SentenceCounts};
use crate::statistics::{Parts, score_interval};

use super::snapshot::{ReadTags, Snapshot, Tags};
use super::tag_names::TagNames;
use super::{Decimal, Record, ResultsError, ScoredSplit};

/// The intervals of the scores of some runs; a score without one is absent.
type Intervals = BTreeMap<Metric, [Decimal; 2]>;

/// Intervals by split and the keys of the runs, computed once.
#[derive(Debug, Default)]
pub(super) struct SentenceIntervals {
    known: BTreeMap<(ScoredSplit, Vec<String>), Intervals>,
    names: TagNames,
}

impl SentenceIntervals {
    /// Those of a key whose predictions are new are computed anew.
    pub(super) fn forget(&mut self, key: &str) {
        self.known.retain(|(_, keys), _| !keys.iter().any(|known| known == key));
    }

    /// The intervals of the runs' mean scores on a split; none where predictions are missing, or where they do not give the
    /// runs' scores. `tags`: the folder's.
    ///
    /// # Errors
    /// An unfinished merge in predictions or gold tags, or what the system says.
    pub(super) fn of(
        &mut self,
        tags: &mut Snapshot,
        runs: &[&Record],
        split: ScoredSplit,
    ) -> Result<Option<&Intervals>, ResultsError> {
        let place = (split, runs.iter().map(|record| record.outcome.key.clone()).collect::<Vec<_>>());
        if !self.known.contains_key(&place) {
            let Some(found) = self.computed(tags, runs, split)? else { return Ok(None) };
            self.known.insert(place.clone(), found);
        }
        Ok(self.known.get(&place))
    }

    fn computed(
        &mut self,
        tags: &mut Snapshot,
        runs: &[&Record],
        split: ScoredSplit,
    ) -> Result<Option<Intervals>, ResultsError> {
        let mut read: Vec<ReadTags> = Vec::with_capacity(runs.len());
        for record in runs {
            match tags.tags(&mut self.names, record, None, split)? {
                Tags::Read(found) if found.agrees => read.push(found),
                Tags::Read(_) | Tags::Unusable(_) | Tags::Missing => return Ok(None),
            }
        }
        // one mean over the same sentences
        let is_shared = read.windows(2).all(|pair| Arc::ptr_eq(&pair[0].gold, &pair[1].gold));
        Ok(is_shared.then(|| self.intervals(&read)))
    }

    fn intervals(&self, runs: &[ReadTags]) -> Intervals {
        let set = self.names.set();
        let counts = |run: &ReadTags| {
            let counts = SentenceCounts::new(&set, &run.gold.sentences, &run.predicted);
            counts.expect("gold and predictions have one shape, numbers are those of names")
        };
        let counts: Vec<SentenceCounts> = runs.iter().map(counts).collect();
        let of = |metric: Metric| {
            let of_run = |counts: &SentenceCounts| {
                let mut found = counts.ratios(metric)?;
                // classes in an order that does not depend on which file was read first: sums are equal to the bit
                found.parts.sort_unstable();
                Some(found)
            };
            let ratios: Vec<Ratios> = counts.iter().map(of_run).collect::<Option<_>>()?;
            let parts: Vec<&Parts> = ratios.iter().map(|ratios| ratios.parts.as_slice()).collect();
            let (low, high) = score_interval(&parts)?;
            Some((metric, [Decimal::new(low), Decimal::new(high)]))
        };
        Metric::ALL.into_iter().filter_map(of).collect()
    }
}
