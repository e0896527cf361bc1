//! What jobs share: data sets read once, sentences tokenized once for each tokenizer and length. Whoever comes first
//! does the work, the others wait; what is shared depends on data and settings alone.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::data::{Corpus, DataError, Encoded, Sentence, Split, Tokenizer, builtin};
use crate::ledger::JobInputs;
use crate::spec::{Data, Settings, Size, Source};

use super::features::FeatureCache;
use super::identity::Identity;

/// A value computed once for each identity.
#[derive(Debug)]
struct OnceMap<V>(Mutex<BTreeMap<Identity, Arc<OnceLock<Shared<V>>>>>);

type Shared<V> = Result<Arc<V>, Arc<DataError>>;

impl<V> OnceMap<V> {
    fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    fn get(&self, identity: Identity, make: impl FnOnce() -> Result<V, DataError>) -> Shared<V> {
        let place = {
            let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(places.entry(identity).or_default())
        };
        place.get_or_init(|| make().map(Arc::new).map_err(Arc::new)).clone()
    }
}

/// Everything shared by the jobs of a run.
#[derive(Debug)]
pub struct SharedData {
    corpora: OnceMap<Corpus>,
    tokenizers: OnceMap<Tokenizer>,
    encodings: OnceMap<Encoded>,
    /// The sizes asked of each encoding of a training split, so that the largest serves all.
    sizes: BTreeMap<Identity, Vec<Size>>,
    /// The sizes asked of the features of each training split.
    featured_sizes: BTreeMap<Identity, Vec<Size>>,
    pub(super) features: FeatureCache,
}

impl SharedData {
    /// For these jobs.
    pub fn new<'a>(jobs: impl Iterator<Item = (&'a Settings, &'a JobInputs)>) -> Self {
        let (mut sizes, mut featured_sizes) = (BTreeMap::<_, Vec<Size>>::new(), BTreeMap::<_, Vec<Size>>::new());
        for (settings, inputs) in jobs {
            sizes.entry(Identity::of_training_set(settings, inputs)).or_default().push(settings.data.train_size);
            if settings.train.cache_features {
                let features = Identity::of_features(settings, inputs, Split::Train);
                featured_sizes.entry(features).or_default().push(settings.data.train_size);
            }
        }
        let (corpora, tokenizers, encodings) = (OnceMap::new(), OnceMap::new(), OnceMap::new());
        Self { corpora, tokenizers, encodings, sizes, featured_sizes, features: FeatureCache::default() }
    }

    /// The job's data set.
    ///
    /// # Errors
    /// Everything that can be wrong with its files.
    pub fn corpus(&self, settings: &Settings, inputs: &JobInputs) -> Shared<Corpus> {
        self.corpora.get(Identity::of_corpus(settings, inputs), || Corpus::load(&inputs.data, &settings.data))
    }

    /// The job's tokenizer.
    ///
    /// # Errors
    /// Everything that can be wrong with its files.
    pub fn tokenizer(&self, settings: &Settings, inputs: &JobInputs) -> Shared<Tokenizer> {
        self.tokenizers.get(Identity::of_tokenizer(settings, inputs), || match &settings.model.checkpoint {
            Source::Builtin(_) => Ok(builtin::tokenizer()),
            Source::Hub(_) | Source::Folder { .. } | Source::Job(_) => {
                Tokenizer::load(&inputs.model.of_tokenizer(), settings.model.tokenizer)
            }
        })
    }

    /// The job's training subset, tokenized: the first rows of what the largest job over the same rows needs.
    ///
    /// # Errors
    /// More rows asked for than there are; a tokenizer that refuses.
    pub fn training(&self, settings: &Settings, inputs: &JobInputs) -> Result<Encoded, Arc<DataError>> {
        let corpus = self.corpus(settings, inputs)?;
        let rows = corpus.training(&settings.data)?.len();
        self.first_of_training(settings, inputs, &corpus, rows)
    }

    /// The training sentences whose features are computed for the job: those of the largest job that shares them.
    ///
    /// # Errors
    /// As [`SharedData::training`].
    pub(super) fn featured(&self, settings: &Settings, inputs: &JobInputs) -> Result<Encoded, Arc<DataError>> {
        let corpus = self.corpus(settings, inputs)?;
        let sizes = self.featured_sizes.get(&Identity::of_features(settings, inputs, Split::Train));
        let rows = largest(&corpus, &settings.data, sizes).len();
        self.first_of_training(settings, inputs, &corpus, rows)
    }

    /// The first `rows` of what the largest job over the training rows needs.
    fn first_of_training(
        &self,
        settings: &Settings,
        inputs: &JobInputs,
        corpus: &Corpus,
        rows: usize,
    ) -> Result<Encoded, Arc<DataError>> {
        let tokenizer = self.tokenizer(settings, inputs)?;
        let identity = Identity::of_training_set(settings, inputs);
        let all = largest(corpus, &settings.data, self.sizes.get(&identity));
        let (tagged, longest) = (settings.data.label_pieces, settings.model.input_length());
        let encode = || Encoded::for_training(&all, &tokenizer, longest, tagged, &corpus.labels);
        Ok(self.encodings.get(identity, encode)?.first(rows))
    }

    /// The rows of a scored split, tokenized.
    ///
    /// # Errors
    /// As [`SharedData::training`].
    pub fn scored(&self, settings: &Settings, inputs: &JobInputs, split: Split) -> Shared<Encoded> {
        let corpus = self.corpus(settings, inputs)?;
        let tokenizer = self.tokenizer(settings, inputs)?;
        let (size, identity) = (settings.data.size(split), Identity::of_eval_set(settings, inputs, split));
        self.encodings
            .get(identity, || Encoded::new(&corpus.first(split, size)?, &tokenizer, settings.model.input_length()))
    }
}

/// The rows of the largest training that there are.
fn largest<'c>(corpus: &'c Corpus, data: &Data, sizes: Option<&Vec<Size>>) -> Vec<&'c Sentence> {
    let of = |size: &Size| corpus.training(&Data { train_size: *size, ..data.clone() }).ok();
    let rows = sizes.into_iter().flatten().filter_map(of);
    rows.max_by_key(Vec::len).unwrap_or_default()
}
