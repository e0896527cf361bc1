//! A plot of numbers against numbers: lines, means with intervals, runs as points. It must not know what is measured.

use plotters::chart::ChartBuilder;
use plotters::prelude::{Cartesian2d, ChartContext, SVGBackend, Text};
use plotters::series::LineSeries;
use plotters::style::FontTransform;
use plotters::style::text_anchor::HPos;

use super::drawing::{Area, Drawn, LETTER, Legend, UNIT, draw_interval, draw_mark, draw_run, drawn, lettering, line};
use super::palette::{INK, MUTED, RULE, dashed};
use super::scale::Scale;

/// A plot of numbers against numbers.
#[derive(Debug, Clone)]
pub(super) struct LinePlot {
    /// To the right.
    pub(super) x: Scale,
    /// Upwards.
    pub(super) y: Scale,
    /// At most [`super::palette::SERIES`] of them.
    pub(super) series: Vec<Series>,
}

/// What one color and mark stand for.
#[derive(Debug, Clone, Default)]
pub(super) struct Series {
    /// Its name.
    pub(super) name: String,
    /// Points that a line joins.
    pub(super) lines: Vec<Vec<(f64, f64)>>,
    /// Means.
    pub(super) means: Vec<Mean>,
}

/// A mean at a place.
#[derive(Debug, Clone)]
pub(super) struct Mean {
    /// To the right.
    pub(super) x: f64,
    /// Upwards.
    pub(super) y: f64,
    /// Its interval.
    pub(super) interval: Option<(f64, f64)>,
    /// The runs that it is of, where they are several.
    pub(super) runs: Vec<f64>,
}

/// The width of a plot, in pixels.
pub(super) const WIDTH: u32 = 560;

/// The height of its data, in pixels.
const HEIGHT: i32 = 260;

/// Below the data: ticks and title.
const BELOW: i32 = 50;

type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<Scale, Scale>>;

impl LinePlot {
    /// The drawing, and its size in pixels.
    pub(super) fn draw(&self) -> (String, (u32, u32)) {
        let names: Vec<String> = self.series.iter().map(|series| series.name.clone()).collect();
        let legend = Legend::new(&names, WIDTH as i32 - 60);
        let size = (WIDTH, (legend.height() + 14 + HEIGHT + BELOW) as u32);
        (drawn(size, |area| self.draw_on(area, &legend)), size)
    }

    fn draw_on(&self, area: &Area<'_>, legend: &Legend) -> Drawn {
        let has_lines = self.series.iter().any(|series| series.lines.iter().any(|line| line.len() > 1));
        legend.draw(area, (48, 0), has_lines)?;
        let widest = self.y.ticks.iter().map(|(_, text)| text.len() as i32).max().unwrap_or(1);
        let left = widest * LETTER + 32;
        let mut chart = ChartBuilder::on(area)
            .margin_top((legend.height() + 14) * UNIT)
            .margin_right(22 * UNIT)
            .x_label_area_size(BELOW * UNIT)
            .y_label_area_size(left * UNIT)
            .build_cartesian_2d(self.x.clone(), self.y.clone())?;
        self.draw_axes(area, &mut chart)?;
        for (at, series) in self.series.iter().enumerate() {
            for points in &series.lines {
                if let ([(x, y)], true) = (&points[..], series.means.is_empty()) {
                    // no line joins a single point, and no mean stands there
                    draw_mark(area, chart.backend_coord(&(self.x.place(*x), *y)), at)?;
                }
                let points = points.iter().map(|(x, y)| (self.x.place(*x), *y));
                chart.draw_series(LineSeries::new(points, line(dashed(at), 7)))?;
            }
            self.draw_means(area, &chart, at)?;
        }
        Ok(())
    }

    fn draw_axes(&self, area: &Area<'_>, chart: &mut Chart<'_, '_>) -> Drawn {
        chart
            .configure_mesh()
            .disable_x_mesh()
            .bold_line_style(line(RULE, 4))
            .light_line_style(plotters::style::TRANSPARENT)
            .axis_style(line(MUTED, 4))
            .set_all_tick_mark_size(5 * UNIT)
            .x_labels(self.x.ticks.len().max(1))
            .y_labels(self.y.ticks.len().max(1))
            .label_style(lettering(&INK, HPos::Center))
            .draw()?;
        let (corner, end) =
            (chart.backend_coord(&(self.x.low, self.y.low)), chart.backend_coord(&(self.x.high, self.y.high)));
        let middle = |from: i32, to: i32| (from + to) / 2;
        let below = (middle(corner.0, end.0), corner.1 + 38 * UNIT);
        area.draw(&Text::new(self.x.title.as_str(), below, lettering(&INK, HPos::Center)))?;
        let beside = lettering(&INK, HPos::Center).transform(FontTransform::Rotate270);
        area.draw(&Text::new(self.y.title.as_str(), (9 * UNIT, middle(corner.1, end.1)), beside))
    }

    /// Means with intervals and runs; those of several series stand beside each other.
    fn draw_means(&self, area: &Area<'_>, chart: &Chart<'_, '_>, at: usize) -> Drawn {
        let aside = (2 * at as i32 - (self.series.len() as i32 - 1)) * 3 * UNIT / 2;
        let place = |x: f64, y: f64| {
            let (x, y) = chart.backend_coord(&(self.x.place(x), y));
            (x + aside, y)
        };
        for mean in &self.series[at].means {
            for run in &mean.runs {
                let (x, y) = place(mean.x, *run);
                draw_run(area, (x + 8 * UNIT, y), at)?;
            }
            if let Some((low, high)) = mean.interval {
                draw_interval(area, place(mean.x, low), place(mean.x, high), at)?;
            }
            draw_mark(area, place(mean.x, mean.y), at)?;
        }
        Ok(())
    }
}
