//! A comparison for people and programs: text, Markdown, CSV, JSON. It must not know how verdicts are found.

mod formats;
mod legend;
mod markdown;
mod notes;
mod numbers;
mod table;
mod text;
mod verdicts;
mod view;

pub use formats::diff_text;
pub use legend::fail_if_text;
pub use numbers::together_lines;
pub use view::DiffView;
