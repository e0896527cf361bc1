//! The training of one job: where it goes on from, what it leaves on its way, and who hears of it.

use std::ops::ControlFlow;

use tracing::{debug, info};

use crate::engine::Engine;
use crate::train::{Report, Step, fine_tune};

use super::curve::Course;
use super::error::JobError;
use super::event::Event;
use super::features::Sentences;
use super::job::{Bench, Subject, Task};
use super::resume::Checkpoints;
use super::scoring::Exam;

impl Bench<'_> {
    /// Trains from the last checkpoint on, leaving further ones on the way. With the steps taken here.
    pub(super) fn train(
        &self,
        task: &Task<'_>,
        engine: &mut Engine,
        sentences: &Sentences,
        exam: Option<&Exam>,
    ) -> Result<(Course, u64), JobError> {
        let Subject { settings, key, .. } = &task.training;
        let mut checkpoints = Checkpoints::new(self.folder, key, settings)?;
        let (Course { mut curve, mut progress }, unused) = checkpoints.restore(engine, &settings.train)?;
        match unused {
            Some(why) => self.notice(task, &format!("starts from its beginning: {why}")),
            None if progress.steps > 0 => self.notice(task, &format!("goes on after step {}", progress.steps)),
            None => {}
        }
        let start = progress.steps;
        let mut kept = Ok(());
        let evaluate = |engine: &Engine| {
            let exam = exam.expect("a training that is evaluated has an exam");
            exam.evaluate(engine, self.stop)
        };
        let trained = fine_tune(
            engine,
            sentences.examples(),
            &settings.train,
            &mut progress,
            evaluate,
            |report, engine, progress| {
                match report {
                    Report::Step(step) => {
                        self.stepped(task, step);
                        curve.add(step);
                    }
                    Report::Evaluation(evaluated) => {
                        info!(step = evaluated.step, loss = evaluated.loss, entity_f1 = evaluated.score, "evaluated");
                        curve.add_evaluation(evaluated);
                    }
                }
                kept = checkpoints.keep(engine, &curve, progress, false);
                if kept.is_err() || self.stopping() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            },
        );
        kept?;
        if matches!(trained, Err(JobError::Interrupted)) {
            checkpoints.keep(engine, &curve, &progress, true)?;
        }
        trained?;
        let taken = progress.steps - start;
        Ok((Course { curve, progress }, taken))
    }

    fn stepped(&self, task: &Task<'_>, step: &Step) {
        let Step { step: number, loss, learning_rate, grad_norm, .. } = *step;
        debug!(step = number, loss, learning_rate, grad_norm, "step");
        (self.watch)(&Event::Stepped { job: task.index, step });
    }
}
