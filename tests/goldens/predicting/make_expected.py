"""Writes tokenizer-*.json and expected.json: entities of transformers' pipeline with aggregation_strategy="first", for the
small models of ../models with tokenizers of letters and a few words.

    python3 tests/goldens/predicting/make_expected.py

expected.json was written with transformers 5.24.0, tokenizers as that requires, torch 2.15.0 on a CPU.
"""
import json
import pathlib
import tempfile
import warnings

import transformers
from safetensors.torch import load_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

HERE = pathlib.Path(__file__).parent
TAGS = ["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"]
LETTERS = "abcdefghijklmnopqrstuvwxyz"
SIGNS = ".,:;!?()[]<>\\/\"'-_1234567890áéíóúñü"

TEXTS = [
    "", " ", "ana", "Ana vive en Lima", "  ana  vive   en lima.", "Ana\tvive\ten Lima", "Jose\u0301 y Pe\u0301rez",
    "José Núñez (Lima)", "东京 ana", "ana 🎉 lima", "[SEP] ana <unk> [UNK]", "http://ana.es/x?y=1 pedro",
    "ana-lima, o'neill; \"x\"", "vive" * 6, "en\u00a0lima\u200bana", "Ana García vive en San Juan de Lima y en Cuzco",
]


def wordpiece():
    words = ["ana", "vive", "en", "lima", "de", "san", "##ive", "##ana"]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *words, *LETTERS, *SIGNS, *("##" + letter for letter in LETTERS + SIGNS)]
    assert len(pieces) < 199
    tokenizer = Tokenizer(models.WordPiece({piece: at for at, piece in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
    return tokenizer, {"unk_token": "[UNK]", "pad_token": "[PAD]"}


def byte_level(add_prefix_space):
    bytes_of = lambda text: {pre_tokenizers.ByteLevel(add_prefix_space=False).pre_tokenize_str(c)[0][0] for c in text}
    alphabet = sorted({letter for piece in bytes_of(LETTERS + LETTERS.upper() + SIGNS + " \t") for letter in piece})
    merges = [("a", "n"), ("an", "a"), ("Ġ", "en"), ("e", "n"), ("Ġ", "v")]
    merged = ["an", "ana", "en", "Ġen", "Ġv"]
    merges = [merges[at] for at in (0, 1, 3, 2, 4)]
    pieces = ["<s>", "<pad>", "</s>", "<unk>", *alphabet, *merged]
    assert len(pieces) < 199
    tokenizer = Tokenizer(models.BPE({piece: at for at, piece in enumerate(pieces)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=add_prefix_space)
    tokenizer.post_processor = processors.RobertaProcessing(
        ("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=add_prefix_space
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>"])
    return tokenizer, {"unk_token": "<unk>", "pad_token": "<pad>"}


def unigram():
    pieces = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -3.0)]
    pieces += [(word, -4.0) for word in ("▁Ana", "▁ana", "▁en", "▁vive", "ima", "ive")]
    pieces += [(letter, -6.0) for letter in LETTERS + LETTERS.upper() + SIGNS]
    assert len(pieces) < 199
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=3, byte_fallback=False))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>"])
    return tokenizer, {"unk_token": "<unk>", "pad_token": "<pad>"}


def expected(kind, tokenizer, special):
    golden = HERE.parent / "models" / kind
    config = json.loads((golden / "config.json").read_text())
    config |= {"id2label": dict(enumerate(TAGS)), "label2id": {tag: at for at, tag in enumerate(TAGS)}}
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "config.json").write_text(json.dumps(config))
        model = transformers.AutoModelForTokenClassification.from_config(transformers.AutoConfig.from_pretrained(folder))
    state = load_file(golden / "model.safetensors")
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not unexpected and all("position_ids" in name for name in missing), (missing, unexpected)
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=64, **special)
    pipe = transformers.pipeline("ner", model=model.eval(), tokenizer=fast, aggregation_strategy="first", device="cpu")
    found = ([[one["entity_group"], round(float(one["score"]), 6), one["start"], one["end"]] for one in pipe(text)]
             for text in TEXTS)
    return [{"text": text, "entities": entities} for text, entities in zip(TEXTS, found)]


def main():
    warnings.filterwarnings("ignore")
    stored = {"bert": wordpiece(), "roberta": byte_level(False), "xlm-roberta": unigram()}
    for kind, (tokenizer, _) in stored.items():
        (HERE / f"tokenizer-{kind}.json").write_text(tokenizer.to_str())
    # a text begins as words do in training, and as an exported tokenizer has it: with a space
    used = stored | {"roberta": byte_level(True)}
    found = {kind: expected(kind, tokenizer, special) for kind, (tokenizer, special) in used.items()}
    cases = (f'"{kind}": [\n' + ",\n".join(json.dumps(one, ensure_ascii=False) for one in of) + "\n]" for kind, of in found.items())
    (HERE / "expected.json").write_text("{\n" + ",\n".join(cases) + "\n}\n")


if __name__ == "__main__":
    main()
