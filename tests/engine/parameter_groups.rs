//! Parameter groups: each parameter steps with the constants of its group, to the bit, on the CPU and on a GPU.

use std::collections::BTreeMap;

use runner::engine::{AdamW, Device, Rates};
use runner::spec::ParameterGroup;

use super::emulator;
use super::steps::OPTIONS;
use super::*;

/// Every parameter's bits after one step.
fn stepped(device: Device, groups: &[ParameterGroup], options: &AdamW, rates: Rates) -> BTreeMap<String, Vec<u32>> {
    let learns = Learns { groups: groups.to_vec(), ..Learns::from(Freeze::Nothing) };
    let mut engine = engine_on(device, "bert", learns, 0.0, |_, _| {});
    let batch = pack(&Expected::of("bert").sentences());
    let masks = Masks::none(engine.config());
    engine.accumulate(&batch, &masks, 1.0 / batch.labeled() as f64).expect("a loss");
    engine.step(options, rates).expect("a step");
    let learned = engine.learned_parameters().map(|entry| {
        let (parameter, tensor) = entry.expect("a view");
        (parameter.name.clone(), values(&tensor).into_iter().map(f32::to_bits).collect())
    });
    learned.collect()
}

fn group(pattern: &str, learning_rate: Option<f64>, weight_decay: Option<f64>) -> ParameterGroup {
    ParameterGroup { pattern: pattern.to_owned(), learning_rate, weight_decay }
}

/// Gradients of a first step are the same with any groups, so a parameter of a group ends where it does if all parameters
/// have the constants of that group.
#[test]
fn each_parameter_steps_with_the_constants_of_its_group() {
    const { assert!(OPTIONS.layer_decay < 1.0, "a group's own rate is not decayed") };
    let rates = Rates { encoder: 1e-3, head: 4e-3, factor: 0.5 };
    let groups = [
        group("*.query.*", Some(0.0), Some(0.3)),
        group("embeddings.*", Some(3e-2), Some(0.4)),
        group("bert.encoder.layer.1.*", None, Some(0.5)),
        group("classifier.*", Some(7e-2), None),
    ];
    let devices: [fn() -> Device; 2] = [|| Device::Cpu, || emulator::device(false)];
    for device in devices {
        let grouped = stepped(device(), &groups, &OPTIONS, rates);
        let alone = |rate: f64, weight_decay: f64| {
            let options = AdamW { weight_decay, layer_decay: 1.0, ..OPTIONS };
            stepped(device(), &[], &options, Rates { encoder: rate, head: rate, factor: 1.0 })
        };
        let plain = stepped(device(), &[], &OPTIONS, rates);
        let decayed = stepped(device(), &[], &AdamW { weight_decay: 0.5, ..OPTIONS }, rates);
        // half of each, by the schedule's factor
        let expected =
            [("query", alone(0.0, 0.0)), ("embeddings", alone(1.5e-2, 0.4)), ("classifier", alone(3.5e-2, 0.01))];
        for (name, ours) in &grouped {
            let of = expected.iter().find(|(part, _)| name.contains(part)).map(|(_, all)| all);
            let theirs = of.unwrap_or(if name.contains("layer.1.") { &decayed } else { &plain });
            assert!(*ours == theirs[name], "{name}");
            let moves = *ours != plain[name];
            // biases and norms do not decay, so that a group's decay leaves them
            let own = of.is_some() || (name.contains("layer.1.") && theirs[name] != plain[name]);
            assert_eq!(moves, own, "{name}");
        }
    }
}
