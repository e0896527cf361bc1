"""Makes every write, sync, rename, creation and removal of a run fail in turn, and runs again without the fault.

    python3 tests/safety/faults.py --binary target/release/runner [--sample N] [--seed N]

A run may end with status 3, or with a failed row (status 1), or not mind. Run again, it has to complete with the bytes of
a run that met no fault, and no line of the journal from before the fault may be lost. It starts in no folder, in one
that is half done, in one whose settings were others, and in one whose predictions are named as earlier versions did.
ENOSPC, EIO and EDQUOT fail the change (of a write, half is done); ESTALE makes it and fails then, like an answer lost on
a network. `from` makes all later changes fail too, as on a disk that is full.
"""
import argparse
import collections
import errno
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time

import grid as safety

ERRNOS = ["ENOSPC", "EIO", "EDQUOT", "ESTALE"]
TEXT = safety.GRID.format(steps=4, evaluate_every=2, minutes="0.00001")


def compiled(folder):
    """The layer, as a library to be loaded before the C library."""
    library = pathlib.Path(folder) / "faults.so"
    source = pathlib.Path(__file__).with_name("faults.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", str(library), str(source), "-ldl"], check=True)
    return library


class Faults:
    def __init__(self, binary, folder):
        self.folder = pathlib.Path(folder)
        self.library = compiled(folder)
        self.grid = safety.Grid(binary, self.folder / "work", TEXT)
        self.expected, _ = safety.reference(self.grid, self.folder)
        half = self.folder / "half"
        self.must(self.grid.run(half, "--only", "freeze=true"), "the first half")
        changed, earlier = self.folder / "changed", self.folder / "earlier"
        other = safety.Grid(binary, self.folder / "other", TEXT.replace("2e-3", "4e-3"))
        self.must(other.run(changed), "the grid of another rate")
        self.must(self.grid.run(earlier), "the grid of an earlier version")
        safety.rename_predictions(self.grid.root(earlier))
        self.starts = {"fresh": None, "half": half, "changed": changed, "earlier": earlier}
        # rows of the start stay until the first tables are written
        rows = (self.grid.root(changed) / "results.csv").read_bytes()
        self.allowed = {**self.expected, "results.csv": self.expected["results.csv"] + rows}
        self.outcomes = collections.Counter()
        self.kinds = collections.Counter()

    @staticmethod
    def must(ran, what):
        status, said, _ = ran
        if status != 0:
            raise safety.Failed(f"{what} ends with {status}: {said}")

    def begin(self, start):
        """A folder as it is before the run with the fault."""
        out = self.folder / "out"
        safety.remove(out)
        if self.starts[start]:
            subprocess.run(["cp", "-a", str(self.starts[start]), str(out)], check=True)
        return out

    def variables(self, out, **settings):
        log = self.folder / "log"
        log.unlink(missing_ok=True)
        settings = {f"FAULTS_{name}": str(value) for name, value in settings.items()}
        return {"LD_PRELOAD": str(self.library), "FAULTS_UNDER": str(out), "FAULTS_LOG": str(log), **settings}

    def count(self, start):
        """How many changes a run makes; two jobs at a time do not always make the same number."""
        out = self.begin(start)
        self.must(self.grid.run(out, environment=self.variables(out)), "the run that counts")
        safety.compare(safety.committed(self.grid.root(out)), self.expected, "counting")
        return len((self.folder / "log").read_text().splitlines())

    def point(self, start, number, name, mode):
        """One fault, and the run after it."""
        out = self.begin(start)
        root = self.grid.root(out)
        before = safety.whole_lines(root)
        settings = {"AT": number, "ERRNO": getattr(errno, name), "FROM": int(mode == "from")}
        variables = self.variables(out, AFTER=int(name == "ESTALE"), **settings)
        status, said, _ = self.grid.run(out, environment=variables)
        failed = [line[1:] for line in (self.folder / "log").read_text().splitlines() if line.startswith("!")]
        where = f"{start}, change {number} ({failed[0] if failed else 'none'}), {name}, {mode}"
        if status not in (0, 1, 3) or re.search(r"panicked|RUST_BACKTRACE", said):
            raise safety.Failed(f"{where}: status {status}: {said}")
        if root.is_dir():
            safety.check_tables(root, self.allowed, where)
            if safety.whole_lines(root)[: len(before)] != before:
                raise safety.Failed(f"{where}: the journal lost what it had")
        if status == 0:
            safety.compare({**safety.committed(root)}, self.expected, f"{where}, which was not minded")
        again, told, _ = self.grid.run(out)
        if again != 0:
            raise safety.Failed(f"{where}: status {status}: {said}\nthe run after it ends with {again}: {told}")
        safety.compare(safety.committed(root), self.expected, f"the run after {where}")
        safety.check_nothing_left(root, f"the run after {where}")
        self.outcomes[status] += 1
        self.kinds[(failed[0].split()[0] if failed else "none")] += 1


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--binary", required=True, type=pathlib.Path)
    arguments.add_argument("--sample", type=int, help="so many faults, drawn at random; all without it")
    arguments.add_argument("--seed", type=int, default=1)
    arguments = arguments.parse_args()
    random.seed(arguments.seed)
    begun = time.monotonic()
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        faults = Faults(arguments.binary.resolve(), folder)
        counts = {start: faults.count(start) for start in faults.starts}
        points = [(start, number, name, "once") for start in counts for number in range(1, counts[start] + 1) for name in ERRNOS]
        points += [(start, number, "ENOSPC", "from") for start in counts for number in range(1, counts[start] + 1)]
        if arguments.sample:
            points = random.sample(points, min(arguments.sample, len(points)))
        for point in points:
            try:
                faults.point(*point)
            except safety.Failed as failure:
                failures.append(failure)
                print(f"FAILED: {failure}", flush=True)
    changes = ", ".join(f"{count} changes of a {start} run" for start, count in counts.items())
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(faults.kinds.items()))
    statuses = ", ".join(f"{count} with status {status}" for status, count in sorted(faults.outcomes.items()))
    print(f"{changes}; {len(points)} faults ({kinds}): {statuses}; {len(failures)} failed; {time.monotonic() - begun:.0f} s")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
