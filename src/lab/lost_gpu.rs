//! What becomes of a training under which its GPU failed: it runs on another one; after two that failed so it is a failed row,
//! and without a GPU that is left the run ends.

use std::sync::Mutex;

use crate::ledger::PendingTraining;

use super::error::{JobError, LabError};
use super::event::Event;
use super::lab::{Lab, lock};
use super::measuring::failed;
use super::queue::PutBack;
use super::records::Records;

impl Lab<'_> {
    /// Says once that the GPU failed, and enters the jobs of a training that is not tried again.
    pub(super) fn lose_gpu(
        &self,
        training: &PendingTraining,
        lost: &JobError,
        gpu: usize,
        put_back: PutBack,
        records: &Mutex<Records<'_>>,
    ) {
        if let Some(trainings) = put_back.first {
            let (gpu, why, left) = (self.environment.gpu_name(gpu), lost.to_string(), put_back.gpus_left);
            let why = why.strip_prefix("the GPU failed: ").unwrap_or(&why);
            let why = why.split("; ").next().unwrap_or(why);
            (self.watch)(&Event::GpuLost { gpu: &gpu, why, trainings, left });
        }
        if put_back.waits {
            return;
        }
        let task = self.task(training, &lock(records));
        lock(records).elsewhere.settled.extend(training.parts());
        for job in &task.jobs {
            if let Err(error) = self.enter(&failed(job, &lost.failure()), records) {
                let label = job.label.to_owned();
                lock(records).broken.get_or_insert(LabError::Storage { label, source: error });
            }
            (self.watch)(&Event::Ended { job: job.index });
        }
    }

    /// Ends the run where trainings are left that no GPU takes. `waiting`: how many nobody has begun, when all workers ended.
    pub(super) fn end_without_gpus(&self, waiting: usize, records: &Mutex<Records<'_>>) {
        if waiting > 0 && !self.ends(records) {
            lock(records).broken.get_or_insert(LabError::GpusLost { trainings: waiting });
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::collections::BTreeMap;
    use std::num::NonZeroUsize;
    use std::path::Path;
    use std::sync::PoisonError;
    use std::sync::atomic::AtomicBool;

    use tracing_subscriber::filter::LevelFilter;

    use super::super::lab::Options;
    use super::super::records::Summary;
    use super::*;
    use crate::hub::{FetchOptions, KnownHashes, Lock};
    use crate::ledger::{BUILTINS, Ledger, Part, Policy, gather};
    use crate::machine::Environment;
    use crate::plan::Plan;
    use crate::results::ResultsFolder;
    use crate::spec;

    /// Twelve trainings of 1 to 12 steps.
    const GRID: &str = r#"
[data]
dataset = "builtin:es"
train_size = 16
test_size = 8

[model]
checkpoint = "builtin:tiny"
max_length = 32

[save]
checkpoint_minutes = 0.000001

[matrix]
train.max_steps = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
"#;

    /// Steps of a GPU that does not fail.
    const MANY: u64 = u64::MAX;

    /// What came of a run on GPUs that take so many steps each.
    struct Ran {
        ended: Result<Summary, LabError>,
        /// What the observer heard of lost GPUs, of what was resumed, and of failed jobs.
        said: Vec<String>,
        results: String,
    }

    fn run_in(folder: &Path, steps: &[u64], jobs: usize) -> Ran {
        let plan = Plan::expand(spec::read(Path::new("grid.toml"), GRID).unwrap()).unwrap();
        let lock_file = Lock::default();
        let (mut results, known) = ResultsFolder::open(&folder.join("grid")).unwrap();
        let mut hashes = KnownHashes::new(&lock_file, &BUILTINS);
        let mut ledger = Ledger::new(&plan, |settings| hashes.of(settings), known.outcomes);
        let selection: Vec<usize> = (0..plan.jobs.len()).collect();
        let wanted: Vec<_> = selection.iter().flat_map(|job| ledger.parts(*job)).collect();
        let options = FetchOptions { offline: true, builtins: &BUILTINS, ..FetchOptions::default() };
        let (_, inputs) = gather(&ledger, &wanted, &lock_file, options, &mut |_| {}).unwrap();
        let said = Mutex::new(Vec::new());
        let watch = |event: &Event<'_>| {
            let line = match event {
                Event::GpuLost { gpu, trainings, left, .. } => format!("{gpu} lost, {trainings} back, {left} left"),
                Event::Notice { label, text } => format!("{label}: {text}"),
                Event::Entered { label, part: Part::Whole, outcome, .. } if outcome.ending.status() == "failed" => {
                    format!("{label} failed")
                }
                _ => return,
            };
            said.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        };
        let environment = Environment::of_failing_gpus(steps);
        let options = Options {
            jobs: NonZeroUsize::new(jobs).unwrap(),
            threads: NonZeroUsize::new(jobs).unwrap(),
            failures_allowed: None,
            policy: Policy::default(),
            terminal: LevelFilter::OFF,
            until: None,
        };
        let stop = AtomicBool::new(false);
        let lab = Lab {
            plan: &plan,
            selection: &selection,
            inputs: &inputs,
            environment: &environment,
            options,
            watch: &watch,
            stop: &stop,
        };
        let ended = lab.run(&mut results, &mut ledger);
        let table = results.layout().results();
        drop(results);
        let results = std::fs::read_to_string(table).unwrap_or_default();
        Ran { ended, said: said.into_inner().unwrap(), results }
    }

    fn run(steps: &[u64], jobs: usize) -> Ran {
        run_in(tempfile::tempdir().unwrap().path(), steps, jobs)
    }

    fn statuses(results: &str) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for row in results.lines().skip(1) {
            *counts.entry(row.split(',').nth(2).unwrap()).or_default() += 1;
        }
        counts
    }

    fn lost(said: &[String]) -> Vec<&str> {
        said.iter().map(String::as_str).filter(|line| line.contains(" lost, ")).collect()
    }

    #[test]
    fn a_gpu_that_fails_at_once_leaves_its_training_to_another() {
        let whole = run(&[MANY; 8], 8);
        assert_eq!(statuses(&whole.results), BTreeMap::from([("ok", 12)]));
        let ran = run(&[MANY, MANY, MANY, 0, MANY, MANY, MANY, MANY], 8);
        assert_eq!(ran.ended.unwrap().finished, 12);
        assert_eq!(lost(&ran.said), ["cuda:3 lost, 1 back, 7 left"]);
        assert_eq!(ran.results, whole.results);
    }

    #[test]
    fn a_training_goes_on_elsewhere_from_its_checkpoint_to_the_same_bytes() {
        let whole = run(&[MANY; 2], 2);
        // each GPU begins with one of the two longest, of 12 and 11 steps; the fifth step of this one is not answered
        let ran = run(&[5, MANY], 2);
        assert_eq!(ran.ended.unwrap().finished, 12);
        assert_eq!(lost(&ran.said), ["cuda:0 lost, 1 back, 1 left"]);
        assert!(ran.said.iter().any(|line| line.ends_with(": resuming from step 4")), "{:?}", ran.said);
        assert_eq!(ran.results, whole.results);
    }

    #[test]
    fn a_training_under_which_two_gpus_fail_is_a_failed_row_and_the_others_run() {
        // one at a time, the worker moves to the next GPU; the longest training is the first on each
        let ran = run(&[3, MANY], 1);
        assert_eq!(ran.ended.unwrap().finished, 12);
        let ran = run(&[3, 1, MANY], 1);
        assert_eq!(ran.ended.unwrap().failed, 1);
        assert_eq!(lost(&ran.said), ["cuda:0 lost, 1 back, 2 left", "cuda:1 lost, 1 back, 1 left"]);
        assert_eq!(statuses(&ran.results), BTreeMap::from([("failed", 1), ("ok", 11)]));
        assert!(ran.results.contains("device: the GPU failed: DriverError(CUDA_ERROR_ECC_UNCORRECTABLE"));
    }

    #[test]
    fn when_all_gpus_fail_the_run_ends_and_the_next_one_loses_nothing() {
        let whole = run(&[MANY; 8], 8);
        let folder = tempfile::tempdir().unwrap();
        let ran = run_in(folder.path(), &[2; 8], 8);
        let error = ran.ended.unwrap_err();
        assert!(matches!(error, LabError::GpusLost { .. }), "{error}");
        assert!(lost(&ran.said).last().unwrap().ends_with(" 0 left"));
        let ran = run_in(folder.path(), &[MANY; 8], 8);
        assert!(ran.said.iter().any(|line| line.contains(": resuming from step ")), "{:?}", ran.said);
        assert_eq!(ran.results, whole.results);
    }

    #[test]
    fn one_gpu_that_fails_makes_no_failed_row() {
        let ran = run(&[9], 1);
        assert!(matches!(ran.ended, Err(LabError::GpusLost { .. })));
        // 1 + 2 + 3 steps, then 3 of 4
        assert_eq!(statuses(&ran.results), BTreeMap::from([("ok", 3)]));
    }
}
