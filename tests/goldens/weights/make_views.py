"""Writes views.bin and views.legacy.bin: tensors that share storages, as torch.save keeps them (torch 2.15).

    python make_views.py

tests/weights.rs says which values each has: all are of torch.arange."""
import torch

base = torch.arange(24, dtype=torch.float32).reshape(4, 6)
module = torch.nn.Linear(2, 3)
with torch.no_grad():
    module.weight.copy_(torch.arange(6).reshape(3, 2))
    module.bias.copy_(torch.arange(3))
state = module.state_dict(keep_vars=True)  # an OrderedDict with `_metadata`, holding parameters
state["base"] = base
state["transposed"] = base.t()
state["middle"] = base[1:3, 2:5]
state["every_other"] = base[::2, ::3]
state["row"] = base[3]
state["number"] = base[1, 1]
state["empty"] = base[4:]
state["halves"] = torch.arange(24).to(torch.float16).reshape(4, 6).t()
state["brain"] = torch.arange(24).to(torch.bfloat16)[5:]
state["embeddings.position_ids"] = torch.arange(5).unsqueeze(0)
state["doubles"] = torch.arange(3, dtype=torch.float64)
state["flags"] = torch.tensor([True, False])
state["version"] = 3
torch.save(state, "views.bin")
torch.save(state, "views.legacy.bin", _use_new_zipfile_serialization=False)
