"""Writes tests/goldens/tokenizers/expected.json: words and texts as AutoTokenizer of transformers encodes them, for each
tokenizer class and each of its files, over small vocabularies that are trained here.

    python3 tests/peer/tokenizer_classes.py

Needs transformers (5.24.0 when it was written), tokenizers as that requires, sentencepiece, protobuf. Each case has the
files of a folder and the rules of `model.tokenizer` that the program must read them by to get the same numbers. Where the
rules are "file" and transformers 5 would do otherwise, the numbers are those of convert_slow_tokenizer.py, which is how
transformers 4 reads a SentencePiece model.
"""
import base64
import io
import json
import pathlib
import tempfile
import types
import warnings

import sentencepiece
import transformers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer, convert_slow_tokenizer

HERE = pathlib.Path(__file__).parent.parent / "goldens" / "tokenizers"
SENTENCES = """Marta vive en Cuenca y trabaja en Quito desde 1998.
El río Paute nace cerca de Cuenca; sus aguas llegan a Amaluza.
La señora Núñez viajó a São Paulo, Brasil, con 3.500 dólares.
Zażółć gęślą jaźń, mówi Paweł z Krakowa do Łucji.
Łódź i Kraków leżą w Polsce, a Lwów na Ukrainie.
Мария живёт в Казани и пишет письма брату в Омск.
Реки Кама и Волга встречаются южнее Казани.
الأنهار تجري إلى البحر وليلى تسكن في دمشق
김민수는 부산에서 서울로 갔다
東京の川は海へ流れる。鈴木さんは京都に住む。
Η Ελένη μένει στην Πάτρα και δουλεύει στο λιμάνι.
The office of the harbour "Dawn" opened at 9:30, said O'Brien.
The offices open officially; officers often offer coffee.
Élodie et François déjeunent à l'hôtel, près de l'église.
नदी के किनारे सीता रहती है""".splitlines() * 3
WORDS = [
    ["Marta", "vive", "en", "Cuenca", "."], ["ＭＡＲＴＡ", "ﬁn", "oﬃce", "x²", "½"], ["🎉", "a🎉b", "👩‍👩‍👧", "\u200b", "a\u200bb"],
    ["", " ", "São Paulo", " a", "a ", "a  b", "a\tb\nc"], ["ꙮ", "aꙮꙮ", "ꙮa", "1998", "3.500", "2,5", "9:30"], ["▁", "▁a", "a▁b", "a▁▁b", "_"],
    ["<x>", "a<x>b", "<y>", "a<y>b", "a <y> b", "NUÑEZ"], ["<s>", "</s>", "[CLS]", "<mask>", "a<mask>", " <mask>", "[MASK]", "<unk>", "[UNK]", "<pad>"],
    ["Núñez", "Nu\u0301n\u0303ez", "Żółć", "Łódź", "ЖИВЁТ", "Ё"], ["東京", "a東京b", "김민수는", "دمشق", "नदी", "Ελένη"],
    ["``", "''", "\"", "l'hôtel", "O'Brien", "(a)", "U.S.A."], ["<0x41>", "\u00a0", "a\u00a0b", "\u3000", "İ", "ß", "\u0000", "\ufffd"], [],
]
TEXTS = [
    "Marta vive en Cuenca.", "  La señora  Núñez\tviajó \n a São Paulo. ", "ＭＡＲＴＡ ﬁn oﬃce ½", "", " ", "a<x>b <y> c", "🎉🎉 ꙮ",
    "Zażółć gęślą — “jaźń”…", "Ελένη, 東京 김민수는 دمشق नदी", "a\u200bb \u200b c", "▁a ▁ b▁", "<s> a </s> [CLS] <mask> b", "``a'' b", "x\u00a0y\u3000z",
]
# SentencePiece's rules: code points, a tab, code points
NORMALIZATION = [(chr(0xFF21 + at), chr(65 + at)) for at in range(26)] + [("ﬁ", "fi"), ("ﬃ", "ffi"), ("½", "1⁄2"), ("²", "2"), ("\u200b", " "),
                 ("\u3000", " "), ("\u00a0", " "), ("…", "..."), ("n\u0303", "ñ"), ("u\u0301", "ú"), ("\t", " "), ("\n", " ")]


