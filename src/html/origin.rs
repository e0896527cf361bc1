//! What results were made from and where: pinned inputs, environments, and what to know about the folder's files.

use maud::{Markup, html};

use crate::hub::{Kind, Lock};
use crate::overview::Source;

use super::data_table::{DataTable, Datum, Head};
use super::report::Report;
use super::section::{Section, prose};

/// Digits of a hash that are shown.
const DIGITS: usize = 16;

/// The section.
pub(super) fn origin_section(report: &Report) -> Section {
    let mut section = Section::new("origin", "Inputs and environment");
    for (at, source) in report.sources.iter().enumerate() {
        let name = report.folder_name(at);
        section = match lock_of(source) {
            Ok(lock) => section.with(html! { (inputs(&name, &lock).markup()) (environments(&name, &lock).markup()) }),
            Err(why) => section.saying(&format!("{name}: {why}")),
        };
        section = section.with(notices(source));
    }
    section
}

fn lock_of(source: &Source) -> Result<Lock, String> {
    let snapshot = source.snapshot().ok_or("its files cannot be read.")?;
    let content = snapshot.file("lock.toml").map_err(|error| error.to_string())?;
    let content =
        content.ok_or("no lock.toml: which inputs were used is unknown. Restore it with git, or run again.")?;
    Lock::parse(&String::from_utf8_lossy(&content)).map_err(|error| error.to_string())
}

fn inputs(name: &str, lock: &Lock) -> DataTable {
    let mut rows = Vec::new();
    for (origin, pinned) in &lock.inputs {
        let kind = match origin.kind {
            Kind::Data => "data",
            Kind::Model => "checkpoint",
        };
        let commit = pinned.commit.as_deref().unwrap_or("–");
        for (file, pin) in &pinned.files {
            rows.push(vec![
                Datum::text(origin.id.clone()),
                Datum::text(kind),
                Datum { order: None, ..Datum::text(commit) },
                Datum::text(file.to_string()),
                Datum { order: None, ..Datum::text(pin.sha256.as_str()[..DIGITS].to_owned()) },
                Datum::text(pin.size.to_string()),
            ]);
        }
    }
    let names = ["input", "kind", "commit", "file", "SHA-256 begins"];
    DataTable {
        caption: format!("Inputs of {name}, pinned in its lock.toml"),
        columns: names.into_iter().map(Head::text).chain([Head::number("bytes")]).collect(),
        rows,
    }
}

fn environments(name: &str, lock: &Lock) -> DataTable {
    let rows = lock.environments.iter().map(|(environment, facts)| {
        let facts: Vec<String> = facts.iter().map(|(key, value)| format!("{key} {value}")).collect();
        vec![Datum::text(environment.clone()), Datum { order: None, ..Datum::text(facts.join(", ")) }]
    });
    DataTable {
        caption: format!("Environments of {name}, as its lock.toml defines them"),
        columns: vec![Head::text("environment"), Head::text("defined by")],
        rows: rows.collect(),
    }
}

/// What was noticed when the files were read.
fn notices(source: &Source) -> Markup {
    let notices = source.snapshot().map(|snapshot| snapshot.notices.as_slice()).unwrap_or_default();
    html! {
        @if !notices.is_empty() {
            ul.notes { @for notice in notices { li { (prose(notice)) } } }
        }
    }
}
