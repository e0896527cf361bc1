//! The folder of a submission, written whole: what is edited, upgraded or fetched later changes nothing of what was submitted.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::error::ClusterError;
use super::submission::Submission;
use crate::experiment::{Selected, known_ledger, load};
use crate::files::{self, TemporaryFolder};
use crate::hash::Sha256;
use crate::hub::{Lock, hash_file};
use crate::ledger::{Id, Ledger, Part};
use crate::plan::Plan;
use crate::results::{Known, Layout};
use crate::spec::Overrides;

/// Folders in that of a submission: what workers say, how often they started again, jobs that they submitted themselves.
const FOLDERS: [&str; 3] = ["logs", "restarts", "resubmitted"];

/// What is frozen.
pub(super) struct Frozen<'a> {
    pub(super) plan: &'a Plan,
    pub(super) ledger: &'a Ledger,
    pub(super) known: &'a Known,
    /// The pins of all inputs.
    pub(super) pins: &'a Lock,
    pub(super) submission: &'a Submission,
    /// The batch script.
    pub(super) script: &'a str,
}

impl Frozen<'_> {
    /// Writes the folder beside its place and renames it: nobody sees a part of it.
    ///
    /// # Errors
    /// An input that changed meanwhile; what the system says.
    pub(super) fn write(&self, layout: &Layout) -> Result<(), ClusterError> {
        let place = self.submission.folder(layout);
        let above = layout.submissions_folder();
        files::create_folder(&above).map_err(ClusterError::file(&above))?;
        let beside = TemporaryFolder::beside(&place).map_err(ClusterError::file(&above))?;
        let folder = beside.path();
        for name in FOLDERS {
            fs::create_dir(folder.join(name)).map_err(ClusterError::file(folder.join(name)))?;
        }
        write(&folder.join("experiment.toml"), self.plan.experiment.resolved_toml(folder))?;
        write(&folder.join("lock.toml"), self.lock(layout, folder)?.to_toml())?;
        write(&folder.join("jobs.csv"), self.jobs())?;
        write(&folder.join("job.sh"), self.script)?;
        self.submission.write(folder)?;
        let program = folder.join("runner");
        let (hash, _) = copy_program(&program).map_err(ClusterError::file(&program))?;
        if hash.as_str() != self.submission.program.sha256 {
            return Err(ClusterError::Changed { what: "the program".to_owned() });
        }
        executable(&folder.join("job.sh"))?;
        executable(&program)?;
        files::sync_folder(folder).map_err(ClusterError::file(folder))?;
        files::rename(folder, &place).map_err(ClusterError::file(&place))?;
        files::sync_folder(&above).map_err(ClusterError::file(&above))
    }

    /// The pins of the experiment as it lies in the folder, where folders of data have other names than in the user's file.
    fn lock(&self, layout: &Layout, folder: &Path) -> Result<Lock, ClusterError> {
        let Selected { plan, .. } = load(&folder.join("experiment.toml"), &Overrides::default(), None, layout.out())?;
        let (frozen, _, local) = known_ledger(&plan, self.pins, self.known, None);
        for job in &self.plan.jobs {
            let same = |id: Id| frozen.training_of(id) == self.ledger.training_of(id);
            let is_there = plan.jobs.get(job.index).is_some_and(|other| other.label == job.label);
            if !is_there || !same(Id { job: job.index, part: Part::Whole }) {
                return Err(ClusterError::Changed { what: job.label.clone() });
            }
        }
        let mut pins = self.pins.clone();
        pins.inputs.extend(local.inputs);
        Ok(pins.only(frozen.all_settings()))
    }

    /// `jobs.csv`: the jobs in order, with the keys of their rows and trainings.
    fn jobs(&self) -> Vec<u8> {
        let mut table = csv::Writer::from_writer(Vec::new());
        let mut write = |row: [&str; 3]| table.write_record(row).expect("a Vec takes every row");
        write(["job", "key", "training"]);
        for job in &self.plan.jobs {
            let id = Id { job: job.index, part: Part::Whole };
            let key = self.ledger.key_of(id).map_or("", |key| key.as_str());
            let training = self.ledger.training_of(id).map_or("", |key| key.as_str());
            write([&job.label, key, training]);
        }
        table.into_inner().expect("a Vec takes every row")
    }
}

fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<(), ClusterError> {
    files::replace(path, content.as_ref()).map_err(ClusterError::file(path))
}

/// This program, even if another one has its path by now.
fn this_program() -> io::Result<PathBuf> {
    let running = Path::new("/proc/self/exe");
    if running.exists() { Ok(running.to_owned()) } else { std::env::current_exe() }
}

/// The SHA-256 of this program.
///
/// # Errors
/// It cannot be read.
pub(super) fn program_hash() -> Result<Sha256, ClusterError> {
    let program = this_program().map_err(ClusterError::file("runner"))?;
    hash_file(&program).map(|(hash, _)| hash).map_err(ClusterError::file(program))
}

fn copy_program(path: &Path) -> io::Result<(Sha256, u64)> {
    fs::copy(this_program()?, path)?;
    File::open(path)?.sync_all()?;
    hash_file(path)
}

#[cfg(unix)]
fn executable(path: &Path) -> Result<(), ClusterError> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).map_err(ClusterError::file(path))
}

#[cfg(not(unix))]
fn executable(_: &Path) -> Result<(), ClusterError> {
    Ok(())
}
