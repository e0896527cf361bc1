//! AdamW over the arena: the gradient's global norm, and steps.

use crate::model::{Parameter, Role, Span};

use crate::engine::adamw::{AdamW, Group, Rates, TrainingState};
use crate::engine::batch::{Batch, NO_POSITION};
use crate::engine::model_plan::ModelPlan;

use super::adamw::square;
use super::lazy_rows::LazyTable;
use super::operations::Cpu;

/// One learning parameter.
#[derive(Debug)]
struct Learning {
    state: TrainingState<Span>,
    gradient: Span,
    group: Group,
    kind: Kind,
}

/// How a parameter steps, and where its gradient's squares come from.
#[derive(Debug)]
enum Kind {
    /// A matrix. The backward pass leaves the sum of each row's squares in this span.
    Matrix(Span),
    /// A vector, or a few rows, of this width.
    Vector(usize),
    /// Word or position embeddings, of which a step uses few rows.
    Table(Role, LazyTable),
}

/// The optimizer's state; the moments lie in the arena.
#[derive(Debug)]
pub(super) struct Optimizer {
    learning: Vec<Learning>,
    /// Steps taken.
    pub steps: u64,
    /// Whether rows of tables have steps outstanding.
    pub outstanding: bool,
}

impl Optimizer {
    /// For what learns in `plan`.
    pub(super) fn new(plan: &ModelPlan) -> Self {
        Self::over(plan.learning_parameters().map(|parameter| Learning::new(plan, parameter)).collect())
    }

    fn over(learning: Vec<Learning>) -> Self {
        Self { learning, steps: 0, outstanding: false }
    }

    /// Writes the zeros that moments start with. A page that is read before it is written is mapped twice, the second
    /// time at a cost to every thread. Tables are left out, since most of their rows never have a gradient.
    pub(super) fn begin(&self, cpu: &mut Cpu<'_>) {
        for parameter in self.learning.iter().filter(|parameter| !matches!(parameter.kind, Kind::Table(..))) {
            cpu.clear(parameter.state.first_moments);
            cpu.clear(parameter.state.second_moments);
        }
    }

    fn tables(&mut self) -> impl Iterator<Item = (Role, &mut LazyTable)> {
        self.learning.iter_mut().filter_map(|parameter| match &mut parameter.kind {
            Kind::Table(role, table) => Some((*role, table)),
            Kind::Matrix(_) | Kind::Vector(_) => None,
        })
    }

    /// Continues after `steps` steps from the moments in the arena.
    pub(super) fn resume(&mut self, cpu: &Cpu<'_>, steps: u64) {
        self.steps = steps;
        self.outstanding = false;
        self.tables().for_each(|(_, table)| table.resume(cpu));
    }

    /// Brings the word and position rows of `batch` up to date and marks them as having a gradient. `first_position`:
    /// the row of position 0.
    pub(super) fn touch(&mut self, cpu: &mut Cpu<'_>, batch: &Batch, first_position: usize) {
        for (role, table) in self.tables() {
            if role == Role::WordEmbedding {
                table.touch(cpu, batch.ids.iter().copied());
            } else {
                let longest = batch.sequences.iter().map(|sequence| sequence.len).max().unwrap_or_default();
                // padding has the row before the first
                let first = first_position - usize::from(batch.position_ids.contains(&NO_POSITION));
                table.touch(cpu, (first..first_position + longest).map(|row| row as u32));
            }
        }
    }

    /// Sets the gradients of word and position tables to zero.
    pub(super) fn clear_tables(&mut self, cpu: &mut Cpu<'_>) {
        self.tables().for_each(|(_, table)| table.clear_gradient(cpu));
    }

    /// The norm of the whole gradient: rows summed in float32 lanes, their sums in float64 in order.
    pub(super) fn gradient_norm(&mut self, cpu: &Cpu<'_>) -> f64 {
        let squares = self.learning.iter_mut().map(|parameter| match &mut parameter.kind {
            Kind::Matrix(squares) => cpu.values(*squares).iter().map(|square| f64::from(*square)).sum(),
            Kind::Vector(width) => cpu.values(parameter.gradient).chunks(*width).map(square).sum(),
            Kind::Table(_, table) => table.squares(cpu),
        });
        libm::sqrt(squares.sum::<f64>())
    }

    /// Takes a step along the gradient, whose norm is `norm`.
    pub(super) fn step(&mut self, cpu: &mut Cpu<'_>, options: &AdamW, rates: Rates, norm: f64) {
        self.steps += 1;
        for parameter in &mut self.learning {
            let constants = options.update(parameter.group, self.steps, rates, norm);
            match &mut parameter.kind {
                Kind::Matrix(_) | Kind::Vector(_) => cpu.update(parameter.state, parameter.gradient, &constants),
                Kind::Table(_, table) => {
                    table.step(cpu, &constants);
                    self.outstanding = true;
                }
            }
        }
    }

    /// Takes all outstanding steps.
    pub(super) fn flush(&mut self, cpu: &mut Cpu<'_>) {
        self.tables().for_each(|(_, table)| table.flush(cpu));
        self.outstanding = false;
    }
}

