//! `--fail-if`: conditions on differences that are beyond noise. It must not know how they are shown.

use std::str::FromStr;

use super::row::Row;
use super::verdict::Verdict;
use crate::analysis::Score;

/// A condition on the difference B − A of a score: `test_entity_f1 < -0.005`.
#[derive(Debug, Clone, PartialEq)]
pub struct FailIf {
    /// The score.
    pub score: Score,
    /// Whether differences below the bound fail; otherwise those above.
    pub below: bool,
    /// The bound.
    pub bound: f64,
    /// The bound as it was written.
    pub written: String,
}

/// What a condition finds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Finding {
    /// Rows for which it holds beyond noise.
    pub beyond: Vec<String>,
    /// Rows for which it holds within noise: listed, not counted.
    pub within: Vec<String>,
    /// Rows that cannot be judged: failed, gone, not comparable.
    pub unknown: Vec<String>,
}

impl FromStr for FailIf {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let usage =
            || format!("`{text}` is no condition; write METRIC < X or METRIC > X, as 'test_entity_f1 < -0.005'");
        let at = text.find(['<', '>']).ok_or_else(usage)?;
        let (name, bound) = (text[..at].trim(), text[at + 1..].trim());
        if bound.starts_with('=') {
            return Err(format!("`{text}`: write < or >, not <= or >="));
        }
        let bound_value: f64 = bound.parse().map_err(|_| usage())?;
        if !bound_value.is_finite() || name.is_empty() {
            return Err(usage());
        }
        let score = name.parse().map_err(|error: crate::analysis::UnknownScore| error.to_string())?;
        Ok(Self { score, below: text[at..].starts_with('<'), bound: bound_value, written: bound.to_owned() })
    }
}

impl FailIf {
    /// What the condition finds in rows.
    pub fn find(&self, rows: &[Row]) -> Finding {
        let mut finding = Finding::default();
        for row in rows.iter().filter(|row| row.score == self.score) {
            let holds = |difference: f64| if self.below { difference < self.bound } else { difference > self.bound };
            match (&row.verdict, &row.test) {
                (Verdict::NotComparable(_) | Verdict::Gone, _) => finding.unknown.push(row.label.clone()),
                (Verdict::New, _) if row.sides[1].as_ref().is_some_and(|side| side.runs == 0) => {
                    finding.unknown.push(row.label.clone());
                }
                (_, Some(test)) if holds(test.difference()) => {
                    let rows = if row.is_beyond() { &mut finding.beyond } else { &mut finding.within };
                    rows.push(row.label.clone());
                }
                _ => {}
            }
        }
        finding
    }
}

impl Finding {
    /// Whether the command fails.
    pub fn fails(&self) -> bool {
        !self.beyond.is_empty() || !self.unknown.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_a_score_a_sign_and_a_number() {
        let read = |text: &str| text.parse::<FailIf>();
        let condition = read("entity_f1<-0.005").expect("well written");
        assert_eq!((condition.score, condition.below, condition.bound), (Score::DEFAULT, true, -0.005));
        assert!(!read("test_token_accuracy > 1e-3").expect("well written").below);
        let error = |text: &str| read(text).expect_err(text);
        for text in ["entity_f1", "entity_f1 < x", "< 1", "entity_f1 < nan"] {
            assert!(error(text).contains("is no condition; write METRIC < X or METRIC > X"), "{}", error(text));
        }
        assert_eq!(error("entity_f1 <= 1"), "`entity_f1 <= 1`: write < or >, not <= or >=");
        assert!(error("f1 < 0").starts_with("`f1` is not a score"), "{}", error("f1 < 0"));
    }
}
