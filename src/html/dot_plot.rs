//! A plot of named rows: means with intervals, runs as points, to the right by their size. It must not know what is measured.

use plotters::chart::ChartBuilder;
use plotters::prelude::Text;
use plotters::style::text_anchor::HPos;

use super::drawing::{Area, Drawn, LETTER, Legend, UNIT, draw_interval, draw_mark, draw_run, drawn, lettering, line};
use super::line_plot::WIDTH;
use super::palette::{INK, MUTED, RULE};
use super::scale::Scale;
use super::text::shortened;

/// A plot of named rows.
#[derive(Debug, Clone)]
pub(super) struct DotPlot {
    /// To the right.
    pub(super) x: Scale,
    /// The names of the series; one or none: no legend.
    pub(super) series: Vec<String>,
    /// From top to bottom.
    pub(super) rows: Vec<DotRow>,
}

/// A row.
#[derive(Debug, Clone)]
pub(super) struct DotRow {
    /// What it is of.
    pub(super) name: String,
    /// One for each series that has it.
    pub(super) dots: Vec<Dot>,
}

/// A mean of a series.
#[derive(Debug, Clone)]
pub(super) struct Dot {
    /// The series, by its place.
    pub(super) series: usize,
    /// The mean.
    pub(super) mean: f64,
    /// Its interval.
    pub(super) interval: Option<(f64, f64)>,
    /// The runs that it is of, where they are several.
    pub(super) runs: Vec<f64>,
}

/// Letters of a row's name at most.
const NAME: usize = 34;

/// Between two dots of a row, in pixels.
const LANE: i32 = 14;

/// Between the dots of two rows, in pixels.
const GAP: i32 = 12;

impl DotPlot {
    /// The drawing, and its size in pixels.
    pub(super) fn draw(&self) -> (String, (u32, u32)) {
        let legend = Legend::new(&self.series, WIDTH as i32 - 20);
        let height = legend.height() + 8 + self.rows.len() as i32 * self.row_height() + 50;
        let size = (WIDTH, height as u32);
        (drawn(size, |area| self.draw_on(area, &legend)), size)
    }

    fn row_height(&self) -> i32 {
        self.series.len().max(1) as i32 * LANE + GAP
    }

    fn draw_on(&self, area: &Area<'_>, legend: &Legend) -> Drawn {
        legend.draw(area, (8, 0), false)?;
        let names: Vec<String> = self.rows.iter().map(|row| shortened(&row.name, NAME)).collect();
        let left = names.iter().map(|name| name.chars().count() as i32).max().unwrap_or(1) * LETTER + 20;
        let top = legend.height() + 8;
        let mut chart = ChartBuilder::on(area)
            .margin_top(top * UNIT)
            .margin_right(22 * UNIT)
            .x_label_area_size(50 * UNIT)
            .y_label_area_size(left * UNIT)
            .build_cartesian_2d(self.x.clone(), 0.0..1.0)?;
        chart
            .configure_mesh()
            .disable_y_mesh()
            .disable_y_axis()
            .bold_line_style(line(RULE, 4))
            .light_line_style(plotters::style::TRANSPARENT)
            .axis_style(line(MUTED, 4))
            .set_all_tick_mark_size(5 * UNIT)
            .x_labels(self.x.ticks.len().max(1))
            .y_labels(0)
            .label_style(lettering(&INK, HPos::Center))
            .draw()?;
        let (corner, end) = (chart.backend_coord(&(self.x.low, 0.0)), chart.backend_coord(&(self.x.high, 0.0)));
        let below = ((corner.0 + end.0) / 2, corner.1 + 38 * UNIT);
        area.draw(&Text::new(self.x.title.as_str(), below, lettering(&INK, HPos::Center)))?;
        let across = |value: f64| chart.backend_coord(&(value, 0.0)).0;
        for (at, (row, name)) in self.rows.iter().zip(&names).enumerate() {
            let start = top + at as i32 * self.row_height();
            let middle = (start + self.row_height() / 2) * UNIT;
            area.draw(&Text::new(name.as_str(), ((left - 8) * UNIT, middle), lettering(&INK, HPos::Right)))?;
            for dot in &row.dots {
                let y = (start + GAP / 2 + dot.series as i32 * LANE + LANE / 2) * UNIT;
                dot.draw(area, y, across)?;
            }
        }
        Ok(())
    }
}

impl Dot {
    fn draw(&self, area: &Area<'_>, y: i32, across: impl Fn(f64) -> i32) -> Drawn {
        for run in &self.runs {
            draw_run(area, (across(*run), y + 5 * UNIT), self.series)?;
        }
        if let Some((low, high)) = self.interval {
            draw_interval(area, (across(low), y), (across(high), y), self.series)?;
        }
        draw_mark(area, (across(self.mean), y), self.series)
    }
}
