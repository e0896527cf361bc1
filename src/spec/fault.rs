//! The kinds of problems in an experiment file, an override or a selection, and the message of each.

/// The kinds of problems.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's message says what it is")]
pub enum Fault {
    #[error("cannot read {path}: {reason}")]
    Unreadable { path: String, reason: String },
    #[error("{path} is not an experiment file: it looks like {what}")]
    NotAnExperiment { path: String, what: &'static str },
    #[error("{path} has lines that end in a lone carriage return, which TOML does not allow")]
    ReturnsAlone { path: String },
    #[error("{path} is empty")]
    EmptyFile { path: String },
    #[error("{path} is a folder")]
    Folder { path: String },
    #[error("invalid TOML: {reason}")]
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
    #[error("`[[{table}]]` needs two brackets: it is a list of tables")]
    NotTables { table: String },
    #[error("`{key}` is missing")]
    Missing { key: &'static str },
    #[error("`{key}` and `{rival}` are both set")]
    Rivals { key: &'static str, rival: &'static str },
    #[error("`{key}` needs validation scores, but no validation rows are scored")]
    NoValidation { key: &'static str },
    #[error("`{key}` needs scores during training, but `train.evaluate_every` is unset")]
    NoEvaluation { key: &'static str },
    #[error("`{key}` needs a frozen encoder, but some jobs train it")]
    NotFrozen { key: &'static str },
    #[error("`{key}` says what learns, but some jobs set `model.freeze` too")]
    Frozen { key: &'static str },
    #[error("`{key}` needs `{selector} = {variant}`, but {jobs}")]
    NeedsVariant { key: &'static str, selector: &'static str, variant: &'static str, jobs: &'static str },
    #[error("`{key}` does not go with the `{other}` of some jobs")]
    Unsuited { key: &'static str, other: &'static str },
    #[error("`{key}` needs `{other}`, which some jobs do not set")]
    Needs { key: &'static str, other: &'static str },
    #[error("`{key}` is not below the `{other}` of some jobs")]
    NotBelow { key: &'static str, other: &'static str },
    #[error("a CRF needs `data.label_pieces = \"first\"`, but some jobs label all pieces")]
    PiecesInChain,
    #[error("`{key}` needs `{needed}`, which is unset")]
    NeedsKey { key: &'static str, needed: &'static str },
    #[error("`data.fold = {fold}` is no fold: the {folds} folds are 0 to {}", folds - 1)]
    NoSuchFold { fold: usize, folds: usize },
    #[error("`data.language_weights` names {names}, but `data.language` has {languages}")]
    OtherLanguages { names: String, languages: String },
    #[error("`data.language_weights` divides `data.train_size`, which is \"all\"")]
    DividesAll,
    #[error("unknown score `{name}`")]
    NoSuchScore { name: String },
    #[error("`select.by = \"{name}\"` selects on the test set")]
    ChoosesOnTest { name: String },
    #[error("`select.over` is empty")]
    EmptyOver,
    #[error("`{key}` is listed twice in `select.over`")]
    OverTwice { key: &'static str },
    #[error("`{key}` cannot be in `select.over`")]
    NeverOver { key: &'static str },
    #[error("`select.first_rung` needs to know how many steps each job takes, and {label} trains on all rows")]
    UnknownSteps { label: String },
    #[error("jobs that are compared at a rung take different numbers of steps: {one} takes {steps}, {other} {others}")]
    UnequalSteps { one: String, steps: u64, other: String, others: u64 },
    #[error("`select.first_rung = {rung}` is not below the steps of any job: the longest takes {steps}")]
    NoRung { rung: u64, steps: u64 },
    #[error("`{key}` does not vary in this experiment")]
    NotVaried { key: &'static str },
    #[error("this `[[evaluate]]` is empty")]
    EmptySet,
    #[error("`{key}` is not a key of `[[evaluate]]`")]
    NotOfASet { key: String },
    #[error("two `[[evaluate]]` sets are equal")]
    EqualSets,
    #[error("two `[[evaluate]]` sets have the name {name}")]
    EqualSetNames { name: String },
    #[error("{name:?} cannot be the name of an `[[evaluate]]` set")]
    BadSetName { name: String },
    #[error("`{name}` cannot be the experiment's name: {reason}")]
    BadName { name: String, reason: &'static str },
    #[error("the file extends itself: {chain}")]
    Cycle { chain: String },
    #[error("the axis `{key}` is not a list")]
    AxisNotList { key: &'static str },
    #[error("the axis `{key}` is empty")]
    EmptyAxis { key: &'static str },
    #[error("`{key}` is on two axes")]
    TwoAxes { key: &'static str },
    #[error("the lists of this zip have different lengths: {lengths}")]
    UnequalZip { lengths: String },
    #[error("`{key}` cannot be a matrix axis: it does not affect results")]
    NotAnAxis { key: &'static str },
    #[error("this {part} of the matrix is empty")]
    EmptyRow { part: &'static str },
    #[error("this exclude matches no job")]
    ExcludesNothing,
    #[error("the excludes drop all jobs")]
    NoJobs,
    #[error("the matrix has {jobs} jobs; at most {most} are allowed")]
    TooManyJobs { jobs: String, most: String },
    #[error("two jobs are equal: {label}")]
    EqualJobs { label: String },
    #[error("{name} {value} is listed twice")]
    ListedTwice { name: &'static str, value: String },
    #[error("two jobs have the label {label}")]
    EqualLabels { label: String },
    #[error("{what} takes KEY=VALUE")]
    NoValue { what: &'static str },
    #[error("`{key}` is an axis of the matrix")]
    SetAxis { key: &'static str },
    #[error("`{key}` cannot be set on the command line")]
    NotSettable { key: String },
    #[error("unknown axis `{key}`")]
    UnknownSelector { key: String },
    #[error("`{key}` is the same in every job")]
    SameInEveryJob { key: String },
    #[error("no job has `{selector}`")]
    NothingSelected { selector: String },
}

impl Fault {
    /// Whether part of the file was not read, so that keys which seem to be missing may be there.
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
