//! `--only`: some jobs of a plan, in the plan's order.

use std::sync::Arc;

use super::job::{Job, Plan};
use super::label::names;
use crate::spec::{Fault, KeyPath, Place, Problem, Problems, SourceText, nearest};

/// A selection: `freeze=true,train_size=1000`. A key that is given twice matches either value. `base` is the job without
/// axes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Only {
    source: Arc<SourceText>,
}

impl Only {
    /// The text of `--only`.
    pub fn new(text: &str) -> Self {
        Self { source: Arc::new(SourceText { name: "--only".to_owned(), text: text.to_owned() }) }
    }

    fn place(&self, start: usize, length: usize) -> Place {
        Place { source: self.source.clone(), span: start..start + length }
    }

    /// The parts between commas with their first bytes; a comma within brackets is part of a list or table.
    pub fn parts(&self) -> Vec<(usize, &str)> {
        let text = &self.source.text;
        let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_i32);
        for (index, c) in text.char_indices() {
            match c {
                '[' | '{' => depth += 1,
                ']' | '}' => depth -= 1,
                ',' if depth == 0 => {
                    parts.push((start, &text[start..index]));
                    start = index + 1;
                }
                _ => {}
            }
        }
        parts.push((start, &text[start..]));
        parts
    }
}

impl Plan {
    /// The positions of the selected jobs, in the plan's order.
    ///
    /// # Errors
    /// Keys that do not vary, values that no job has, and a combination that no job has.
    pub fn select(&self, only: &Only) -> Result<Vec<usize>, Problems> {
        if let Some(job) = self.jobs.iter().find(|job| job.label == only.source.text.trim()) {
            return Ok(vec![job.index]);
        }
        let mut problems = Vec::new();
        let mut wanted: Vec<(KeyPath, Vec<String>)> = Vec::new();
        for (start, part) in only.parts() {
            match self.term(only, start, part) {
                Ok((key, value)) => match wanted.iter_mut().find(|(known, _)| *known == key) {
                    Some((_, values)) => values.push(value),
                    None => wanted.push((key, vec![value])),
                },
                Err(problem) => problems.push(problem),
            }
        }
        let chosen = |job: &&Job| wanted.iter().all(|(key, values)| has(job, *key, values));
        let indices: Vec<usize> = self.jobs.iter().filter(chosen).map(|job| job.index).collect();
        if indices.is_empty() && problems.is_empty() {
            let text = &only.source.text;
            let fault = Fault::NothingSelected { selector: text.clone() };
            let problem = Problem::at(fault, &only.place(0, text.len()), "no job has all of these");
            problems.push(problem.help(format!("the jobs are\n{}", self.some_labels())));
        }
        Problems::none_or(problems, indices)
    }

    /// One term of a selection: a key that varies and a value that some job has.
    fn term(&self, only: &Only, start: usize, part: &str) -> Result<(KeyPath, String), Problem> {
        let names = names(&self.varied);
        let known: Vec<&str> = names.iter().map(|(_, name)| name.as_str()).collect();
        let listed = match known.as_slice() {
            [] => "the only job of the plan is `base`".to_owned(),
            _ => format!("--only selects by: {}", known.join(", ")),
        };
        let Some((written, value)) = part.split_once('=') else {
            let problem = Problem::at(Fault::NoValue { what: "--only" }, &only.place(start, part.len()), "no `=`");
            return Err(problem.help(listed));
        };
        let (name, value) = (written.trim(), value.trim().trim_matches('"'));
        let named = names.iter().find(|(key, shown)| shown == name || key.as_str() == name);
        let Some((key, _)) = named else {
            let is_key = KeyPath::all().any(|known| known.name() == name || known.as_str() == name);
            let fault = match is_key {
                true => Fault::SameInEveryJob { key: name.to_owned() },
                false => Fault::UnknownSelector { key: name.to_owned() },
            };
            let help = match nearest(name, known.iter().copied()).filter(|_| !is_key) {
                Some(near) => format!("did you mean `{near}`? {listed}"),
                None => listed,
            };
            return Err(Problem::at(fault, &only.place(start, written.len()), "not an axis").help(help));
        };
        if self.jobs.iter().any(|job| has(job, *key, &[value.to_owned()])) {
            return Ok((*key, value.to_owned()));
        }
        let mut values: Vec<String> = Vec::new();
        for job in &self.jobs {
            let text = job.settings.get(*key).map_or("none".to_owned(), |value| value.to_string());
            if !values.contains(&text) {
                values.push(text);
            }
        }
        let fault = Fault::NothingSelected { selector: part.trim().to_owned() };
        let place = only.place(start + written.len() + 1, part.len() - written.len() - 1);
        Err(Problem::at(fault, &place, "no job has this value").help(format!("it is one of {}", values.join(", "))))
    }

    /// The first labels, one a line.
    fn some_labels(&self) -> String {
        const SHOWN: usize = 12;
        let mut lines: Vec<&str> = self.jobs.iter().take(SHOWN).map(|job| job.label.as_str()).collect();
        let rest = format!("and {} more", self.jobs.len().saturating_sub(SHOWN));
        if self.jobs.len() > SHOWN {
            lines.push(&rest);
        }
        lines.join("\n")
    }
}

/// Whether two texts are one value: `5e-5` and `0.00005`.
pub fn is_same_value(one: &str, other: &str) -> bool {
    let numbers = one.parse::<f64>().ok().zip(other.parse::<f64>().ok());
    one == other || numbers.is_some_and(|(one, other)| one == other)
}

/// Whether the job has one of these values, in any spelling that the key takes, or as its label shows it.
fn has(job: &Job, key: KeyPath, values: &[String]) -> bool {
    let Some(own) = job.settings.get(key) else { return values.iter().any(|value| value == "none") };
    values.iter().any(|text| {
        let in_label = format!("{}={text}", key.name());
        is_same_value(&own.to_string(), text)
            || job.label.split(',').any(|part| part == in_label || part == format!("{key}={text}"))
    })
}