def sentencepiece_model(kind="unigram", size=None, byte_fallback=False, **options):
    with tempfile.TemporaryDirectory() as folder:
        rules = pathlib.Path(folder) / "rules.tsv"
        points = lambda text: " ".join(f"{ord(letter):x}" for letter in text)
        rules.write_text("".join(f"{points(a)}\t{points(b)}\n" for a, b in NORMALIZATION))
        written = io.BytesIO()
        size = size or (470 if kind == "unigram" else 420)
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(SENTENCES), model_writer=written, model_type=kind, vocab_size=size + 256 * byte_fallback,
            byte_fallback=byte_fallback, normalization_rule_tsv=str(rules), minloglevel=2, num_threads=1,
            character_coverage=0.985, hard_vocab_limit=False, **options)
        return written.getvalue()


BERT_LIKE = dict(pad_id=0, bos_id=1, eos_id=2, unk_id=3, pad_piece="[PAD]", bos_piece="[CLS]", eos_piece="[SEP]", unk_piece="[UNK]")
ALBERT_LIKE = dict(pad_id=0, unk_id=1, bos_id=-1, eos_id=-1, control_symbols=["[CLS]", "[SEP]", "[MASK]"])
T5_LIKE = dict(pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
REMBERT_LIKE = dict(pad_id=0, bos_id=1, unk_id=2, eos_id=3, bos_piece="[CLS]", eos_piece="[SEP]")
BIGBIRD_LIKE = dict(pad_id=0, eos_id=1, bos_id=2, unk_id=3, control_symbols=["[SEP]", "[MASK]", "[CLS]"])
XLNET_LIKE = dict(control_symbols=["<cls>", "<sep>", "<pad>", "<mask>", "<eod>", "<eop>"])


def added(content, special=False, normalized=None, **flags):
    whole = {"content": content, "single_word": False, "lstrip": False, "rstrip": False,
             "normalized": not special if normalized is None else normalized, "special": special}
    return {**whole, **flags}


def byte_level():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(vocab_size=560, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
                                  special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>", "[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]"])
    tokenizer.train_from_iterator(SENTENCES, trainer)
    return saved(tokenizer)


def herbert():
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.BpeTrainer(vocab_size=500, show_progress=False, end_of_word_suffix="</w>",
                                  special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    tokenizer.train_from_iterator(SENTENCES, trainer)
    return saved(tokenizer)


def saved(tokenizer):
    with tempfile.TemporaryDirectory() as folder:
        tokenizer.model.save(folder)
        return {name: (pathlib.Path(folder) / name).read_text() for name in ("vocab.json", "merges.txt")}


def wordpiece():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["<s>", "<pad>", "</s>", "[UNK]", "<mask>", "[PAD]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(SENTENCES, trainers.WordPieceTrainer(vocab_size=420, show_progress=False, special_tokens=special))
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 7), ("[CLS]", 6))
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def gemma_like(byte_fallback=True):
    """A tokenizer.json as Gemma and mmBERT have it: BPE over SentencePiece's pieces, bytes for unknown letters."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=byte_fallback))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", *(f"<0x{byte:02X}>" for byte in range(256 * byte_fallback))]
    tokenizer.train_from_iterator(SENTENCES, trainers.BpeTrainer(vocab_size=700, show_progress=False, special_tokens=special))
    tokenizer.post_processor = processors.TemplateProcessing(single="<bos> $A <eos>", pair="<bos> $A <eos> $B <eos>",
                                                             special_tokens=[("<bos>", 2), ("<eos>", 1)])
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    json_text = json.loads(tokenizer.to_str())
    json_text["added_tokens"] = json_text["added_tokens"][:5]  # the pieces of bytes are found in no text
    return json_text


def llama_like():
    """A tokenizer.json as Llama 3 and EuroBERT have it: words by a pattern, then bytes; a word that is a piece is not merged."""
    pattern = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    split = pre_tokenizers.Split(Regex(pattern), "isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    trainer = trainers.BpeTrainer(vocab_size=560, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
                                  special_tokens=["<|begin_of_text|>", "<|end_of_text|>", "<|mask|>"])
    tokenizer.train_from_iterator(SENTENCES, trainer)
    around = processors.TemplateProcessing(single="<|begin_of_text|> $A", pair="<|begin_of_text|> $A <|begin_of_text|> $B",
                                           special_tokens=[("<|begin_of_text|>", 0)])
    tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), around])
    tokenizer.decoder = decoders.ByteLevel()
    return json.loads(tokenizer.to_str())


def write(folder, files):
    for name, content in files.items():
        path = pathlib.Path(folder) / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False))


def encoded(tokenizer):
    rows = []
    for words in WORDS:
        batch = tokenizer(words, is_split_into_words=True)
        rows.append([batch["input_ids"], [-1 if word is None else word for word in batch.word_ids()]])
    return {"rows": rows, "texts": [tokenizer(text, add_special_tokens=False)["input_ids"] for text in TEXTS]}


def of_crate(tokenizer):
    """The same of a tokenizer of the crate."""
    rows = []
    for words in WORDS:
        batch = tokenizer.encode(words, is_pretokenized=True)
        rows.append([batch.ids, [-1 if word is None else word for word in batch.word_ids]])
    return {"rows": rows, "texts": [tokenizer.encode(text, add_special_tokens=False).ids for text in TEXTS]}


def by_converter(files, name, special, keep_accents=False):
    """As transformers 4 reads a SentencePiece model: by the class's converter, with the special tokens added behind."""
    with tempfile.TemporaryDirectory() as folder:
        write(folder, files)
        path = pathlib.Path(folder) / next(file for file in files if file.endswith(".model"))
        model = sentencepiece.SentencePieceProcessor(model_file=str(path))
        number = lambda token: model.PieceToId(token)
        slow = types.SimpleNamespace(vocab_file=str(path), do_lower_case=False, split_by_punct=False, keep_accents=keep_accents,
                                     add_prefix_space=True, convert_tokens_to_ids=number)
        tokenizer = getattr(convert_slow_tokenizer, name)(slow).converted()
        tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=normalized, lstrip=lstrip) for token, normalized, lstrip in special])
        return of_crate(tokenizer)


