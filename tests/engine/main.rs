//! The engine against transformers' numbers, candle's differentiable operations and its own promises.

#![expect(clippy::print_stdout, reason = "figures, shown with --nocapture and where a test fails")]

mod adapters;
mod averages;
mod emulated;
mod emulator;
mod evaluate_every;
mod features;
mod kernels;
mod losses;
mod oracle;
mod padding;
mod parameter_groups;
mod promises;
mod shared;
mod steps;
mod windows;

use std::error::Error;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, IndexOp, Tensor, Var};
use runner::engine::{Batch, Capacity, Engine, Learns, Masks, NO_LABEL};
use runner::model::{Checkpoint, Config, Head, Layout, Role};
use runner::spec::Freeze;
use serde::Deserialize;

fn golden(name: &str) -> PathBuf {
    // at run time first: a program of tests may have been carried elsewhere
    let root = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&root).join("tests/goldens").join(name)
}

fn read<T: for<'a> Deserialize<'a>>(name: &str) -> T {
    serde_json::from_str(&std::fs::read_to_string(golden(name)).expect("a golden")).expect("its format")
}

const LABELS: [&str; 7] = ["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"];

/// The golden BERT on the CPU.
fn engine(freeze: Freeze, dropout: f64) -> Engine {
    changed_engine(freeze, dropout, |_, _| {})
}

/// The golden BERT with its parameters changed.
fn changed_engine(freeze: Freeze, dropout: f64, change: impl FnOnce(&Layout, &mut [f32])) -> Engine {
    family_engine("bert", freeze, dropout, change)
}

/// Each family's golden: of make_goldens.py, but ALBERT's of this, with torch 2 and transformers 5.23 on a CPU (where a
/// vector's parameters are drawn, so that no gradient is missed):
///
/// ```python
/// torch.manual_seed(23); rng = random.Random(23)
/// config = transformers.AlbertConfig(
///     vocab_size=199, embedding_size=16, hidden_size=32, num_hidden_layers=4, num_hidden_groups=2,
///     num_attention_heads=4, intermediate_size=64, max_position_embeddings=70, initializer_range=0.2, num_labels=7)
/// model = transformers.AlbertForTokenClassification(config).float()
/// for name, p in model.named_parameters():
///     if p.dim() == 1:
///         torch.nn.init.normal_(p, 1.0 if "orm.weight" in name else 0.0, 0.2)
/// model.save_pretrained("albert")
/// lengths, width = [9, 3, 12, 1], 12
/// ids = [[rng.randrange(10, 199) for _ in range(n)] + [0] * (width - n) for n in lengths]
/// mask = [[1] * n + [0] * (width - n) for n in lengths]
/// labels = [[rng.choice([-100, *range(7)]) if i < n else -100 for i in range(width)] for n in lengths]
/// model.eval()
/// out = model(input_ids=torch.tensor(ids), attention_mask=torch.tensor(mask), labels=torch.tensor(labels))
/// out.loss.backward()
/// gradients = {n: {"norm": float(p.grad.norm()), "first": p.grad.flatten()[:6].tolist()}
///              for n, p in model.named_parameters() if p.grad is not None}
/// pathlib.Path("albert/expected.json").write_text(json.dumps({
///     "input_ids": ids, "attention_mask": mask, "labels": labels, "loss": float(out.loss),
///     "logits": out.logits.tolist(), "gradients": gradients}))
/// ```
const FAMILIES: [&str; 24] = [
    "bert",
    "roberta",
    "xlm-roberta",
    "camembert",
    "distilbert",
    "electra",
    "albert",
    "deberta-v2",
    "deberta-v2-plain",
    "modernbert",
    "ernie",
    "data2vec-text",
    "longformer",
    "luke",
    "rembert",
    "eurobert",
    "eurobert-biases",
    "gte",
    "gte-plain",
    "nomic_bert",
    "big_bird",
    "mpnet",
    "megatron-bert",
    "xlm-roberta-xl",
];

/// The golden of a family with its parameters changed, on the CPU. Those of DeBERTa and ModernBERT are by
/// `make_families.py` of the same form, those from ERNIE on by `tests/peer/families.py`.
fn family_engine(kind: &str, freeze: Freeze, dropout: f64, change: impl FnOnce(&Layout, &mut [f32])) -> Engine {
    engine_on(runner::engine::Device::Cpu, kind, freeze, dropout, change)
}

