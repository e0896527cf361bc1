//! Attention forward and backward, for batches of sentences of several lengths.

use std::sync::LazyLock;

use runner::engine::cpu::attention::{self as cpu, Scoring};
use runner::engine::cpu::queries::{Heads, Queries};
use runner::engine::cuda::arguments::{Attention, AttentionBackward, Sentence, WIDEST_HEAD};
use runner::engine::{Batch, Tokens};

use super::*;

/// Every case with what device and CPU make of it, found once for all tests.
static OUTCOMES: LazyLock<Vec<(Case, Outcome, Expected)>> = LazyLock::new(|| {
    let outcomes = Case::all().map(|case| {
        let (device, cpu) = (case.on_device(), case.on_cpu());
        (case, device, cpu)
    });
    outcomes.collect()
});

/// Heads and the width of each, with the lengths of sentences: shorter and longer than a tile of keys, of either
/// height, and than what the block's warps take at once.
const CASES: [([usize; 2], &[usize]); 9] = [
    ([1, 1], &[1]),
    ([2, 5], &[3, 1, 17]),
    ([3, 33], &[16, 5]),
    ([2, 32], &[64, 31, 65]),
    ([2, 64], &[1, 17, 64, 65, 130]),
    ([1, 65], &[33, 7]),
    ([1, 96], &[32, 65]),
    ([2, WIDEST_HEAD as usize], &[1, 17, 64, 130]),
    ([1, 64], &[520]),
];

/// A batch with which of its tokens are queries, and everything that its sizes follow from.
struct Case {
    batch: Batch,
    which: Tokens,
    heads: usize,
    width: usize,
    mask: Option<Mask>,
    /// The element of qkv that is no number, if one is.
    spoilt: Option<usize>,
}

/// The output of attention, then that of its backward pass; activations and their copies in bfloat16.
struct Outcome {
    qkv: Vec<f32>,
    context: Vec<f32>,
    weights: Vec<f32>,
    gradient: Vec<f32>,
    dropped: Vec<f32>,
    copies: [Vec<bf16>; 2],
}

/// The same of a CPU.
struct Expected {
    context: Vec<f32>,
    weights: Vec<f32>,
    gradient: Vec<f32>,
}

impl Case {
    /// All combinations of queries and masks; two tokens out of three are selected, and none of every third sentence.
    fn all() -> impl Iterator<Item = Self> {
        let kinds = [(Tokens::All, None), (Tokens::All, mask()), (Tokens::Selected, None), (Tokens::Selected, mask())];
        CASES.into_iter().flat_map(move |([heads, width], lengths)| {
            kinds.map(|(which, mask)| {
                let mut batch = Batch::new(heads);
                for (index, &len) in lengths.iter().enumerate() {
                    let selected =
                        (0..len as u32).filter(|position| index % 3 != 1 && (position + index as u32) % 3 != 2);
                    batch.push_selecting(3 * index as u32 + 1, &vec![0; len], &vec![0; len], selected);
                }
                Self { batch, which, heads, width, mask, spoilt: None }
            })
        })
    }

    fn name(&self) -> String {
        let lengths: Vec<usize> = self.batch.sequences.iter().map(|sequence| sequence.len).collect();
        format!("{lengths:?}, {:?} {} wide, dropout {}", self.which, self.width, self.mask.is_some())
    }

    fn hidden(&self) -> usize {
        self.heads * self.width
    }

    fn queries(&self) -> usize {
        self.batch.rows(self.which).positions.len()
    }

    fn inputs(&self) -> [Vec<f32>; 3] {
        let (tokens, hidden) = (self.batch.tokens(), self.hidden());
        let mut qkv = draws("qkv", tokens * 3 * hidden);
        if let Some(at) = self.spoilt {
            qkv[at] = f32::NAN;
        }
        [qkv, draws("bias", 3 * hidden), draws("outer", self.queries() * hidden)]
    }

