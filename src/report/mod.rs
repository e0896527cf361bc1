//! What a person reads: tables on a terminal, comparisons.

mod data;
mod diff;
mod doctor;
mod evaluations;
mod format;
mod grid;
mod grouped;
mod mean;
mod page;
mod plan;
mod scores;
mod settings;
mod verification;
mod wrap;

pub use data::data_text;
pub use diff::{DiffView, diff_text, fail_if_text, together_lines};
pub use doctor::doctor_text;
pub use evaluations::{Target, evaluation_table};
pub use format::{Cell, Column, Format, Table};
pub use grouped::grouped;
pub use mean::mean_text;
pub use page::Page;
pub use plan::{PlanLine, plan_text};
pub use scores::{failures, score_table};
pub use verification::{verification_table, verification_text};
pub use wrap::wrapped;
