#!/usr/bin/env python3
"""Writes tests/goldens/parameter_groups.json: steps of torch's AdamW with parameter groups, in float32.

Needs torch and transformers. Each parameter is a group of torch's optimizer with the rate and the decay that an
experiment file's groups give it; biases do not decay, as in Trainer. The gradient's norm is clipped over all groups, and
the rates of all follow one schedule of transformers.
"""

import json
from pathlib import Path

import torch
from transformers import get_linear_schedule_with_warmup

GOLDENS = Path(__file__).parent.parent / "goldens" / "parameter_groups.json"
STEPS, WARMUP, CLIP = 12, 3, 1.0
RATE, DECAY = 2e-2, 0.1

# name, shape, rate and decay of its own
PARAMETERS = (
    ("plain.weight", (4, 3), None, None),
    ("plain.bias", (3,), None, None),
    ("slow.weight", (2, 5), 1e-3, None),
    ("decayed.weight", (3, 3), None, 0.5),
    ("both.weight", (7,), 5e-2, 0.0),
    ("both.bias", (4,), 5e-2, 0.3),
    ("still.weight", (6,), 0.0, 0.2),
)

torch.manual_seed(17)


def main():
    entries, groups = [], []
    for name, shape, rate, decay in PARAMETERS:
        values = torch.nn.Parameter(torch.randn(shape))
        decays = not name.endswith(".bias")
        entries.append(dict(name=name, rate=rate, decay=decay, start=values.detach().flatten().tolist()))
        own = DECAY if decay is None else decay
        groups.append(dict(params=[values], lr=RATE if rate is None else rate, weight_decay=own if decays else 0.0))
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.999), eps=1e-8)
    schedule = get_linear_schedule_with_warmup(optimizer, WARMUP, STEPS)
    parameters = [group["params"][0] for group in groups]
    steps = []
    for _ in range(STEPS):
        for parameter in parameters:
            parameter.grad = torch.randn_like(parameter)
        gradients = [parameter.grad.flatten().tolist() for parameter in parameters]
        norm = torch.nn.utils.clip_grad_norm_(parameters, CLIP).item()
        rates = schedule.get_last_lr()
        optimizer.step()
        schedule.step()
        values = [parameter.detach().flatten().tolist() for parameter in parameters]
        steps.append(dict(factor=rates[0] / RATE, gradients=gradients, norm=norm, rates=rates, values=values))
    golden = dict(rate=RATE, decay=DECAY, clip=CLIP, parameters=entries, steps=steps)
    GOLDENS.write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
