//! A plain fetch: everything into the cache, a line for each input, nothing else written.

use crate::loopback::COMMIT;
use crate::workshop::{GRID, Workshop};

use super::{CLASS, has, hub, online};

#[test]
fn every_input_of_every_job_is_fetched_and_named_and_nothing_else_is_written() {
    let (workshop, hub) = (Workshop::new(CLASS), hub());
    workshop.write("tiny.toml", GRID);
    let said = online(&workshop, &hub, "fetch grid.toml tiny.toml");
    assert_eq!(said.status, 0, "{}", said.err);
    insta::assert_snapshot!(said.out.replace(COMMIT, "COMMIT"), @"
    data set builtin:es: 2 files, 282.1 kB, in the program
    data set me/mini: commit COMMIT, 2 files, 78 bytes, fetched
    data set me/other: commit COMMIT, 1 file, 16 bytes, fetched
    checkpoint builtin:tiny: 3 files, 697.1 kB, in the program
    checkpoint me/enc: commit COMMIT, 3 files, 110.4 kB, fetched
    ");
    assert!(said.err.contains("fetching model.safetensors"), "{}", said.err);
    assert!(!workshop.path("results").exists());
    let again = online(&workshop, &hub, "fetch grid.toml");
    assert_eq!(again.out.matches("already in the cache\n").count(), 3, "{}", again.out);
    let offline = workshop.runner("run grid.toml --offline");
    assert_eq!(offline.status, 0, "{}", offline.err);
}

#[test]
fn only_the_inputs_of_the_chosen_jobs_are_fetched() {
    let (workshop, hub) =
        (Workshop::new(&format!("{CLASS}\n[matrix]\ndata.dataset = [\"me/mini\", \"me/other\"]\n")), hub());
    let said = online(&workshop, &hub, "fetch grid.toml --only dataset=me/mini --set model.checkpoint=builtin:tiny");
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(!has(&workshop.path("cache/hub"), "enc"), "{}", said.out);
}

#[test]
fn the_pinned_commit_is_fetched_without_asking_for_another_and_a_missing_input_is_an_error_of_the_machine() {
    let (workshop, hub) = (Workshop::new(CLASS), hub());
    assert_eq!(online(&workshop, &hub, "run grid.toml").status, 0);
    let lock = workshop.read("results/grid/lock.toml");
    for (option, asks) in [("", false), (" --update", true)] {
        let later = super::hub();
        std::fs::remove_dir_all(workshop.path("cache")).unwrap();
        let said = online(&workshop, &later, &format!("fetch grid.toml{option}"));
        assert_eq!(said.status, 0, "{}", said.err);
        assert_eq!(said.out.matches(&format!("commit {COMMIT}")).count(), 3, "{}", said.out);
        assert_eq!(later.answered("/revision/"), asks, "{option}");
    }
    assert_eq!(workshop.read("results/grid/lock.toml"), lock);
    let none = workshop.runner("fetch grid.toml --offline --set data.dataset=me/none");
    assert_eq!((none.status, none.out.as_str()), (3, ""), "{}", none.err);
}