    /// Where each weight lies, with its example, head, position of the query and key; keys beyond the sentence too.
    fn weights(&self) -> Vec<(usize, [usize; 4], bool)> {
        let mut found = Vec::new();
        for sequence in &self.batch.sequences {
            let columns = sequence.len.next_multiple_of(16);
            let positions: Vec<usize> = match self.which {
                Tokens::All => (0..sequence.len).collect(),
                Tokens::Selected => {
                    let selected = &self.batch.selected.positions[sequence.first_selected..][..sequence.selected];
                    selected.iter().map(|position| *position as usize).collect()
                }
                Tokens::Distances => unreachable!("distances ask nothing"),
            };
            let rows = (0..self.heads).flat_map(|head| positions.iter().map(move |position| (head, *position)));
            for (row, (head, position)) in rows.enumerate() {
                for key in 0..columns {
                    let at = sequence.weights + row * columns + key;
                    found.push((at, [sequence.example as usize, head, position, key], key < sequence.len));
                }
            }
        }
        found
    }

    fn on_cpu(&self) -> Expected {
        let [qkv, bias, outer] = self.inputs();
        let qkv = biased(&qkv, &bias);
        let nothing = |len| vec![f32::NAN; len];
        let (mut context, mut weights) = (nothing(outer.len()), nothing(self.batch.attention_weights()));
        let mut gradient = nothing(qkv.len());
        let heads = Heads { count: self.heads, width: self.width };
        let queries = Queries::new(&self.batch, self.which);
        let scoring = Scoring { mask: self.mask.as_ref(), ..Scoring::default() };
        cpu::forward(&mut context, &mut weights, &qkv, queries, heads, scoring);
        let softmax = weights.clone();
        cpu::backward(&mut gradient, &outer, &mut weights, &qkv, queries, heads, scoring);
        Expected { context, weights: softmax, gradient }
    }

    fn on_device(&self) -> Outcome {
        let sentences: Vec<Sentence> = self.batch.sequences.iter().map(sentence).collect();
        let (weights_len, blocks) = (self.batch.attention_weights(), [sentences.len(), self.heads]);
        let [qkv_values, bias, outer] = self.inputs();
        let (floats, copies) = on_both(|device| {
            let (qkv, gradient) = (device.floats(&qkv_values), device.room(qkv_values.len()));
            let (context, weights) = (device.room(outer.len()), device.room(weights_len));
            let [context_bf16, gradient_bf16] = [outer.len(), qkv_values.len()].map(|len| device.bf16_room(len));
            let sentences = device.structures(&sentences);
            let positions = device.words(self.batch.rows(self.which).positions);
            let [heads, width] = [self.heads, self.width].map(|count| count as u32);
            let (selected, mask) = (u32::from(self.which == Tokens::Selected), self.mask.as_ref().into());
            let arguments = Attention {
                context,
                bf16: context_bf16,
                weights,
                qkv,
                bias: device.floats(&bias),
                sentences,
                positions,
                heads,
                width,
                selected,
                reach: u32::MAX,
                mask,
            };
            device.launch(blocks, &arguments);
            let softmax = device.read(weights, weights_len);
            let arguments = AttentionBackward {
                gradient,
                bf16: gradient_bf16,
                context_gradient: device.floats(&outer),
                weights,
                score_gradients: device.room(weights_len),
                qkv,
                sentences,
                positions,
                heads,
                width,
                selected,
                terms: 1,
                mask,
            };
            device.launch(blocks, &arguments);
            let read = |at, len| device.read(at, len);
            let floats = [
                read(qkv, qkv_values.len()),
                read(context, outer.len()),
                softmax,
                read(gradient, qkv_values.len()),
                read(weights, weights_len),
            ];
            let copies =
                [device.read_bf16(context_bf16, outer.len()), device.read_bf16(gradient_bf16, qkv_values.len())];
            (floats, copies)
        });
        let [qkv, context, weights, gradient, dropped] = floats;
        Outcome { qkv, context, weights, gradient, dropped, copies }
    }
}

fn sentence(sequence: &runner::engine::Sequence) -> Sentence {
    let [start, len, weights] = [sequence.start, sequence.len, sequence.weights].map(|value| value as u32);
    let [first_selected, selected] = [sequence.first_selected, sequence.selected].map(|value| value as u32);
    Sentence { start, len, example: sequence.example, weights, first_selected, selected }
}

