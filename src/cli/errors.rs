//! `runner errors`.

use crate::analysis::JobAddress;
use crate::answers::{Answers, ErrorFilter, source_words};
use crate::report::{
    ErrorList, Format, error_changes_csv, error_changes_json, error_changes_text, errors_csv, errors_json, errors_text,
};
use crate::results::{Ending, Layout, ReadTags, Record, ScoredSplit, Snapshot, TagNames, Tags};
use crate::spec::nearest;

use super::args;
use super::failure::{self, Failure};
use super::page;
use super::terminal::{answer, say};

/// Columns of the answer off a terminal.
const WIDTH: usize = 100;

/// A job with the tags of its row.
struct TaggedJob {
    address: JobAddress,
    read: ReadTags,
}

/// Prints the errors of a job, or what a second one fixes and breaks.
pub(super) fn errors(arguments: &args::Errors) -> Result<failure::Ending, Failure> {
    let mut names = TagNames::default();
    let first = tagged(&arguments.first, arguments, &mut names)?;
    let second = arguments.second.as_ref().map(|second| tagged(second, arguments, &mut names)).transpose()?;
    if let Some(second) = &second {
        same_gold(&first, second)?;
    }
    let tags = names.set();
    let filter = ErrorFilter { kinds: arguments.kind.clone(), of_type: of_type(arguments, tags.types())? };
    let (set, split) = (arguments.set.as_deref(), arguments.split);
    // the words are the same for both jobs: one of the two data sets is enough
    let words = [Some(&first), second.as_ref()].into_iter().flatten().map(|job| {
        let JobAddress { folder, record } = &job.address;
        source_words(folder, &record.label, set, split, &job.read.gold, &names)
    });
    let (mut found, mut why) = (None, None);
    for words in words {
        match words {
            Ok(words) => found = found.or(Some(words)),
            Err(error) => why = why.or(Some(error.to_string())),
        }
    }
    let no_words = why.filter(|_| found.is_none());
    let for_people = matches!(arguments.format, Format::Text | Format::Md);
    if let Some(why) = no_words.as_ref().filter(|_| !for_people) {
        say(&format!("no words: {why}"));
    }
    let list = ErrorList { words: found, no_words, filter, most: arguments.number };
    let answers = |job: TaggedJob| Answers::new(job.address.name(), on(set, split), tags.clone(), job.read);
    let (first, second) = (answers(first), second.map(answers));
    answer(&text(&first, second.as_ref(), &list, arguments.format))?;
    Ok(failure::Ending::Well)
}

fn text(first: &Answers, second: Option<&Answers>, list: &ErrorList, format: Format) -> String {
    let page = page::of_answers(WIDTH);
    match (second, format) {
        (None, Format::Csv) => errors_csv(first, list),
        (None, Format::Json) => errors_json(first, list),
        (None, _) => errors_text(first, list, format, page),
        (Some(second), Format::Csv) => error_changes_csv(first, second, list),
        (Some(second), Format::Json) => error_changes_json(first, second, list),
        (Some(second), _) => error_changes_text(first, second, list, format, page),
    }
}

fn on(set: Option<&str>, split: ScoredSplit) -> String {
    set.map_or_else(|| format!("{} split", split.name()), |set| format!("evaluation set {set}"))
}

/// A job with its tags.
fn tagged(asked: &str, arguments: &args::Errors, names: &mut TagNames) -> Result<TaggedJob, Failure> {
    let usage = |problem: String| Failure::Usage(problem);
    let address = JobAddress::find(asked, &arguments.place.out).map_err(|error| usage(error.to_string()))?;
    let mut snapshot = Snapshot::open(&address.folder).map_err(|error| usage(error.to_string()))?;
    let (name, set) = (address.name(), arguments.set.as_deref());
    let record = match set {
        None => counted(&snapshot, &address.record).unwrap_or_else(|| address.record.clone()),
        Some(set) => on_set(&snapshot, &address, set).map_err(usage)?,
    };
    if let Ending::Failed(why) = &record.outcome.ending {
        let problem = format!("{name} failed and has no predictions: {why}; mend that and run the experiment again");
        return Err(usage(problem));
    }
    let split = arguments.split;
    let tags = snapshot.tags(names, &record, set, split).map_err(|error| usage(error.to_string()))?;
    match tags {
        Tags::Read(read) if read.agrees => Ok(TaggedJob { address, read }),
        Tags::Read(read) => Err(usage(format!(
            "{name}: its scores do not follow from {}; restore the file from git or a copy, or run the job again with \
             --force",
            read.file
        ))),
        Tags::Unusable(why) => {
            // gold tags that cannot be read are why there are none of this shape
            let is_of_gold = |notice: &&String| notice.contains("predictions/gold-") && !notice.contains('\n');
            let gold = snapshot.notices.iter().filter(is_of_gold);
            let gold: String =
                gold.map(|notice| format!("; {}", notice.split("; ").next().unwrap_or(notice))).collect();
            let remedy = "restore predictions/ from git or a copy, or run the job again with --force";
            Err(usage(format!("{name}: {why}{gold}; {remedy}")))
        }
        Tags::Missing => Err(usage(format!("{name} {}", missing(&address, &record, split, set)))),
    }
}

