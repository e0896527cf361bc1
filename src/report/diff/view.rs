//! How a comparison is shown. It must not know what is in it.

use super::super::format::Format;
use super::super::page::Page;

/// How a comparison is shown.
#[derive(Debug, Clone, Copy)]
pub struct DiffView<'a> {
    /// The format; LaTeX is written as Markdown is.
    pub format: Format,
    /// What the sides are called.
    pub names: &'a [String; 2],
    /// Whether settings that are alike are named.
    pub verbose: bool,
    /// For text.
    pub page: Page,
}