/// The golden of a family with its parameters changed.
fn engine_on(
    device: runner::engine::Device,
    kind: &str,
    learns: impl Into<Learns>,
    dropout: f64,
    change: impl FnOnce(&Layout, &mut [f32]),
) -> Engine {
    let folder = golden("models").join(kind);
    let config = Config::read(&folder.join("config.json")).expect("valid").with_dropout(Some(dropout));
    let labels: Vec<String> = LABELS.iter().map(|l| (*l).to_owned()).collect();
    let capacity = Capacity { tokens: 64, attention_weights: 64 * 64 * 4 };
    let fill = |config: &Config, layout: &Layout, parameters: &mut [f32]| {
        let checkpoint = Checkpoint::open(&[folder.join("model.safetensors")])?;
        let loaded = checkpoint.load(config, layout, &labels, parameters)?;
        assert_eq!(loaded.head, Head::FromCheckpointByPosition);
        let unused: Vec<_> = loaded.unused.iter().filter(|name| !is_beyond_words(name)).collect();
        assert!(unused.is_empty(), "{kind}: {unused:?}");
        change(layout, parameters);
        Ok::<_, Box<dyn Error>>(())
    };
    Engine::new(config, LABELS.len(), learns, capacity, device, fill).expect("the golden loads").0
}

/// Whether a tensor is for what a sentence of words lacks: Longformer's global tokens, LUKE's entities, a vector of a
/// sentence.
fn is_beyond_words(name: &str) -> bool {
    ["pooler.", "_global.", "entity_embeddings.", ".w2e_", ".e2w_", ".e2e_"].iter().any(|part| name.contains(part))
}

/// A family's model of transformers on one padded batch.
#[derive(Deserialize)]
struct Expected {
    input_ids: Vec<Vec<u32>>,
    attention_mask: Vec<Vec<u32>>,
    labels: Vec<Vec<i32>>,
    loss: f64,
    logits: Vec<Vec<Vec<f32>>>,
    gradients: std::collections::BTreeMap<String, Gradient>,
}

#[derive(Deserialize)]
struct Gradient {
    norm: f64,
    first: Vec<f64>,
}

impl Expected {
    fn load() -> Self {
        Self::of("bert")
    }

    fn of(kind: &str) -> Self {
        read(&format!("models/{kind}/expected.json"))
    }

    /// The sentences without their padding.
    fn sentences(&self) -> Vec<(Vec<u32>, Vec<i32>)> {
        let rows = self.input_ids.iter().zip(&self.attention_mask).zip(&self.labels);
        rows.map(|((ids, mask), labels)| {
            let len = mask.iter().sum::<u32>() as usize;
            let labels = labels[..len].iter().map(|l| if *l == -100 { NO_LABEL } else { *l }).collect();
            (ids[..len].to_vec(), labels)
        })
        .collect()
    }
}

/// A batch for any of the goldens but MPNet's: only those with relative positions read the table's rows.
fn empty() -> Batch {
    empty_for("deberta-v2")
}

fn empty_for(kind: &str) -> Batch {
    let kind = if kind == "mpnet" { kind } else { "deberta-v2" };
    let config = Config::read(&golden("models").join(kind).join("config.json")).expect("valid");
    let mut batch = Batch::new(4);
    batch.relative = config.relative;
    batch
}

fn pack(sentences: &[(Vec<u32>, Vec<i32>)]) -> Batch {
    pack_for("deberta-v2", sentences)
}

fn pack_for(kind: &str, sentences: &[(Vec<u32>, Vec<i32>)]) -> Batch {
    let mut batch = empty_for(kind);
    for (example, (ids, labels)) in sentences.iter().enumerate() {
        batch.push(example as u32, ids, labels);
    }
    batch
}

/// As [`pack`], with every token selected, not only the labeled ones.
fn pack_selecting_all(sentences: &[(Vec<u32>, Vec<i32>)]) -> Batch {
    pack_selecting_all_for("deberta-v2", sentences)
}

fn pack_selecting_all_for(kind: &str, sentences: &[(Vec<u32>, Vec<i32>)]) -> Batch {
    let mut batch = empty_for(kind);
    for (example, (ids, labels)) in sentences.iter().enumerate() {
        batch.push_selecting(example as u32, ids, labels, 0..ids.len() as u32);
    }
    batch
}

fn values(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().and_then(|t| t.to_vec1()).expect("a float32 tensor")
}

fn norm(values: &[f32]) -> f64 {
    values.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt()
}

/// Compares the logits of every token with transformers'.
fn assert_logits(kind: &str, engine: &Engine, allowed: f32) {
    let expected = Expected::of(kind);
    let logits = engine.logits(&pack_selecting_all_for(kind, &expected.sentences())).expect("logits");
    let mut token = 0;
    for (row, (ids, _)) in expected.logits.iter().zip(expected.sentences()) {
        for expected in &row[..ids.len()] {
            for (ours, theirs) in logits[token * 7..][..7].iter().zip(expected) {
                assert!((ours - theirs).abs() < allowed, "{kind}, token {token}: {ours} against {theirs}");
            }
            token += 1;
        }
    }
}

