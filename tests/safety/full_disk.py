"""Runs a grid on disks that are too small, from one with room for nothing on, and again once there is space.

    python3 tests/safety/full_disk.py --binary target/release/runner [--steps N]

Each disk is a tmpfs of its own, so that this has to be root or be allowed to become it in a namespace of its own (it
asks for one itself). Where neither is possible it ends with status 77 and says so.
"""
import argparse
import collections
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import grid as safety

# with a checkpoint after each step, which fills the disk first, and with none, so that a model does
TEXTS = [safety.GRID.format(steps=4, evaluate_every=2, minutes=minutes) for minutes in ["0.00001", "5"]]
NOT_POSSIBLE = 77


def may_mount(folder):
    return subprocess.run(["mount", "-t", "tmpfs", "none", folder], capture_output=True).returncode == 0


def mount(folder, kilobytes, again=False):
    options = f"{'remount,' if again else ''}size={kilobytes}k"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", str(folder)], check=True)


def size_of(folder):
    return sum(path.stat().st_blocks // 2 for path in folder.rglob("*"))


def one(grid, expected, disk, kilobytes):
    """A disk of this size; the status of the run on it."""
    mount(disk, kilobytes)
    try:
        when = f"a disk of {kilobytes} kB"
        status, said, _ = grid.run(disk)
        if status not in (0, 1, 3) or "panicked" in said:
            raise safety.Failed(f"{when}: status {status}: {said}")
        if status == 3 and "the disk is full" not in said and "save.models" not in said and "free some space" not in said:
            raise safety.Failed(f"{when}: nothing is said of space: {said}")
        root = grid.root(disk)
        rows = safety.check_tables(root, expected, when)
        if status == 0:
            safety.compare(safety.committed(root), expected, when)
        safe = safety.whole_lines(root)
        mount(disk, 65536, again=True)
        again, told, _ = grid.run(disk)
        if again != 0:
            raise safety.Failed(f"{when}: with space again, status {again}: {told}")
        safety.compare(safety.committed(root), expected, f"{when}, with space again")
        if safety.whole_lines(root)[: len(safe)] != safe:
            raise safety.Failed(f"{when}: the journal lost what it had")
        safety.check_nothing_left(root, when)
        return status, rows, "not saved" in said
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--binary", required=True, type=pathlib.Path)
    arguments.add_argument("--steps", type=int, default=40, help="how many sizes of disk")
    arguments = arguments.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        disk = pathlib.Path(folder) / "disk"
        disk.mkdir()
        if not may_mount(disk):
            if "SAFETY_NAMESPACE" not in os.environ:
                os.environ["SAFETY_NAMESPACE"] = "asked"
                entered = subprocess.run(["unshare", "-rm", "true"], capture_output=True).returncode == 0
                if entered:
                    os.execvp("unshare", ["unshare", "-rm", sys.executable, *sys.argv])
            print("no file system can be mounted here, by root or in a namespace: nothing was tried")
            sys.exit(NOT_POSSIBLE)
        subprocess.run(["umount", str(disk)], check=True)
        binary = arguments.binary.resolve()
        grids = [safety.Grid(binary, pathlib.Path(folder) / f"work-{at}", text) for at, text in enumerate(TEXTS)]
        expected = [safety.reference(grid, grid.folder)[0] for grid in grids]
        most = size_of(grids[0].folder / "reference")
        statuses, failed, rows, unsaved = collections.Counter(), 0, 0, 0
        for step in range(1, arguments.steps + 1):
            try:
                size = max(4, most * 5 * step // (4 * arguments.steps))
                status, kept, without = one(grids[step % 2], expected[step % 2], disk, size)
                statuses[status] += 1
                rows += kept
                unsaved += without
            except safety.Failed as failure:
                failed += 1
                print(f"FAILED: {failure}", flush=True)
    told = ", ".join(f"{count} with status {status}" for status, count in sorted(statuses.items()))
    print(f"{arguments.steps} disks, up to {most * 5 // 4} kB for {most} kB of results: {told}, {rows} rows kept, {unsaved} runs without room for a model; "
          f"{failed} failed; {time.monotonic() - begun:.0f} s")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
