#!/usr/bin/env python3
"""Compares a job over windows (`model.window`, `model.stride`) with the same in transformers and torch.

    windows.py RESULTS CHECKPOINT DATA --window 64 --stride 16 [--batch 8] [--lr 5e-5] [--epochs 1] [--seed 42]

RESULTS: a results folder with one job, `log_every = 1`, dropout 0, precision "fp32". CHECKPOINT: a folder with a classifier.
DATA: train.jsonl and test.jsonl, with tokens and ner_tags as names of the checkpoint's labels. Every row is used, in the
order of the file for the test and of `numpy.random.default_rng(42)` for training rows.

Prints the largest difference of the loss and the gradient's norm over all steps, relative, and how many of the test words
have the same tag. Windows are made here, by transformers' own `stride`, but for the last one of a document, which is moved
back to full length. A word's loss and answer are those of the window in which it has most context.
"""

import argparse
import csv
import json
from pathlib import Path

import numpy
import torch
from transformers import AutoModelForTokenClassification, AutoTokenizer

parser = argparse.ArgumentParser()
parser.add_argument("results", type=Path)
parser.add_argument("checkpoint", type=Path)
parser.add_argument("data", type=Path)
parser.add_argument("--window", type=int, required=True)
parser.add_argument("--stride", type=int, required=True)
parser.add_argument("--batch", type=int, default=8)
parser.add_argument("--lr", type=float, default=5e-5)
parser.add_argument("--epochs", type=int, default=1)
parser.add_argument("--seed", type=int, default=42)
arguments = parser.parse_args()

torch.use_deterministic_algorithms(True)
tokenizer = AutoTokenizer.from_pretrained(arguments.checkpoint)
model = AutoModelForTokenClassification.from_pretrained(arguments.checkpoint).float().eval()
number = model.config.label2id


def rows(name):
    return [json.loads(line) for line in (arguments.data / name).read_text().splitlines()]


def windows(row):
    """Input IDs of each window, and the words it answers for: (word, position)."""
    kept = tokenizer(
        row["tokens"],
        is_split_into_words=True,
        truncation=True,
        max_length=arguments.window,
        stride=arguments.stride,
        return_overflowing_tokens=True,
    )
    whole = tokenizer(row["tokens"], is_split_into_words=True)
    word_ids, ids = whole.word_ids()[1:-1], whole["input_ids"][1:-1]
    room, step = arguments.window - 2, arguments.window - 2 - arguments.stride
    spans, start = [], 0
    for at in range(len(kept["input_ids"])):
        end = min(at * step + room, len(ids))
        assert kept["input_ids"][at][1:-1] == ids[at * step : end], "transformers' windows are others"
        spans.append((max(0, end - room) if end == len(ids) else at * step, end))
    firsts = [at for at, word in enumerate(word_ids) if at == 0 or word_ids[at - 1] != word]

    def context(at, token):
        start, end = spans[at]
        if not start <= token < end:
            return -1
        left = float("inf") if at == 0 else token - start
        right = float("inf") if at + 1 == len(spans) else end - 1 - token
        return min(left, right)

    answers = [max(range(len(spans)), key=lambda at: (context(at, token), -at)) for token in firsts]
    first, last = whole["input_ids"][0], whole["input_ids"][-1]
    for at, (start, end) in enumerate(spans):
        asked = [(word_ids[token], token - start + 1) for token, by in zip(firsts, answers) if by == at]
        yield [first, *ids[start:end], last], asked


def logits(inputs):
    return model(input_ids=torch.tensor([inputs])).logits[0]


training = rows("train.jsonl")
training = [training[at] for at in numpy.random.default_rng(42).permutation(len(training))]
steps = arguments.epochs * -(-len(training) // arguments.batch)
optimizer = torch.optim.AdamW(model.parameters(), lr=arguments.lr, weight_decay=0.0)
schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: max(0.0, (steps - step) / steps))
found = []
for epoch in range(arguments.epochs):
    generator = torch.Generator()
    generator.manual_seed(arguments.seed + epoch)
    order = torch.randperm(len(training), generator=generator).tolist()
    for start in range(0, len(order), arguments.batch):
        batch = [training[at] for at in order[start : start + arguments.batch]]
        words = sum(len(asked) for row in batch for _, asked in windows(row))
        total = 0.0
        for row in batch:
            for inputs, asked in windows(row):
                if not asked:
                    continue
                gold = torch.tensor([number[row["ner_tags"][word]] for word, _ in asked])
                scores = logits(inputs)[[position for _, position in asked]]
                loss = torch.nn.functional.cross_entropy(scores, gold, reduction="sum") / words
                loss.backward()
                total += loss.item()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0).item()
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        found.append((total, norm))

curve = list(csv.DictReader((arguments.results / "curves.csv").open()))
assert len(curve) == len(found), f"{len(curve)} steps, {len(found)} here"
for at, name in enumerate(["loss", "grad_norm"]):
    apart = max(abs(float(row[name]) - ours[at]) / ours[at] for row, ours in zip(curve, found))
    print(f"{name}: within {apart:.1e} at each of {len(found)} steps")

names = {at: name for name, at in number.items()}
[tags] = (arguments.results / "predictions").glob("base.tags")
theirs = [line.split() for line in tags.read_text().splitlines()]
same = words = 0
with torch.no_grad():
    for row, predicted in zip(rows("test.jsonl"), theirs, strict=True):
        ours = ["-"] * len(row["tokens"])
        for inputs, asked in windows(row):
            scores = logits(inputs)
            for word, position in asked:
                ours[word] = names[int(scores[position].argmax())]
        same += sum(a == b for a, b in zip(ours, predicted, strict=True))
        words += len(ours)
print(f"tags: {same} of {words} words the same")
