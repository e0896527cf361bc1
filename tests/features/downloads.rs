//! Inputs from a hub: cut, killed, interrupted, shared, and never outside the cache.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::loopback::{COMMIT, Faults, Loopback};
use crate::workshop::{Said, Workshop, assert_same};

const MINI: &str = r#"
[data]
dataset = "me/mini"
train_size = 10

[model]
checkpoint = "builtin:tiny"
max_length = 32

[train]
max_steps = 1
batch_size = 2

[save]
models = "none"
"#;

/// Sentences of together a megabyte, no two parts of them alike.
fn train() -> Vec<u8> {
    let sentence =
        |at: u32| format!("Ana{at} B-PER\nvive O\nen O\nLima{} B-LOC\n. O\n\n", at.wrapping_mul(2_654_435_761));
    (0..20_000).map(sentence).collect::<String>().into_bytes()
}

const TEST: &[u8] = b"Eva B-PER\nvive O\nen O\nQuito B-LOC\n. O\n";

fn hub(faults: Faults) -> Loopback {
    Loopback::start(&[("datasets/me/mini", "train.conll", &train()), ("datasets/me/mini", "test.conll", TEST)], faults)
}

fn slow() -> Faults {
    Faults { pause: Duration::from_millis(25), ..Faults::default() }
}

fn run(workshop: &Workshop, hub: &Loopback, line: &str) -> Said {
    workshop.runner_with(line, &[("HF_ENDPOINT", &hub.endpoint), ("NO_PROXY", "127.0.0.1")])
}

fn start(workshop: &Workshop, hub: &Loopback, line: &str) -> Child {
    workshop.start_with(line, &[("HF_ENDPOINT", &hub.endpoint), ("NO_PROXY", "127.0.0.1")])
}

