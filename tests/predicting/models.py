"""Jobs with trained models, and the same models as transformers loads them."""
import json
import pathlib
import shutil
import subprocess

import torch
import transformers

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


def exported(binary, job, folder):
    """The model and the tokenizer that transformers loads from the export of a job."""
    subprocess.run([binary, "export", job, folder, "--offline", "--quiet"], check=True, stdout=subprocess.DEVNULL)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    return transformers.AutoModelForTokenClassification.from_pretrained(folder).eval(), tokenizer


def pipeline(model, tokenizer, **options):
    return transformers.pipeline(
        "ner", model=model, tokenizer=tokenizer, aggregation_strategy="first", device="cpu", **options
    )


def sentences(parquet):
    import pyarrow.parquet

    rows = pyarrow.parquet.read_table(parquet, columns=["tokens"])["tokens"].to_pylist()
    return [" ".join(row) for row in rows]
