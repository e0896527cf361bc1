//! Between the settings' types and values. What comes back from a value was read against its key's forms before.

use std::collections::BTreeMap;

use super::{
    Column, Columns, Files, Freeze, Interval, Keep, LabelPieces, Precision, SaveModels, Schedule, Scheme, Size, Source,
    Split, Value,
};

impl From<Size> for Value {
    fn from(size: Size) -> Self {
        match size {
            Size::All => Self::Text("all".to_owned()),
            Size::Rows(rows) => rows.into(),
        }
    }
}

impl From<Split> for Value {
    fn from(split: Split) -> Self {
        split.name().into()
    }
}

impl From<Freeze> for Value {
    fn from(freeze: Freeze) -> Self {
        match freeze {
            Freeze::Nothing => Self::Boolean(false),
            Freeze::Encoder => Self::Boolean(true),
            Freeze::Embeddings => Self::Text("embeddings".to_owned()),
            Freeze::Layers(layers) => layers.into(),
        }
    }
}

impl From<Interval> for Value {
    fn from(interval: Interval) -> Self {
        match interval {
            Interval::Epoch => Self::Text("epoch".to_owned()),
            Interval::Steps(steps) => steps.into(),
        }
    }
}

impl From<Schedule> for Value {
    fn from(schedule: Schedule) -> Self {
        Self::Text(
            match schedule {
                Schedule::Linear => "linear",
                Schedule::Cosine => "cosine",
                Schedule::Constant => "constant",
            }
            .to_owned(),
        )
    }
}

impl From<Precision> for Value {
    fn from(precision: Precision) -> Self {
        Self::Text(
            match precision {
                Precision::Auto => "auto",
                Precision::Fp32 => "fp32",
                Precision::Bf16 => "bf16",
            }
            .to_owned(),
        )
    }
}

impl From<Keep> for Value {
    fn from(keep: Keep) -> Self {
        Self::Text(
            match keep {
                Keep::Last => "last",
                Keep::Best => "best",
            }
            .to_owned(),
        )
    }
}

impl From<SaveModels> for Value {
    fn from(models: SaveModels) -> Self {
        Self::Text(
            match models {
                SaveModels::Auto => "auto",
                SaveModels::All => "all",
                SaveModels::None => "none",
            }
            .to_owned(),
        )
    }
}

impl From<Scheme> for Value {
    fn from(scheme: Scheme) -> Self {
        scheme.name().into()
    }
}

impl From<LabelPieces> for Value {
    fn from(pieces: LabelPieces) -> Self {
        match pieces {
            LabelPieces::First => "first",
            LabelPieces::All => "all",
        }
        .into()
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
        let columns = [("tag", &columns.tag), ("token", &columns.token)];
        let chosen = columns.into_iter().filter_map(|(name, column)| Some((name.to_owned(), column.as_ref()?.into())));
        Self::Map(chosen.collect())
    }
}

impl From<&Files> for Value {
    fn from(files: &Files) -> Self {
        let files = [("test", &files.test), ("train", &files.train), ("validation", &files.validation)];
        let named = files.into_iter().filter_map(|(name, file)| Some((name.to_owned(), file.as_deref()?.into())));
        Self::Map(named.collect())
    }
}

impl From<&BTreeMap<String, String>> for Value {
    fn from(map: &BTreeMap<String, String>) -> Self {
        Self::Map(map.iter().map(|(name, text)| (name.clone(), text.as_str().into())).collect())
    }
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
    pub(super) fn text(&self) -> String {
        self.to_string()
    }

    pub(super) fn texts(&self) -> Vec<String> {
        let Self::List(values) = self else { unreachable!("the form takes lists only, not {self:?}") };
        values.iter().map(Self::text).collect()
    }

    /// The value under a name of a map.
    fn named(&self, wanted: &str) -> Option<&Value> {
        self.entries().iter().find(|(name, _)| name == wanted).map(|(_, value)| value)
    }

    fn entries(&self) -> &[(String, Value)] {
        let Self::Map(entries) = self else { unreachable!("the form takes maps only, not {self:?}") };
        entries
    }

    pub(super) fn text_map(&self) -> BTreeMap<String, String> {
        self.entries().iter().map(|(name, value)| (name.clone(), value.text())).collect()
    }

    pub(super) fn columns(&self) -> Columns {
        let column = |name| {
            self.named(name).map(|value| match value {
                Self::Integer(_) => Column::At(value.count()),
                _ => Column::Named(value.text()),
            })
        };
        Columns { token: column("token"), tag: column("tag") }
    }

    pub(super) fn files(&self) -> Files {
        let file = |name| self.named(name).map(Self::text);
        Files { train: file("train"), validation: file("validation"), test: file("test") }
    }

    pub(super) fn scheme(&self) -> Scheme {
        match self.text().as_str() {
            "iob1" => Scheme::Iob1,
            "bioes" => Scheme::Bioes,
            "io" => Scheme::Io,
            "types" => Scheme::Types,
            _ => Scheme::Iob2,
        }
    }

    pub(super) fn label_pieces(&self) -> LabelPieces {
        if self.text() == "all" { LabelPieces::All } else { LabelPieces::First }
    }

    pub(super) fn truth(&self) -> bool {
        *self == Self::Boolean(true)
    }

    pub(super) fn whole(&self) -> u64 {
        let Self::Integer(number) = self else { unreachable!("the form takes whole numbers only, not {self:?}") };
        u64::try_from(*number).expect("the form takes no number beyond u64")
    }

    pub(super) fn count(&self) -> usize {
        usize::try_from(self.whole()).unwrap_or(usize::MAX)
    }

    pub(super) fn number(&self) -> f64 {
        let Self::Float(number) = self else {
            unreachable!("the form turns numbers into fractional ones, not {self:?}")
        };
        *number
    }

    pub(super) fn source(&self) -> Source {
        let Self::Source(source) = self else { unreachable!("the form turns text into sources, not {self:?}") };
        source.clone()
    }

    pub(super) fn size(&self) -> Size {
        if matches!(self, Self::Integer(_)) { Size::Rows(self.count()) } else { Size::All }
    }

    pub(super) fn split(&self) -> Split {
        let text = self.text();
        Split::ALL.into_iter().find(|split| split.name() == text).expect("the form takes names of splits only")
    }

    pub(super) fn freeze(&self) -> Freeze {
        match self {
            Self::Boolean(true) => Freeze::Encoder,
            Self::Boolean(false) => Freeze::Nothing,
            Self::Integer(_) => Freeze::Layers(self.count()),
            _ => Freeze::Embeddings,
        }
    }

    pub(super) fn interval(&self) -> Interval {
        if matches!(self, Self::Integer(_)) { Interval::Steps(self.whole()) } else { Interval::Epoch }
    }

    pub(super) fn schedule(&self) -> Schedule {
        match self.text().as_str() {
            "cosine" => Schedule::Cosine,
            "constant" => Schedule::Constant,
            _ => Schedule::Linear,
        }
    }

    pub(super) fn precision(&self) -> Precision {
        match self.text().as_str() {
            "fp32" => Precision::Fp32,
            "bf16" => Precision::Bf16,
            _ => Precision::Auto,
        }
    }

    pub(super) fn keep(&self) -> Keep {
        if self.text() == "best" { Keep::Best } else { Keep::Last }
    }

    pub(super) fn save_models(&self) -> SaveModels {
        match self.text().as_str() {
            "all" => SaveModels::All,
            "none" => SaveModels::None,
            _ => SaveModels::Auto,
        }
    }
}
