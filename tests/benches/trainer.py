"""The peer beside the runner on one machine: Hugging Face Trainer's steps, predictions and whole processes, and ours.

    cargo build --release && cargo bench --bench step --no-run
    python3 tests/benches/trainer.py --trainer PATH/hf_trainer.py --hub PATH/hub --python PATH/venv/bin/python

Prints Markdown tables. Everything is run in turn, in rounds (`--rounds`): first Trainer, then the runner, over the same
sentences in the same order, with the same number of threads; a cell is the median over the rounds, a ratio the median
of the rounds' ratios. `--only NAME` (repeatable; `--list` names them) chooses parts, `--threads 2` the threads.

- Steps: the median of a process's steps. Trainer pads to the longest of a batch; its first step is left out.
- Predictions: 2,000 sentences of the test split with MiniLM, 500 with BERT-base, models and sentences in memory;
  Trainer in batches of 8, its default.
- Processes: the four cells of experiments/es_minilm.toml from start to exit, loading included: four processes of
  Trainer against one of the runner, which finds its inputs in a warm cache, and that once more with nothing to do;
  memory is the most that a process held.

On AMD's processors MKL does not choose AVX-512 by itself. There a second column has Trainer with MKL told that the
processor is Intel's, by a library of one function that is loaded first (it needs a C compiler). On Intel's there is none,
since it would be the same. Python's standard library only. Nothing else should run meanwhile.
"""
import argparse
import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
# Of a part: Trainer's arguments, ours for the bench, and, of steps, how many ours takes (tests/benches/step.rs).
BERT_BASE = ["--random", "768,12,12,3072"]
STEPS = {
    "minilm-8": (["--batch", "8"], ["shape=minilm", "work=train", "batch=8"], 60),
    "minilm-32": (["--batch", "32"], ["shape=minilm", "work=train", "batch=32"], 15),
    "minilm-frozen-8": (["--freeze", "--batch", "8"], ["shape=minilm", "work=frozen", "batch=8"], 60),
    "minilm-frozen-32": (["--freeze", "--batch", "32"], ["shape=minilm", "work=frozen", "batch=32"], 15),
    "bert-base-8": ([*BERT_BASE, "--batch", "8"], ["shape=bert-base", "work=train", "batch=8"], 20),
    "bert-base-32": ([*BERT_BASE, "--batch", "32"], ["shape=bert-base", "work=train", "batch=32"], 10),
    "bert-base-frozen-8": ([*BERT_BASE, "--freeze", "--batch", "8"], ["shape=bert-base", "work=frozen", "batch=8"], 20),
    "bert-base-frozen-32": ([*BERT_BASE, "--freeze", "--batch", "32"], ["shape=bert-base", "work=frozen", "batch=32"], 10),
}
PREDICTIONS = {
    "minilm-predict": (["--test", "2000"], ["shape=minilm", "work=predict"]),
    "bert-base-predict": ([*BERT_BASE, "--test", "500"], ["shape=bert-base", "work=predict"]),
}
PROCESSES = "processes"
CELLS = [(1000, []), (1000, ["--freeze"]), (3000, []), (3000, ["--freeze"])]


