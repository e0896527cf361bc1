"""All that needs a GPU, in one run of some eight minutes, on a machine with a GPU and without Rust.

    .ci/cuda-build --tests            # anywhere; then carry target/cuda/gpu.tar.xz and the shared data to the GPU
    tar --extract --xz --file gpu.tar.xz
    python3 tests/benches/gpu.py --shared PATH/shared [--python VENV/bin/python]

It prints one Markdown table at its end, a row as each part ends on standard error, and exits with 1 if any part failed:

- doctor: what is there.
- kernels, engine, traces: the tests of these, which take the GPU instead of their emulator (RUNNER_TEST_GPU=0): each
  kernel against its twin on the CPU; every family against transformers; Trainer's traces in float32, within 1e-3.
- bytes: the quickstart twice, and with four jobs at a time: equal files, timings and journal apart.
- seeds: MiniLM on 1,000 sentences in bfloat16 and float32 over five seeds: the mean of the pairs' differences of entity_f1
  within two standard errors of it and within 0.01.
- steps: BERT-base of random weights, batches of 8 and 32, bfloat16: ours beside Trainer's with --padding longest
  --precision bf16, in turn, and Trainer's with --compile.
- grid: the four cells as processes, BERT-base from --save-init, beside Trainer padded to 128 in float16.

The peer needs torch and transformers in --python. Parts can be chosen by --only and are left out, and said to be, when
--minutes are used up. Python's standard library only.
"""
import argparse
import csv
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

BERT_BASE = "768,12,12,3072"
PARTS = ["doctor", "steps", "kernels", "engine", "traces", "bytes", "seeds", "grid"]
TARGETS = {8: (8.0, 3.0), 32: (6.0, 4.0)}


class Failed(Exception):
    """A part that did not give what it should."""


