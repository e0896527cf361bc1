//! What a page is made of: sound HTML, a policy that fits it, text beside each plot, every section from one job to 400.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};

use super::{Read, reported, trained, words};
use crate::show::{Grid, grid};
use crate::workshop::Workshop;

/// Everything that must hold of any page.
pub(super) fn check(page: &Read) {
    assert!(page.document.errors.is_empty(), "{:?}", page.document.errors);
    for element in page.all("*") {
        for (name, value) in element.value().attrs() {
            let is_link = ["src", "href", "xlink:href", "srcset", "action", "data", "poster"].contains(&name);
            assert!(!is_link || value.starts_with('#') || value.starts_with("data:"), "{name}={value}");
            assert!(!name.starts_with("on") && name != "style", "{name}={value} is against the policy");
        }
    }
    let [policy] = page.all("meta[http-equiv='Content-Security-Policy']")[..] else { panic!("one policy") };
    let policy = policy.attr("content").unwrap();
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    for name in ["style", "script"] {
        let [element] = page.all(name)[..] else { panic!("one {name}") };
        let text: String = element.text().collect();
        assert!(!text.contains("url(") && !text.contains("@import"), "{name}");
        let hash = BASE64_STANDARD.encode(Sha256::digest(text.as_bytes()));
        assert!(policy.contains(&format!("{name}-src 'sha256-{hash}';")), "{name} is not what {policy} allows");
    }
    check_structure(page);
}

/// Names, headings and numbers for who does not see plots.
fn check_structure(page: &Read) {
    assert_eq!(page.all("html[lang=en]").len(), 1);
    assert_eq!(page.all("h1").len(), 1);
    assert_eq!(page.all("body > a.skip").len(), 1);
    let mut ids: Vec<&str> = page.all("[id]").iter().filter_map(|element| element.attr("id")).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "an id stands twice");
    for link in page.all("nav a, a.skip") {
        let target = link.attr("href").unwrap().trim_start_matches('#');
        assert!(ids.binary_search(&target).is_ok(), "{target}");
    }
    for table in page.all("table") {
        let of = |selector| table.select(&scraper::Selector::parse(selector).unwrap()).count();
        assert_eq!(of("caption"), 1);
        assert_eq!(of("thead th[scope=col]"), of("thead th"));
        assert_eq!(of("tbody th[scope=row]"), of("tbody tr"));
    }
    assert_eq!(page.all("svg").len(), page.all("figure svg[role=img][aria-labelledby] > title").len());
    assert_eq!(page.all("svg").len(), page.all("figure svg[role=img] > desc").len());
    assert_eq!(page.all("figure").len(), page.all("figure > details table tbody").len());
}

#[test]
fn a_page_of_trained_jobs_has_every_section() {
    let workshop = trained();
    let page = reported(&workshop, "report results/grid", "grid.html");
    check(&page);
    assert_eq!(words(&page.all("h1")[0]), "Sizes, frozen or not");
    let sections: Vec<&str> = page.all("main > section").iter().filter_map(|section| section.attr("id")).collect();
    let all = ["settings", "scores", "trends", "curves", "types", "confusion", "errors", "time", "origin", "reproduce"];
    assert_eq!(sections, all);
    for id in ["trends", "curves", "types", "confusion", "time"] {
        assert!(
            !page.all(&format!("section#{id} svg polyline, section#{id} svg rect, section#{id} svg circle")).is_empty(),
            "{id}"
        );
    }
    assert!(page.section("scores").contains("Majority baselines on the test split"));
    assert!(page.section("settings").contains("data.train_size 32, 64 model.freeze false, true"));
    // words of the built-in data stand in the list
    assert!(!page.all("#errors li mark.wrong").is_empty());
    assert!(!page.section("errors").contains("Numbers stand for words"));
    assert!(page.section("origin").contains("builtin:tiny"));
}

#[test]
fn what_a_clone_lacks_is_said_and_everything_else_is_there() {
    let workshop = trained();
    let clone = workshop.cloned();
    let page = reported(&clone, "report results/grid", "grid.html");
    check(&page);
    assert!(page.section("time").starts_with("Time and memory No timings"));
    assert!(!page.all("#confusion svg").is_empty());
    std::fs::remove_dir_all(clone.path("results/grid/predictions")).unwrap();
    std::fs::remove_file(clone.path("results/grid/lock.toml")).unwrap();
    std::fs::remove_file(clone.path("results/grid/curves.csv")).unwrap();
    let page = reported(&clone, "report results/grid", "grid.html");
    check(&page);
    assert!(page.section("curves").contains("No curves"));
    assert!(page.section("confusion").contains("Restore predictions/ with git"));
    assert!(page.section("errors").contains("Restore predictions/ with git"));
    assert!(page.section("scores").contains("No majority baseline"));
    assert!(page.section("origin").contains("no lock.toml"));
    assert!(page.section("origin").contains("curves.csv is missing"));
    assert!(!page.all("#trends svg circle").is_empty());
}

