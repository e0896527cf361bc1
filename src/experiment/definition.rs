//! experiment.toml and lock.toml of a results folder: what its rows are defined by.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use crate::claims::beacons;
use crate::hub::Lock;
use crate::ledger::Ledger;
use crate::machine::Environment;
use crate::plan::Plan;
use crate::results::{ResultsError, ResultsFolder, read_lock, replace};

use super::observer::Observer;

/// How often a worker asks for the tables before it leaves lock.toml to those who write them last, and with which pauses.
const ASKED: u32 = 20;
/// The same of the last one: longer than a lost worker has the tables.
const ASKED_LAST: u32 = 1500;
const PAUSE: Duration = Duration::from_millis(500);

/// What both files are made of.
pub(super) struct Definition<'a> {
    pub plan: &'a Plan,
    /// Pins of every input.
    pub pins: &'a Lock,
    pub environment: &'a Environment,
    /// Whether jobs run here.
    pub runs: bool,
    /// Whether the pins are those of all jobs, even if none runs here.
    pub pins_all: bool,
    /// Whether experiment.toml is this process's to write: it is no worker of a submission.
    pub defines: bool,
    pub observer: &'a dyn Observer,
}

impl Definition<'_> {
    /// Writes experiment.toml and lock.toml, without what left the plan, in a folder that nobody shares.
    pub(super) fn write(&self, folder: &ResultsFolder, ledger: &Ledger) -> Result<(), ResultsError> {
        let (plan, environment, runs) = (self.plan, self.environment, self.runs);
        let layout = folder.layout();
        let mut lock = self.pins.only(ledger.all_settings());
        let records = ledger.records(plan);
        if runs {
            let before = lock.environments.insert(environment.name.clone(), environment.definition.clone());
            let has_rows = records.iter().any(|record| record.outcome.environment == environment.name);
            if let Some(changes) = before.filter(|_| has_rows).and_then(|before| environment.changes(&before)) {
                let name = &environment.name;
                self.observer.notice(&format!("{name}: {changes} since the rows here were made; --force reruns them"));
            }
        }
        let used = |name: &String| {
            records.iter().any(|r| r.outcome.environment == *name) || (runs && *name == environment.name)
        };
        lock.environments.retain(|name, _| used(name));
        replace(&layout.experiment(), plan.experiment.resolved_toml(layout.root()).as_bytes())?;
        if !runs && !self.pins_all && !layout.lock_toml().exists() {
            let path = layout.lock_toml();
            self.observer.notice(&format!(
                "{} is missing, and nothing was fetched to write it from; restore it, or run the jobs again with --force",
                path.display()
            ));
            return Ok(());
        }
        replace(&layout.lock_toml(), lock.to_toml().as_bytes())?;
        Ok(())
    }

    /// Adds this worker's environment to lock.toml of a shared folder; with `last`, keeps only those that rows name.
    pub(super) fn write_shared(
        &self,
        folder: &mut ResultsFolder,
        ledger: &Ledger,
        last: bool,
    ) -> Result<(), ResultsError> {
        for _ in 0..if last { ASKED_LAST } else { ASKED } {
            let Some(claim) = folder.take_tables()? else {
                thread::sleep(PAUSE);
                continue;
            };
            let written = self.write_claimed(folder, ledger, last);
            folder.release(claim);
            return written;
        }
        if last {
            let path = folder.layout().lock_toml();
            self.observer.warning(&format!(
                "{} may lack an environment that rows name, as another worker kept the tables; the next run adds it",
                path.display()
            ));
        }
        Ok(())
    }

    fn write_claimed(&self, folder: &ResultsFolder, ledger: &Ledger, last: bool) -> Result<(), ResultsError> {
        let layout = folder.layout();
        // what was submitted is pinned there; a frozen experiment names folders of data otherwise
        let mut lock = read_lock(layout)?;
        if lock.inputs.is_empty() {
            lock = self.pins.only(ledger.all_settings());
        }
        let workers = beacons(&layout.run_folder()).unwrap_or_default();
        let theirs = workers.into_iter().map(|(beacon, _)| (beacon.environment, beacon.definition));
        let theirs: BTreeMap<String, BTreeMap<String, String>> = theirs.collect();
        let own = (self.environment.name.clone(), self.environment.definition.clone());
        lock.environments.extend(theirs.into_iter().chain([own]));
        if self.defines {
            replace(&layout.experiment(), self.plan.experiment.resolved_toml(layout.root()).as_bytes())?;
        }
        if last {
            let records = ledger.records(self.plan);
            lock.environments.retain(|name, _| records.iter().any(|record| record.outcome.environment == *name));
        }
        replace(&layout.lock_toml(), lock.to_toml().as_bytes()).map(|_| ())
    }
}
