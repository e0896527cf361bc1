"""Writes vocab.txt and expected.json: word-split sentences as transformers' BertTokenizer encodes them (transformers
5.23, tokenizers 0.23), from the vocabulary alone and with each combination of its settings.

    python make_expected.py

expected.json is a list of {"files": {name: content}, "rows": [{"words": [...], "input_ids": [...], "word_ids": [...]}]};
`files` lie beside vocab.txt."""
import itertools
import json
import pathlib
import tempfile

from transformers import BertTokenizer

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789áéíñüßÁÉÑÜЖжİ漢字東"
PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "<s>", "</s>", "<unk>", "<pad>", "<mask>", "<e>"]
PIECES += [*".,;-'()!?¿", *LETTERS, *("##" + letter for letter in LETTERS)]
PIECES += ["Lima", "lima", "##ma", "São", "Sao", "sao", "sã", "Peru", "perú", "peru", "漢字", "new", "York", "york"]
PIECES += ["Lima"]  # twice: the last number counts
SENTENCES = [
    ["Lima", "Perú", "São", "José"], ["NEW", "York", "new", "york"], ["漢字", "a漢b", "東", "kanji漢"], ["Áéíñüß", "İzmir", "Жж"],
    ["U.S.A.", "don't", "(Lima)", "¿Perú?"], ["\u200b", "Lima"], ["", "Lima"], ["x" * 101, "y" * 100], ["\ufffd", "e\u0301", "\u0301"],
    ["[MASK]", "[CLS]", "mask"], ["Lima\xa0Peru", "a\tb"], ["☃", "Lima☃"], ["<s>", "<e>", "a<e>b", "<mask>"],
    ["Lima"] * 20, [],
]


def rows(folder):
    tokenizer = BertTokenizer.from_pretrained(folder)
    made = []
    for words in SENTENCES:
        batch = tokenizer(words, is_split_into_words=True, truncation=True, max_length=16)
        made.append({"words": words, "input_ids": batch["input_ids"], "word_ids": batch.word_ids()})
    return made


def cases():
    yield {}
    yield {"tokenizer_config.json": {"do_lower_case": False}}  # as checkpoints of 2019 have it
    for lower, accents, chinese in itertools.product((True, False), (None, True, False), (True, False)):
        settings = {"do_lower_case": lower, "strip_accents": accents, "tokenize_chinese_chars": chinese,
                    "tokenizer_class": "BertTokenizer", "never_split": None, "do_basic_tokenize": True}
        yield {"tokenizer_config.json": settings}
    named = {"unk_token": "<unk>", "cls_token": "<s>", "sep_token": {"content": "</s>", "lstrip": False, "rstrip": False,
             "normalized": True, "single_word": False}, "pad_token": "<pad>", "mask_token": "<mask>"}
    yield {"tokenizer_config.json": {"do_lower_case": False}, "special_tokens_map.json": named}
    yield {"tokenizer_config.json": {**named, "sep_token": "</s>", "tokenizer_class": "ElectraTokenizer"}}
    whole = lambda content, special: {"content": content, "lstrip": False, "rstrip": False, "normalized": not special,
                                      "single_word": False, "special": special}
    yield {"tokenizer_config.json": {"do_lower_case": True, "additional_special_tokens": ["<e>"], "added_tokens_decoder": {
        **{str(PIECES.index(p)): whole(p, True) for p in PIECES[:5]}, str(PIECES.index("<e>")): whole("<e>", True)}}}
    yield {"tokenizer_config.json": {"do_lower_case": False}, "added_tokens.json": {"<e>": PIECES.index("<e>")}}


def main():
    here = pathlib.Path(__file__).parent
    (here / "vocab.txt").write_bytes("\r\n".join(PIECES).encode() + b"\r\n")
    expected = []
    for files in cases():
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "vocab.txt").write_bytes((here / "vocab.txt").read_bytes())
            for name, content in files.items():
                (pathlib.Path(folder) / name).write_text(json.dumps(content))
            expected.append({"files": files, "rows": rows(folder)})
    lines = [json.dumps(case, ensure_ascii=False) for case in expected]
    (here / "expected.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    main()
