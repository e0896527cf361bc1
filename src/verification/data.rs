//! Whether the data on this machine are those of the lock, and gold tags and counts those of the data. It sends no request.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

use crate::data::{Corpus, Labels, test_in_train};
use crate::hash::InputHashes;
use crate::hub::{self, DataInputs, LockedHashes, RelativeName};
use crate::lab::GoldTags;
use crate::ledger::{BUILTINS, Id, Ledger, Part};
use crate::results::{Ending, Record, ScoredSplit};
use crate::spec::{self, Settings, Size, Split};
use crate::words::counted;

use super::finding::{Check, Checked, Finding, UNREAD};
use super::folder::Folder;

const CHANGED: &str = "restore the data as they were; or keep them and run the experiment again";
const GOLD: &str = "restore the gold tags from git, or predict again with --force";
const OVERLAP: &str = "restore results.csv from git, or run the job again with --force";

/// A data set of some jobs.
struct DataSet {
    /// How it is read: the settings without sizes and seeds.
    settings: spec::Data,
    /// None if it is not on this machine, cannot be read, or is not that of the lock.
    corpus: Option<Arc<Corpus>>,
}

/// The data sets met so far, and what is said of them.
struct Data<'f> {
    hashes: LockedHashes<'f>,
    sets: Vec<DataSet>,
    files: usize,
    golds: BTreeSet<String>,
    checked: Checked,
}

/// Every row against its data.
pub(super) fn check(folder: &Folder) -> Checked {
    if folder.tables.is_none() {
        return Checked::not(Check::Data, UNREAD);
    }
    let Some(ledger) = &folder.ledger else { return Checked::not(Check::Data, "no experiment") };
    let Some(lock) = &folder.lock else { return Checked::not(Check::Data, "no lock") };
    let mut data = Data {
        hashes: LockedHashes::new(lock, &BUILTINS),
        sets: Vec::new(),
        files: 0,
        golds: BTreeSet::new(),
        checked: Checked::new(Check::Data, ""),
    };
    for record in folder.records().iter().filter(|record| record.measurements().is_some()) {
        let Some(id) = folder.part_of(record) else { continue };
        data.check_row(folder, ledger, id, record);
    }
    for record in folder.evaluations.iter().filter(|record| matches!(record.outcome.ending, Ending::Ok(_))) {
        let Some(id) = folder.set_of(record) else { continue };
        let whole = ledger.settings_of(Id { part: Part::Whole, ..id });
        let Some(known) = data.corpus(folder, whole).map(|corpus| corpus.labels.clone()) else { continue };
        let settings = ledger.settings_of(id);
        if let (Some(corpus), Ok(hashes)) = (data.corpus(folder, settings), data.hashes.of(settings)) {
            data.check_gold(folder, settings, &corpus, &hashes, &known);
        }
    }
    let Data { sets, files, golds, mut checked, .. } = data;
    if sets.iter().any(|set| set.corpus.is_some()) {
        checked.extent = format!("{}, {}", counted(files, "file"), counted(golds.len(), "gold file"));
    }
    checked
}

