//! Sound files of every kind, small, and odd ones that are read or refused: where random changes start from.

mod parquet;
mod tables;

use std::path::Path;

use base64::Engine as _;
use runner::data::builtin::tokenizer_json;

use crate::targets::writer::{Fields, Tensor, archive, dictionary, legacy, rebuild, text, zip};
use crate::targets::{sound_checkpoints, tokenizer_of_settings};

/// The seeds of a target.
pub(crate) fn of(target: &str) -> Vec<Vec<u8>> {
    match target {
        "experiment" => experiments(),
        "set" => texts(&[
            "train.epochs=1\ntrain.learning_rate=5e-5\nname=\"x\"",
            "matrix.train.seed=[1,2,3]\nmodel.freeze=\"embeddings\"",
            "data.columns={ token = 1, tag = 2 }\ndata.label_map={ MISC = \"O\" }\ntrain.warmup_steps=3",
            "data.train_size=\"all\"\nmodel.freeze=3\ntrain.evaluate_every=\"epoch\"\ntrain.patience=2",
        ]),
        "parquet" => parquet::files(),
        "columns" => columns(),
        "csv" => csv(),
        "json_lines" => json_lines(),
        "readme" => readmes(),
        "label_file" => texts(&[
            "{\"O\": 0, \"B-PER\": 1}",
            "{\"0\": \"O\", \"1\": \"B-PER\"}",
            "[\"O\", \"B-PER\"]",
            "O\nB-PER\nI-PER\n",
            "{\"O\": -1, \"B\": 18446744073709551615}",
        ]),
        "tokenizer_json" => tokenizers(),
        "tokenizer_settings" => tokenizer_settings(),
        "vocab" => texts(&[
            "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n##n\n##a\nlee\n",
            "[UNK]\r\n[CLS]\r\n[SEP]\r\na\r\na\r\na\r\n",
            "[UNK]\n[CLS]\n[SEP]\n\n\n \n\u{3000}\n##\n",
            "a\nb\n",
        ]),
        "sentencepiece" => sentencepiece_models(),
        "config" => configs(),
        "safetensors" => safetensors(),
        "torch_archive" => archives(),
        "torch_legacy" => legacies(),
        "pickle" => pickles(),
        "index" => texts(&[
            r#"{"metadata": {"total_size": 4}, "weight_map": {"a": "model-1.safetensors"}}"#,
            r#"{"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}"#,
            r#"{"weight_map": {"a": "../x", "b": 3}}"#,
        ]),
        "lock" => locks(),
        "journal" => tables::journals(),
        "tables" => tables::tables(),
        "evaluations" => tables::evaluations(),
        "predictions" => {
            texts(&["B-PER I-PER - O\n\n-\n", "O\r\nO O\r\n", "<<<<<<< a\nO\n=======\nB-PER\n>>>>>>> b\n"])
        }
        "timings" => tables::timings(),
        "checkpoint" => sound_checkpoints(tempfile::tempdir().expect("a temporary folder").path()),
        "saved_model" => saved_models(),
        other => panic!("no seeds of {other}"),
    }
}

/// The models of the golden file of tokenizer classes: Unigram and BPE, with bytes and user-defined pieces.
fn sentencepiece_models() -> Vec<Vec<u8>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/goldens/tokenizers/expected.json");
    let golden: serde_json::Value = serde_json::from_slice(&std::fs::read(path).expect("a golden")).expect("JSON");
    let files = golden["files"].as_array().expect("files").iter().filter_map(|file| file["base64"].as_str());
    files.map(|text| base64::engine::general_purpose::STANDARD.decode(text).expect("base64")).collect()
}

fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// A file beside the tests.
fn file(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect("a file of the project")
}

