"""Writes expected.json: rows of splits as `datasets` makes them, and sizes of folds as scikit-learn cuts them.

    python tests/goldens/splits/make_expected.py

Versions that wrote it are in the file.
"""

import json
import math
from pathlib import Path

import datasets
import numpy
import sklearn
from datasets import Dataset, concatenate_datasets
from sklearn.model_selection import KFold


def rows(n):
    return Dataset.from_dict({"row": list(range(n))})


def held_out():
    """d = ds.train_test_split(size, seed=...); d["train"].shuffle(seed=subset_seed).select(range(k))"""
    cases = []
    for n, size, seed, subset_seed, k in [
        (10, 0.1, 42, 42, 5),
        (60, 0.21, 42, 7, 20),
        (101, 0.1, 3, 42, 50),
        (1000, 0.25, 0, 1, 30),
        (1000, 1, 42, 42, 10),
        (60, 12, 12345678901, 42, 48),
    ]:
        parts = rows(n).train_test_split(size, seed=seed)
        subset = parts["train"].shuffle(seed=subset_seed).select(range(k))
        assert len(parts["test"]) == (math.ceil(size * n) if size < 1 else size)
        cases.append(
            {
                "rows": n,
                "size": size,
                "seed": seed,
                "subset_seed": subset_seed,
                "validation": parts["test"]["row"][:],
                "training": parts["train"]["row"][:],
                "subset": subset["row"][:],
            }
        )
    return cases


def folds():
    """The folds of scikit-learn's KFold over the rows in the order of numpy's permutation."""
    cases = []
    for n, k, seed in [(11, 3, 42), (60, 5, 42), (101, 10, 3)]:
        order = numpy.random.default_rng(seed).permutation(n)
        parts = [(order[train].tolist(), order[test].tolist()) for train, test in KFold(k).split(order)]
        cases.append(
            {"rows": n, "folds": k, "seed": seed, "training": [p[0] for p in parts], "validation": [p[1] for p in parts]}
        )
    return cases


def languages():
    """concatenate_datasets([es, it]).shuffle(seed).select(range(k)); rows of the second count on from those of the first."""
    cases = []
    for first, second, seed, k in [(20, 9, 42, 12), (60, 60, 7, 100)]:
        both = concatenate_datasets([rows(first), Dataset.from_dict({"row": list(range(first, first + second))})])
        cases.append(
            {"rows": [first, second], "subset_seed": seed, "subset": both.shuffle(seed=seed).select(range(k))["row"][:]}
        )
    return cases


def weighted():
    """Each language's rows are the first of its own shuffled order."""
    cases = []
    for first, second, counts, seed in [(20, 9, (9, 3), 42), (60, 60, (33, 67 - 12), 7)]:
        one = rows(first).shuffle(seed=seed).select(range(counts[0]))["row"][:]
        other = Dataset.from_dict({"row": list(range(first, first + second))})
        other = other.shuffle(seed=seed).select(range(counts[1]))["row"][:]
        cases.append({"rows": [first, second], "counts": counts, "subset_seed": seed, "subset": one + other})
    return cases


versions = {"datasets": datasets.__version__, "numpy": numpy.__version__, "sklearn": sklearn.__version__}
expected = {"versions": versions, "held_out": held_out(), "folds": folds(), "languages": languages(), "weighted": weighted()}
Path(__file__).with_name("expected.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")
