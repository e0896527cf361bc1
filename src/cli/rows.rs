//! Progress as lines of a terminal: name, bar, percent, detail, time left. It must not know what makes progress.

/// Cells of a bar at least, from 60 columns up.
const BAR: usize = 20;
/// Cells of a bar at most.
const LONGEST_BAR: usize = 60;
/// Columns of a name at least.
const NAME: usize = 8;
/// Columns from which the detail stands beside the bar.
const DETAIL_FROM: usize = 72;
/// Spaces between two parts of a line.
const GAP: usize = 2;

/// How far something is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub name: String,
    /// The part that is done, from 0 to 1.
    pub done: f64,
    /// The loss, the phase or the bytes.
    pub detail: String,
    /// Seconds until the end, once they can be estimated.
    pub left: Option<f64>,
}

/// The rows in lines of at most `columns`, part below part. Long names are shortened in the middle.
pub(super) fn lines(rows: &[Row], columns: usize, color: bool) -> Vec<String> {
    let longest = |of: &dyn Fn(&Row) -> String| rows.iter().map(|row| width(&of(row))).max().unwrap_or_default();
    let left = |row: &Row| row.left.filter(|left| *left > 0.0).map(time_left).unwrap_or_default();
    let left_width = longest(&left).max(width("59 s left"));
    let percent = |row: &Row| format!("{:.0} %", (row.done * 100.0).floor());
    let percent_width = longest(&percent).max(width("99 %"));
    let has_detail = columns >= DETAIL_FROM;
    let detail_width = if has_detail { longest(&|row| row.detail.clone()).max(width("loss 0.123")) + GAP } else { 0 };
    let room = columns.saturating_sub(GAP + percent_width + detail_width + GAP + left_width);
    let name_width = longest(&|row| row.name.clone()).min(room.saturating_sub(GAP + BAR)).max(NAME);
    let cells = room.saturating_sub(name_width + GAP).min(LONGEST_BAR);
    let line = |row: &Row| {
        let name = shortened(&row.name, name_width);
        let detail = if has_detail { format!("  {:1$}", row.detail, detail_width - GAP) } else { String::new() };
        let bar = bar(row.done, cells, color);
        let text =
            format!("{name:name_width$}  {bar}  {:>percent_width$}{detail}  {:>left_width$}", percent(row), left(row));
        text.trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

fn bar(done: f64, cells: usize, color: bool) -> String {
    let halves = (done.clamp(0.0, 1.0) * 2.0 * cells as f64) as usize;
    let (full, half) = (halves / 2, halves % 2);
    let filled = "━".repeat(full) + if half == 1 { "╸" } else { "" };
    let empty = "─".repeat(cells - full - half);
    if color { format!("\x1b[32m{filled}\x1b[0m{empty}") } else { filled + &empty }
}

/// At most `columns`: of a longer text the keys are cut, since the values tell jobs apart; else its middle is left out.
fn shortened(text: &str, columns: usize) -> String {
    let count = width(text);
    if count <= columns {
        return text.to_owned();
    }
    let fits = |text: &String| width(text) <= columns;
    if let Some(text) = (1..columns).rev().map(|letters| with_short_keys(text, letters)).find(fits) {
        return text;
    }
    let kept = columns.saturating_sub(1);
    let head = text.chars().take(kept.div_ceil(2));
    let tail = text.chars().skip(count - kept / 2);
    head.chain(['…']).chain(tail).collect()
}

/// `train_size=1000 freeze=true` with so many letters of each key: `tra…=1000 fre…=true`.
fn with_short_keys(text: &str, letters: usize) -> String {
    let short = |part: &str| match part.split_once('=') {
        Some((key, value)) if width(key) > letters + 1 => {
            format!("{}…={value}", key.chars().take(letters).collect::<String>())
        }
        _ => part.to_owned(),
    };
    text.split(' ').map(short).collect::<Vec<_>>().join(" ")
}

/// In the unit that takes at most two digits.
pub(super) fn time_left(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 99.5 => format!("{:.0} s left", seconds.ceil()),
        seconds if seconds < 99.5 * 60.0 => format!("{:.0} min left", seconds / 60.0),
        seconds if seconds < 99.5 * 3600.0 => format!("{:.0} h left", seconds / 3600.0),
        seconds => format!("{:.0} d left", seconds / 86_400.0),
    }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Row> {
        let row =
            |name: &str, done, detail: &str, left| Row { name: name.to_owned(), done, detail: detail.to_owned(), left };
        vec![
            row("train_size=3000 freeze=false", 0.421, "loss 0.112", Some(2.4)),
            row("train_size=3000 freeze=true", 0.895, "predicting", Some(150.0)),
            row("2 of 4 jobs", 1.0, "", None),
        ]
    }

    #[test]
    fn at_80_columns_names_are_whole_beside_a_usable_bar() {
        let mut rows = rows();
        rows[1].left = Some(0.5);
        insta::assert_snapshot!(lines(&rows, 80, false).join("\n"), @r"
        train_size=3000 freeze=false  ━━━━━━━━────────────   42 %  loss 0.112   3 s left
        train_size=3000 freeze=true   ━━━━━━━━━━━━━━━━━╸──   89 %  predicting   1 s left
        2 of 4 jobs                   ━━━━━━━━━━━━━━━━━━━━  100 %
        ");
    }

    #[test]
    fn lines_fit_and_bars_stay_usable_from_60_columns_up() {
        let mut rows = rows();
        rows[0].name = format!("learning_rate=0.00005 {}", rows[0].name);
        for columns in 60..200 {
            for line in lines(&rows, columns, false) {
                let cells = line.chars().filter(|cell| "━╸─".contains(*cell)).count();
                assert!(width(&line) <= columns && (BAR..=LONGEST_BAR).contains(&cells), "{columns}: {line}");
            }
        }
        assert_eq!(shortened(&rows[0].name, 40), "learn…=0.00005 train…=3000 freeze=false");
        assert_eq!(shortened("train_size=1000 freeze=false", 20), "tra…=1000 fre…=false");
        assert_eq!(shortened("model-00001-of-00002.safetensors", 20), "model-0000…fetensors");
    }

    #[test]
    fn time_left_has_two_digits_and_a_unit() {
        let texts = [0.2, 59.1, 99.6, 3600.0, 7200.0, 400_000.0].map(time_left);
        assert_eq!(texts, ["1 s left", "60 s left", "2 min left", "60 min left", "2 h left", "5 d left"]);
    }
}
