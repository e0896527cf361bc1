//! `runner doctor` on the machine of the tests: what is there may differ, what is said of the hub and the folders may not.

use crate::workshop::{GRID, Workshop};

/// Without line breaks: where they fall depends on this machine's names.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn offline_all_is_well_and_nothing_is_left() {
    let workshop = Workshop::new(GRID);
    let said = workshop.runner("doctor --offline");
    assert_eq!((said.status, said.err.as_str()), (0, ""), "{}", said.out);
    for name in ["runner", "processor", "memory", "GPU", "results", "hub cache", "hub"] {
        assert!(said.out.lines().any(|line| line.trim_start().starts_with(name)), "{name}: {}", said.out);
    }
    assert!(words(&said.out).contains("http://127.0.0.1:9, not checked (--offline)"), "{}", said.out);
    assert!(said.out.ends_with("Runs work here, on cpu.\n"), "{}", said.out);
    assert!(said.out.lines().count() < 24 && said.out.lines().all(|line| line.chars().count() <= 80), "{}", said.out);
    assert_eq!(workshop.files("").into_keys().collect::<Vec<_>>(), ["grid.toml"]);
    let by_environment = workshop.runner_with("doctor", &[("HF_HUB_OFFLINE", "1")]);
    assert_eq!(by_environment.status, 0);
    assert!(words(&by_environment.out).contains("not checked (HF_HUB_OFFLINE is set)"), "{}", by_environment.out);
}

#[test]
fn a_hub_out_of_reach_is_said_with_what_to_do() {
    let said = Workshop::new(GRID).runner("doctor");
    assert_eq!(said.status, 3);
    let hub = "! hub http://127.0.0.1:9 does not answer (Connection refused (os error 111)); check the connection, \
               HF_ENDPOINT and the proxy, or use --offline with cached and local files";
    assert!(words(&said.out).contains(hub), "{}", said.out);
    assert!(said.out.contains("Offline runs work here"), "{}", said.out);
}

#[test]
fn a_token_is_never_printed() {
    let workshop = Workshop::new(GRID);
    let said = workshop.runner_with("doctor --offline", &[("HF_TOKEN", "hf_secret")]);
    assert!(said.out.contains("; token set") && !said.out.contains("hf_secret"), "{}", said.out);
    workshop.write("cache/token", "hf_secret\n");
    let said = workshop.runner("doctor --offline");
    assert!(said.out.contains("; token set") && !said.out.contains("hf_secret"), "{}", said.out);
}

#[test]
fn a_folder_that_takes_no_file_stops_a_run() {
    let workshop = Workshop::new(GRID);
    let said = workshop.runner("doctor --offline --out grid.toml/results");
    assert_eq!(said.status, 3);
    assert!(said.out.contains("! results    grid.toml/results: not writable"), "{}", said.out);
    let said = workshop.runner_with("doctor --offline", &[("RUNNER_ISA", "sse9")]);
    assert_eq!(said.status, 3);
    assert!(said.out.contains("! processor"), "{}", said.out);
    let said = workshop.runner_with("doctor --offline", &[("RUNNER_ISA", "scalar")]);
    assert_eq!(said.status, 0);
    assert!(words(&said.out).contains("scalar, forced by RUNNER_ISA"), "{}", said.out);
}
