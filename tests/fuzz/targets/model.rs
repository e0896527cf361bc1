//! Checkpoints: configuration and weights.

use std::path::{Path, PathBuf};

use runner::engine::{Batch, Capacity, planned_bytes};
use runner::model::{Checkpoint, Config, Layout};
use runner::spec::Freeze;

use super::writer::archive_of;
use super::written;

pub(super) fn config(folder: &Path, bytes: &[u8]) {
    let config = match Config::read(&written(folder, "config.json", bytes)) {
        Ok(config) => config,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let layout = Layout::new(&config, 7);
    assert!(layout.parameters.windows(2).all(|pair| pair[0].span.range().end <= pair[1].span.start));
    let mut batch = Batch::new(config.heads);
    batch.push(0, &[1, 2, 3], &[0, 1, 0]);
    assert!(planned_bytes(&config, 7, Some(Freeze::Nothing), false, Capacity::of(&batch)) >= 4 * layout.len);
    assert!(config.longest() > 0);
}

/// Opens the files and reads every tensor there is, one at a time.
fn open(paths: &[PathBuf]) {
    let checkpoint = match Checkpoint::open(paths) {
        Ok(checkpoint) => checkpoint,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    for (name, stored) in checkpoint.tensors() {
        if let Ok(values) = checkpoint.values(name) {
            assert_eq!(values.expect("it is listed").len(), stored.elements());
        }
    }
}

/// A file of weights, told by its content.
pub(super) fn weights(folder: &Path, bytes: &[u8]) {
    open(&[written(folder, "weights", bytes)]);
}

/// The pickle of a sound archive.
pub(super) fn pickle(folder: &Path, bytes: &[u8]) {
    let storages = [&[0; 48][..], &[0; 4], &[0; 64]];
    open(&[written(folder, "pytorch_model.bin", &archive_of(bytes, storages.into_iter()))]);
}

/// A safetensors file of one tensor.
pub(super) const SHARD: &[u8] =
    b"\x3a\0\0\0\0\0\0\0{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}    \0\0\0\0";

pub(super) fn index(folder: &Path, bytes: &[u8]) {
    let paths = [("model.safetensors.index.json", bytes), ("model-1.safetensors", SHARD)];
    open(&paths.map(|(name, bytes)| written(folder, name, bytes)));
}
