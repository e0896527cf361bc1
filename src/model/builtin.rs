//! `builtin:tiny`: a small BERT with random weights, to check the whole program without a network.

use std::path::Path;

use crate::data::builtin::tokenizer_json;
use crate::hub::{Builtin, BuiltinFile, Kind};
use crate::random::Stream;

use super::config::Config;
use super::layout::Layout;

/// Its `config.json`; the vocabulary is that of `builtin:es`.
pub const TINY_CONFIG: &str = r#"{
  "model_type": "bert",
  "vocab_size": 978,
  "hidden_size": 64,
  "num_hidden_layers": 2,
  "num_attention_heads": 4,
  "intermediate_size": 256,
  "max_position_embeddings": 128,
  "type_vocab_size": 2,
  "hidden_act": "gelu",
  "hidden_dropout_prob": 0.1,
  "attention_probs_dropout_prob": 0.1,
  "initializer_range": 0.02,
  "layer_norm_eps": 1e-12
}
"#;

/// The built-in checkpoint as an input, with the content that is hashed.
pub const TINY: Builtin = Builtin { kind: Kind::Model, name: "tiny", files: files_of_tiny };

/// The configuration of `builtin:NAME`; none if there is none.
pub fn config(name: &str) -> Option<Config> {
    let path = Path::new("builtin:tiny/config.json");
    (name == TINY.name).then(|| Config::parse(TINY_CONFIG, path).expect("the program's own configuration is valid"))
}

/// Initializes the encoder's weights as transformers does for BERT: matrices and embeddings from N(0, initializer_range),
/// norms 1, biases 0. The stream of a parameter is (0, its name), so weights are the same on every platform.
pub fn draw(config: &Config, layout: &Layout, parameters: &mut [f32]) {
    for parameter in layout.parameters.iter().filter(|p| !p.role.is_classifier() && !p.role.is_lora()) {
        let values = &mut parameters[parameter.span.range()];
        match parameter.role {
            role if role.is_norm_weight() => values.fill(1.0),
            role if role.decays() => {
                let stream = Stream::new(0, &parameter.name, 0);
                for (i, value) in values.iter_mut().enumerate() {
                    *value = (stream.normal(i as u64) * config.initializer_range) as f32;
                }
            }
            _ => values.fill(0.0),
        }
    }
}

fn files_of_tiny() -> Vec<BuiltinFile> {
    let config = config(TINY.name).expect("its own name");
    let layout = Layout::new(&config, 1);
    let mut parameters = vec![0.0; layout.len];
    draw(&config, &layout, &mut parameters);
    let weights = parameters.iter().flat_map(|value| value.to_le_bytes()).collect();
    let file = |role: &str, name: &str, bytes| BuiltinFile { role: role.to_owned(), name: name.to_owned(), bytes };
    vec![
        file("config", "config.json", TINY_CONFIG.as_bytes().to_vec()),
        file("weights/0", "weights.f32", weights),
        file("tokenizer/0", "tokenizer.json", tokenizer_json().into_bytes()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vocabulary_fits_the_embedding() {
        let config = config("tiny").expect("there is one");
        assert_eq!(config.vocabulary, crate::data::builtin::tokenizer().vocabulary_size());
    }
}
