//! How to cite a score, and the commands that make or check everything again.

use maud::html;

use super::report::Report;
use super::section::Section;

/// The section.
pub(super) fn commands_section(report: &Report) -> Section {
    let folders: Vec<String> = (0..report.sources.len()).map(|at| report.folder_name(at)).collect();
    let all = folders.join(" ");
    let version = env!("CARGO_PKG_VERSION");
    let quote = "Quote entity_f1 with its interval and the number of seeds, the data set with its commit, the \
                 checkpoint with its commit, and the version of runner.";
    let of_this = format!(
        "Scores by runner {version}: entity_f1 counts whole entities as conlleval and seqeval do, micro-averaged; ± is \
         the 95 % interval of the mean over seeds (Student's t on the logit scale), ~ that over test sentences for one \
         seed."
    );
    let mut lines: Vec<(String, &str)> = Vec::new();
    for folder in &folders {
        lines.push((
            format!("runner run {folder}/experiment.toml"),
            "run again what has no result, with the pinned inputs",
        ));
        lines.push((format!("runner verify {folder}"), "check that rows, keys, tables and predictions agree"));
    }
    lines.push((format!("runner show {all}"), "print the table"));
    lines.push((format!("runner report {all}"), "make this page"));
    lines.push((format!("runner report {all} --svg plots"), "write its plots for a paper"));
    Section::new("reproduce", "Cite and reproduce")
        .saying(quote)
        .saying(&of_this)
        .with(html! { dl { @for (command, does) in &lines { dt { code { (command) } } dd { (does) } } } })
}
