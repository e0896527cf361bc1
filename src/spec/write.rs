//! An experiment written as a file: all keys resolved, defaults included, the matrix kept as a matrix.

use std::path::{Path, PathBuf};

use super::keys::{KeyPath, tables};
use super::matrix::Row;
use super::paths::split_job;
use super::requirements::ROWS;
use super::select::Halving;
use super::{Axis, AxisList, EvaluationSet, Experiment, Source, Value};
use crate::files::slashed;

impl Experiment {
    /// The experiment as a file in `folder` that gives the same plan. Unset keys are left out.
    ///
    /// Relative folders are written relative to `folder`.
    pub fn resolved_toml(&self, folder: &Path) -> String {
        let file = self.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut out = format!("# {file}, resolved: every key, defaults included. This file runs as it stands.\n");
        let text = |text: &str| Value::from(text).to_toml();
        out += &format!("name = {}\n", text(&self.name));
        if let Some(title) = &self.title {
            out += &format!("title = {}\n", text(title));
        }
        for table in tables() {
            out += &format!("\n[{table}]\n");
            let is_open = |key: KeyPath| key.as_str() == ROWS && self.base.data.validation_size.is_none();
            for (key, value) in self.base.entries().filter(|(key, _)| key.table() == table && !is_open(*key)) {
                out += &format!("{} = {}\n", key.name(), toml_from(&value, folder));
            }
        }
        if let Some(select) = &self.select {
            let over: Vec<String> = select.over.iter().map(|key| text(key.as_str())).collect();
            out += &format!("\n[select]\nby = {}\nover = [{}]\n", text(&select.by.to_string()), over.join(", "));
            if let Some(Halving { first_rung, reduction_factor }) = select.halving {
                out += &format!("first_rung = {first_rung}\nreduction_factor = {reduction_factor}\n");
            }
        }
        self.write_axes(&mut out, folder);
        for (part, rows) in [("exclude", &self.matrix.excludes), ("include", &self.matrix.includes)] {
            for row in rows {
                out += &format!("\n[[matrix.{part}]]\n{}", cells(row, folder));
            }
        }
        for set in &self.evaluate {
            out += &format!("\n[[evaluate]]\n{}", set_keys(set, folder));
        }
        out
    }

    /// Whether a resolved file in `folder` is of this experiment. Its first line names the file that it was made from, which
    /// has another name where an experiment is frozen.
    pub fn is_resolved_as(&self, content: &str, folder: &Path) -> bool {
        content.lines().skip(1).eq(self.resolved_toml(folder).lines().skip(1))
    }

    /// Axes before the first zip are written under `[matrix]`. An axis after a zip is written as a zip of one list: TOML
    /// cannot return to `[matrix]`, and the order is that in which axes vary.
    fn write_axes(&self, out: &mut String, folder: &Path) {
        let axes = &self.matrix.axes;
        let plain = axes.iter().position(|axis| axis.zip).unwrap_or(axes.len());
        if plain > 0 {
            *out += "\n[matrix]\n";
        }
        for axis in &axes[..plain] {
            *out += &lists(axis, folder);
        }
        for axis in &axes[plain..] {
            *out += &format!("\n[[matrix.zip]]\n{}", lists(axis, folder));
        }
    }
}

fn lists(axis: &Axis, folder: &Path) -> String {
    let line = |list: &AxisList| {
        let values: Vec<String> =
            list.settings.iter().map(|setting| toml_from(setting.value.value(), folder)).collect();
        format!("{} = [{}]\n", list.key, values.join(", "))
    };
    axis.lists.iter().map(line).collect()
}

fn cells(row: &Row, folder: &Path) -> String {
    let line = |key: KeyPath, value: &Value| format!("{key} = {}\n", toml_from(value, folder));
    row.cells.iter().map(|cell| line(cell.key(), cell.value())).collect()
}

fn set_keys(set: &EvaluationSet, folder: &Path) -> String {
    let own = [("split", set.split.into()), ("size", set.size.into()), ("name", Value::from(set.name.as_str()))];
    let given = set.data.iter().map(|given| (given.key().name(), given.value().clone()));
    given.chain(own).map(|(name, value)| format!("{name} = {}\n", toml_from(&value, folder))).collect()
}

/// A value as TOML; a relative folder as seen from `folder`.
fn toml_from(value: &Value, folder: &Path) -> String {
    match value {
        Value::Source(Source::Folder { written, path }) if written.starts_with('.') => {
            Value::Text(relative(path, folder)).to_toml()
        }
        Value::Source(Source::Job(job)) if job.written.starts_with('.') => {
            let (path, label) = split_job(&job.address);
            let label = label.map(|label| format!(":{label}")).unwrap_or_default();
            Value::Text(format!("{}{label}", relative(Path::new(path), folder))).to_toml()
        }
        other => other.to_toml(),
    }
}

/// `path` relative to `folder`, beginning with `./` or `../`; the whole path if there is none.
fn relative(path: &Path, folder: &Path) -> String {
    let relative = pathdiff::diff_paths(whole(path), whole(folder)).unwrap_or_else(|| whole(path));
    let text = slashed(&relative);
    if relative.is_absolute() || text.starts_with("..") {
        text
    } else if text.is_empty() {
        ".".to_owned()
    } else {
        format!("./{text}")
    }
}

/// The canonical path, as far as it exists; the rest is appended.
fn whole(path: &Path) -> PathBuf {
    let full = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut known = full.as_path();
    let mut rest = PathBuf::new();
    loop {
        if let Ok(real) = known.canonicalize() {
            return if rest.as_os_str().is_empty() { real } else { real.join(rest) };
        }
        let (Some(parent), Some(name)) = (known.parent(), known.file_name()) else { return full };
        rest = if rest.as_os_str().is_empty() { name.into() } else { Path::new(name).join(rest) };
        known = parent;
    }
}
