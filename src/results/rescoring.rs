//! Committed rows scored again from their predictions and gold tags. It knows no settings: the gold tags of a row are found
//! by their shape.

use crate::metrics::{Metric, TagSet, score};

use super::differences::{Difference, of_entities};
use super::results_files::FolderFiles;
use super::tag_names::TagNames;
use super::tag_reader::{Gold, Owner, TagReader};
use super::{Decimal, Ending, Layout, Measurements, Outcome, ResultsError, ScoredSplit, SplitScores};

/// The largest difference between two values of a macro average: the order of its sum is that of the tag set, which no
/// file has, and six decimals may round to either side.
const MACRO_TOLERANCE: f64 = 1.5e-6;

/// A row, and what of it can be compared.
pub(super) struct Claim<'a> {
    /// The table.
    pub(super) file: &'static str,
    /// The row, in words.
    pub(super) row: String,
    /// Its label.
    pub(super) label: &'a str,
    /// The evaluation set that it is of.
    pub(super) set: Option<&'a str>,
    pub(super) outcome: &'a Outcome,
    /// Whether the table has a column for a metric.
    pub(super) has_column: &'a dyn Fn(ScoredSplit, Metric) -> bool,
    /// Whether it shows types.
    pub(super) has_types: bool,
}

/// Whether the predictions confirm a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// They do.
    Agrees,
    /// They do not; a line for each cell.
    Disagrees(Vec<String>),
    /// They are missing.
    Unchecked,
}

/// Scores rows of a folder again.
pub(super) struct Rescorer<'l> {
    layout: &'l Layout,
    reader: TagReader,
    names: TagNames,
}

impl<'l> Rescorer<'l> {
    pub(super) fn new(layout: &'l Layout) -> Self {
        let reader = TagReader::new(Box::new(FolderFiles(layout.clone())));
        Self { layout, reader, names: TagNames::default() }
    }

    /// Messages about gold tags that cannot be read.
    pub(super) fn notices(self) -> Vec<String> {
        self.reader.notices
    }

    /// The folder whose rows are scored.
    pub(super) fn layout(&self) -> &'l Layout {
        self.layout
    }

    /// Scores a row again.
    ///
    /// # Errors
    /// An unfinished merge in predictions or gold tags.
    pub(super) fn check(&mut self, claim: &Claim<'_>) -> Result<Verdict, ResultsError> {
        let Ending::Ok(measured) = &claim.outcome.ending else { return Ok(Verdict::Unchecked) };
        let (mut lines, mut is_checked) = (Vec::new(), true);
        for split in ScoredSplit::ALL {
            match self.check_split(claim, measured, split)? {
                Verdict::Agrees => {}
                Verdict::Disagrees(more) => lines.extend(more),
                Verdict::Unchecked => is_checked &= !measured.splits.contains_key(&split),
            }
        }
        Ok(match (lines.is_empty(), is_checked) {
            (false, _) => Verdict::Disagrees(lines),
            (true, true) => Verdict::Agrees,
            (true, false) => Verdict::Unchecked,
        })
    }

    fn check_split(
        &mut self,
        claim: &Claim<'_>,
        measured: &Measurements,
        split: ScoredSplit,
    ) -> Result<Verdict, ResultsError> {
        let owner = Owner { label: claim.label, set: claim.set, key: &claim.outcome.key };
        // what cannot be read confirms nothing
        let Ok(Some((file, content))) = self.reader.find(owner, split) else { return Ok(Verdict::Unchecked) };
        let golds = self.reader.golds(&mut self.names)?.to_vec();
        let disagrees = |problem: String| Verdict::Disagrees(vec![format!("{}, {}: {problem}", claim.file, claim.row)]);
        let predicted = match self.reader.read(&file, &content, &mut self.names) {
            Ok(predicted) => predicted,
            Err(ResultsError::Damaged { line, problem, .. }) => {
                return Ok(disagrees(format!("{file}:{line}: {problem}")));
            }
            Err(error) => return Err(error),
        };
        let claimed = measured.splits.get(&split).cloned().unwrap_or_default();
        let mut found: Option<Vec<String>> = None;
        let tags = self.names.set();
        for gold in golds.iter().filter(|gold| gold.fits(&predicted)) {
            let scores = score(&tags, &gold.sentences, &predicted).expect("shapes are equal, numbers those of names");
            let mut differences = compare(claim, split, &claimed, &SplitScores::new(&scores));
            differences.extend(compare_unseen(claim, split, measured, &predicted));
            if differences.is_empty() {
                return Ok(Verdict::Agrees);
            }
            found.get_or_insert_with(|| differences.iter().map(|cell| cell.line("predictions")).collect());
        }
        if let Some(lines) = found {
            return Ok(Verdict::Disagrees(lines));
        }
        // an edited row must not pass because its gold tags are missing
        let other = golds.iter().find(|gold| claim.has_types && counts_as(gold, &tags, &claimed));
        Ok(disagrees(match other {
            Some(gold) => format!("{file} and {} have different sentences", gold.file),
            None => format!("no gold tags in predictions/ have the sentences of {file}"),
        }))
    }
}

