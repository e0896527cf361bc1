//! Each part of each job: its settings, its key, and its result.

use std::collections::BTreeMap;

use crate::hash::InputHashes;
use crate::plan::{
    BeginningKey, EvaluationKey, Job, JobKey, JobResult, Plan, Progress, ResultKey, RungKey, TrainingKey, progress,
    winners,
};
use crate::results::{Columns, Ending, EvaluatedSet, EvaluationRecord, Outcome, Record, ScoredSplit};
use crate::spec::{Average, EvaluationSet, Experiment, Select, Settings, Size, Source, Value};

/// A part of a job that has a result of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The job as it is written.
    Whole,
    /// The job without its test set: what runs before the selection.
    Untested,
    /// The trained model on an evaluation set, by its place in the experiment.
    Set(usize),
    /// The job without its test set at a rung, from 0, where `[select]` halves.
    Rung(usize),
}

/// A part of a job of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id {
    /// The job's index.
    pub job: usize,
    /// Which part.
    pub part: Part,
}

/// One part of a job.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    settings: Settings,
    /// None where its input files are unknown.
    key: Option<ResultKey>,
    /// Its training; none where its input files are unknown.
    training: Option<TrainingKey>,
    /// The step after which the training waits, at a rung.
    pub(super) until: Option<u64>,
    /// The beginning of its training, which trainings of other lengths share; none where its length bears on it.
    pub(super) beginning: Option<BeginningKey>,
}

impl Entry {
    fn of_row(settings: Settings, inputs: Option<&InputHashes>) -> Self {
        let key = inputs.map(|inputs| ResultKey::Job(JobKey::of(&settings, inputs)));
        let training = inputs.map(|inputs| TrainingKey::of(&settings, inputs));
        let beginning = inputs.and_then(|inputs| BeginningKey::of(&settings, inputs));
        Self { settings, key, training, until: None, beginning }
    }

    /// `settings`: without the test set.
    fn of_rung(settings: Settings, inputs: Option<&InputHashes>, steps: u64) -> Self {
        let key = inputs.map(|inputs| ResultKey::Rung(RungKey::of(&JobKey::of(&settings, inputs), steps)));
        Self { key, until: Some(steps), ..Self::of_row(settings, inputs) }
    }

    /// `job`, `whole`: settings and input files of the job whose model is scored.
    fn of_set(set: Settings, inputs: Option<&InputHashes>, job: &Settings, whole: Option<&InputHashes>) -> Self {
        let evaluation = |(whole, inputs)| EvaluationKey::of(&JobKey::of(job, whole), &set, inputs);
        let key = whole.zip(inputs).map(evaluation).map(ResultKey::Evaluation);
        Self {
            key,
            training: whole.map(|whole| TrainingKey::of(job, whole)),
            settings: set,
            until: None,
            beginning: None,
        }
    }
}

/// Keys and results of a plan's jobs.
#[derive(Debug, Clone)]
pub struct Ledger {
    pub(super) entries: BTreeMap<Id, Entry>,
    /// By key, those of jobs that left the plan included.
    outcomes: BTreeMap<String, Outcome>,
    /// By job, where the experiment selects on the validation split.
    selection: Option<Vec<Selection>>,
    /// By job, likewise.
    pub(super) progress: Option<Vec<Progress>>,
}

/// Whether a job is selected on the validation split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection {
    /// Some jobs that it is compared with have no score.
    Open,
    /// It is selected, and scored on the test set.
    Won,
    /// It is not selected.
    Lost,
}

