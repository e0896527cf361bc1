//! The threads of a pass through the model: woken once, then handed one operation after another. Knows no arithmetic;
//! which thread does which task changes no bit.
//!
//! A step is some hundred operations of tens of microseconds, with short gaps between them. A pool's threads fall asleep
//! in such gaps, and waking one takes as long as the operation: here they stay awake until the pass is over.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use super::sync::{
    AtomicBool, AtomicU64, AtomicUsize, Mutex, UnsafeCell, current_num_threads, in_place_scope, spin_loop,
    thread_local, yield_now,
};

/// Looks at an empty queue, about 40 ns each, before a thread yields its core.
const PATIENCE: u32 = 5_000;

thread_local! {
    static ROLE: Cell<TeamRole> = const { Cell::new(TeamRole::Free) };
}

/// A thread's role in teams.
#[derive(Clone, Copy)]
enum TeamRole {
    /// Nothing.
    Free,
    /// It leads one and hands out tasks.
    Leading(*const Team),
    /// It works on a task or waits for one, and has no threads to hand parts of it to.
    Working,
}

/// Runs `pass`, whose [`tasks`] go to the threads of the current rayon pool; within another pass, to the threads of that
/// one, and within a task to none.
pub(in crate::engine) fn with_team<R>(pass: impl FnOnce() -> R) -> R {
    if !matches!(ROLE.get(), TeamRole::Free) || current_num_threads() == 1 {
        return pass();
    }
    let team = Team::new();
    in_place_scope(|scope| {
        scope.spawn_broadcast(|_, _| team.serve());
        let _leading = LeaderGuard::new(&team);
        pass()
    })
}

/// Runs `work` for 0, 1, … `count` - 1, in any order, on the threads of the pass; returns when all are done.
///
/// # Panics
/// As `work` does, after all tasks have ended.
pub(in crate::engine) fn tasks(count: usize, work: impl Fn(usize) + Sync) {
    match ROLE.get() {
        role @ TeamRole::Leading(team) if count > 1 => {
            ROLE.set(TeamRole::Working);
            // SAFETY: a team outlives its pass, and this runs within it, on the thread that leads.
            let panic = unsafe { (*team).run(count, &work) };
            ROLE.set(role);
            if let Some(panic) = panic {
                resume_unwind(panic);
            }
        }
        _ => (0..count).for_each(work),
    }
}

/// Threads of the pass, for operations that divide themselves.
pub(in crate::engine) fn threads() -> usize {
    if matches!(ROLE.get(), TeamRole::Leading(_)) { current_num_threads() } else { 1 }
}

/// Runs `work` on the i-th chunk of every slice, for each i: of slice n `sizes[n]` elements from i·`sizes[n]` on, or
/// what is left.
///
/// # Panics
/// If the slices have different numbers of chunks.
pub(in crate::engine) fn chunks<const N: usize>(
    slices: [&mut [f32]; N],
    sizes: [usize; N],
    work: impl Fn(usize, [&mut [f32]; N]) + Sync,
) {
    let count = slices[0].len().div_ceil(sizes[0]);
    assert!(slices.iter().zip(sizes).all(|(slice, size)| slice.len().div_ceil(size) == count), "chunks side by side");
    let parts = slices.map(|slice| (Shared::new(slice.as_mut_ptr()), slice.len()));
    tasks(count, |index| {
        let chunk = |part: usize| {
            let (start, (pointer, len)) = (index * sizes[part], parts[part]);
            // SAFETY: the chunk lies in its slice, which is borrowed for the whole call, and belongs to this task alone.
            unsafe { std::slice::from_raw_parts_mut(pointer.get().add(start), sizes[part].min(len - start)) }
        };
        work(index, std::array::from_fn(chunk));
    });
}

/// A pointer that tasks share; each writes elements of its own.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Shared<T>(T);

