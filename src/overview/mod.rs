//! Results as tables: settings and their scores over seeds, the best of each column, what columns mean. It must not print.

mod case;
mod choice;
mod column_list;
mod glossary;
mod quantity;
mod source;
mod summary;
mod table;
mod view;
mod view_error;

pub use case::{Axis, Case, EXPERIMENT, Group, NOT_RUN, OWN_TEST, SET, TYPE, groups};
pub use choice::{Choice, choices};
pub use glossary::{UnknownColumn, explained};
pub use quantity::{Quantity, TypeNumber, UnknownQuantity};
pub use source::{Source, source_names};
pub use summary::{Sentences, Summary};
pub use table::{Layout, Row, ScoreTable, Tested};
pub use view::{SplitTable, View};
pub use view_error::ViewError;
