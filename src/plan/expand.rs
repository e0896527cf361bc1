//! The jobs of an experiment in their order. It must not know how a job runs, or which have run.

use std::collections::BTreeMap;

use super::job::{Job, Plan};
use super::label::Labels;
use crate::spec::{Axis, Experiment, Fault, KeyPath, Place, Problem, Problems, Row, Setting, Settings, drop_unused};

/// The most jobs that one file may have.
pub const MOST_JOBS: u128 = 10_000;

/// The settings of one job before it has a label.
struct Draft<'e> {
    settings: Settings,
    /// The include that it comes from.
    include: Option<&'e Row>,
    /// Where it was written: the values of its axes, or the include's header.
    place: Option<Place>,
    /// A value of an axis that is earlier in its list too.
    repeated: Option<Setting>,
}

impl Plan {
    /// All jobs: the first axis varies slowest, the lists of a zip vary together, excluded jobs are dropped, includes are
    /// last.
    ///
    /// # Errors
    /// More than [`MOST_JOBS`] jobs (counted, not built), excludes that match nothing or everything, equal jobs.
    pub fn expand(experiment: Experiment) -> Result<Self, Problems> {
        let matrix = &experiment.matrix;
        let steps = matrix.axes.iter().map(|axis| axis.length() as u128);
        let product = steps.fold(1_u128, u128::saturating_mul);
        if product.saturating_add(matrix.includes.len() as u128) > MOST_JOBS {
            return Err(too_many(&experiment, product).into());
        }
        let mut problems = Vec::new();
        let mut drafts = points(&experiment, product);
        let kept = exclude(&drafts, &matrix.excludes, &mut problems);
        let mut kept = kept.into_iter();
        drafts.retain(|_| kept.next().unwrap_or(true));
        drafts.extend(matrix.includes.iter().map(|row| include(&experiment, row)));
        if let (true, Some(row)) = (drafts.is_empty(), matrix.excludes.first()) {
            let problem = Problem::at(Fault::NoJobs, &row.place, "the first exclude");
            problems.push(problem.help("remove an exclude, or add an include"));
        }
        let axis_keys: Vec<KeyPath> = matrix.axis_keys().collect();
        let mut varied = axis_keys.clone();
        for cell in matrix.includes.iter().flat_map(|row| &row.cells) {
            if !varied.contains(&cell.key()) {
                varied.push(cell.key());
            }
        }
        let labels = Labels::new(&varied, axis_keys.len(), drafts.iter().map(|draft| &draft.settings));
        let jobs = distinct(drafts, &labels, &mut problems);
        let plan = Problems::none_or(problems, ()).map(|()| Self { experiment, jobs, varied })?;
        match plan.halving_problem() {
            Some(problem) => Err(problem.into()),
            None => Ok(plan),
        }
    }
}

/// The jobs with their labels; the later of two equal jobs, or of two with one label, is a problem.
fn distinct(drafts: Vec<Draft<'_>>, labels: &Labels, problems: &mut Vec<Problem>) -> Vec<Job> {
    let mut jobs = Vec::with_capacity(drafts.len());
    let mut identities: BTreeMap<String, Option<Place>> = BTreeMap::new();
    let mut taken: BTreeMap<String, Option<Place>> = BTreeMap::new();
    for (index, draft) in drafts.into_iter().enumerate() {
        let label = labels.of(&draft.settings, draft.include);
        // an include may repeat a job under another label, by setting a key to the value of the base
        let identity = draft.settings.identity();
        if let Some(first) = identities.get(&identity) {
            let problem = match &draft.repeated {
                Some(repeated) => {
                    let (name, value) = (repeated.key().name(), repeated.value().to_string());
                    let fault = Fault::ListedTwice { name, value };
                    twice(fault, "this value again", draft.place.as_ref(), None).help("remove one")
                }
                None => {
                    let fault = Fault::EqualJobs { label: label.clone() };
                    let problem = twice(fault, "a repeated job", draft.place.as_ref(), first.as_ref());
                    problem.help("remove one: equal jobs give equal rows")
                }
            };
            // one value listed twice makes as many equal jobs as the other axes have points
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        } else if let Some(first) = taken.get(&label) {
            let fault = Fault::EqualLabels { label: label.clone() };
            let problem = twice(fault, "the same label", draft.place.as_ref(), first.as_ref());
            problems.push(problem.help("write one of the values differently"));
        }
        identities.entry(identity).or_insert_with(|| draft.place.clone());
        taken.entry(label.clone()).or_insert(draft.place);
        jobs.push(Job { label, settings: draft.settings, index });
    }
    jobs
}

