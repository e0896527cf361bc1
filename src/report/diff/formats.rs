//! A comparison in any of its formats.

use crate::comparison::Comparison;

use super::super::format::Format;
use super::markdown::markdown;
use super::table::table;
use super::text::text;
use super::view::DiffView;

/// A comparison in a format.
pub fn diff_text(comparison: &Comparison, view: DiffView<'_>) -> String {
    match view.format {
        Format::Text => text(comparison, view),
        Format::Md | Format::Latex => markdown(comparison, view),
        Format::Csv | Format::Json => table(comparison).text(view.format, view.page),
    }
}
