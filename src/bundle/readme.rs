//! README.txt of a bundle: for people who got it and know nothing of it.

use crate::hub::Lock;

/// The text. `experiments`: names of the experiment files in the bundle.
pub(super) fn readme(experiments: &[String], lock: &Lock) -> String {
    let run = |out: &str| -> String {
        let line = |name: &String| format!("  runner run \"{name}\" --offline --out \"{out}\"\n");
        experiments.iter().map(line).collect()
    };
    let check: String = experiments.iter().map(|name| format!("  runner fetch \"{name}\" --check .\n")).collect();
    let inputs: String = lock
        .inputs
        .iter()
        .map(|(origin, pinned)| match &pinned.commit {
            Some(commit) => format!("  {origin}, commit {commit}\n"),
            None => format!("  {origin}\n"),
        })
        .collect();
    format!(
        "Experiments for `runner`, with everything that they need but the program: copy `runner` to each\n\
         machine, built for its system (target/release/runner of a clone). No network is used.\n\n\
         Run the commands in this folder. It may be read-only, and many may use it at once: results go\n\
         elsewhere.\n\n\
         Linux, macOS (sh):\n\n  export HF_HUB_CACHE=\"$PWD/hub\"\n{}\n\
         Windows (PowerShell):\n\n  $env:HF_HUB_CACHE = \"$PWD\\hub\"\n{}\n\
         Is it complete and undamaged?\n\n{check}\n\
         In it: experiments/ (the experiment files and local data), hub/ (files of the Hugging Face hub, in\n\
         the layout of its cache, for Python as well), lock.toml (commit and SHA-256 of every input).\n\n\
         Inputs, each under its own license:\n\n{inputs}",
        run("$HOME/results"),
        run("$HOME\\results"),
    )
}