// SAFETY: a pointer is only an address; reading and writing through it is unsafe by itself.
unsafe impl Send for Shared<*const f32> {}
// SAFETY: as above.
unsafe impl Sync for Shared<*const f32> {}
// SAFETY: as above.
unsafe impl Send for Shared<*mut f32> {}
// SAFETY: as above.
unsafe impl Sync for Shared<*mut f32> {}

impl<T: Copy> Shared<T> {
    pub(in crate::engine) fn new(pointer: T) -> Self {
        Shared(pointer)
    }

    pub(in crate::engine) fn get(self) -> T {
        self.0
    }
}

/// A cache line of its own, so that threads that write to one word do not slow those that read another.
#[repr(align(128))]
struct Apart<T>(T);

/// One operation's tasks. The reference lives until all of them are finished.
#[derive(Clone, Copy)]
struct Operation {
    count: usize,
    work: *const (dyn Fn(usize) + Sync),
}

struct Team {
    /// The operation's number in the high half, the number of tasks left in the low one: in one word, so that no thread
    /// takes a task of an operation that has ended.
    left: Apart<AtomicU64>,
    finished: Apart<AtomicUsize>,
    over: AtomicBool,
    operation: UnsafeCell<Option<Operation>>,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

// SAFETY: the leader writes `operation` while no task is left or unfinished, and others read it only between taking a
// task and finishing it.
unsafe impl Sync for Team {}

impl Team {
    fn new() -> Self {
        Self {
            left: Apart(AtomicU64::new(0)),
            finished: Apart(AtomicUsize::new(0)),
            over: AtomicBool::new(false),
            operation: UnsafeCell::new(None),
            panic: Mutex::new(None),
        }
    }

