//! Inputs on the node's own disk: workers read them there instead of over the network. Every copy is checked against the
//! hash that the lock pins; the workers of a node share it, and the last one removes it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::Digest as _;

use super::network::Mounts;
use crate::files;
use crate::hash::Sha256;
use crate::hub::{DataInputs, InputFile, ModelInputs};
use crate::ledger::{Inputs, JobInputs};
use crate::machine::memory;

/// A memory file system takes inputs only where so many times their size is free.
const AMPLE: u64 = 8;

/// Bytes that stay free beside copies on a disk.
const SPARE: u64 = 1 << 30;

/// Locked while somebody copies or removes.
const COPYING: &str = "copying";

/// Locked, by all at once, while workers use the copies.
const IN_USE: &str = "in-use";

/// An input that cannot be copied.
#[derive(Debug, thiserror::Error)]
pub enum NodeCopyError {
    /// It is not what the lock pins.
    #[error("{} is not what lock.toml pins: it changed since the experiment was submitted; submit it again", .0.display())]
    Changed(PathBuf),
    /// It cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The input.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

/// The copies that this process uses, until it is dropped.
#[derive(Debug)]
pub struct NodeCopies {
    folder: PathBuf,
    in_use: Option<File>,
}

/// Inputs as they are used on this node.
#[derive(Debug)]
pub struct OnNode {
    /// The same inputs; those that lay behind a network have other paths.
    pub inputs: Inputs,
    /// What holds the copies; none if there are none.
    pub copies: Option<NodeCopies>,
    /// Why there are none where there should be.
    pub notice: Option<String>,
}

/// Copies the inputs that lie behind a network to this node: below SLURM_TMPDIR or TMPDIR, or into /dev/shm where memory is
/// ample. Where that cannot be, they are used where they are.
///
/// # Errors
/// An input that cannot be read, or is not the pinned one.
pub fn on_this_node(inputs: Inputs) -> Result<OnNode, NodeCopyError> {
    let mounts = Mounts::of_this_process();
    let is_on_network = |path: &Path| mounts.is_on_network(path);
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_dir());
    let disk = ["SLURM_TMPDIR", "TMPDIR"].into_iter().find_map(variable).filter(|path| !is_on_network(path));
    copied(inputs, &is_on_network, disk.as_deref(), Some(Path::new("/dev/shm")))
}

/// [`on_this_node`] below `disk`, else in `memory`.
fn copied(
    inputs: Inputs,
    is_on_network: &dyn Fn(&Path) -> bool,
    disk: Option<&Path>,
    memory: Option<&Path>,
) -> Result<OnNode, NodeCopyError> {
    let files: BTreeMap<PathBuf, InputFile> = inputs
        .values()
        .flat_map(JobInputs::files)
        .filter(|file| is_on_network(&file.path))
        .map(|file| (target(file, Path::new("")), file.clone()))
        .collect();
    if files.is_empty() {
        return Ok(OnNode { inputs, copies: None, notice: None });
    }
    let in_place = |inputs, why: String| {
        let notice = Some(format!("inputs are read over the network: {why}"));
        Ok(OnNode { inputs, copies: None, notice })
    };
    let bytes: u64 = files.values().map(|file| file.size).sum();
    let above = match place(bytes, disk, memory) {
        Ok(above) => above,
        Err(why) => return in_place(inputs, why),
    };
    let folder = match uid().map(|uid| above.join(format!("runner-inputs-{uid}"))) {
        Ok(folder) => folder,
        Err(error) => return in_place(inputs, error.to_string()),
    };
    let wanted: BTreeSet<&str> = files.values().map(|file| file.sha256.as_str()).collect();
    let (copying, copies) = match NodeCopies::join(&folder, &wanted) {
        Ok(joined) => joined,
        Err(error) => return in_place(inputs, format!("{}: {error}", folder.display())),
    };
    let done = files.values().try_for_each(|file| copy(file, &folder));
    // before `copies`, which waits for it in order to remove what is there
    drop(copying);
    match done {
        Ok(()) => {}
        Err(CopyError::Input(error)) => return Err(error),
        Err(CopyError::Node(error)) => return in_place(inputs, format!("{}: {error}", folder.display())),
    }
    let inputs = moved(inputs, &|file| files.contains_key(&target(file, Path::new(""))), &folder);
    Ok(OnNode { inputs, copies: Some(copies), notice: None })
}

