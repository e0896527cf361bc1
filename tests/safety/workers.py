"""Many workers on one results folder that behaves as one on a busy network does; some are killed, some are stopped.

    python3 tests/safety/workers.py --binary target/release/runner [--workers N] [--jobs N] [--kills N] [--seed N] [--quick]

Every worker is a process of its own, `runner work` or `runner run`, behind tests/safety/network.c: listings and attributes
are late, clocks are up to five minutes apart, renames, creations and syncs fail now and then. At random moments one is killed
(-9) or asked to stop (TERM, USR1), and another starts. When nothing is left, the committed files have the bytes of a run on
one machine; no training is entered with two results; and the time, the files and the trainings that were done twice are
printed. --jobs 10000 --quick: what such a plan takes, without kills.
"""
import argparse
import collections
import csv
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

GRID = """
[data]
dataset = "builtin:es"
train_size = 40
test_size = {test_size}

[model]
checkpoint = "builtin:tiny"
max_length = 32

[train]
max_steps = {steps}
learning_rate = 2e-3
log_every = 5

[save]
models = "none"
checkpoint_minutes = 0.005

[matrix]
train.seed = [{seeds}]
model.freeze = [false, true]
"""


class Failed(Exception):
    """What must hold does not."""


def committed(folder):
    """The committed files of a results folder: name and content."""
    files = [path for path in folder.rglob("*") if path.is_file() and ".run" not in path.relative_to(folder).parts]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def compare(one, other):
    """Both folders have the same committed files."""
    names = sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
    if names:
        raise Failed(f"{len(names)} committed files differ: {names[:5]}")


def journals(run):
    """The results of each key, with the workers that entered them."""
    entered = collections.defaultdict(list)
    for path in sorted((run / "workers").glob("*.jsonl")):
        for line in path.read_bytes().split(b"\n")[:-1]:
            outcome = json.loads(line)["event"]["finished"]
            entered[outcome["key"]].append(json.dumps(outcome, sort_keys=True))
    return entered


def submissions(run):
    """The folders of the submissions, by time."""
    return sorted(path for path in (run / "submit").iterdir() if path.is_dir())


class Workers:
    """The processes that work on one submission."""

    def __init__(self, arguments, layer, work, draw):
        self.arguments, self.layer, self.work, self.draw = arguments, layer, work, draw
        self.out = work / "shared"
        self.run = self.out / "grid/.run"
        self.running, self.started, self.ended = {}, 0, collections.Counter()

    def submit(self, file):
        command = [self.arguments.binary, "submit", file, "--script-only", "--out", self.out, "--workers",
                   str(self.arguments.workers), "--jobs", "1", "--threads", "1", "--device", "cpu"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise Failed(f"submit ended with {done.returncode}: {done.stderr}")
        self.submission = submissions(self.run)[-1]

    def start(self):
        environment = dict(os.environ, LD_PRELOAD=str(self.layer), NETWORK_UNDER=str(self.out))
        environment.update(NETWORK_LISTINGS=str(self.arguments.listings), NETWORK_ATTRIBUTES="3",
                           NETWORK_CLOCK=str(self.draw.randint(-300, 300)),
                           NETWORK_FAILURES=str(self.arguments.failures), RAYON_NUM_THREADS="1")
        log = open(self.work / f"logs/{self.started}.txt", "w")
        command = [self.submission / "runner", "work", self.submission]
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=self.work)
        self.running[process] = self.started
        self.started += 1

    def reap(self):
        for process in [process for process in self.running if process.poll() is not None]:
            number = self.running.pop(process)
            self.ended[process.returncode] += 1
            if process.returncode not in (0, 1, 75, -signal.SIGKILL, -signal.SIGTERM, -signal.SIGUSR1):
                text = (self.work / f"logs/{number}.txt").read_text()
                if process.returncode != 3:
                    raise Failed(f"a worker ended with {process.returncode}:\n{text[-2000:]}")
                print(f"worker {number} ended with 3: {text.strip().splitlines()[-1]}")

    def stop_one(self):
        process = self.draw.choice(list(self.running))
        process.send_signal(self.draw.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGUSR1]))

    def finish(self):
        """Starts workers until nothing is left, and stops some of them on the way."""
        left, next_stop = self.arguments.kills, time.monotonic() + 1
        for _ in range(self.arguments.workers):
            self.start()
        end = time.monotonic() + self.arguments.limit
        while not (self.submission / "finished").exists():
            if time.monotonic() > end:
                for process in self.running:
                    process.kill()
                raise Failed(f"not finished after {self.arguments.limit} s")
            time.sleep(0.05)
            self.reap()
            if left and self.running and time.monotonic() > next_stop:
                self.stop_one()
                left -= 1
                next_stop = time.monotonic() + self.draw.expovariate(1 / self.arguments.pause)
            while len(self.running) < self.arguments.workers and self.is_open():
                self.start()
                time.sleep(0.05)
        while self.running:
            time.sleep(0.05)
            self.reap()
        return self.arguments.kills - left

    def is_open(self):
        """Whether more workers may find something to do: not in every second while the last trainings end."""
        return len(self.running) < 2 or not self.ended[0] or self.draw.random() < 0.01


