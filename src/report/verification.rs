//! The answer of `runner verify`: a list of checks for one folder, a line a folder for many, a table for programs.

use crate::results::ResultsError;
use crate::verification::{Checked, Finding, Standing, Verified};

use super::format::{Cell, Column, Table};
use super::page::{Page, columns};
use super::wrap::wrapped;

/// Findings of a check, and of a folder among many, that are shown.
const MOST_OF_CHECK: usize = 10;
const MOST_OF_FOLDER: usize = 5;
/// Letters of a cell that are shown.
const LETTERS: usize = 60;
/// Columns of the names of checks.
const NAMES: usize = 13;

/// The answer for people.
pub fn verification_text(folders: &[Verified], page: Page) -> String {
    let page = Page { columns: page.table_columns(), ..page };
    match folders {
        [only] => one(only, page),
        many => table(many, page) + &details(many, page) + &totals(many, page),
    }
}

fn one(verified: &Verified, page: Page) -> String {
    if verified.unread.is_some() {
        return wrapped("", 2, &page.bad(&unread(verified)), page.columns) + "\n";
    }
    let name = verified.folder.display();
    let mut text = page.heading(&format!("{name}: {}", jobs(verified.jobs))) + "\n";
    for checked in &verified.checks {
        text += &check(checked, page);
    }
    let found = verified.findings().count();
    let end = match verified.standing() {
        Standing::DoesNotHold => page.bad(&format!("does not hold: {}", findings(found))),
        other => page.good(other.name()),
    };
    text + &wrapped("", 2, &end, page.columns) + "\n"
}

fn check(checked: &Checked, page: Page) -> String {
    let name = format!("{:NAMES$}", checked.check.name());
    let (mark, what) = match (checked.findings.len(), checked.extent.is_empty()) {
        (0, true) => (page.notable("–"), String::new()),
        (0, false) => (page.good("✓"), checked.extent.clone()),
        (count, _) => (page.bad("✗"), findings(count)),
    };
    let not_checked = checked.not_checked.iter().map(|why| format!("not checked: {why}"));
    let parts: Vec<String> = Some(what).filter(|what| !what.is_empty()).into_iter().chain(not_checked).collect();
    let mut text = wrapped(&format!("{name}{mark}"), NAMES + 2, &parts.join("; "), page.columns) + "\n";
    text += &listed(&checked.findings.iter().collect::<Vec<_>>(), MOST_OF_CHECK, page);
    text
}

/// Findings, and then what to do about them. Those that differ in their row alone are one line.
fn listed(all: &[&Finding], most: usize, page: Page) -> String {
    let mut lines: Vec<(&Finding, Vec<&str>)> = Vec::new();
    for finding in all {
        match lines.iter_mut().find(|(first, _)| is_alike(first, finding)) {
            Some((_, rows)) => rows.push(&finding.row),
            None => lines.push((finding, vec![&finding.row])),
        }
    }
    let mut text = String::new();
    let mut remedies: Vec<&str> = Vec::new();
    for (finding, rows) in lines.iter().take(most) {
        text += &(wrapped("  -", 4, &phrase(finding, &together(rows)), page.columns) + "\n");
        if !finding.remedy.is_empty() && !remedies.contains(&finding.remedy) {
            remedies.push(finding.remedy);
        }
    }
    let shown: usize = lines.iter().take(most).map(|(_, rows)| rows.len()).sum();
    if all.len() > shown {
        text += &(wrapped("   ", 4, &format!("and {} more (--format csv)", all.len() - shown), page.columns) + "\n");
    }
    text + &remedies.iter().map(|remedy| wrapped("  →", 4, remedy, page.columns) + "\n").collect::<String>()
}

fn is_alike(one: &Finding, other: &Finding) -> bool {
    Finding { row: other.row.clone(), ..one.clone() } == *other
}

/// Rows as one place: the row, or how many there are.
fn together(rows: &[&str]) -> String {
    match rows {
        [only] => (*only).to_owned(),
        [first, .., last] if first.len() + last.len() <= LETTERS => {
            format!("{} rows ({first} to {last})", rows.len())
        }
        [_, _, ..] => format!("{} rows", rows.len()),
        [] => String::new(),
    }
}

/// A finding as a line: `results.csv, base, train_loss: 0.1 (curves.csv: 0.2)`.
fn phrase(finding: &Finding, row: &str) -> String {
    let Finding { file, column, found, expected, source, .. } = finding;
    let is_whole = matches!(column.as_str(), "the row" | "the file" | "the entry");
    let column = if is_whole { "" } else { column };
    let place: Vec<&str> = [file, row, column].into_iter().filter(|part| !part.is_empty()).collect();
    let place = place.join(", ");
    let none = if is_whole { "none" } else { "empty" };
    let short = |text: &str| match (text.is_empty(), text.chars().count() > LETTERS) {
        (true, _) => none.to_owned(),
        (_, false) => text.to_owned(),
        (_, true) => text.chars().take(LETTERS).chain(['…']).collect(),
    };
    match source.is_empty() || found == "missing" {
        true => format!("{place}: {found}"),
        false => format!("{place}: {} ({source}: {})", short(found), short(expected)),
    }
}