/// Where so many bytes go, or why nowhere.
fn place(bytes: u64, disk: Option<&Path>, shm: Option<&Path>) -> Result<PathBuf, String> {
    let gigabytes = |bytes: u64| bytes as f64 / 1e9;
    if let Some(disk) = disk {
        return match fs4::available_space(disk) {
            Ok(free) if free >= bytes.saturating_add(SPARE) => Ok(disk.to_owned()),
            Ok(free) => Err(format!(
                "{} has {:.1} GB free, and they take {:.1} GB",
                disk.display(),
                gigabytes(free),
                gigabytes(bytes)
            )),
            Err(error) => Err(format!("{}: {error}", disk.display())),
        };
    }
    let shm = shm.filter(|shm| fs4::available_space(shm).is_ok_and(|free| free >= bytes.saturating_mul(2)));
    match shm.filter(|_| memory::available().is_some_and(|free| free >= bytes.saturating_mul(AMPLE))) {
        Some(shm) => Ok(shm.to_owned()),
        None => Err(format!(
            "neither SLURM_TMPDIR nor TMPDIR names a folder of this node, and memory is not ample for {:.1} GB",
            gigabytes(bytes)
        )),
    }
}

/// The user of this process.
fn uid() -> io::Result<u32> {
    fs::metadata("/proc/self").map(|process| process.uid())
}

impl NodeCopies {
    /// Joins those who use a folder. Nobody else copies or removes while the first of what is returned is held. Where nobody
    /// used it, what dead workers left is removed, but for complete copies of what is `wanted`.
    fn join(folder: &Path, wanted: &BTreeSet<&str>) -> io::Result<(File, Self)> {
        let copying = Self::alone(folder)?;
        let in_use = open(&folder.join(IN_USE))?;
        if in_use.try_lock().is_ok() {
            for entry in fs::read_dir(folder)?.flatten() {
                let name = entry.file_name();
                let is_wanted = name.to_str().is_some_and(|name| wanted.contains(name));
                if entry.path().is_dir() && !is_wanted {
                    fs::remove_dir_all(entry.path())?;
                } else if entry.path().is_dir() {
                    files::remove_leftovers(&entry.path(), files::is_leftover);
                }
            }
            in_use.unlock()?;
        }
        in_use.lock_shared()?;
        Ok((copying, Self { folder: folder.to_owned(), in_use: Some(in_use) }))
    }

    /// Waits until nobody else copies or removes in a folder of this user, which is made.
    fn alone(folder: &Path) -> io::Result<File> {
        loop {
            match DirBuilder::new().mode(0o700).create(folder) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
            let there = fs::symlink_metadata(folder)?;
            if !there.is_dir() || there.uid() != uid()? {
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it belongs to another user"));
            }
            let path = folder.join(COPYING);
            let file = match open(&path) {
                // the last worker removed the folder in between
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                opened => opened?,
            };
            file.lock()?;
            // it may have been removed while this waited
            if fs::metadata(&path).is_ok_and(|now| file.metadata().is_ok_and(|ours| ours.ino() == now.ino())) {
                return Ok(file);
            }
        }
    }
}