fn experiments() -> Vec<Vec<u8>> {
    let names = ["quickstart", "seeds", "es_grid", "heads", "search", "languages", "transfer"];
    let mut seeds: Vec<Vec<u8>> = names.iter().map(|name| file(&format!("experiments/{name}.toml"))).collect();
    seeds.push(runner::spec::starter("grid").into_bytes());
    let base = "[data]\ndataset = \"builtin:es\"\n[model]\ncheckpoint = \"builtin:tiny\"\n";
    for rest in [
        "",
        "[matrix]\ntrain.seed = [1, 2, 3]\ndata.train_size = [10, \"all\"]\n",
        "[[matrix.zip]]\ntrain.seed = [1, 2]\ntrain.epochs = [1, 2]\n[[matrix.exclude]]\ntrain.seed = 1\n",
        "[[matrix.include]]\ntrain.seed = 7\n[select]\nby = \"validation_entity_f1\"\nover = [\"train.seed\"]\n",
        "[[evaluate]]\nname = \"x\"\ndataset = \"./d\"\ntest_size = 5\n",
        "[train]\nepochs = 1e3\nlearning_rate = 0.5\nwarmup_ratio = 0.1\n[save]\nmodels = \"all\"\n",
    ] {
        seeds.push([base, rest].concat().into_bytes());
    }
    seeds.extend(texts(&["extends = \"grid.toml\"\n", "\u{feff}a = [[1], {b = \"\\u0000\"}]\n", "<<<<<<< HEAD\n"]));
    seeds
}

fn columns() -> Vec<Vec<u8>> {
    let own = ["bioes/train.txt", "io/testb.iob", "iob1/esp.train", "iob2/test.conll", "conllu/test.conllu"];
    let mut seeds: Vec<Vec<u8>> = own.iter().map(|name| file(&format!("tests/own_data/{name}"))).collect();
    seeds.push(file("tests/own_data/germeval/NER-de-test.tsv"));
    seeds.extend(texts(&[
        "-DOCSTART- -X- O O\n\nAna NN B-PER\nlee VB O\n\n",
        "# a comment\nAna\tB-PER\r\nlee\tO\r\r\n\r\nLugo\tB-LOC\r",
        "\u{feff}Ana B-PER\nL\u{f3}pez\u{a0}x I-PER\n",
        "Ana PER\nL\u{f3}pez PER\nlee O\n",
        "1\tAna\t_\t_\t_\t_\t_\t_\t_\tS-PER\n1-2\tdel\t_\t_\t_\t_\t_\t_\t_\t_\n",
    ]));
    seeds
}

fn csv() -> Vec<Vec<u8>> {
    texts(&[
        "sentence_id,token,tag\n1,Ana,B-PER\n1,lee,O\n2,Lugo,B-LOC\n",
        "word\ttag\nAna\tB-PER\n\nlee\tO\n",
        "\"Sentence #\",Word,POS,Tag\nSentence: 1,Ana,NN,B-PER\n,\"a \"\"b\"\"\",NN,O\n",
        "Ana,B-PER\nlee,O\n\nLugo,B-LOC\n",
        "tokens,ner_tags\n\"[a b]\",\"[O O]\"\n",
    ])
}

fn json_lines() -> Vec<Vec<u8>> {
    let mut seeds = vec![file("tests/own_data/jsonl/test.jsonl")];
    seeds.extend(texts(&[
        "{\"tokens\": [\"Ana\", \"lee\"], \"ner_tags\": [\"B-PER\", \"O\"]}\n\n{\"tokens\": [], \"ner_tags\": []}\n",
        "[{\"words\": [\"Ana\"], \"labels\": [\"S-PER\"], \"x\": {\"y\": [null, 1e9]}},\n {\"words\": [\"a\"], \"labels\": [\"O\"]}]",
        "{\"tokens\": [\"Ana\"], \"ner_tags\": [0], \"tags\": [1]}\n",
    ]));
    seeds
}

fn readmes() -> Vec<Vec<u8>> {
    texts(&[
        "---\nlanguage:\n- es\ndataset_info:\n- config_name: es\n  features:\n  - name: tokens\n    sequence: string\n  - name: ner_tags\n    sequence:\n      class_label:\n        names:\n          '0': O\n          '1': B-PER\n---\n# It\n",
        "---\ndataset_info:\n  features:\n    ner_tags: {list: {class_label: {names: [O, \"B-PER\"]}}}\n...\n",
        "---\na: &x [1, *x, !!str 2]\nb: |\n  text\nc: >-\n  more\n<<: {d: ~}\n---\n",
        "\u{feff}\n---\r\ndataset_info: []\r\n---\r\n",
    ])
}