class Bench:
    def __init__(self, args):
        self.args = args
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="runner-gpu-"))
        self.begun = time.monotonic()
        self.rows = []
        self.variables = {**os.environ, "RUNNER_SHARED": str(args.shared), "RUNNER_TEST_GPU": "0", "CI": "true", "RUST_BACKTRACE": "0",
                          "CARGO_MANIFEST_DIR": str(args.root),
                          "LD_LIBRARY_PATH": os.pathsep.join(filter(None, [
                              libraries(args.python), os.environ.get("LD_LIBRARY_PATH")]))}

    def left(self):
        return self.args.minutes * 60 - (time.monotonic() - self.begun)

    def run(self, command, **variables):
        """Runs to its end: output, seconds."""
        started = time.monotonic()
        done = subprocess.run([str(part) for part in command], cwd=self.folder, env={**self.variables, **variables},
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=max(self.left(), 1))
        if done.returncode != 0:
            raise Failed(f"{pathlib.Path(str(command[0])).name} ended with {done.returncode}: "
                         + (done.stdout + done.stderr).strip()[-600:])
        return done.stdout, time.monotonic() - started

    def part(self, name, work):
        """Runs one part; what it says, or why it failed, becomes rows."""
        if self.args.only and name not in self.args.only:
            return
        if self.left() < 5:
            self.add(name, "left out: the time is used up", False)
            return
        try:
            for what, ok in work():
                self.add(name, what, ok)
        except Exception as error:  # whatever it is, the other parts go on and the table is printed
            self.add(name, f"FAILED: {type(error).__name__}: {error}", False)

    def add(self, name, what, ok):
        row = (name, what.replace("|", "\\|").replace("\n", "<br>"), "yes" if ok else "NO")
        print(f"{time.monotonic() - self.begun:6.0f} s  " + "  ".join(row), file=sys.stderr, flush=True)
        self.rows.append(row)

    def doctor(self):
        out, _ = self.run([self.args.programs / "runner", "doctor", "--offline"])
        gpus = [line for line in out.splitlines() if "cuda:" in line]
        yield "; ".join(gpus) or out.strip(), bool(gpus)

    def tests(self, *chosen):
        """Tests of the engine: how many passed."""
        out, seconds = self.run([self.args.programs / "tests/engine", *chosen, "--test-threads", "1", "--nocapture"])
        closing = [line for line in out.splitlines() if line.startswith("test result:")]
        found = [line for line in out.splitlines() if "largest difference" in line]
        passed = int(closing[-1].split(" passed")[0].split()[-1]) if closing else 0
        yield f"{passed} tests in {seconds:.0f} s" + "".join("; " + line for line in found), passed > 0

    def bytes(self):
        """The files of runs that must not differ."""
        runs = {}
        for name, options in [("once", []), ("again", []), ("four at a time", ["--jobs", "4", "--threads", "4"])]:
            out = self.folder / name.replace(" ", "-")
            self.run([self.args.programs / "runner", "run", self.args.root / "experiments" / "quickstart.toml", "-q",
                      "--device", "cuda", "--offline", "--out", out, *options])
            runs[name] = {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*"))
                          if path.is_file() and (".run" not in path.parts or path.suffix == ".safetensors")}
        first = runs.pop("once")
        for name, files in runs.items():
            differing = sorted(key for key in first.keys() | files.keys() if first.get(key) != files.get(key))
            yield f"{name}: {len(first)} files, " + (", ".join(differing) + " differ" if differing else "equal"), not differing

    def local(self, name, checkpoint=None):
        """A copy of an experiment whose data and checkpoint are folders of the shared data."""
        hub, text = self.args.shared / "hub", (self.args.root / "experiments" / f"{name}.toml").read_text()
        wikiann, minilm = "unimelb-nlp/wikiann", "sentence-transformers/all-MiniLM-L6-v2"
        text = text.replace(f'"{wikiann}"', json.dumps(str(hub / "datasets" / wikiann)))
        text = text.replace(f'"{minilm}"', json.dumps(str(checkpoint or hub / "models" / minilm)))
        copy = self.folder / f"{name}-here.toml"
        copy.write_text(text)
        return copy

    def seeds(self):
        out = self.folder / "seeds"
        self.run([self.args.programs / "runner", "run", self.local("es_minilm"), "-q", "--device", "cuda", "--offline",
                  "--name", "seeds", "--out", out, "--set", "matrix.data.train_size=[1000]",
                  "--set", "matrix.model.freeze=[false]", "--set", "matrix.train.seed=[1, 2, 3, 4, 5]",
                  "--set", 'matrix.train.precision=["fp32", "bf16"]'])
        with open(out / "seeds/results.csv", newline="") as table:
            scores = {(row["seed"], row["precision"]): float(row["test_entity_f1"]) for row in csv.DictReader(table)}
        yield paired([scores[seed, "bf16"] - scores[seed, "fp32"] for seed in "12345"])

    def trainer(self, *options):
        command = [self.args.python, self.args.shared / "reference/hf_trainer.py", "--hub", self.args.shared / "hub",
                   "--random", BERT_BASE, *options]
        out, seconds = self.run(command)
        return json.loads(out.strip().splitlines()[-1]), seconds

    def steps(self):
        for batch, (times, most) in TARGETS.items():
            pairs = []
            for _ in range(self.args.rounds):
                peer, _ = self.trainer("--padding", "longest", "--precision", "bf16", "--batch", str(batch),
                                       "--steps", "60", "--test", "8")
                out, _ = self.run([self.args.programs / "tests/gpu_step", f"batch={batch}", "precision=bf16"])
                ours = json.loads(out.strip().splitlines()[-1])["median_ms"]
                pairs.append((peer["seconds"]["step_median"] * 1e3, ours))
            theirs, ours = (statistics.median(column) for column in zip(*pairs))
            ratio = statistics.median(peer / own for peer, own in pairs)
            yield (f"batch {batch}: Trainer {theirs:.2f} ms, ours {ours:.2f} ms (at most {most:.0f}), "
                   f"{ratio:.1f} times (at least {times:.0f})", ratio >= times and ours <= most)
        if self.left() > 90:
            peer, _ = self.trainer("--padding", "longest", "--precision", "bf16", "--compile", "--steps", "60",
                                   "--test", "8")
            yield f"batch 8: Trainer compiled {peer['seconds']['step_median'] * 1e3:.2f} ms", True
        out, _ = self.run([self.args.programs / "tests/gpu_step", "batch=8,32", "precision=fp32"])
        for line in out.strip().splitlines():
            row = json.loads(line)
            yield f"batch {row['batch']}, float32: ours {row['median_ms']:.2f} ms", True

    def grid(self):
        """The notebook's four cells, from processes' starts to their ends."""
        start = self.folder / "bert-base"
        theirs = 0.0
        for train in (1000, 3000):
            for freeze in ([], ["--freeze"]):
                _, seconds = self.trainer("--train", str(train), *freeze, "--precision", "fp16", "--save-init", start)
                theirs += seconds
        for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt"):
            for found in (self.args.shared / "hub/models").rglob(name):
                shutil.copy(found, start / name)
        _, ours = self.run([self.args.programs / "runner", "run", self.local("es_minilm", start), "-q",
                            "--device", "cuda", "--offline"])
        yield f"Trainer {theirs:.0f} s, ours {ours:.0f} s, {theirs / ours:.1f} times (at least 5)", theirs / ours >= 5


