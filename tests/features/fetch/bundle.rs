//! A bundle: exactly what the experiments need, used without a network, whole or not at all, equal bytes from equal inputs.

use std::fs;
use std::io::Read as _;
use std::process::Command;

use crate::loopback::COMMIT;
use crate::workshop::{Files, Workshop, assert_same};

use super::{CLASS, bundled, has, names, online, words};

#[test]
fn a_bundle_has_what_the_experiment_reads_and_no_links() {
    let (workshop, _hub) = bundled("class");
    insta::assert_snapshot!(names(&workshop, "class").join("\n"), @"
    README.txt
    experiments/grid.toml
    hub/datasets--me--mini/refs/main
    hub/datasets--me--mini/snapshots/COMMIT/test.conll
    hub/datasets--me--mini/snapshots/COMMIT/train.conll
    hub/datasets--me--other/refs/main
    hub/datasets--me--other/snapshots/COMMIT/test.conll
    hub/models--me--enc/refs/main
    hub/models--me--enc/snapshots/COMMIT/config.json
    hub/models--me--enc/snapshots/COMMIT/model.safetensors
    hub/models--me--enc/snapshots/COMMIT/tokenizer.json
    lock.toml
    ");
    let links = Command::new("find").arg(workshop.path("class")).args(["-type", "l"]).output().unwrap();
    assert_eq!(String::from_utf8(links.stdout).unwrap(), "");
    insta::assert_snapshot!(workshop.read("class/README.txt").replace(COMMIT, "COMMIT"), @r#"
    Experiments for `runner`, with everything that they need but the program: copy `runner` to each
    machine, built for its system (target/release/runner of a clone). No network is used.

    Run the commands in this folder. It may be read-only, and many may use it at once: results go
    elsewhere.

    Linux, macOS (sh):

      export HF_HUB_CACHE="$PWD/hub"
      runner run "experiments/grid.toml" --offline --out "$HOME/results"

    Windows (PowerShell):

      $env:HF_HUB_CACHE = "$PWD\hub"
      runner run "experiments/grid.toml" --offline --out "$HOME\results"

    Is it complete and undamaged?

      runner fetch "experiments/grid.toml" --check .

    In it: experiments/ (the experiment files and local data), hub/ (files of the Hugging Face hub, in
    the layout of its cache, for Python as well), lock.toml (commit and SHA-256 of every input).

    Inputs, each under its own license:

      data set me/mini, commit COMMIT
      data set me/other, commit COMMIT
      checkpoint me/enc, commit COMMIT
    "#);
}

#[test]
fn a_run_from_a_read_only_bundle_gives_the_bytes_of_a_run_online() {
    let (workshop, hub) = bundled("class");
    assert_eq!(online(&workshop, &hub, "run grid.toml").status, 0);
    let student = Workshop::new(CLASS);
    copy(&workshop, "class", &student, "bundle");
    let before = student.files("bundle");
    assert!(Command::new("chmod").args(["-R", "a-w"]).arg(student.path("bundle")).status().unwrap().success());
    let cache = student.path("bundle/hub");
    let cache = cache.to_str().unwrap();
    let said = student.runner_with("run bundle/experiments/grid.toml --offline", &[("HF_HUB_CACHE", cache)]);
    assert_eq!(said.status, 0, "{}", said.err);
    assert_same(&student.committed("results/grid"), &workshop.committed("results/grid"));
    assert_same(&student.files("bundle"), &before);
    assert!(Command::new("chmod").args(["-R", "u+w"]).arg(student.path("bundle")).status().unwrap().success());
}

#[test]
fn archives_hold_the_files_of_the_folder_and_equal_inputs_give_equal_bytes() {
    let (workshop, hub) = bundled("class");
    let wanted: Files =
        workshop.files("class").into_iter().map(|(name, content)| (format!("x/{name}"), content)).collect();
    for out in ["x.zip", "x.tar", "x.tar.gz", "x.tgz"] {
        let said = online(&workshop, &hub, &format!("fetch grid.toml --bundle {out}"));
        assert_eq!(said.status, 0, "{}", said.err);
        assert_same(&unpacked(&workshop, out), &wanted);
        let first = fs::read(workshop.path(out)).unwrap();
        let said = online(&workshop, &hub, &format!("fetch grid.toml --bundle {out} --force"));
        assert_eq!(said.status, 0, "{}", said.err);
        assert!(fs::read(workshop.path(out)).unwrap() == first, "{out} differs");
        // another machine
        let (other, hub) = (Workshop::new(CLASS), super::hub());
        assert_eq!(online(&other, &hub, &format!("fetch grid.toml --bundle {out}")).status, 0);
        assert!(fs::read(other.path(out)).unwrap() == first, "{out} differs elsewhere");
    }
}

#[test]
fn no_token_and_no_path_of_this_machine_is_in_a_bundle() {
    const TOKEN: &str = "hf_abcdefghijklmnopqrstuvwxyz012345";
    let (workshop, hub) = (Workshop::new(CLASS), super::hub());
    workshop.write("cache/token", TOKEN);
    workshop.write("cache/stored_tokens", format!("[me]\nhf_token = {TOKEN}\n"));
    let variables = [("HF_ENDPOINT", hub.endpoint.as_str()), ("NO_PROXY", "127.0.0.1"), ("HF_TOKEN", TOKEN)];
    let said = workshop.runner_with("fetch grid.toml --bundle class", &variables);
    assert_eq!(said.status, 0, "{}", said.err);
    let here = workshop.path("");
    let home = std::env::var("HOME").unwrap_or_default();
    let private = [TOKEN, "stored_tokens", here.to_str().unwrap(), &hub.endpoint, &home];
    for (name, content) in workshop.files("class") {
        for text in private.iter().filter(|text| text.len() > 1) {
            let found = content.windows(text.len()).any(|part| part == text.as_bytes()) || name.contains(text);
            assert!(!found, "{name} has {text}");
        }
    }
}

#[test]
fn nothing_is_overwritten_without_force_and_only_bundles_with_it() {
    let (workshop, hub) = bundled("class");
    let before = workshop.files("class");
    let said = online(&workshop, &hub, "fetch grid.toml --bundle class");
    assert_eq!(said.status, 2);
    insta::assert_snapshot!(said.err, @"error: class already exists; choose another name, or add --force to replace it");
    workshop.write("class/experiments/grid.toml", "edited");
    assert_eq!(online(&workshop, &hub, "fetch grid.toml --bundle class --force").status, 0);
    assert_same(&workshop.files("class"), &before);
    workshop.write("mine/notes.txt", "mine");
    let said = online(&workshop, &hub, "fetch grid.toml --bundle mine --force");
    assert_eq!(said.status, 2);
    insta::assert_snapshot!(said.err, @"error: mine is not a bundle, and --force replaces only those; choose another name");
    assert_eq!(workshop.read("mine/notes.txt"), "mine");
    let said = online(&workshop, &hub, "fetch grid.toml --bundle x.tar.xz");
    assert_eq!(said.status, 2);
    insta::assert_snapshot!(said.err, @"error: x.tar.xz: bundles are folders, .zip, .tar or .tar.gz; choose one of these");
    assert!(!has(&workshop.path(""), ".part") && !has(&workshop.path(""), ".aside"));
}

#[test]
fn a_bundle_that_cannot_be_made_whole_is_not_there() {
    let (workshop, _hub) = (Workshop::new(CLASS), super::hub());
    let said = workshop.runner("fetch grid.toml --bundle class");
    assert_eq!(said.status, 3, "{}", said.err);
    assert!(words(&said.err).contains("3 inputs are missing; nothing was started"), "{}", said.err);
    assert!(!workshop.path("class").exists() && !has(&workshop.path(""), ".part"));
}

#[test]
fn options_that_change_the_experiment_do_not_go_with_a_bundle() {
    let workshop = Workshop::new(CLASS);
    for option in ["--set train.max_steps=1", "--only seed=1", "--name other", "--check x"] {
        let said = workshop.runner(&format!("fetch grid.toml --bundle class {option}"));
        assert_eq!(said.status, 2, "{option}: {}", said.err);
        assert!(said.err.contains("cannot be used with"), "{}", said.err);
    }
}

/// Copies a folder file by file, as an unpacked archive has it.
fn copy(from: &Workshop, folder: &str, to: &Workshop, name: &str) {
    for (path, content) in from.files(folder) {
        to.write(&format!("{name}/{path}"), content);
    }
}

/// The files of an archive.
fn unpacked(workshop: &Workshop, name: &str) -> Files {
    let bytes = fs::read(workshop.path(name)).unwrap();
    if name.ends_with(".zip") {
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        let mut files = Files::new();
        for index in 0..archive.len() {
            let mut file = archive.by_index(index).unwrap();
            let mut content = Vec::new();
            file.read_to_end(&mut content).unwrap();
            files.insert(file.name().unwrap().into_owned(), content);
        }
        return files;
    }
    let mut bytes_of_tar = Vec::new();
    match name.ends_with(".tar") {
        true => bytes_of_tar = bytes,
        false => drop(flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut bytes_of_tar).unwrap()),
    }
    let mut archive = tar::Archive::new(&bytes_of_tar[..]);
    let file = |entry: std::io::Result<tar::Entry<'_, &[u8]>>| {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().to_str().unwrap().to_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        (name, content)
    };
    archive.entries().unwrap().map(file).collect()
}
