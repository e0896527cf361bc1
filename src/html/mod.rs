//! A results page for a browser, in one file that loads nothing: `runner report`. Numbers are those of `overview` and
//! `answers`; it must not compute a score, print, or write a file.

mod commands;
mod confusion;
mod curves;
mod data_table;
mod document;
mod dot_plot;
mod drawing;
mod error_list;
mod figure;
mod heat_map;
mod line_plot;
mod origin;
mod palette;
mod policy;
mod report;
mod scale;
mod scores;
mod section;
mod settings;
mod text;
mod time;
mod transfer;
mod trends;
mod types;

pub use document::{Document, PAGE_MARK};
pub use figure::DECLARATION as PLOT_MARK;
pub use report::Report;
