//! What a person reads: tables on a terminal, comparisons.

mod data;
mod doctor;
mod grid;
mod grouped;
mod page;
mod plan;
mod scores;
mod settings;
mod transfer;
mod wrap;

pub use data::data_text;
pub use doctor::doctor_text;
pub use grouped::grouped;
pub use page::Page;
pub use plan::{PlanLine, plan_text};
pub use scores::{failures, score_table};
pub use transfer::{Target, transfer_table};
pub use wrap::wrapped;
