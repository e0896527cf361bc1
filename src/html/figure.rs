//! A plot on a page or alone in a file: its drawing with a title, a description and its numbers as a table.

use maud::{Markup, PreEscaped, html};

use super::data_table::DataTable;
use super::palette::{in_page, on_paper};
use super::text::visible;

/// A plot.
#[derive(Debug, Clone)]
pub(super) struct Plot {
    /// What it shows, in a line.
    pub(super) title: String,
    /// What there is to see, for who cannot.
    pub(super) description: String,
    /// The drawing and its size in pixels.
    pub(super) drawing: (String, (u32, u32)),
    /// Its numbers.
    pub(super) numbers: DataTable,
}

/// What files of plots begin with. A file that begins so may be replaced.
pub const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- a plot of `runner report` -->\n";

/// Millimeters of a pixel: an inch has 96.
const MILLIMETERS: f64 = 25.4 / 96.0;

impl Plot {
    /// As a figure of a page; `id` is no other's.
    pub(super) fn figure(&self, id: &str) -> Markup {
        let (drawing, (width, height)) = &self.drawing;
        html! {
            figure {
                figcaption { (self.title) }
                div.scroll tabindex="0" role="group" aria-label=(self.title) {
                    svg.plot role="img" aria-labelledby={ (id) "-title " (id) "-text" } width=(width) height=(height)
                        viewBox=(self.view_box()) {
                        title id={ (id) "-title" } { (self.title) }
                        desc id={ (id) "-text" } { (self.description) }
                        (PreEscaped(in_page(drawing)))
                    }
                }
                details { summary { "The numbers of this plot" } (self.numbers.markup()) }
            }
        }
    }

    /// As a file of its own, in colors for white paper.
    pub(super) fn file(&self) -> String {
        let (drawing, (width, height)) = &self.drawing;
        let size = |pixels: &u32| format!("{:.1}mm", f64::from(*pixels) * MILLIMETERS);
        let body = html! {
            svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title text" width=(size(width))
                height=(size(height)) viewBox=(self.view_box()) {
                title id="title" { (self.title) }
                desc id="text" { (self.description) }
                (PreEscaped(on_paper(drawing)))
            }
        };
        visible(&format!("{DECLARATION}{}\n", body.into_string()))
    }

    fn view_box(&self) -> String {
        let units = |pixels: u32| pixels * super::drawing::UNIT as u32;
        let (width, height) = self.drawing.1;
        format!("0 0 {} {}", units(width), units(height))
    }
}
