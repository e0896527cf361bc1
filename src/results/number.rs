//! Numbers as the tables show them, rounded when they are made, so that journal, table and summary have the same value and
//! a clone writes the same bytes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Text that is not a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a number; expected one such as 0.812500")]
pub struct NumberError;

/// A number of six decimals: scores and losses.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Decimal(f64);

impl Decimal {
    /// Rounds to six decimals, halves of the exact binary value to even.
    pub fn new(value: f64) -> Self {
        Self(reparse(&format!("{value:.6}")))
    }

    /// The rounded value.
    pub fn value(self) -> f64 {
        self.0
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.6}", self.0)
    }
}

/// A number of nine significant digits: the curves.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Significant(f64);

impl Significant {
    /// Rounds to nine significant digits.
    pub fn new(value: f64) -> Self {
        Self(reparse(&format!("{value:.8e}")))
    }

    /// The rounded value.
    pub fn value(self) -> f64 {
        self.0
    }
}

/// The shortest text: plain from 0.0001 to 1e9, otherwise with an exponent.
impl fmt::Display for Significant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.abs();
        if size == 0.0 || (1e-4..1e9).contains(&size) || !size.is_finite() {
            write!(f, "{}", self.0)
        } else {
            write!(f, "{:e}", self.0)
        }
    }
}

/// Back from a rounded text; minus zero becomes zero.
fn reparse(text: &str) -> f64 {
    text.parse::<f64>().expect("formatted from an f64") + 0.0
}

fn parse(text: &str) -> Result<f64, NumberError> {
    text.parse().map_err(|_| NumberError)
}

macro_rules! text_number {
    ($($name:ident),*) => {$(
        impl FromStr for $name {
            type Err = NumberError;

            fn from_str(text: &str) -> Result<Self, NumberError> {
                parse(text).map(Self::new)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NumberError;

            fn try_from(text: String) -> Result<Self, NumberError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(number: $name) -> Self {
                number.to_string()
            }
        }

        /// Equal if their texts are, so that NaN equals itself.
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0 == other.0 || (self.0.is_nan() && other.0.is_nan())
            }
        }

        impl Eq for $name {}
    )*};
}

text_number!(Decimal, Significant);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_decimals_are_shown_whatever_the_size() {
        let shown =
            [0.0, -1e-9, 1.0, 2.0 / 3.0, 12.3456785, f64::NAN, f64::INFINITY].map(|x| Decimal::new(x).to_string());
        assert_eq!(shown, ["0.000000", "0.000000", "1.000000", "0.666667", "12.345678", "NaN", "inf"]);
    }

    #[test]
    fn nine_digits_are_shown_in_the_shortest_form() {
        let shown = [0.0, 3.0, 1.0 / 3.0, 5e-5, 4.996875e-5, 123456.7891234, 1e-12, 2e9, -0.5, f64::NAN]
            .map(|x| Significant::new(x).to_string());
        let expected = ["0", "3", "0.333333333", "5e-5", "4.996875e-5", "123456.789", "1e-12", "2e9", "-0.5", "NaN"];
        assert_eq!(shown, expected);
    }

    #[test]
    fn text_and_number_agree_both_ways() {
        for value in [0.1 + 0.2, 1e-7, 99999.9999995, f64::NEG_INFINITY, f64::NAN, 8.25e-300] {
            let decimal = Decimal::new(value);
            assert_eq!(decimal.to_string().parse(), Ok(decimal));
            let significant = Significant::new(value);
            assert_eq!(significant.to_string().parse(), Ok(significant));
            let json = serde_json::to_string(&significant).expect("serialises");
            assert_eq!(serde_json::from_str::<Significant>(&json).expect("parses"), significant);
        }
        assert_eq!("half".parse::<Decimal>(), Err(NumberError));
    }
}
