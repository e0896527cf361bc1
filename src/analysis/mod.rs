//! What results say: settings over their seeds, and their differences; wrong answers. It reads snapshots of results and
//! must not print.

mod changes;
mod compared;
mod comparison;
mod facts;
mod fail_if;
mod family;
mod git_files;
mod obstacles;
mod only;
mod pairing;
mod row;
mod runs;
mod score;
mod setting;
mod sides;
mod testing;
mod verdict;

pub use changes::{Changes, KeyChange};
pub use comparison::{Comparison, ComparisonError, Scope};
pub use fail_if::{FailIf, Finding};
pub use family::Together;
pub use only::SettingFilter;
pub use row::{Evidence, Row, RowSide, RowTest};
pub use score::{Measure, Score, UnknownScore};
pub use setting::{Setting, settings};
pub use sides::{Side, SideError, Sides};
pub use verdict::{NoScore, Note, PredictionsProblem, Reason, Verdict};
mod answers;
mod entity_matches;
mod error_changes;
mod job_address;
mod source_words;

pub use answers::{Answers, ErrorFilter};
pub use entity_matches::{ErrorKind, Match, MatchTally, entity_matches};
pub use error_changes::{Change, EntityChange, entity_changes};
pub use job_address::{JobAddress, JobAddressError};
pub use source_words::{NoWords, source_words};
mod case;
mod choice;
mod glossary;
mod quantity;
mod source;
mod summary;
mod table;
mod view;

pub use case::{Axis, Case, EXPERIMENT, Group, NOT_RUN, OWN_TEST, SET, TYPE, groups};
pub use choice::{Choice, choices};
pub use glossary::{UnknownColumn, explained};
pub use quantity::{Quantity, TypeNumber, UnknownQuantity};
pub use source::{Source, source_names};
pub use summary::{Sentences, Summary};
pub use table::{Layout, Row, ScoreTable, Tested};
pub use view::{SplitTable, View, ViewError};
