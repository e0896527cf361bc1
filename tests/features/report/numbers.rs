//! Numbers of a page are those of the other commands, and the same every time.

use super::{reported, trained};
use crate::show::grid;
use crate::workshop::Workshop;

/// The cells of the first table of Markdown, without marks.
fn markdown_rows(text: &str) -> Vec<Vec<String>> {
    let lines = text.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    let cells = |line: &str| {
        let cells = line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('*').replace("\\_", "_"));
        cells.map(|cell| cell.replace("<br>", "")).collect::<Vec<String>>()
    };
    lines.filter(|line| !line.contains("---")).map(cells).collect()
}

#[test]
fn the_table_of_scores_is_that_of_show() {
    let workshop = Workshop::new("");
    grid().write(&workshop, "results/grid");
    let shown = markdown_rows(&workshop.runner("show results/grid --format md").out);
    let page = reported(&workshop, "report results/grid", "grid.html");
    assert_eq!(shown.len(), 5);
    assert_eq!(page.rows("#scores-table-1")[1..], shown[1..]);
    // the best of the test is the only one that is marked
    let best: Vec<String> = page.all("#scores-table-1 strong").iter().map(super::words).collect();
    assert_eq!(best, [shown[3][3].clone()]);
    assert!(page.section("scores").contains("bold: beyond seed noise of every other setting (paired t, 5 %)"));
    // the numbers of the plot are those of the table
    let plot = page.rows("#trends figure table");
    let scores: Vec<&String> = plot[1..].iter().map(|row| &row[3]).collect();
    let mut wanted: Vec<&String> = shown[1..].iter().map(|row| &row[3]).collect();
    wanted.sort();
    let mut found = scores.clone();
    found.sort();
    assert_eq!(found, wanted);
}

#[test]
fn nothing_is_marked_where_show_marks_nothing() {
    let workshop = Workshop::new("");
    let close = crate::show::Grid::new(&["data.train_size", "model.freeze", "train.seed"])
        .setting("1000", "false", &[0.6, 0.7, 0.65])
        .setting("3000", "false", &[0.65, 0.6, 0.72]);
    close.write(&workshop, "results/close");
    let page = reported(&workshop, "report results/close", "close.html");
    assert!(page.all("td strong").is_empty());
    assert!(page.section("scores").contains("nothing is bold"));
}

#[test]
fn types_and_confusions_are_those_of_show_and_errors() {
    let workshop = trained();
    let page = reported(&workshop, "report results/grid", "grid.html");
    let shown = markdown_rows(&workshop.runner("show results/grid --types --format md").out);
    let types = page.rows("#types figure table");
    for row in &shown[1..] {
        let name = format!("train_size={},freeze={}", row[0], row[1]);
        let found = types.iter().find(|cells| cells[0] == row[2] && cells[1] == name);
        assert_eq!(found.map(|cells| &cells[2..]), Some(&row[3..]), "{name} {}", row[2]);
    }
    let json = workshop.runner("errors results/grid:train_size=32,freeze=false --format csv").out;
    let kinds = page.rows("#confusion > .scroll table");
    let first = kinds.iter().find(|row| row[0] == "train_size=32,freeze=false").unwrap();
    let errors: usize = first[3..].iter().map(|count| count.parse::<usize>().unwrap()).sum();
    assert_eq!(errors, json.lines().count() - 1, "an error a line");
}

#[test]
fn the_same_folder_gives_the_same_bytes() {
    let workshop = trained();
    let before = workshop.files("results/grid");
    let first = reported(&workshop, "report results/grid --svg plots", "grid.html").text;
    let plots = workshop.files("plots");
    let again = reported(&workshop, "report results/grid --svg plots --output again.html", "again.html").text;
    assert_eq!(first, again);
    assert_eq!(plots, workshop.files("plots"));
    assert_eq!(before, workshop.files("results/grid"), "a report changes nothing in the folder");
    let (clone, other) = (workshop.cloned(), workshop.cloned());
    let [one, two] = [clone, other].map(|clone| reported(&clone, "report results/grid", "grid.html").text);
    assert_eq!(one, two);
}