/// What was said, without line breaks: where they fall depends on how long this machine's paths are.
fn words(said: &Said) -> String {
    said.err.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The file that a download left, once it has so many bytes.
fn wait_for_part(workshop: &Workshop, bytes: u64) -> u64 {
    let begun = Instant::now();
    loop {
        let blobs = fs::read_dir(workshop.path("cache/hub/datasets--me--mini/blobs")).into_iter().flatten();
        let parts = blobs.filter_map(|entry| Some(entry.ok()?.path()));
        let sizes = parts.filter(|path| path.extension().is_some_and(|ending| ending == "incomplete"));
        if let Some(size) = sizes.filter_map(|path| Some(fs::metadata(path).ok()?.len())).find(|size| *size >= bytes) {
            return size;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing arrives");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

/// Where the cache has a file of the snapshot.
fn cached(workshop: &Workshop, name: &str) -> PathBuf {
    workshop.path(&format!("cache/hub/datasets--me--mini/snapshots/{COMMIT}/{name}"))
}

/// What a run makes of an undisturbed download.
fn undisturbed() -> Workshop {
    let workshop = Workshop::new(MINI);
    let hub = hub(Faults::default());
    let said = run(&workshop, &hub, "run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    workshop
}

#[test]
fn a_cut_download_goes_on_where_it_was_cut() {
    let (workshop, hub) = (Workshop::new(MINI), hub(Faults { cut: Some(400_000), ..Faults::default() }));
    let said = run(&workshop, &hub, "run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    assert_eq!(hub.ranges("train.conll"), ["-", "bytes=400000-", "bytes=800000-"]);
    assert_eq!(said.err.matches("fetching train.conll").count(), 1, "{}", said.err);
    assert_eq!(fs::read(cached(&workshop, "train.conll")).unwrap(), train());
    assert_same(&workshop.committed("results/grid"), &undisturbed().committed("results/grid"));
}

#[test]
fn a_download_that_is_cut_again_and_again_keeps_what_arrived() {
    let (workshop, hub) = (Workshop::new(MINI), hub(Faults { cut: Some(100_000), ..Faults::default() }));
    let said = run(&workshop, &hub, "run grid.toml");
    assert_eq!(said.status, 3);
    assert!(words(&said).contains("train.conll: the connection broke after 500000 bytes"), "{}", said.err);
    assert!(!cached(&workshop, "train.conll").exists());
    hub.ranges("train.conll");
    *hub.faults() = Faults::default();
    let said = run(&workshop, &hub, "run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(said.err.contains("resuming train.conll from 0.5 MB\n"), "{}", said.err);
    assert_eq!(hub.ranges("train.conll"), ["bytes=500000-"]);
    assert_eq!(fs::read(cached(&workshop, "train.conll")).unwrap(), train());
}

#[test]
fn a_killed_download_goes_on() {
    let (workshop, hub) = (Workshop::new(MINI), hub(slow()));
    let mut child = start(&workshop, &hub, "run grid.toml");
    wait_for_part(&workshop, 100_000);
    child.kill().unwrap();
    child.wait().unwrap();
    let kept = wait_for_part(&workshop, 100_000);
    hub.ranges("train.conll");
    *hub.faults() = Faults::default();
    let said = run(&workshop, &hub, "run grid.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    assert_eq!(hub.ranges("train.conll"), [format!("bytes={kept}-")]);
    assert_same(&workshop.committed("results/grid"), &undisturbed().committed("results/grid"));
}

#[test]
fn what_is_kept_of_something_else_is_fetched_anew() {
    for ignores_ranges in [false, true] {
        let (workshop, hub) = (Workshop::new(MINI), hub(slow()));
        let mut child = start(&workshop, &hub, "run grid.toml");
        wait_for_part(&workshop, 100_000);
        child.kill().unwrap();
        child.wait().unwrap();
        let blobs = fs::read_dir(workshop.path("cache/hub/datasets--me--mini/blobs")).unwrap();
        let part = blobs.map(|entry| entry.unwrap().path()).find(|path| path.extension().is_some()).unwrap();
        fs::write(&part, "something else").unwrap();
        *hub.faults() = Faults { ignores_ranges, ..Faults::default() };
        hub.ranges("train.conll");
        let said = run(&workshop, &hub, "run grid.toml");
        assert_eq!(said.status, 0, "{}", said.err);
        let ranges = hub.ranges("train.conll");
        assert_eq!(ranges.len(), if ignores_ranges { 1 } else { 2 }, "{ranges:?}");
        assert_eq!(fs::read(cached(&workshop, "train.conll")).unwrap(), train());
    }
}

#[test]
fn each_signal_stops_a_download_at_once_and_it_goes_on_afterwards() {
    // a hangup that is ignored, as under nohup, stays so in the program that a test starts
    let mask = fs::read_to_string("/proc/self/status").unwrap();
    let mask = mask.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
    let ignores_hangups = u64::from_str_radix(mask.trim(), 16).unwrap() & 1 != 0;
    let names = ["-INT", "-TERM", "-USR1"].into_iter().chain((!ignores_hangups).then_some("-HUP"));
    for name in names {
        let pause = Duration::from_millis(200);
        let (workshop, hub) = (Workshop::new(MINI), hub(Faults { pause, ..Faults::default() }));
        let mut child = start(&workshop, &hub, "run grid.toml");
        wait_for_part(&workshop, 100_000);
        signal(&child, name);
        let said = child.wait_with_output_text();
        assert!(!hub.answered("/train.conll"), "{name}: the download was waited for");
        assert_eq!(said.0, Some(130), "{name}: {}", said.1);
        assert!(said.1.ends_with("stopping\ninterrupted; run the same command to resume\n"), "{name}: {}", said.1);
        assert!(!workshop.path("results").exists(), "{name}");
        *hub.faults() = Faults::default();
        let said = run(&workshop, &hub, "run grid.toml");
        assert_eq!(said.status, 0, "{name}: {}", said.err);
        assert!(said.err.contains("resuming train.conll from "), "{name}: {}", said.err);
    }
}

#[test]
fn a_hub_that_hangs_is_left_at_once() {
    for (hangs, command) in [("/tree/", "run"), ("/revision/", "run"), ("/resolve/", "run"), ("/tree/", "data")] {
        let (workshop, hub) = (Workshop::new(MINI), hub(Faults { hangs: Some(hangs), ..Faults::default() }));
        let mut child = start(&workshop, &hub, &format!("{command} grid.toml"));
        hub.wait_for(hangs);
        signal(&child, "-INT");
        let said = child.wait_with_output_text();
        assert!(!hub.answered(hangs), "{hangs}: the answer was waited for");
        assert_eq!(said.0, Some(130), "{hangs}: {}", said.1);
        assert!(said.1.ends_with("interrupted; run the same command to resume\n"), "{hangs}: {}", said.1);
    }
}

/// Waits for a process, with what it said.
trait Ended {
    fn wait_with_output_text(&mut self) -> (Option<i32>, String);
}

impl Ended for Child {
    fn wait_with_output_text(&mut self) -> (Option<i32>, String) {
        let mut said = String::new();
        std::io::Read::read_to_string(&mut self.stderr.take().unwrap(), &mut said).unwrap();
        (self.wait().unwrap().code(), said)
    }
}

#[test]
fn two_runs_share_one_cache() {
    let (workshop, hub) = (Workshop::new(MINI), hub(slow()));
    let mut children = ["a", "b"].map(|out| start(&workshop, &hub, &format!("run grid.toml --out {out}")));
    for child in &mut children {
        let said = child.wait_with_output_text();
        assert_eq!(said.0, Some(0), "{}", said.1);
    }
    assert_eq!(hub.ranges("train.conll"), ["-"], "one of them waits for the other");
    assert_same(&workshop.committed("a/grid"), &workshop.committed("b/grid"));
    let leftovers: Vec<String> = workshop
        .files("cache")
        .into_keys()
        .filter(|name| name.ends_with(".incomplete") || name.ends_with(".part"))
        .collect();
    assert!(leftovers.is_empty(), "{leftovers:?}");
}

#[test]
fn a_lock_of_somebody_elses_reaches_nothing_outside_the_cache() {
    let (workshop, hub) = (undisturbed(), hub(Faults::default()));
    workshop.write("mine/train.conll", "mine");
    workshop.write("mine/test.conll", "mine");
    let mine = workshop.path("mine").display().to_string();
    let lock = workshop.read("results/grid/lock.toml");
    let absolute = lock.replace("\"train.conll\"", &format!("\"{mine}/train.conll\""));
    let absolute = absolute.replace("\"test.conll\"", &format!("\"{mine}/test.conll\""));
    let climbing = lock.replace("\"train.conll\"", "\"../../../../../mine/train.conll\"");
    let elsewhere = lock.replace(COMMIT, &mine);
    for (lock, what) in [(absolute, "is not the name"), (climbing, "is not the name"), (elsewhere, "is not a commit")] {
        workshop.write("results/grid/lock.toml", lock);
        for language in ["", &format!("language = \"{mine}\"\n"), "language = \"../../../../../mine\"\n"] {
            workshop.write("grid.toml", MINI.replace("train_size", &format!("{language}train_size")));
            for command in ["run", "plan", "data"] {
                let said = run(&workshop, &hub, &format!("{command} grid.toml"));
                assert_eq!(said.status, 3, "{}", said.err);
                assert!(words(&said).contains(what), "{}", said.err);
            }
        }
    }
    assert_eq!((workshop.read("mine/train.conll"), workshop.read("mine/test.conll")), ("mine".into(), "mine".into()));
    workshop.write("results/grid/lock.toml", lock);
    let said = run(&workshop, &hub, "data grid.toml");
    assert_eq!(said.status, 3);
    assert!(words(&said).contains("is not a folder of the data set"), "{}", said.err);
    workshop.write("grid.toml", MINI.replace("train_size", "revision = \"../../../../mine/ref\"\ntrain_size"));
    assert_eq!(run(&workshop, &hub, "data grid.toml").status, 3);
    assert!(!workshop.path("mine/ref").exists());
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_cache_is_not_followed() {
    let (workshop, hub) = (undisturbed(), hub(Faults::default()));
    workshop.write("mine.txt", train());
    let link = cached(&workshop, "train.conll");
    fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink(workshop.path("mine.txt"), &link).unwrap();
    let said = run(&workshop, &hub, "run grid.toml --force --offline");
    assert_eq!(said.status, 3);
    assert!(words(&said).contains("is a link out of the cache"), "{}", said.err);
    let said = run(&workshop, &hub, "run grid.toml --force");
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(fs::canonicalize(&link).unwrap().starts_with(fs::canonicalize(workshop.path("cache")).unwrap()));
    assert_eq!(fs::read(workshop.path("mine.txt")).unwrap(), train());
}

#[test]
fn the_variables_are_read_as_python_reads_them() {
    let hub = hub(Faults { token: Some("sesame"), ..Faults::default() });
    let home = |variables: &[(&str, &str)]| {
        let workshop = Workshop::new(MINI);
        let home = workshop.path("home").display().to_string();
        let usual = [("HF_ENDPOINT", hub.endpoint.as_str()), ("NO_PROXY", "127.0.0.1"), ("HOME", &home)];
        let said = workshop.runner_with("run grid.toml", &[&usual[..], variables].concat());
        let made: Vec<String> = workshop.files("").into_keys().collect();
        (said, made.iter().any(|name| name.starts_with("home/cache/hub/datasets--me--mini/")), made)
    };
    for folder in ["~/cache", "$HOME/cache", "${HOME}/cache"] {
        let (said, in_home, made) = home(&[("HF_HOME", folder), ("HF_TOKEN", "sesame")]);
        assert_eq!(said.status, 0, "{folder}: {}", said.err);
        assert!(in_home, "{folder}");
        assert!(!made.iter().any(|name| name.starts_with(['~', '$'])), "{made:?}");
    }
    for (name, token) in [("HF_TOKEN", "sesame\n"), ("HF_TOKEN", " sesame "), ("HUGGING_FACE_HUB_TOKEN", "sesame")] {
        let (said, ..) = home(&[(name, token)]);
        assert_eq!(said.status, 0, "{name}={token:?}: {}", said.err);
    }
    let (said, ..) = home(&[("HF_TOKEN", "sesame"), ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")]);
    assert!(said.status == 3 && words(&said).contains("access is restricted (log in)"), "{}", said.err);
    let (said, ..) = home(&[("TRANSFORMERS_OFFLINE", "yes"), ("HF_TOKEN", "sesame")]);
    assert!(said.status == 3 && words(&said).contains("unset TRANSFORMERS_OFFLINE to fetch"), "{}", said.err);
    let (said, ..) = home(&[("HF_ENDPOINT", "127.0.0.1:9")]);
    assert!(said.status == 3 && words(&said).contains("HF_ENDPOINT is `127.0.0.1:9`"), "{}", said.err);
    let (said, ..) = home(&[("HF_ENDPOINT", &format!("{}/models", hub.endpoint)), ("HF_TOKEN", "sesame")]);
    assert!(said.status == 3 && words(&said).contains("does not answer like a hub (HTTP 404"), "{}", said.err);
}

#[test]
fn doctor_reads_the_same_variables() {
    let workshop = Workshop::new(MINI);
    let home = workshop.path("home").display().to_string();
    let variables =
        [("HOME", home.as_str()), ("HF_HOME", "~/cache"), ("TRANSFORMERS_OFFLINE", "1"), ("HF_TOKEN", " \n")];
    let said = workshop.runner_with("doctor", &variables);
    let words = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("not checked (TRANSFORMERS_OFFLINE is set); no token set"), "{}", said.out);
    assert!(words.replace(' ', "").contains(&format!("{home}/cache/hub")), "{}", said.out);
    let said = workshop.runner_with("doctor", &[("HF_ENDPOINT", "huggingface.co")]);
    assert!(said.status == 3 && said.out.contains("HF_ENDPOINT is `huggingface.co`"), "{}", said.out);
}

#[test]
fn what_the_cache_has_is_said_when_the_hub_is_out_of_reach() {
    let workshop = undisturbed();
    fs::remove_dir_all(workshop.path("results")).unwrap();
    let said = workshop.runner("run grid.toml");
    assert_eq!(said.status, 3);
    assert!(words(&said).contains("the files are in the cache; add --offline"), "{}", said.err);
    assert_eq!(workshop.runner("run grid.toml --offline").status, 0);
}

#[test]
fn a_folder_that_looks_like_a_hub_id_is_named() {
    let hub = hub(Faults::default());
    let workshop = Workshop::new(&MINI.replace("me/mini", "corpus"));
    workshop.write("corpus/train.conll", TEST);
    workshop.write("corpus/test.conll", TEST);
    for said in [
        run(&workshop, &hub, "run grid.toml"),
        workshop.runner("run grid.toml"),
        workshop.runner("run grid.toml --offline"),
    ] {
        assert_eq!(said.status, 3);
        let hint = "to use the folder ./corpus, write data.dataset = \"./corpus\"";
        assert!(words(&said).contains(hint), "{}", said.err);
    }
    workshop.write("grid.toml", MINI.replace("me/mini", "./corpus").replace("builtin:tiny", "corpus"));
    let said = run(&workshop, &hub, "run grid.toml");
    assert!(words(&said).contains("write model.checkpoint = \"./corpus\""), "{}", said.err);
    workshop.write("grid.toml", MINI.replace("me/mini", "./corpus/train.conll"));
    let said = run(&workshop, &hub, "run grid.toml");
    let remedy =
        "this is a file, not a folder; write data.dataset = \"./corpus\" and data.files = { train = \"train.conll\" }";
    assert!(words(&said).contains(remedy), "{}", said.err);
}
