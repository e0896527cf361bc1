#!/usr/bin/env python3
"""Writes tests/goldens/adapters.json: the golden BERT with adapters of low rank by peft, its loss, gradients and steps.

Needs torch, transformers and peft. The adapters' A and B are drawn here and written out, so that B is not zero; the
classifier is the checkpoint's, which learns too (modules_to_save). Evaluation mode: no dropout. Five steps of AdamW with
Trainer's groups (all of A, B and the classifier's weight decay, its bias does not) and clipping. All of it in float64: in
float32 peft itself is up to 1.4e-5 of a gradient's norm away from that.
"""

import json
from pathlib import Path

import torch
import transformers
from peft import LoraConfig, TaskType, get_peft_model

GOLDENS = Path(__file__).parent.parent / "goldens"
BERT = GOLDENS / "models" / "bert"
OPTIMIZER = dict(lr=1e-2, betas=(0.9, 0.999), eps=1e-8)
DECAY, CLIP, STEPS = 0.1, 0.5, 5
# in the order of model.lora_targets
MODULES = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "output": "attention.output.dense",
    "up": "intermediate.dense",
    "down": r"\d\.output.dense",
}


def own_name(name):
    """As this program names it."""
    name = name.removeprefix("base_model.model.").replace(".default", "")
    return name.replace("classifier.modules_to_save", "classifier")


def case(targets, rank, alpha, batch):
    torch.manual_seed(29)
    model = transformers.AutoModelForTokenClassification.from_pretrained(BERT, dtype=torch.float64)
    modules = "|".join(MODULES[target] for target in targets)
    config = LoraConfig(
        task_type=TaskType.TOKEN_CLS,
        r=rank,
        lora_alpha=alpha,
        lora_dropout=0.0,
        target_modules=rf".*encoder\.layer\.\d*\.?({modules})",
        modules_to_save=["classifier"],
    )
    model = get_peft_model(model, config).eval()
    learning = {own_name(name): p for name, p in model.named_parameters() if p.requires_grad}
    with torch.no_grad():
        for name, p in learning.items():
            if "lora_" in name:
                p.copy_(torch.empty(p.shape, dtype=torch.float32).normal_(0.0, 0.3))
    start = {name: p.detach().flatten().tolist() for name, p in learning.items()}
    decaying = [p for name, p in learning.items() if not name.endswith("bias")]
    rest = [p for name, p in learning.items() if name.endswith("bias")]
    groups = [dict(params=decaying, weight_decay=DECAY), dict(params=rest, weight_decay=0.0)]
    optimizer = torch.optim.AdamW(groups, **OPTIMIZER)
    losses, norms, first = [], [], None
    for _ in range(STEPS):
        optimizer.zero_grad()
        out = model(**batch)
        out.loss.backward()
        if first is None:
            first = {name: p.grad.flatten().tolist() for name, p in learning.items()}
            logits = out.logits.tolist()
        losses.append(out.loss.item())
        norms.append(float(torch.nn.utils.clip_grad_norm_(list(learning.values()), CLIP)))
        optimizer.step()
    return dict(
        targets=targets,
        rank=rank,
        alpha=alpha,
        start=start,
        logits=logits,
        gradients=first,
        losses=losses,
        norms=norms,
        end={name: p.detach().flatten().tolist() for name, p in learning.items()},
    )


def main():
    expected = json.loads((BERT / "expected.json").read_text())
    batch = {key: torch.tensor(expected[key]) for key in ("input_ids", "attention_mask", "labels")}
    cases = [case(["query", "value"], 4, 16.0, batch), case(list(MODULES), 3, 6.0, batch)]
    for one, count in zip(cases, (2 * 2 * 2, 2 * 2 * 6)):
        assert len(one["start"]) == count + 2, sorted(one["start"])
    settings = dict(learning_rate=OPTIMIZER["lr"], weight_decay=DECAY, clip=CLIP)
    (GOLDENS / "adapters.json").write_text(json.dumps(dict(settings, cases=cases)) + "\n")


main()
