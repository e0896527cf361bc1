//! Text of users is text on a page, whatever it holds.

use super::page::check;
use super::{reported, words};
use crate::show::Grid;
use crate::workshop::Workshop;

#[cfg(unix)]
#[test]
fn markup_in_titles_names_and_values_is_text() {
    let workshop = Workshop::new("");
    let folder = "results/<script>alert(1)<";
    let language = "<img src=x onerror=alert(2)>\"'&amp;";
    let odd = Grid::new(&["data.language"]).row("language=a", &[("data.language", language)], Ok(0.5)).row(
        "language=b",
        &[("data.language", "\u{202e}b\u{200f}")],
        Ok(0.6),
    );
    odd.write(&workshop, folder);
    workshop.write(&format!("{folder}/experiment.toml"), "not TOML <script>alert(3)</script>");
    let page = reported(&workshop, &format!("report {folder} --svg plots --output odd.html"), "odd.html");
    check(&page);
    assert_eq!(words(&page.all("h1")[0]), "<script>alert(1)<");
    assert_eq!(words(&page.all("title")[0]), "<script>alert(1)<");
    assert!(page.all("img, b").is_empty());
    let names: Vec<String> = page.rows("#scores-table-1").into_iter().skip(1).map(|row| row[0].clone()).collect();
    assert_eq!(names, [language, "[U+202E]b[U+200F]"]);
    let labels: Vec<String> = page.all("#trends svg text").iter().map(words).collect();
    assert!(labels.iter().any(|label| label.starts_with("language=<img src=x onerror")), "{labels:?}");
    for (name, content) in workshop.files("plots") {
        let text = String::from_utf8(content).unwrap();
        assert!(!text.contains("<img") && !text.contains('\u{202e}'), "{name}");
    }
}

#[test]
fn an_experiment_titled_as_a_script_shows_its_title() {
    let title = "<script>alert(1)</script> & \\\"quotes\\\"";
    let data = "[data]\ndataset = \"./own\"\n[model]\ncheckpoint = \"builtin:tiny\"\n[train]\nmax_steps = 2\n";
    let workshop = Workshop::new(&format!("title = \"{title}\"\n{data}"));
    let sentences = "<script>alert(4)</script> B-<b>\u{202e}left\u{202c} O\n\u{5e9}\u{5dc}\u{5d5}\u{5dd} B-PER\n\
                     \u{7}bell O\n\n\"quoted\" B-PER\n& O\n\n";
    for name in ["own/train.conll", "own/test.conll"] {
        workshop.write(name, sentences.replace("B-<b>", "B-<b>\n"));
    }
    let said = workshop.runner("run grid.toml --quiet");
    assert_eq!(said.status, 0, "{}", said.err);
    let page = reported(&workshop, "report results/grid", "grid.html");
    check(&page);
    assert_eq!(words(&page.all("h1")[0]), "<script>alert(1)</script> & \"quotes\"");
    assert_eq!(page.all("script").len(), 1);
    let errors = page.section("errors");
    assert!(errors.contains("<script>alert(4)</script>"), "{errors}");
    assert!(!page.text.contains(['\u{202e}', '\u{7}']));
}
