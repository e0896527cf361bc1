"""Runs four jobs of one training in fresh folders, at the default and with --jobs 2, and checks that each run trains once,
ends well, and leaves the same bytes.

    python3 tests/safety/one_training.py --binary target/release/runner [--times N]
"""
import argparse
import hashlib
import pathlib
import subprocess
import tempfile

GRID = """
[data]
dataset = "builtin:es"
train_size = 100

[model]
checkpoint = "builtin:tiny"
max_length = 64

[train]
max_steps = 12

[matrix]
data.test_size = [40, 60]
data.validation_size = [0, 50]
"""


def committed(folder):
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if ".run" not in path.parts:
            digest.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return digest.hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True, type=pathlib.Path)
    parser.add_argument("--times", type=int, default=100)
    arguments = parser.parse_args()
    hashes = set()
    for number in range(arguments.times):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "grid.toml").write_text(GRID)
            ways = ["--threads", "2", "--jobs", "2"] if number % 2 else []
            command = [arguments.binary.resolve(), "run", "grid.toml", *ways]
            run = subprocess.run(command, cwd=folder, capture_output=True, text=True)
            assert run.returncode == 0 and run.stderr.count(", trained ") == 1, run.stderr
            hashes.add(committed(pathlib.Path(folder, "results/grid")))
    assert len(hashes) == 1, hashes
    print(f"{arguments.times} runs: one training each, exit status 0, one hash")


if __name__ == "__main__":
    main()