/// The result of a part of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State<'a> {
    /// No result.
    New,
    /// A row of scores.
    Done(&'a Outcome),
    /// A row with an error; it runs again.
    Failed(&'a Outcome),
}

impl Ledger {
    /// Of a plan's jobs, with the hashes of their input files where known, and all results.
    pub fn new(
        plan: &Plan,
        mut hashes_of: impl FnMut(&Settings) -> Option<InputHashes>,
        outcomes: BTreeMap<String, Outcome>,
    ) -> Self {
        let mut entries = BTreeMap::new();
        for job in &plan.jobs {
            let whole = hashes_of(&job.settings);
            let rungs = plan.rungs(job);
            for (part, settings) in parts(plan, job, rungs.len()) {
                let hashes = hashes_of(&settings);
                let entry = match part {
                    Part::Whole | Part::Untested => Entry::of_row(settings, hashes.as_ref()),
                    Part::Set(_) => Entry::of_set(settings, hashes.as_ref(), &job.settings, whole.as_ref()),
                    Part::Rung(rung) => Entry::of_rung(settings, hashes.as_ref(), rungs[rung]),
                };
                entries.insert(Id { job: job.index, part }, entry);
            }
        }
        let mut ledger = Self { entries, outcomes, selection: None, progress: None };
        ledger.select_winners(plan);
        ledger
    }

    /// The parts of a job that the tables show: its row, and the evaluation sets unless another job was selected.
    pub fn shown(&self, job: usize) -> impl Iterator<Item = Id> {
        let scored_further = matches!(self.selection(job), None | Some(Selection::Won));
        let sets = self.parts(job).filter(move |id| scored_further && matches!(id.part, Part::Set(_)));
        [self.row(job)].into_iter().chain(sets)
    }

    /// Updates the selection.
    fn select_winners(&mut self, plan: &Plan) {
        let Some(select) = &plan.experiment.select else { return };
        let at_rung =
            |job: &Job, rung| Some(score_of(self.outcome_of(Id { job: job.index, part: Part::Rung(rung) })?, select));
        let progress = progress(&plan.jobs, select, at_rung);
        let result = |job: &Job| match progress[job.index] {
            Progress::ToTheEnd(_) => self.result(job.index, select),
            Progress::At(_) => None,
            Progress::Stopped(_) => Some(JobResult { score: None }),
        };
        let won = winners(&plan.jobs, select, result).into_iter();
        let selection =
            |won: Option<bool>| won.map_or(Selection::Open, |won| if won { Selection::Won } else { Selection::Lost });
        self.selection = Some(won.map(selection).collect());
        self.progress = Some(progress);
    }

    /// The score that a job is selected by. Its row with the test set serves where there is none without: the scores on the
    /// validation split are the same, unless the test set has tags that no other split has.
    fn result(&self, job: usize, select: &Select) -> Option<JobResult> {
        let outcomes = [Part::Untested, Part::Whole].map(|part| self.outcome_of(Id { job, part }));
        let scored = outcomes.into_iter().flatten().find(|outcome| matches!(outcome.ending, Ending::Ok(_)));
        Some(score_of(scored.or(outcomes[0])?, select))
    }

    /// Where a job stands in the selection; none without `[select]`.
    pub fn selection(&self, job: usize) -> Option<Selection> {
        self.selection.as_ref().map(|selection| selection[job])
    }

    /// How far a job may go before its end; none without `[select]`.
    pub fn progress(&self, job: usize) -> Option<Progress> {
        self.progress.as_ref().map(|progress| progress[job])
    }

    fn is_stopped_at(&self, id: Id) -> bool {
        matches!((self.progress(id.job), id.part), (Some(Progress::Stopped(rung)), Part::Rung(at)) if rung == at)
    }

    /// The parts of a job, in order.
    pub fn parts(&self, job: usize) -> impl Iterator<Item = Id> {
        let first = Id { job, part: Part::Whole };
        self.entries.range(first..).map(|(id, _)| *id).take_while(move |id| id.job == job)
    }

    /// The settings under which a part of a job runs.
    pub fn settings_of(&self, id: Id) -> &Settings {
        &self.entries[&id].settings
    }

    /// The settings of every part of every job.
    pub fn all_settings(&self) -> impl Iterator<Item = &Settings> {
        self.entries.values().map(|entry| &entry.settings)
    }

    /// The key of a part, where its inputs are known.
    pub fn key_of(&self, id: Id) -> Option<&ResultKey> {
        self.entries[&id].key.as_ref()
    }

    /// The key of the training that a part is scored on, where its inputs are known.
    pub fn training_of(&self, id: Id) -> Option<&TrainingKey> {
        self.entries[&id].training.as_ref()
    }

    /// The result of a part.
    pub fn outcome_of(&self, id: Id) -> Option<&Outcome> {
        self.outcomes.get(self.key_of(id)?.as_str())
    }

    /// How a part stands.
    pub fn state_of(&self, id: Id) -> State<'_> {
        match self.outcome_of(id) {
            None => State::New,
            // a row has more than rungs.csv tells
            Some(outcome) if self.is_stopped_at(id) && outcome.is_of_rungs_table() => State::New,
            Some(outcome) => match outcome.ending {
                Ending::Ok(_) => State::Done(outcome),
                Ending::Failed(_) => State::Failed(outcome),
            },
        }
    }

    /// Who was selected, and by what; empty where nothing is yet.
    pub fn winners(&self, plan: &Plan) -> String {
        let Some(select) = &plan.experiment.select else { return String::new() };
        let won = plan.jobs.iter().filter(|job| self.selection(job.index) == Some(Selection::Won));
        let mut labels: Vec<String> = won.map(|job| plan.unseeded_label(job)).collect();
        labels.dedup();
        if labels.is_empty() { String::new() } else { format!("selected by {}: {}", select.by, labels.join("; ")) }
    }

    /// The part of a job that its row in the tables shows.
    pub fn row(&self, job: usize) -> Id {
        let whole = Id { job, part: Part::Whole };
        if let Some(Progress::At(rung) | Progress::Stopped(rung)) = self.progress(job) {
            return Id { job, part: Part::Rung(rung) };
        }
        match self.selection(job) {
            None => whole,
            Some(Selection::Won) if self.outcome_of(whole).is_some() => whole,
            Some(_) => Id { job, part: Part::Untested },
        }
    }

    /// The result that a job's row shows; none while the job waits for others at a rung.
    pub fn outcome(&self, job: usize) -> Option<&Outcome> {
        match self.state(job) {
            State::New => None,
            State::Done(outcome) | State::Failed(outcome) => Some(outcome),
        }
    }

    /// How a job stands, by [`Ledger::row`].
    pub fn state(&self, job: usize) -> State<'_> {
        match (self.state_of(self.row(job)), self.progress(job)) {
            (State::Done(_), Some(Progress::At(_))) => State::New,
            (state, _) => state,
        }
    }

    /// The key of [`Ledger::row`].
    pub fn key(&self, job: usize) -> Option<&ResultKey> {
        self.key_of(self.row(job))
    }

    /// Enters a result under its key.
    pub fn enter(&mut self, plan: &Plan, outcome: Outcome) {
        self.enter_all(plan, vec![outcome]);
    }

    /// Enters results under their keys.
    pub fn enter_all(&mut self, plan: &Plan, outcomes: Vec<Outcome>) {
        self.outcomes.extend(outcomes.into_iter().map(|outcome| (outcome.key.clone(), outcome)));
        self.select_winners(plan);
    }

    /// The rows of the tables: jobs with a result, in the order of the plan.
    pub fn records(&self, plan: &Plan) -> Vec<Record> {
        plan.jobs.iter().filter_map(|job| self.record(job)).collect()
    }

    /// The row of a job; none without a result.
    pub fn record(&self, job: &Job) -> Option<Record> {
        let id = self.row(job.index);
        let cells = self.settings_of(id).entries().map(|(key, value)| (key.as_str().to_owned(), value.to_string()));
        let (label, outcome) = (job.label.clone(), self.outcome(job.index)?.clone());
        let selected = self.selection(job.index).filter(|selection| *selection != Selection::Open);
        let selected = selected.map(|selection| selection == Selection::Won);
        let rung = match self.progress(job.index) {
            Some(Progress::Stopped(rung)) if matches!(outcome.ending, Ending::Ok(_)) => Some(rung as u64 + 1),
            _ => None,
        };
        Some(Record { label, selected, rung, settings: cells.collect(), outcome })
    }

    /// The rows of evaluations.csv, in the order of the plan and of the file; none where the experiment has no further
    /// sets.
    pub fn evaluations(&self, plan: &Plan) -> Option<Vec<EvaluationRecord>> {
        let sets = &plan.experiment.evaluate;
        let record = |id: Id| {
            let Part::Set(set) = id.part else { return None };
            Some(EvaluationRecord {
                label: plan.jobs[id.job].label.clone(),
                key: self.key(id.job)?.as_str().to_owned(),
                set: evaluated_set(&sets[set], self.settings_of(id)),
                outcome: self.outcome_of(id)?.clone(),
            })
        };
        let shown = plan.jobs.iter().flat_map(|job| self.shown(job.index));
        (!sets.is_empty()).then(|| shown.filter_map(record).collect())
    }
}

