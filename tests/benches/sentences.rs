//! The sentences that steps are timed on: those of the Spanish training where `RUNNER_SHARED` names the shared data,
//! else sentences of the same lengths with arbitrary tokens.

use std::path::{Path, PathBuf};

use runner::data::{Corpus, Encoded, NO_LABEL, Split, Tokenizer};
use runner::engine::Batch;
use runner::hub::{self, Lock};
use runner::spec::{Data, Model, Settings, Size, Source};

/// Sentences to train on, to predict, and the classes of their tags.
pub(crate) struct Sentences {
    pub(crate) train: Encoded,
    pub(crate) test: Encoded,
    pub(crate) labels: usize,
    /// What they are, for the table's head.
    pub(crate) origin: &'static str,
}

const SIZES: [usize; 2] = [1000, 2000];

/// Pieces of MiniLM's and of BERT's English vocabulary.
pub(crate) const VOCABULARY: usize = 30522;

impl Sentences {
    /// Of the folder that `RUNNER_SHARED` names, or made up.
    pub(crate) fn find() -> Self {
        match std::env::var_os("RUNNER_SHARED").map(PathBuf::from).filter(|folder| folder.is_dir()) {
            Some(shared) => Self::spanish(&shared.join("hub")),
            None => Self::made_up(),
        }
    }

    /// The cell of es_minilm.toml with 1,000 sentences.
    fn spanish(hub: &Path) -> Self {
        let folder = |path: &str| Source::Folder { written: path.to_owned(), path: hub.join(path) };
        let data = Data {
            dataset: folder("datasets/unimelb-nlp/wikiann"),
            language: Some("es".into()),
            train_size: Size::Rows(SIZES[0]),
            test_size: Size::Rows(SIZES[1]),
            ..Data::default()
        };
        let model = Model { checkpoint: folder("models/sentence-transformers/all-MiniLM-L6-v2"), ..Model::default() };
        let settings = Settings { data, model, ..Settings::default() };
        let fetched =
            hub::fetch([&settings], &Lock::default(), hub::FetchOptions::default(), &mut |_| {}).expect("folders");
        let corpus = Corpus::load(&fetched.data(&settings), &settings.data).expect("the data");
        let tokenizer =
            Tokenizer::load(&fetched.model(&settings).of_tokenizer(), settings.model.tokenizer).expect("the tokenizer");
        let encode = |rows: &[_]| Encoded::new(rows, &tokenizer, settings.model.max_length).expect("tokens");
        let rows = corpus.training(&settings.data).expect("enough rows");
        let scored = corpus.first(Split::Test, settings.data.test_size).expect("enough rows");
        let labels = corpus.labels.names().len();
        Self { train: encode(&rows), test: encode(&scored), labels, origin: "WikiANN, Spanish" }
    }

    /// Every other token begins a word; the last one is special, as the first.
    fn made_up() -> Self {
        /// Pieces of the sentences, over and over.
        const LENGTHS: [usize; 8] = [7, 9, 11, 13, 13, 15, 17, 21];
        const LABELS: usize = 7;
        let encode = |count: usize| {
            let mut made =
                Encoded { starts: vec![0], scored_starts: vec![0], sentence_starts: vec![0], ..Encoded::default() };
            for sentence in 0..count {
                let len = LENGTHS[sentence % LENGTHS.len()];
                for token in 0..len {
                    let begins = token % 2 == 1;
                    made.ids.push(((sentence * 977 + token * 3571) % VOCABULARY) as u32);
                    made.labels.push(if begins { (token % LABELS) as i32 } else { NO_LABEL });
                    if begins {
                        made.first_tokens.push(token as u32);
                        made.scored_words.push((token / 2) as u32);
                    }
                }
                made.words.push((len / 2) as u32);
                made.starts.push(made.ids.len());
                made.scored_starts.push(made.scored_words.len());
                made.sentence_starts.push(sentence + 1);
                made.truncated.push(false);
            }
            made
        };
        let [train, test] = SIZES.map(encode);
        Self { train, test, labels: LABELS, origin: "made-up sentences" }
    }
}

/// Packs the sentences `members` as a training does.
pub(crate) fn pack(sentences: &Encoded, members: &[u32], heads: usize) -> Batch {
    let mut batch = Batch::new(heads);
    for &member in members {
        let tokens = sentences.tokens(member as usize);
        batch.push(member, &sentences.ids[tokens.clone()], &sentences.labels[tokens]);
    }
    batch
}
