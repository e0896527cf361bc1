//! The numbers of a job under the tags of its run.

use super::event::Setting;
use super::log::Log;
use crate::results::{EpochPoint, Measurements, Record};

/// The event file of a finished job.
pub(super) fn event_file(record: &Record, measured: &Measurements) -> Vec<u8> {
    let mut log = Log::new();
    let settings = record.settings.iter().filter(|(_, cell)| !cell.is_empty());
    log.settings(settings.map(|(name, cell)| (name.clone(), Setting::of(cell))).collect());
    for point in &measured.curve {
        let numbers = [
            ("train/loss", point.loss),
            ("train/learning_rate", point.learning_rate),
            ("train/grad_norm", point.grad_norm),
            ("train/epoch", point.epoch),
        ];
        numbers.iter().for_each(|(tag, number)| log.scalar(point.step, tag, number.value()));
    }
    for point in &measured.epochs {
        let step = step_of(point, measured);
        log.scalar(step, "validation/loss", point.validation_loss.value());
        log.scalar(step, "validation/entity_f1", point.validation_entity_f1.value());
    }
    let last = measured.curve.last().map_or(0, |point| point.step);
    for (split, scores) in &measured.splits {
        for (metric, score) in &scores.metrics {
            log.scalar(last, &format!("final/{}_{}", split.name(), metric.name()), score.value());
        }
    }
    log.bytes()
}

/// The step of an evaluation, which has passes over the data: as many as the curve has steps in them.
fn step_of(point: &EpochPoint, measured: &Measurements) -> u64 {
    let epochs = point.epoch.value();
    let last = measured.curve.last().filter(|last| last.epoch.value() > 0.0);
    let steps_per_epoch = last.map_or(1.0, |last| last.step as f64 / last.epoch.value());
    (epochs * steps_per_epoch).round() as u64
}
