//! Weight files: every format gives the same tensors, and no file does harm.

mod hostile;
mod shards;
pub(crate) mod writer;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use runner::model::{Checkpoint, Config, Head, Layout, Loaded, ModelError};

use writer::{Tensor, archive, archive_of, dictionary, legacy, rebuild};

/// All kinds of goldens/models (make_goldens.py, `tiny`): safetensors and two files of torch.save of one model each.
const KINDS: [&str; 6] = ["bert", "roberta", "xlm-roberta", "camembert", "distilbert", "electra"];

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens").join(name)
}

fn open(path: &Path) -> Checkpoint {
    Checkpoint::open(&[path.to_owned()]).unwrap()
}

/// Shape and bits of every tensor of float32, float16 or bfloat16, by name.
fn tensors(checkpoint: &Checkpoint) -> BTreeMap<String, (Vec<usize>, Vec<u32>)> {
    let bits = |name| checkpoint.values(name).unwrap().unwrap().iter().map(|value| value.to_bits()).collect();
    let floats = checkpoint.tensors().filter(|(_, stored)| stored.number.name().contains("float"));
    floats.map(|(name, stored)| (name.to_owned(), (stored.shape.clone(), bits(name)))).collect()
}

fn load(path: &Path, kind: &str) -> (Vec<u32>, Loaded) {
    let config = Config::read(&golden(&format!("models/{kind}/config.json"))).unwrap();
    let labels: Vec<String> = ["O", "B-A", "I-A", "B-B", "I-B", "B-C", "I-C"].map(str::to_owned).to_vec();
    let layout = Layout::new(&config, labels.len());
    let mut parameters = vec![0.0; layout.len];
    let loaded = open(path).load(&config, &layout, &labels, &mut parameters).unwrap();
    (parameters.iter().map(|value| value.to_bits()).collect(), loaded)
}

#[test]
fn every_kind_of_model_has_the_same_tensors_in_every_format() {
    for kind in KINDS {
        let read = |file: &str| tensors(&open(&golden(&format!("models/{kind}/{file}"))));
        let expected = read("model.safetensors");
        assert!(expected.len() > 30, "{kind}");
        assert_eq!(read("pytorch_model.bin"), expected, "{kind}");
        assert_eq!(read("pytorch_model.legacy.bin"), expected, "{kind}");
    }
}

#[test]
fn every_family_is_the_same_model_in_every_format() {
    for kind in KINDS {
        let read = |file: &str| load(&golden(&format!("models/{kind}/{file}")), kind);
        let expected = read("model.safetensors");
        assert_eq!((&expected.1.head, expected.1.unused.len()), (&Head::FromCheckpointByPosition, 0), "{kind}");
        assert_eq!(read("pytorch_model.bin"), expected, "{kind}");
        assert_eq!(read("pytorch_model.legacy.bin"), expected, "{kind}");
    }
}

#[test]
fn names_of_2019_give_the_same_encoder_and_the_missing_head_is_reported() {
    let (old, loaded) = load(&golden("models/bert/pytorch_model.old.bin"), "bert");
    let (new, _) = load(&golden("models/bert/model.safetensors"), "bert");
    let config = Config::read(&golden("models/bert/config.json")).unwrap();
    let head = Layout::new(&config, 7).classifier.weight.start;
    assert_eq!(old[..head], new[..head]);
    assert!(old[head..].iter().all(|bits| *bits == 0), "a missing head is left for the caller to draw");
    assert_eq!(loaded.head, Head::New { why: "the checkpoint has no classifier".to_owned(), set_aside: false });
    assert_eq!(
        loaded.unused,
        [
            "bert.embeddings.position_ids",
            "bert.pooler.dense.bias",
            "bert.pooler.dense.weight",
            "cls.predictions.bias",
            "cls.predictions.transform.LayerNorm.weight"
        ]
    );
}

#[test]
fn a_classifier_without_the_layer_before_it_is_not_used() {
    let golden = open(&golden("models/modernbert/model.safetensors"));
    let kept = golden.tensors().filter(|(name, _)| *name != "head.norm.weight");
    let made = kept.map(|(name, stored)| Tensor::float32(name, &stored.shape, &golden.values(name).unwrap().unwrap()));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pytorch_model.bin");
    std::fs::write(&path, archive(&made.collect::<Vec<_>>())).unwrap();
    let why = "the checkpoint has a classifier, but not the layer before it".to_owned();
    let (_, loaded) = load(&path, "modernbert");
    assert_eq!(
        loaded,
        Loaded { head: Head::New { why, set_aside: true }, unused: vec!["head.dense.weight".to_owned()] }
    );
}

