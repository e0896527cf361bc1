//! A git repository in a test's folder.

use std::process::Command;

use crate::workshop::Workshop;

pub(super) struct Repository {
    pub(super) workshop: Workshop,
}

impl Repository {
    pub(super) fn new(workshop: Workshop) -> Self {
        let repository = Self { workshop };
        repository.git(&["init", "--quiet", "--initial-branch=main", "."]);
        repository
    }

    pub(super) fn git(&self, arguments: &[&str]) {
        let mut command = Command::new("git");
        command.arg("-C").arg(self.workshop.path("")).args(["-c", "user.name=Ana", "-c", "user.email=ana@example.org"]);
        command.args(["-c", "commit.gpgsign=false", "-c", "protocol.file.allow=always"]);
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
            command.env_remove(name);
        }
        // of one second, however long the test takes: branches and tags are listed by date, then by name
        command.envs([("GIT_AUTHOR_DATE", "1700000000 +0000"), ("GIT_COMMITTER_DATE", "1700000000 +0000")]);
        let output = command.args(arguments).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    pub(super) fn commit(&self, message: &str) {
        self.git(&["add", "--all", "."]);
        self.git(&["commit", "--quiet", "--message", message]);
    }
}
