//! Warnings about results, old and new: words cut off, test sentences in the training set, types never trained, losses
//! that rose. It must not print.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use tracing::warn;
use tracing_subscriber::filter::LevelFilter;

use crate::data::{Corpus, Encoded, Split};
use crate::hub::{self, Builtin, Lock};
use crate::ledger::{Inputs, JobInputs, Ledger};
use crate::metrics::Scheme;
use crate::plan::Plan;
use crate::results::{Ending, Layout, Measurements, ScoredSplit};
use crate::spec::{InputLength, Settings, Size};

use super::advice::{Advice, enter};
use super::configuration::read_config;
use super::identity::Identity;
use super::log::job_logs;
use super::shared_data::SharedData;

/// Warnings of one kind that are shown at most.
const SHOWN: usize = 3;

/// Where the data of jobs are found.
pub struct Sources<'a> {
    /// The inputs of what ran.
    pub inputs: &'a Inputs,
    /// Pins the inputs of jobs that did not run now.
    pub lock: &'a Lock,
    /// The program's own inputs.
    pub builtins: &'a [Builtin],
}

/// Warnings about the results of `selection`. Data are read only where a result calls for it.
pub fn advice(selection: &[usize], ledger: &Ledger, sources: &Sources<'_>) -> Vec<Advice> {
    let lookup = Lookup { sources, shared_data: SharedData::new(std::iter::empty()), texts: RefCell::default() };
    let mut kinds: [Vec<Advice>; 5] = Default::default();
    let mut rose: Option<(f64, f64, Vec<usize>)> = None;
    for &job in selection {
        let Some(Ending::Ok(measured)) = ledger.outcome(job).map(|outcome| &outcome.ending) else { continue };
        let id = ledger.row(job);
        let settings = ledger.settings_of(id);
        let inputs = || sources.inputs.get(&id).cloned().or_else(|| lookup.inputs(settings));
        let [cut, silent] = lookup.unscored_words(settings, measured, &inputs);
        let ran = sources.inputs.contains_key(&id);
        let untrained = lookup.untrained(settings, measured, ran, &inputs);
        let said = [cut, silent, lookup.overlap(settings, measured, &inputs), untrained];
        for (kind, said) in kinds.iter_mut().zip(said) {
            if let Some((what, remedy)) = said {
                enter(kind, what, remedy, job);
            }
        }
        if let Some((from, to)) = risen(measured) {
            let (worst_from, worst, jobs) = rose.get_or_insert((from, to, Vec::new()));
            if to > *worst {
                (*worst_from, *worst) = (from, to);
            }
            jobs.push(job);
        }
    }
    if let Some((from, to, jobs)) = rose {
        let what = format!("the training loss rose from {} to {}", short(from), short(to));
        kinds[4].push(Advice { what, remedy: "lower train.learning_rate".to_owned(), jobs });
    }
    kinds.into_iter().flat_map(most).collect()
}

/// Writes warnings into the logs of their jobs; jobs without a log are skipped.
pub fn log_advice(advice: &[Advice], jobs: &[usize], plan: &Plan, ledger: &Ledger, layout: &Layout) {
    for &job in jobs {
        let of_job: Vec<&Advice> = advice.iter().filter(|advice| advice.jobs.contains(&job)).collect();
        let folder = ledger.key(job).map(|key| layout.job(key.as_str())).filter(|folder| folder.is_dir());
        let (Some(folder), false) = (folder, of_job.is_empty()) else { continue };
        let Ok(logs) = job_logs(&folder, &plan.jobs[job].label, LevelFilter::OFF) else { continue };
        tracing::dispatcher::with_default(&logs, || of_job.iter().for_each(|advice| warn!("{}", advice.text(1))));
    }
}

/// The first of a kind, and the others as one.
fn most(mut kind: Vec<Advice>) -> Vec<Advice> {
    let rest = kind.split_off(kind.len().min(SHOWN));
    if let Some(first) = rest.first() {
        let mut jobs: Vec<usize> = rest.iter().flat_map(|advice| advice.jobs.iter().copied()).collect();
        jobs.sort_unstable();
        kind.push(Advice { what: "the same in other jobs".to_owned(), remedy: first.remedy.clone(), jobs });
    }
    kind
}