/// A row as journal and table have it; none if it left the table since.
fn counted(snapshot: &Snapshot, row: &Record) -> Option<Record> {
    snapshot.tables.records.iter().find(|record| record.outcome.key == row.outcome.key).cloned()
}

fn on_set(snapshot: &Snapshot, address: &JobAddress, set: &str) -> Result<Record, String> {
    let folder = address.folder.display();
    let sets = snapshot.sets();
    if !sets.contains(&set) {
        let there = match sets.len() {
            0 => "it has none".to_owned(),
            _ => format!("it has {}", sets.join(", ")),
        };
        let near =
            nearest(set, sets.iter().copied()).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        return Err(format!("{folder} has no evaluation set `{set}`: {there}{near}"));
    }
    let found = snapshot.records(Some(set)).into_iter().find(|record| record.label == address.record.label);
    found.ok_or_else(|| format!("{} is not scored on {set}; run the experiment again", address.name()))
}

/// Why a job has no predictions on a split, and what to do.
fn missing(address: &JobAddress, record: &Record, split: ScoredSplit, set: Option<&str>) -> String {
    let splits = record.measurements().map(|measured| &measured.splits);
    let has_scores = |split: ScoredSplit| splits.is_some_and(|splits| splits.contains_key(&split));
    let size = format!("data.{}_size", split.name());
    let is_empty = record.settings.get(&size).is_some_and(|size| size == "0");
    if set.is_none() && (is_empty || !has_scores(split)) {
        let other = ScoredSplit::ALL.into_iter().find(|other| *other != split && has_scores(*other));
        let remedy = match other {
            Some(other) => format!("use --split {}, or set {size}", other.name()),
            None => format!("set {size} and run the experiment again"),
        };
        return format!("is not scored on the {} split; {remedy}", split.name());
    }
    let folder = Layout::new(&address.folder).predictions_folder();
    let problem = if folder.is_dir() { "has no predictions in" } else { "has no predictions: there is no folder" };
    format!("{problem} {}; restore it from git or a copy, or run the job again with --force", folder.display())
}

fn same_gold(first: &TaggedJob, second: &TaggedJob) -> Result<(), Failure> {
    let [one, other] = [first, second].map(|job| &job.read.gold.sentences);
    if one.len() != other.len() {
        let problem = format!("test sets of {} and {} sentences", one.len(), other.len());
        return Err(not_comparable(first, second, &problem));
    }
    match one.iter().zip(other).filter(|(one, other)| one != other).count() {
        0 => Ok(()),
        differing => {
            let problem = format!("gold differs in {differing} of {} sentences", one.len());
            Err(not_comparable(first, second, &problem))
        }
    }
}

fn not_comparable(first: &TaggedJob, second: &TaggedJob, problem: &str) -> Failure {
    Failure::Usage(format!(
        "not comparable: {problem} ({} and {}); name two jobs with the same gold tags, or look at one at a time",
        first.address.name(),
        second.address.name()
    ))
}

/// The number of the type that is asked for.
fn of_type(arguments: &args::Errors, types: &[String]) -> Result<Option<usize>, Failure> {
    let Some(asked) = &arguments.of_type else { return Ok(None) };
    let found = types.iter().position(|known| known == asked);
    found.map(Some).ok_or_else(|| {
        let near = nearest(asked, types.iter().map(String::as_str));
        let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        Failure::Usage(format!("no type `{asked}` in gold or answers; there are {}{near}", types.join(", ")))
    })
}
