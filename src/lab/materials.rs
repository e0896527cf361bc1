//! What jobs share: data sets read once, sentences tokenised once for each tokeniser and length. Whoever comes first
//! does the work, the others wait; what is shared depends on data and settings alone.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::data::{Corpus, DataError, Encoded, Split, Tokenizer, builtin};
use crate::spec::{Data, Settings, Size, Source};

use super::inputs::JobInputs;

/// A value computed once for each key.
#[derive(Debug)]
struct Shelf<V>(Mutex<BTreeMap<String, Arc<OnceLock<Shared<V>>>>>);

type Shared<V> = Result<Arc<V>, Arc<DataError>>;

impl<V> Shelf<V> {
    fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    fn get(&self, key: String, make: impl FnOnce() -> Result<V, DataError>) -> Shared<V> {
        let place = {
            let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(places.entry(key).or_default())
        };
        place.get_or_init(|| make().map(Arc::new).map_err(Arc::new)).clone()
    }
}

/// Everything shared by the jobs of a run.
#[derive(Debug)]
pub struct Materials {
    corpora: Shelf<Corpus>,
    tokenizers: Shelf<Tokenizer>,
    encodings: Shelf<Encoded>,
    /// The sizes asked of each encoding of a training split, so that the largest serves all.
    sizes: BTreeMap<String, Vec<Size>>,
}

impl Materials {
    /// For these jobs.
    pub fn new<'a>(jobs: impl Iterator<Item = (&'a Settings, &'a JobInputs)>) -> Self {
        let mut sizes: BTreeMap<String, Vec<Size>> = BTreeMap::new();
        for (settings, inputs) in jobs {
            sizes.entry(training_key(settings, inputs)).or_default().push(settings.data.train_size);
        }
        Self { corpora: Shelf::new(), tokenizers: Shelf::new(), encodings: Shelf::new(), sizes }
    }

    /// The job's data set.
    ///
    /// # Errors
    /// Everything that can be wrong with its files.
    pub fn corpus(&self, settings: &Settings, inputs: &JobInputs) -> Shared<Corpus> {
        self.corpora.get(data_key(settings, inputs), || Corpus::load(&inputs.data, &settings.data))
    }

    /// The job's tokeniser.
    ///
    /// # Errors
    /// Everything that can be wrong with its files.
    pub fn tokenizer(&self, settings: &Settings, inputs: &JobInputs) -> Shared<Tokenizer> {
        self.tokenizers.get(tokenizer_key(inputs), || match &settings.model.checkpoint {
            Source::Builtin(_) => Ok(builtin::tokenizer()),
            Source::Hub(_) | Source::Folder { .. } => Tokenizer::load(&inputs.model.tokenizer),
        })
    }

    /// The job's training subset, tokenised: the first rows of what the largest job over the same rows needs.
    ///
    /// # Errors
    /// More rows asked for than there are; a tokeniser that refuses.
    pub fn training(&self, settings: &Settings, inputs: &JobInputs) -> Result<Encoded, Arc<DataError>> {
        let corpus = self.corpus(settings, inputs)?;
        let tokenizer = self.tokenizer(settings, inputs)?;
        let rows = corpus.training(settings.data.train_size, settings.data.subset_seed)?.len();
        let key = training_key(settings, inputs);
        let largest = self
            .sizes
            .get(&key)
            .into_iter()
            .flatten()
            .filter_map(|size| corpus.training(*size, settings.data.subset_seed).ok());
        let largest = largest.max_by_key(Vec::len).unwrap_or_default();
        let (pieces, longest) = (settings.data.label_pieces, settings.model.max_length);
        let encode = || Encoded::for_training(&largest, &tokenizer, longest, pieces, &corpus.labels);
        let encoded = self.encodings.get(key, encode)?;
        Ok(encoded.first(rows))
    }

    /// The rows of a scored split, tokenised.
    ///
    /// # Errors
    /// As [`Materials::training`].
    pub fn scored(&self, settings: &Settings, inputs: &JobInputs, split: Split) -> Shared<Encoded> {
        let corpus = self.corpus(settings, inputs)?;
        let tokenizer = self.tokenizer(settings, inputs)?;
        let size = size_of(settings, split);
        let key = format!("{}\n{split} {size:?}", encoding_key(settings, inputs));
        self.encodings.get(key, || Encoded::new(&corpus.first(split, size)?, &tokenizer, settings.model.max_length))
    }
}

/// The size of a scored split.
pub(super) fn size_of(settings: &Settings, split: Split) -> Size {
    match split {
        Split::Train => settings.data.train_size,
        Split::Validation => settings.data.validation_size,
        Split::Test => settings.data.test_size,
    }
}

fn data_key(settings: &Settings, inputs: &JobInputs) -> String {
    let Data { labels, drop_test_overlap, test_split, .. } = &settings.data;
    let reading = Corpus::reading(&settings.data);
    format!("{:?} {labels:?} {drop_test_overlap} {test_split} {reading}", inputs.hashes.data)
}

fn tokenizer_key(inputs: &JobInputs) -> String {
    let files = inputs.hashes.model.iter().filter(|(role, _)| role.starts_with("tokenizer"));
    files.map(|(_, hash)| hash.as_str()).collect()
}

fn encoding_key(settings: &Settings, inputs: &JobInputs) -> String {
    format!("{}\n{} {}", data_key(settings, inputs), tokenizer_key(inputs), settings.model.max_length)
}

fn training_key(settings: &Settings, inputs: &JobInputs) -> String {
    let Data { subset_seed, label_pieces, .. } = &settings.data;
    format!("{}\ntrain {subset_seed} {label_pieces:?}", encoding_key(settings, inputs))
}
