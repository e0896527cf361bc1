#!/usr/bin/env python3
"""Writes tests/goldens/losses.json: losses and gradients by torch, in float64 over values that float32 holds.

Needs torch and pytorch-crf. Weighted and smoothed cross-entropy are torch's CrossEntropyLoss; focal and Dice loss are
written here as their papers define them, and differentiated by torch; the CRF is pytorch-crf's with
reduction="token_mean", which is first compared with an enumeration of all sequences.
"""

import itertools
import json
from pathlib import Path

import torch
from torchcrf import CRF

GOLDENS = Path(__file__).parent.parent / "goldens" / "losses.json"
IGNORED = -1

torch.manual_seed(17)
torch.set_default_dtype(torch.float64)


def draws(*shape, scale=1.0):
    return (torch.randn(*shape) * scale).float().double()


def leaf(values):
    return values.clone().requires_grad_()


def case(tokens, classes):
    labels = torch.randint(classes, (tokens,))
    labels[tokens // 2] = IGNORED
    return draws(tokens, classes, scale=2.0), labels


def weighted(tokens, classes, smoothing):
    logits, labels = case(tokens, classes)
    weights = (torch.rand(classes) * 3 + 0.1).float().double()
    x = leaf(logits)
    criterion = torch.nn.CrossEntropyLoss(weight=weights, ignore_index=IGNORED, label_smoothing=smoothing)
    loss = criterion(x, labels)
    loss.backward()
    return entry(logits, labels, loss, x.grad, weights=weights.tolist(), smoothing=smoothing)


def of_gold(tokens, classes, define, with_weights, **constants):
    """The weighted mean of a function of the label's probability."""
    logits, labels = case(tokens, classes)
    weights = (torch.rand(classes) * 3 + 0.1).float().double() if with_weights else torch.ones(classes)
    x, kept = leaf(logits), labels != IGNORED
    p = torch.softmax(x[kept], dim=1).gather(1, labels[kept].unsqueeze(1)).squeeze(1)
    own = weights[labels[kept]]
    loss = (own * define(p)).sum() / own.sum()
    loss.backward()
    return entry(logits, labels, loss, x.grad, weights=weights.tolist() if with_weights else [], **constants)


def focal(tokens, classes, gamma, with_weights):
    return of_gold(tokens, classes, lambda p: -((1 - p) ** gamma) * p.log(), with_weights, gamma=gamma)


def dice(tokens, classes, alpha, gamma, with_weights):
    def define(p):
        x = (1 - p) ** alpha * p
        return 1 - (2 * x + gamma) / (x + 1 + gamma)

    return of_gold(tokens, classes, define, with_weights, alpha=alpha, gamma=gamma)


def entry(logits, labels, loss, gradient, **rest):
    return dict(
        logits=logits.flatten().tolist(),
        labels=labels.tolist(),
        loss=loss.item(),
        gradient=gradient.flatten().tolist(),
        **rest,
    )


def enumerated(start, end, transitions, logits, labels):
    """The negative log-likelihood of one sentence, over every sequence of tags."""

    def score(tags):
        total = start[tags[0]] + end[tags[-1]] + sum(logits[t, tag] for t, tag in enumerate(tags))
        return total + sum(transitions[a, b] for a, b in zip(tags, tags[1:]))

    every = itertools.product(range(len(start)), repeat=len(labels))
    return torch.stack([score(tags) for tags in every]).logsumexp(0) - score(labels)


def crf(lengths, classes, scale):
    longest = max(lengths)
    crf = CRF(classes, batch_first=True)
    parameters = dict(
        start=draws(classes, scale=scale), end=draws(classes, scale=scale), transitions=draws(classes, classes, scale=scale)
    )
    crf.start_transitions.data, crf.end_transitions.data, crf.transitions.data = parameters.values()
    logits, labels = draws(len(lengths), longest, classes, scale=2.0), torch.randint(classes, (len(lengths), longest))
    mask = torch.arange(longest).unsqueeze(0) < torch.tensor(lengths).unsqueeze(1)
    x = leaf(logits)
    loss = -crf(x, labels, mask=mask, reduction="token_mean")
    loss.backward()
    sums = [
        enumerated(*parameters.values(), logits[i, :n], labels[i, :n].tolist()) for i, n in enumerate(lengths)
    ]
    by_enumeration = (sum(sums) / sum(lengths)).item()
    assert abs(loss.item() - by_enumeration) < 1e-12 * by_enumeration, (loss.item(), by_enumeration)
    return dict(
        classes=classes,
        lengths=lengths,
        **{name: values.flatten().tolist() for name, values in parameters.items()},
        logits=logits[mask].flatten().tolist(),
        labels=labels[mask].tolist(),
        loss=loss.item(),
        gradient=x.grad[mask].flatten().tolist(),
        start_gradient=crf.start_transitions.grad.tolist(),
        end_gradient=crf.end_transitions.grad.tolist(),
        transitions_gradient=crf.transitions.grad.flatten().tolist(),
    )


def main():
    goldens = dict(
        weighted=[weighted(5, 3, 0.0), weighted(9, 7, 0.0), weighted(9, 7, 0.1)],
        focal=[focal(5, 3, 2.0, False), focal(9, 7, 0.5, False), focal(9, 7, 2.0, True)],
        dice=[dice(5, 3, 1.0, 1.0, False), dice(9, 7, 0.6, 0.5, False), dice(9, 7, 1.0, 1.0, True)],
        crf=[crf([1, 2], 3, 0.5), crf([4, 1, 3], 5, 1.0), crf([6, 2], 3, 3.0)],
    )
    GOLDENS.write_text(json.dumps(goldens, indent=1) + "\n")


if __name__ == "__main__":
    main()
