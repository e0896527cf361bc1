//! The program `git`: how it is started, and what it answers. It must not know what is asked.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::GitError;

/// Variables that bind git to another repository than that of the folder it works in, as they are set in hooks and
/// aliases, or that change how paths and objects are read.
const BINDING: [&str; 20] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_PREFIX",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NAMESPACE",
    "GIT_SHALLOW_FILE",
    "GIT_GRAFT_FILE",
    "GIT_REPLACE_REF_BASE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_LITERAL_PATHSPECS",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
    "GIT_EXTERNAL_DIFF",
    "GIT_DIFF_OPTS",
];

/// `git` in a folder, with messages in English, paths as they are written, and no write of its own.
pub(super) fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.args(["--no-pager", "--literal-pathspecs", "-c", "core.fsmonitor=false", "-C"]).arg(folder);
    for name in BINDING {
        command.env_remove(name);
    }
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GIT_TRACE")) {
        command.env_remove(name);
    }
    command.env("LC_ALL", "C").env("LANGUAGE", "").env("GIT_OPTIONAL_LOCKS", "0").env("GIT_TERMINAL_PROMPT", "0");
    command.stdin(Stdio::null());
    command
}

/// Runs git to its end.
pub(super) fn output<S: AsRef<OsStr>>(
    folder: &Path,
    arguments: impl IntoIterator<Item = S>,
) -> Result<Output, GitError> {
    git(folder).args(arguments).output().map_err(start_error)
}

/// What git answers; none if it refuses, as it does for what is not there.
pub(super) fn answer<S: AsRef<OsStr>>(
    folder: &Path,
    arguments: impl IntoIterator<Item = S>,
) -> Result<Option<Vec<u8>>, GitError> {
    let output = output(folder, arguments)?;
    Ok(output.status.success().then_some(output.stdout))
}

/// What git answers.
pub(super) fn success<S: AsRef<OsStr>>(
    folder: &Path,
    arguments: impl IntoIterator<Item = S>,
) -> Result<Vec<u8>, GitError> {
    let output = output(folder, arguments)?;
    if output.status.success() { Ok(output.stdout) } else { Err(failed(&output.stderr)) }
}

/// What git says of a failure.
pub(super) fn failed(stderr: &[u8]) -> GitError {
    let text = String::from_utf8_lossy(stderr);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("nothing");
    let said = line.trim_start_matches("fatal: ").trim_start_matches("error: ").to_owned();
    GitError::Failed { said }
}

/// Why git does not start.
pub(super) fn start_error(error: io::Error) -> GitError {
    if error.kind() == io::ErrorKind::NotFound { GitError::NotInstalled } else { GitError::Start(error) }
}

/// The text of an answer of one line.
pub(super) fn line(answer: &[u8]) -> String {
    String::from_utf8_lossy(answer).trim_end_matches(['\n', '\r']).to_owned()
}
