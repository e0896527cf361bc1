//! From a file to an experiment: overrides, merging, checks. All problems of all files are reported at once.

use std::collections::BTreeMap;
use std::path::Path;

use super::chain::Chain;
use super::experiment::{Experiment, conflicts, rival};
use super::fault::Fault;
use super::keys::KeyPath;
use super::matrix::{Cell, Matrix};
use super::overrides::{Override, Overrides, suffix};
use super::problem::{Place, Problem, Problems};
use super::walk_file::Draft;
use super::{Settings, Split, evaluate};
use crate::files::{FORBIDDEN, odd_on_windows};

/// Reads an experiment file with what it extends, applies the overrides, and checks all of it.
///
/// # Errors
/// Every problem, each with its place.
pub fn load(path: &Path, overrides: &Overrides) -> Result<Experiment, Problems> {
    let mut chain = Chain::default();
    chain.follow(path);
    resolved(chain, path, overrides)
}

/// Reads the text of an experiment file that extends no other, such as a results folder's experiment.toml. `path` is for
/// messages, and for folders that the text names.
///
/// # Errors
/// Every problem, each with its place.
pub fn read(path: &Path, text: &str) -> Result<Experiment, Problems> {
    let mut chain = Chain::default();
    chain.add(path, text.to_owned(), None);
    resolved(chain, path, &Overrides::default())
}

/// What a file and those that it extends come to, checked.
fn resolved(chain: Chain, path: &Path, overrides: &Overrides) -> Result<Experiment, Problems> {
    let Chain { mut drafts, mut problems, start, .. } = chain;
    let Some(start) = start else { return Problems::none_or(problems, ()).map(|()| unreachable!("nothing was read")) };
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let title = drafts[0].top.remove("title").map(|title| title.value);
    let own_name = drafts[0].top.remove("name");
    let mut merged = merge(drafts);
    let given = overrides.read(&mut problems);
    let suffix = suffix(&given);
    apply(&mut merged, given, &mut problems);
    let matrix = merged.matrix.unwrap_or_default();
    let base = settings_of(&merged.base);
    let sets = merged.evaluate.unwrap_or_default();
    problems.extend(evaluate::problems(&sets, &base, &matrix));
    // keys may seem to be missing from a file that was read only in part
    let unseen = Fault::hides_the_file;
    if !problems.iter().any(|problem| unseen(&problem.fault)) {
        let mut found = conflicts(&merged.base, &matrix, &merged.headers, &start);
        found.extend(merged.select.iter().flat_map(|select| select.problems(&merged.base, &matrix)));
        let misspelled = |problem: &Problem| problems.iter().any(|other| other.explains(problem));
        let found: Vec<Problem> = found.into_iter().filter(|problem| !misspelled(problem)).collect();
        problems.extend(found);
    }
    let name = match (&overrides.name, own_name) {
        (Some(name), _) => named(name, &Place { source: Overrides::text("--name", name), span: 0..name.len() }),
        (None, Some(name)) => suffixed(&name.value, &suffix, &name.place),
        (None, None) => suffixed(&stem, &suffix, &start),
    };
    let name = name.unwrap_or_else(|problem| {
        problems.push(problem);
        String::new()
    });
    let (mut base, select) = (settings_of(&merged.base), merged.select.map(|select| select.select()));
    settle_validation_size(&mut base, &matrix);
    let cluster = merged.cluster;
    let evaluate = sets.into_iter().map(|set| set.value).collect();
    Problems::none_or(
        problems,
        Experiment { name, title, base, matrix, select, evaluate, cluster, file: path.to_owned() },
    )
}

/// The settings with these keys, the rest at their defaults.
fn settings_of(cells: &BTreeMap<KeyPath, Cell>) -> Settings {
    let mut settings = Settings::default();
    cells.values().for_each(|cell| settings.set(&cell.setting));
    settings
}

/// Sets `data.validation_size`, whose default follows from the keys that carve the split of the training rows; not where
/// jobs differ in those, so that a resolved file is the same experiment.
fn settle_validation_size(base: &mut Settings, matrix: &Matrix) {
    let carves = |key: KeyPath| ["data.validation", "data.folds"].contains(&key.as_str());
    let varied = matrix.lists().map(|list| list.key);
    let included = matrix.includes.iter().flat_map(|row| &row.cells).map(Cell::key);
    if !varied.chain(included).any(carves) {
        base.data.validation_size = Some(base.data.size(Split::Validation));
    }
}