#[test]
fn attention_and_its_gradient_are_those_of_the_cpu() {
    for (case, device, cpu) in OUTCOMES.iter() {
        let name = case.name();
        let [qkv, bias, _] = case.inputs();
        assert_same(&device.qkv, &biased(&qkv, &bias), &format!("qkv, {name}"));
        let at: Vec<usize> = case.weights().into_iter().map(|(at, _, _)| at).collect();
        let [own, other] = [&device.weights, &cpu.weights].map(|all| at.iter().map(|at| all[*at]).collect::<Vec<_>>());
        assert_close(&own, &other, &format!("weights, {name}"));
        assert_close(&device.context, &cpu.context, &format!("context, {name}"));
        assert_rounded(&device.copies[0], &device.context, &format!("context, {name}"));
        assert_close(&device.gradient, &cpu.gradient, &format!("∂qkv, {name}"));
        assert_rounded(&device.copies[1], &device.gradient, &format!("∂qkv, {name}"));
    }
}

#[test]
fn each_part_of_the_gradient_is_that_of_the_cpu() {
    for (case, device, cpu) in OUTCOMES.iter() {
        let name = case.name();
        for (part, what) in ["∂Q", "∂K", "∂V"].into_iter().enumerate() {
            let hidden = case.hidden();
            let of = |all: &[f32]| -> Vec<f32> {
                all.chunks(3 * hidden).flat_map(|token| &token[part * hidden..][..hidden]).copied().collect()
            };
            let (own, other) = (of(&device.gradient), of(&cpu.gradient));
            // a sentence of one token has no ∂Q and ∂K to speak of
            if other.iter().any(|gradient| gradient.abs() > 1e-3) {
                assert_close(&own, &other, &format!("{what}, {name}"));
            }
        }
    }
}

#[test]
fn a_token_that_is_not_selected_has_no_gradient_of_its_query() {
    for (case, device, _) in OUTCOMES.iter().filter(|(case, _, _)| case.which == Tokens::Selected) {
        let (name, hidden) = (case.name(), case.hidden());
        for (token, gradient) in device.gradient.chunks(3 * hidden).enumerate() {
            let alone = !case.batch.selected.tokens.contains(&(token as u32));
            let of = case.batch.sequences.iter().find(|s| (s.start..s.start + s.len).contains(&token));
            let silent = of.expect("a sentence has it").selected == 0;
            let zeros = if silent {
                3 * hidden
            } else if alone {
                hidden
            } else {
                0
            };
            assert!(gradient[..zeros].iter().all(|gradient| gradient.to_bits() == 0), "token {token}, {name}");
        }
    }
}

#[test]
fn weights_are_dropped_by_the_masks_of_the_cpu_and_stay_zero_beyond_the_keys() {
    for (case, device, _) in OUTCOMES.iter() {
        let name = case.name();
        for (at, [example, head, position, key], within) in case.weights() {
            let columns = {
                let of = case.batch.sequences.iter().find(|s| s.example as usize == example);
                of.expect("a sentence has it").len.next_multiple_of(16)
            };
            let weight = device.weights[at];
            let factor = match case.mask {
                Some(_) => factor(example as u32, head as u32, position * columns + key),
                None => 1.0,
            };
            let expected = if factor == 0.0 || !within { 0.0 } else { weight * factor };
            assert_eq!(device.dropped[at].to_bits(), expected.to_bits(), "query {position}, key {key}, {name}");
            assert!(within || weight.to_bits() == 0, "query {position}, key {key}, {name}");
        }
    }
}

#[test]
fn a_key_that_is_nan_makes_its_whole_head_nan() {
    let mut batch = Batch::new(2);
    batch.push(0, &[0; 3], &[0; 3]);
    let case = Case { batch, which: Tokens::All, heads: 2, width: 5, mask: None, spoilt: Some(10) };
    let (device, cpu) = (case.on_device(), case.on_cpu());
    assert_eq!(cpu.context.iter().filter(|value| value.is_nan()).count(), 15);
    assert!(device.context.iter().map(|value| value.is_nan()).eq(cpu.context.iter().map(|value| value.is_nan())));
}
