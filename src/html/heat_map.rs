//! A grid of numbers, the larger the darker. It must not know what is measured.

use plotters::element::Rectangle;
use plotters::prelude::{Color, Text};
use plotters::style::text_anchor::HPos;

use super::drawing::{Area, Drawn, LETTER, UNIT, drawn, lettering, line};
use super::palette::{HEAT, INK, MUTED, RULE};
use super::text::shortened;

/// A grid of numbers.
#[derive(Debug, Clone)]
pub(super) struct HeatMap {
    /// What the rows are.
    pub(super) down: String,
    /// What the columns are.
    pub(super) across: String,
    /// The names of the columns.
    pub(super) columns: Vec<String>,
    /// The rows, each with its name and a cell for each column.
    pub(super) rows: Vec<(String, Vec<HeatCell>)>,
}

/// A number.
#[derive(Debug, Clone, Default)]
pub(super) struct HeatCell {
    /// What is read.
    pub(super) text: String,
    /// How dark it is, from 0 to 1.
    pub(super) share: f64,
}

/// The height of a cell, in pixels.
const CELL: i32 = 30;

/// Letters of a row's and of a column's name at most.
const NAMES: (usize, usize) = (34, 14);

/// How opaque the darkest cell is: text on it can still be read.
const DARKEST: f64 = 0.62;

impl HeatMap {
    /// The drawing, and its size in pixels.
    pub(super) fn draw(&self) -> (String, (u32, u32)) {
        let widest = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(1) as i32 * LETTER;
        let name = |(name, _): &(String, Vec<HeatCell>)| name.chars().count().min(NAMES.0);
        let left = widest(&mut self.rows.iter().map(name)).max(40) + 36;
        let cells = self.rows.iter().flat_map(|(_, cells)| cells).map(|cell| cell.text.chars().count());
        let heads = self.columns.iter().map(|name| name.chars().count().min(NAMES.1));
        let wide = widest(&mut cells.chain(heads)).max(40) + 12;
        let top = 44;
        let size = (
            (left + wide * self.columns.len() as i32 + 4).max(self.across.chars().count() as i32 * LETTER) as u32,
            (top + CELL * self.rows.len() as i32 + 4) as u32,
        );
        (drawn(size, |area| self.draw_on(area, left, top, wide)), size)
    }

    fn draw_on(&self, area: &Area<'_>, left: i32, top: i32, wide: i32) -> Drawn {
        let at = |x: i32, y: i32| (x * UNIT, y * UNIT);
        let across = left + wide * self.columns.len() as i32 / 2;
        area.draw(&Text::new(self.across.as_str(), at(across, 10), lettering(&MUTED, HPos::Center)))?;
        area.draw(&Text::new(self.down.as_str(), at(left - 8, 32), lettering(&MUTED, HPos::Right)))?;
        for (column, name) in self.columns.iter().enumerate() {
            let middle = left + wide * column as i32 + wide / 2;
            area.draw(&Text::new(shortened(name, NAMES.1), at(middle, 32), lettering(&INK, HPos::Center)))?;
        }
        for (row, (name, cells)) in self.rows.iter().enumerate() {
            let start = top + CELL * row as i32;
            let middle = start + CELL / 2;
            area.draw(&Text::new(shortened(name, NAMES.0), at(left - 8, middle), lettering(&INK, HPos::Right)))?;
            for (column, cell) in cells.iter().enumerate() {
                let x = left + wide * column as i32;
                let corners = [at(x, start), at(x + wide, start + CELL)];
                area.draw(&Rectangle::new(corners, HEAT.mix(DARKEST * cell.share.clamp(0.0, 1.0)).filled()))?;
                area.draw(&Rectangle::new(corners, line(RULE, 4)))?;
                let text = Text::new(cell.text.clone(), at(x + wide / 2, middle), lettering(&INK, HPos::Center));
                area.draw(&text)?;
            }
        }
        Ok(())
    }
}
