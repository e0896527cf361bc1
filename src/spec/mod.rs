//! The experiment file as types: what a researcher may write, checked, with every problem located.

mod chain;
mod cluster;
mod cluster_file;
mod convert;
mod evaluate;
mod examples;
mod experiment;
mod fault;
mod form;
mod keys;
mod keys_page;
mod known_key;
mod load;
mod look;
mod matrix;
mod merge_mark;
mod names;
mod overrides;
mod problem;
mod reads;
mod requirements;
mod schema;
mod select;
mod settings;
mod source;
mod split;
mod starter;
mod steps;
mod table;
mod tree;
mod value;
mod walk;
mod walk_cluster;
mod walk_evaluate;
mod walk_file;
mod walk_matrix;
mod walk_select;
mod write;

pub use chain::{ExperimentFile, experiment_files};
pub use cluster::Cluster;
pub use cluster_file::read_cluster;
pub use evaluate::EvaluationSet;
pub use examples::{EXAMPLES, Example};
pub use experiment::Experiment;
pub use fault::Fault;
pub use form::{Form, Mismatch, Range};
pub use keys::{KeyPath, Setting, tables};
pub use keys_page::keys_page;
pub use known_key::{Affects, InJobKey, KnownKey};
pub use load::{load, read};
pub use matrix::{Axis, AxisList, Cell, Matrix, Row};
pub use merge_mark::MergeMark;
pub use names::nearest;
pub use overrides::Overrides;
pub use problem::{Located, Place, Problem, Problems, SourceText, render};
pub use schema::schema;
pub use select::{Halving, ScoreName, Select};
pub use settings::{
    ClassifierChoice, Column, Columns, Data, Files, Freeze, Interval, Keep, LabelPieces, Model, Precision, Save,
    SaveModels, Schedule, Scheme, Settings, Size, Train, Warmup,
};
pub use source::{JobModel, JobSource, Source};
pub use split::Split;
pub use starter::starter;
pub use value::{Value, shortest};
