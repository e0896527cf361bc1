//! `runner init` and `runner schema`.

use std::fs::{File, remove_file};
use std::io::{ErrorKind, Write};

use crate::spec;

use super::args::Init;
use super::failure::{Ending, Failure};
use super::terminal::{answer, say};

/// Writes NAME.toml, unless there is one.
pub(super) fn init(arguments: &Init) -> Result<Ending, Failure> {
    let name = arguments.name.trim_end_matches(".toml");
    let path = format!("{name}.toml");
    let stem = name.rsplit('/').next().unwrap_or(name);
    let mut file = File::create_new(&path).map_err(|source| match source.kind() {
        ErrorKind::AlreadyExists => Failure::Usage(format!("{path} already exists; choose another name")),
        _ => Failure::File { path: path.clone(), source },
    })?;
    file.write_all(spec::starter(stem).as_bytes()).map_err(|source| {
        // half a file would be in the way of the next attempt
        let _ = remove_file(&path);
        Failure::File { path: path.clone(), source }
    })?;
    say(&format!("wrote {path}; edit it, then run `runner plan {path}` and `runner run {path}`"));
    Ok(Ending::Well)
}

/// Prints the JSON Schema.
pub(super) fn schema() -> Result<Ending, Failure> {
    let json = serde_json::to_string_pretty(&spec::schema()).expect("a schema is plain data");
    answer(&format!("{json}\n"))?;
    Ok(Ending::Well)
}
