//! Data sets and checkpoints as a file writes them: paths, hub ids, built-ins, jobs.

use std::path::Path;

use super::paths::{check_slashes, is_path, resolve, split_job};
use super::{JobModel, JobSource, Source};
use crate::files::slashed;

/// A source from its text: a path starts with `./`, `../`, `/`, `~` or a drive; `builtin:NAME`; all else is a hub id.
pub(super) fn source(text: &str, folder: &Path) -> Result<Source, String> {
    if let Some(name) = text.strip_prefix("builtin:") {
        let named = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
        return if named {
            Ok(Source::Builtin(name.to_owned()))
        } else {
            Err("a name is missing after builtin:".to_owned())
        };
    }
    check_slashes(text)?;
    if is_path(text) {
        return Ok(Source::Folder { written: text.to_owned(), path: resolve(text, folder)? });
    }
    let parts: Vec<&str> = text.split('/').collect();
    let part_is_sound = |part: &&str| {
        !part.is_empty()
            && !part.starts_with(['.', '-'])
            && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    };
    if parts.len() <= 2 && parts.iter().all(part_is_sound) {
        Ok(Source::Hub(text.to_owned()))
    } else if parts.len() > 2 {
        Err(format!("a hub id has one slash; write a folder as \"./{text}\""))
    } else {
        Err("a hub id is owner/name, of letters, digits and - _ .".to_owned())
    }
}

/// A job from its text: `results/NAME:LABEL`, a key or the beginning of one, or a folder in `.run/`; none if it is none
/// of them. A path with a dot starts at `folder`, another at the working directory, as on the command line.
pub(super) fn job_source(text: &str, folder: &Path) -> Result<Option<JobSource>, String> {
    let job = |address: String| Some(JobSource { written: text.to_owned(), address, model: JobModel::Unknown });
    if text.starts_with("builtin:") {
        return Ok(None);
    }
    check_slashes(text)?;
    if is_path(text) && resolve(text, folder)?.is_dir() && !text.contains("/.run/") {
        return not_results(text, &resolve(text, folder)?).map(|()| None);
    }
    if !is_path(text) {
        not_results(text, Path::new(text))?;
    }
    if let (path, Some(label)) = split_job(text) {
        if path.is_empty() || label.is_empty() {
            return Err("a job is results/NAME:LABEL; `runner show results/NAME` has the labels".to_owned());
        }
        let path = if is_path(path) { slashed(&resolve(path, folder)?) } else { path.to_owned() };
        return Ok(job(format!("{path}:{label}")));
    }
    if is_path(text) && (text.contains("/.run/jobs/") || text.contains("/.run/models/")) {
        return Ok(job(slashed(&resolve(text, folder)?)));
    }
    let is_hex = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    // shorter ones, and words such as decade, may be hub ids
    let is_key = is_hex && (6..=12).contains(&text.len()) && text.bytes().any(|byte| byte.is_ascii_digit());
    Ok(if is_key { job(text.to_owned()) } else { None })
}

/// Refuses a results folder: it has many models.
fn not_results(text: &str, path: &Path) -> Result<(), String> {
    if !path.join("results.csv").is_file() {
        return Ok(());
    }
    Err(format!(
        "this is a results folder; write one of its jobs, \"{text}:LABEL\": `runner show {text}` has the labels"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source_of(text: &str) -> Result<Source, String> {
        source(text, Path::new("experiments"))
    }

    #[test]
    fn a_source_is_recognized_by_its_beginning() {
        let folder = |written: &str, path: &str| Source::Folder { written: written.into(), path: path.into() };
        assert_eq!(source_of("bert-base-cased"), Ok(Source::Hub("bert-base-cased".into())));
        assert_eq!(source_of("unimelb-nlp/wikiann"), Ok(Source::Hub("unimelb-nlp/wikiann".into())));
        assert_eq!(source_of("builtin:es"), Ok(Source::Builtin("es".into())));
        assert_eq!(source_of("./a/b"), Ok(folder("./a/b", "experiments/a/b")));
        assert_eq!(source_of("../a"), Ok(folder("../a", "experiments/../a")));
        assert_eq!(source_of("/a"), Ok(folder("/a", "/a")));
        // results of a run on Windows are read elsewhere
        let elsewhere = if cfg!(windows) { "C:/a" } else { "experiments/C:/a" };
        assert_eq!(source_of("C:/a"), Ok(folder("C:/a", elsewhere)));
    }

    #[test]
    fn a_job_is_recognized_and_found_from_the_working_directory() {
        let job = |text: &str| {
            job_source(text, Path::new("experiments")).map(|found| found.map(|job| (job.written, job.address)))
        };
        let both = |written: &str, address: &str| Ok(Some((written.to_owned(), address.to_owned())));
        let label = "results/es:train_size=1000,freeze=false";
        assert_eq!(job(label), both(label, label));
        assert_eq!(job("../results/es:base"), both("../results/es:base", "experiments/../results/es:base"));
        assert_eq!(
            job("./r/.run/jobs/0123456789ab"),
            both("./r/.run/jobs/0123456789ab", "experiments/r/.run/jobs/0123456789ab")
        );
        assert_eq!(job("0123456789ab"), both("0123456789ab", "0123456789ab"));
        for other in ["builtin:tiny", "owner/name", "./folder", "decade", "bert-base-cased", "0123"] {
            assert_eq!(job(other), Ok(None), "{other}");
        }
        for bad in [":base", "results/es:"] {
            assert!(job(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_hub_id_of_another_shape_is_refused() {
        for text in ["a/b/c", "a b", "", "a/", "builtin:", "~someone/x", "a//b", "-x/y"] {
            assert!(source_of(text).is_err(), "{text:?} was taken");
        }
    }
}
