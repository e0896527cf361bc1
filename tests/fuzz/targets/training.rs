//! What a training leaves on disk: checkpoints and saved models.

use std::cell::RefCell;
use std::fs;
use std::path::Path;

use runner::engine::{AdamW, Batch, Capacity, Device, Engine, EngineError, Masks, Rates};
use runner::model::saved::SavedModel;
use runner::model::{Config, Layout};
use runner::spec::{Freeze, Train};
use runner::train::History;
use runner::train::checkpoint::{CheckpointMetadata, open, save};

use super::model::SHARD;
use super::written;

const CONFIG: &str = r#"{"model_type": "bert", "vocab_size": 5, "hidden_size": 4, "num_hidden_layers": 1,
    "num_attention_heads": 2, "intermediate_size": 4, "max_position_embeddings": 4}"#;

/// The key of the training that checkpoints are of.
const KEY: &str = "0123456789ab";

/// A training under way of the smallest model, of which only the classifier learns.
fn engine() -> Engine {
    let config = Config::parse(CONFIG, Path::new("config.json")).expect("valid");
    let mut batch = Batch::new(config.heads);
    batch.push(0, &[1, 2, 3], &[0, 1, 2]);
    let fill = |_: &Config, _: &Layout, parameters: &mut [f32]| {
        parameters.iter_mut().enumerate().for_each(|(at, value)| *value = (at % 7) as f32 * 0.1);
        Ok::<_, EngineError>(())
    };
    let (mut engine, ()) =
        Engine::new(config, 3, Freeze::Encoder, Capacity::of(&batch), Device::Cpu, fill).expect("memory");
    let masks = Masks::training(engine.config(), 42, 0);
    engine.accumulate(&batch, &masks, 1.0).expect("a loss");
    let options =
        AdamW { betas: [0.9, 0.999], epsilon: 1e-8, weight_decay: 0.01, max_grad_norm: 1.0, layer_decay: 1.0 };
    engine.step(&options, Rates { encoder: 1e-3, head: 1e-3, factor: 1.0 }).expect("a step");
    engine
}

thread_local! {
    static ENGINE: RefCell<Engine> = RefCell::new(engine());
}

/// The bytes of a sound checkpoint, with the best weights or without.
pub(crate) fn sound_checkpoint(folder: &Path, has_best: bool) -> Vec<u8> {
    let path = folder.join("seed");
    let engine = engine();
    let metadata = CheckpointMetadata { key: KEY.to_owned(), environment: "cpu".to_owned(), seconds: 0.5 };
    let mut history = History::new(1);
    history.best_weights = has_best.then(|| engine.learned().expect("read"));
    save(&path, &engine, &history, &metadata).expect("saved");
    fs::read(path).expect("it was written")
}

pub(super) fn checkpoint(folder: &Path, bytes: &[u8]) {
    let path = written(folder, "checkpoint.safetensors", bytes);
    ENGINE.with_borrow_mut(|engine| {
        let before = engine.learned().expect("read");
        match open(&path).and_then(|opened| opened.expect("the file is there").restore(engine, &Train::default())) {
            Ok(history) => {
                assert!(history.steps() <= history.planned());
                engine.set_learned(&before).expect("as it was");
            }
            Err(error) => {
                assert!(!error.to_string().is_empty());
                assert_eq!(engine.learned().expect("read"), before, "a damaged checkpoint changed the engine");
            }
        }
    });
}

/// The description of a saved model, beside weights.
pub(super) fn saved_model(folder: &Path, bytes: &[u8]) {
    written(folder, "model.json", bytes);
    written(folder, "model.safetensors", SHARD);
    drop(runner::model::saved::labels_in(folder));
    if let Ok(Some(kept)) = SavedModel::open(folder) {
        assert_eq!(kept.description.version, runner::model::saved::VERSION);
    }
}
