//! One line of the journal as text: a version, a checksum, an event. It knows no file.

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::event::Event;

/// The version of the lines that are written.
pub(super) const VERSION: u32 = 2;
/// Lines of this version have no checksum. They are read, and no longer written.
const WITHOUT_CHECKSUM: u32 = 1;

/// How every line begins.
const START: &str = "{\"version\":";
const CHECKSUM: &str = ",\"checksum\":\"";
const EVENT: &str = "\",\"event\":";

/// Why a line cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LineError {
    /// It is not as it was written.
    Damaged(String),
    /// A later program wrote it.
    Newer(u32),
}

/// The line of an event, with its end.
pub(super) fn line_of(event: &Event) -> String {
    let event = serde_json::to_string(event).expect("an event serializes");
    format!("{START}{VERSION}{CHECKSUM}{}{EVENT}{event}}}\n", checksum(&event))
}

/// Reads a line; white space and NULs around it do not matter.
pub(super) fn parse_line(line: &[u8]) -> Result<Event, LineError> {
    let damaged = |error: serde_json::Error| LineError::Damaged(error.to_string());
    let text = str::from_utf8(trimmed(line)).map_err(|_| LineError::Damaged("not UTF-8 text".to_owned()))?;
    if let Some((version, sum, event)) = parts(text)
        && sum == checksum(event)
    {
        let other = || LineError::Damaged("its version is not that of its checksum".to_owned());
        return if version == VERSION { serde_json::from_str(event).map_err(damaged) } else { Err(other()) };
    }
    // the version is read first, so that the line of a later program is not called damaged
    match serde_json::from_str::<Versioned>(text).map_err(damaged)?.version {
        VERSION => Err(LineError::Damaged("its checksum does not match".to_owned())),
        WITHOUT_CHECKSUM => Ok(serde_json::from_str::<Unchecked>(text).map_err(damaged)?.event),
        newer => Err(LineError::Newer(newer)),
    }
}

/// The events in a damaged line that is two lines without the line end between them.
pub(super) fn salvage(line: &[u8]) -> Vec<Event> {
    let start = START.as_bytes();
    let is_start = |place: &usize| line[*place..].starts_with(start);
    let places: Vec<usize> = (0..line.len()).filter(is_start).chain([line.len()]).collect();
    let pieces = places.windows(2).map(|pair| &line[pair[0]..pair[1]]);
    let whole = pieces.filter_map(|piece| Some(&piece[..=piece.iter().rposition(|&byte| byte == b'}')?]));
    whole.filter_map(|piece| parse_line(piece).ok()).collect()
}

/// Whether a line without an end may be the beginning of one that was being written, or only NULs.
pub(super) fn is_beginning(piece: &[u8]) -> bool {
    let (piece, start) = (trimmed(piece), START.as_bytes());
    piece.starts_with(start) || start.starts_with(piece)
}

/// Version, checksum and event of a line as this program writes it.
fn parts(text: &str) -> Option<(u32, &str, &str)> {
    let (version, rest) = text.strip_prefix(START)?.split_once(CHECKSUM)?;
    let (sum, event) = rest.split_once(EVENT)?;
    Some((version.parse().ok()?, sum, event.strip_suffix('}')?))
}

/// The first 16 hex digits of the SHA-256 of version and event.
fn checksum(event: &str) -> String {
    let hash = Sha256::new().chain_update(format!("{VERSION}:")).chain_update(event).finalize();
    hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn trimmed(mut line: &[u8]) -> &[u8] {
    let is_blank = |byte: &u8| *byte == 0 || byte.is_ascii_whitespace();
    while let Some((_, rest)) = line.split_first().filter(|(first, _)| is_blank(first)) {
        line = rest;
    }
    while let Some((_, rest)) = line.split_last().filter(|(last, _)| is_blank(last)) {
        line = rest;
    }
    line
}

#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    #[serde(rename = "version")]
    _version: u32,
    event: Event,
}