/// Compares loss and gradients, without dropout, with transformers'.
fn assert_loss_and_gradients(kind: &str, mut engine: Engine) {
    let expected = Expected::of(kind);
    let batch = pack_for(kind, &expected.sentences());
    let count = batch.labeled() as f64;
    let masks = Masks::none(engine.config());
    let loss = engine.accumulate(&batch, &masks, 1.0 / count).expect("a loss") / count;
    assert!((loss - expected.loss).abs() < 1e-6, "{kind}: {loss} against {}", expected.loss);

    let mut compared = 0;
    for entry in engine.gradients() {
        let (parameter, gradient) = entry.expect("a view");
        let (name, ours) = (&parameter.name, values(&gradient));
        let theirs = &expected.gradients[name];
        // softmax cancels a key's bias: what is left of its gradient is rounding, of sums of numbers about 1
        let allowed = if parameter.role == Role::KeyBias { 1e-7 } else { 1e-5 * theirs.norm.max(1e-3) };
        let size = norm(&ours);
        assert!((size - theirs.norm).abs() < allowed, "{name}: {size} against {}", theirs.norm);
        for (a, b) in ours.iter().zip(&theirs.first) {
            assert!((f64::from(*a) - b).abs() < allowed, "{name}: {a} against {b}");
        }
        compared += 1;
    }
    assert_eq!(compared, expected.gradients.len(), "{kind}");
}

#[test]
fn every_familys_logits_match_transformers() {
    for kind in FAMILIES {
        assert_logits(kind, &family_engine(kind, Freeze::Nothing, 0.0, |_, _| {}), 1e-5);
    }
}

#[test]
fn every_familys_loss_and_every_gradient_match_transformers() {
    for kind in FAMILIES {
        assert_loss_and_gradients(kind, family_engine(kind, Freeze::Nothing, 0.0, |_, _| {}));
    }
}

/// The engine computes the gradient of what is not frozen as if nothing were, whatever the family adds below it.
#[test]
fn frozen_parts_of_every_family_leave_the_gradient_of_the_rest_as_it_is() {
    for kind in FAMILIES {
        let batch = pack_for(kind, &Expected::of(kind).sentences());
        let gradients = |freeze| {
            let mut engine = family_engine(kind, freeze, 0.1, |_, _| {});
            let masks = Masks::training(engine.config(), 42, 0);
            engine.accumulate(&batch, &masks, 0.1).expect("a loss");
            engine.accumulate(&batch, &masks, 0.1).expect("a loss");
            let list = engine.gradients().map(|entry| entry.map(|(p, g)| (p.name.clone(), values(&g))));
            list.collect::<Result<Vec<_>, _>>().expect("views")
        };
        let all = gradients(Freeze::Nothing);
        for freeze in [Freeze::Embeddings, Freeze::Layers(1), Freeze::Layers(2), Freeze::Encoder] {
            let part = gradients(freeze);
            assert!(part.len() < all.len() && part == all[all.len() - part.len()..], "{kind}, {freeze:?}");
        }
    }
}

#[test]
fn gradients_match_candles_autograd() {
    let sentences = Expected::load().sentences();
    let oracle = oracle::Oracle::load();
    let theirs = oracle.loss(&sentences).and_then(|loss| loss.backward()).expect("autograd");
    let mut engine = engine(Freeze::Nothing, 0.0);
    let batch = pack(&sentences);
    let masks = Masks::none(engine.config());
    engine.accumulate(&batch, &masks, 1.0 / batch.labeled() as f64).expect("a loss");
    for entry in engine.gradients() {
        let (parameter, ours) = entry.expect("a view");
        let theirs = theirs.get(oracle.variables[&parameter.name].as_tensor()).expect("every parameter has a gradient");
        let (ours, theirs) = (values(&ours), values(theirs));
        let allowed = 1e-5 * norm(&theirs).max(1e-3);
        let largest = ours.iter().zip(&theirs).map(|(a, b)| f64::from((a - b).abs())).fold(0.0, f64::max);
        assert!(largest < allowed, "{}: {largest}", parameter.name);
    }
}

