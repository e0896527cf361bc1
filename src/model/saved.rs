//! A trained model on disk: the parameters that were trained, and a description.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::layout::{Layout, Parameter};
use crate::files::{self, FloatBuffer, FloatFile};

/// Version of the format. Models of earlier versions are not reused, and those of later ones not written over.
pub const VERSION: u32 = 2;

const WEIGHTS: &str = "model.safetensors";
const DESCRIPTION: &str = "model.json";

/// The key of the weights' SHA-256 in `model.json`. Models of early versions have none.
const SHA256: &str = "weights_sha256";

/// A model that cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum SavedModelError {
    /// The model cannot be written.
    #[error(
        "cannot save the model {}: {source}; {}",
        path.display(),
        match files::is_full(source) {
            true => {
                "free some space (`runner clean results/*` says what can go), save no models (save.models = \"none\"), or \
                 choose another disk with --out"
            }
            false => "check the folder and its permissions, or save no models (save.models = \"none\")",
        }
    )]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A later version of the program wrote it.
    #[error(
        "the saved model {} has version {found}, this program reads {VERSION}; update runner, or remove its folder to \
         train again",
        path.display()
    )]
    Newer {
        /// `model.json`
        path: PathBuf,
        /// Its version.
        found: u64,
    },
    /// A file is missing, cannot be read, or differs from what was written.
    #[error("the saved model {} is damaged: {what}; retraining", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
}

/// The content of `model.json`, except the weights' SHA-256.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// Version of this format.
    pub version: u32,
    /// The key of the training.
    pub training: String,
    /// The environment of the training: in another one, weights differ by rounding.
    pub environment: String,
    /// `model.checkpoint` of the experiment.
    pub checkpoint: String,
    /// Its revision.
    pub revision: String,
    /// SHA-256 of the checkpoint's files, by role.
    pub inputs: BTreeMap<String, String>,
    /// Whether the frozen part of the encoder is only in the checkpoint.
    pub partial: bool,
    /// The tag of each class.
    pub labels: Vec<String>,
    /// Length of the longest input in tokens.
    pub max_length: usize,
    /// The training's history, as text of the caller.
    pub note: String,
}

/// Writes `parameters` to `model.safetensors` in `folder`, with transformers' names, and `description` with the SHA-256 of
/// that file to `model.json`. An old description is removed first and the new one written last, so a description always
/// fits the weights beside it.
///
/// # Errors
/// [`SavedModelError::Disk`]; no partial file is left under these names.
pub fn save<'a>(
    folder: &Path,
    parameters: impl Iterator<Item = (&'a Parameter, &'a [f32])>,
    description: &Description,
) -> Result<(), SavedModelError> {
    let buffer = |(parameter, values): (&'a Parameter, &'a [f32])| FloatBuffer {
        name: &parameter.name,
        shape: &parameter.shape,
        values,
    };
    let buffers: Vec<_> = parameters.map(buffer).collect();
    let (weights, json) = (folder.join(WEIGHTS), folder.join(DESCRIPTION));
    let failed = |path: &Path, source| SavedModelError::Disk { path: path.to_owned(), source };
    make_room(folder).map_err(|source| failed(folder, source))?;
    files::remove(&json).and_then(|()| files::sync_folder(folder)).map_err(|source| failed(&json, source))?;
    let sha256 = files::replace_with(&weights, |file| files::write_hashed_floats(file, &buffers, None))
        .map_err(|source| failed(&weights, source))?;
    let mut text = serde_json::to_value(description).expect("the description is plain data");
    text[SHA256] = sha256.into();
    let text = serde_json::to_vec_pretty(&text).expect("a value is plain data");
    files::replace(&json, &text).map_err(|source| failed(&json, source))
}

/// Creates the folder; a file in its place is set aside.
fn make_room(folder: &Path) -> io::Result<()> {
    if fs::symlink_metadata(folder).is_ok_and(|there| there.is_file()) {
        files::set_aside(folder)?;
    }
    files::create_folder(folder)
}

/// The tags of the model in `folder`; none if its description cannot be read.
pub fn labels_in(folder: &Path) -> Option<Vec<String>> {
    let json: serde_json::Value = serde_json::from_slice(&fs::read(folder.join(DESCRIPTION)).ok()?).ok()?;
    serde_json::from_value(json.get("labels")?.clone()).ok()
}

/// The SHA-256 of the weights in `folder`, as its description says; none if it cannot be read.
pub fn weights_sha256_in(folder: &Path) -> Option<String> {
    let json: serde_json::Value = serde_json::from_slice(&fs::read(folder.join(DESCRIPTION)).ok()?).ok()?;
    json.get(SHA256)?.as_str().map(str::to_owned)
}

