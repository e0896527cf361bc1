"""Compares `runner predict --format jsonl` with transformers' pipeline("ner", aggregation_strategy="first") on real
sentences and on odd text: the same entities, scores within 1e-4.

    python3 tests/predicting/agreement.py --binary target/release/runner --wikiann test.parquet CHECKPOINT...

CHECKPOINT is a folder with an encoder, or one called byte-level or unigram with a tokenizer.json alone, for which a small
encoder is drawn. A job is trained on each in seconds.
"""
import argparse
import json
import pathlib
import subprocess
import tempfile
import warnings

import models

NEAR = 1e-4

ODD = [
    "",
    " ",
    "Ana",
    "  Ana  vive   en Lima  ",
    "Ana\tvive\ten\tSan Sebastián",
    "Ana vive 🎉 en 🇵🇪 Lima 👩‍👩‍👧 con José",
    "Jose\u0301 Marti\u0301nez nacio\u0301 en Ma\u0301laga",
    "José Martínez nació en Málaga",
    "«El Betis» ganó al \"Sevilla\" en 'Heliópolis' – dijo O'Neill",
    "东京 和 Lima 北京市长",
    "https://example.org/~ana?x=1&y=2#z y ana@example.org escriben a Pedro",
    "Ana-María González-Ruiz, de S.A. Iberdrola, visitó A.C. Milán.",
    "x" * 300 + " vive en Lima",
    "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch está en Gales",
    "[Ana] (vive) {en} <Lima> \\ / | [SEP] [UNK] <unk> </s> [MASK]",
    "İstanbul Straße ǅ ﬁn ½ ² ™",
    "Ana\u00a0vive\u2003en\u3000Lima\u200b y\u00adPedro",
    "ANA GARCÍA VIVE EN LIMA",
    "1.234,56 € el 3/4/2024 a las 12:30h",
    "Привет Ана из Лимы שלום אנה مرحبا آنا",
    "a" * 20 + "é" * 20 + "ñ" * 5,
    "\u202eanA\u202c vive\u0007 en Lima",
    "Ana vive en Lima.Pedro vive en Cuzco;Luis,en Quito",
    "e\u0301\u0301\u0301 \u0301 o\u0308",
    "¿Quién es Juan? ¡Nadie!",
]


def entities_of_pipeline(found, text):
    return [(one["entity_group"], float(one["score"]), int(one["start"]), int(one["end"])) for one in found]


def differences(binary, checkpoint, texts, work):
    job = models.trained(binary, checkpoint, work)
    pipe = models.pipeline(*models.exported(binary, work / job, work / "exported"))
    fitting = [text for text in texts if len(pipe.tokenizer(text)["input_ids"]) <= models.MAX_LENGTH]
    theirs = [entities_of_pipeline(found, text) for text, found in zip(fitting, pipe(fitting))]
    command = [binary, "predict", job, "--format", "jsonl", "-"]
    run = subprocess.run(command, cwd=work, input="\n".join(fitting) + "\n", capture_output=True, encoding="utf-8")
    assert run.returncode == 0 and run.stderr == "", run.stderr
    lines = [json.loads(line) for line in run.stdout.split("\n")[:-1]]
    assert [line["text"] for line in lines] == fitting, "a line for each line"
    count, furthest, differing = 0, 0.0, []
    for text, line, expected in zip(fitting, lines, theirs):
        ours = [(one["type"], one["score"], one["start"], one["end"]) for one in line["entities"]]
        assert all(one["text"] == text[one["start"]:one["end"]] for one in line["entities"]), line
        distance = [abs(one[1] - other[1]) for one, other in zip(ours, expected)]
        same = [one[::2] + one[3:] for one in ours] == [one[::2] + one[3:] for one in expected]
        if not same or max(distance, default=0) > NEAR:
            differing.append((text, ours, expected))
        count, furthest = count + len(expected), max([furthest, *distance])
    print(f"{checkpoint.name}: {len(fitting)} of {len(texts)} texts fit, {count} entities, "
          f"{len(differing)} texts differ, scores within {furthest:.1e}")
    return differing


def main():
    warnings.filterwarnings("ignore")
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--binary", required=True, type=pathlib.Path)
    parser.add_argument("--wikiann", required=True, type=pathlib.Path)
    parser.add_argument("checkpoints", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    texts = models.sentences(arguments.wikiann)[:500] + ODD
    failed = False
    for checkpoint in arguments.checkpoints:
        with tempfile.TemporaryDirectory() as work:
            binary = arguments.binary.resolve()
            for text, ours, theirs in differences(binary, checkpoint, texts, pathlib.Path(work)):
                failed = True
                print(f"  {text!r}\n    runner       {ours}\n    transformers {theirs}")
    raise SystemExit(failed)


if __name__ == "__main__":
    main()
