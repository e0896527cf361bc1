//! `[cluster]`: what a scheduler is asked for, of an experiment or of a user. It bears on no result: it is in no job's key and
//! in no results folder. It must not know how a scheduler is asked.

use super::Value;
use super::form::Form;

/// What a scheduler is asked for. A key that nobody sets is the scheduler's default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cluster {
    /// `partition`
    pub partition: Option<String>,
    /// `account`
    pub account: Option<String>,
    /// `qos`
    pub qos: Option<String>,
    /// `time`: as Slurm writes it, `4:00:00`.
    pub time: Option<String>,
    /// `gres`
    pub gres: Option<String>,
    /// `constraint`
    pub constraint: Option<String>,
    /// `cpus`: of a worker.
    pub cpus: Option<usize>,
    /// `memory`: of a worker, as Slurm writes it, `16G`.
    pub memory: Option<String>,
    /// `workers`
    pub workers: Option<usize>,
    /// `modules`, in the order in which they are loaded.
    pub modules: Vec<String>,
    /// `setup`: lines of the shell before the worker starts.
    pub setup: Vec<String>,
    /// `options`: further options of sbatch.
    pub options: Vec<String>,
}

const TEXT: &[Form] = &[Form::Text];
const COUNT: &[Form] = &[Form::Whole { least: 1 }];
const TEXTS: &[Form] = &[Form::Texts];

/// The keys of `[cluster]`: name, forms, meaning.
pub(super) const KEYS: [(&str, &[Form], &str); 12] = [
    ("partition", TEXT, "The partition, or several with commas."),
    ("account", TEXT, "The account that is charged."),
    ("qos", TEXT, "The quality of service."),
    ("time", TEXT, "The longest time of a worker, as in \"4:00:00\" or \"1-00:00:00\"."),
    ("gres", TEXT, "Generic resources of a worker, as in \"gpu:1\"."),
    ("constraint", TEXT, "Features that nodes must have, as in \"a100|h100\"."),
    ("cpus", COUNT, "Cores of a worker."),
    ("memory", TEXT, "Memory of a worker, as in \"16G\"."),
    ("workers", COUNT, "How many workers `runner submit` asks for, never more than there are trainings; unset: 4."),
    ("modules", TEXTS, "Modules to load before a worker starts."),
    ("setup", TEXTS, "Lines of the shell before a worker starts, after the modules."),
    ("options", TEXTS, "Further options of sbatch, as in [\"--mail-type=END\"]."),
];

impl Cluster {
    /// Takes a value that was read against the forms of the key `name`.
    pub(super) fn set(&mut self, name: &str, value: &Value) {
        match name {
            "partition" => self.partition = Some(value.text()),
            "account" => self.account = Some(value.text()),
            "qos" => self.qos = Some(value.text()),
            "time" => self.time = Some(value.text()),
            "gres" => self.gres = Some(value.text()),
            "constraint" => self.constraint = Some(value.text()),
            "cpus" => self.cpus = Some(value.count()),
            "memory" => self.memory = Some(value.text()),
            "workers" => self.workers = Some(value.count()),
            "modules" => self.modules = value.texts(),
            "setup" => self.setup = value.texts(),
            "options" => self.options = value.texts(),
            other => unreachable!("{other} is no key of [cluster]"),
        }
    }

    /// Its keys, and those of `base` that it does not set. A list replaces the other as a whole.
    #[must_use]
    pub fn over(self, base: Self) -> Self {
        let list = |nearer: Vec<String>, base| if nearer.is_empty() { base } else { nearer };
        Self {
            partition: self.partition.or(base.partition),
            account: self.account.or(base.account),
            qos: self.qos.or(base.qos),
            time: self.time.or(base.time),
            gres: self.gres.or(base.gres),
            constraint: self.constraint.or(base.constraint),
            cpus: self.cpus.or(base.cpus),
            memory: self.memory.or(base.memory),
            workers: self.workers.or(base.workers),
            modules: list(self.modules, base.modules),
            setup: list(self.setup, base.setup),
            options: list(self.options, base.options),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearer_file_wins_key_by_key() {
        let one = Cluster { partition: Some("gpu".to_owned()), modules: vec!["cuda".to_owned()], ..Cluster::default() };
        let base = Cluster {
            partition: Some("cpu".to_owned()),
            account: Some("nlp".to_owned()),
            modules: vec!["gcc".to_owned(), "mpi".to_owned()],
            ..Cluster::default()
        };
        let both = one.over(base);
        assert_eq!((both.partition.as_deref(), both.account.as_deref()), (Some("gpu"), Some("nlp")));
        assert_eq!(both.modules, ["cuda"]);
    }
}
