//! An event file: records with lengths and checksums. It has no clock, so that equal rows give equal bytes: its times are
//! the steps.

use std::collections::BTreeMap;

use prost::Message as _;

use super::event::{
    Content, Event, Hyperparameters, Metadata, Plugin, SessionStart, Setting, Shape, Summary, Tensor, Value, What,
};

/// The bytes of an event file.
pub(super) struct Log(Vec<u8>);

impl Log {
    /// With the record that each file begins with.
    pub(super) fn new() -> Self {
        let mut log = Self(Vec::new());
        log.add(0, What::FileVersion("brain.Event:2".to_owned()));
        log
    }

    /// Adds a number under a tag.
    pub(super) fn scalar(&mut self, step: u64, tag: &str, value: f64) {
        self.value(step, Value { tag: tag.to_owned(), content: Some(Content::Scalar(value as f32)), metadata: None });
    }

    /// Adds the settings of the run, as the HParams plugin reads them.
    pub(super) fn settings(&mut self, settings: BTreeMap<String, Setting>) {
        let data = Hyperparameters { version: 0, session_start: Some(SessionStart { settings }) };
        let plugin = Plugin { name: "hparams".to_owned(), content: data.encode_to_vec() };
        self.value(
            0,
            Value {
                tag: "_hparams_/session_start_info".to_owned(),
                content: Some(Content::Tensor(Tensor { kind: 1, shape: Some(Shape {}) })),
                metadata: Some(Metadata { plugin: Some(plugin) }),
            },
        );
    }

    /// The file's content.
    pub(super) fn bytes(self) -> Vec<u8> {
        self.0
    }

    fn value(&mut self, step: u64, value: Value) {
        self.add(step, What::Summary(Summary { values: vec![value] }));
    }

    /// A record of TFRecord: its length, a checksum of that, its content, a checksum of that.
    fn add(&mut self, step: u64, what: What) {
        let content = Event { wall_time: step as f64, step: step as i64, what: Some(what) }.encode_to_vec();
        let length = (content.len() as u64).to_le_bytes();
        for part in [&length[..], &content] {
            self.0.extend(part);
            self.0.extend(masked(crc32c::crc32c(part)).to_le_bytes());
        }
    }
}

/// A checksum of data that may have checksums in it, as TFRecord masks it.
fn masked(checksum: u32) -> u32 {
    checksum.rotate_right(15).wrapping_add(0xa282_ead8)
}