impl Data<'_> {
    fn check_row(&mut self, folder: &Folder, ledger: &Ledger, id: Id, record: &Record) {
        let settings = ledger.settings_of(id);
        let (Some(corpus), Ok(hashes)) = (self.corpus(folder, settings), self.hashes.of(settings)) else { return };
        let known = corpus.labels.clone();
        self.check_gold(folder, settings, &corpus, &hashes, &known);
        let data = &settings.data;
        let stated = record.measurements().and_then(|measured| measured.test_in_train);
        let training = corpus.training(data);
        let (Ok(training), Ok(test)) = (training, corpus.first(Split::Test, data.test_size)) else { return };
        let right = (data.test_size != Size::Rows(0)).then(|| test_in_train(&training, &test) as u64);
        if stated != right {
            let text = |count: Option<u64>| count.map(|count| count.to_string()).unwrap_or_default();
            let finding = Finding::at("results.csv", &record.label, "test_in_train").found(text(stated), text(right));
            self.checked.findings.push(finding.from(&data.dataset, OVERLAP));
        }
    }

    /// The data set of a job, where it is on this machine as the lock pins it.
    fn corpus(&mut self, folder: &Folder, settings: &Settings) -> Option<Arc<Corpus>> {
        let read = as_read(&settings.data);
        if let Some(known) = self.sets.iter().find(|set| set.settings == read) {
            return known.corpus.clone();
        }
        let corpus = self.load(folder, settings, &read);
        self.sets.push(DataSet { settings: read, corpus: corpus.clone() });
        corpus
    }

    fn load(&mut self, folder: &Folder, settings: &Settings, read: &spec::Data) -> Option<Arc<Corpus>> {
        let mut skip = |why: String| {
            if !self.checked.not_checked.contains(&why) {
                self.checked.not_checked.push(why);
            }
        };
        let name = settings.data.dataset.to_string();
        let inputs = folder.lock.as_ref().and_then(|lock| hub::data_on_disk(settings, lock, &BUILTINS));
        let Some(inputs) = inputs else {
            skip(format!("{name} is not on this machine"));
            return None;
        };
        if self.hashes.data_files(settings).is_none() {
            skip(format!("{name} is not in the lock"));
            return None;
        }
        let changed = changed(&self.hashes, settings, &inputs, &name);
        self.files += inputs.all().count();
        if !changed.is_empty() {
            self.checked.findings.extend(changed);
            return None;
        }
        match Corpus::load(&inputs, read) {
            Ok(corpus) => Some(Arc::new(corpus)),
            Err(error) => {
                skip(format!("{name} cannot be read: {error}"));
                None
            }
        }
    }

    /// The gold tags of every split that `settings` score, where there are predictions.
    fn check_gold(
        &mut self,
        folder: &Folder,
        settings: &Settings,
        corpus: &Corpus,
        hashes: &InputHashes,
        known: &Labels,
    ) {
        if !folder.layout.predictions_folder().is_dir() {
            return;
        }
        let scored = ScoredSplit::ALL.into_iter().filter(|split| settings.data.size(split.split()) != Size::Rows(0));
        for split in scored {
            let Ok(gold) = GoldTags::new(corpus, settings, hashes, known, split) else { continue };
            let path = gold.path(&folder.layout);
            let file = format!("predictions/{}", path.file_name().unwrap_or_default().to_string_lossy());
            if !self.golds.insert(file.clone()) {
                continue;
            }
            let source = settings.data.dataset.to_string();
            match fs::read(&path) {
                Ok(found) => self.checked.findings.extend(differing(&file, &found, &gold.lines(), &source)),
                Err(_) => {
                    self.checked.findings.push(Finding::at(&file, "", "the file").found("", "there").from(source, GOLD))
                }
            }
        }
    }
}

/// The settings that decide what is read and how, and not how much of it is used.
fn as_read(data: &spec::Data) -> spec::Data {
    data.whole()
}

/// Files that differ from the lock.
fn changed(hashes: &LockedHashes<'_>, settings: &Settings, inputs: &DataInputs, name: &str) -> Vec<Finding> {
    let Some(pinned) = hashes.data_files(settings) else { return Vec::new() };
    let differs = |file: &&hub::InputFile| {
        let pin = RelativeName::parse(&file.name).and_then(|name| pinned.get(&name));
        // a README's prose is no input
        pin.is_some_and(|pin| pin.sha256 != file.sha256) && inputs.readme.as_ref() != Some(*file)
    };
    let finding = |file: &hub::InputFile| {
        let pin = RelativeName::parse(&file.name).and_then(|name| pinned.get(&name));
        let pinned = pin.map(|pin| short(pin.sha256.as_str())).unwrap_or_default();
        Finding::at("lock.toml", &format!("{name}: {}", file.name), "sha256")
            .found(pinned, short(file.sha256.as_str()))
            .from("the file on this machine", CHANGED)
    };
    inputs.all().filter(differs).map(finding).collect()
}

/// The beginning of a hash, which tells two apart.
fn short(hash: &str) -> String {
    hash[..12].to_owned()
}

/// The lines of gold tags that are not those of the data.
fn differing(file: &str, found: &[u8], expected: &[u8], source: &str) -> Vec<Finding> {
    let [found, expected] = [found, expected].map(String::from_utf8_lossy);
    let [mut found, mut expected] = [&found, &expected].map(|text| text.lines());
    let mut findings = Vec::new();
    for line in 1.. {
        let (one, other) = (found.next(), expected.next());
        if one.is_none() && other.is_none() {
            break;
        }
        if one != other {
            findings.push(
                Finding::at(file, &format!("line {line}"), "tags")
                    .found(one.unwrap_or_default(), other.unwrap_or_default())
                    .from(source, GOLD),
            );
        }
    }
    findings
}
