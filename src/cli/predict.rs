//! `runner predict`.

use std::fs::File;
use std::io::{IsTerminal, Read};
use std::num::NonZeroUsize;
use std::path::Path;

use rayon::ThreadPoolBuilder;

use crate::data::LineError;
use crate::experiment::ExperimentError;
use crate::hub::{FetchEvent, FetchOptions};
use crate::lab::LabError;
use crate::ledger::BUILTINS;
use crate::machine::Environment;
use crate::parents::with_parents;
use crate::report::{Page, TaggedFormat, tagged_document};
use crate::tagging::{Documents, Encoder, InputError, InputFormat, Tagged, Tagger, TaggingError, tag_all};
use crate::trained::{TrainedJob, TrainedRow};

use super::args::{self, Verbosity};
use super::downloads::Downloads;
use super::failure::{Ending, Failure};
use super::page;
use super::run::environment;
use super::signals::{Work, stop_on_signals, under_way};
use super::terminal::{answer_on, say, warn};

/// What messages call standard input.
const STANDARD_INPUT: &str = "standard input";

/// Text to tag: a file, or standard input.
struct Input {
    name: String,
    source: Box<dyn Read + Send>,
    format: InputFormat,
    is_typed: bool,
}

/// Tags a text and prints the answers as they come.
pub(super) fn predict(arguments: &args::Predict, verbosity: Verbosity) -> Result<Ending, Failure> {
    let input = open(&arguments.file, arguments.input)?;
    under_way(Work::Answers);
    stop_on_signals();
    let downloads = Downloads::new(verbosity);
    let options = FetchOptions { offline: arguments.offline, builtins: &BUILTINS, ..FetchOptions::default() };
    let job = {
        let mut report = |event: FetchEvent<'_>| downloads.hear(event);
        let row = TrainedRow::find(&arguments.job, &arguments.place.out)?;
        TrainedJob::of(with_parents(row, options, &mut report)?, options, &mut report)?
    };
    drop(downloads);
    let environment = environment(arguments.device, verbosity)?;
    let threads = arguments.threads.map_or(0, NonZeroUsize::get);
    let pool = ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| ExperimentError::from(LabError::from(error)))?;
    let bf16 = precision(&job, &environment);
    pool.install(|| {
        let encoder = Encoder::new(&job, input.format)?;
        let device = environment.engine(0, bf16).map_err(TaggingError::from)?;
        let tagger = Tagger::new(&job, &encoder, device)?;
        if input.is_typed && !verbosity.quiet {
            say("reading from the terminal; Ctrl-D on an empty line ends");
        }
        let name = input.name.clone();
        let documents = Documents::new(&input.name, input.source, input.format, &job.settings.data);
        let mut answers = Answers::new(name, arguments.format, tagger.labels().to_vec());
        tag_all(documents, encoder, &tagger, |tagged| answers.print(tagged))
    })?;
    Ok(Ending::Well)
}

/// Whether products take bfloat16, as those did that the job's row was made with.
fn precision(job: &TrainedJob, environment: &Environment) -> bool {
    let is_bf16 = job.address.record.outcome.precision.as_deref() == Some("bf16");
    if is_bf16 && !environment.has_bf16() {
        warn(
            "the job was scored with bfloat16 products, which this device does not have; answers may differ by rounding",
        );
    }
    is_bf16 && environment.has_bf16()
}

/// The text to tag, which must be there before anything is fetched.
fn open(file: &Path, format: Option<InputFormat>) -> Result<Input, Failure> {
    if file == Path::new("-") {
        let (source, is_typed) = (Box::new(std::io::stdin()), std::io::stdin().is_terminal());
        let format = format.unwrap_or(InputFormat::Text);
        return Ok(Input { name: STANDARD_INPUT.to_owned(), source, format, is_typed });
    }
    let name = file.display().to_string();
    let opened = File::open(file).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Failure::Usage(format!("{name}: no such file")),
        _ => Failure::File { path: name.clone(), source: error },
    })?;
    if opened.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Err(Failure::Usage(format!("{name} is a folder; name a file, or - for standard input")));
    }
    let unknown = || {
        let what = "its ending does not say how text stands in it; add --input text, words, conll or jsonl";
        Failure::Usage(format!("{name}: {what}"))
    };
    let format = format.or_else(|| InputFormat::of_file(file)).ok_or_else(unknown)?;
    Ok(Input { name, source: Box::new(opened), format, is_typed: false })
}

/// Prints answers, and says once that the model does not see a word.
struct Answers {
    input: String,
    format: TaggedFormat,
    labels: Vec<String>,
    page: Page,
    has_unseen: bool,
}

impl Answers {
    fn new(input: String, format: TaggedFormat, labels: Vec<String>) -> Self {
        Self { input, format, labels, page: page::of_answers(usize::MAX), has_unseen: false }
    }

    /// Prints documents; returns whether anyone reads on.
    fn print(&mut self, documents: &[Tagged]) -> Result<bool, Failure> {
        let mut text = String::new();
        for document in documents {
            match tagged_document(document, &self.labels, self.format, self.page) {
                Ok(one) => text += &one,
                Err(problem) => {
                    answer_on(&text)?;
                    return Err(Failure::Data(format!("{}:{}: {problem}", self.input, document.document.line)));
                }
            }
            self.warn_of_unseen(document);
        }
        answer_on(&text)
    }

    fn warn_of_unseen(&mut self, document: &Tagged) {
        if self.has_unseen {
            return;
        }
        if let Some(word) = document.unseen() {
            self.has_unseen = true;
            let word: String = document.text.chars().skip(word.start).take(word.end - word.start).collect();
            let (input, line) = (&self.input, document.document.line);
            say(&format!("{input}:{line}: the tokenizer makes nothing of {word:?}; such words are tagged O"));
        }
    }
}

impl From<TaggingError> for Failure {
    fn from(error: TaggingError) -> Self {
        match error {
            TaggingError::Job(error) => error.into(),
            TaggingError::Input(InputError::Line(LineError::Read { file, source })) => {
                Self::File { path: file, source }
            }
            error @ TaggingError::Engine(_) => Self::Environment(error.to_string()),
            error @ (TaggingError::Input(_) | TaggingError::Data(_) | TaggingError::Metrics(_)) => {
                Self::Data(error.to_string())
            }
        }
    }
}