def paired(differences):
    """What the differences of pairs come to, and whether they may be chance and small."""
    mean = statistics.mean(differences)
    error = statistics.stdev(differences) / len(differences) ** 0.5
    text = f"bfloat16 less float32, entity_f1, {len(differences)} seeds: {mean:+.4f}, standard error {error:.4f}"
    return text, abs(mean) <= 2 * error and abs(mean) <= 0.01


def libraries(python):
    """Where CUDA's libraries lie that came with torch; none: the system's are used."""
    code = "import nvidia, os; print(os.pathsep.join(os.path.join(p, 'cu13', 'lib') for p in nvidia.__path__))"
    found = subprocess.run([python, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return found.stdout.strip()


def arguments():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2],
                      help="the project, with experiments and tests; else where this script lies")
    args.add_argument("--programs", type=pathlib.Path, help="what `.ci/cuda-build --tests` made; else ROOT/target/cuda")
    args.add_argument("--shared", type=pathlib.Path, required=True, help="the folder with hub, goldens and reference")
    args.add_argument("--python", default=sys.executable, help="the Python that has torch and transformers")
    args.add_argument("--rounds", type=int, default=2)
    args.add_argument("--minutes", type=float, default=8)
    args.add_argument("--only", action="append", choices=PARTS, help="repeatable; else all parts")
    args = args.parse_args()
    args.programs = args.programs or args.root / "target/cuda"
    # not resolved: the link in a virtual environment is what makes it one
    args.python = os.path.abspath(shutil.which(args.python) or sys.exit(f"--python {args.python} is not there"))
    for name in ("root", "programs", "shared"):
        path = getattr(args, name).resolve()
        setattr(args, name, path)
        if not path.exists():
            sys.exit(f"--{name} {path} is not there")
    return args


def main():
    args = arguments()
    bench = Bench(args)
    try:
        bench.part("doctor", bench.doctor)
        bench.part("steps", bench.steps)
        bench.part("kernels", lambda: bench.tests("kernels::"))
        bench.part("engine", lambda: bench.tests("emulated::"))
        bench.part("traces", lambda: bench.tests("on_a_gpu", "--ignored"))
        bench.part("bytes", bench.bytes)
        bench.part("seeds", bench.seeds)
        bench.part("grid", bench.grid)
    finally:
        shutil.rmtree(bench.folder, ignore_errors=True)
    print("\n| part | what | as it should be |\n| --- | --- | --- |")
    for row in bench.rows:
        print("| " + " | ".join(row) + " |")
    sys.exit(0 if bench.rows and all(row[2] == "yes" for row in bench.rows) else 1)


if __name__ == "__main__":
    main()
