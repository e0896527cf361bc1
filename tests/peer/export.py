"""Exports of every family, loaded by transformers: no key is missing or left over, and words have the tags that the program
committed for the job, exactly. Each export is a checkpoint of the program again, with the same predictions to the byte.

    python3 tests/peer/export.py --binary target/release/runner --data FOLDER [--checkpoint ID]

It needs transformers, torch and pyarrow. FOLDER has train-*.parquet and test-*.parquet with the columns tokens and ner_tags,
as WikiANN has. The encoders are small and random, made here, stored in different ways with tokenizers of each kind; with
--checkpoint, that one of the hub is fine-tuned and compared, too.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import pyarrow.parquet
import tokenizers
import torch
import transformers
from tokenizers import decoders, models, normalizers, pre_tokenizers, processors, trainers

TAGS = ["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"]
SENTENCES = 500
SIZE = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
EXPERIMENT = """
[data]
dataset = "./data"
files = {{ train = "train.conll", test = "test.conll" }}

[model]
checkpoint = "{checkpoint}"
max_length = {max_length}

[train]
max_steps = {steps}
learning_rate = {rate}

[matrix]
model.freeze = {freeze}
"""
AGAIN = """
[data]
dataset = "./data"
files = {{ train = "train.conll", test = "test.conll" }}

[model]
checkpoint = "{out}"
max_length = {max_length}

[train]
epochs = 0
"""


def sentences(folder, split, count):
    table = pyarrow.parquet.read_table(sorted(folder.glob(f"{split}-*.parquet"))[0], columns=["tokens", "ner_tags"])
    rows = table.slice(0, count).to_pydict()
    return list(zip(rows["tokens"], rows["ner_tags"]))


def write_conll(path, rows):
    lines = ("\n".join(f"{word}\t{TAGS[tag]}" for word, tag in zip(*row)) + "\n" for row in rows)
    path.write_text("\n".join(lines), encoding="utf-8")


def wordpiece(words, lower):
    tokenizer = tokenizers.Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lower)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(words, trainers.WordPieceTrainer(vocab_size=900, show_progress=False, special_tokens=special))
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def byte_level(words):
    """Stored without the prefix space that word-split input needs."""
    tokenizer = tokenizers.Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trainer = trainers.BpeTrainer(
        vocab_size=900, show_progress=False, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tokenizer.train_from_iterator((" " + word for word in words), trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def unigram(words):
    tokenizer = tokenizers.Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="always")]
    )
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer.train_from_iterator(
        words, trainers.UnigramTrainer(vocab_size=900, show_progress=False, special_tokens=special, unk_token="<unk>")
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.decoder = decoders.Metaspace()
    return tokenizer


def limited(tokenizer):
    """With a truncation and a padding stored in the file."""
    tokenizer.enable_truncation(max_length=9)
    tokenizer.enable_padding(pad_id=1, pad_token="<pad>", length=40)
    return tokenizer


def encoder(family, size):
    torch.manual_seed(7)
    common = {"vocab_size": size, "initializer_range": 0.2}
    after = {"pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2}
    make = {
        "bert": lambda: transformers.BertModel(transformers.BertConfig(**common, **SIZE)),
        "electra": lambda: transformers.ElectraModel(transformers.ElectraConfig(**common, **SIZE, embedding_size=16)),
        "distilbert": lambda: transformers.DistilBertModel(
            transformers.DistilBertConfig(**common, dim=32, n_layers=2, n_heads=2, hidden_dim=64)
        ),
        "roberta": lambda: transformers.RobertaModel(transformers.RobertaConfig(**common, **after, **SIZE)),
        "xlm-roberta": lambda: transformers.XLMRobertaModel(transformers.XLMRobertaConfig(**common, **after, **SIZE)),
        "camembert": lambda: transformers.CamembertModel(transformers.CamembertConfig(**common, **after, **SIZE)),
        "albert": lambda: transformers.AlbertModel(
            transformers.AlbertConfig(**common, **SIZE, embedding_size=16, pad_token_id=1)
        ),
    }
    return make[family]()


def make(family, folder, words):
    """A checkpoint of the family, each stored in another way."""
    json_of = lambda **settings: (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    folder.mkdir()
    tokenizer = {
        "bert": lambda: wordpiece(words, lower=True),
        "distilbert": lambda: wordpiece(words, lower=False),
        "electra": lambda: wordpiece(words, lower=False),
        "roberta": lambda: byte_level(words),
        "xlm-roberta": lambda: limited(unigram(words)),
        "camembert": lambda: unigram(words),
        "albert": lambda: unigram(words),
    }[family]()
    model = encoder(family, tokenizer.get_vocab_size()).eval()
    if family == "bert":
        # a vocabulary alone, and weights in torch's format
        vocabulary = sorted(tokenizer.get_vocab().items(), key=lambda entry: entry[1])
        (folder / "vocab.txt").write_text("".join(f"{token}\n" for token, _ in vocabulary), encoding="utf-8")
        model.config.save_pretrained(folder)
        torch.save(model.state_dict(), folder / "pytorch_model.bin")
        return
    tokenizer.save(str(folder / "tokenizer.json"))
    if family == "distilbert":
        json_of(do_lower_case=True)
        model = model.half()
    if family == "roberta":
        json_of(tokenizer_class="RobertaTokenizer", model_max_length=512)
    shards = {"max_shard_size": "40KB"} if family == "electra" else {}
    model.save_pretrained(folder, **shards)


def run(binary, folder, *arguments):
    # transformers is to read the export alone; the program may ask the hub
    variables = {name: value for name, value in os.environ.items() if name != "HF_HUB_OFFLINE"}
    done = subprocess.run([binary, *arguments], cwd=folder, capture_output=True, text=True, env=variables)
    if done.returncode:
        sys.exit(f"runner {' '.join(map(str, arguments))}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def committed(folder, label):
    lines = (folder / "predictions" / f"{label}.tags").read_text(encoding="utf-8").splitlines()
    return [line.split() for line in lines]


def tagged(out, rows):
    """The tag of each word by transformers: that of its first token, `-` for a word without one."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(out)
    model, info = transformers.AutoModelForTokenClassification.from_pretrained(out, output_loading_info=True)
    for kind in ["missing_keys", "unexpected_keys", "mismatched_keys"]:
        if info.get(kind):
            sys.exit(f"{out}: {kind}: {info[kind]}")
    model.eval()
    answers, margins = [], []
    for at in range(0, len(rows), 50):
        batch = [list(words) for words, _ in rows[at : at + 50]]
        encoded = tokenizer(batch, is_split_into_words=True, truncation=True, padding=True, return_tensors="pt")
        with torch.no_grad():
            logits = model(**encoded).logits
        for index, words in enumerate(batch):
            tags = ["-"] * len(words)
            for position, word in enumerate(encoded.word_ids(index)):
                if word is not None and tags[word] == "-":
                    two = logits[index, position].topk(2).values
                    margins.append(float(two[0] - two[1]))
                    tags[word] = model.config.id2label[int(logits[index, position].argmax())]
            answers.append(tags)
    tagger = transformers.pipeline("token-classification", str(out), aggregation_strategy="first")
    entities = tagger(" ".join(rows[0][0]))
    return answers, min(margins), entities


