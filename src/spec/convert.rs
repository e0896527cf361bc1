//! Between the settings' types and values. A value that is turned into a type was read against its key's forms before.

use std::collections::BTreeMap;

use super::{
    ClassWeights, Column, Columns, Files, Freeze, HeldOut, Interval, Languages, LoraTarget, Size, Source, Split, Value,
    Window,
};
use crate::words::Word;

impl From<Size> for Value {
    fn from(size: Size) -> Self {
        match size {
            Size::All => Size::ALL.into(),
            Size::Rows(rows) => rows.into(),
        }
    }
}

impl From<HeldOut> for Value {
    fn from(held_out: HeldOut) -> Self {
        match held_out {
            HeldOut::Share(share) => share.into(),
            HeldOut::Rows(rows) => rows.into(),
        }
    }
}

impl From<&Languages> for Value {
    fn from(languages: &Languages) -> Self {
        match languages.names() {
            [one] => one.as_str().into(),
            several => Self::Joined(several.to_vec()),
        }
    }
}

impl From<&BTreeMap<String, f64>> for Value {
    fn from(map: &BTreeMap<String, f64>) -> Self {
        sorted(map.iter().map(|(name, number)| (name.as_str(), (*number).into())))
    }
}

impl From<Freeze> for Value {
    fn from(freeze: Freeze) -> Self {
        match freeze {
            Freeze::Nothing => Self::Boolean(false),
            Freeze::Encoder => Self::Boolean(true),
            Freeze::Embeddings => Freeze::EMBEDDINGS.into(),
            Freeze::Layers(layers) => layers.into(),
        }
    }
}

impl From<Window> for Value {
    fn from(window: Window) -> Self {
        match window {
            Window::Off => Self::Boolean(false),
            Window::Longest => Self::Boolean(true),
            Window::Tokens(tokens) => tokens.into(),
        }
    }
}

impl From<Interval> for Value {
    fn from(interval: Interval) -> Self {
        match interval {
            Interval::Epoch => Interval::EPOCH.into(),
            Interval::Steps(steps) => steps.into(),
        }
    }
}

impl<W: Word> From<W> for Value {
    fn from(value: W) -> Self {
        value.word().into()
    }
}

impl From<&Column> for Value {
    fn from(column: &Column) -> Self {
        match column {
            Column::At(at) => (*at).into(),
            Column::Named(name) => name.as_str().into(),
        }
    }
}

impl From<&Columns> for Value {
    fn from(columns: &Columns) -> Self {
        let Columns { token, tag } = columns;
        let given = Columns::NAMES.into_iter().zip([token, tag]);
        sorted(given.filter_map(|(name, column)| Some((name, column.as_ref()?.into()))))
    }
}

impl From<&Files> for Value {
    fn from(files: &Files) -> Self {
        let Files { train, validation, test } = files;
        let given = Split::ALL.into_iter().zip([train, validation, test]);
        let value = |files: &Vec<String>| match &files[..] {
            [one] => one.as_str().into(),
            several => several.into(),
        };
        sorted(given.filter(|(_, files)| !files.is_empty()).map(|(split, files)| (split.name(), value(files))))
    }
}

impl From<&BTreeMap<String, String>> for Value {
    fn from(map: &BTreeMap<String, String>) -> Self {
        sorted(map.iter().map(|(name, text)| (name.as_str(), text.as_str().into())))
    }
}

