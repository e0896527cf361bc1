//! How long this process's allocation lasts, by Slurm.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::program::run;

/// How long squeue may take.
const LIMIT: Duration = Duration::from_secs(20);

/// How long an allocation lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeLeft {
    /// It has no end.
    Unlimited,
    /// So long.
    For(Duration),
}

/// How long this process's allocation lasts: as Slurm says, which needs no clock; else by the end that it gave at the start
/// and this machine's clock. None outside of an allocation, or where nobody says.
pub fn time_left() -> Option<TimeLeft> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let job = variable("SLURM_JOB_ID")?;
    let said = run("squeue", &["--noheader", "--format=%L", "--jobs", &job], LIMIT).ok();
    let said = said.filter(|said| said.is_well).and_then(|said| parse(said.out.lines().next()?));
    said.or_else(|| {
        let end = UNIX_EPOCH + Duration::from_secs(variable("SLURM_JOB_END_TIME")?.parse().ok()?);
        Some(TimeLeft::For(end.duration_since(SystemTime::now()).unwrap_or_default()))
    })
}

/// A time as squeue writes it: `[DAYS-][HOURS:]MINUTES:SECONDS`, or UNLIMITED; none for INVALID and NOT_SET.
fn parse(text: &str) -> Option<TimeLeft> {
    let text = text.trim();
    if text == "UNLIMITED" {
        return Some(TimeLeft::Unlimited);
    }
    let (days, rest) = match text.split_once('-') {
        Some((days, rest)) => (days.parse::<u64>().ok()?, rest),
        None => (0, text),
    };
    let parts: Vec<u64> = rest.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let (hours, minutes, seconds) = match parts[..] {
        [hours, minutes, seconds] => (hours, minutes, seconds),
        [minutes, seconds] => (0, minutes, seconds),
        _ => return None,
    };
    Some(TimeLeft::For(Duration::from_secs(((days * 24 + hours) * 60 + minutes) * 60 + seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_squeue_writes_them() {
        let seconds = |text: &str| match parse(text)? {
            TimeLeft::For(time) => Some(time.as_secs()),
            TimeLeft::Unlimited => Some(u64::MAX),
        };
        assert_eq!(seconds("1-02:03:04"), Some(93_784));
        assert_eq!(seconds("02:03:04"), Some(7_384));
        assert_eq!(seconds(" 4:05\n"), Some(245));
        assert_eq!([seconds("UNLIMITED"), seconds("0:00")], [Some(u64::MAX), Some(0)]);
        assert_eq!([seconds("INVALID"), seconds("NOT_SET"), seconds(""), seconds("-1:00")], [None; 4]);
    }
}
