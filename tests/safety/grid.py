"""A small grid, and what must hold of its results folder whatever happened to the program."""
import csv
import json
import os
import pathlib
import re
import shutil
import subprocess
import time

GRID = """
[data]
dataset = "builtin:es"
train_size = 60
validation_size = 20

[model]
checkpoint = "builtin:tiny"
max_length = 64

[train]
max_steps = {steps}
learning_rate = 2e-3
log_every = 2
evaluate_every = {evaluate_every}

[save]
checkpoint_minutes = {minutes}

[matrix]
data.test_size = [20, 30]
model.freeze = [false, true]

[[evaluate]]
split = "validation"
size = 15
"""

TABLES = {
    "results.csv": "job,key,status,dataset",
    "per_entity.csv": "job,key,split,scheme,type",
    "summary.csv": "dataset,",
    "curves.csv": "job,step,epoch",
    "epochs.csv": "job,epoch",
    "evaluations.csv": "job,",
}

JOURNAL = pathlib.Path(".run/journal.jsonl")
LEFT = re.compile(r"\.part$|\.new$|\.aside$|^\.tmp|^tables-ready$")


class Failed(Exception):
    """What must hold does not."""


class Grid:
    """An experiment in a folder of its own."""

    def __init__(self, binary, folder, text, name="grid", environment=None):
        self.binary, self.folder, self.name = str(binary), pathlib.Path(folder), name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.file = self.folder / f"{name}.toml"
        self.file.write_text(text)
        self.environment = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(self.folder / "cache"), "HF_TOKEN": ""}
        self.environment.update(environment or {})

    def command(self, out, *arguments, sub="run"):
        return [self.binary, sub, str(self.file), "--out", str(out), *arguments]

    def start(self, out, *arguments, environment=None, **options):
        variables = {**os.environ, **self.environment, **(environment or {})}
        return subprocess.Popen(self.command(out, *arguments), env=variables, stdout=subprocess.DEVNULL, **options)

    def run(self, out, *arguments, environment=None, sub="run"):
        """Runs to the end: the status, what it said, and the seconds that it took."""
        begun = time.monotonic()
        variables = {**os.environ, **self.environment, **(environment or {})}
        done = subprocess.run(self.command(out, *arguments, sub=sub), env=variables, capture_output=True, text=True)
        return done.returncode, done.stderr + (done.stdout if sub != "run" else ""), time.monotonic() - begun

    def root(self, out):
        return pathlib.Path(out) / self.name


def files(root):
    """Every file by its path below `root`."""
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def committed(root):
    return {name: content for name, content in files(root).items() if not name.startswith(".run")}


def compare(found, expected, when):
    """Fails with the names of the files that differ."""
    differing = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
    if differing:
        raise Failed(f"{when}: these differ from the uninterrupted run: {', '.join(differing)}")


def whole_lines(root):
    """The journal's whole lines, each of them JSON."""
    path = root / JOURNAL
    content = path.read_bytes() if path.is_file() else b""
    lines = content[: content.rfind(b"\n") + 1].splitlines()
    for line in lines:
        json.loads(line)
    return lines


def check_tables(root, expected, when):
    """Each table there is whole, and each finished row is the uninterrupted run's. Returns the rows of results.csv."""
    rows = 0
    for name, head in TABLES.items():
        path = root / name
        if not path.is_file():
            continue
        text = path.read_bytes().decode()
        if not text.endswith("\n") or not text.startswith(head):
            raise Failed(f"{when}: {name} does not begin or end as it should: {text[:60]!r}")
        table = list(csv.reader(text.splitlines()))
        wrong = [number for number, row in enumerate(table, 1) if len(row) != len(table[0])]
        if wrong:
            raise Failed(f"{when}: {name}: lines {wrong} have another number of cells than the head")
        known = set(expected[name].decode().splitlines()) if name in expected else set()
        if name == "results.csv":
            rows = len(table) - 1
            column = table[0].index("status")
            bad = [row[0] for row, line in zip(table[1:], text.splitlines()[1:]) if row[column] == "ok" and line not in known]
            if bad:
                raise Failed(f"{when}: rows of {bad} are not those of the uninterrupted run")
    return rows


def rename_predictions(root):
    """Names the jobs' predictions as earlier versions did: by key."""
    with open(root / "results.csv", newline="") as table:
        for row in csv.DictReader(table):
            for ending in [".tags", ".validation.tags"]:
                (root / "predictions" / (row["job"] + ending)).rename(root / "predictions" / (row["key"] + ending))


def check_nothing_left(root, when):
    left = [str(path.relative_to(root)) for path in root.rglob("*") if LEFT.search(path.name)]
    if left:
        raise Failed(f"{when}: left behind: {', '.join(left)}")


def reference(grid, folder, *arguments):
    """The bytes of an uninterrupted run, and its seconds."""
    out = pathlib.Path(folder) / "reference"
    status, said, seconds = grid.run(out, *arguments)
    if status != 0:
        raise Failed(f"the grid itself fails with {status}: {said}")
    return committed(grid.root(out)), seconds


def remove(folder):
    shutil.rmtree(folder, ignore_errors=True)
