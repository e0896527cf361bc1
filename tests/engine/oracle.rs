//! The same network in candle's differentiable operations: padded attention is not needed, sentences run one by one.

use super::*;

pub(super) struct Oracle {
    pub(super) variables: std::collections::BTreeMap<String, Var>,
    heads: usize,
    layers: usize,
}

impl Oracle {
    pub(super) fn load() -> Self {
        let file = golden("models/bert/model.safetensors");
        let tensors = candle_core::safetensors::load(file, &Device::Cpu).expect("a golden");
        let variables = tensors.into_iter().map(|(n, t)| (n, Var::from_tensor(&t).expect("a variable"))).collect();
        Self { variables, heads: 4, layers: 2 }
    }

    fn get(&self, name: &str) -> &Tensor {
        self.variables[name].as_tensor()
    }

    fn linear(&self, x: &Tensor, name: &str) -> candle_core::Result<Tensor> {
        let (weight, bias) = (self.get(&format!("{name}.weight")), self.get(&format!("{name}.bias")));
        x.matmul(&weight.t()?)?.broadcast_add(bias)
    }

    fn norm(&self, x: &Tensor, name: &str) -> candle_core::Result<Tensor> {
        let (weight, bias) = (self.get(&format!("{name}.weight")), self.get(&format!("{name}.bias")));
        candle_nn::ops::layer_norm_slow(x, weight, bias, 1e-12)
    }

    fn attention(&self, x: &Tensor, layer: &str) -> candle_core::Result<Tensor> {
        let (len, hidden) = x.dims2()?;
        let split = |t: Tensor| t.reshape((len, self.heads, hidden / self.heads))?.transpose(0, 1)?.contiguous();
        let part = |name: &str| split(self.linear(x, &format!("{layer}.attention.self.{name}"))?);
        let (q, k, v) = (part("query")?, part("key")?, part("value")?);
        let scores = (q.matmul(&k.transpose(1, 2)?.contiguous()?)? / ((hidden / self.heads) as f64).sqrt())?;
        let context = candle_nn::ops::softmax(&scores, 2)?.matmul(&v)?;
        context.transpose(0, 1)?.reshape((len, hidden))
    }

    pub(super) fn logits(&self, ids: &[u32]) -> candle_core::Result<Tensor> {
        let table = |name: &str| self.get(&format!("bert.embeddings.{name}_embeddings.weight"));
        let ids = Tensor::new(ids, &Device::Cpu)?;
        let len = ids.elem_count();
        let words = table("word").index_select(&ids, 0)?;
        let sum = (words.broadcast_add(&table("token_type").i(0)?)? + table("position").narrow(0, 0, len)?)?;
        let mut x = self.norm(&sum, "bert.embeddings.LayerNorm")?;
        for layer in 0..self.layers {
            let layer = format!("bert.encoder.layer.{layer}");
            let out = self.linear(&self.attention(&x, &layer)?, &format!("{layer}.attention.output.dense"))?;
            let middle = self.norm(&(out + &x)?, &format!("{layer}.attention.output.LayerNorm"))?;
            let up = self.linear(&middle, &format!("{layer}.intermediate.dense"))?.gelu_erf()?;
            let down = self.linear(&up, &format!("{layer}.output.dense"))?;
            x = self.norm(&(down + &middle)?, &format!("{layer}.output.LayerNorm"))?;
        }
        self.linear(&x, "classifier")
    }

    pub(super) fn loss(&self, sentences: &[(Vec<u32>, Vec<i32>)]) -> candle_core::Result<Tensor> {
        let mut terms = Vec::new();
        for (ids, labels) in sentences {
            let logs = candle_nn::ops::log_softmax(&self.logits(ids)?, 1)?;
            for (token, label) in labels.iter().enumerate().filter(|(_, l)| **l != NO_LABEL) {
                terms.push(logs.i((token, *label as usize))?);
            }
        }
        Tensor::stack(&terms, 0)?.mean_all()?.neg()
    }
}
