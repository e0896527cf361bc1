"""Sentences a second of `runner predict` and of transformers' pipeline on the same model, sentences and machine: rounds in
turn, medians, and their ratio. The pipeline's best batch size counts.

    python3 tests/predicting/speed.py --binary target/release/runner --results results/es:LABEL --wikiann test.parquet

Both have `--threads` threads. Where other programs take the processor too, the seconds of it that each side takes say more
than the clock; both are shown. Each side's time to load the model is left out: runner's as the time for one sentence.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import tempfile
import time
import warnings

import models
import torch


def clocks():
    """Seconds of the clock, and of the processor in this process and those it waited for."""
    times = os.times()
    return [time.perf_counter(), times.user + times.system + times.children_user + times.children_system]


def main():
    warnings.filterwarnings("ignore")
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    for name in ("binary", "wikiann"):
        parser.add_argument(f"--{name}", required=True, type=pathlib.Path)
    parser.add_argument("--results", required=True)
    parser.add_argument("--sentences", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    texts = models.sentences(arguments.wikiann)[: arguments.sentences]
    work = pathlib.Path(tempfile.mkdtemp())
    exported = models.exported(arguments.binary.resolve(), arguments.results, work / "exported")
    pipes = {size: models.pipeline(*exported, batch_size=size) for size in (1, 8, 32)}

    def runner(texts):
        command = [arguments.binary.resolve(), "predict", arguments.results, "--threads", str(arguments.threads), "--offline"]
        start = clocks()
        subprocess.run(command + ["--format", "jsonl"], input="\n".join(texts) + "\n", check=True,
                       stdout=subprocess.DEVNULL, encoding="utf-8")
        return [now - then for now, then in zip(clocks(), start)]

    def pipeline(size):
        start = clocks()
        pipes[size](texts)
        return [now - then for now, then in zip(clocks(), start)]

    runner(texts[:1])
    [pipe(texts[:8]) for pipe in pipes.values()]
    times = {"runner": []} | {size: [] for size in pipes}
    for _ in range(arguments.rounds):
        loading = runner(texts[:1])
        times["runner"].append([whole - part for whole, part in zip(runner(texts), loading)])
        for size in pipes:
            times[size].append(pipeline(size))
    for at, clock in enumerate(("by the clock", "by seconds of the processor")):
        rates = {name: len(texts) / statistics.median(one[at] for one in of) for name, of in times.items()}
        for name, rate in rates.items():
            label = name if name == "runner" else f"pipeline, batch_size={name}"
            seconds = [one[at] for one in times[name]]
            print(f"{clock}, {label}: {rate:.0f} sentences a second ({min(seconds):.2f} to {max(seconds):.2f} s)")
        best = max(rates[size] for size in pipes)
        print(f"{clock}, runner / best pipeline: {rates['runner'] / best:.2f}")


if __name__ == "__main__":
    main()
