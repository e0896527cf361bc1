//! `runner clean`.

use std::path::Path;

use crate::disk::{Choice, DiskError, Freed, Kind, Survey, free};
use crate::report::{size, wrapped};

use super::args::{Clean, Models};
use super::failure::{Ending, Failure};
use super::fetch::tell;
use super::page;
use super::terminal::answer;

/// Columns of sizes.
const SIZE: usize = 11;

/// Lists what folders keep, or frees what is chosen. A folder that fails does not keep the others from it.
pub(super) fn clean(arguments: &Clean) -> Result<Ending, Failure> {
    let choice = choice(arguments);
    let mut first = None;
    let mut total = 0;
    for folder in &arguments.folders {
        let done = match choice.is_empty() {
            true => Survey::of(folder).map_err(Failure::from).and_then(|survey| {
                list(&survey)?;
                Ok(survey.bytes())
            }),
            false => free(folder, &choice, arguments.dry_run)
                .map_err(Failure::from)
                .and_then(|freed| said(folder, &freed, arguments.dry_run)),
        };
        match done {
            Ok(bytes) => total += bytes,
            Err(failure) if arguments.folders.len() == 1 => return Err(failure),
            Err(failure) => {
                super::terminal::print(&failure.text());
                first.get_or_insert(failure);
            }
        }
    }
    if arguments.folders.len() > 1 {
        let what = match (choice.is_empty(), arguments.dry_run) {
            (true, _) => "all folders together: .run/ takes",
            (false, true) => "together, this would free",
            (false, false) => "freed together:",
        };
        tell("", &format!("{what} {}", size(total)))?;
    }
    match first {
        None => Ok(Ending::Well),
        Some(Failure::Disk(DiskError::NotResults(_) | DiskError::Unknown { .. } | DiskError::Link(_))) => {
            Ok(Ending::DoesNotHold)
        }
        Some(_) => Ok(Ending::Unfit),
    }
}

fn choice(arguments: &Clean) -> Choice {
    let models: &[Kind] = match arguments.models {
        None => &[],
        Some(Models::Unused) => &[Kind::UnusedModels],
        Some(Models::All) => &[Kind::Models, Kind::UnusedModels, Kind::UnknownModels, Kind::Exports],
    };
    let others = [
        (arguments.exports, Kind::Exports),
        (arguments.checkpoints, Kind::Checkpoints),
        (arguments.predictions, Kind::Predictions),
        (arguments.logs, Kind::Logs),
        (arguments.submissions, Kind::Submissions),
        (arguments.leftovers, Kind::Leftovers),
    ];
    let others = others.into_iter().filter(|(is_chosen, _)| *is_chosen).map(|(_, kind)| kind);
    Choice(models.iter().copied().chain(others).collect())
}

/// What a folder keeps, by kind.
fn list(survey: &Survey) -> Result<(), Failure> {
    let folder = survey.folder.display();
    if survey.items.is_empty() {
        return tell("", &format!("{folder}: there is no .run/, so nothing to free"));
    }
    let page = page::of_answers(usize::MAX);
    tell("", &format!("{folder}: .run/ takes {}", size(survey.bytes())))?;
    for (kind, items) in &survey.items {
        let count = if items.len() > 1 { format!(" ({})", items.len()) } else { String::new() };
        let unknown = survey.unknown.as_ref().filter(|_| *kind == Kind::UnknownModels);
        let why = unknown.map(|reason| format!(" ({reason})")).unwrap_or_default();
        let option = kind.option().map(|option| format!(" ({option})")).unwrap_or_default();
        let first = format!("{:>SIZE$} ", size(survey.bytes_of(*kind)));
        let text = format!("{}{count}{why}: {}{option}", kind.title(), kind.loss());
        answer(&(wrapped(&first, SIZE + 2, &text, page.columns) + "\n"))?;
    }
    let can_go = survey.items.keys().find_map(|kind| kind.option());
    can_go.map_or(Ok(()), |option| {
        tell("", &format!("Free a kind with its option, as in `runner clean {folder} {option}`"))
    })
}

/// What was freed of a folder; returns its size.
fn said(folder: &Path, freed: &Freed, is_dry: bool) -> Result<u64, Failure> {
    let bytes = freed.kinds.iter().map(|(_, bytes)| bytes).sum();
    let verb = if is_dry { "would free" } else { "freed" };
    if freed.kinds.is_empty() {
        tell("", &format!("{}: nothing of that kind is there", folder.display()))?;
        return Ok(0);
    }
    tell("", &format!("{}: {verb} {}", folder.display(), size(bytes)))?;
    for (kind, bytes) in &freed.kinds {
        let text = format!("{}: {}", kind.title(), kind.loss());
        let columns = page::of_answers(usize::MAX).columns;
        answer(&(wrapped(&format!("{:>SIZE$} ", size(*bytes)), SIZE + 2, &text, columns) + "\n"))?;
    }
    Ok(bytes)
}