/// The loss that a training starts from and its highest mean, where that is more than ten times as high. The first mean
/// is of several steps, which may have diverged: a start is not above the loss of choosing among the tags by chance.
fn risen(measured: &Measurements) -> Option<(f64, f64)> {
    let entities = measured.splits.values().flat_map(|split| &split.entities);
    let types: BTreeSet<&str> = entities.map(|row| row.kind.as_str()).collect();
    let by_chance = libm::log((1 + 2 * types.len().max(1)) as f64);
    let losses = measured.curve.iter().map(|point| point.loss.value());
    let (first, highest) = (losses.clone().next()?.min(by_chance), losses.fold(0.0, f64::max));
    (highest > 10.0 * first).then_some((first, highest))
}

/// A number in three digits.
fn short(number: f64) -> String {
    if (0.01..1e4).contains(&number) { format!("{number:.2}") } else { format!("{number:.1e}") }
}

/// A part of a whole, with its share.
fn share(part: u64, whole: u64, of: &str) -> String {
    let percent = 100.0 * part as f64 / whole as f64;
    let percent = if percent >= 0.1 { format!("{percent:.1}") } else { "less than 0.1".to_owned() };
    format!("{} of {} {of} ({percent} %)", grouped(part), grouped(whole))
}

/// Digits in groups of three.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group).into_owned());
    groups.collect::<Vec<_>>().join(",")
}

/// A warning and its remedy.
type Said = Option<(String, String)>;

/// A tokenized test split without truncation.
struct Whole {
    words: u64,
    /// Words without a token.
    silent: u64,
    /// Tokens of the longest sentence.
    longest: usize,
}

struct Lookup<'a> {
    sources: &'a Sources<'a>,
    shared_data: SharedData,
    texts: RefCell<BTreeMap<Identity, Option<Rc<Whole>>>>,
}

