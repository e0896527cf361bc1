//! Values of options that are words of a list: reading, help and completions share the list. It must not know what an
//! option is for.

use std::error::Error;
use std::ffi::OsStr;
use std::str::FromStr;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Arg, Command};

use crate::analysis::Score;
use crate::machine::DeviceChoice;
use crate::words::Word;

/// One of the words of an enum.
pub(super) fn word<W: Word + Send + Sync>() -> impl TypedValueParser<Value = W> {
    one_of(W::WORDS.iter().copied())
}

/// One of these words of an enum.
pub(super) fn one_of<W: Word + Send + Sync>(
    words: impl IntoIterator<Item = &'static str>,
) -> impl TypedValueParser<Value = W> {
    PossibleValuesParser::new(words).map(|word| W::of_word(&word).expect("clap takes the words of the list alone"))
}

/// A device. `cuda:1` and further ones are read, too.
pub(super) fn device() -> Offered<DeviceChoice> {
    Offered::new(["auto", "cpu", "cuda", "cuda:all"].map(str::to_owned))
}

/// A score of `runner diff`.
pub(super) fn score() -> Offered<Score> {
    Offered::new(Score::all().map(|score| score.to_string()))
}

/// A column that `runner show` takes as a value; it is checked when the tables are read.
pub(super) fn shown_value() -> Offered<String> {
    Offered::new(Score::all().map(|score| score.to_string()).chain(["train_loss", "steps"].map(str::to_owned)))
}

/// Reads a value by its `FromStr`; completions offer these words, which need not be all that are read.
#[derive(Debug, Clone)]
pub(super) struct Offered<T> {
    words: Vec<String>,
    value: std::marker::PhantomData<T>,
}

impl<T> Offered<T> {
    fn new(words: impl IntoIterator<Item = String>) -> Self {
        Self { words: words.into_iter().collect(), value: std::marker::PhantomData }
    }
}

impl<T> TypedValueParser for Offered<T>
where
    T: FromStr + Clone + Send + Sync + 'static,
    T::Err: Error + Send + Sync + 'static,
{
    type Value = T;

    fn parse_ref(&self, command: &Command, argument: Option<&Arg>, value: &OsStr) -> Result<T, clap::Error> {
        let read: fn(&str) -> Result<T, T::Err> = T::from_str;
        read.parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.words.iter().map(PossibleValue::new)))
    }
}