def compare(binary, folder, name, label, max_length, rows, results):
    out = f"out-{name}-{label}".replace("model.freeze=", "").replace("freeze=", "")
    run(binary, folder, "export", f"results/{name}:{label}", out)
    expected = committed(folder / "results" / name, label)
    answers, margin, entities = tagged(folder / out, rows)
    differing = sum(one != other for two in zip(expected, answers) for one, other in zip(*two))
    words = sum(map(len, expected))
    if [len(tags) for tags in expected] != [len(tags) for tags in answers]:
        sys.exit(f"{name}:{label}: sentences of other lengths")
    (folder / "again.toml").write_text(f'name = "again-{out}"\n' + AGAIN.format(out=f"./{out}", max_length=max_length))
    run(binary, folder, "run", "again.toml", "-q")
    again = folder / "results" / f"again-{out}" / "predictions" / "base.tags"
    same = again.read_bytes() == (folder / "results" / name / "predictions" / f"{label}.tags").read_bytes()
    kinds = sorted({tag for tags in expected for tag in tags})
    results.append(differing == 0 and same)
    print(
        f"{name:<12} {label:<14} {words} words, {differing} differ; tags {len(kinds)}; smallest margin {margin:.1e}; "
        f"pipeline {len(entities)} entities; as checkpoint {'equal' if same else 'DIFFERENT'}",
        flush=True,
    )
    for dtype in ["float16", "bfloat16"]:
        half = f"{out}-{dtype}"
        run(binary, folder, "export", f"results/{name}:{label}", half, "--dtype", dtype)
        model = transformers.AutoModelForTokenClassification.from_pretrained(folder / half, dtype="auto")
        if str(model.dtype) != f"torch.{dtype}":
            sys.exit(f"{half}: its dtype is {model.dtype}")
        shutil.rmtree(folder / half)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True, type=pathlib.Path)
    parser.add_argument("--data", required=True, type=pathlib.Path)
    parser.add_argument("--checkpoint", help="a hub id")
    parser.add_argument("--only", help="one family")
    arguments = parser.parse_args()
    transformers.logging.set_verbosity_error()
    torch.set_num_threads(1)
    binary, results = arguments.binary.resolve(), []
    train, test = sentences(arguments.data, "train", 400), sentences(arguments.data, "test", SENTENCES)
    words = [word for row in train + test for word in row[0]]
    families = ["bert", "distilbert", "electra", "roberta", "xlm-roberta", "camembert", "albert"]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "data").mkdir()
        write_conll(folder / "data" / "train.conll", train)
        write_conll(folder / "data" / "test.conll", test)
        jobs = [(family, 60, "1e-3", "[false, true, 1]", 64) for family in families]
        if arguments.checkpoint:
            jobs.append(("pretrained", 50, "5e-5", "[false, true]", 128))
        for family, steps, rate, freeze, max_length in jobs:
            if arguments.only not in [None, family]:
                continue
            checkpoint = arguments.checkpoint if family == "pretrained" else f"./{family}"
            if family != "pretrained":
                make(family, folder / family, words)
            text = EXPERIMENT.format(checkpoint=checkpoint, steps=steps, rate=rate, freeze=freeze, max_length=max_length)
            (folder / f"{family}.toml").write_text(text)
            run(binary, folder, "run", f"{family}.toml", "-q", "--set", "save.models=all", "--name", family)
            for value in json.loads(freeze):
                label = f"freeze={json.dumps(value)}"
                compare(binary, folder, family, label, max_length, test, results)
    print(f"{sum(results)} of {len(results)} exports agree")
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
