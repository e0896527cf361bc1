#!/usr/bin/env python3
"""Makes the folder of this release in tests/formats: `tests/formats/make.py target/release/runner`.

Run it once for a release, with the program that is released, and commit what it makes, `tests/formats/VERSION`. It is
never made again: the tests of every later version read it (tests/features/formats.rs), and docs/formats.md says what
that promises. It takes seconds, and needs no network.

    grid.toml, search.toml    the experiments, copies of those beside this script
    results/                  what the program left: done, interrupted and failed jobs, a search, a submission
    whole/                    grid's tables and predictions after a run that nothing interrupted
    bundle/                   `runner fetch --bundle`, which needs no files for what comes with the program
    said/                     what commands printed about it
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
INTERRUPTED = "max_steps=240"
DONE = "results/grid:seed=1"
TEXT = "Pedro Salas nació en Quito y vive en Lima\n"
# what a folder holds while a program works on it, or about this machine alone
LEFT_OUT = [".run/lock", ".run/.gitignore", ".run/jobs", ".run/submit/lock", ".run/submit/*/runner", ".run/submit/*/job.sh"]
# the interrupted job has been evaluated by then, and has rows of its curve
FROM_STEP = 61


def call(program, folder, *arguments, status=0, text=None):
    done = subprocess.run([program, *arguments], cwd=folder, input=text, capture_output=True, text=True)
    if done.returncode != status:
        sys.exit(f"error: runner {' '.join(arguments)}: exit status {done.returncode}, not {status}\n{done.stderr}")
    return done.stdout


def step_of(checkpoints):
    """The step in the metadata of the only checkpoint; 0 where there is none."""
    for path in checkpoints.glob("*.safetensors"):
        found = re.search(rb'"step":"(\d+)"', path.read_bytes())
        return int(found[1]) if found else 0
    return 0


def interrupt(program, folder):
    """Runs the long job until its checkpoint is far enough, and stops it there."""
    run = subprocess.Popen(
        [program, "run", "grid.toml", "--threads", "1", "--only", INTERRUPTED],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    checkpoints = folder / "results/grid/.run/checkpoints"
    while run.poll() is None and step_of(checkpoints) < FROM_STEP:
        time.sleep(0.002)
    run.send_signal(signal.SIGINT)
    if run.wait() != 130:
        sys.exit("error: the job ended before it could be interrupted; give it more steps in tests/formats/grid.toml")


def main():
    program = os.path.abspath(sys.argv[1])
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    release = HERE / version
    if release.exists():
        sys.exit(f"error: {release} exists; what a release wrote is never made again")
    with tempfile.TemporaryDirectory() as temporary:
        folder, whole = Path(temporary) / "release", Path(temporary) / "whole"
        for place in (folder, whole):
            place.mkdir()
            for name in ("grid.toml", "search.toml"):
                shutil.copy(HERE / name, place)
        call(program, whole, "run", "grid.toml", status=1)
        call(program, folder, "run", "grid.toml", "--only", "max_steps=12", status=1)
        call(program, folder, "run", "search.toml")
        interrupt(program, folder)
        call(program, folder, "submit", "search.toml", "--name", "submitted", "--script-only", "--workers", "1")
        call(program, folder, "fetch", "grid.toml", "--bundle", "bundle")
        said = folder / "said"
        said.mkdir()
        for name, arguments in {
            "show.json": ["show", "results/grid", "--format", "json"],
            "show.csv": ["show", "results/grid", "--format", "csv"],
            "errors.json": ["errors", DONE, "--format", "json"],
            "verify.json": ["verify", "results/grid", "--format", "json"],
            "diff.json": ["diff", "results/grid", "results/grid", "--format", "json"],
        }.items():
            (said / name).write_text(call(program, folder, *arguments))
        (said / "predict.jsonl").write_text(call(program, folder, "predict", DONE, "--format", "jsonl", text=TEXT))
        shutil.copytree(whole / "results/grid", folder / "whole", ignore=shutil.ignore_patterns(".run"))
        for pattern in LEFT_OUT:
            for left_out in (folder / "results").glob(f"*/{pattern}"):
                shutil.rmtree(left_out) if left_out.is_dir() else left_out.unlink()
        shutil.copytree(folder, release)
    files = [path for path in release.rglob("*") if path.is_file()]
    print(f"{release}: {len(files)} files, {sum(path.stat().st_size for path in files) / 1000:.0f} kB")


main()
