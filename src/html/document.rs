//! The whole page: head, contents, sections; and its plots as files. It must not know what sections show.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::commands::commands_section;
use super::confusion::confusion_section;
use super::curves::curves_section;
use super::error_list::errors_section;
use super::origin::origin_section;
use super::policy::policy;
use super::report::Report;
use super::scores::scores_section;
use super::section::Section;
use super::settings::settings_section;
use super::text::visible;
use super::time::time_section;
use super::transfer::transfer_section;
use super::trends::trends_section;
use super::types::types_section;

/// The look of every page.
const STYLE: &str = include_str!("page.css");

/// Sorting and filtering.
const SCRIPT: &str = include_str!("page.js");

/// What stands near the beginning of every page, and tells it from other files.
pub const PAGE_MARK: &str = "<meta name=\"generator\" content=\"runner report\">";

/// A page and the plots that stand on it.
pub struct Document {
    title: String,
    sections: Vec<Section>,
}

impl Document {
    /// Of results.
    pub fn new(report: &Report) -> Self {
        let sections = [
            Some(settings_section(report)),
            Some(scores_section(report)),
            Some(trends_section(report)),
            Some(curves_section(report)),
            Some(types_section(report)),
            Some(confusion_section(report)),
            transfer_section(report),
            Some(errors_section(report)),
            Some(time_section(report)),
            Some(origin_section(report)),
            Some(commands_section(report)),
        ];
        Self { title: title(report), sections: sections.into_iter().flatten().collect() }
    }

    /// The page as HTML.
    pub fn page(&self) -> String {
        // style and script are the program's own, and stand as their hashes have them
        let (title, body) = (visible(&self.title), PreEscaped(visible(&self.body().into_string())));
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    (PreEscaped(PAGE_MARK))
                    meta http-equiv="Content-Security-Policy" content=(policy(STYLE, SCRIPT));
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="referrer" content="no-referrer";
                    link rel="icon" href="data:,";
                    title { (title) }
                    style { (PreEscaped(STYLE)) }
                }
                body { (body) script { (PreEscaped(SCRIPT)) } }
            }
        };
        format!("{}\n", page.into_string())
    }

    /// The plots as SVG files: each file's name and content.
    pub fn plots(&self) -> Vec<(String, String)> {
        let plots = self.sections.iter().flat_map(Section::plots);
        plots.map(|(name, plot)| (format!("{name}.svg"), plot.file())).collect()
    }

    fn body(&self) -> Markup {
        html! {
            a.skip href="#content" { "Skip to the content" }
            header { h1 { (self.title) } }
            nav aria-label="Contents" {
                ol { @for section in &self.sections { li { a href={ "#" (section.id) } { (section.title) } } } }
            }
            main #content tabindex="-1" { @for section in &self.sections { (section.markup()) } }
            footer { p { "Made by " code { "runner report" } "; docs/reporting.md explains every section." } }
        }
    }
}

/// The experiment's title or name; of several how many.
fn title(report: &Report) -> String {
    match report.sources.as_slice() {
        [only] => {
            let title = only.experiment.as_ref().and_then(|experiment| experiment.title.clone());
            title.unwrap_or_else(|| only.name.clone())
        }
        several => format!("{} results folders", several.len()),
    }
}