def attempt(arguments, work):
    draw = random.Random(arguments.seed)
    file = work / "grid.toml"
    seeds = ", ".join(str(seed) for seed in range(arguments.jobs // 2))
    steps, test_size = (1, 2) if arguments.quick else (20, 20)
    file.write_text(GRID.format(seeds=seeds, steps=steps, test_size=test_size))
    layer = work / "network.so"
    source = pathlib.Path(__file__).parent / "network.c"
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", layer, source, "-ldl", "-lpthread"], check=True)
    (work / "logs").mkdir()
    began = time.monotonic()
    subprocess.run([arguments.binary, "plan", file, "--out", work / "alone"], check=True, capture_output=True)
    planned = time.monotonic() - began
    began = time.monotonic()
    subprocess.run([arguments.binary, "run", file, "--out", work / "alone", "-q"], check=True, capture_output=True)
    alone = time.monotonic() - began
    print(f"{arguments.jobs} jobs: planned in {planned:.1f} s, run by one process in {alone:.1f} s")
    workers = Workers(arguments, layer, work, draw)
    began = time.monotonic()
    workers.submit(file)
    submitted = time.monotonic() - began
    began = time.monotonic()
    stopped = workers.finish()
    shared = time.monotonic() - began
    files = {name: len(list((workers.run / name).iterdir())) for name in ["claims", "workers"]}
    entered = journals(workers.run)
    twice = sum(len(results) > 1 for results in entered.values())
    different = [key for key, results in entered.items() if len(set(results)) > 1]
    if different:
        raise Failed(f"{len(different)} keys have several results: {different[:5]}")
    rows = sum(1 for _ in csv.reader(open(workers.out / "grid/results.csv"))) - 1
    print(f"submitted in {submitted:.1f} s; {workers.started} workers, {stopped} stopped, in {shared:.1f} s; "
          f"exit statuses {dict(workers.ended)}")
    print(f"{rows} rows, {twice} trainings done twice, {files['claims']} claims, {files['workers']} files of workers")
    alone_files = committed(work / "alone/grid")
    compare(alone_files, committed(workers.out / "grid"))
    # a run that has the folder alone takes in the journals, and changes nothing else
    subprocess.run([arguments.binary, "run", file, "--out", workers.out, "-q"], check=True, capture_output=True)
    compare(alone_files, committed(workers.out / "grid"))
    if (workers.run / "claims").exists():
        raise Failed("claims stay in a folder that nobody shares")
    print(f"{len(alone_files)} committed files have the bytes of a run on one machine")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--workers", type=int, default=64)
    parser.add_argument("--jobs", type=int, default=300)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--pause", type=float, default=1.0, help="mean seconds between two stops")
    parser.add_argument("--listings", type=float, default=60.0, help="seconds that a listing is late")
    parser.add_argument("--failures", type=int, default=50, help="one of so many operations fails; 0: none")
    parser.add_argument("--limit", type=float, default=3600, help="seconds until the workers must be finished")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="trainings of one step, to measure all but them")
    parser.add_argument("--keep", action="store_true", help="keep the folder")
    arguments = parser.parse_args()
    work = pathlib.Path(tempfile.mkdtemp(prefix="workers-"))
    try:
        attempt(arguments, work)
    except Failed as failed:
        sys.exit(f"FAILED: {failed}\nsee {work}")
    if not arguments.keep:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
