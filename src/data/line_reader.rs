//! Lines of a text that is read as it comes: from a file or a pipe, however long. It must not know what they hold.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read};

use thiserror::Error;

use super::text::{is_utf16, lines};
use super::{Location, TextError, TextFault};

/// Bytes that are read at a time.
const BUFFER: usize = 32 << 10;

/// A line with its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Counted from 1.
    pub number: usize,
    /// Without its end.
    pub text: String,
}

/// Why a line cannot be read.
#[derive(Debug, Error)]
pub enum LineError {
    /// The system's error.
    #[error("{file}: {source}")]
    Read {
        /// The file's name.
        file: String,
        /// What the system says.
        source: io::Error,
    },
    /// Text that is not UTF-8, or has a NUL byte.
    #[error(transparent)]
    Text(#[from] TextError),
}

/// Reads lines; they end as in all text files of data. A byte order mark is skipped.
#[derive(Debug)]
pub struct LineReader<R> {
    file: String,
    source: BufReader<R>,
    /// Lines that were read so far.
    count: usize,
    /// Those read and not yet taken.
    ready: VecDeque<Line>,
}

impl<R: Read> LineReader<R> {
    /// The lines of `source`, which messages call `file`.
    pub fn new(file: &str, source: R) -> Self {
        let source = BufReader::with_capacity(BUFFER, source);
        Self { file: file.to_owned(), source, count: 0, ready: VecDeque::new() }
    }

    /// As messages call it.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Whether the next line is in memory, so that reading it does not wait.
    pub fn has_line(&self) -> bool {
        !self.ready.is_empty() || self.source.buffer().contains(&b'\n')
    }

    /// The next line; none at the end.
    ///
    /// # Errors
    /// Those of the system, text that is not UTF-8, a NUL byte.
    pub fn line(&mut self) -> Result<Option<Line>, LineError> {
        if self.ready.is_empty() {
            self.read()?;
        }
        Ok(self.ready.pop_front())
    }

    /// Reads up to the next line feed: one line, or several that end in a carriage return.
    fn read(&mut self) -> Result<(), LineError> {
        let mut bytes = Vec::new();
        let read = self.source.read_until(b'\n', &mut bytes);
        read.map_err(|source| LineError::Read { file: self.file.clone(), source })?;
        if self.count == 0 && is_utf16(&bytes) {
            return Err(self.fault(&[], TextFault::Utf16));
        }
        if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
            return Err(self.fault(&bytes[..at], TextFault::Nul));
        }
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let sound = error.utf8_error().valid_up_to();
                return Err(self.fault(&error.as_bytes()[..sound], TextFault::NotUtf8));
            }
        };
        let text = if self.count == 0 { text.strip_prefix('\u{feff}').unwrap_or(&text) } else { &text };
        let mut texts: Vec<&str> = lines(text).collect();
        if texts.last() == Some(&"") {
            // behind the last line end is no line
            texts.pop();
        }
        for text in texts {
            self.count += 1;
            self.ready.push_back(Line { number: self.count, text: text.to_owned() });
        }
        Ok(())
    }

    /// A fault behind `sound` bytes.
    fn fault(&self, sound: &[u8], fault: TextFault) -> LineError {
        let line = self.count + lines(&String::from_utf8_lossy(sound)).count();
        TextError { file: self.file.clone(), place: Some(Location::Line(line)), fault }.into()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Vec<String> {
        let mut reader = LineReader::new("a.txt", bytes);
        std::iter::from_fn(|| reader.line().unwrap()).map(|line| format!("{}:{}", line.number, line.text)).collect()
    }

    #[test]
    fn lines_have_numbers_and_no_ends() {
        assert_eq!(all(b""), [""; 0]);
        assert_eq!(all(b"a\nb"), ["1:a", "2:b"]);
        assert_eq!(all("\u{feff}a\r\n\r\nb\r\n".as_bytes()), ["1:a", "2:", "3:b"]);
        assert_eq!(all(b"a\rb\rc"), ["1:a", "2:b", "3:c"]);
        assert_eq!(all(b"\n\n"), ["1:", "2:"]);
    }

    #[test]
    fn a_fault_has_its_line_and_the_lines_before_it_are_read() {
        let told = |bytes: &[u8]| {
            let mut reader = LineReader::new("a.txt", bytes);
            let mut before = 0;
            loop {
                match reader.line() {
                    Ok(_) => before += 1,
                    Err(error) => return format!("{before}: {error}"),
                }
            }
        };
        assert!(told(b"a\nb\nc\xff\n").starts_with("2: a.txt:3: not UTF-8"));
        assert!(told(b"a\nb\0\n").starts_with("1: a.txt:2: the line contains a NUL byte"));
        assert!(told(b"\xff\xfea\0").starts_with("0: a.txt:1: UTF-16"));
    }
}
