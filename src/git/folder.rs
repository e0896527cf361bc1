//! The files of a folder at a revision, read by one process however many they are.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use super::program::{git, start_error, success};
use super::{Commit, GitError, Repository};

/// A folder, or a file alone, at a revision.
pub struct FolderAt {
    /// What messages call it, `HEAD~1:results/grid`.
    name: String,
    /// Object names by path in the folder; for a file alone its own under the empty path.
    objects: BTreeMap<String, String>,
    /// Started with the first file that is read.
    reader: RefCell<Option<Reader>>,
    repository: Repository,
}

/// `git cat-file --batch`.
struct Reader {
    process: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl FolderAt {
    /// What a commit has at a path of the repository; none if nothing is there.
    ///
    /// # Errors
    /// What git says.
    pub fn open(repository: &Repository, commit: &Commit, path: &str) -> Result<Option<Self>, GitError> {
        let Some((kind, object)) = entry(repository, &commit.hash, path)? else { return Ok(None) };
        let objects = match kind.as_str() {
            "tree" => files_of(repository, &object)?,
            "blob" => [(String::new(), object)].into(),
            _ => return Ok(None),
        };
        let name = format!("{}:{path}", commit.name);
        Ok(Some(Self { name, objects, reader: RefCell::new(None), repository: repository.clone() }))
    }

    /// What messages call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is a file.
    pub fn is_file(&self) -> bool {
        self.objects.contains_key("")
    }

    /// The content of a file by its path in the folder, empty for a file alone; none if there is no such file.
    ///
    /// # Errors
    /// The clone lacks the object; git cannot be run.
    pub fn read(&self, path: &str) -> Result<Option<Vec<u8>>, GitError> {
        let Some(object) = self.objects.get(path) else { return Ok(None) };
        let mut reader = self.reader.borrow_mut();
        let reader = match &mut *reader {
            Some(reader) => reader,
            none => none.insert(Reader::start(&self.repository)?),
        };
        let content = reader.read(object).map_err(GitError::Start)?;
        let missing = || GitError::MissingObject { name: format!("{}/{path}", self.name) };
        content.map(Some).ok_or_else(missing)
    }

    /// The names of the files in a folder of it, sorted.
    pub fn list(&self, folder: &str) -> Vec<String> {
        let beginning = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let names = self.objects.keys().filter_map(|path| path.strip_prefix(&beginning));
        names.filter(|name| !name.contains('/')).map(str::to_owned).collect()
    }
}

impl Reader {
    fn start(repository: &Repository) -> Result<Self, GitError> {
        let mut command = git(&repository.top);
        command.args(["cat-file", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().map_err(start_error)?;
        let requests = process.stdin.take().expect("it was piped");
        let answers = BufReader::new(process.stdout.take().expect("it was piped"));
        Ok(Self { process, requests, answers })
    }

    /// An object's content; none if it is missing.
    fn read(&mut self, object: &str) -> std::io::Result<Option<Vec<u8>>> {
        writeln!(self.requests, "{object}")?;
        self.requests.flush()?;
        let mut header = String::new();
        self.answers.read_line(&mut header)?;
        // "HASH blob SIZE", or "HASH missing"
        let size = header.trim_end().rsplit_once(" blob").or_else(|| header.trim_end().rsplit_once(' '));
        let Some(size) = size.and_then(|(_, size)| size.trim().parse::<u64>().ok()) else { return Ok(None) };
        let mut content = Vec::new();
        self.answers.by_ref().take(size).read_to_end(&mut content)?;
        self.answers.read_exact(&mut [0])?;
        Ok(Some(content))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // it has nothing to finish: nothing was written
        let _ended = self.process.kill().and_then(|()| self.process.wait());
    }
}

/// Kind and object of a path.
fn entry(repository: &Repository, commit: &str, path: &str) -> Result<Option<(String, String)>, GitError> {
    if path.is_empty() {
        return Ok(Some(("tree".to_owned(), commit.to_owned())));
    }
    let answer = success(&repository.top, ["ls-tree", "-z", "--full-tree", commit, "--", path])?;
    Ok(entries(&answer).into_iter().find(|entry| entry.path == path).map(|entry| (entry.kind, entry.object)))
}

/// The files below a tree.
fn files_of(repository: &Repository, tree: &str) -> Result<BTreeMap<String, String>, GitError> {
    let answer = success(&repository.top, ["ls-tree", "-r", "-z", "--full-tree", tree])?;
    let files = entries(&answer).into_iter().filter(|entry| entry.kind == "blob");
    Ok(files.map(|entry| (entry.path, entry.object)).collect())
}

/// A line of `git ls-tree`.
struct Entry {
    kind: String,
    object: String,
    path: String,
}

/// "MODE KIND OBJECT\tPATH", each ended by a null.
fn entries(answer: &[u8]) -> Vec<Entry> {
    let text = String::from_utf8_lossy(answer);
    let parsed = text.split('\0').filter_map(|line| {
        let (head, path) = line.split_once('\t')?;
        let mut words = head.split(' ').skip(1).map(str::to_owned);
        Some(Entry { kind: words.next()?, object: words.next()?, path: path.to_owned() })
    });
    parsed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_a_listing_may_have_spaces_and_line_feeds() {
        let found = entries(b"100644 blob aa\tresults/a b.csv\x00040000 tree bb\tresults/\xc3\xa4\nx\x00");
        let shown: Vec<_> = found.iter().map(|entry| (entry.kind.as_str(), entry.path.as_str())).collect();
        assert_eq!(shown, [("blob", "results/a b.csv"), ("tree", "results/ä\nx")]);
    }
}
