//! `runner fetch`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use crate::bundle::{Bundle, BundleError, Checked, Contents, Copied, Inputs, Target, fetch_inputs};
use crate::experiment::Selected;
use crate::hub::{FetchOptions, FetchedInput, Origin};
use crate::ledger::BUILTINS;
use crate::report::{size, wrapped};
use crate::spec::{Problems, Source};
use crate::words::counted;

use super::args::{Fetch, Verbosity};
use super::downloads::Downloads;
use super::failure::{Ending, Failure};
use super::page;
use super::signals::{Work, stop_on_signals, under_way};
use super::terminal::{answer, say};

/// Fetches what the files need, bundles it, or checks a bundle for it.
pub(super) fn fetch(arguments: &Fetch, verbosity: Verbosity) -> Result<Ending, Failure> {
    let stop = stop_on_signals();
    under_way(Work::Fetching);
    if let Some(folder) = &arguments.check {
        return check(arguments, folder, stop);
    }
    let experiments = arguments.files.iter().map(|file| arguments.change.load(file, &arguments.place));
    let experiments = experiments.collect::<Result<Vec<_>, Problems>>()?;
    let target = arguments.bundle.as_ref().map(|out| Target::new(out, arguments.force)).transpose()?;
    let mut fetched: Vec<(&Selected, Inputs)> = Vec::new();
    for one in &experiments {
        let downloads = Downloads::new(verbosity);
        let options = FetchOptions {
            offline: arguments.offline,
            update: arguments.update,
            builtins: &BUILTINS,
            stop: Some(stop),
            beside: one.plan.experiment.file.parent(),
            ..FetchOptions::default()
        };
        let inputs = fetch_inputs(one, &arguments.place.out, options, &mut |event| downloads.hear(event));
        drop(downloads);
        let Some(inputs) = inputs? else { return Ok(interrupted("run the same command to resume")) };
        fetched.push((one, inputs));
    }
    show(fetched.iter().flat_map(|(_, inputs)| &inputs.inputs))?;
    let (Some(target), Some(out)) = (target, &arguments.bundle) else { return Ok(Ending::Well) };
    let contents = Contents::of(&fetched.iter().map(|(one, inputs)| (*one, inputs)).collect::<Vec<_>>())?;
    match target.write(&contents, stop) {
        Err(BundleError::Interrupted) => return Ok(interrupted("nothing was bundled")),
        written => written?,
    }
    let files = counted(contents.count(), "file");
    tell("", &format!("{}: {files}, {}; README.txt in it says how to use it", out.display(), size(contents.bytes())))?;
    Ok(Ending::Well)
}

fn interrupted(what: &str) -> Ending {
    say(&format!("interrupted; {what}"));
    Ending::Interrupted
}

/// A line for each input.
fn show<'i>(inputs: impl Iterator<Item = &'i FetchedInput>) -> Result<(), Failure> {
    let mut merged: BTreeMap<(&Origin, Option<&str>), FetchedInput> = BTreeMap::new();
    for input in inputs {
        let known = merged.entry((&input.origin, input.commit.as_deref())).or_insert_with(|| FetchedInput {
            files: BTreeMap::new(),
            downloaded: 0,
            ..input.clone()
        });
        known.files.extend(input.files.clone());
        known.downloaded += input.downloaded;
    }
    merged.values().try_for_each(|input| tell("", &line(input)))
}

fn line(input: &FetchedInput) -> String {
    let commit = input.commit.as_ref().map(|commit| format!("commit {commit}, ")).unwrap_or_default();
    let where_ = match (&input.source, input.downloaded) {
        (Source::Builtin(_), _) => "in the program".to_owned(),
        (Source::Folder { .. } | Source::Job(_), _) => "local".to_owned(),
        (Source::Hub(_), 0) => "already in the cache".to_owned(),
        (Source::Hub(_), new) if new == input.files.len() => "fetched".to_owned(),
        (Source::Hub(_), new) => format!("{new} fetched, the others already in the cache"),
    };
    let files = counted(input.files.len(), "file");
    format!("{}: {commit}{files}, {}, {where_}", input.origin, size(input.bytes()))
}

/// Says what a bundle or a cache folder lacks.
fn check(arguments: &Fetch, folder: &Path, stop: &AtomicBool) -> Result<Ending, Failure> {
    let bundle = Bundle::open(folder)?;
    let mut ending = Ending::Well;
    for file in &arguments.files {
        let mut lacks = Vec::new();
        let copy = match bundle.copy_of(file) {
            Copied::Equal(copy) => copy,
            Copied::NotABundle => file.clone(),
            Copied::Differs(copy) => {
                lacks.push(format!("{} differs from {}", copy.display(), file.display()));
                file.clone()
            }
            Copied::Missing => {
                lacks.push(format!("the experiment file {} is missing", file.display()));
                file.clone()
            }
        };
        let selected = arguments.change.load(&copy, &arguments.place)?;
        let checked = match bundle.check(&selected, &arguments.place.out, stop)? {
            Some(checked) => checked,
            None => return Ok(interrupted("nothing was found out")),
        };
        lacks.extend(checked.lacks.iter().cloned());
        lacks.sort();
        lacks.dedup();
        let lacking = page::of_answers(usize::MAX).bad("lacks:");
        lacks.iter().try_for_each(|lack| tell(&lacking, lack))?;
        tell("", &conclusion(folder, &copy, &checked, lacks.len()))?;
        if !lacks.is_empty() {
            ending = Ending::DoesNotHold;
        }
    }
    Ok(ending)
}

fn conclusion(folder: &Path, file: &Path, checked: &Checked, lacks: usize) -> String {
    let (folder, file) = (folder.display(), file.display());
    if lacks > 0 {
        return format!("{folder} does not serve {file}; make or copy it again");
    }
    let files = checked.inputs.iter().map(|input| input.files.len()).sum();
    let bytes: u64 = checked.inputs.iter().map(FetchedInput::bytes).sum();
    let hashes = match checked.pinned {
        true => "hashes are those of lock.toml",
        false => "no lock.toml pins them, so only hashes in the cache's own names were checked",
    };
    format!("{folder} has everything for {file}: {}, {}; {hashes}", counted(files, "file"), size(bytes))
}

/// A line of the answer behind `first`, wrapped to the terminal. Names of files are data: no control character is sent.
pub(super) fn tell(first: &str, text: &str) -> Result<(), Failure> {
    let plain: String = text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    answer(&(wrapped(first, 2, &plain, page::of_answers(usize::MAX).columns) + "\n"))
}
