//! `src/engine/cpu/team.rs`, as it is, over loom's atomics, cells and threads in place of the standard library's and
//! rayon's. The models are in `tests/models.rs`.

mod engine {
    pub use cpu::sync::{on_pool, other_work};

    /// As the program's.
    pub fn with_team<R>(pass: impl FnOnce() -> R) -> R {
        cpu::team::with_team(pass)
    }

    /// As the program's.
    pub fn tasks(count: usize, work: impl Fn(usize) + Sync) {
        cpu::team::tasks(count, work);
    }

    pub(crate) mod cpu {
        pub(crate) mod sync;
        #[path = "../../../../../src/engine/cpu/team.rs"]
        #[expect(dead_code, reason = "the models call what runs tasks; the rest of the file cuts slices for it")]
        pub(crate) mod team;
    }
}

pub use engine::{on_pool, other_work, tasks, with_team};
