//! The command itself: where it writes, what it refuses, what it says.

use std::fs;

use insta::assert_snapshot;

use crate::show::grid;
use crate::workshop::Workshop;

fn workshop() -> Workshop {
    let workshop = Workshop::new("");
    grid().write(&workshop, "results/grid");
    workshop
}

#[test]
fn it_says_where_the_page_is_and_how_large() {
    let workshop = workshop();
    let said = workshop.runner("report results/grid");
    assert_eq!((said.status, said.err.as_str()), (0, ""));
    let size = workshop.read("grid.html").len().div_ceil(1000);
    assert_eq!(said.out, format!("grid.html ({size} KB)\n"));
    let said = workshop.runner("report results/grid --output pages.html --svg plots");
    assert_eq!(said.out, format!("pages.html ({size} KB)\n"));
    assert_eq!(said.err, format!("{} plots in plots\n", workshop.files("plots").len()));
}

#[test]
fn a_file_that_is_no_report_is_replaced_only_by_force() {
    let workshop = workshop();
    workshop.write("grid.html", "a page of mine");
    let said = workshop.runner("report results/grid");
    assert_eq!(said.status, 2);
    assert_snapshot!(said.err, @"error: grid.html is there already and is no earlier report; name another file, or replace it with --force");
    assert_eq!(workshop.read("grid.html"), "a page of mine");
    assert_eq!(workshop.runner("report results/grid --force").status, 0);
    assert!(workshop.read("grid.html").starts_with("<!DOCTYPE html>"));
    assert_eq!(workshop.runner("report results/grid").status, 0, "an earlier report is replaced");
    workshop.write("plots/trends-1.svg", "<svg>mine</svg>");
    let said = workshop.runner("report results/grid --svg plots --output other.html");
    assert_eq!(said.status, 2);
    assert_eq!(workshop.read("plots/trends-1.svg"), "<svg>mine</svg>");
    assert!(!workshop.path("other.html").exists(), "nothing is written where something is refused");
}

#[test]
fn plots_stand_alone_in_a_paper() {
    let workshop = workshop();
    assert_eq!(workshop.runner("report results/grid --svg plots").status, 0);
    let page = super::Read::new(&workshop, "grid.html");
    let plots = workshop.files("plots");
    assert_eq!(plots.len(), page.all("svg").len());
    for (name, content) in plots {
        let text = String::from_utf8(content).unwrap();
        assert!(text.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"), "{name}");
        assert!(text.contains("mm\" viewBox=\"0 0 ") && !text.contains("var(--"), "{name}");
        assert!(text.contains("font-family=\"sans-serif\"") && text.contains("#0072B2"), "{name}");
    }
}

#[test]
fn what_is_no_results_folder_is_refused() {
    let workshop = workshop();
    fs::create_dir(workshop.path("empty")).unwrap();
    let said = workshop.runner("report empty");
    assert_eq!(said.status, 2);
    assert_snapshot!(said.err, @"error: empty has no results.csv; name a results folder such as results/NAME, or run its experiment first");
    let said = workshop.runner("report nowhere");
    assert_eq!(said.status, 2);
    assert_snapshot!(said.err, @"error: nowhere: no such file or folder; name a results folder such as results/NAME");
    crate::show::Grid::new(&[]).write(&workshop, "results/none");
    let said = workshop.runner("report results/none");
    assert_eq!(said.status, 2);
    assert_snapshot!(said.err, @"error: none has no rows yet: run the experiment first");
    assert_eq!(workshop.runner("report").status, 2);
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_is_read() {
    use std::os::unix::fs::PermissionsExt as _;

    let workshop = workshop();
    let folder = workshop.path("results/grid");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
    let said = workshop.runner("report results/grid");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(said.status, 0, "{}", said.err);
    assert!(!workshop.path("results/grid/.run").exists());
}