/// The first file's keys win; its `[matrix]`, `[select]` and `[[evaluate]]` each replace those of the others as a whole.
fn merge(drafts: Vec<Draft>) -> Draft {
    let mut merged = Draft::default();
    for draft in drafts.into_iter().rev() {
        for (key, cell) in &draft.base {
            // a warmup_ratio replaces a warmup_steps of a file that is extended; in one file, both are a problem
            if let Some(rival) = rival(*key).filter(|rival| !draft.base.contains_key(rival)) {
                merged.base.remove(&rival);
            }
            merged.base.insert(*key, cell.clone());
        }
        merged.headers.extend(draft.headers);
        merged.matrix = draft.matrix.or(merged.matrix);
        merged.select = draft.select.or(merged.select);
        merged.cluster = draft.cluster.over(merged.cluster);
        merged.evaluate = draft.evaluate.or(merged.evaluate);
    }
    merged
}

/// Applies overrides in their order.
fn apply(merged: &mut Draft, overrides: Vec<Override>, problems: &mut Vec<Problem>) {
    for given in overrides {
        match given {
            Override::Key(cell) => {
                let axis = merged.matrix.iter().flat_map(|matrix| matrix.lists()).find(|list| list.key == cell.key());
                if let Some(list) = axis {
                    let (key, value) = (cell.key().as_str(), cell.value().to_toml());
                    let problem = Problem::at(Fault::SetAxis { key }, &cell.key_place, "this key is an axis");
                    let help = format!("to run only this value, use `--set 'matrix.{key}=[{value}]'`");
                    problems.push(problem.also(&list.key_place, "the axis is here").help(help));
                    continue;
                }
                if let Some(rival) = rival(cell.key()) {
                    merged.base.remove(&rival);
                }
                merged.base.insert(cell.key(), cell);
            }
            Override::Axis(axis) => {
                let matrix = merged.matrix.get_or_insert_default();
                let list = &axis.lists[0];
                let known = matrix.axes.iter_mut().flat_map(|axis| &mut axis.lists).find(|known| known.key == list.key);
                match known {
                    Some(known) => *known = list.clone(),
                    None => matrix.axes.push(axis),
                }
            }
        }
    }
    for problem in merged.matrix.iter().flat_map(Matrix::problems) {
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
}

/// The name with the text that `--set` adds, if a folder can have that name.
fn suffixed(name: &str, suffix: &str, place: &Place) -> Result<String, Problem> {
    let whole = named(name, place)? + suffix;
    if whole.len() <= LONGEST_NAME {
        return Ok(whole);
    }
    let reason = "with the text that --set adds, it is longer than 255 bytes, the limit of a folder's name";
    let fault = Fault::BadName { name: whole, reason };
    Err(Problem::at(fault, place, "").help("set a shorter name with `--name`; --set adds nothing to that"))
}

/// The longest name of a folder, in bytes.
const LONGEST_NAME: usize = 255;

/// The name, if a folder can have it, also before `:` in `results/NAME:LABEL`.
fn named(name: &str, place: &Place) -> Result<String, Problem> {
    let reason = if name.trim().is_empty() {
        "it is empty"
    } else if name.starts_with('.') || name.starts_with('-') {
        "it starts with a dot or a dash"
    } else if name.trim() != name {
        "it starts or ends with a space"
    } else if name.len() > LONGEST_NAME {
        "it is longer than 255 bytes, the limit of a folder's name"
    } else if name.chars().any(|c| c.is_control() || FORBIDDEN.contains(&c)) {
        "it names a folder, and contains one of / \\ : * ? \" < > |"
    } else if let Some(reason) = odd_on_windows(name) {
        reason
    } else {
        return Ok(name.to_owned());
    };
    let fault = Fault::BadName { name: name.to_owned(), reason };
    Err(Problem::at(fault, place, "").help("use letters, digits, - and _; or set another name with `--name`"))
}
