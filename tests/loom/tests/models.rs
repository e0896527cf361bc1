//! The orders in which the threads of a team may run, and the values that memory may show them: loom goes through all of
//! them, up to a number of preemptions.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use loom::cell::UnsafeCell;
use loom::model::Builder;
use team_model::{on_pool, other_work, tasks, with_team};

/// What tasks write to without a lock: loom fails where nothing puts two accesses in order.
struct Slots(Vec<UnsafeCell<usize>>);

// SAFETY: loom checks.
unsafe impl Sync for Slots {}

impl Slots {
    fn new(count: usize) -> Self {
        Self((0..count).map(|_| UnsafeCell::new(0)).collect())
    }

    fn add(&self, slot: usize) {
        // SAFETY: loom checks.
        self.0[slot].with_mut(|value| unsafe { *value += 1 });
    }

    fn get(&self, slot: usize) -> usize {
        // SAFETY: loom checks.
        self.0[slot].with(|value| unsafe { *value })
    }

    /// The slots' values, which become 0: a write, so a task that comes later is found.
    fn take(&self) -> Vec<usize> {
        // SAFETY: loom checks.
        self.0.iter().map(|slot| slot.with_mut(|value| unsafe { std::mem::take(&mut *value) })).collect()
    }
}

/// Explores `model` on a pool of so many threads, up to a number of preemptions (`LOOM_MAX_PREEMPTIONS` is another), and
/// says how many orders there were.
fn explore(threads: usize, preemptions: usize, model: impl Fn() + Send + Sync + 'static) {
    let (orders, began) = (Arc::new(AtomicUsize::new(0)), Instant::now());
    let counted = Arc::clone(&orders);
    let mut builder = Builder::new();
    let preemptions = builder.preemption_bound.unwrap_or(preemptions);
    builder.preemption_bound = Some(preemptions);
    builder.check(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        on_pool(threads, &model);
    });
    let orders = orders.load(Ordering::Relaxed);
    println!("{threads} threads, {preemptions} preemptions: {orders} orders in {:.1?}", began.elapsed());
    assert!(orders > 1, "the threads never met");
}

/// A pass of operations with so many tasks each: each task is done once, and its write is seen after the operation.
fn pass(counts: &[usize]) {
    with_team(|| {
        let slots = Slots::new(counts.iter().copied().max().unwrap_or(0));
        for count in counts {
            tasks(*count, |task| slots.add(task));
            let expected: Vec<usize> = (0..slots.0.len()).map(|task| usize::from(task < *count)).collect();
            assert_eq!(slots.take(), expected);
        }
    });
}

/// What a task panics with here: without a message, as there are thousands.
fn fall() {
    resume_unwind(Box::new("meant"));
}

fn assert_meant(ended: std::thread::Result<()>) {
    match ended {
        Ok(()) => panic!("the panic is lost"),
        Err(panic) if panic.downcast_ref() == Some(&"meant") => {}
        Err(panic) => resume_unwind(panic),
    }
}

#[test]
fn an_operation_on_2_threads() {
    explore(2, 4, || pass(&[2]));
}

#[test]
fn an_operation_on_3_threads() {
    explore(3, 1, || pass(&[3]));
}

#[test]
fn a_thread_that_comes_late_takes_no_task_of_an_operation_that_has_ended() {
    explore(2, 3, || pass(&[2, 2]));
    explore(2, 3, || pass(&[2, 3]));
    explore(3, 1, || pass(&[2, 2]));
}

#[test]
fn an_operation_reads_what_another_thread_wrote_in_the_one_before() {
    explore(2, 3, || {
        with_team(|| {
            let (first, second) = (Slots::new(2), Slots::new(2));
            tasks(2, |task| first.add(task));
            tasks(2, |task| {
                if first.get(1 - task) == 1 {
                    second.add(task);
                }
            });
            assert_eq!(second.take(), [1, 1]);
        });
    });
}

#[test]
fn two_passes_one_after_the_other() {
    explore(2, 2, || {
        pass(&[2]);
        pass(&[2]);
    });
    explore(3, 1, || {
        pass(&[2]);
        pass(&[2]);
    });
}

#[test]
fn a_pass_without_operations_ends_while_threads_begin_or_wait() {
    explore(2, 4, || pass(&[]));
    explore(3, 2, || pass(&[]));
}

#[test]
fn a_panic_in_a_task_reaches_the_leader_after_the_other_tasks_and_the_team_goes_on() {
    explore(2, 3, || {
        with_team(|| {
            let slots = Slots::new(2);
            let falls = |task| if task == 1 { fall() } else { slots.add(task) };
            assert_meant(catch_unwind(AssertUnwindSafe(|| tasks(2, falls))));
            assert_eq!(slots.take(), [1, 0]);
            tasks(2, |task| slots.add(task));
            assert_eq!(slots.take(), [1, 1]);
        });
    });
}

#[test]
fn one_of_several_panics_reaches_the_leader() {
    explore(2, 3, || with_team(|| assert_meant(catch_unwind(|| tasks(2, |_| fall())))));
}

#[test]
fn a_panic_that_leaves_a_pass_ends_it_for_all_threads() {
    explore(2, 3, || {
        assert_meant(catch_unwind(|| with_team(|| tasks(2, |_| fall()))));
        assert_meant(catch_unwind(|| with_team(fall)));
    });
}

#[test]
fn the_leader_does_not_wait_for_itself_where_its_share_comes_up_in_the_pass() {
    explore(2, 3, || {
        with_team(|| {
            other_work();
            let slots = Slots::new(2);
            tasks(2, |task| slots.add(task));
            assert_eq!(slots.take(), [1, 1]);
        });
    });
}

#[test]
fn a_task_within_a_task_and_a_pass_within_a_pass_run_where_they_are() {
    explore(2, 3, || {
        with_team(|| {
            let slots = Slots::new(4);
            with_team(|| tasks(2, |outer| with_team(|| tasks(2, |inner| slots.add(2 * outer + inner)))));
            assert_eq!(slots.take(), [1, 1, 1, 1]);
        });
    });
}