fn tokenizers() -> Vec<Vec<u8>> {
    let plain = tokenizer_of_settings();
    let byte_level = r#"{"version": "1.0", "added_tokens": [], "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Replace", "pattern": {"Regex": "[a-c]+(?=x)"}, "content": "y"}, {"type": "Lowercase"}]}, "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "\\s+|(a|b)*"}, "behavior": "Isolated", "invert": false}, {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}]}, "post_processor": {"type": "RobertaProcessing", "sep": ["</s>", 1], "cls": ["<s>", 0], "trim_offsets": true, "add_prefix_space": false}, "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true}, "model": {"type": "BPE", "dropout": null, "unk_token": "<unk>", "continuing_subword_prefix": "", "end_of_word_suffix": "", "fuse_unk": false, "byte_fallback": false, "vocab": {"<s>": 0, "</s>": 1, "<unk>": 2, "a": 3, "n": 4, "an": 5}, "merges": ["a n"]}}"#;
    let unigram = r#"{"version": "1.0", "added_tokens": [{"id": 0, "content": "<unk>", "single_word": false, "lstrip": true, "rstrip": false, "normalized": false, "special": true}], "normalizer": {"type": "Precompiled", "precompiled_charsmap": "AAAAAA=="}, "pre_tokenizer": {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": true}, "post_processor": {"type": "BertProcessing", "sep": ["</s>", 1], "cls": ["<s>", 2]}, "decoder": null, "model": {"type": "Unigram", "unk_id": 0, "byte_fallback": false, "vocab": [["<unk>", 0.0], ["</s>", 0.0], ["<s>", 0.0], ["\u2581", -2.5], ["a", -1.5]]}}"#;
    let word_level = r#"{"version": "1.0", "truncation": {"max_length": 4, "strategy": "LongestFirst", "stride": 9, "direction": "Right"}, "padding": {"strategy": {"Fixed": 9}, "direction": "Right", "pad_to_multiple_of": 0, "pad_id": 0, "pad_type_id": 0, "pad_token": "x"}, "added_tokens": [], "normalizer": null, "pre_tokenizer": {"type": "Whitespace"}, "post_processor": null, "decoder": null, "model": {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "a"}}"#;
    let mut seeds = texts(&[plain, byte_level, unigram, word_level]);
    // the program's own, without most of its pieces
    seeds.push(tokenizer_json().as_bytes()[..2000.min(tokenizer_json().len())].to_vec());
    seeds
}

fn tokenizer_settings() -> Vec<Vec<u8>> {
    texts(&[
        r#"{"tokenizer_class": "BertTokenizer", "do_lower_case": false, "strip_accents": true, "tokenize_chinese_chars": false, "added_tokens_decoder": {"0": {"content": "[UNK]", "special": true}, "9": {"content": "xx"}}}"#,
        r#"{"tokenizer_class": "RobertaTokenizerFast", "bos_token": "<s>", "eos_token": {"content": "</s>", "lstrip": true}, "add_prefix_space": true}"#,
        r#"{"unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "additional_special_tokens": ["<a>", {"content": "lee"}]}"#,
        r#"{"tokenizer_class": "XLMRobertaTokenizer", "extra_special_tokens": {"x": "[X]"}, "do_basic_tokenize": true, "never_split": null}"#,
    ])
}

fn configs() -> Vec<Vec<u8>> {
    let kinds = ["bert", "xlm-roberta", "albert", "electra", "distilbert"];
    let mut seeds: Vec<Vec<u8>> =
        kinds.iter().map(|kind| file(&format!("tests/goldens/models/{kind}/config.json"))).collect();
    seeds.extend(texts(&[
        "{\"model_type\": \"roberta\"}",
        "\u{feff}{\"model_type\": \"bert\", \"id2label\": {\"0\": \"O\"}}",
    ]));
    seeds
}

/// A file of safetensors: a header and the bytes after it.
fn with_header(header: &str, bytes: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), bytes].concat()
}