fn sorted<'n>(entries: impl Iterator<Item = (&'n str, Value)>) -> Value {
    let mut entries: Vec<(String, Value)> = entries.map(|(name, value)| (name.to_owned(), value)).collect();
    entries.sort_by(|one, other| one.0.cmp(&other.0));
    Value::Map(entries)
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Boolean(truth)
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Integer(number as i128)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Integer(number.into())
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Float(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&[String]> for Value {
    fn from(texts: &[String]) -> Self {
        Self::List(texts.iter().map(|text| text.as_str().into()).collect())
    }
}

impl Value {
    /// Ends the program: the table of keys reads a key as a type that its forms do not give.
    fn unfit(&self, expected: &str) -> ! {
        unreachable!("the key's forms take {expected} only, not {self:?}")
    }

    pub(super) fn text(&self) -> String {
        let Self::Text(text) = self else { self.unfit("text") };
        text.clone()
    }

    pub(super) fn word<W: Word>(&self) -> W {
        let Self::Text(word) = self else { self.unfit("words") };
        W::of_word(word).unwrap_or_else(|| self.unfit("these words"))
    }

    pub(super) fn texts(&self) -> Vec<String> {
        let Self::List(values) = self else { self.unfit("lists") };
        values.iter().map(Self::text).collect()
    }

    /// In order, whatever that of the list.
    pub(super) fn lora_targets(&self) -> Vec<LoraTarget> {
        let Self::List(values) = self else { self.unfit("lists") };
        let mut targets: Vec<LoraTarget> = values.iter().map(Self::word).collect();
        targets.sort_unstable();
        targets
    }

    /// The value under a name of a map.
    pub(super) fn named(&self, wanted: &str) -> Option<&Value> {
        self.entries().iter().find(|(name, _)| name == wanted).map(|(_, value)| value)
    }

    fn entries(&self) -> &[(String, Value)] {
        let Self::Map(entries) = self else { self.unfit("maps") };
        entries
    }

    pub(super) fn text_map(&self) -> BTreeMap<String, String> {
        self.entries().iter().map(|(name, value)| (name.clone(), value.text())).collect()
    }

    pub(super) fn class_weights(&self) -> ClassWeights {
        match self {
            Self::Text(word) if word == ClassWeights::BALANCED => ClassWeights::Balanced,
            Self::Map(entries) => {
                ClassWeights::Given(entries.iter().map(|(tag, w)| (tag.clone(), w.number())).collect())
            }
            other => other.unfit("weights of tags"),
        }
    }

    pub(super) fn number_map(&self) -> BTreeMap<String, f64> {
        self.entries().iter().map(|(name, value)| (name.clone(), value.number())).collect()
    }

    pub(super) fn languages(&self) -> Languages {
        match self {
            Self::Text(name) => Languages(vec![name.clone()]),
            Self::Joined(names) => Languages(names.clone()),
            other => other.unfit("configurations"),
        }
    }

    pub(super) fn held_out(&self) -> HeldOut {
        match self {
            Self::Float(share) => HeldOut::Share(*share),
            Self::Integer(_) => HeldOut::Rows(self.count()),
            other => other.unfit("shares and numbers of rows"),
        }
    }

    fn column(&self) -> Column {
        match self {
            Self::Integer(_) => Column::At(self.count()),
            Self::Text(name) => Column::Named(name.clone()),
            other => other.unfit("columns"),
        }
    }

    pub(super) fn columns(&self) -> Columns {
        let [token, tag] = Columns::NAMES.map(|name| self.named(name).map(Self::column));
        Columns { token, tag }
    }

    pub(super) fn files(&self) -> Files {
        let [train, validation, test] = Split::ALL.map(|split| match self.named(split.name()) {
            None => Vec::new(),
            Some(Self::List(files)) => files.iter().map(Self::text).collect(),
            Some(file) => vec![file.text()],
        });
        Files { train, validation, test }
    }

    pub(super) fn truth(&self) -> bool {
        let Self::Boolean(truth) = self else { self.unfit("true and false") };
        *truth
    }

    pub(super) fn whole(&self) -> u64 {
        let Self::Integer(number) = self else { self.unfit("whole numbers") };
        u64::try_from(*number).unwrap_or_else(|_| self.unfit("numbers up to u64's largest"))
    }

    pub(super) fn count(&self) -> usize {
        usize::try_from(self.whole()).unwrap_or(usize::MAX)
    }

    pub(super) fn number(&self) -> f64 {
        let Self::Float(number) = self else { self.unfit("fractional numbers") };
        *number
    }

    pub(super) fn source(&self) -> Source {
        let Self::Source(source) = self else { self.unfit("sources") };
        source.clone()
    }

    pub(super) fn size(&self) -> Size {
        match self {
            Self::Integer(_) => Size::Rows(self.count()),
            Self::Text(word) if word == Size::ALL => Size::All,
            other => other.unfit("numbers of rows"),
        }
    }

    pub(super) fn freeze(&self) -> Freeze {
        match self {
            Self::Boolean(true) => Freeze::Encoder,
            Self::Boolean(false) => Freeze::Nothing,
            Self::Integer(_) => Freeze::Layers(self.count()),
            Self::Text(word) if word == Freeze::EMBEDDINGS => Freeze::Embeddings,
            other => other.unfit("what to freeze"),
        }
    }

    pub(super) fn window(&self) -> Window {
        match self {
            Self::Boolean(false) => Window::Off,
            Self::Boolean(true) => Window::Longest,
            Self::Integer(_) => Window::Tokens(self.count()),
            other => other.unfit("windows"),
        }
    }

    pub(super) fn interval(&self) -> Interval {
        match self {
            Self::Integer(_) => Interval::Steps(self.whole()),
            Self::Text(word) if word == Interval::EPOCH => Interval::Epoch,
            other => other.unfit("intervals"),
        }
    }
}
