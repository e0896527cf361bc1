//! Signals: the first stops the work, the second ends the program.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use super::terminal::{draw, say};

/// The exit status of an interrupted command.
const INTERRUPTED: i32 = 130;

/// What a signal interrupts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Work {
    /// Nothing that has to be finished: the program ends at once.
    Nothing,
    /// Answers that stand as they are printed: the program ends at once.
    Answers,
    /// Reading and fetching, which stop at once.
    Fetching,
    /// Jobs, which stop after a step.
    Jobs,
    /// Jobs of a worker, which stop after a step however often it is asked: a scheduler sends several signals, and kills it
    /// when its patience ends.
    Submission,
}

static STOP: AtomicBool = AtomicBool::new(false);
static WORK: AtomicU8 = AtomicU8::new(Work::Fetching as u8);

/// Sets what the next signal interrupts.
pub(super) fn under_way(work: Work) {
    WORK.store(work as u8, Ordering::SeqCst);
}

/// A flag that the first SIGINT, SIGTERM, SIGHUP or SIGUSR1 sets; the second ends the process, which is safe since files
/// are replaced whole.
pub(super) fn stop_on_signals() -> &'static AtomicBool {
    if let Err(error) = listen() {
        say(&format!("cannot catch signals ({error}): Ctrl-C ends the program at once"));
    }
    &STOP
}

/// Handles a signal; returns whether the process continues.
fn heard() -> bool {
    let again = STOP.swap(true, Ordering::SeqCst);
    let work = WORK.load(Ordering::SeqCst);
    if work == Work::Submission as u8 {
        if !again {
            say("asked to stop: stopping after the current step");
        }
        return true;
    }
    if again {
        return false;
    }
    if work == Work::Nothing as u8 {
        say("interrupted; run the same command to resume");
        return false;
    }
    if work == Work::Answers as u8 {
        say("interrupted");
        return false;
    }
    say(if work == Work::Jobs as u8 {
        "stopping after the current step; press Ctrl-C again to quit now"
    } else {
        "stopping"
    });
    true
}

/// Starts a thread that handles signals. An ignored hangup, as under `nohup`, stays ignored.
#[cfg(unix)]
fn listen() -> std::io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};
    use signal_hook::iterator::Signals;

    let mut signals = vec![SIGINT, SIGTERM, SIGUSR1];
    if !is_ignored(SIGHUP) {
        signals.push(SIGHUP);
    }
    let mut signals = Signals::new(signals)?;
    let hear = move || {
        for _ in signals.forever() {
            if !heard() {
                draw(Vec::new());
                signal_hook::low_level::exit(INTERRUPTED);
            }
        }
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(hear).map(|_| ())
}

/// Whether the process was started with a signal ignored.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let mut action = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: without a new action the call changes nothing, and where it is 0 it has filled in the present one
    unsafe {
        libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr()) == 0
            && action.assume_init().sa_sigaction == libc::SIG_IGN
    }
}

#[cfg(not(unix))]
fn listen() -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(|| {
        if !heard() {
            draw(Vec::new());
            std::process::exit(INTERRUPTED);
        }
    })
}