impl Lookup<'_> {
    /// The files of a job's data and tokenizer, as far as they are on this machine.
    fn inputs(&self, settings: &Settings) -> Option<JobInputs> {
        let options = hub::FetchOptions {
            offline: true,
            without_weights: true,
            builtins: self.sources.builtins,
            ..hub::FetchOptions::default()
        };
        let fetched = hub::fetch([settings], self.sources.lock, options, &mut |_| {}).ok()?;
        Some(JobInputs::of(&fetched, settings))
    }

    fn corpus(&self, settings: &Settings, inputs: &JobInputs) -> Option<std::sync::Arc<Corpus>> {
        self.shared_data.corpus(settings, inputs).ok()
    }

    /// Test words that the model did not see: cut off, and without a token.
    fn unscored_words(
        &self,
        settings: &Settings,
        measured: &Measurements,
        inputs: &dyn Fn() -> Option<JobInputs>,
    ) -> [Said; 2] {
        let Some(unseen) = measured.words_unseen.filter(|unseen| *unseen > 0) else { return [None, None] };
        let length = settings.model.input_length();
        let known = inputs().and_then(|inputs| Some((self.whole(settings, &inputs)?, inputs)));
        let Some((whole, inputs)) = known else {
            let words = grouped(unseen);
            let beyond = match length {
                InputLength::Cut(_) => format!("are beyond {length} or "),
                InputLength::Windows { .. } => String::new(),
            };
            let what = format!("{words} test words {beyond}have no token, and count as O");
            return [Some((what, "`runner data` shows the length of the sentences".to_owned())), None];
        };
        let cut = unseen.saturating_sub(whole.silent);
        let silent = (whole.silent > 0).then(|| {
            let share = share(whole.silent, whole.words, "test words");
            let remedy = "clean the data, or choose a checkpoint whose tokenizer knows these words";
            (format!("{share} have no token in the tokenizer and count as O"), remedy.to_owned())
        });
        let cut = (cut > 0).then(|| {
            let share = share(cut, whole.words, "test words");
            let what = format!("{share} are beyond {length} and count as O");
            (what, self.longer(settings, &inputs, &whole))
        });
        [cut, silent]
    }

    /// What to do where words are cut off.
    fn longer(&self, settings: &Settings, inputs: &JobInputs, whole: &Whole) -> String {
        let most = read_config(&settings.model, &inputs.model.config.path).map(|config| config.longest());
        let longest = whole.longest;
        match most {
            Ok(most) if most < longest => {
                let left = self.encoded(settings, inputs, most).map(|cut| cut.unscored_words() as u64);
                let left = left.map_or_else(String::new, |left| {
                    format!(", which still cuts {} words", grouped(left.saturating_sub(whole.silent)))
                });
                format!(
                    "set model.window = true to read longer sentences in windows; the checkpoint's longest model.max_length is {most}{left}"
                )
            }
            _ => format!("set model.max_length = {longest} to cut nothing"),
        }
    }

    fn whole(&self, settings: &Settings, inputs: &JobInputs) -> Option<Rc<Whole>> {
        let rows = Identity::of_rows(settings, inputs, Split::Test);
        let make = || {
            let encoded = self.encoded(settings, inputs, usize::MAX)?;
            Some(Rc::new(Whole {
                words: encoded.words.iter().map(|words| u64::from(*words)).sum(),
                silent: encoded.unscored_words() as u64,
                longest: (0..encoded.len()).map(|at| encoded.tokens(at).len()).max().unwrap_or_default(),
            }))
        };
        self.texts.borrow_mut().entry(rows).or_insert_with(make).clone()
    }

    /// The test rows, cut at so many tokens.
    fn encoded(&self, settings: &Settings, inputs: &JobInputs, max_length: usize) -> Option<Encoded> {
        let corpus = self.corpus(settings, inputs)?;
        let tokenizer = self.shared_data.tokenizer(settings, inputs).ok()?;
        Encoded::new(&corpus.first(Split::Test, settings.data.test_size).ok()?, &tokenizer, max_length).ok()
    }

    /// Test sentences that were trained on.
    fn overlap(&self, settings: &Settings, measured: &Measurements, inputs: &dyn Fn() -> Option<JobInputs>) -> Said {
        let overlap = measured.test_in_train.filter(|overlap| *overlap > 0)?;
        let all = match settings.data.test_size {
            Size::Rows(rows) => Some(rows as u64),
            Size::All => {
                inputs().and_then(|inputs| Some(self.corpus(settings, &inputs)?.split(Split::Test).len() as u64))
            }
        };
        let sentences = match all {
            Some(all) => share(overlap, all, "test sentences"),
            None => format!("{} test sentences", grouped(overlap)),
        };
        Some((format!("{sentences} are in the training set too"), "set data.drop_test_overlap = true".to_owned()))
    }

    /// Types of the test set that no training sentence has. Of a job that did not run now, data are read only where a type
    /// was never found: such a type may score by chance.
    fn untrained(
        &self,
        settings: &Settings,
        measured: &Measurements,
        ran: bool,
        inputs: &dyn Fn() -> Option<JobInputs>,
    ) -> Said {
        measured.train_loss?;
        let rows = &measured.splits.get(&ScoredSplit::Test)?.entities;
        let there = rows.iter().filter(|row| row.scheme == Scheme::Conlleval && row.support > 0);
        let there: Vec<_> = there.filter(|row| ran || row.f1.value() == 0.0).collect();
        if there.is_empty() {
            return None;
        }
        let inputs = inputs()?;
        let corpus = self.corpus(settings, &inputs)?;
        let training = corpus.training(&settings.data).ok()?;
        let tags: BTreeSet<u16> = training.iter().flat_map(|sentence| sentence.tags.iter().copied()).collect();
        let trained: BTreeSet<&str> = tags.iter().filter_map(|tag| corpus.labels.name(*tag).get(2..)).collect();
        let never = there.iter().filter(|row| !trained.contains(row.kind.as_str()));
        let counted =
            |support: u64| if support == 1 { "1 entity".to_owned() } else { format!("{} entities", grouped(support)) };
        let named: Vec<String> = never.map(|row| format!("{} ({})", row.kind, counted(row.support))).collect();
        if named.is_empty() {
            return None;
        }
        let what = format!("the test set has types that no training sentence has: {}", named.join(", "));
        Some((what, "add training sentences with them, or map them to \"O\" in data.label_map".to_owned()))
    }
}
