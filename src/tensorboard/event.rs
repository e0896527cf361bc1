//! The messages of an event file that scalars and hyperparameters need: field numbers are those of TensorBoard's
//! `event.proto`, `summary.proto`, `tensor.proto` and of its HParams plugin.

use std::collections::BTreeMap;

use prost::{Message, Oneof};

/// A record of an event file.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Event {
    #[prost(double, tag = "1")]
    pub(super) wall_time: f64,
    #[prost(int64, tag = "2")]
    pub(super) step: i64,
    #[prost(oneof = "What", tags = "3, 5")]
    pub(super) what: Option<What>,
}

/// What a record has.
#[derive(Clone, PartialEq, Oneof)]
pub(super) enum What {
    #[prost(string, tag = "3")]
    FileVersion(String),
    #[prost(message, tag = "5")]
    Summary(Summary),
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Summary {
    #[prost(message, repeated, tag = "1")]
    pub(super) values: Vec<Value>,
}

/// A value under a tag.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Value {
    #[prost(string, tag = "1")]
    pub(super) tag: String,
    #[prost(oneof = "Content", tags = "2, 8")]
    pub(super) content: Option<Content>,
    #[prost(message, optional, tag = "9")]
    pub(super) metadata: Option<Metadata>,
}

#[derive(Clone, PartialEq, Oneof)]
pub(super) enum Content {
    #[prost(float, tag = "2")]
    Scalar(f32),
    #[prost(message, tag = "8")]
    Tensor(Tensor),
}

/// A tensor without values, which a plugin's data need for company.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Tensor {
    /// 1: float32
    #[prost(int32, tag = "1")]
    pub(super) kind: i32,
    #[prost(message, optional, tag = "2")]
    pub(super) shape: Option<Shape>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Shape {}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Metadata {
    #[prost(message, optional, tag = "1")]
    pub(super) plugin: Option<Plugin>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Plugin {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(bytes = "vec", tag = "2")]
    pub(super) content: Vec<u8>,
}

/// The content of a value of the HParams plugin.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Hyperparameters {
    #[prost(int32, tag = "1")]
    pub(super) version: i32,
    #[prost(message, optional, tag = "3")]
    pub(super) session_start: Option<SessionStart>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct SessionStart {
    #[prost(btree_map = "string, message", tag = "1")]
    pub(super) settings: BTreeMap<String, Setting>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Setting {
    #[prost(oneof = "SettingValue", tags = "2, 3, 4")]
    pub(super) value: Option<SettingValue>,
}

#[derive(Clone, PartialEq, Oneof)]
pub(super) enum SettingValue {
    #[prost(double, tag = "2")]
    Number(f64),
    #[prost(string, tag = "3")]
    Text(String),
    #[prost(bool, tag = "4")]
    Switch(bool),
}

impl Setting {
    /// A cell of a table: a number, true or false, or else a text.
    pub(super) fn of(cell: &str) -> Self {
        let number = cell.parse::<f64>().ok().filter(|number| number.is_finite());
        let value = match (cell, number) {
            ("true" | "false", _) => SettingValue::Switch(cell == "true"),
            (_, Some(number)) => SettingValue::Number(number),
            _ => SettingValue::Text(cell.to_owned()),
        };
        Self { value: Some(value) }
    }
}
