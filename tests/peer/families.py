"""Writes the goldens of encoders that are BERT by another name: tests/goldens/models/KIND.

    python tests/peer/families.py --out tests/goldens/models

KIND/ config.json, model.safetensors, expected.json: logits, loss, and norm and first values of every parameter's gradient for
one padded batch in float32 without dropout. Weights are random. With transformers 5.24.
"""
import argparse
import json
import pathlib
import random

import torch
import transformers

TAGS = 7
SHAPE = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, vocab_size=199, num_labels=TAGS,
             max_position_embeddings=70, initializer_range=0.2)
# their seeds follow from each other; later ones have their own
FIRST = ["ernie", "data2vec-text", "longformer", "luke", "rembert"]
EUROBERT = dict(bos_token_id=1, eos_token_id=2, mask_token_id=3)
KINDS = {
    "ernie": ("Ernie", dict(pad_token_id=0)),
    "data2vec-text": ("Data2VecText", dict(pad_token_id=1, type_vocab_size=1)),
    # its window covers a sentence of 17 tokens: attention is that of RoBERTa up to there
    "longformer": ("Longformer", dict(pad_token_id=1, attention_window=32)),
    # over words alone
    "luke": ("Luke", dict(pad_token_id=1, entity_vocab_size=11, entity_emb_size=8)),
    "rembert": ("RemBert", dict(pad_token_id=0, input_embedding_size=16, output_embedding_size=24)),
    # two heads share a key, as in the largest published ones
    "eurobert": ("EuroBert", dict(pad_token_id=0, num_key_value_heads=2, rope_theta=250000.0, **EUROBERT)),
    "eurobert-biases": ("EuroBert", dict(pad_token_id=0, attention_bias=True, mlp_bias=True, **EUROBERT)),
    "gte": ("Gte", dict(pad_token_id=1)),
    # without segments, as the English ones
    "gte-plain": ("Gte", dict(pad_token_id=0, type_vocab_size=0, rope_theta=500000.0)),
    "nomic_bert": ("NomicBert", dict(pad_token_id=0)),
    # it attends to sentences of up to 704 tokens whole
    "big_bird": ("BigBird", dict(pad_token_id=0)),
    "mpnet": ("MPNet", dict(pad_token_id=1)),
    "megatron-bert": ("MegatronBert", dict(pad_token_id=0)),
    "xlm-roberta-xl": ("XLMRobertaXL", dict(pad_token_id=1)),
}


def expected(model, pad, rng, longest):
    lengths, width = [9, 3, longest, 1], longest
    ids = [[rng.randrange(10, 199) for _ in range(n)] + [pad] * (width - n) for n in lengths]
    mask = [[1] * n + [0] * (width - n) for n in lengths]
    labels = [[rng.choice([-100, *range(TAGS)]) if i < n else -100 for i in range(width)] for n in lengths]
    labels[0][1] = 3
    model.eval()
    out = model(input_ids=torch.tensor(ids), attention_mask=torch.tensor(mask), labels=torch.tensor(labels))
    model.zero_grad()
    out.loss.backward()
    gradients = {name: {"norm": float(p.grad.norm()), "first": p.grad.flatten()[:6].tolist()}
                 for name, p in model.named_parameters() if p.grad is not None}
    return {"input_ids": ids, "attention_mask": mask, "labels": labels, "loss": float(out.loss), "logits": out.logits.tolist(),
            "gradients": gradients}


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--out", type=pathlib.Path, required=True)
    args = args.parse_args()
    first = random.Random(1)
    for kind, (name, own) in KINDS.items():
        later = kind not in FIRST
        rng = random.Random(kind) if later else first
        torch.manual_seed(rng.randrange(2**31))
        config = getattr(transformers, f"{name}Config")(**SHAPE, **own)
        model = getattr(transformers, f"{name}ForTokenClassification")(config).float()
        for vector in (p for p in model.parameters() if later and p.dim() == 1):
            # ones and zeros would hide what is missing
            torch.nn.init.normal_(vector, float(vector.mean()), 0.2)
        model.save_pretrained(args.out / kind)
        found = expected(model, own["pad_token_id"], rng, 40 if later else 12)
        (args.out / kind / "expected.json").write_text(json.dumps(found))
        print(kind, sum(p.numel() for p in model.parameters()), "parameters")


if __name__ == "__main__":
    main()
