//! `src/engine/cpu/team.rs` with its own tests and its real threads, without the rest of the program, so that sanitizers
//! reach them in seconds.

#[path = "../../../src/engine"]
mod engine {
    mod cpu {
        mod sync;
        #[expect(dead_code, reason = "the operations that divide themselves are not here")]
        mod team;
    }
}