#[test]
fn inference_matches_candle_transformers() {
    use candle_transformers::models::bert::{BertModel, Config as BertConfig};
    let sentences = Expected::load().sentences();
    let file = golden("models/bert/model.safetensors");
    let tensors = candle_core::safetensors::load(file, &Device::Cpu).expect("a golden");
    let [weight, bias] = ["classifier.weight", "classifier.bias"].map(|name| tensors[name].clone());
    let builder = candle_nn::VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu);
    let text = std::fs::read_to_string(golden("models/bert/config.json")).expect("a golden");
    let config: BertConfig = serde_json::from_str(&text).expect("candle reads it");
    let model = BertModel::load(builder, &config).expect("candle loads it");
    let engine = engine(Freeze::Nothing, 0.0);
    for (ids, labels) in &sentences {
        let input = Tensor::new(ids.as_slice(), &Device::Cpu).and_then(|t| t.unsqueeze(0)).expect("ids");
        let hidden = model.forward(&input, &input.zeros_like().expect("zeros"), None).expect("forward");
        let logits = hidden.i(0).and_then(|h| h.matmul(&weight.t()?)?.broadcast_add(&bias)).expect("classifier");
        let batch = pack_selecting_all(&[(ids.clone(), labels.clone())]);
        for (ours, theirs) in engine.logits(&batch).expect("logits").iter().zip(values(&logits)) {
            assert!((ours - theirs).abs() < 1e-5, "{ours} against {theirs}");
        }
    }
}

#[test]
fn frozen_parts_have_no_gradient_and_the_rest_the_same_one() {
    let sentences = Expected::load().sentences();
    let batch = pack(&sentences);
    let gradients = |freeze| {
        let mut engine = engine(freeze, 0.0);
        let masks = Masks::none(engine.config());
        engine.accumulate(&batch, &masks, 0.1).expect("a loss");
        let list = engine.gradients().map(|entry| entry.map(|(p, g)| (p.name.clone(), values(&g))));
        list.collect::<Result<Vec<_>, _>>().expect("views")
    };
    let all = gradients(Freeze::Nothing);
    for (freeze, learning) in
        [(Freeze::Embeddings, 34), (Freeze::Layers(1), 18), (Freeze::Layers(2), 2), (Freeze::Encoder, 2)]
    {
        let part = gradients(freeze);
        assert_eq!(part.len(), learning, "{freeze:?}");
        assert_eq!(part, all[all.len() - learning..], "{freeze:?}");
    }
}

#[test]
fn batches_accumulated_are_one_large_batch() {
    let sentences = Expected::load().sentences();
    let whole = pack(&sentences);
    let scale = 1.0 / whole.labeled() as f64;
    let mut together = engine(Freeze::Nothing, 0.1);
    let mut apart = engine(Freeze::Nothing, 0.1);
    let masks = Masks::training(together.config(), 42, 0);
    let loss = together.accumulate(&whole, &masks, scale).expect("a loss");
    let mut sum = 0.0;
    for (example, (ids, labels)) in sentences.iter().enumerate() {
        let mut batch = empty();
        batch.push(example as u32, ids, labels);
        sum += apart.accumulate(&batch, &masks, scale).expect("a loss");
    }
    assert!((loss - sum).abs() < 1e-6 * loss.abs(), "dropout follows the example, not the batch: {loss} {sum}");
    for (a, b) in together.gradients().zip(apart.gradients()) {
        let ((parameter, a), (_, b)) = (a.expect("a view"), b.expect("a view"));
        let (a, b) = (values(&a), values(&b));
        let largest = a.iter().zip(&b).map(|(a, b)| f64::from((a - b).abs())).fold(0.0, f64::max);
        assert!(largest < 1e-5 * norm(&a).max(1e-3), "{}: {largest}", parameter.name);
    }
}

/// Central differences of the loss along each parameter's gradient: the masks of backward are those of forward. RoBERTa
/// and its kin differ from BERT in nothing that this could show.
#[test]
fn with_dropout_the_gradient_is_the_derivative_of_the_loss() {
    for kind in ["bert", "distilbert", "electra", "albert", "big_bird", "mpnet", "megatron-bert", "eurobert", "gte"] {
        let batch = pack_for(kind, &Expected::of(kind).sentences());
        let scale = 1.0 / batch.labeled() as f64;
        let mut engine = family_engine(kind, Freeze::Nothing, 0.3, |_, _| {});
        let masks = Masks::training(engine.config(), 1, 2);
        engine.accumulate(&batch, &masks, scale).expect("a loss");
        for entry in engine.gradients() {
            let (parameter, gradient) = entry.expect("a view");
            let gradient = values(&gradient);
            let size = norm(&gradient);
            if size < 1e-3 {
                assert_eq!(parameter.role, Role::KeyBias, "only a key's bias has no gradient: softmax cancels it");
                continue;
            }
            let step = 4e-3;
            let [above, below] = [step, -step].map(|step| {
                let mut moved = family_engine(kind, Freeze::Nothing, 0.3, |_, parameters| {
                    let place = parameters[parameter.span.range()].iter_mut();
                    place.zip(&gradient).for_each(|(p, g)| *p += (step / size) as f32 * g);
                });
                moved.accumulate(&batch, &masks, scale).expect("a loss") * scale
            });
            let gradient = (above - below) / (2.0 * step);
            assert!((gradient - size).abs() < 5e-3 * size, "{}: {gradient} against {size}", parameter.name);
        }
    }
}