/// Whether a row has the entity counts of gold tags.
fn counts_as(gold: &Gold, tags: &TagSet, claimed: &SplitScores) -> bool {
    let answers: Vec<Vec<Option<u16>>> =
        gold.sentences.iter().map(|words| words.iter().copied().map(Some).collect()).collect();
    let right = score(tags, &gold.sentences, &answers).expect("one shape, numbers those of names").entities;
    let right = right.iter().filter(|row| row.support > 0).map(|row| (row.scheme, &row.kind, row.support));
    let claimed = claimed.entities.iter().filter(|row| row.support > 0);
    let is_empty = right.clone().next().is_none();
    claimed.map(|row| (row.scheme, &row.kind, row.support)).eq(right) && !is_empty
}

fn compare(claim: &Claim<'_>, split: ScoredSplit, claimed: &SplitScores, right: &SplitScores) -> Vec<Difference> {
    let mut all = Vec::new();
    for metric in Metric::ALL.into_iter().filter(|metric| (claim.has_column)(split, *metric)) {
        let values = [claimed, right].map(|scores| scores.metrics.get(&metric).copied());
        if !is_equal(metric, values) {
            let [found, expected] = values.map(|value| value.map(|value| value.to_string()).unwrap_or_default());
            let prefix = if claim.has_types { format!("{}_", split.name()) } else { String::new() };
            all.push(difference(claim, format!("{prefix}{}", metric.name()), found, expected));
        }
    }
    if claim.has_types {
        all.extend(of_entities(&claim.row, split, &claimed.entities, &right.entities));
    }
    all
}

/// The test split has a column for unseen words.
fn compare_unseen(
    claim: &Claim<'_>,
    split: ScoredSplit,
    measured: &Measurements,
    predicted: &[Vec<Option<u16>>],
) -> Option<Difference> {
    let unseen = predicted.iter().flatten().filter(|word| word.is_none()).count() as u64;
    let stated = measured.words_unseen;
    let text = |words: Option<u64>| words.map(|words| words.to_string()).unwrap_or_default();
    (split == ScoredSplit::Test && stated != Some(unseen))
        .then(|| difference(claim, "words_unseen".to_owned(), text(stated), text(Some(unseen))))
}

/// Whether the scores of results.csv are those of tags. A score that the table lacks is not compared.
pub(super) fn agree(found: &SplitScores, right: &SplitScores) -> bool {
    found.metrics.iter().all(|(metric, value)| is_equal(*metric, [Some(*value), right.metrics.get(metric).copied()]))
}

fn difference(claim: &Claim<'_>, column: String, found: String, expected: String) -> Difference {
    Difference { file: claim.file, row: claim.row.clone(), column, found, expected }
}

/// Whether two values of a score are equal, up to the order of a sum.
pub(super) fn is_equal(metric: Metric, values: [Option<Decimal>; 2]) -> bool {
    match (metric, values) {
        (Metric::TokenF1Macro | Metric::GoldTokenF1Macro, [Some(one), Some(other)]) => {
            (one.value() - other.value()).abs() <= MACRO_TOLERANCE
        }
        (_, [one, other]) => one == other,
    }
}