#[test]
fn without_the_data_numbers_stand_for_words() {
    let workshop = trained();
    let settings = workshop.read("results/grid/experiment.toml").replace("builtin:es", "org/far_away");
    workshop.write("results/grid/experiment.toml", settings);
    let page = reported(&workshop, "report results/grid", "grid.html");
    check(&page);
    assert!(
        page.section("errors").contains("Numbers stand for words: the data set org/far_away is not on this machine")
    );
    assert!(!page.all("#errors li mark").is_empty());
}

#[test]
fn one_job_makes_a_page() {
    let workshop = Workshop::new("");
    Grid::new(&[]).row("base", &[], Ok(0.5)).write(&workshop, "results/one");
    let page = reported(&workshop, "report results/one", "one.html");
    check(&page);
    assert!(page.section("settings").contains("One setting: nothing varies."));
    assert_eq!(page.all("#trends svg").len(), 1);
}

#[test]
fn jobs_that_all_failed_make_a_page_without_plots() {
    let workshop = Workshop::new("");
    let failed = Grid::new(&["data.train_size"])
        .row("train_size=10", &[("data.train_size", "10")], Err("too-few-rows"))
        .row("train_size=20", &[("data.train_size", "20")], Err("too-few-rows"));
    failed.write(&workshop, "results/failed");
    let page = reported(&workshop, "report results/failed", "failed.html");
    check(&page);
    assert!(page.all("svg").is_empty());
    assert!(page.section("scores").contains("failed: too few rows"));
    assert!(page.section("scores").contains("it cannot be done"), "{}", page.section("scores"));
    assert!(page.section("trends").contains("No job has a score on the test split."));
}

#[test]
fn several_folders_make_one_page() {
    let workshop = Workshop::new("");
    grid().write(&workshop, "results/a");
    grid().write(&workshop, "results/b");
    let page = reported(&workshop, "report results/a results/b", "report.html");
    check(&page);
    assert_eq!(words(&page.all("h1")[0]), "2 results folders");
    assert_eq!(page.rows("#scores-table-1")[0][..3], ["experiment", "train_size", "freeze"]);
    assert_eq!(page.rows("#scores-table-1").len(), 1 + 8);
}

#[test]
fn a_page_of_400_jobs_is_bounded() {
    let workshop = Workshop::new("");
    let mut many = Grid::new(&["data.train_size", "model.freeze", "train.learning_rate"]);
    for (at, size) in (0..400).zip((0..20).cycle()) {
        let (size, rate) = ((100 * (size + 1)).to_string(), format!("{}e-5", at / 20 % 10 + 1));
        let freeze = if at < 200 { "false" } else { "true" };
        let label = format!("train_size={size},freeze={freeze},learning_rate={rate}");
        let own = [("data.train_size", size.as_str()), ("model.freeze", freeze), ("train.learning_rate", &rate)];
        many = many.row(&label, &own, Ok(0.5 + f64::from(at) / 1000.0));
    }
    many.write(&workshop, "results/many");
    let page = reported(&workshop, "report results/many", "many.html");
    check(&page);
    assert_eq!(page.rows("#scores-table-1").len(), 1 + 400);
    assert!(page.text.len() < 1_000_000, "{}", page.text.len());
    assert!(page.all("#trends svg").len() <= 6);
    assert!(page.section("trends").contains("Of 10 plots, the 6 with the highest mean are shown"));
    assert!(page.section("types").contains("Of 400 settings, the 6 with the highest mean test_entity_f1 are shown."));
    assert!(page.section("types").contains("All of them have freeze=true"), "{}", page.section("types"));
}

#[test]
fn evaluation_sets_make_a_map() {
    let experiment = "[data]\ndataset = \"./own\"\n[model]\ncheckpoint = \"builtin:tiny\"\n[train]\nmax_steps = 4\n\
                      [matrix]\ntrain.seed = [1, 2]\n[[evaluate]]\nname = \"news <b>\"\ndataset = \"./other\"\n";
    let workshop = Workshop::new(experiment);
    for name in ["own/train.conll", "own/test.conll", "other/test.conll"] {
        workshop.write(name, "Ana B-PER\nvive O\nen O\nLima B-LOC\n\nSí O\n\n");
    }
    let said = workshop.runner("run grid.toml --quiet");
    assert_eq!(said.status, 0, "{}", said.err);
    let page = reported(&workshop, "report results/grid", "grid.html");
    check(&page);
    let rows = page.rows("#transfer table");
    assert_eq!(rows[0], ["model", "own test", "news <b>"]);
    assert_eq!(rows.len(), 2);
    assert!(page.all("#transfer svg rect").len() >= 2);
}
