//! The results folder: records, tables, journal, predictions. It knows outcomes and text, but not how a job is trained.

mod calibration;
mod committed;
mod csv_table;
mod differences;
mod earlier_names;
mod error;
mod evaluations;
mod event;
mod folder;
mod folder_summary;
mod journal;
mod journal_line;
mod known;
mod layout;
mod lock;
mod number;
mod other_case;
mod outcome;
mod pins;
mod placement;
mod prediction_names;
mod predictions;
mod replace;
mod rescore;
mod rescored;
mod rescoring;
mod results_files;
mod rungs;
mod sentence_intervals;
mod shared;
mod sharing;
mod snapshot;
mod summary;
mod tables;
mod tag_files;
mod tag_names;
mod tag_reader;
mod tidy;
mod timings;
mod worker_journals;

pub use calibration::{Calibration, calibrations, write_calibrations};
pub use committed::{Committed, parse_tables, read_tables};
pub use differences::{
    Difference, evaluation_name, of_entities as entity_differences, of_evaluation as evaluation_differences,
    of_job as job_differences, of_rung as rung_differences, of_whole_summary as summary_differences,
};
pub use error::{Action, ResultsError};
pub use evaluations::{
    EvaluatedSet, EvaluationRecord, evaluations_csv, evaluations_header, parse_evaluations, read_evaluations,
};
pub use event::Event;
pub use folder::{ResultsFolder, timings};
pub use folder_summary::expected_summary;
pub use journal::{DamagedLine, Journal, Replay, TornLine};
pub use known::{Known, edited_settings};
pub use layout::Layout;
pub use lock::FolderLock;
pub use number::{Decimal, NumberError, Significant};
pub use outcome::{
    CurvePoint, Ending, EntityRow, EpochPoint, Failure, Inherited, Measurements, Outcome, Record, ScoredSplit,
    SplitScores,
};
pub use pins::read_lock;
pub use prediction_names::{earlier_prediction_name, prediction_name, prediction_names};
pub use predictions::{read_tags, tag_lines};
pub use replace::{create_folder, replace};
pub use rescore::{Rescored, rescore};
pub use rescored::rescored;
pub use results_files::ResultsFiles;
pub use rungs::{RungRecord, RungsTable, read_rungs, rungs_csv};
pub use shared::Turn;
pub use sharing::{Sharing, share_without_lock};
pub use snapshot::{ReadTags, Snapshot, Tags};
pub use summary::{FoldScores, SUMMARY_COLUMNS, SummaryRow, by_setting, summary_csv};
pub use tables::{
    Columns, FOLD, SEED, SETTING_COLUMNS, SUBSET_SEED, curves_csv, epochs_csv, is_averaged, is_seed, per_entity_csv,
    results_csv, results_header,
};
pub use tag_files::{gold_files, predictions_by_key};
pub use tag_names::TagNames;
pub use tag_reader::Gold;
pub use timings::{Timing, read_timings, timings_csv};
