//! The names of `src/engine/cpu/sync.rs`, each as loom has it. Objects also count as written when they are dropped, so
//! that loom finds a thread that uses a team which is gone.

use std::marker::PhantomData;
use std::mem::{take, transmute};
use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::thread::panicking;

use loom::thread::{JoinHandle, spawn};

pub(super) use loom::sync::Mutex;
pub(super) use loom::thread::yield_now;

/// How often a thread looks in vain before a model explores no alternatives to what follows: two that wait take turns for
/// ever, otherwise.
const LOOKS: u32 = 3;

loom::thread_local! {
    static LOOKED: std::cell::Cell<u32> = std::cell::Cell::new(0);
}

/// As the standard library's: loom runs another thread before this one goes on.
pub(super) fn spin_loop() {
    let looked = LOOKED.with(|looked| looked.replace(looked.get() + 1));
    if looked >= LOOKS {
        loom::skip_branch();
    }
    loom::hint::spin_loop();
}

/// An atomic of loom's. Each use of it counts as a read of `alive`, its drop as a write.
pub(super) struct Atomic<A> {
    atomic: A,
    alive: UnsafeCell<()>,
}

pub(super) type AtomicBool = Atomic<loom::sync::atomic::AtomicBool>;
pub(super) type AtomicU64 = Atomic<loom::sync::atomic::AtomicU64>;
pub(super) type AtomicUsize = Atomic<loom::sync::atomic::AtomicUsize>;

impl<A> Atomic<A> {
    pub(super) fn new<T>(value: T) -> Self
    where
        A: From<T>,
    {
        Self { atomic: A::from(value), alive: UnsafeCell::new(()) }
    }
}

impl<A> Deref for Atomic<A> {
    type Target = A;

    fn deref(&self) -> &A {
        self.alive.0.with(|_| ());
        &self.atomic
    }
}

// SAFETY: loom checks what is done with `alive`.
unsafe impl<A: Sync> Sync for Atomic<A> {}

/// A cell in which loom finds accesses that nothing puts in order; also written when it is dropped.
pub(super) struct UnsafeCell<T>(loom::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    pub(super) fn new(value: T) -> Self {
        Self(loom::cell::UnsafeCell::new(value))
    }

    /// # Safety
    /// As for the pointer that the standard library's cell has here.
    pub(super) unsafe fn get(&self) -> Access<'_, T> {
        Access(&self.0)
    }
}

impl<T> Drop for UnsafeCell<T> {
    fn drop(&mut self) {
        if !panicking() {
            self.0.with_mut(|_| ());
        }
    }
}

/// The pointer to a cell's value: to read through it, or to write, is an access.
pub(super) struct Access<'c, T>(&'c loom::cell::UnsafeCell<T>);

impl<T> Deref for Access<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: whoever got the pointer answers for it, and loom checks.
        self.0.with(|value| unsafe { &*value })
    }
}

impl<T> DerefMut for Access<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above.
        self.0.with_mut(|value| unsafe { &mut *value })
    }
}

/// A model's thread-local variable: its threads are coroutines on one thread.
pub(super) struct Local<T: 'static>(pub(super) &'static loom::thread::LocalKey<std::cell::Cell<T>>);

impl<T: Copy> Local<T> {
    pub(super) fn get(&self) -> T {
        self.0.with(std::cell::Cell::get)
    }

    pub(super) fn set(&self, value: T) {
        self.0.with(|cell| cell.set(value));
    }
}

macro_rules! local {
    (static $name:ident: Cell<$value:ty> = const { $first:expr };) => {
        static $name: super::sync::Local<$value> = {
            loom::thread_local! { static KEY: std::cell::Cell<$value> = $first; }
            super::sync::Local(&KEY)
        };
    };
}
pub(super) use local as thread_local;

/// A thread's share of a broadcast.
type Share = Rc<dyn Fn()>;

std::thread_local! {
    /// Of the pool in a model, all of whose threads are coroutines on this one.
    static THREADS: std::cell::Cell<usize> = const { std::cell::Cell::new(1) };
}

loom::thread_local! {
    /// What the thread that called `in_place_scope` has yet to run of its own.
    static OWN: std::cell::RefCell<Vec<Share>> = std::cell::RefCell::new(Vec::new());
}

/// Runs `model` as on a thread of a pool with so many.
pub fn on_pool(threads: usize, model: impl FnOnce()) {
    THREADS.set(threads);
    model();
}

/// What rayon does on a thread that waits for work of its own, as in a `join` within a pass: it takes up what the pool
/// has for it, which may be its share of the broadcast.
pub fn other_work() {
    let shares = OWN.with(|own| take(&mut *own.borrow_mut()));
    shares.iter().for_each(|share| share());
}

pub(super) fn current_num_threads() -> usize {
    THREADS.get()
}

/// A scope of rayon's on a thread of the pool: what is spawned in it may start at any time, or late, and the scope ends
/// after all of it.
pub(super) struct Scope<'scope> {
    spawned: std::cell::RefCell<Vec<JoinHandle<()>>>,
    lifetime: PhantomData<std::cell::Cell<&'scope ()>>,
}

/// As rayon's.
pub(super) fn in_place_scope<'scope, R>(work: impl FnOnce(&Scope<'scope>) -> R) -> R {
    let scope = Scope { spawned: std::cell::RefCell::default(), lifetime: PhantomData };
    let ended = catch_unwind(AssertUnwindSafe(|| work(&scope)));
    other_work();
    for thread in scope.spawned.into_inner() {
        thread.join().expect("a thread of the pool does not panic");
    }
    ended.unwrap_or_else(|panic| resume_unwind(panic))
}

impl<'scope> Scope<'scope> {
    /// As rayon's: once on each thread of the pool, this one included.
    pub(super) fn spawn_broadcast(&self, work: impl Fn(&Self, ()) + Send + Sync + 'scope) {
        let scope = std::ptr::from_ref(self);
        // SAFETY: the scope waits for every share before it ends.
        let share: Rc<dyn Fn() + 'scope> = Rc::new(move || work(unsafe { &*scope }, ()));
        // SAFETY: as above; only the lifetime changes.
        let share: Share = unsafe { transmute::<Rc<dyn Fn() + 'scope>, Share>(share) };
        for _ in 1..current_num_threads() {
            let share = share.clone();
            self.spawned.borrow_mut().push(spawn(move || share()));
        }
        OWN.with(|own| own.borrow_mut().push(share));
    }
}
