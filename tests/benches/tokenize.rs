//! Seconds to tokenize word-split sentences, beside the crate `tokenizers`' own batch encoding on the same threads, and
//! their ratio; that both give the same tokens is checked first. `cargo bench --bench tokenize`: the built-in data; with
//! RUNNER_SHARED naming the shared data, also WikiANN's training splits with MiniLM's tokenizer.

#![expect(clippy::print_stdout, reason = "a benchmark's output is its table")]

use std::path::Path;
use std::time::Instant;

use runner::data::{Corpus, Encoded, Sentence, Split, Tokenizer, builtin};
use runner::hub;
use runner::spec::{Data, Settings, Size, Source};
use tokenizers::{EncodeInput, InputSequence, TruncationParams};

const MAX_LENGTH: usize = 128;

/// Rounds of both, one after the other; their medians count.
const ROUNDS: usize = 7;

const MODEL: &str = "hub/models/sentence-transformers/all-MiniLM-L6-v2/tokenizer.json";

fn main() {
    println!("{:<12}{:>10}{:>9}{:>12}{:>12}{:>8}", "data", "sentences", "threads", "ours s", "crate s", "ratio");
    let corpus = builtin::corpus("es").expect("the program's own");
    compare("builtin:es", &corpus, builtin::tokenizer_json().as_bytes());
    let Some(shared) = std::env::var_os("RUNNER_SHARED") else { return };
    let tokenizer = std::fs::read(Path::new(&shared).join(MODEL)).expect("the shared tokenizer");
    for language in ["es", "de"] {
        compare(language, &wikiann(Path::new(&shared), language), &tokenizer);
    }
}

fn compare(name: &str, corpus: &Corpus, json: &[u8]) {
    let sentences: Vec<&Sentence> = corpus.split(Split::Train).iter().collect();
    let tokenizer = Tokenizer::from_json(json).expect("a tokenizer");
    let mut theirs = tokenizers::Tokenizer::from_bytes(json).expect("a tokenizer");
    let truncation = TruncationParams { max_length: MAX_LENGTH, ..TruncationParams::default() };
    theirs.with_padding(None).with_truncation(Some(truncation)).expect("there is room");
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        let (mut our_seconds, mut their_seconds) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let clock = Instant::now();
            let encoded = pool.install(|| Encoded::new(&sentences, &tokenizer, MAX_LENGTH)).expect("it tokenizes");
            our_seconds.push(clock.elapsed().as_secs_f64());
            let inputs: Vec<EncodeInput<'_>> =
                sentences.iter().map(|one| EncodeInput::Single(InputSequence::from(&one.words[..]))).collect();
            let clock = Instant::now();
            let encodings = pool.install(|| theirs.encode_batch(inputs, true)).expect("it tokenizes");
            their_seconds.push(clock.elapsed().as_secs_f64());
            let ids = encodings.iter().flat_map(|encoding| encoding.get_ids());
            assert!(ids.eq(&encoded.ids), "{name}: the tokens differ");
        }
        let (ours, theirs) = (median(our_seconds), median(their_seconds));
        let (count, ratio) = (sentences.len(), ours / theirs);
        println!("{name:<12}{count:>10}{threads:>9}{ours:>12.4}{theirs:>12.4}{ratio:>8.2}");
    }
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

fn wikiann(shared: &Path, language: &str) -> Corpus {
    let folder = |path: &str| Source::Folder { written: path.to_owned(), path: shared.join("hub").join(path) };
    let data = Data {
        dataset: folder("datasets/unimelb-nlp/wikiann"),
        language: Some(language.into()),
        test_size: Size::Rows(0),
        ..Data::default()
    };
    let model = runner::spec::Model {
        checkpoint: folder("models/sentence-transformers/all-MiniLM-L6-v2"),
        ..runner::spec::Model::default()
    };
    let settings = Settings { data, model, ..Settings::default() };
    let fetched =
        hub::fetch([&settings], &hub::Lock::default(), hub::FetchOptions::default(), &mut |_| {}).expect("folders");
    Corpus::load(&fetched.data(&settings), &settings.data).expect("the data")
}
