//! A folder of its own for each test, with experiments, data, checkpoints and what the program says of them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

/// Four jobs of a dozen steps on what the program ships.
pub(crate) const GRID: &str = r#"
[data]
dataset = "builtin:es"
test_size = 40

[model]
checkpoint = "builtin:tiny"
max_length = 64

[train]
max_steps = 12
learning_rate = 2e-3
log_every = 5

[matrix]
data.train_size = [32, 64]
model.freeze = [false, true]
"#;

/// What a command left.
pub(crate) struct Said {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Files by path below a folder.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

pub(crate) struct Workshop(tempfile::TempDir);

impl Workshop {
    /// With `grid.toml`.
    pub(crate) fn new(grid: &str) -> Self {
        let workshop = Self(tempfile::tempdir().unwrap());
        workshop.write("grid.toml", grid);
        workshop
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// `runner LINE` in this folder, with a hub out of reach and an empty cache.
    pub(crate) fn runner(&self, line: &str) -> Said {
        self.runner_with(line, &[])
    }

    pub(crate) fn runner_with(&self, line: &str, variables: &[(&str, &str)]) -> Said {
        let mut command = assert_cmd::Command::from_std(self.command(line));
        let output = command.envs(variables.iter().copied()).output().unwrap();
        Said {
            status: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Starts `runner LINE` and leaves it running.
    pub(crate) fn start(&self, line: &str) -> Child {
        self.start_with(line, &[])
    }

    pub(crate) fn start_with(&self, line: &str, variables: &[(&str, &str)]) -> Child {
        let mut command = self.command(line);
        command.envs(variables.iter().copied()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    }

    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("runner"));
        command.current_dir(self.0.path()).args(line.split_whitespace());
        command.env("HF_ENDPOINT", "http://127.0.0.1:9").env("HF_HOME", self.path("cache"));
        for name in ["HF_TOKEN", "HF_HUB_CACHE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HUGGING_FACE_HUB_TOKEN"] {
            command.env_remove(name);
        }
        for name in ["COLUMNS", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
            command.env_remove(name);
        }
        command
    }

    /// Everything of a results folder that is made to be committed.
    pub(crate) fn committed(&self, folder: &str) -> Files {
        let mut files = self.files(folder);
        files.retain(|name, _| !name.starts_with(".run"));
        files
    }

    pub(crate) fn files(&self, folder: &str) -> Files {
        let root = self.path(folder);
        walk(&root).into_iter().map(|path| (below(&root, &path), fs::read(&path).unwrap())).collect()
    }

    /// The trained weights that `results/grid` keeps.
    pub(crate) fn weights(&self) -> Files {
        let mut files = self.files("results/grid/.run/models");
        files.retain(|name, _| name.ends_with("model.safetensors"));
        assert!(!files.is_empty());
        files
    }

    /// The same without the names, which have the key of the training.
    pub(crate) fn weight_bytes(&self) -> Vec<Vec<u8>> {
        self.weights().into_values().collect()
    }

    /// A folder with `grid.toml` in which a command went well.
    pub(crate) fn done(grid: &str, line: &str) -> Self {
        let workshop = Self::new(grid);
        let said = workshop.runner(line);
        assert_eq!(said.status, 0, "{grid}: {}", said.err);
        workshop
    }

    /// When each file of a results folder was written, the lock of the running process apart.
    pub(crate) fn times(&self, folder: &str) -> BTreeMap<String, SystemTime> {
        let root = self.path(folder);
        let time = |path: &PathBuf| fs::metadata(path).and_then(|data| data.modified()).unwrap();
        let files = walk(&root).into_iter().map(|path| (below(&root, &path), time(&path)));
        files.filter(|(name, _)| name != ".run/lock").collect()
    }

    /// What a colleague gets who clones this folder: experiments and committed results.
    pub(crate) fn cloned(&self) -> Self {
        let clone = Self(tempfile::tempdir().unwrap());
        for (name, content) in self.files("") {
            if !name.contains("/.run/") && !name.starts_with("cache") {
                clone.write(&name, content);
            }
        }
        clone
    }

    /// A cell of results.csv; none where there is no such job.
    pub(crate) fn cell(&self, folder: &str, job: &str, column: &str) -> Option<String> {
        let mut table = csv::Reader::from_path(self.path(folder).join("results.csv")).unwrap();
        let index = table.headers().unwrap().iter().position(|name| name == column).unwrap();
        let row = table.records().map(Result::unwrap).find(|row| &row[0] == job)?;
        Some(row[index].to_owned())
    }

    /// The name of a job's predictions.
    pub(crate) fn predictions(&self, job: &str) -> String {
        assert!(self.cell("results/grid", job, "key").is_some());
        format!("{job}.tags")
    }

    pub(crate) fn jobs(&self, folder: &str) -> Vec<String> {
        let mut table = csv::Reader::from_path(self.path(folder).join("results.csv")).unwrap();
        table.records().map(|row| row.unwrap()[0].to_owned()).collect()
    }

    /// Waits until a table has so many rows.
    /// Waits until a job under way has left a checkpoint newer than this call.
    pub(crate) fn wait_for_checkpoint(&self, folder: &str) {
        let (begun, now) = (Instant::now(), SystemTime::now());
        let newer = |path: &PathBuf| fs::metadata(path).and_then(|data| data.modified()).is_ok_and(|time| time > now);
        let kept = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "safetensors") && newer(path);
        let folder = self.path(folder).join(".run/checkpoints");
        while !folder.is_dir() || !walk(&folder).iter().any(kept) {
            assert!(begun.elapsed() < Duration::from_secs(60), "no checkpoint");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn wait_for_rows(&self, folder: &str, rows: usize) {
        let begun = Instant::now();
        let path = self.path(folder).join("results.csv");
        while fs::read_to_string(&path).unwrap_or_default().lines().count() < rows + 1 {
            assert!(begun.elapsed() < Duration::from_secs(60), "no {rows} rows in a minute");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// A Parquet file of sentences: words and tags by name.
    pub(crate) fn write_split(&self, name: &str, sentences: &[(&str, &str)]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let list = |name| {
            format!("optional group {name} (LIST) {{ repeated group list {{ optional binary element (UTF8); }} }}")
        };
        let schema = format!("message m {{ {} {} }}", list("tokens"), list("ner_tags"));
        let schema = Arc::new(parse_message_type(&schema).unwrap());
        let mut writer = SerializedFileWriter::new(File::create(path).unwrap(), schema, Arc::default()).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let columns: [Vec<&str>; 2] =
            [sentences.iter().map(|s| s.0).collect(), sentences.iter().map(|s| s.1).collect()];
        for texts in columns {
            let (mut values, mut definitions, mut repetitions) = (Vec::new(), Vec::new(), Vec::new());
            for words in texts.iter().map(|text| text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>()) {
                // Of a list: 1 is empty, 3 a value; a repetition of 0 begins a row.
                definitions.extend(if words.is_empty() { vec![1] } else { vec![3; words.len()] });
                repetitions.extend((0..words.len().max(1)).map(|at| i16::from(at > 0)));
                values.extend(words.into_iter().map(ByteArray::from));
            }
            let mut column = group.next_column().unwrap().unwrap();
            let column_writer = column.typed::<ByteArrayType>();
            column_writer.write_batch(&values, Some(&definitions), Some(&repetitions)).unwrap();
            column.close().unwrap();
        }
        group.close().unwrap();
        writer.close().unwrap();
    }

    /// A checkpoint with the golden's random weights (199 tokens, 70 positions) and a tokenizer of a few words, in which
    /// `lima` is the token of that number.
    pub(crate) fn write_checkpoint(&self, folder: &str, lima: usize) {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens/models/bert");
        for name in ["config.json", "model.safetensors"] {
            self.write(&format!("{folder}/{name}"), fs::read(golden.join(name)).unwrap());
        }
        let vocabulary =
            r#"{"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "ana": 4, "lee": 5, "en": 6, ".": 7, "lima": LIMA}"#;
        let special =
            |name: &str, id: usize| format!(r#""{name}": {{"id": "{name}", "ids": [{id}], "tokens": ["{name}"]}}"#);
        let tokenizer = format!(
            r#"{{"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "decoder": null,
            "normalizer": {{"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true}},
            "pre_tokenizer": {{"type": "BertPreTokenizer"}},
            "post_processor": {{"type": "TemplateProcessing",
                "single": [{{"SpecialToken": {{"id": "[CLS]", "type_id": 0}}}}, {{"Sequence": {{"id": "A", "type_id": 0}}}}, {{"SpecialToken": {{"id": "[SEP]", "type_id": 0}}}}],
                "pair": [{{"Sequence": {{"id": "A", "type_id": 0}}}}, {{"Sequence": {{"id": "B", "type_id": 1}}}}],
                "special_tokens": {{{}, {}}}}},
            "model": {{"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "\u0023\u0023", "max_input_chars_per_word": 100, "vocab": {}}}}}"#,
            special("[CLS]", 2),
            special("[SEP]", 3),
            vocabulary.replace("LIMA", &lima.to_string())
        );
        self.write(&format!("{folder}/tokenizer.json"), tokenizer);
    }

    /// A text with this folder's path replaced.
    pub(crate) fn redacted(&self, text: &str) -> String {
        text.replace(self.0.path().to_str().unwrap(), "WORKSHOP")
    }
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        match entry.file_type().unwrap().is_dir() {
            true => files.extend(walk(&entry.path())),
            false => files.push(entry.path()),
        }
    }
    files.sort();
    files
}

fn below(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap().to_str().unwrap().to_owned()
}

/// Fails with the names of the files that differ.
pub(crate) fn assert_same(left: &Files, right: &Files) {
    let names = |files: &Files| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(left), names(right));
    let differing: Vec<&String> = left.keys().filter(|name| left[*name] != right[*name]).collect();
    assert!(differing.is_empty(), "these differ: {differing:?}");
}