def cases():
    """Name, files, rules, and the numbers if they are not those of AutoTokenizer."""
    both = ("file", "transformers")
    config = lambda kind, **more: {"model_type": kind, **more}
    default, fallback = sentencepiece_model(), sentencepiece_model(byte_fallback=True)
    bpe, bpe_fallback = sentencepiece_model("bpe"), sentencepiece_model("bpe", byte_fallback=True)
    models = {
        "XLMRoberta": ("sentencepiece.bpe.model", default, "xlm-roberta"),
        "Camembert": ("sentencepiece.bpe.model", default, "camembert"),
        "Albert": ("spiece.model", sentencepiece_model(**ALBERT_LIKE), "albert"),
        "T5": ("spiece.model", sentencepiece_model(**T5_LIKE), "t5"),
        "RemBert": ("sentencepiece.model", sentencepiece_model(**REMBERT_LIKE), "rembert"),
        "XLNet": ("spiece.model", sentencepiece_model(**XLNET_LIKE), "xlnet"),
    }
    dropped = {"DebertaV2": ("spm.model", sentencepiece_model(**BERT_LIKE), "deberta-v2"),
               "BigBird": ("spiece.model", sentencepiece_model(**BIGBIRD_LIKE), "big_bird")}
    for name, (file, model, kind) in models.items():
        # without a post-processor in a file, RemBertTokenizer loses its own
        yield name, {file: model, "config.json": config(kind)}, both if name != "RemBert" else ("transformers",), None
    file, model, kind = models["RemBert"]
    files = {file: model, "config.json": config(kind)}
    special = [("<unk>", False, False), ("<pad>", False, False), ("[MASK]", False, False)]
    yield "RemBert between its tokens", files, ("file",), by_converter(files, "RemBertConverter", special, keep_accents=True)
    for name, (file, model, kind) in dropped.items():
        yield name, {file: model, "config.json": config(kind)}, ("transformers",), None
    file, model, kind = dropped["DebertaV2"]
    files = {file: model, "config.json": config(kind), "added_tokens.json": {"[MASK]": 470}}
    special = [("[PAD]", False, False), ("[CLS]", False, False), ("[SEP]", False, False), ("[UNK]", False, False), ("[MASK]", False, False)]
    yield "DebertaV2 with its map", files, ("file",), by_converter(files, "DebertaV2Converter", special)
    file, model, kind = dropped["BigBird"]
    files = {file: model, "config.json": config(kind)}
    yield "BigBird with its map", files, ("file",), by_converter(files, "BigBirdConverter", [("<unk>", True, False)])

    # a BERT body over SentencePiece, as Multilingual-MiniLM
    yield "Bert over SentencePiece", {"sentencepiece.bpe.model": default, "config.json": config("bert", tokenizer_class="XLMRobertaTokenizer")}, both, None
    # settings
    decoder = {str(at): added(name, True) for at, name in enumerate(["<s>", "<pad>", "</s>", "<unk>"])}
    decoder.update({"470": added("<mask>", True, lstrip=True), "471": added("<x>"), "472": added("<y>", True, lstrip=True, rstrip=True)})
    yield "XLMRoberta, settings", {"sentencepiece.bpe.model": default, "config.json": config("xlm-roberta"), "tokenizer_config.json": {
        "tokenizer_class": "XLMRobertaTokenizerFast", "added_tokens_decoder": decoder, "add_prefix_space": False, "mask_token": "<mask>"}}, both, None
    yield "Camembert, maps", {"sentencepiece.bpe.model": default, "config.json": config("camembert"), "special_tokens_map.json": {
        "mask_token": added("<mask>", normalized=True, lstrip=True), "cls_token": "<s>"}, "added_tokens.json": {"<x>": 474, "<y>": 475}}, both, None
    yield "DebertaV2, settings", {"spm.model": dropped["DebertaV2"][1], "config.json": config("deberta-v2"), "tokenizer_config.json": {
        "do_lower_case": True, "split_by_punct": True, "add_prefix_space": False, "vocab_type": "spm"}}, ("transformers",), None
    yield "Albert, settings", {"spiece.model": models["Albert"][1], "config.json": config("albert"), "tokenizer_config.json": {
        "do_lower_case": False, "keep_accents": True, "add_prefix_space": False, "extra_special_tokens": ["<y>"]}}, both, None
    yield "T5, few sentinels", {"spiece.model": models["T5"][1], "config.json": config("t5"), "tokenizer_config.json": {"extra_ids": 3}}, both, None
    yield "RemBert, settings", {"sentencepiece.model": models["RemBert"][1], "config.json": config("rembert"), "tokenizer_config.json": {
        "do_lower_case": True, "keep_accents": False}}, ("transformers",), None
    # other kinds of models under a class
    yield "XLMRoberta, byte fallback", {"sentencepiece.bpe.model": fallback, "config.json": config("xlm-roberta")}, ("transformers",), None
    yield "XLMRoberta, BPE", {"sentencepiece.bpe.model": bpe, "config.json": config("xlm-roberta")}, ("transformers",), None
    # no class of its own: by the model's own settings
    defined = dict(user_defined_symbols=["<x>", "ff"])
    for name, model in (("unigram", default), ("unigram, byte fallback", fallback), ("BPE", bpe), ("BPE, byte fallback", bpe_fallback),
                        ("BPE, user-defined", sentencepiece_model("bpe", **defined)), ("unigram, user-defined", sentencepiece_model(**defined)),
                        ("BPE, no dummy prefix", sentencepiece_model("bpe", add_dummy_prefix=False, remove_extra_whitespaces=False))):
        settings = {"tokenizer_class": "PreTrainedTokenizerFast", "add_bos_token": True, "add_eos_token": True}
        yield f"plain {name}", {"tokenizer.model": model, "config.json": config("umt5"), "tokenizer_config.json": settings}, both, None

    # BPE
    files = byte_level()
    yield "Roberta", {**files, "config.json": config("roberta")}, ("transformers",), None
    yield "Roberta, spaced", {**files, "config.json": config("roberta"), "tokenizer_config.json": {"add_prefix_space": True}}, both, None
    yield "Longformer, added tokens", {**files, "config.json": config("longformer"), "added_tokens.json": {"<x>": 560, "<y>": 561},
                                       "tokenizer_config.json": {"add_prefix_space": True, "trim_offsets": False}}, both, None
    yield "Luke", {**files, "config.json": config("luke"), "tokenizer_config.json": {"add_prefix_space": True}}, ("transformers",), None
    yield "Deberta", {**files, "config.json": config("deberta"), "tokenizer_config.json": {"add_prefix_space": True}}, both, None
    files = herbert()
    yield "Herbert", {**files, "config.json": config("bert", tokenizer_class="HerbertTokenizerFast")}, both, None
    yield "Herbert, named", {**files, "config.json": config("bert"), "tokenizer_config.json": {"tokenizer_class": "HerbertTokenizer",
                             "mask_token": "<y>", "cls_token": "<s>"}}, both, None

    # tokenizer.json as transformers reads it
    whole = json.loads(wordpiece().to_str())
    whole["normalizer"] = {"type": "Lowercase"}
    whole["model"]["max_input_chars_per_word"] = 3
    for name, kind, settings in (("Bert", "bert", {}), ("Bert, cased", "bert", {"do_lower_case": False, "strip_accents": True}),
                                 ("DistilBert", "distilbert", {"tokenizer_class": "DistilBertTokenizer", "tokenize_chinese_chars": False}),
                                 ("MPNet", "mpnet", {"do_lower_case": False}),
                                 ("whole", "bert", {"tokenizer_class": "PreTrainedTokenizerFast", "do_lower_case": False,
                                                    "added_tokens_decoder": {"420": added("<x>"), "421": added("<y>", True)}, "mask_token": "[MASK]"}),
                                 ("ModernBert", "modernbert", {"tokenizer_class": "BertTokenizer", "cls_token": "<s>"})):
        yield f"{name}, tokenizer.json", {"tokenizer.json": whole, "config.json": config(kind), "tokenizer_config.json": settings}, ("transformers",), None
    yield "Bert, tokenizer.json, maps", {"tokenizer.json": whole, "config.json": config("bert"), "special_tokens_map.json": {"unk_token": "<mask>"},
                                         "added_tokens.json": {"<x>": 420}}, ("transformers",), None
    lines = "".join(piece + "\n" for piece, _ in sorted(whole["model"]["vocab"].items(), key=lambda entry: entry[1]))
    yield "MPNet, vocab.txt", {"vocab.txt": lines, "config.json": config("mpnet")}, both, None
    for name, (file, model, kind) in {**models, **dropped}.items():
        with tempfile.TemporaryDirectory() as folder:
            write(folder, {file: model, "config.json": config(kind)})
            AutoTokenizer.from_pretrained(folder).save_pretrained(folder)
            saved_json = json.loads((pathlib.Path(folder) / "tokenizer.json").read_text())
        changed = dict(saved_json, pre_tokenizer={"type": "Whitespace"}, model=dict(saved_json["model"], unk_id=7, byte_fallback=True))
        parts = [part for part in (saved_json["normalizer"] or {}).get("normalizers", [saved_json["normalizer"]]) if part and part["type"] == "Precompiled"]
        changed["normalizer"] = {"type": "Sequence", "normalizers": [{"type": "Lowercase"}, *parts]}
        yield f"{name}, tokenizer.json", {"tokenizer.json": changed, "config.json": config(kind)}, ("transformers",), None
    with tempfile.TemporaryDirectory() as folder:
        write(folder, {**byte_level(), "config.json": config("roberta")})
        AutoTokenizer.from_pretrained(folder).save_pretrained(folder)
        saved_json = json.loads((pathlib.Path(folder) / "tokenizer.json").read_text())
    saved_json["pre_tokenizer"]["add_prefix_space"] = True
    yield "Roberta, tokenizer.json", {"tokenizer.json": saved_json, "config.json": config("roberta")}, ("transformers",), None
    yield "ModernBert, byte-level", {"tokenizer.json": saved_json, "config.json": config("modernbert")}, both, None
    yield "Gemma's", {"tokenizer.json": gemma_like(), "config.json": config("modernbert"), "tokenizer_config.json": {
        "tokenizer_class": "PreTrainedTokenizerFast", "mask_token": added("<mask>", True, lstrip=True, __type="AddedToken")}}, both, None
    yield "Gemma's, unknown letters", {"tokenizer.json": gemma_like(False), "config.json": config("modernbert")}, both, None
    yield "Llama's", {"tokenizer.json": llama_like(), "config.json": config("eurobert"), "tokenizer_config.json": {
        "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<|begin_of_text|>", "eos_token": "<|end_of_text|>",
        "pad_token": "<|end_of_text|>", "mask_token": "<|mask|>"}}, ("transformers",), None


def main():
    warnings.simplefilter("ignore")
    transformers.logging.set_verbosity_error()
    pool, written = [], []

    def pooled(content):
        text = {"base64": base64.b64encode(content).decode()} if isinstance(content, bytes) else content
        if text not in pool:
            pool.append(text)
        return pool.index(text)

    for name, files, rules, numbers in cases():
        if numbers is None:
            with tempfile.TemporaryDirectory() as folder:
                write(folder, files)
                tokenizer = AutoTokenizer.from_pretrained(folder)
                numbers = encoded(tokenizer)
                kind = type(tokenizer).__name__
        else:
            kind = None
        written.append({"name": name, "class": kind, "rules": list(rules), "files": {file: pooled(content) for file, content in files.items()}, **numbers})
    HERE.mkdir(exist_ok=True)
    lines = lambda entries: ",\n".join(json.dumps(entry, ensure_ascii=True, separators=(",", ":")) for entry in entries)
    (HERE / "expected.json").write_text(
        '{"words":%s,\n"texts":%s,\n"files":[\n%s\n],\n"cases":[\n%s\n]}\n' % (json.dumps(WORDS), json.dumps(TEXTS), lines(pool), lines(written)))


if __name__ == "__main__":
    main()