impl Learning {
    fn new(plan: &ModelPlan, parameter: &Parameter) -> Self {
        let (span, workspace) = (parameter.span, &plan.workspace);
        let state = TrainingState {
            parameters: span,
            first_moments: plan.within(workspace.first_moments, span),
            second_moments: plan.within(workspace.second_moments, span),
        };
        let gradient = plan.gradient(span);
        let width = *parameter.shape.last().expect("a parameter has a shape");
        Self {
            state,
            gradient,
            group: plan.group(parameter),
            kind: match parameter.role {
                role @ (Role::WordEmbedding | Role::PositionEmbedding) => {
                    Kind::Table(role, LazyTable::new(state, gradient, width))
                }
                _ => workspace.squares.of(parameter.span).map_or(Kind::Vector(width), Kind::Matrix),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    /// torch's AdamW with Trainer's groups, clipping and schedule: the origin is make_goldens.py, `optimizer`.
    #[derive(Deserialize)]
    struct Golden {
        start: Start,
        weight_decay: f64,
        betas: [f64; 2],
        eps: f64,
        clip: f64,
        steps: Vec<Step>,
    }

    #[derive(Deserialize)]
    struct Start {
        weight: Vec<Vec<f32>>,
        bias: Vec<f32>,
    }

    #[derive(Deserialize)]
    struct Step {
        grad_weight: Vec<Vec<f32>>,
        grad_bias: Vec<f32>,
        grad_norm: f64,
        learning_rate: f64,
        weight: Vec<Vec<f32>>,
        bias: Vec<f32>,
    }

    /// A learning vector in an arena of parameters, both moments and gradients, `total` floats each.
    fn learning(start: usize, len: usize, total: usize, decays: bool) -> Learning {
        let [parameters, first_moments, second_moments, gradient] =
            [0, 1, 2, 3].map(|buffer| Span { start: buffer * total + start, len });
        let state = TrainingState { parameters, first_moments, second_moments };
        Learning {
            state,
            gradient,
            group: Group { decays, head: false, above: 0, rate: None, decay: None },
            kind: Kind::Vector(len),
        }
    }

    #[test]
    fn adamw_matches_torch_at_every_step() {
        let text = include_str!("../../../tests/goldens/optimizer.json");
        let golden: Golden = serde_json::from_str(text).expect("the golden's format");
        let start = [golden.start.weight.concat(), golden.start.bias].concat();
        let total = start.len();
        let mut optimizer = Optimizer::over(vec![learning(0, 12, total, true), learning(12, 3, total, false)]);
        let options = AdamW {
            betas: golden.betas,
            epsilon: golden.eps,
            weight_decay: golden.weight_decay,
            max_grad_norm: golden.clip,
            layer_decay: 1.0,
        };
        let mut memory = [start, vec![0.0; 3 * total]].concat();
        for (index, step) in golden.steps.iter().enumerate() {
            memory[3 * total..].copy_from_slice(&[step.grad_weight.concat(), step.grad_bias.clone()].concat());
            let mut cpu = Cpu::new(&mut memory);
            let norm = optimizer.gradient_norm(&cpu);
            let rates = Rates { encoder: step.learning_rate, head: step.learning_rate, factor: 1.0 };
            optimizer.step(&mut cpu, &options, rates, norm);
            assert!((norm - step.grad_norm).abs() < 1e-6 * step.grad_norm, "step {index}: {norm} {}", step.grad_norm);
            for (ours, theirs) in memory.iter().zip([step.weight.concat(), step.bias.clone()].concat()) {
                assert!((ours - theirs).abs() < 1e-6, "step {index}: {ours} against {theirs}");
            }
        }
    }

    /// torch's AdamW with groups of other rates and decays: the origin is tests/peer/parameter_groups.py.
    #[derive(Deserialize)]
    struct GroupsGolden {
        rate: f64,
        decay: f64,
        clip: f64,
        parameters: Vec<GroupGolden>,
        steps: Vec<GroupsStep>,
    }

    #[derive(Deserialize)]
    struct GroupGolden {
        name: String,
        rate: Option<f64>,
        decay: Option<f64>,
        start: Vec<f32>,
    }

    #[derive(Deserialize)]
    struct GroupsStep {
        factor: f64,
        gradients: Vec<Vec<f32>>,
        norm: f64,
        rates: Vec<f64>,
        values: Vec<Vec<f32>>,
    }

    #[test]
    fn groups_step_as_those_of_torch_at_every_step() {
        let text = include_str!("../../../tests/goldens/parameter_groups.json");
        let golden: GroupsGolden = serde_json::from_str(text).expect("the golden's format");
        let start = golden.parameters.iter().flat_map(|one| one.start.clone()).collect::<Vec<_>>();
        let (total, mut at, mut all) = (start.len(), 0, Vec::new());
        for GroupGolden { name, rate, decay, start } in &golden.parameters {
            let mut parameter = learning(at, start.len(), total, !name.ends_with(".bias"));
            parameter.group = Group { rate: *rate, decay: *decay, ..parameter.group };
            all.push(parameter);
            at += start.len();
        }
        let mut optimizer = Optimizer::over(all);
        let options = AdamW {
            betas: [0.9, 0.999],
            epsilon: 1e-8,
            weight_decay: golden.decay,
            max_grad_norm: golden.clip,
            layer_decay: 1.0,
        };
        let mut memory = [start, vec![0.0; 3 * total]].concat();
        for (index, step) in golden.steps.iter().enumerate() {
            memory[3 * total..].copy_from_slice(&step.gradients.concat());
            let mut cpu = Cpu::new(&mut memory);
            let norm = optimizer.gradient_norm(&cpu);
            let rate = golden.rate * step.factor;
            let rates = Rates { encoder: rate, head: rate, factor: step.factor };
            optimizer.step(&mut cpu, &options, rates, norm);
            assert!((norm - step.norm).abs() < 1e-6 * step.norm, "step {index}: {norm} {}", step.norm);
            for (parameter, theirs) in optimizer.learning.iter().zip(&step.rates) {
                let ours = options.rate(rates, parameter.group);
                assert!((ours - theirs).abs() <= 1e-12 * theirs, "step {index}: {ours} against {theirs}");
            }
            for (ours, theirs) in memory.iter().zip(step.values.concat()) {
                assert!((ours - theirs).abs() < 1e-6, "step {index}: {ours} against {theirs}");
            }
        }
    }
}