fn safetensors() -> Vec<Vec<u8>> {
    vec![
        with_header(r#"{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}"#, &[0; 16]),
        with_header(
            r#"{"__metadata__":{"format":"pt"},"a":{"dtype":"F16","shape":[3],"data_offsets":[0,6]},"bert.b.gamma":{"dtype":"BF16","shape":[1,1],"data_offsets":[6,8]},"c":{"dtype":"F64","shape":[],"data_offsets":[8,16]}}"#,
            &[0; 16],
        ),
        with_header(
            r#"{"a":{"dtype":"F4","shape":[2],"data_offsets":[0,1]},"z":{"dtype":"I64","shape":[0,9],"data_offsets":[1,1]}}"#,
            &[0],
        ),
        with_header("{}", b""),
        [&u64::MAX.to_le_bytes()[..], b"{"].concat(),
    ]
}

fn small() -> Vec<Tensor<'static>> {
    let half = Tensor { name: "bert.a.gamma", storage: "HalfStorage", shape: vec![2, 3], bytes: vec![0; 12] };
    vec![Tensor::float32("a", &[2, 2], &[1.0, 2.0, 3.0, 4.0]), half, Tensor::float32("b", &[], &[0.5])]
}

fn archives() -> Vec<Vec<u8>> {
    let pickle = dictionary(&[("a", rebuild("FloatStorage", "0", 4, 0, [&[2, 2], &[2, 1]]))]);
    let entries: [(&str, &[u8]); 2] = [("x/data.pkl", &pickle), ("x/data/0", &[0; 16])];
    vec![
        archive(&small()),
        file("tests/goldens/weights/views.bin"),
        zip(&entries, Fields::Long),
        zip(&[], Fields::Short),
    ]
}

fn legacies() -> Vec<Vec<u8>> {
    vec![legacy(&small()), file("tests/goldens/weights/views.legacy.bin")]
}

/// Over storages of 12, 1 and 16 numbers of float32.
fn pickles() -> Vec<Vec<u8>> {
    let tensor = |key: &str, numbers, shape: &[usize], strides: &[usize]| {
        rebuild("FloatStorage", key, numbers, 0, [shape, strides])
    };
    let all = [tensor("0", 12, &[3, 4], &[4, 1]), tensor("1", 1, &[], &[]), tensor("2", 16, &[4, 2], &[1, 8])];
    let [first, second, third] = all;
    let metadata = [b"}(".to_vec(), text("_metadata"), b"}ub".to_vec()].concat();
    let sound = dictionary(&[("a", first.clone()), ("b", second.clone()), ("c", third.clone())]);
    let with_state = [&sound[..sound.len() - 1], &metadata, b"."].concat();
    let parameter = [b"ctorch._utils\n_rebuild_parameter\n(".to_vec(), first, b"\x88}tR".to_vec()].concat();
    let memo =
        [b"\x80\x02}q\0(".to_vec(), text("a"), b"q\x01".to_vec(), second, b"q\x02h\x01h\x02u.".to_vec()].concat();
    vec![
        sound,
        with_state,
        dictionary(&[("p", parameter), ("c", third)]),
        memo,
        dictionary(&[("x", b"\x8a\x01\xffN\x86".to_vec())]),
    ]
}

fn locks() -> Vec<Vec<u8>> {
    let hash = "0123456789abcdef".repeat(4);
    let sound = format!(
        "# Written by runner\nversion = 1\n\n[[input]]\nkind = \"data\"\nid = \"a/b\"\nrevision = \"main\"\ncommit = \"{}\"\n[input.files]\n\"es/train.parquet\" = {{ sha256 = \"{hash}\", size = 9 }}\n\n[[input]]\nkind = \"model\"\nid = \"./m\"\n[input.files]\n\"config.json\" = {{ sha256 = \"{hash}\", size = 3 }}\n\n[environment.\"cpu\"]\n\"numerics\" = \"1\"\n",
        "0".repeat(40)
    );
    let merged = sound.replace("version = 1\n", "<<<<<<< HEAD\nversion = 1\n=======\nversion = 2\n>>>>>>> x\n");
    texts(&[&sound, &merged, "version = 2\n", "version = 1\n[environment.\"a\\\"\\u0000\\n\"]\n\"\" = '''x\ny'''\n"])
}

fn saved_models() -> Vec<Vec<u8>> {
    texts(&[
        r#"{"version": 2, "training": "0123456789ab", "environment": "cpu", "checkpoint": "builtin:tiny", "revision": "main", "inputs": {"config": "00"}, "partial": false, "labels": ["O", "B-PER"], "max_length": 64, "note": "{}"}"#,
        r#"{"version": 2, "training": "", "environment": "", "checkpoint": "", "revision": "", "inputs": {}, "partial": true, "labels": [], "max_length": 0, "note": "", "weights_sha256": "00"}"#,
        r#"{"version": 1}"#,
    ])
}
