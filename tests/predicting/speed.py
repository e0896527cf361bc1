"""Sentences a second of `runner predict` and of transformers' pipeline on the same model, sentences and machine: rounds in
turn, medians, and their ratio. The pipeline's best batch size counts.

    python3 tests/predicting/speed.py --binary target/release/runner --results results/es:LABEL --folder results/es \\
        --checkpoint DIR --wikiann test.parquet

Both have `--threads` threads. Each side's time to load the model is left out: runner's as the time for one sentence.
"""
import argparse
import pathlib
import statistics
import subprocess
import tempfile
import time
import warnings

import models
import torch


def main():
    warnings.filterwarnings("ignore")
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    for name in ("binary", "folder", "checkpoint", "wikiann"):
        parser.add_argument(f"--{name}", required=True, type=pathlib.Path)
    parser.add_argument("--results", required=True)
    parser.add_argument("--sentences", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    texts = models.sentences(arguments.wikiann)[: arguments.sentences]
    work = pathlib.Path(tempfile.mkdtemp())
    model = models.as_transformers_has_it(arguments.folder, arguments.checkpoint, work / "exported")
    pipes = {size: models.pipeline(model, work / "exported", batch_size=size) for size in (1, 8, 32)}

    def runner(texts):
        command = [arguments.binary, "predict", arguments.results, "--threads", str(arguments.threads), "--offline"]
        start = time.perf_counter()
        subprocess.run(command + ["--format", "jsonl"], input="\n".join(texts) + "\n", check=True,
                       stdout=subprocess.DEVNULL, encoding="utf-8")
        return time.perf_counter() - start

    def pipeline(size):
        start = time.perf_counter()
        pipes[size](texts)
        return time.perf_counter() - start

    runner(texts[:1])
    [pipe(texts[:8]) for pipe in pipes.values()]
    times = {"runner": []} | {size: [] for size in pipes}
    for _ in range(arguments.rounds):
        loading = runner(texts[:1])
        times["runner"].append(runner(texts) - loading)
        for size in pipes:
            times[size].append(pipeline(size))
    rates = {name: len(texts) / statistics.median(of) for name, of in times.items()}
    for name, rate in rates.items():
        label = name if name == "runner" else f"pipeline, batch_size={name}"
        print(f"{label}: {rate:.0f} sentences a second ({min(times[name]):.2f} to {max(times[name]):.2f} s)")
    best = max(rates[size] for size in pipes)
    print(f"runner / best pipeline: {rates['runner'] / best:.2f}")


if __name__ == "__main__":
    main()