#[test]
fn views_of_shared_storages_are_read_as_torch_made_them() {
    // goldens/weights/make_views.py: all of torch.arange, so that a value says where it lay.
    let numbers = |values: &[u8]| values.iter().map(|value| f32::from(*value)).collect::<Vec<_>>();
    let all: Vec<u8> = (0..24).collect();
    let transposed: Vec<u8> = (0..6).flat_map(|column| (0..4).map(move |row| row * 6 + column)).collect();
    for file in ["weights/views.bin", "weights/views.legacy.bin"] {
        let checkpoint = open(&golden(file));
        let check = |name: &str, shape: &[usize], values: &[u8]| {
            let stored = checkpoint.tensors().find(|(other, _)| *other == name).expect(name).1;
            assert_eq!(stored.shape, shape, "{file}: {name}");
            assert_eq!(checkpoint.values(name).unwrap().unwrap(), numbers(values), "{file}: {name}");
        };
        check("weight", &[3, 2], &[0, 1, 2, 3, 4, 5]);
        check("bias", &[3], &[0, 1, 2]);
        check("base", &[4, 6], &all);
        check("transposed", &[6, 4], &transposed);
        check("middle", &[2, 3], &[8, 9, 10, 14, 15, 16]);
        check("every_other", &[2, 2], &[0, 3, 12, 15]);
        check("row", &[6], &all[18..]);
        check("number", &[], &[7]);
        check("empty", &[0, 6], &[]);
        check("halves", &[6, 4], &transposed);
        check("brain", &[19], &all[5..]);
        let others: Vec<(&str, &str)> =
            checkpoint.tensors().map(|(name, stored)| (name, stored.number.name())).collect();
        assert!(others.contains(&("embeddings.position_ids", "int64")) && others.contains(&("flags", "bool")));
        assert!(matches!(checkpoint.values("version"), Ok(None)), "a number is no tensor");
        check("doubles", &[3], &[0, 1, 2]);
    }
}

/// What opening a file of these bytes says.
fn refused(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pytorch_model.bin");
    std::fs::write(&path, bytes).unwrap();
    let Err(error) = Checkpoint::open(&[path]) else { panic!("the file was taken") };
    error.to_string()
}

#[test]
fn what_this_test_writes_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let made = [Tensor::float32("a.gamma", &[2], &[1.0, 2.0]), Tensor::float32("b", &[1, 1], &[3.0])];
    let entries = [("m/data.pkl", dictionary(&[("a", rebuild("FloatStorage", "0", 1, 0, [&[1], &[1]]))]))];
    let wide = writer::zip(&[(entries[0].0, &entries[0].1), ("m/data/0", &4.0f32.to_le_bytes())], writer::Fields::Long);
    for (bytes, name, values) in
        [(archive(&made), "a.weight", &[1.0, 2.0][..]), (legacy(&made), "b", &[3.0]), (wide, "a", &[4.0])]
    {
        std::fs::write(folder.path().join("x"), bytes).unwrap();
        assert_eq!(open(&folder.path().join("x")).values(name).unwrap().unwrap(), values);
    }
}

#[test]
fn what_cannot_be_read_is_said() {
    let one = rebuild("FloatStorage", "0", 1, 0, [&[1], &[1]]);
    let state = dictionary(&[("a", one.clone())]);
    let storage = 1.0f32.to_le_bytes();
    let storages = || [storage.as_slice()].into_iter();
    insta::assert_snapshot!(refused(b""), @"pytorch_model.bin: neither a safetensors file nor a torch.save file; copy the file again, or choose a checkpoint with model.safetensors");
    insta::assert_snapshot!(refused(b"version https://git-lfs.github.com/spec/v1"), @"pytorch_model.bin: neither a safetensors file nor a torch.save file; copy the file again, or choose a checkpoint with model.safetensors");
    let wrapped = [b"}(".to_vec(), [writer::text("a"), one.clone()].concat(), b"u".to_vec()].concat();
    let wrapped = dictionary(&[("epoch", b"K\x03".to_vec()), ("state_dict", wrapped)]);
    insta::assert_snapshot!(refused(&archive_of(&wrapped, storages())), @"pytorch_model.bin: not a state dict: the file has `epoch`, `state_dict`; save the weights alone with torch.save(model.state_dict(), ...)");
    insta::assert_snapshot!(refused(&archive_of(b"\x80\x02]q\x00.", storages())), @"pytorch_model.bin: not a state dict: the file has no dictionary; save the weights alone with torch.save(model.state_dict(), ...)");
    insta::assert_snapshot!(refused(&archive_of(&state, [&storage[..3]].into_iter())), @"pytorch_model.bin: storage 0 has 3 bytes, but 4 are declared; copy the file again, or choose another model.checkpoint");
    insta::assert_snapshot!(refused(&archive_of(&state, std::iter::empty())), @"pytorch_model.bin: storage 0 has 0 bytes, but 4 are declared; copy the file again, or choose another model.checkpoint");
    let order = [("m/data.pkl", state.as_slice()), ("m/byteorder", b"big"), ("m/data/0", &storage)];
    insta::assert_snapshot!(refused(&writer::zip(&order, writer::Fields::Short)), @"pytorch_model.bin: the numbers are big-endian; convert the file to model.safetensors on the machine that wrote it");
    insta::assert_snapshot!(refused(&writer::legacy_of(&state, false, [(1, &storage[..])].into_iter())), @"pytorch_model.bin: the numbers are big-endian; convert the file to model.safetensors on the machine that wrote it");
    insta::assert_snapshot!(refused(&writer::legacy_of(&state, true, [(2, &storage[..])].into_iter())), @"pytorch_model.bin: storage 0 has 8 bytes, but 4 are declared; copy the file again, or choose another model.checkpoint");
    insta::assert_snapshot!(refused(&writer::legacy_of(&state, true, std::iter::empty())), @"pytorch_model.bin: not a complete torch.save file (storage 0 is missing); copy the file again, or choose another model.checkpoint");
    let mut packed = archive_of(&state, storages());
    let entry = packed.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    packed[entry + 10] = 8;
    insta::assert_snapshot!(refused(&packed), @"pytorch_model.bin: model/data.pkl is compressed or encrypted, which torch.save does not do; save the file again with torch.save");
    let beyond = dictionary(&[("a", rebuild("FloatStorage", "0", 1, 1, [&[1], &[1]]))]);
    insta::assert_snapshot!(refused(&archive_of(&beyond, storages())), @"pytorch_model.bin: tensor a reaches beyond its storage; copy the file again, or choose another model.checkpoint");
    let many = dictionary(&[("a", rebuild("FloatStorage", "0", 1, 0, [&[70_000, 70_000], &[0, 0]]))]);
    insta::assert_snapshot!(refused(&archive_of(&many, storages())), @"pytorch_model.bin: tensor a has more elements than its storage; copy the file again, or choose another model.checkpoint");
    let huge = dictionary(&[("a", rebuild("DoubleStorage", "0", i32::MAX as usize, 0, [&[1], &[1]]))]);
    insta::assert_snapshot!(refused(&archive_of(&huge, storages())), @"pytorch_model.bin: storage 0 has 4 bytes, but 17179869176 are declared; copy the file again, or choose another model.checkpoint");
}