impl Drop for NodeCopies {
    fn drop(&mut self) {
        let Ok(_copying) = Self::alone(&self.folder) else { return };
        let Some(in_use) = self.in_use.take() else { return };
        // what cannot be removed is removed by the next worker
        let _ = in_use.unlock();
        if in_use.try_lock().is_ok() {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    File::options().create(true).truncate(false).read(true).write(true).open(path)
}

/// Which end of a copy failed.
enum CopyError {
    Input(NodeCopyError),
    Node(io::Error),
}

/// Where the copy of a file is: in a folder named by its hash, under its own name, which says its format.
fn target(file: &InputFile, folder: &Path) -> PathBuf {
    let name = file.path.file_name().unwrap_or(file.sha256.as_str().as_ref());
    folder.join(file.sha256.as_str()).join(name)
}

/// Copies a file unless its copy is there. What is there under its name is whole: it was checked before it got the name.
fn copy(file: &InputFile, folder: &Path) -> Result<(), CopyError> {
    let target = target(file, folder);
    if fs::metadata(&target).is_ok_and(|there| there.len() == file.size) {
        return Ok(());
    }
    let read = |source| CopyError::Input(NodeCopyError::Read { path: file.path.clone(), source });
    let mut from = File::open(&file.path).map_err(read)?;
    let above = folder.join(file.sha256.as_str());
    fs::create_dir_all(&above).map_err(CopyError::Node)?;
    let beside = files::beside(&target);
    let copied = File::create(&beside).map_err(CopyError::Node).and_then(|mut to| {
        let hash = pour(&mut from, &mut to, &read)?;
        match hash == file.sha256 {
            // later workers trust its name
            true => to.sync_all().and_then(|()| fs::rename(&beside, &target)).map_err(CopyError::Node),
            false => Err(CopyError::Input(NodeCopyError::Changed(file.path.clone()))),
        }
    });
    if copied.is_err() {
        // the first error is reported
        let _ = fs::remove_file(&beside);
    }
    copied
}

/// Copies all bytes, and returns their hash.
fn pour(from: &mut File, to: &mut File, read_error: &dyn Fn(io::Error) -> CopyError) -> Result<Sha256, CopyError> {
    let mut hasher = sha2::Sha256::new();
    let mut buffer = vec![0; 4 << 20];
    loop {
        let read = match from.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read.map_err(read_error)?,
        };
        if read == 0 {
            return Ok(Sha256::from_digest(&hasher.finalize().into()));
        }
        hasher.update(&buffer[..read]);
        to.write_all(&buffer[..read]).map_err(CopyError::Node)?;
    }
}

/// The inputs with the paths of their copies. Jobs that share files still do.
fn moved(inputs: Inputs, is_copied: &dyn Fn(&InputFile) -> bool, folder: &Path) -> Inputs {
    let one = |file: &InputFile| match is_copied(file) {
        true => InputFile { path: target(file, folder), ..file.clone() },
        false => file.clone(),
    };
    let all = |files: &[InputFile]| files.iter().map(one).collect::<Vec<_>>();
    let mut data: BTreeMap<*const DataInputs, Arc<DataInputs>> = BTreeMap::new();
    let mut models: BTreeMap<*const ModelInputs, Arc<ModelInputs>> = BTreeMap::new();
    let mut of_job = |inputs: &JobInputs| {
        let new_data = data.entry(Arc::as_ptr(&inputs.data)).or_insert_with(|| {
            let DataInputs { train, validation, test, readme, labels, languages } = &*inputs.data;
            let [train, validation, test] = [train, validation, test].map(|files| all(files));
            Arc::new(DataInputs {
                train,
                validation,
                test,
                readme: readme.as_ref().map(one),
                labels: labels.as_ref().map(one),
                languages: languages.clone(),
            })
        });
        let new_model = models.entry(Arc::as_ptr(&inputs.model)).or_insert_with(|| {
            let ModelInputs { config, weights, tokenizer } = &*inputs.model;
            Arc::new(ModelInputs { config: one(config), weights: all(weights), tokenizer: all(tokenizer) })
        });
        JobInputs { data: new_data.clone(), model: new_model.clone(), hashes: inputs.hashes.clone() }
    };
    inputs.iter().map(|(id, inputs)| (*id, of_job(inputs))).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::ledger::{Id, Part};

    /// Two jobs that read files of a folder, one content under two names.
    fn inputs(folder: &Path) -> Inputs {
        let file = |name: &str, content: &str| {
            fs::write(folder.join(name), content).unwrap();
            let size = content.len() as u64;
            InputFile { name: name.to_owned(), path: folder.join(name), sha256: Sha256::of(content), size }
        };
        let data = DataInputs {
            train: vec![file("train.conll", "same")],
            test: vec![file("test.conll", "same")],
            ..DataInputs::default()
        };
        let (config, weights) = (file("config.json", "{}"), vec![file("model.safetensors", "numbers")]);
        let model = ModelInputs { config, weights, tokenizer: Vec::new() };
        let job = JobInputs { data: Arc::new(data), model: Arc::new(model), hashes: Default::default() };
        [0, 1].map(|job| Id { job, part: Part::Whole }).into_iter().map(|id| (id, job.clone())).collect()
    }

    fn paths(inputs: &Inputs) -> Vec<PathBuf> {
        inputs.values().flat_map(JobInputs::files).map(|file| file.path.clone()).collect()
    }

    #[test]
    fn workers_of_a_node_share_checked_copies_and_the_last_one_removes_them() {
        let (source, disk) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let copy =
            || copied(inputs(source.path()), &|path| path.starts_with(source.path()), Some(disk.path()), None).unwrap();
        let one = copy();
        let there = paths(&one.inputs);
        assert!(there.iter().all(|path| path.starts_with(disk.path())) && one.notice.is_none());
        assert!(there.iter().any(|path| path.ends_with("test.conll")));
        assert!(
            one.inputs
                .values()
                .flat_map(JobInputs::files)
                .all(|file| Sha256::of(fs::read(&file.path).unwrap()) == file.sha256)
        );
        let [first, second] = [0, 1].map(|job| one.inputs[&Id { job, part: Part::Whole }].model.clone());
        assert!(Arc::ptr_eq(&first, &second), "jobs that share a model still do");
        let other = copy();
        drop(one);
        assert!(paths(&other.inputs).iter().all(|path| path.is_file()));
        drop(other);
        assert_eq!(fs::read_dir(disk.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_dead_workers_left_is_removed_and_whole_copies_are_used() {
        let (source, disk) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let copy = || copied(inputs(source.path()), &|_| true, Some(disk.path()), None).unwrap();
        let mut dead = copy();
        // as a kill leaves it: the system takes the lock back, and the files stay
        let mut killed = dead.copies.take().unwrap();
        let folder = killed.folder.clone();
        drop(killed.in_use.take());
        std::mem::forget(killed);
        fs::create_dir(folder.join("0".repeat(64))).unwrap();
        let kept = paths(&dead.inputs)[0].clone();
        let before = fs::metadata(&kept).unwrap().modified().unwrap();
        fs::write(kept.with_file_name(".train.conll.1-2.part"), "sa").unwrap();
        let one = copy();
        assert!(!folder.join("0".repeat(64)).exists() && !kept.with_file_name(".train.conll.1-2.part").exists());
        assert_eq!(fs::metadata(&kept).unwrap().modified().unwrap(), before);
        drop(one);
        assert!(!folder.exists());
    }

    #[test]
    fn an_input_that_changed_is_an_error_and_a_full_disk_is_none() {
        let (source, disk) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let jobs = inputs(source.path());
        fs::write(source.path().join("config.json"), "[]").unwrap();
        let error = copied(jobs.clone(), &|_| true, Some(disk.path()), None).unwrap_err().to_string();
        assert!(
            error.ends_with(
                "config.json is not what lock.toml pins: it changed since the experiment was submitted; submit it again"
            ),
            "{error}"
        );
        assert_eq!(fs::read_dir(disk.path()).unwrap().count(), 0);
        let nowhere = copied(jobs.clone(), &|_| true, None, None).unwrap();
        assert_eq!(paths(&nowhere.inputs), paths(&jobs));
        assert!(
            nowhere.notice.unwrap().starts_with("inputs are read over the network: neither SLURM_TMPDIR nor TMPDIR")
        );
        let local = copied(jobs.clone(), &|_| false, Some(disk.path()), None).unwrap();
        assert!(local.copies.is_none() && local.notice.is_none());
    }
}
