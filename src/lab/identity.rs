//! What tells shared things apart: data sets, tokenizers, encodings, features, by all that defines each of them.

use crate::data::{Corpus, Split};
use crate::ledger::JobInputs;
use crate::spec::{Data, Settings, Size};

pub(super) fn data_key(settings: &Settings, inputs: &JobInputs) -> String {
    let Data { labels, drop_test_overlap, test_split, .. } = &settings.data;
    let reading = Corpus::reading(&settings.data);
    format!("{:?} {labels:?} {drop_test_overlap} {test_split} {reading}", inputs.hashes.data)
}

pub(super) fn tokenizer_key(inputs: &JobInputs) -> String {
    let files = inputs.hashes.model.iter().filter(|(role, _)| role.starts_with("tokenizer"));
    files.map(|(_, hash)| hash.as_str()).collect()
}

fn encoding_key(settings: &Settings, inputs: &JobInputs) -> String {
    format!("{}\n{} {}", data_key(settings, inputs), tokenizer_key(inputs), settings.model.max_length)
}

pub(super) fn training_key(settings: &Settings, inputs: &JobInputs) -> String {
    let Data { subset_seed, label_pieces, .. } = &settings.data;
    format!("{}\ntrain {subset_seed} {label_pieces:?}", encoding_key(settings, inputs))
}

pub(super) fn scored_key(settings: &Settings, inputs: &JobInputs, split: Split) -> String {
    format!("{}\n{split} {:?}", encoding_key(settings, inputs), settings.data.size(split))
}

/// What tells the features of a split from all others: its sentences as pieces, and all files of the checkpoint.
pub(super) fn feature_key(settings: &Settings, inputs: &JobInputs, split: Split) -> String {
    let sentences = match split {
        Split::Train => training_key(settings, inputs),
        Split::Validation | Split::Test => scored_key(settings, inputs, split),
    };
    format!("{sentences}\n{:?}", inputs.hashes.model)
}

/// The features of every split that `settings` read.
pub(super) fn feature_keys(settings: &Settings, inputs: &JobInputs) -> impl Iterator<Item = String> {
    let splits = [Split::Train, Split::Validation, Split::Test].into_iter();
    let read = splits.filter(|split| settings.data.size(*split) != Size::Rows(0));
    read.map(|split| feature_key(settings, inputs, split))
}