#[test]
fn a_type_that_does_not_widen_is_named_only_where_it_is_needed() {
    let folder = tempfile::tempdir().unwrap();
    let whole = Tensor { name: "a", storage: "LongStorage", shape: vec![1], bytes: vec![0; 8] };
    std::fs::write(folder.path().join("x"), archive(&[whole, Tensor::float32("b", &[1], &[3.0])])).unwrap();
    let checkpoint = open(&folder.path().join("x"));
    assert!(matches!(checkpoint.values("a"), Err(ModelError::Type { .. })));
    assert_eq!(checkpoint.values("b").unwrap().unwrap(), [3.0]);
}

/// Float64 rounds to float32; what is beyond float32, or no number, is an error that names tensor and file.
#[test]
fn values_that_are_not_finite_in_float32_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pytorch_model.bin");
    let read = |storage: &'static str, bytes: Vec<u8>, size: usize| {
        let tensor = Tensor { name: "a", storage, shape: vec![bytes.len() / size], bytes };
        std::fs::write(&path, archive(&[tensor])).unwrap();
        open(&path).values("a").map_err(|error| error.to_string())
    };
    let doubles = |values: &[f64]| read("DoubleStorage", values.iter().flat_map(|v| v.to_le_bytes()).collect(), 8);
    let floats = |values: &[f32]| read("FloatStorage", values.iter().flat_map(|v| v.to_le_bytes()).collect(), 4);
    let halves = |bits: &[u16]| read("HalfStorage", bits.iter().flat_map(|v| v.to_le_bytes()).collect(), 2);
    assert_eq!(doubles(&[0.1, -2.5, 1e-60]), Ok(Some(vec![0.1f32, -2.5, 0.0])));
    let said = floats(&[1.0, f32::NAN]).unwrap_err();
    insta::assert_snapshot!(said, @"pytorch_model.bin: tensor a has a value that is not finite in float32: the file is damaged or its training diverged; copy it again, or choose another model.checkpoint or model.revision");
    assert_eq!(floats(&[f32::INFINITY]).unwrap_err(), said);
    assert_eq!(doubles(&[1e39]).unwrap_err(), said, "beyond float32");
    assert_eq!(halves(&[0x3c00, 0x7c00]).unwrap_err(), said, "float16's infinity");
}

#[test]
fn weights_that_are_not_those_of_the_configuration_are_told_before_memory_is_taken() {
    let text = std::fs::read_to_string(golden("models/bert/config.json")).unwrap();
    let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
    json["vocab_size"] = 2_000_000_000.into();
    let config = Config::parse(&json.to_string(), Path::new("config.json")).unwrap();
    let layout = Layout::new(&config, 7);
    let error = open(&golden("models/bert/model.safetensors")).check(&config, &layout).unwrap_err().to_string();
    assert!(error.contains("word_embeddings.weight has the shape [") && error.contains("not [2000000000, "), "{error}");
    json["num_hidden_layers"] = 4000.into();
    let config = Config::parse(&json.to_string(), Path::new("config.json")).unwrap();
    let error = open(&golden("models/bert/model.safetensors")).check(&config, &Layout::new(&config, 7)).unwrap_err();
    assert!(error.to_string().contains("; and 639") && error.to_string().len() < 2000, "{error}");
}
