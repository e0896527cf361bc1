//! The kinds of problems that an experiment file, an override or a selection can have, and how each reads.

/// The kinds of problems.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's message says what it is")]
pub enum Fault {
    #[error("cannot read {path}: {reason}")]
    Unreadable { path: String, reason: String },
    #[error("{path} is not an experiment file: it looks like {what}")]
    NotAnExperiment { path: String, what: &'static str },
    #[error("{path} has lines that end in a carriage return alone, which TOML does not take")]
    ReturnsAlone { path: String },
    #[error("{path} is empty")]
    EmptyFile { path: String },
    #[error("{path} is a folder")]
    Folder { path: String },
    #[error("this is not TOML: {reason}")]
    Syntax { reason: String },
    #[error("unfinished merge ({mark})")]
    Merge { mark: &'static str },
    #[error("unknown key `{key}` {whereabouts}")]
    UnknownKey { key: String, whereabouts: String },
    #[error("unknown table `[{table}]`")]
    UnknownTable { table: String },
    #[error("`{key}` takes {expected}")]
    WrongType { key: String, expected: String },
    #[error("`{key}` takes {expected}, not {found}")]
    OutOfRange { key: String, expected: String, found: String },
    #[error("`{table}` is a table, not a key")]
    NotATable { table: String },
    #[error("`[[{table}]]` takes two brackets: it is a list of tables")]
    NotTables { table: String },
    #[error("the experiment has no `{key}`")]
    Missing { key: &'static str },
    #[error("`{key}` and `{rival}` are both given")]
    Rivals { key: &'static str, rival: &'static str },
    #[error("`{key}` needs a validation split, and none is scored")]
    NoValidation { key: &'static str },
    #[error("`{key}` needs scores while training, and none are taken")]
    NoEvaluation { key: &'static str },
    #[error("`{key}` needs a frozen encoder, and there is one that learns")]
    NotFrozen { key: &'static str },
    #[error("there is no score `{name}`")]
    NoSuchScore { name: String },
    #[error("`select.by = \"{name}\"` would choose on the test set")]
    ChoosesOnTest { name: String },
    #[error("`select.over` is empty")]
    EmptyOver,
    #[error("`{key}` stands twice in `select.over`")]
    OverTwice { key: &'static str },
    #[error("`{key}` cannot be chosen")]
    NeverOver { key: &'static str },
    #[error("`{key}` does not vary in this experiment")]
    NotVaried { key: &'static str },
    #[error("this `[[evaluate]]` is empty")]
    EmptySet,
    #[error("`{key}` has no meaning in `[[evaluate]]`")]
    NotOfASet { key: String },
    #[error("two sets to evaluate on are equal")]
    EqualSets,
    #[error("two sets to evaluate on would both be called {name}")]
    EqualSetNames { name: String },
    #[error("{name:?} cannot be the name of a set")]
    BadSetName { name: String },
    #[error("`{name}` cannot be the experiment's name: {reason}")]
    BadName { name: String, reason: &'static str },
    #[error("the file extends itself: {chain}")]
    Cycle { chain: String },
    #[error("the axis `{key}` is not a list")]
    AxisNotList { key: &'static str },
    #[error("the axis `{key}` is empty")]
    EmptyAxis { key: &'static str },
    #[error("`{key}` stands on two axes")]
    TwoAxes { key: &'static str },
    #[error("the lists of this zip have different lengths: {lengths}")]
    UnequalZip { lengths: String },
    #[error("`{key}` cannot vary: it does not bear on the numbers")]
    NotAnAxis { key: &'static str },
    #[error("this {part} of the matrix is empty")]
    EmptyRow { part: &'static str },
    #[error("this exclude matches no job")]
    ExcludesNothing,
    #[error("the excludes drop every job")]
    NoJobs,
    #[error("the matrix has {jobs} jobs; the most is {most}")]
    TooManyJobs { jobs: String, most: String },
    #[error("two jobs are equal: {label}")]
    EqualJobs { label: String },
    #[error("{name} {value} is listed twice")]
    ListedTwice { name: &'static str, value: String },
    #[error("two jobs would both be called {label}")]
    EqualLabels { label: String },
    #[error("{what} is written KEY=VALUE")]
    NoValue { what: &'static str },
    #[error("`{key}` varies in this experiment")]
    SetAxis { key: &'static str },
    #[error("`{key}` cannot be set from the command line")]
    NotSettable { key: String },
    #[error("no axis is called `{key}`")]
    UnknownSelector { key: String },
    #[error("`{key}` is the same in every job")]
    SameInEveryJob { key: String },
    #[error("no job has `{selector}`")]
    NothingSelected { selector: String },
}

impl Fault {
    /// Whether the file was not read whole, so that what it seems to lack may be there.
    pub(super) fn hides_the_file(&self) -> bool {
        matches!(
            self,
            Self::Syntax { .. }
                | Self::Merge { .. }
                | Self::Unreadable { .. }
                | Self::NotAnExperiment { .. }
                | Self::EmptyFile { .. }
                | Self::ReturnsAlone { .. }
                | Self::Folder { .. }
                | Self::Cycle { .. }
        )
    }

    /// The path of the file at fault, where the fault names one.
    pub(super) fn path(&mut self) -> Option<&mut String> {
        match self {
            Self::Unreadable { path, .. }
            | Self::NotAnExperiment { path, .. }
            | Self::EmptyFile { path }
            | Self::ReturnsAlone { path }
            | Self::Folder { path }
            | Self::Cycle { chain: path } => Some(path),
            _ => None,
        }
    }
}