/// A line a folder.
fn table(folders: &[Verified], page: Page) -> String {
    let names: Vec<String> = folders.iter().map(|verified| verified.folder.display().to_string()).collect();
    let widest = names.iter().map(|name| columns(name)).max().unwrap_or_default().min(page.columns / 2);
    let mut text = String::new();
    for (verified, name) in folders.iter().zip(&names) {
        let standing = verified.standing();
        let word = format!("{:13}", standing.name());
        let word = match standing {
            Standing::Holds => page.good(&word),
            Standing::DoesNotHold => page.bad(&word),
            Standing::NoResults | Standing::Unreadable => page.notable(&word),
        };
        let jobs = if verified.unread.is_some() { String::new() } else { jobs(verified.jobs) };
        let head = format!("{}  {jobs:>8}  {word}", fitted(name, widest));
        let room = page.columns.saturating_sub(columns(&head) + 2);
        text += format!("{head}  {}", clipped(&remark(verified), room)).trim_end();
        text += "\n";
    }
    text
}

/// `text` in exactly `width` columns; the beginning of a longer one goes, as names differ at their end.
fn fitted(text: &str, width: usize) -> String {
    let mut shown = text.to_owned();
    while columns(&shown) > width {
        let rest: String = shown.chars().skip_while(|letter| *letter == '…').skip(1).collect();
        shown = if width == 0 { String::new() } else { format!("…{rest}") };
    }
    let room = width - columns(&shown);
    shown + &" ".repeat(room)
}

/// `text` in at most `width` columns; the end of a longer one goes.
fn clipped(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut shown = String::new();
    for letter in text.chars() {
        if columns(&shown) + columns(letter.encode_utf8(&mut [0; 4])) + 1 > width {
            break;
        }
        shown.push(letter);
    }
    shown + "…"
}

/// The first finding, or what was not checked.
fn remark(verified: &Verified) -> String {
    let mut first = verified.findings();
    match (first.next(), &verified.unread) {
        (Some(finding), _) => phrase(finding, ""),
        (None, Some(ResultsError::NoTable { .. })) => "no results.csv in it".to_owned(),
        (None, Some(error)) => error.to_string().split("; ").next().unwrap_or_default().to_owned(),
        (None, None) => {
            let parts: Vec<&str> = verified.not_checked().collect();
            if parts.is_empty() { String::new() } else { format!("not checked: {}", parts.join("; ")) }
        }
    }
}

/// The findings of each folder that has some.
fn details(folders: &[Verified], page: Page) -> String {
    let wrong = folders.iter().filter(|verified| verified.standing() == Standing::DoesNotHold);
    wrong
        .map(|verified| {
            let all: Vec<&Finding> = verified.findings().collect();
            let head = page.heading(&format!("{}: {}", verified.folder.display(), findings(all.len())));
            format!("\n{head}\n{}", listed(&all, MOST_OF_FOLDER, page))
        })
        .collect()
}

/// How many folders of each kind.
fn totals(folders: &[Verified], page: Page) -> String {
    let counts = Standing::ALL.into_iter().filter_map(|standing| {
        let count = folders.iter().filter(|verified| verified.standing() == standing).count();
        let words = match (standing, count) {
            (Standing::Holds, 1) => "1 holds".to_owned(),
            (Standing::Holds, _) => format!("{count} hold"),
            (Standing::DoesNotHold, 1) => "1 does not hold".to_owned(),
            (Standing::DoesNotHold, _) => format!("{count} do not hold"),
            (Standing::NoResults, _) => format!("{count} without results"),
            (Standing::Unreadable, _) => format!("{count} unreadable"),
        };
        (count > 0).then_some(words)
    });
    let text = format!("{} folders: {}", folders.len(), counts.collect::<Vec<_>>().join(", "));
    format!("\n{}\n", wrapped("", 2, &text, page.columns))
}

fn unread(verified: &Verified) -> String {
    verified.unread.as_ref().map(ToString::to_string).unwrap_or_default()
}

fn jobs(count: usize) -> String {
    if count == 1 { "1 job".to_owned() } else { format!("{count} jobs") }
}

fn findings(count: usize) -> String {
    if count == 1 { "1 finding".to_owned() } else { format!("{count} findings") }
}

/// A row a finding, and one for each folder without any.
pub fn verification_table(folders: &[Verified]) -> Table {
    let columns = ["folder", "status", "check", "file", "row", "column", "found", "expected", "not_checked"];
    let mut rows = Vec::new();
    for verified in folders {
        let (folder, status) = (verified.folder.display().to_string(), verified.standing().name());
        let whys = verified
            .checks
            .iter()
            .flat_map(|checked| checked.not_checked.iter().map(|why| format!("{}: {why}", checked.check.name())));
        let left = whys.collect::<Vec<_>>().join("; ");
        let row = |cells: [&str; 6]| {
            let cells = [folder.as_str(), status].into_iter().chain(cells).chain([left.as_str()]);
            cells.map(Cell::text).collect::<Vec<Cell>>()
        };
        for checked in &verified.checks {
            let name = checked.check.name();
            rows.extend(checked.findings.iter().map(|finding| {
                let Finding { file, row: place, column, found, expected, .. } = finding;
                row([name, file, place, column, found, expected])
            }));
        }
        if verified.findings().next().is_none() {
            rows.push(row(["", "", "", "", &unread(verified), ""]));
        }
    }
    Table { columns: columns.map(|name| Column::new(name, false)).to_vec(), rows }
}
