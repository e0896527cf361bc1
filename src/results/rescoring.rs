//! Committed rows scored again from their predictions and gold tags. It knows no settings: the gold tags of a row are found
//! by their shape.

use std::fs;
use std::io;
use std::path::Path;

use crate::metrics::{Metric, Scheme, score};

use super::differences::{Difference, of_entities};
use super::placement::find_predictions;
use super::prediction_names::is_gold;
use super::predictions::read_tags_by;
use super::tag_names::TagNames;
use super::{Action, Decimal, Ending, Layout, Measurements, Outcome, ResultsError, ScoredSplit, SplitScores};

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

/// Gold tags of one split.
struct Gold {
    /// The file's name.
    name: String,
    /// [sentences][words]
    sentences: Vec<Vec<u16>>,
    /// Entities by scheme and type.
    supports: Vec<(Scheme, String, u64)>,
}

impl Gold {
    /// Whether a row has the entity counts of these tags.
    fn counts_as(&self, claimed: &SplitScores) -> bool {
        let counted = claimed.entities.iter().filter(|row| row.support > 0);
        let is_same = counted
            .map(|row| (row.scheme, &row.kind, row.support))
            .eq(self.supports.iter().map(|(scheme, kind, support)| (*scheme, kind, *support)));
        is_same && !self.supports.is_empty()
    }
}

/// The gold tags of a folder, read when first needed.
pub(super) struct Rescorer<'l> {
    layout: &'l Layout,
    names: TagNames,
    golds: Option<Vec<Gold>>,
    /// Messages about gold tags that cannot be read.
    pub(super) notices: Vec<String>,
}

impl<'l> Rescorer<'l> {
    pub(super) fn new(layout: &'l Layout) -> Self {
        Self { layout, names: TagNames::default(), golds: None, notices: Vec::new() }
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
        let path = find_predictions(self.layout, claim.label, claim.set, &claim.outcome.key, split);
        let read = path.and_then(|path| Some((fs::read(&path).ok()?, path)));
        let Some((content, path)) = read else { return Ok(Verdict::Unchecked) };
        self.read_golds()?;
        let name = shown(&path);
        let disagrees = |problem: String| Verdict::Disagrees(vec![format!("{}, {}: {problem}", claim.file, claim.row)]);
        let predicted = match read_tags_by(&path, &content, |name| self.names.number(name)) {
            Ok(predicted) => predicted,
            Err(ResultsError::Damaged { line, problem, .. }) => {
                return Ok(disagrees(format!("{name}:{line}: {problem}")));
            }
            Err(error) => return Err(error),
        };
        let claimed = measured.splits.get(&split).cloned().unwrap_or_default();
        let golds = self.golds.as_deref().unwrap_or_default();
        let mut found: Option<Vec<String>> = None;
        for gold in golds.iter().filter(|gold| has_shape(&gold.sentences, &predicted)) {
            let tags = self.names.set();
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
        let other = golds.iter().find(|gold| claim.has_types && gold.counts_as(&claimed));
        Ok(disagrees(match other {
            Some(gold) => format!("{name} and {} have different sentences", gold.name),
            None => format!("no gold tags in predictions/ have the sentences of {name}"),
        }))
    }

    /// Reads the folder's gold tags once. A damaged file is reported and not used.
    fn read_golds(&mut self) -> Result<(), ResultsError> {
        if self.golds.is_some() {
            return Ok(());
        }
        let folder = self.layout.predictions_folder();
        let entries = fs::read_dir(&folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let entries = entries.map_err(|error| ResultsError::io(Action::Read, &folder, error))?;
        let mut paths: Vec<_> = entries.iter().map(fs::DirEntry::path).collect();
        paths.retain(|path| path.file_name().and_then(|name| name.to_str()).is_some_and(is_gold));
        paths.sort();
        let mut golds = Vec::new();
        for path in paths {
            match self.read_gold(&path) {
                Ok(gold) => golds.push(gold),
                Err(error @ ResultsError::Merge { .. }) => return Err(error),
                Err(ResultsError::Damaged { line, problem, .. }) => {
                    self.notices
                        .push(format!("{}:{line}: {problem}; rows scored with it are not checked", shown(&path)));
                }
                Err(error) => self.notices.push(format!("{error}; rows scored with it are not checked")),
            }
        }
        self.golds = Some(golds);
        Ok(())
    }

    fn read_gold(&mut self, path: &Path) -> Result<Gold, ResultsError> {
        let content = fs::read(path).map_err(|error| ResultsError::io(Action::Read, path, error))?;
        let lines = read_tags_by(path, &content, |name| self.names.number(name))?;
        let unseen = lines.iter().position(|words| words.iter().any(Option::is_none));
        if let Some(line) = unseen {
            return Err(ResultsError::damaged(path, line as u64 + 1, "gold tags cannot have an unseen word"));
        }
        let sentences: Vec<Vec<u16>> = lines.iter().map(|words| words.iter().copied().flatten().collect()).collect();
        let tags = self.names.set();
        let scores = score(&tags, &sentences, &lines).expect("one shape, numbers those of names");
        let supports = scores.entities.into_iter().filter(|row| row.support > 0);
        let supports = supports.map(|row| (row.scheme, row.kind, row.support)).collect();
        Ok(Gold { name: shown(path), sentences, supports })
    }
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

fn has_shape(gold: &[Vec<u16>], predicted: &[Vec<Option<u16>>]) -> bool {
    gold.iter().map(Vec::len).eq(predicted.iter().map(Vec::len))
}

/// A file of predictions/, as messages name it.
fn shown(path: &Path) -> String {
    format!("predictions/{}", path.file_name().unwrap_or_default().to_string_lossy())
}
