//! The kinds of files in `.run/`: what each is, and what is lost with it.

/// A kind of files in `.run/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Saved models of jobs that the experiment has.
    Models,
    /// Saved models of other trainings.
    UnusedModels,
    /// Saved models, where nobody can tell whose they are.
    UnknownModels,
    /// Saved models written out for jobs that start from them.
    Exports,
    /// Checkpoints of trainings that did not end.
    Checkpoints,
    /// Predictions of rows that are not in the tables.
    Predictions,
    /// Job logs.
    Logs,
    /// Submissions that are over: copies of the program, scripts, what workers logged.
    Submissions,
    /// Temporary files of killed programs, and what was set aside.
    Leftovers,
    /// The journal, and earlier ones that were set aside.
    Journal,
    /// timings.csv, the lock, and the like.
    Bookkeeping,
    /// What this program did not write, and links.
    Foreign,
}

impl Kind {
    /// What it is.
    pub fn title(self) -> &'static str {
        match self {
            Self::Models => "saved models of current jobs",
            Self::UnusedModels => "saved models that no current job uses",
            Self::UnknownModels => "saved models; it cannot be told whether jobs use them",
            Self::Exports => "models written out for jobs that start from them",
            Self::Checkpoints => "checkpoints of unfinished trainings",
            Self::Predictions => "predictions of rows that are not in the tables",
            Self::Logs => "job logs",
            Self::Submissions => "submissions that are over",
            Self::Leftovers => "temporary and set-aside files",
            Self::Journal => "journal",
            Self::Bookkeeping => "timings and bookkeeping",
            Self::Foreign => "links and files that are not runner's",
        }
    }

    /// What is lost with it.
    pub fn loss(self) -> &'static str {
        match self {
            Self::Models | Self::UnknownModels => {
                "rows stay done; these jobs, and jobs that started from them, can no longer be exported or used to \
                 predict; a new evaluation set or test size trains them again"
            }
            Self::UnusedModels => {
                "a return to their settings trains again; jobs elsewhere that started from them can no longer be \
                 exported or used to predict"
            }
            Self::Exports => "written again from the saved models when such a job runs",
            Self::Checkpoints => "those trainings start over",
            Self::Predictions => "a return to their settings predicts again, or trains where there is no model",
            Self::Logs => "what the jobs logged; nothing reads it",
            Self::Submissions => "their copies of the program and what their workers logged; nothing reads it",
            Self::Leftovers => "nothing that a run reads",
            Self::Journal => "never freed: it has results that no table has, and shows whether a table was edited",
            Self::Bookkeeping => "never freed: `runner plan` reads it",
            Self::Foreign => "left alone",
        }
    }

    /// The option that frees it.
    pub fn option(self) -> Option<&'static str> {
        match self {
            Self::Models | Self::UnknownModels => Some("--models all"),
            Self::UnusedModels => Some("--models unused"),
            Self::Exports => Some("--exports"),
            Self::Checkpoints => Some("--checkpoints"),
            Self::Predictions => Some("--predictions"),
            Self::Logs => Some("--logs"),
            Self::Submissions => Some("--submissions"),
            Self::Leftovers => Some("--leftovers"),
            Self::Journal | Self::Bookkeeping | Self::Foreign => None,
        }
    }
}
