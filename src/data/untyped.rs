//! Tags without types (B, I, O), as in data sets with one type: they are read as entities of one type.

use std::collections::BTreeSet;

use super::rows::RawRows;
use super::scheme::{MARKS, is_mark};
use crate::spec::Scheme;

/// The type of entities without a type.
const KIND: &str = "ENT";

/// Adds the type `ENT` to every tag, if all tags of all files are O or prefixes of the scheme without a type. Returns a
/// notice. Class numbers do not change.
pub(super) fn give_type(files: &mut [&mut RawRows], scheme: Option<Scheme>) -> Option<String> {
    let marks = match scheme {
        None | Some(Scheme::Iob1 | Scheme::Iob2) => "BI",
        Some(Scheme::Io) => "I",
        Some(Scheme::Bioes) => MARKS,
        Some(Scheme::Types) => return None,
    };
    let untyped = |tag: &String| tag == "O" || (is_mark(tag) && marks.contains(tag.as_str()));
    let mut all = files.iter().flat_map(|rows| rows.names().iter().chain(&rows.classes)).flatten();
    if !all.all(untyped) {
        return None;
    }
    let mut found = BTreeSet::new();
    for rows in files {
        let classes = rows.classes.take();
        let mut named = classes.into_iter().collect::<Vec<_>>();
        for tag in rows.names_mut().iter_mut().chain(&mut named).flatten().filter(|tag| *tag != "O") {
            found.insert(tag.clone());
            *tag = format!("{tag}-{KIND}");
        }
        rows.classes = named.pop();
    }
    let found: Vec<String> = found.into_iter().collect();
    (!found.is_empty())
        .then(|| format!("tags without types ({}) are read as entities of type {KIND}", found.join(", ")))
}