    /// Runs an operation to its end and returns the panic of one of its tasks. Only the leader calls it.
    fn run(&self, count: usize, work: &(dyn Fn(usize) + Sync)) -> Option<Box<dyn Any + Send>> {
        // SAFETY: only the lifetime changes: this function returns after the last use of the reference.
        let work = unsafe { std::mem::transmute::<&(dyn Fn(usize) + Sync), &'static (dyn Fn(usize) + Sync)>(work) };
        self.finished.0.store(0, Ordering::Relaxed);
        // SAFETY: all tasks of the last operation are finished, so nobody reads.
        unsafe { *self.operation.get() = Some(Operation { count, work }) };
        assert!(u32::try_from(count).is_ok(), "more tasks than half a word counts");
        let number = (self.left.0.load(Ordering::Relaxed) >> 32).wrapping_add(1);
        self.left.0.store(number << 32 | count as u64, Ordering::Release);
        while self.work_on_one() {}
        let mut looks = 0;
        while self.finished.0.load(Ordering::Acquire) < count {
            wait(&mut looks);
        }
        self.panic.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Works for the leader until the pass is over.
    fn serve(&self) {
        // the leader gets a share of its own broadcast, and would wait for itself
        if !matches!(ROLE.get(), TeamRole::Free) {
            return;
        }
        ROLE.set(TeamRole::Working);
        let mut looks = 0;
        while !self.over.load(Ordering::Acquire) {
            if self.work_on_one() {
                looks = 0;
            } else {
                wait(&mut looks);
            }
        }
        ROLE.set(TeamRole::Free);
    }

    /// Takes a task and does it, if one is left.
    fn work_on_one(&self) -> bool {
        let mut seen = self.left.0.load(Ordering::Relaxed);
        loop {
            let left = seen as u32 as usize;
            if left == 0 {
                return false;
            }
            match self.left.0.compare_exchange_weak(seen, seen - 1, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => {
                    self.perform(left);
                    return true;
                }
                Err(now) => seen = now,
            }
        }
    }

    /// Does the task that was taken when `left` were left.
    fn perform(&self, left: usize) {
        // SAFETY: the taken task is not finished, so the operation stays, and its reference lives.
        let ended = catch_unwind(AssertUnwindSafe(|| unsafe {
            let Operation { count, work } = (*self.operation.get()).expect("a task belongs to an operation");
            (*work)(count - left);
        }));
        if let Err(panic) = ended {
            self.panic.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(panic);
        }
        self.finished.0.fetch_add(1, Ordering::Release);
    }
}

fn wait(looks: &mut u32) {
    *looks = looks.saturating_add(1);
    if *looks < PATIENCE { spin_loop() } else { yield_now() }
}

/// Makes its thread the leader of a team until dropped.
struct LeaderGuard<'t>(&'t Team);

impl<'t> LeaderGuard<'t> {
    fn new(team: &'t Team) -> Self {
        ROLE.set(TeamRole::Leading(std::ptr::from_ref(team)));
        Self(team)
    }
}

impl Drop for LeaderGuard<'_> {
    fn drop(&mut self) {
        ROLE.set(TeamRole::Free);
        self.0.over.store(true, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::atomic::AtomicU32;
    use std::time::{Duration, Instant};

    use super::*;

    fn with_threads<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> R {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads").install(work)
    }

    #[test]
    fn every_task_of_every_operation_is_done_once_before_the_next_operation() {
        for threads in [1, 2, 5] {
            with_threads(threads, || {
                with_team(|| {
                    let done: Vec<AtomicU32> = (0..37).map(|_| AtomicU32::new(0)).collect();
                    for operation in 0..2_000 {
                        let count = operation % done.len() + 1;
                        tasks(count, |task| _ = done[task].fetch_add(1, Ordering::Relaxed));
                        let expected = |task: usize| u32::from(task < count);
                        assert!(
                            done.iter().enumerate().all(|(task, d)| d.swap(0, Ordering::Relaxed) == expected(task))
                        );
                    }
                });
            });
        }
    }

    #[test]
    fn two_threads_work_at_the_same_time() {
        let began = Instant::now();
        let met = AtomicU32::new(0);
        with_threads(2, || {
            with_team(|| {
                tasks(2, |_| {
                    met.fetch_add(1, Ordering::Relaxed);
                    while met.load(Ordering::Relaxed) < 2 && began.elapsed() < Duration::from_secs(60) {
                        std::thread::yield_now();
                    }
                });
            });
        });
        assert_eq!(met.into_inner(), 2);
        assert!(began.elapsed() < Duration::from_secs(60), "the tasks never met");
    }

    #[test]
    fn chunks_cover_every_slice() {
        let (mut a, mut b) = (vec![0.0; 10], vec![0.0; 5]);
        with_threads(2, || {
            let fill = |index, parts: [&mut [f32]; 2]| parts.into_iter().for_each(|part| part.fill(index as f32));
            with_team(|| chunks([&mut a, &mut b], [4, 2], fill));
        });
        assert_eq!(a, [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0]);
        assert_eq!(b, [0.0, 0.0, 1.0, 1.0, 2.0]);
    }

    #[test]
    fn a_panic_reaches_the_leader_after_the_other_tasks_and_the_team_works_on() {
        let done = Mutex::new(BTreeSet::new());
        with_threads(2, || {
            with_team(|| {
                let ended = catch_unwind(AssertUnwindSafe(|| {
                    tasks(8, |task| {
                        assert_ne!(task, 3, "task three");
                        done.lock().expect("no panic holds it").insert(task);
                    });
                }));
                assert!(ended.is_err());
                assert_eq!(done.lock().expect("as above").len(), 7);
                tasks(9, |task| _ = done.lock().expect("as above").insert(task));
            });
        });
        assert_eq!(done.into_inner().expect("as above").len(), 9);
    }

    #[test]
    fn tasks_within_a_task_and_a_pass_within_a_pass_run_too() {
        let done = AtomicU32::new(0);
        with_threads(2, || {
            with_team(|| {
                with_team(|| {
                    tasks(4, |_| {
                        with_team(|| tasks(3, |_| _ = done.fetch_add(1, Ordering::Relaxed)));
                    });
                });
            });
        });
        assert_eq!(done.into_inner(), 12);
    }
}