class Bench:
    """What runs the two programs."""

    def __init__(self, args):
        self.args = args
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="trainer-bench-"))
        self.step = args.bench or newest(REPOSITORY / "target/release/deps", "step-")
        self.preload = unlocked(self.folder)
        self.versions = None

    def timed(self, command, variables):
        """Runs a command to its end: what it printed, seconds, the most bytes that it held."""
        print("  " + " ".join(map(str, command)), file=sys.stderr, flush=True)
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            started = time.perf_counter()
            child = subprocess.Popen([str(part) for part in command], stdout=out, stderr=err, cwd=self.folder,
                                     env={**os.environ, **variables})
            _, status, usage = os.wait4(child.pid, 0)
            seconds = time.perf_counter() - started
            child.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            err.seek(0)
            if child.returncode != 0:
                sys.exit(f"{command[0]} ended with {child.returncode}:\n{err.read().decode()[-3000:]}")
            return out.read().decode(), seconds, usage.ru_maxrss * 1024

    def trainer(self, arguments, threads, preload=None):
        """A process of Trainer: its result, seconds, bytes."""
        variables = {"OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads), "HF_HUB_OFFLINE": "1"}
        if preload:
            variables["LD_PRELOAD"] = str(preload)
        command = [self.args.python, self.args.trainer, "--hub", self.args.hub, "--padding", "longest", *arguments]
        out, seconds, memory = self.timed(command, variables)
        result = json.loads(out.strip().splitlines()[-1])
        if result["versions"]["threads"] != threads:
            sys.exit(f"Trainer ran {result['versions']['threads']} threads, not {threads}")
        self.versions = result["versions"]
        return result, seconds, memory

    def ours(self, arguments, threads):
        """The one row of the bench, by column."""
        shared = self.args.hub.parent
        out, _, _ = self.timed([self.step, *arguments, f"threads={threads}"], {"RUNNER_SHARED": str(shared)})
        lines = out.strip().splitlines()
        if "WikiANN" not in lines[0]:
            sys.exit(f"the bench did not find the data below {shared}/hub")
        head = lines[1].replace("step ms", "step").split()
        return dict(zip(head, lines[2].split(), strict=True))

    def variants(self):
        """Trainer as installed, and with MKL unlocked where that differs."""
        return [None, self.preload] if self.preload else [None]

    def rounds(self, trainer, ours):
        """Both in turn: each variant's values of Trainer, and our rows."""
        theirs, rows = [[] for _ in self.variants()], []
        for _ in range(self.args.rounds):
            for values, preload in zip(theirs, self.variants()):
                values.append(trainer(preload))
            rows.append(ours())
        return theirs, rows

    def steps(self, name, threads):
        arguments, chosen, count = STEPS[name]
        call = ["--steps", str(count + 1), "--test", "8", *arguments]
        theirs, rows = self.rounds(
            lambda preload: self.trainer(call, threads, preload)[0]["seconds"]["step_median"] * 1e3,
            lambda: self.ours(chosen, threads))
        return self.row(name, threads, theirs, rows)

    def predictions(self, name, threads):
        arguments, chosen = PREDICTIONS[name]
        theirs, rows = self.rounds(
            lambda preload: self.trainer(["--steps", "1", *arguments], threads, preload)[0]["seconds"]["predict"] * 1e3,
            lambda: self.ours(chosen, threads))
        return self.row(name, threads, theirs, rows)

    def row(self, name, threads, theirs, rows):
        ours = [float(row["step"]) for row in rows]
        cells = [name, str(threads), *(f"{statistics.median(values):.0f}" for values in theirs),
                 f"{statistics.median(ours):.1f}",
                 *(f"{statistics.median(t / o for t, o in zip(values, ours)):.2f}" for values in theirs),
                 f"{statistics.median(float(row['ratio']) for row in rows):.2f}",
                 f"{statistics.median(float(row['GFLOP/s']) for row in rows):.0f}",
                 f"{statistics.median(float(row['peak']) for row in rows):.0f}"]
        return cells

    def processes(self, threads):
        """The four cells as processes: seconds and memory of both, and of a run with nothing to do."""
        run = [self.args.runner, "run", REPOSITORY / "experiments/es_minilm.toml", "--device", "cpu", "-q", "--offline",
               "--threads", str(threads), "--out"]
        variables = {"HF_HOME": str(self.folder / "cache")}
        self.fill_cache(variables)
        theirs, ours, nothing = [[] for _ in self.variants()], [], []
        for number in range(self.args.rounds):
            for values, preload in zip(theirs, self.variants()):
                cells = [self.trainer(["--train", str(train), *more], threads, preload) for train, more in CELLS]
                values.append((sum(cell[1] for cell in cells), max(cell[2] for cell in cells)))
            out = self.folder / f"results-{threads}-{number}"
            ours.append(self.timed([*run, out], variables)[1:])
            nothing.append(self.timed([*run, out], variables)[1])
        middle = statistics.median
        gigabytes = lambda values: f"{middle(memory for _, memory in values) / 1e9:.2f}"
        return [str(threads), *(f"{middle(seconds for seconds, _ in values):.1f}" for values in theirs),
                f"{middle(seconds for seconds, _ in ours):.1f}",
                *(f"{middle(t[0] / o[0] for t, o in zip(values, ours)):.2f}" for values in theirs),
                gigabytes(theirs[0]), gigabytes(ours), f"{middle(nothing):.2f}"]

    def fill_cache(self, variables):
        """Fetches the inputs once, from a hub on loopback that stands beside hf_trainer.py."""
        if (self.folder / "cache").exists():
            return
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        script = self.args.trainer.parent / "hub_server.py"
        server = subprocess.Popen([sys.executable, str(script), "--root", str(self.args.hub), "--port", str(port)],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while socket.socket().connect_ex(("127.0.0.1", port)) != 0:
                if server.poll() is not None:
                    sys.exit(f"{script} does not start")
                time.sleep(0.05)
            self.timed([self.args.runner, "run", REPOSITORY / "experiments/es_minilm.toml", "--device", "cpu", "-q",
                        "--set", "train.max_steps=1", "--set", "data.test_size=8", "--out", self.folder / "warm-up"],
                       {**variables, "HF_ENDPOINT": f"http://127.0.0.1:{port}"})
        finally:
            server.kill()
            server.wait()


def newest(folder, prefix):
    """The newest program of that name that cargo made."""
    programs = [path for path in folder.glob(prefix + "*") if not path.suffix and os.access(path, os.X_OK)]
    if not programs:
        sys.exit("no bench there: cargo bench --bench step --no-run")
    return max(programs, key=lambda path: path.stat().st_mtime)


def processor():
    """Vendor and name of the processor."""
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    find = lambda key: next((line.split(":", 1)[1].strip() for line in lines if line.startswith(key)), "unknown")
    return find("vendor_id"), find("model name")


def unlocked(folder):
    """A library that tells MKL that the processor is Intel's; none where that changes nothing or there is no compiler."""
    compiler = shutil.which("cc")
    if processor()[0] != "AuthenticAMD":
        return None
    if compiler is None:
        print("no C compiler: Trainer with MKL unlocked is left out", file=sys.stderr)
        return None
    source, library = folder / "intel.c", folder / "intel.so"
    source.write_text("int mkl_serv_intel_cpu_true(void) { return 1; }\n")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(library), str(source)], check=True)
    return library


