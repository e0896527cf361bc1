//! What changed between two results, and whether it is more than noise: settings paired, tested, judged. It must not print.

mod changes;
mod compared;
#[expect(clippy::module_inception, reason = "what the module is about")]
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
mod sides;
mod testing;
mod verdict;

pub use changes::{Changes, KeyChange};
pub use comparison::{Comparison, ComparisonError, Scope};
pub use fail_if::{FailIf, Finding};
pub use family::Together;
pub use only::SettingFilter;
pub use row::{Evidence, Row, RowSide, RowTest};
pub use sides::{Side, SideError, Sides};
pub use verdict::{NoScore, Note, PredictionsProblem, Reason, Verdict};