/// An evaluation set as evaluations.csv shows it, with the settings of a job on it.
pub fn evaluated_set(set: &EvaluationSet, settings: &Settings) -> EvaluatedSet {
    EvaluatedSet {
        name: set.name.clone(),
        dataset: settings.data.dataset.to_string(),
        language: settings.data.language.as_ref().map(ToString::to_string).unwrap_or_default(),
        split: set.split.name().to_owned(),
        size: Value::from(set.size).to_string(),
    }
}

/// The score of a part.
fn score_of(outcome: &Outcome, select: &Select) -> JobResult {
    let score = match &outcome.ending {
        Ending::Ok(measured) => measured.score(ScoredSplit::Validation, select.by.metric()),
        Ending::Failed(_) => None,
    };
    JobResult { score: score.map(|score| score.value()) }
}

/// The parts of a job, with the settings under which each runs.
fn parts(plan: &Plan, job: &Job, rungs: usize) -> Vec<(Part, Settings)> {
    let Experiment { select, evaluate, .. } = &plan.experiment;
    let untested = select.as_ref().map(|_| (Part::Untested, job.untested()));
    let sets = evaluate.iter().enumerate().map(|(index, set)| (Part::Set(index), job.settings.evaluated_on(set)));
    let rungs = (0..rungs).map(|rung| (Part::Rung(rung), job.untested()));
    [(Part::Whole, job.settings.clone())].into_iter().chain(untested).chain(sets).chain(rungs).collect()
}

/// The key whose column says which weights are scored.
const AVERAGE: &str = "train.average";

/// The columns of a plan's tables.
pub fn columns(plan: &Plan) -> Columns {
    let scores = |split: &ScoredSplit| plan.jobs.iter().any(|job| is_scored(&job.settings, *split));
    let mut varied: Vec<String> = plan.varied.iter().map(|key| key.as_str().to_owned()).collect();
    // a table says which weights its scores are of, where these are not the last
    let averages = plan.jobs.iter().any(|job| job.settings.train.average != Average::Off);
    if averages && !varied.iter().any(|name| name == AVERAGE) {
        varied.push(AVERAGE.to_owned());
    }
    Columns {
        varied,
        splits: ScoredSplit::ALL.into_iter().filter(scores).collect(),
        evaluates: plan.jobs.iter().any(|job| job.settings.train.evaluate_every.is_some()),
        inherits: plan.jobs.iter().any(|job| matches!(job.settings.model.checkpoint, Source::Job(_))),
        selects: plan.experiment.select.is_some(),
        halves: plan.has_rungs(),
    }
}

fn is_scored(settings: &Settings, split: ScoredSplit) -> bool {
    settings.data.size(split.split()) != Size::Rows(0)
}
