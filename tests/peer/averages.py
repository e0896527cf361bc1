#!/usr/bin/env python3
"""Writes tests/goldens/averages.json: averages of weights by torch.optim.swa_utils.AveragedModel, in float32.

Needs torch. An exponential moving average is updated once before the first step, so that it starts from the initial
weights: AveragedModel's first update is a copy.
"""

import json
from pathlib import Path

import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

GOLDENS = Path(__file__).parent.parent / "goldens" / "averages.json"
STEPS, WIDTH = 6, 5

torch.manual_seed(17)


def averages(course, **options):
    model = torch.nn.Linear(WIDTH, 1, bias=False)
    averaged = AveragedModel(model, **options)
    rows = []
    for weights in course:
        model.weight.data = weights.unsqueeze(0).clone()
        averaged.update_parameters(model)
        rows.append(averaged.module.weight.data.squeeze(0).tolist())
    return rows


def main():
    course = [torch.randn(WIDTH) for _ in range(1 + STEPS)]
    decays = (0.999, 0.9, 0.4, 0.0)
    goldens = dict(
        weights=[weights.tolist() for weights in course],
        ema=[dict(decay=decay, averages=averages(course, multi_avg_fn=get_ema_multi_avg_fn(decay))) for decay in decays],
        mean=averages(course),
    )
    GOLDENS.write_text(json.dumps(goldens) + "\n")


if __name__ == "__main__":
    main()