def table(head, rows):
    """Prints a Markdown table; all but the first column are numbers."""
    print("\n| " + " | ".join(head) + " |")
    print("| --- |" + " ---: |" * (len(head) - 1))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    sys.stdout.flush()


def arguments():
    names = [*STEPS, *PREDICTIONS, PROCESSES]
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--trainer", type=pathlib.Path, required=True, help="hf_trainer.py, with hub_server.py beside it")
    args.add_argument("--hub", type=pathlib.Path, required=True, help="the folder `hub` with data sets and models")
    args.add_argument("--python", default=sys.executable, help="the Python that has torch and transformers")
    args.add_argument("--runner", type=pathlib.Path, default=REPOSITORY / "target/release/runner")
    args.add_argument("--bench", type=pathlib.Path, help="the program of `cargo bench --bench step`; else the newest")
    args.add_argument("--rounds", type=int, default=3)
    args.add_argument("--threads", type=int, action="append", help="repeatable; else 1 and 2")
    args.add_argument("--only", action="append", choices=names, help="repeatable; else all parts")
    args.add_argument("--list", action="version", version="\n".join(names), help="names the parts")
    args = args.parse_args()
    for name in ("trainer", "hub", "runner", "bench"):
        path = getattr(args, name)
        if path is not None:
            setattr(args, name, path.resolve())
            if not path.exists():
                sys.exit(f"--{name} {path} is not there")
    # not resolved: the link in a virtual environment is what makes it one
    if os.sep in args.python:
        args.python = os.path.abspath(args.python)
    args.threads = args.threads or [1, 2]
    return args


def main():
    args = arguments()
    bench = Bench(args)
    chosen = lambda name: args.only is None or name in args.only
    vendor, name = processor()
    unlocked_column = ["Trainer, MKL unlocked"] if bench.preload else []
    try:
        print(f"{name}, medians of {args.rounds} rounds")
        if vendor == "GenuineIntel":
            print("MKL uses all of this processor's instructions as installed: unlocked would be the same.")
        rows = [bench.steps(part, threads) for part in STEPS if chosen(part) for threads in args.threads]
        rows += [bench.predictions(part, threads) for part in PREDICTIONS if chosen(part) for threads in args.threads]
        if rows:
            table(["part, ms", "threads", "Trainer", *unlocked_column, "runner", "times",
                   *(["times unlocked"] if bench.preload else []), "to the floor", "GFLOP/s", "peak"], rows)
        if chosen(PROCESSES):
            table(["threads", "Trainer, s", *(f"{column}, s" for column in unlocked_column), "runner, s", "times",
                   *(["times unlocked"] if bench.preload else []), "Trainer, GB", "runner, GB", "nothing to do, s"],
                  [bench.processes(threads) for threads in args.threads])
        print(f"\ntorch {bench.versions['torch']}, transformers {bench.versions['transformers']}")
    finally:
        shutil.rmtree(bench.folder, ignore_errors=True)


if __name__ == "__main__":
    main()