/// A saved model, open for reading.
#[derive(Debug)]
pub struct SavedModel {
    /// Its `model.json`.
    pub description: Description,
    path: PathBuf,
    weights: FloatFile,
}

impl SavedModel {
    /// Opens the model in `folder` and checks its weights' SHA-256, if it has one; none if there is no model, or one of an
    /// earlier version of the format.
    ///
    /// # Errors
    /// [`SavedModelError::Damaged`], [`SavedModelError::Newer`]
    pub fn open(folder: &Path) -> Result<Option<Self>, SavedModelError> {
        let path = folder.join(DESCRIPTION);
        let damaged = |path: &Path, what: String| SavedModelError::Damaged { path: path.to_owned(), what };
        let text = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let is_half = folder.join(WEIGHTS).exists();
                return if is_half { Err(damaged(&path, "the file is missing".to_owned())) } else { Ok(None) };
            }
            read => read.map_err(|error| damaged(&path, error.to_string()))?,
        };
        let mut json: serde_json::Value = serde_json::from_slice(&text).map_err(|e| damaged(&path, e.to_string()))?;
        match json.get("version").and_then(serde_json::Value::as_u64) {
            Some(found) if found > u64::from(VERSION) => return Err(SavedModelError::Newer { path, found }),
            Some(found) if found == u64::from(VERSION) => {}
            _ => return Ok(None),
        }
        let sha256 = json.as_object_mut().and_then(|entries| entries.remove(SHA256));
        let description = serde_json::from_value(json).map_err(|e| damaged(&path, e.to_string()))?;
        let path = folder.join(WEIGHTS);
        let weights = FloatFile::open(&path).map_err(|error| damaged(&path, reason(&error)))?;
        match sha256 {
            None => tracing::debug!(file = %path.display(), "not checked: saved without a SHA-256"),
            Some(sha256) => {
                let found = weights.sha256().map_err(|error| damaged(&path, error.to_string()))?;
                if sha256 != found.as_str() {
                    return Err(damaged(&path, format!("its SHA-256 is {found}, {DESCRIPTION} says {sha256}")));
                }
            }
        }
        Ok(Some(Self { description, path, weights }))
    }

    /// Fills `parameters` of `layout` with the saved ones: those from offset `learning_from` on.
    ///
    /// # Errors
    /// [`SavedModelError::Damaged`]: a tensor that is missing, of another shape or unreadable. Some parameters may be filled.
    pub fn fill(&self, layout: &Layout, learning_from: usize, parameters: &mut [f32]) -> Result<(), SavedModelError> {
        let damaged = |error: io::Error| SavedModelError::Damaged { path: self.path.clone(), what: reason(&error) };
        let mut learned = layout.parameters.iter().filter(|parameter| parameter.span.start >= learning_from);
        let mut fill = |parameter: &Parameter| {
            self.weights.read(&parameter.name, &parameter.shape, &mut parameters[parameter.span.range()])
        };
        learned.try_for_each(&mut fill).map_err(damaged)
    }
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "the file is missing".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::model::builtin;

    fn description() -> Description {
        Description {
            version: VERSION,
            training: "0123456789ab".to_owned(),
            environment: "cpu".to_owned(),
            checkpoint: "builtin:tiny".to_owned(),
            revision: "main".to_owned(),
            inputs: BTreeMap::new(),
            partial: false,
            labels: vec!["O".to_owned()],
            max_length: 64,
            note: "{}".to_owned(),
        }
    }

    /// The model of `builtin:tiny` for so many classes, every value alike.
    fn save_tiny(folder: &Path, classes: usize, value: f32) {
        let layout = tiny(classes);
        let values = vec![value; layout.len];
        let parameters = layout.parameters.iter().map(|one| (one, &values[one.span.range()]));
        save(folder, parameters, &description()).unwrap();
    }

    fn tiny(classes: usize) -> Layout {
        Layout::new(&builtin::config("tiny").unwrap(), classes)
    }

    fn outcome(folder: &Path) -> Result<bool, String> {
        match SavedModel::open(folder) {
            Ok(kept) => Ok(kept.is_some()),
            Err(SavedModelError::Damaged { path, what }) => {
                Err(format!("{}: {what}", path.file_name().unwrap().to_str().unwrap()))
            }
            Err(other) => panic!("{other}"),
        }
    }

    /// Each file's damage, and what is said of it.
    #[test]
    fn whatever_happens_to_its_files_a_model_is_damaged_and_can_be_saved_again() {
        type Damage = fn(&Path) -> io::Result<()>;
        let cut =
            |path: &Path, length| fs::File::options().write(true).open(path).and_then(|file| file.set_len(length));
        let damages: [(&str, Damage); 5] = [
            ("missing", |path| fs::remove_file(path)),
            ("a folder", |path| fs::remove_file(path).and_then(|()| fs::create_dir(path))),
            ("empty", |path| fs::write(path, "")),
            ("of zeros", |path| fs::write(path, vec![0; fs::metadata(path)?.len() as usize])),
            ("a bit changed", |path| {
                let mut bytes = fs::read(path)?;
                *bytes.last_mut().unwrap() ^= 1;
                fs::write(path, bytes)
            }),
        ];
        let folder = tempfile::tempdir().unwrap();
        let model = folder.path().join("models/0123456789ab");
        for (kind, damage) in damages {
            for name in [WEIGHTS, DESCRIPTION] {
                save_tiny(&model, 3, 0.5);
                assert_eq!(outcome(&model), Ok(true));
                damage(&model.join(name)).unwrap();
                let what = outcome(&model).unwrap_err();
                assert!(what.starts_with(name), "{name} {kind}: {what}");
            }
        }
        save_tiny(&model, 3, 0.5);
        let length = fs::metadata(model.join(WEIGHTS)).unwrap().len();
        for length in [1, 7, 8, 100, length / 2, length - 4, length - 1] {
            save_tiny(&model, 3, 0.5);
            cut(&model.join(WEIGHTS), length).unwrap();
            assert!(outcome(&model).unwrap_err().starts_with(WEIGHTS), "{length} bytes");
        }
        fs::remove_dir_all(&model).unwrap();
        fs::write(&model, "a file").unwrap();
        outcome(&model).unwrap_err();
        save_tiny(&model, 3, 0.5);
        assert_eq!(outcome(&model), Ok(true));
    }

    #[test]
    fn weights_of_another_training_are_not_taken_for_those_described() {
        let folder = tempfile::tempdir().unwrap();
        let [ours, other] = ["ours", "other"].map(|name| folder.path().join(name));
        save_tiny(&ours, 3, 0.5);
        save_tiny(&other, 3, 0.25);
        fs::copy(other.join(WEIGHTS), ours.join(WEIGHTS)).unwrap();
        let what = outcome(&ours).unwrap_err();
        assert!(what.starts_with("model.safetensors: its SHA-256 is "), "{what}");
    }

    #[test]
    fn a_model_saved_before_there_were_hashes_still_serves() {
        let folder = tempfile::tempdir().unwrap();
        save_tiny(folder.path(), 3, 0.5);
        let path = folder.path().join(DESCRIPTION);
        let mut json: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert_eq!(json.as_object_mut().unwrap().remove(SHA256).unwrap().as_str().unwrap().len(), 64);
        assert_eq!(json, serde_json::to_value(description()).unwrap(), "nothing else was added");
        fs::write(&path, serde_json::to_vec_pretty(&json).unwrap()).unwrap();
        let kept = SavedModel::open(folder.path()).unwrap().unwrap();
        let layout = tiny(3);
        let mut parameters = vec![0.0; layout.len];
        kept.fill(&layout, 0, &mut parameters).unwrap();
        assert!(layout.parameters.iter().all(|one| parameters[one.span.range()].iter().all(|value| *value == 0.5)));
    }

    #[test]
    fn a_model_of_another_shape_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        save_tiny(folder.path(), 3, 0.5);
        let kept = SavedModel::open(folder.path()).unwrap().unwrap();
        let layout = tiny(4);
        let refused = kept.fill(&layout, 0, &mut vec![0.0; layout.len]).unwrap_err();
        assert!(matches!(refused, SavedModelError::Damaged { .. }), "{refused}");
    }

    /// A crash between the two files leaves no description, so that new weights never stand under an old one.
    #[test]
    fn the_description_goes_before_the_weights_are_replaced() {
        let folder = tempfile::tempdir().unwrap();
        save_tiny(folder.path(), 3, 0.5);
        let layout = tiny(3);
        let values = [0.0; 1];
        // a shape that is not its values': the weights cannot be written
        let parameters = layout.parameters.iter().map(|one| (one, &values[..]));
        save(folder.path(), parameters, &description()).unwrap_err();
        assert_eq!(outcome(folder.path()), Err("model.json: the file is missing".to_owned()));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "the old weights alone");
    }

    #[test]
    fn a_full_disk_is_told_with_what_can_be_done() {
        let errors = [io::ErrorKind::StorageFull, io::ErrorKind::PermissionDenied].map(|kind| {
            SavedModelError::Disk { path: PathBuf::from("m/model.safetensors"), source: kind.into() }.to_string()
        });
        insta::assert_snapshot!(errors.join("\n"), @r#"
        cannot save the model m/model.safetensors: no storage space; free some space (`runner clean results/*` says what can go), save no models (save.models = "none"), or choose another disk with --out
        cannot save the model m/model.safetensors: permission denied; check the folder and its permissions, or save no models (save.models = "none")
        "#);
    }
}
