//! What all plots are drawn with: an area in quarters of a pixel, text, marks, legends. It must not know any plot.

use std::io;

use plotters::coord::Shift;
use plotters::element::{Circle, PathElement, Polygon};
use plotters::prelude::{Color, DrawingArea, DrawingAreaErrorKind, IntoDrawingArea, SVGBackend, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{IntoFont, RGBColor, ShapeStyle, TextStyle};

use super::palette::{INK, SERIES, dashed, solid};
use super::text::shortened;

/// Units of a drawing in a pixel: plotters draws in whole numbers.
pub(super) const UNIT: i32 = 4;

/// How large text is, in pixels.
pub(super) const LETTERS: f64 = 12.0;

/// How wide a letter is about, in pixels.
pub(super) const LETTER: i32 = 7;

/// An area of a drawing.
pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Whether something was drawn.
pub(super) type Drawn = Result<(), DrawingAreaErrorKind<io::Error>>;

/// A drawing in memory, without its outermost element. Sizes are in pixels.
pub(super) fn drawn(size: (u32, u32), draw: impl FnOnce(&Area<'_>) -> Drawn) -> String {
    let mut text = String::new();
    let units = (size.0 * UNIT as u32, size.1 * UNIT as u32);
    {
        let area = SVGBackend::with_string(&mut text, units).into_drawing_area();
        draw(&area).and_then(|()| area.present()).expect("a drawing in memory needs no file");
    }
    let inner = text.find('>').map_or("", |end| &text[end + 1..]);
    inner.trim_end().trim_end_matches("</svg>").trim().to_owned()
}

/// Text of a color and alignment.
pub(super) fn lettering<'a>(color: &'a RGBColor, h_pos: HPos) -> TextStyle<'a> {
    // plotters writes a font's size divided by 1.24
    let size = LETTERS * f64::from(UNIT) * 1.24;
    ("sans-serif", size).into_font().color(color).pos(Pos::new(h_pos, VPos::Center))
}

/// A line as thick as so many quarters of a pixel.
pub(super) fn line(color: RGBColor, units: u32) -> ShapeStyle {
    color.stroke_width(units)
}

/// The mark of a series at a place: disk, triangle, square, diamond, ring, cross.
pub(super) fn draw_mark(area: &Area<'_>, (x, y): (i32, i32), series: usize) -> Drawn {
    let (full, thick, radius) = (solid(series).filled(), line(solid(series), 8), 4 * UNIT);
    let shape = |points: &[(i32, i32)]| {
        let points: Vec<(i32, i32)> = points.iter().map(|(right, down)| (x + right, y + down)).collect();
        area.draw(&Polygon::new(points, full))
    };
    match series % SERIES {
        0 => area.draw(&Circle::new((x, y), radius, full)),
        1 => shape(&[(0, -19), (18, 14), (-18, 14)]),
        2 => shape(&[(-14, -14), (14, -14), (14, 14), (-14, 14)]),
        3 => shape(&[(0, -20), (20, 0), (0, 20), (-20, 0)]),
        4 => area.draw(&Circle::new((x, y), radius, thick)),
        _ => {
            area.draw(&PathElement::new(vec![(x - 14, y - 14), (x + 14, y + 14)], thick))?;
            area.draw(&PathElement::new(vec![(x - 14, y + 14), (x + 14, y - 14)], thick))
        }
    }
}

/// One run at a place.
pub(super) fn draw_run(area: &Area<'_>, place: (i32, i32), series: usize) -> Drawn {
    area.draw(&Circle::new(place, 2 * UNIT, solid(series).mix(0.45).filled()))
}

/// An interval between two places, with ends across it.
pub(super) fn draw_interval(area: &Area<'_>, from: (i32, i32), to: (i32, i32), series: usize) -> Drawn {
    let style = line(solid(series), 6);
    area.draw(&PathElement::new(vec![from, to], style))?;
    let across = if from.0 == to.0 { (3 * UNIT, 0) } else { (0, 3 * UNIT) };
    for (x, y) in [from, to] {
        area.draw(&PathElement::new(vec![(x - across.0, y - across.1), (x + across.0, y + across.1)], style))?;
    }
    Ok(())
}

/// Names of series in rows that fit a width, in pixels, and where each begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Legend {
    rows: Vec<Vec<(i32, usize, String)>>,
}

impl Legend {
    /// Of names; none where there is one alone.
    pub(super) fn new(names: &[String], width: i32) -> Self {
        let mut rows: Vec<Vec<(i32, usize, String)>> = Vec::new();
        let mut next = width;
        for (at, name) in names.iter().enumerate().filter(|_| names.len() > 1) {
            let name = shortened(name, ((width - SWATCH) / LETTER) as usize);
            let needed = SWATCH + LETTER * name.chars().count() as i32;
            if next + needed > width {
                rows.push(Vec::new());
                next = 0;
            }
            rows.last_mut().expect("a row was begun").push((next, at, name));
            next += needed + LETTER;
        }
        Self { rows }
    }

    /// How high it is, in pixels.
    pub(super) fn height(&self) -> i32 {
        self.rows.len() as i32 * LEGEND_ROW
    }

    /// Draws it from a place on, in pixels. `has_lines`: whether series are lines.
    pub(super) fn draw(&self, area: &Area<'_>, (left, top): (i32, i32), has_lines: bool) -> Drawn {
        for (row, entries) in self.rows.iter().enumerate() {
            let y = (top + row as i32 * LEGEND_ROW + LEGEND_ROW / 2) * UNIT;
            for (start, series, name) in entries {
                let x = (left + start) * UNIT;
                if has_lines {
                    let ends = vec![(x, y), (x + 26 * UNIT, y)];
                    area.draw(&PathElement::new(ends, line(dashed(*series), 8)))?;
                }
                draw_mark(area, (x + 13 * UNIT, y), *series)?;
                area.draw(&Text::new(name.as_str(), (x + SWATCH * UNIT - UNIT * 2, y), lettering(&INK, HPos::Left)))?;
            }
        }
        Ok(())
    }
}

/// What stands before a name, in pixels.
const SWATCH: i32 = 34;

/// A row of a legend, in pixels.
const LEGEND_ROW: i32 = 20;
