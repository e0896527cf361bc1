//! Marks without types (B, I, O), as sets of one type have them: read as entities of one type. Must not know files.

use std::collections::BTreeSet;

use super::rows::RawRows;
use super::scheme::is_mark;
use crate::spec::Scheme;

/// The type that untyped marks get.
const KIND: &str = "ENT";

/// Gives every mark the type `ENT` where all tags of all files are O or marks of the scheme without a type, and says so.
/// Class numbers keep their places.
pub(super) fn give_type(files: &mut [&mut RawRows], scheme: Option<Scheme>) -> Option<String> {
    let marks = match scheme {
        None | Some(Scheme::Iob1 | Scheme::Iob2) => "BI",
        Some(Scheme::Io) => "I",
        Some(Scheme::Bioes) => "BIELSUMW",
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
        .then(|| format!("tags without types ({}) read as entities of one type, {KIND}", found.join(", ")))
}
