#!/usr/bin/env python3
"""Writes tests/goldens/schedules.json: what transformers 5.24's schedules multiply the rate by, at every step.

Needs torch and transformers. Each schedule is made by transformers' own function over an optimizer, and its lambda is
asked for every step before the last.
"""

import json
from pathlib import Path

import torch
from transformers import optimization

GOLDENS = Path(__file__).parent.parent / "goldens" / "schedules.json"
RATE = 5e-5
STEPS = 17


def factors(make, warmup, steps=STEPS, rate=RATE, **options):
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=rate)
    schedule = make(optimizer, num_warmup_steps=warmup, **options)
    return [float(schedule.lr_lambdas[0](step)) for step in range(steps)]


def entry(word, make, warmup, ours, rate=RATE, steps=STEPS, **options):
    return dict(
        schedule=word,
        warmup_steps=warmup,
        learning_rate=rate,
        **ours,
        factors=factors(make, warmup, steps=steps, rate=rate, **options),
    )


def main():
    total = dict(num_training_steps=STEPS)
    goldens = []
    for warmup in (0, 5):
        goldens += [
            entry("linear", optimization.get_linear_schedule_with_warmup, warmup, {}, **total),
            entry("cosine", optimization.get_cosine_schedule_with_warmup, warmup, {}, **total),
            entry("constant", optimization.get_constant_schedule_with_warmup, warmup, {}),
            entry("inverse_sqrt", optimization.get_inverse_sqrt_schedule, warmup, {}),
        ]
        for least in (1e-6, 2e-5):
            goldens.append(
                entry(
                    "cosine",
                    optimization.get_cosine_with_min_lr_schedule_with_warmup,
                    warmup,
                    dict(min_learning_rate=least),
                    min_lr=least,
                    **total,
                )
            )
        for power, least in ((1.0, 0.0), (2.0, 1e-7), (0.5, 1e-5)):
            goldens.append(
                entry(
                    "polynomial",
                    optimization.get_polynomial_decay_schedule_with_warmup,
                    warmup,
                    dict(schedule_power=power, min_learning_rate=least),
                    power=power,
                    lr_end=least,
                    **total,
                )
            )
        for cycles in (1, 3):
            goldens.append(
                entry(
                    "cosine_with_restarts",
                    optimization.get_cosine_with_hard_restarts_schedule_with_warmup,
                    warmup,
                    dict(schedule_cycles=cycles),
                    num_cycles=cycles,
                    **total,
                )
            )
        # the last decay reaches into the warm-up
        for decay in (1, 4, 12, 15):
            goldens.append(
                entry(
                    "warmup_stable_decay",
                    optimization.get_wsd_schedule,
                    warmup,
                    dict(decay_steps=decay),
                    num_decay_steps=decay,
                    decay_type="linear",
                    **total,
                )
            )
    GOLDENS.write_text("[\n" + ",\n".join(json.dumps(golden) for golden in goldens) + "\n]\n")


if __name__ == "__main__":
    main()
