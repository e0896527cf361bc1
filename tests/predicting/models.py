"""Jobs with trained models, and the same models as transformers loads them."""
import json
import pathlib
import re
import shutil
import subprocess

import torch
import transformers
from safetensors.torch import load_file

MAX_LENGTH = 128

EXPERIMENT = """
[data]
dataset = "builtin:es"
train_size = 600
test_size = 20

[model]
checkpoint = "./checkpoint"
max_length = {length}

[train]
epochs = {epochs}
batch_size = 8
learning_rate = {rate}

[save]
models = "all"
"""

# an encoder for a tokenizer that comes without one
KINDS = {"byte-level": transformers.RobertaConfig, "unigram": transformers.XLMRobertaConfig}


def made_encoder(folder, tokenizer):
    """A small encoder with drawn weights, for the tokenizer in `folder`."""
    torch.manual_seed(7)
    config = KINDS[tokenizer.name](
        vocab_size=len(json.loads((tokenizer / "tokenizer.json").read_text())["model"]["vocab"]) + 8,
        hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
        max_position_embeddings=MAX_LENGTH + 2, pad_token_id=1, type_vocab_size=1,
    )
    transformers.AutoModel.from_config(config).save_pretrained(folder)


def trained(binary, checkpoint, work):
    """Trains a job on `checkpoint` in the folder `work`; returns the job's name."""
    local = work / "checkpoint"
    local.mkdir(parents=True)
    files = [file for file in checkpoint.iterdir() if file.suffix in (".json", ".txt", ".safetensors")]
    for file in files:
        shutil.copyfile(file, local / file.name)
    has_encoder = (local / "model.safetensors").exists()
    if not has_encoder:
        made_encoder(local, checkpoint)
    epochs, rate = (1, 1e-4) if has_encoder else (6, 3e-3)
    (work / "job.toml").write_text(EXPERIMENT.format(length=MAX_LENGTH, epochs=epochs, rate=rate))
    subprocess.run([binary, "run", "job.toml", "--quiet"], cwd=work, check=True, stdout=subprocess.DEVNULL)
    return "results/job"


def as_transformers_has_it(folder, checkpoint, to):
    """The saved model of the one job in `folder` as a folder that transformers loads."""
    to.mkdir()
    [saved] = (folder / ".run/models").iterdir()
    labels = json.loads((saved / "model.json").read_text())["labels"]
    config = json.loads((checkpoint / "config.json").read_text())
    config["id2label"] = dict(enumerate(labels))
    config["label2id"] = {label: number for number, label in enumerate(labels)}
    (to / "config.json").write_text(json.dumps(config))
    for file in checkpoint.iterdir():
        if file.name.startswith(("tokenizer", "vocab", "special_tokens")):
            # byte-level: a text begins as words do in training, with a space
            text = re.sub(r'("add_prefix_space": ?)false', r"\1true", file.read_text(encoding="utf-8"))
            (to / file.name).write_text(text, encoding="utf-8")
    config = transformers.AutoConfig.from_pretrained(to)
    model = transformers.AutoModelForTokenClassification.from_config(config)
    state = load_file(saved / "model.safetensors")
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not unexpected and all("position_ids" in name for name in missing), (missing, unexpected)
    return model.eval()


def pipeline(model, folder, **options):
    if (folder / "tokenizer_config.json").exists():
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    else:
        # without its settings AutoTokenizer would take the parts of the model's family in place of the file's
        tokenizer = transformers.PreTrainedTokenizerFast(
            tokenizer_file=str(folder / "tokenizer.json"), unk_token="<unk>", pad_token="<pad>"
        )
    tokenizer.model_max_length = MAX_LENGTH
    return transformers.pipeline(
        "ner", model=model, tokenizer=tokenizer, aggregation_strategy="first", device="cpu", **options
    )


def sentences(parquet):
    import pyarrow.parquet

    rows = pyarrow.parquet.read_table(parquet, columns=["tokens"])["tokens"].to_pylist()
    return [" ".join(row) for row in rows]
