"""Runs 1,000 short jobs, and prints seconds, memory and open files after every hundred (Linux).

    python3 tests/safety/soak.py --binary target/release/runner [--jobs N]
"""
import argparse
import os
import pathlib
import subprocess
import tempfile
import time

GRID = """
[data]
dataset = "builtin:es"
train_size = 40
test_size = 20

[model]
checkpoint = "builtin:tiny"
max_length = 64

[train]
max_steps = 1

[save]
models = "none"

[matrix]
train.seed = [{seeds}]
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True, type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=1000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seeds = ", ".join(str(seed) for seed in range(1, arguments.jobs + 1))
        pathlib.Path(folder, "soak.toml").write_text(GRID.format(seeds=seeds))
        command = [arguments.binary.resolve(), "run", "soak.toml"]
        run = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        begun, done = time.monotonic(), 0
        print("jobs  seconds  resident MiB  open files")
        for line in run.stderr:
            done += line.startswith("seed=")
            if line.startswith("seed=") and done % 100 == 0:
                status = pathlib.Path(f"/proc/{run.pid}/status").read_text()
                resident = int(next(row for row in status.splitlines() if row.startswith("VmRSS")).split()[1]) // 1024
                files = len(os.listdir(f"/proc/{run.pid}/fd"))
                print(f"{done:4}  {time.monotonic() - begun:7.1f}  {resident:12}  {files:10}")
        rows = len(pathlib.Path(folder, "results/soak/results.csv").read_text().splitlines()) - 1
        assert run.wait() == 0 and rows == arguments.jobs, (run.returncode, rows)


if __name__ == "__main__":
    main()
