//! A problem of an experiment file, its place, and how it is shown. It must not know what makes a file valid.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::Fault;
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, Severity, SourceCode};

/// A text that problems point into: an experiment file, or an argument of the command line.
#[derive(Debug, PartialEq, Eq)]
pub struct SourceText {
    /// The path as the user or the extending file gave it, or the argument's name.
    pub name: String,
    /// All of it.
    pub text: String,
}

/// Some bytes of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The text.
    pub source: Arc<SourceText>,
    /// The bytes.
    pub span: Range<usize>,
}

impl Place {
    /// The line, from 1.
    pub fn line(&self) -> usize {
        let end = self.span.start.min(self.source.text.len());
        1 + self.source.text.as_bytes()[..end].iter().filter(|byte| **byte == b'\n').count()
    }
}

/// The longest line that is shown, in bytes: beyond it nobody finds what is underlined.
const LONGEST_LINE: usize = 400;

impl Place {
    /// Whether all lines that it touches can be shown.
    fn is_in_short_lines(&self) -> bool {
        let text = &self.source.text;
        let start = text[..self.span.start].rfind('\n').map_or(0, |end| end + 1);
        let end = text[self.span.end..].find('\n').map_or(text.len(), |end| self.span.end + end);
        text[start..end].lines().all(|line| line.len() <= LONGEST_LINE)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.source.name, self.line())
    }
}

/// Something and where it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Located<T> {
    /// What was written.
    pub value: T,
    /// Where.
    pub place: Place,
}

/// What is wrong, where, and what to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// What is wrong.
    pub fault: Fault,
    /// Where, with a label on each place, the main one first; none for a file that cannot be read.
    pub labels: Vec<Located<String>>,
    /// What to do.
    pub help: Option<String>,
}

impl Problem {
    /// A problem at a place, with a label for the underlined text.
    pub fn at(fault: Fault, place: &Place, label: impl Into<String>) -> Self {
        Self { fault, labels: vec![Located { value: label.into(), place: place.clone() }], help: None }
    }

    /// A problem without a place.
    pub fn placeless(fault: Fault) -> Self {
        Self { fault, labels: Vec::new(), help: None }
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn also(mut self, place: &Place, label: impl Into<String>) -> Self {
        self.labels.push(Located { value: label.into(), place: place.clone() });
        self
    }

    /// Whether this problem explains why a key is missing: it is misspelled, or its value has a wrong type.
    pub(super) fn explains(&self, missing: &Problem) -> bool {
        let Fault::Missing { key } = &missing.fault else { return false };
        let name = key.rsplit('.').next().unwrap_or(key);
        match &self.fault {
            Fault::WrongType { key: wrong, .. } | Fault::OutOfRange { key: wrong, .. } => wrong == key,
            Fault::UnknownKey { .. } => self.help.as_ref().is_some_and(|help| help.contains(&format!("`{name}`"))),
            Fault::AxisNotList { key: wrong } => wrong == key,
            _ => false,
        }
    }

    /// As miette takes it: with the text of the first label.
    fn diagnostic(&self) -> Shown<'_> {
        let is_readable = self.labels.iter().all(|label| label.place.is_in_short_lines());
        let source = self.labels.first().filter(|_| is_readable).map(|label| {
            NamedSource::new(&label.place.source.name, label.place.source.text.clone()).with_language("toml")
        });
        Shown { problem: self, source }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.labels.first() {
            Some(label) => write!(f, "{}: {}", label.place, self.fault),
            None => write!(f, "{}", self.fault),
        }
    }
}

/// A problem with its text, as miette draws it.
#[derive(Debug)]
struct Shown<'p> {
    problem: &'p Problem,
    source: Option<NamedSource<String>>,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Some(_) => write!(f, "{}", self.problem.fault),
            None => write!(f, "{}", self.problem),
        }
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn severity(&self) -> Option<Severity> {
        Some(Severity::Error)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let home = self.problem.labels.first().map(|label| &label.place.source);
        let mut lines: Vec<String> = self.problem.help.iter().cloned().collect();
        for label in &self.problem.labels {
            let is_drawn = self.source.is_some() && Some(&label.place.source) == home;
            if !is_drawn && !label.value.is_empty() {
                lines.push(format!("{}: {}", label.place, label.value));
            }
        }
        if lines.is_empty() { None } else { Some(Box::new(lines.join("\n"))) }
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let home = &self.problem.labels.first()?.place.source;
        let here = self.problem.labels.iter().filter(move |label| &label.place.source == home);
        Some(Box::new(here.map(|label| {
            let span = label.place.span.clone();
            LabeledSpan::new_with_span((!label.value.is_empty()).then(|| label.value.clone()), span)
        })))
    }
}

/// All problems, in the order of the files and their lines.
#[derive(Debug, Clone, PartialEq)]
pub struct Problems {
    /// At least one.
    pub list: Vec<Problem>,
}

impl Problems {
    /// `value` if the list is empty, else the problems: the first source's first, each source's by position.
    ///
    /// # Errors
    /// The problems, if there is one.
    pub fn none_or<T>(mut list: Vec<Problem>, value: T) -> Result<T, Self> {
        if list.is_empty() {
            return Ok(value);
        }
        let mut sources: Vec<Arc<SourceText>> = Vec::new();
        list.sort_by_cached_key(|problem| {
            let Some(label) = problem.labels.first() else { return (0, 0) };
            let known = sources.iter().position(|source| *source == label.place.source);
            let index = known.unwrap_or_else(|| {
                sources.push(label.place.source.clone());
                sources.len() - 1
            });
            (index, label.place.span.start)
        });
        Err(Self { list })
    }
}

impl Problems {
    /// Shows files by other names, such as shorter paths.
    pub fn rename(&mut self, name: impl Fn(&str) -> String) {
        for problem in &mut self.list {
            for label in &mut problem.labels {
                let source = &label.place.source;
                label.place.source = Arc::new(SourceText { name: name(&source.name), text: source.text.clone() });
            }
            if let Some(path) = problem.fault.path() {
                *path = name(path);
            }
        }
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self { list: vec![problem] }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.list.as_slice() {
            [only] => write!(f, "{only}"),
            list => write!(f, "{} problems, the first: {}", list.len(), list[0]),
        }
    }
}

impl std::error::Error for Problems {}

/// The most problems that are shown in full.
const SHOWN: usize = 10;

/// The problems as text for people: the first ten with their lines of the file, and the count.
///
/// `width`: columns to wrap at.
pub fn render(problems: &Problems, color: bool, width: usize) -> String {
    let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(width).with_links(false);
    let mut out = String::new();
    for problem in problems.list.iter().take(SHOWN) {
        handler.render_report(&mut out, &problem.diagnostic()).expect("writing to a string does not fail");
        out.push('\n');
    }
    let count = problems.list.len();
    if count > SHOWN {
        out += &format!("and {} more\n\n", count - SHOWN);
    }
    let noun = if count == 1 { "problem" } else { "problems" };
    let lines: Vec<&str> = out.lines().map(str::trim_end).collect();
    format!("{}\n{count} {noun}; nothing was started or written\n", lines.join("\n"))
}
