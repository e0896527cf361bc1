//! A program of Slurm, run to its end or ended after a while, so that a controller that hangs keeps nobody waiting. It must
//! not know what is asked.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::error::SlurmError;

/// How often a program is looked at, at first and at most.
const LOOK: [Duration; 2] = [Duration::from_millis(2), Duration::from_millis(50)];

/// What is waited for of a program's last words once it has ended: a child of it may hold its output open.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// What a program said and how it ended.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) is_well: bool,
    pub(super) out: String,
    pub(super) err: String,
}

/// Runs a program with messages in English, for at most `limit`.
pub(super) fn run<S: AsRef<OsStr>>(
    program: &'static str,
    arguments: &[S],
    limit: Duration,
) -> Result<Said, SlurmError> {
    let mut command = Command::new(program);
    command.args(arguments).env("LC_ALL", "C").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => SlurmError::Missing { program },
        _ => SlurmError::Start { program, source },
    })?;
    let (out, err) = (reader(child.stdout.take()), reader(child.stderr.take()));
    let (started, mut pause) = (Instant::now(), LOOK[0]);
    let ended = loop {
        match child.try_wait() {
            Ok(Some(ended)) => break ended,
            Ok(None) if started.elapsed() >= limit => {
                // it may have ended by itself by now
                let _ = child.kill();
                let _ = child.wait();
                return Err(SlurmError::NoAnswer { program, seconds: limit.as_secs() });
            }
            Ok(None) => thread::sleep(pause),
            Err(source) => return Err(SlurmError::Start { program, source }),
        }
        pause = (pause * 2).min(LOOK[1]);
    };
    let text = |words: &Receiver<String>| words.recv_timeout(LAST_WORDS).unwrap_or_default();
    Ok(Said { is_well: ended.success(), out: text(&out), err: text(&err) })
}

/// Reads a program's output beside it, so that it never waits for a reader.
fn reader(output: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // what was read before an error counts
        let _ = output.map(|mut output| output.read_to_end(&mut bytes));
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}

impl Said {
    /// Its complaint in one line, without the program's name and without control characters.
    pub(super) fn complaint(&self, program: &str) -> String {
        let text = if self.err.trim().is_empty() { &self.out } else { &self.err };
        let lines = text.lines().map(|line| {
            let line = line.trim().trim_start_matches(program).trim_start_matches(':').trim();
            let line = line.strip_prefix("error:").or_else(|| line.strip_prefix("fatal:")).unwrap_or(line).trim();
            line.chars().filter(|letter| !letter.is_control()).collect::<String>()
        });
        let lines: Vec<String> = lines.filter(|line| !line.is_empty()).collect();
        if lines.is_empty() { "it failed without a word".to_owned() } else { lines.join("; ") }
    }
}

#[cfg(all(test, unix))]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_hangs_is_ended_and_one_that_is_missing_is_named() {
        let error = run("sleep", &["60"], Duration::from_millis(50)).unwrap_err();
        assert!(matches!(error, SlurmError::NoAnswer { program: "sleep", .. }), "{error}");
        let error = run("no-such-program-of-slurm", &["x"], Duration::from_secs(9)).unwrap_err();
        assert!(error.to_string().starts_with("there is no program `no-such-program-of-slurm` here;"), "{error}");
    }

    #[test]
    fn a_complaint_is_one_line_in_slurms_words() {
        let said =
            run("sh", &["-c", "echo sh: error: no; printf 'sh: \\033[1mwhy\\n' >&2; echo >&2; exit 1"], LAST_WORDS);
        let said = said.unwrap();
        assert_eq!((said.is_well, said.complaint("sh").as_str()), (false, "[1mwhy"));
    }
}
