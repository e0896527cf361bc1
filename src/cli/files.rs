//! `runner init` and `runner schema`.

use std::fs::{File, remove_file};
use std::io::{ErrorKind, Write};

use crate::spec::{self, Example};

use super::args::Init;
use super::failure::{Ending, Failure};
use super::terminal::{answer, say};

/// Writes NAME.toml, or an example under its own name. What is there already stays.
pub(super) fn init(arguments: &Init) -> Result<Ending, Failure> {
    match arguments.example {
        Some(example) => write_example(example),
        None => write_starter(&arguments.name),
    }
}

fn write_starter(name: &str) -> Result<Ending, Failure> {
    let name = name.trim_end_matches(".toml");
    let path = format!("{name}.toml");
    let stem = name.rsplit(std::path::is_separator).next().unwrap_or(name);
    if !write_new(&path, &spec::starter(stem))? {
        return Err(Failure::Usage(format!("{path} already exists; choose another name")));
    }
    say(&format!("wrote {path}; edit it, then run `runner plan {path}` and `runner run {path}`"));
    Ok(Ending::Well)
}

fn write_example(example: Example) -> Result<Ending, Failure> {
    let path = format!("{}.toml", example.name);
    if !write_new(&path, &example.text())? {
        return Err(Failure::Usage(format!("{path} already exists; run it, or write the example in another folder")));
    }
    say(&format!("wrote {path}; `runner plan {path}` shows its jobs, `runner run {path}` runs them"));
    if let Some(base) = example.extends() {
        let beside = format!("{}.toml", base.name);
        match write_new(&beside, &base.text())? {
            true => say(&format!("wrote {beside}, which {path} extends")),
            false => say(&format!("{path} extends {beside}, which was here already")),
        }
    }
    Ok(Ending::Well)
}

/// Whether the file is written; not if there is one.
fn write_new(path: &str, text: &str) -> Result<bool, Failure> {
    let failed = |source| Failure::File { path: path.to_owned(), source };
    let mut file = match File::create_new(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(false),
        Err(error) => return Err(failed(error)),
    };
    file.write_all(text.as_bytes()).map_err(|source| {
        // half a file would be in the way of the next attempt
        let _ = remove_file(path);
        failed(source)
    })?;
    Ok(true)
}

/// Prints the JSON Schema.
pub(super) fn schema() -> Result<Ending, Failure> {
    let json = serde_json::to_string_pretty(&spec::schema()).expect("a schema is plain data");
    answer(&format!("{json}\n"))?;
    Ok(Ending::Well)
}