/// The points of the matrix, the first axis slowest.
fn points(experiment: &Experiment, product: u128) -> Vec<Draft<'static>> {
    let axes = &experiment.matrix.axes;
    let count = usize::try_from(product).expect("the product is at most MOST_JOBS");
    (0..count)
        .map(|index| {
            let mut settings = experiment.base.clone();
            let (mut place, mut repeated) = (None, None);
            let mut rest = index;
            let mut steps = vec![0; axes.len()];
            for (axis, step) in axes.iter().zip(&mut steps).rev() {
                *step = rest % axis.length();
                rest /= axis.length();
            }
            for (axis, step) in axes.iter().zip(steps) {
                if let Some(first) = advance(&mut settings, axis, step) {
                    place = Some(first);
                    let list = &axis.lists[0];
                    repeated = (axis.lists.len() == 1).then(|| list.settings[step].value.clone());
                }
            }
            drop_unused(&mut settings);
            Draft { settings, include: None, place, repeated }
        })
        .collect()
}

/// Sets the values of an axis at one step. Returns the place of the value if it is earlier in the list too.
fn advance(settings: &mut Settings, axis: &Axis, step: usize) -> Option<Place> {
    for list in &axis.lists {
        settings.set(&list.settings[step].value);
    }
    let same = |earlier: usize| axis.lists.iter().all(|list| list.settings[earlier].value == list.settings[step].value);
    (0..step).any(same).then(|| axis.lists[0].settings[step].place.clone())
}

/// The job of an include.
fn include<'e>(experiment: &Experiment, row: &'e Row) -> Draft<'e> {
    let mut settings = experiment.base.clone();
    row.cells.iter().for_each(|cell| settings.set(&cell.setting));
    drop_unused(&mut settings);
    Draft { settings, include: Some(row), place: Some(row.place.clone()), repeated: None }
}

/// Which jobs stay. An exclude may match only jobs that an earlier one drops.
fn exclude(drafts: &[Draft<'_>], excludes: &[Row], problems: &mut Vec<Problem>) -> Vec<bool> {
    let mut kept = vec![true; drafts.len()];
    for row in excludes {
        let mut matched = false;
        for (draft, kept) in drafts.iter().zip(&mut kept) {
            if row.cells.iter().all(|cell| draft.settings.get(cell.key()).as_ref() == Some(cell.value())) {
                matched = true;
                *kept = false;
            }
        }
        if !matched {
            problems.push(matches_nothing(drafts, row));
        }
    }
    kept
}

/// The problem of an exclude that matches no job, at the first of its values that no job has.
fn matches_nothing(drafts: &[Draft<'_>], row: &Row) -> Problem {
    let never = row.cells.iter().find(|cell| {
        let has = |draft: &Draft<'_>| draft.settings.get(cell.key()).as_ref() == Some(cell.value());
        !drafts.iter().any(has)
    });
    let Some(cell) = never else {
        let problem = Problem::at(Fault::ExcludesNothing, &row.place, "no job has all of these values");
        return problem.help("correct a value, or remove the exclude");
    };
    let mut values: Vec<String> = Vec::new();
    for value in drafts.iter().filter_map(|draft| draft.settings.get(cell.key())) {
        let text = value.to_toml();
        if !values.contains(&text) {
            values.push(text);
        }
    }
    let label = format!("no job has this `{}`", cell.key().name());
    let help = match values.len() {
        0 => format!("`{}` is unset in every job", cell.key()),
        _ => format!("the jobs have {}", values.join(", ")),
    };
    Problem::at(Fault::ExcludesNothing, &cell.place, label).help(help)
}

fn too_many(experiment: &Experiment, product: u128) -> Problem {
    let jobs = match product {
        u128::MAX => "more jobs than can be counted".to_owned(),
        _ => grouped(product.saturating_add(experiment.matrix.includes.len() as u128)),
    };
    let fault = Fault::TooManyJobs { jobs, most: grouped(MOST_JOBS) };
    let mut problem = Problem::placeless(fault);
    for axis in &experiment.matrix.axes {
        let steps = axis.length();
        problem = problem.also(&axis.place, if steps == 1 { "1 value".to_owned() } else { format!("{steps} values") });
    }
    problem.help("shorten an axis, or split the experiment into files that extend a common one")
}

/// Digits in groups of three: `1,000,000,000`.
fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn twice(fault: Fault, label: &str, place: Option<&Place>, first: Option<&Place>) -> Problem {
    let problem = match place {
        Some(place) => Problem::at(fault, place, label),
        None => Problem::placeless(fault),
    };
    match first.filter(|first| Some(*first) != place) {
        Some(first) => problem.also(first, "the first is here"),
        None => problem,
    }
}
