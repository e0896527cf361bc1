//! A section of a page: its parts in order. It must not know what they show.

use maud::{Markup, html};

use super::figure::Plot;

/// A section.
pub(super) struct Section {
    /// No other's; plots are named by it.
    pub(super) id: &'static str,
    /// Its heading.
    pub(super) title: &'static str,
    /// What stands below it.
    pub(super) parts: Vec<Part>,
}

/// A part of a section.
pub(super) enum Part {
    /// Text and tables.
    Markup(Markup),
    /// A plot.
    Plot(Box<Plot>),
}

impl Section {
    /// With nothing below it yet.
    pub(super) fn new(id: &'static str, title: &'static str) -> Self {
        Self { id, title, parts: Vec::new() }
    }

    /// Adds text or a table.
    pub(super) fn with(mut self, markup: Markup) -> Self {
        self.parts.push(Part::Markup(markup));
        self
    }

    /// Adds a paragraph.
    pub(super) fn saying(self, text: &str) -> Self {
        self.with(html! { p { (prose(text)) } })
    }

    /// Adds a paragraph, if there is something to say.
    pub(super) fn perhaps_saying(self, text: Option<String>) -> Self {
        match text {
            Some(text) => self.saying(&text),
            None => self,
        }
    }

    /// Adds plots.
    pub(super) fn plotting(mut self, plots: impl IntoIterator<Item = Plot>) -> Self {
        self.parts.extend(plots.into_iter().map(|plot| Part::Plot(Box::new(plot))));
        self
    }

    /// Its plots, each with a name that no other has.
    pub(super) fn plots(&self) -> impl Iterator<Item = (String, &Plot)> {
        let plots = self.parts.iter().filter_map(|part| match part {
            Part::Plot(plot) => Some(plot.as_ref()),
            Part::Markup(_) => None,
        });
        plots.enumerate().map(|(at, plot)| (format!("{}-{}", self.id, at + 1), plot))
    }

    /// As it stands on a page; plots side by side where there is room.
    pub(super) fn markup(&self) -> Markup {
        let mut plots = self.plots();
        let runs = self.parts.chunk_by(|one, other| one.is_plot() && other.is_plot());
        html! {
            section id=(self.id) aria-labelledby={ (self.id) "-heading" } {
                h2 id={ (self.id) "-heading" } { (self.title) }
                @for run in runs {
                    @match &run[0] {
                        Part::Markup(markup) => (markup),
                        Part::Plot(_) => div.plots {
                            @for (name, plot) in plots.by_ref().take(run.len()) { (plot.figure(&name)) }
                        },
                    }
                }
            }
        }
    }
}

impl Part {
    fn is_plot(&self) -> bool {
        matches!(self, Self::Plot(_))
    }
}

/// Text with what stands between backticks as code.
pub(super) fn prose(text: &str) -> Markup {
    html! {
        @for (at, part) in text.split('`').enumerate() {
            @if at % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}
