//! What a person reads: tables on a terminal, comparisons.

mod alignment;
mod data;
mod diff;
mod doctor;
mod error_changes;
mod error_data;
mod error_sections;
mod errors;
mod evaluations;
mod format;
mod grid;
mod grouped;
mod mean;
mod page;
mod plan;
mod scores;
mod sections;
mod settings;
mod verification;
mod wrap;

pub use data::data_text;
pub use diff::{DiffView, diff_text, fail_if_text, together_lines};
pub use doctor::doctor_text;
pub use error_changes::error_changes_text;
pub use error_data::{error_changes_csv, error_changes_json, errors_csv, errors_json};
pub use errors::{ErrorList, errors_text};
pub use evaluations::{Target, evaluation_table};
pub use format::{Cell, Column, Format, Table};
pub use grouped::grouped;
pub use mean::mean_text;
pub use page::Page;
pub use plan::{PlanLine, plan_text};
pub use scores::{failures, score_table};
pub use verification::{verification_table, verification_text};
pub use wrap::wrapped;
