"""Stops a running grid at random moments until it is done, and compares what it left with an uninterrupted run.

    python3 tests/safety/kill.py --binary target/release/runner [--times N] [--signals KILL,TERM] [--seed N] [--shared DIR]

Each signal is sent at least N times. After each, every table is whole and holds rows of the uninterrupted run only, no
line of the journal is lost, and `runner plan` reads the folder; when a grid is done, its committed files have the bytes
of the uninterrupted run, and the next grid begins in a new folder. With --shared, where reference/hub_server.py lies,
half of the grids download their data and checkpoint from a slow hub on loopback, into an empty cache.
"""
import argparse
import collections
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import grid as safety

TEXT = safety.GRID.format(steps=60, evaluate_every=20, minutes="0.0005")

HUB_TEXT = """
[data]
dataset = "made/up"
train_size = 60
test_size = 20

[model]
checkpoint = "made/model"
max_length = 32

[train]
max_steps = 20
log_every = 2

[save]
checkpoint_minutes = 0.0005

[matrix]
model.freeze = [false, true]
"""

# What a run that is stopped may end with: a signal that comes before it is caught ends it at once.
STOPPED = {"KILL": {-signal.SIGKILL}}
INTERRUPTED = 130


def made_up_hub(root):
    """A data set and a checkpoint as a hub has them: large enough to be stopped within."""
    words = ["ana", "lee", "en", "lima", "y", "va", "a", "casa", "de", "luz"]
    draw = random.Random(7)
    data = root / "datasets/made/up"
    data.mkdir(parents=True)
    for split, rows in [("train", 600), ("validation", 60), ("test", 100)]:
        lines = []
        for _ in range(rows):
            tokens = [draw.choice(words) for _ in range(draw.randint(4, 12))]
            tags = ["B-PER" if word == "ana" else "B-LOC" if word == "lima" else "O" for word in tokens]
            lines.append(json.dumps({"tokens": tokens, "ner_tags": tags}))
        (data / f"{split}.jsonl").write_text("\n".join(lines) + "\n")
    model = root / "models/made/model"
    model.mkdir(parents=True)
    golden = pathlib.Path(__file__).parent.parent / "goldens/models/bert"
    for name in ["config.json", "model.safetensors"]:
        shutil.copy(golden / name, model / name)
    (model / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]) + "\n")
    return root


class Hub:
    def __init__(self, shared, root):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        script = shared / "reference/hub_server.py"
        command = [sys.executable, str(script), "--root", str(root), "--port", str(port), "--slow", "60000"]
        self.server = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self.address = f"http://127.0.0.1:{port}"
        for _ in range(400):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        raise safety.Failed("the hub does not start")

    def stop(self):
        self.server.kill()
        self.server.wait()


class Kind:
    """A grid to be stopped, with what it comes to undisturbed."""

    def __init__(self, name, grid, folder):
        self.name, self.grid, self.folder = name, grid, pathlib.Path(folder)
        self.expected, self.seconds = safety.reference(grid, folder)
        self.grid.environment["HF_HOME"] = str(self.folder / "cache-of-round")

    def new_round(self):
        safety.remove(self.folder / "cache-of-round")
        safety.remove(self.folder / "out")
        return self.folder / "out"


def check(kind, root, out, before, when):
    """What must hold after a stop; the journal's lines."""
    safety.check_tables(root, kind.expected, when)
    lines = safety.whole_lines(root)
    if lines[: len(before)] != before:
        raise safety.Failed(f"{when}: the journal lost what it had")
    status, said, _ = kind.grid.run(out, sub="plan")
    if status != 0:
        raise safety.Failed(f"{when}: plan ends with {status}: {said}")
    return lines


def one_round(kind, name, seen, most):
    """Stops one grid until it is done, or often enough."""
    out = kind.new_round()
    root = kind.grid.root(out)
    lines, stops = [], 0
    while True:
        process = kind.grid.start(out, stderr=subprocess.PIPE)
        delay = random.uniform(0, kind.seconds * random.choice([0.1, 0.4, 0.8]))
        try:
            process.wait(delay)
        except subprocess.TimeoutExpired:
            process.send_signal(getattr(signal, f"SIG{name}"))
        said = process.communicate()[1].decode()
        status = process.returncode
        when = f"{kind.name}, {name} after {delay:.3f} s, status {status}"
        if status == 0:
            safety.compare(safety.committed(root), kind.expected, when)
            safety.check_nothing_left(root, when)
            return stops
        allowed = STOPPED.get(name, {INTERRUPTED, -getattr(signal, f"SIG{name}")})
        if status not in allowed or "panicked" in said:
            raise safety.Failed(f"{when}: {said}")
        seen[(name, kind.name, status, phase(root))] += 1
        stops += 1
        if root.is_dir():
            lines = check(kind, root, out, lines, when)
        if stops >= most:
            status, said, _ = kind.grid.run(out)
            if status != 0:
                raise safety.Failed(f"{when}, and then undisturbed: {status}: {said}")
            safety.compare(safety.committed(root), kind.expected, when)
            return stops


def phase(root):
    """What the stop fell into, as far as the folder tells."""
    names = [path.name for path in root.rglob("*")] if root.is_dir() else None
    if names is None:
        return "before the folder"
    if any(safety.LEFT.search(name) for name in names):
        return "in a write"
    return "in a job" if any((root / ".run/checkpoints").glob("*.safetensors")) else "between"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--binary", required=True, type=pathlib.Path)
    arguments.add_argument("--times", type=int, default=100)
    arguments.add_argument("--signals", default="KILL,TERM")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--shared", type=pathlib.Path, default=os.environ.get("RUNNER_SHARED"))
    arguments = arguments.parse_args()
    random.seed(arguments.seed)
    begun = time.monotonic()
    binary = arguments.binary.resolve()
    seen, rounds, failures = collections.Counter(), collections.Counter(), []
    hub = None
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        kinds = [Kind("builtin", safety.Grid(binary, folder / "builtin", TEXT), folder / "builtin")]
        try:
            if arguments.shared:
                hub = Hub(pathlib.Path(arguments.shared), made_up_hub(folder / "hub"))
                environment = {"HF_ENDPOINT": hub.address}
                grid = safety.Grid(binary, folder / "hub-grid", HUB_TEXT, environment=environment)
                kinds.append(Kind("hub", grid, folder / "hub-grid"))
            else:
                print("no --shared: nothing is downloaded, so that no download is stopped")
            for name in arguments.signals.split(","):
                sent = 0
                while sent < arguments.times and len(failures) < 5:
                    kind = kinds[sum(rounds.values()) % len(kinds)]
                    try:
                        sent += one_round(kind, name, seen, arguments.times - sent)
                    except safety.Failed as failure:
                        failures.append(failure)
                        sent += 1
                        print(f"FAILED: {failure}", flush=True)
                    rounds[kind.name] += 1
        finally:
            if hub:
                hub.stop()
    for (name, kind, status, where), count in sorted(seen.items()):
        print(f"{name:5} {kind:8} {count:4} times {where}, status {status}")
    grids = ", ".join(f"{count} grids of {kind}" for kind, count in sorted(rounds.items()))
    seconds = ", ".join(f"{kind.name} {kind.seconds:.1f} s" for kind in kinds)
    print(f"{sum(seen.values())} stops in {grids} (undisturbed: {seconds}); seed {arguments.seed}; {len(failures)} failed; "
          f"{time.monotonic() - begun:.0f} s")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
