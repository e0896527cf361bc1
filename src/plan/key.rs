//! Keys: the permanent names of a job's result, a training, an evaluation. They do not depend on names, paths, titles,
//! threads or devices.

use std::collections::BTreeMap;
use std::fmt;

use crate::hash::{InputHashes, Sha256};
use crate::spec::{Decoding, InJobKey, KeyPath, Settings, Size, Value};

/// The version of what a key hashes. It is raised when the same settings give other numbers: then every job runs again.
pub const FORMAT: u32 = 1;

/// The first 12 hexadecimal digits of the SHA-256 of `canonical`.
fn digits(canonical: String) -> String {
    Sha256::of(canonical).as_str()[..12].to_owned()
}

/// Key types that cannot be mixed up, each of 12 lower-case hexadecimal digits.
macro_rules! key_types {
    ($($(#[$doc:meta])* $name:ident),+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// 12 lower-case hexadecimal digits.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

key_types! {
    /// Names a job's result: the hash of everything that affects it.
    JobKey,
    /// Names a training, whatever it is scored on. Jobs that share it end in the same weights if their data have the same
    /// tags, which may depend on the splits that are read.
    TrainingKey,
    /// Names the result of a job's trained model on an evaluation set.
    EvaluationKey,
    /// Names the result of a job that is scored before it ends.
    RungKey,
    /// Names the steps that trainings of different lengths have in common: those of the shorter.
    BeginningKey
}

impl JobKey {
    /// The key of a job over its input files.
    pub fn of(settings: &Settings, inputs: &InputHashes) -> Self {
        Self(digits(canonical(settings, inputs)))
    }
}

impl TrainingKey {
    /// The key of a job's training. Validation rows affect it if they are scored during training, test rows if overlapping
    /// sentences are left out of the training set.
    pub fn of(settings: &Settings, inputs: &InputHashes) -> Self {
        let (mut training, mut hashes) = (settings.clone(), inputs.clone());
        training.data.test_size = Size::Rows(0);
        // a training that is scored on its way may stop or keep weights by those scores
        if settings.train.evaluate_every.is_none() {
            training.model.decoding = Decoding::Argmax;
        }
        let mut unused = Vec::new();
        if !settings.data.drop_test_overlap {
            unused.push("test");
        }
        if settings.train.evaluate_every.is_none() {
            training.data.validation_size = Some(Size::Rows(0));
            unused.push("validation");
        }
        hashes.data.retain(|role, _| !role.split('/').next().is_some_and(|split| unused.contains(&split)));
        Self(digits(canonical(&training, &hashes)))
    }
}

impl EvaluationKey {
    /// The key of the result of a job's model on an evaluation set.
    ///
    /// `job`: the job's own key. The key of its training is not enough: the tags of the model may depend on the splits
    /// that the job reads. `set`: from [`Settings::evaluated_on`]; `inputs`: the hashes of the files that it reads.
    pub fn of(job: &JobKey, set: &Settings, inputs: &InputHashes) -> Self {
        let settings = hashed_settings(set).into_iter().filter(|(key, _)| key.table() == "data");
        let parts = [
            ("evaluates", format!("\"{job}\"")),
            ("format", FORMAT.to_string()),
            ("inputs", object([("data", hashes(&inputs.data))].into_iter())),
            ("settings", object(settings.map(|(key, json)| (key.as_str(), json)))),
        ];
        Self(digits(object(parts.into_iter())))
    }
}

impl BeginningKey {
    /// The key of a training whatever its length; none where its steps depend on how many follow.
    pub fn of(settings: &Settings, inputs: &InputHashes) -> Option<Self> {
        let mut endless = settings.clone();
        (endless.train.epochs, endless.train.max_steps) = (1.0, None);
        settings.train.is_endless().then(|| Self(TrainingKey::of(&endless, inputs).0))
    }
}

impl RungKey {
    /// The key of the result of a job after so many of its steps. `job`: its own key, which has its total of steps, too.
    pub fn of(job: &JobKey, steps: u64) -> Self {
        let parts = [("format", FORMAT.to_string()), ("job", format!("\"{job}\"")), ("steps", steps.to_string())];
        Self(digits(object(parts.into_iter())))
    }
}

/// The key of the result of a job's part.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResultKey {
    /// The job's row.
    Job(JobKey),
    /// Its model on an evaluation set.
    Evaluation(EvaluationKey),
    /// The job after some of its steps.
    Rung(RungKey),
}

impl ResultKey {
    /// 12 lower-case hexadecimal digits.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Job(key) => key.as_str(),
            Self::Evaluation(key) => key.as_str(),
            Self::Rung(key) => key.as_str(),
        }
    }
}

impl fmt::Display for ResultKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is hashed: JSON with sorted keys, shortest numbers and no white space.
fn canonical(settings: &Settings, inputs: &InputHashes) -> String {
    let settings = object(hashed_settings(settings).into_iter().map(|(key, json)| (key.as_str(), json)));
    let inputs = object([("data", hashes(&inputs.data)), ("model", hashes(&inputs.model))].into_iter());
    object([("format", FORMAT.to_string()), ("inputs", inputs), ("settings", settings)].into_iter())
}

/// The settings that enter a key by their values, sorted, as JSON. Unset keys are left out, so that a key of a later
/// release leaves the jobs that do not use it as they are.
fn hashed_settings(settings: &Settings) -> Vec<(KeyPath, String)> {
    let is_hashed = |key: KeyPath, value: &Value| match key.known().in_job_key() {
        InJobKey::Always => true,
        InJobKey::UnlessDefault => key.default().as_ref() != Some(value),
        InJobKey::AsHashes | InJobKey::Never => false,
    };
    let entries = settings.entries().filter(|(key, value)| is_hashed(*key, value));
    let mut keys: Vec<(KeyPath, String)> = entries.map(|(key, value)| (key, value.to_json())).collect();
    keys.sort_by_key(|(key, _)| key.as_str());
    keys
}

/// Roles with their files' hashes.
fn hashes(files: &BTreeMap<String, Sha256>) -> String {
    object(files.iter().map(|(role, hash)| (role.as_str(), format!("\"{hash}\""))))
}

/// A JSON object of entries in sorted order.
fn object<'k>(entries: impl Iterator<Item = (&'k str, String)>) -> String {
    let entries: Vec<String> = entries.map(|(key, json)| format!("{}:{json}", serde_json::Value::from(key))).collect();
    format!("{{{}}}", entries.join(","))
}
