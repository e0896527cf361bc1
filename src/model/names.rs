//! Tensor names in transformers, without the encoder's prefix; `{}` is the layer or its group.

use super::role::Role;

pub(super) type Names = &'static [(Role, &'static str)];

/// Names in checkpoints that transformers translates: the rows of such a tensor are, one behind the other, these parameters.
pub(super) type Stored = &'static [(&'static str, &'static [Role])];

/// The embeddings of BERT and most others.
pub(super) const EMBEDDINGS: Names = &[
    (Role::WordEmbedding, "embeddings.word_embeddings.weight"),
    (Role::PositionEmbedding, "embeddings.position_embeddings.weight"),
    (Role::EmbeddingNormWeight, "embeddings.LayerNorm.weight"),
    (Role::EmbeddingNormBias, "embeddings.LayerNorm.bias"),
];

/// One row each for the first and second sentence of a pair; only the first is used here.
pub(super) const SEGMENTS: Names = &[(Role::SegmentEmbedding, "embeddings.token_type_embeddings.weight")];

/// The classifier, the same for all families.
pub(super) const CLASSIFIER: Names =
    &[(Role::ClassifierWeight, "classifier.weight"), (Role::ClassifierBias, "classifier.bias")];

/// The CRF, by pytorch-crf's names; transformers has none.
pub(super) const CRF: Names = &[
    (Role::CrfStart, "crf.start_transitions"),
    (Role::CrfEnd, "crf.end_transitions"),
    (Role::CrfTransitions, "crf.transitions"),
];

/// From the embeddings to the encoder's width.
pub(super) const ELECTRA_PROJECTION: Names =
    &[(Role::ProjectionWeight, "embeddings_project.weight"), (Role::ProjectionBias, "embeddings_project.bias")];

/// From the embeddings to the encoder's width.
pub(super) const ALBERT_PROJECTION: Names = &[
    (Role::ProjectionWeight, "encoder.embedding_hidden_mapping_in.weight"),
    (Role::ProjectionBias, "encoder.embedding_hidden_mapping_in.bias"),
];

/// A layer of BERT, RoBERTa and ELECTRA.
pub(super) const BERT_LAYER: Names = &[
    (Role::QueryWeight, "encoder.layer.{}.attention.self.query.weight"),
    (Role::KeyWeight, "encoder.layer.{}.attention.self.key.weight"),
    (Role::ValueWeight, "encoder.layer.{}.attention.self.value.weight"),
    (Role::QueryBias, "encoder.layer.{}.attention.self.query.bias"),
    (Role::KeyBias, "encoder.layer.{}.attention.self.key.bias"),
    (Role::ValueBias, "encoder.layer.{}.attention.self.value.bias"),
    (Role::OutputWeight, "encoder.layer.{}.attention.output.dense.weight"),
    (Role::OutputBias, "encoder.layer.{}.attention.output.dense.bias"),
    (Role::AttentionNormWeight, "encoder.layer.{}.attention.output.LayerNorm.weight"),
    (Role::AttentionNormBias, "encoder.layer.{}.attention.output.LayerNorm.bias"),
    (Role::UpWeight, "encoder.layer.{}.intermediate.dense.weight"),
    (Role::UpBias, "encoder.layer.{}.intermediate.dense.bias"),
    (Role::DownWeight, "encoder.layer.{}.output.dense.weight"),
    (Role::DownBias, "encoder.layer.{}.output.dense.bias"),
    (Role::FeedForwardNormWeight, "encoder.layer.{}.output.LayerNorm.weight"),
    (Role::FeedForwardNormBias, "encoder.layer.{}.output.LayerNorm.bias"),
];

/// Megatron BERT's embeddings, which no norm follows, and its norms, which stand first, beside [`BERT_LAYER`].
pub(super) const MEGATRON_BERT: Names = &[
    (Role::WordEmbedding, "embeddings.word_embeddings.weight"),
    (Role::PositionEmbedding, "embeddings.position_embeddings.weight"),
    (Role::EntryNormWeight, "encoder.layer.{}.attention.ln.weight"),
    (Role::EntryNormBias, "encoder.layer.{}.attention.ln.bias"),
    (Role::AttentionNormWeight, "encoder.layer.{}.ln.weight"),
    (Role::AttentionNormBias, "encoder.layer.{}.ln.bias"),
    (Role::FinalNormWeight, "encoder.ln.weight"),
    (Role::FinalNormBias, "encoder.ln.bias"),
];

/// The same of XLM-RoBERTa XL.
pub(super) const XLM_ROBERTA_XL: Names = &[
    (Role::WordEmbedding, "embeddings.word_embeddings.weight"),
    (Role::PositionEmbedding, "embeddings.position_embeddings.weight"),
    (Role::EntryNormWeight, "encoder.layer.{}.attention.self_attn_layer_norm.weight"),
    (Role::EntryNormBias, "encoder.layer.{}.attention.self_attn_layer_norm.bias"),
    (Role::AttentionNormWeight, "encoder.layer.{}.LayerNorm.weight"),
    (Role::AttentionNormBias, "encoder.layer.{}.LayerNorm.bias"),
    (Role::FinalNormWeight, "encoder.LayerNorm.weight"),
    (Role::FinalNormBias, "encoder.LayerNorm.bias"),
];

pub(super) const DISTILBERT_LAYER: Names = &[
    (Role::QueryWeight, "transformer.layer.{}.attention.q_lin.weight"),
    (Role::KeyWeight, "transformer.layer.{}.attention.k_lin.weight"),
    (Role::ValueWeight, "transformer.layer.{}.attention.v_lin.weight"),
    (Role::QueryBias, "transformer.layer.{}.attention.q_lin.bias"),
    (Role::KeyBias, "transformer.layer.{}.attention.k_lin.bias"),
    (Role::ValueBias, "transformer.layer.{}.attention.v_lin.bias"),
    (Role::OutputWeight, "transformer.layer.{}.attention.out_lin.weight"),
    (Role::OutputBias, "transformer.layer.{}.attention.out_lin.bias"),
    (Role::AttentionNormWeight, "transformer.layer.{}.sa_layer_norm.weight"),
    (Role::AttentionNormBias, "transformer.layer.{}.sa_layer_norm.bias"),
    (Role::UpWeight, "transformer.layer.{}.ffn.lin1.weight"),
    (Role::UpBias, "transformer.layer.{}.ffn.lin1.bias"),
    (Role::DownWeight, "transformer.layer.{}.ffn.lin2.weight"),
    (Role::DownBias, "transformer.layer.{}.ffn.lin2.bias"),
    (Role::FeedForwardNormWeight, "transformer.layer.{}.output_layer_norm.weight"),
    (Role::FeedForwardNormBias, "transformer.layer.{}.output_layer_norm.bias"),
];

/// A group of layers of ALBERT, which share these.
pub(super) const ALBERT_LAYER: Names = &[
    (Role::QueryWeight, "encoder.albert_layer_groups.{}.albert_layers.0.attention.query.weight"),
    (Role::KeyWeight, "encoder.albert_layer_groups.{}.albert_layers.0.attention.key.weight"),
    (Role::ValueWeight, "encoder.albert_layer_groups.{}.albert_layers.0.attention.value.weight"),
    (Role::QueryBias, "encoder.albert_layer_groups.{}.albert_layers.0.attention.query.bias"),
    (Role::KeyBias, "encoder.albert_layer_groups.{}.albert_layers.0.attention.key.bias"),
    (Role::ValueBias, "encoder.albert_layer_groups.{}.albert_layers.0.attention.value.bias"),
    (Role::OutputWeight, "encoder.albert_layer_groups.{}.albert_layers.0.attention.dense.weight"),
    (Role::OutputBias, "encoder.albert_layer_groups.{}.albert_layers.0.attention.dense.bias"),
    (Role::AttentionNormWeight, "encoder.albert_layer_groups.{}.albert_layers.0.attention.LayerNorm.weight"),
    (Role::AttentionNormBias, "encoder.albert_layer_groups.{}.albert_layers.0.attention.LayerNorm.bias"),
    (Role::UpWeight, "encoder.albert_layer_groups.{}.albert_layers.0.ffn.weight"),
    (Role::UpBias, "encoder.albert_layer_groups.{}.albert_layers.0.ffn.bias"),
    (Role::DownWeight, "encoder.albert_layer_groups.{}.albert_layers.0.ffn_output.weight"),
    (Role::DownBias, "encoder.albert_layer_groups.{}.albert_layers.0.ffn_output.bias"),
    (Role::FeedForwardNormWeight, "encoder.albert_layer_groups.{}.albert_layers.0.full_layer_layer_norm.weight"),
    (Role::FeedForwardNormBias, "encoder.albert_layer_groups.{}.albert_layers.0.full_layer_layer_norm.bias"),
];

/// MPNet's table of relative positions, and its names for parts of [`BERT_LAYER`].
pub(super) const MPNET: Names = &[
    (Role::RelativeBias, "encoder.relative_attention_bias.weight"),
    (Role::QueryWeight, "encoder.layer.{}.attention.attn.q.weight"),
    (Role::KeyWeight, "encoder.layer.{}.attention.attn.k.weight"),
    (Role::ValueWeight, "encoder.layer.{}.attention.attn.v.weight"),
    (Role::QueryBias, "encoder.layer.{}.attention.attn.q.bias"),
    (Role::KeyBias, "encoder.layer.{}.attention.attn.k.bias"),
    (Role::ValueBias, "encoder.layer.{}.attention.attn.v.bias"),
    (Role::OutputWeight, "encoder.layer.{}.attention.attn.o.weight"),
    (Role::OutputBias, "encoder.layer.{}.attention.attn.o.bias"),
    (Role::AttentionNormWeight, "encoder.layer.{}.attention.LayerNorm.weight"),
    (Role::AttentionNormBias, "encoder.layer.{}.attention.LayerNorm.bias"),
];

/// The table of relative positions of DeBERTa v2, and its norm, beside embeddings named as BERT's.
pub(super) const DEBERTA_V2_POSITIONS: Names = &[
    (Role::RelativeEmbedding, "encoder.rel_embeddings.weight"),
    (Role::RelativeNormWeight, "encoder.LayerNorm.weight"),
    (Role::RelativeNormBias, "encoder.LayerNorm.bias"),
];

pub(super) const DEBERTA_V2_CONVOLUTION: Names = &[
    (Role::ConvolutionWeight, "encoder.conv.conv.weight"),
    (Role::ConvolutionBias, "encoder.conv.conv.bias"),
    (Role::ConvolutionNormWeight, "encoder.conv.LayerNorm.weight"),
    (Role::ConvolutionNormBias, "encoder.conv.LayerNorm.bias"),
];

pub(super) const DEBERTA_V2_LAYER: Names = &[
    (Role::QueryWeight, "encoder.layer.{}.attention.self.query_proj.weight"),
    (Role::KeyWeight, "encoder.layer.{}.attention.self.key_proj.weight"),
    (Role::ValueWeight, "encoder.layer.{}.attention.self.value_proj.weight"),
    (Role::QueryBias, "encoder.layer.{}.attention.self.query_proj.bias"),
    (Role::KeyBias, "encoder.layer.{}.attention.self.key_proj.bias"),
    (Role::ValueBias, "encoder.layer.{}.attention.self.value_proj.bias"),
];

/// The linear layers of a layer of Llama's kind, and the norm before or behind its feed-forward part.
pub(super) const LLAMA_LAYER: Names = &[
    (Role::QueryWeight, "layers.{}.self_attn.q_proj.weight"),
    (Role::KeyWeight, "layers.{}.self_attn.k_proj.weight"),
    (Role::ValueWeight, "layers.{}.self_attn.v_proj.weight"),
    (Role::QueryBias, "layers.{}.self_attn.q_proj.bias"),
    (Role::KeyBias, "layers.{}.self_attn.k_proj.bias"),
    (Role::ValueBias, "layers.{}.self_attn.v_proj.bias"),
    (Role::OutputWeight, "layers.{}.self_attn.o_proj.weight"),
    (Role::OutputBias, "layers.{}.self_attn.o_proj.bias"),
    (Role::AttentionNormWeight, "layers.{}.post_attention_layernorm.weight"),
    (Role::GateWeight, "layers.{}.mlp.gate_proj.weight"),
    (Role::GateBias, "layers.{}.mlp.gate_proj.bias"),
    (Role::UpWeight, "layers.{}.mlp.up_proj.weight"),
    (Role::UpBias, "layers.{}.mlp.up_proj.bias"),
    (Role::DownWeight, "layers.{}.mlp.down_proj.weight"),
    (Role::DownBias, "layers.{}.mlp.down_proj.bias"),
];

/// What EuroBERT has beside [`LLAMA_LAYER`].
pub(super) const EUROBERT: Names = &[
    (Role::WordEmbedding, "embed_tokens.weight"),
    (Role::EntryNormWeight, "layers.{}.input_layernorm.weight"),
    (Role::FinalNormWeight, "norm.weight"),
];

/// The norms behind, beside [`LLAMA_LAYER`].
pub(super) const LLAMA_NORMS_BEHIND: Names = &[
    (Role::AttentionNormBias, "layers.{}.post_attention_layernorm.bias"),
    (Role::FeedForwardNormWeight, "layers.{}.post_mlp_layernorm.weight"),
    (Role::FeedForwardNormBias, "layers.{}.post_mlp_layernorm.bias"),
];

/// GTE's tensors as its checkpoints have them (`conversion_mapping.py`).
pub(super) const STORED_GTE: Stored = &[
    ("encoder.layer.{}.attention.qkv_proj.weight", &[Role::QueryWeight, Role::KeyWeight, Role::ValueWeight]),
    ("encoder.layer.{}.attention.qkv_proj.bias", &[Role::QueryBias, Role::KeyBias, Role::ValueBias]),
    ("encoder.layer.{}.attention.o_proj.weight", &[Role::OutputWeight]),
    ("encoder.layer.{}.attention.o_proj.bias", &[Role::OutputBias]),
    ("encoder.layer.{}.attn_ln.weight", &[Role::AttentionNormWeight]),
    ("encoder.layer.{}.attn_ln.bias", &[Role::AttentionNormBias]),
    ("encoder.layer.{}.mlp.up_gate_proj.weight", &[Role::UpWeight, Role::GateWeight]),
    ("encoder.layer.{}.mlp.down_proj.weight", &[Role::DownWeight]),
    ("encoder.layer.{}.mlp.down_proj.bias", &[Role::DownBias]),
    ("encoder.layer.{}.mlp_ln.weight", &[Role::FeedForwardNormWeight]),
    ("encoder.layer.{}.mlp_ln.bias", &[Role::FeedForwardNormBias]),
];

/// The same of Nomic BERT.
pub(super) const STORED_NOMIC_BERT: Stored = &[
    ("emb_ln.weight", &[Role::EmbeddingNormWeight]),
    ("emb_ln.bias", &[Role::EmbeddingNormBias]),
    ("encoder.layers.{}.attn.Wqkv.weight", &[Role::QueryWeight, Role::KeyWeight, Role::ValueWeight]),
    ("encoder.layers.{}.attn.out_proj.weight", &[Role::OutputWeight]),
    ("encoder.layers.{}.norm1.weight", &[Role::AttentionNormWeight]),
    ("encoder.layers.{}.norm1.bias", &[Role::AttentionNormBias]),
    ("encoder.layers.{}.mlp.fc11.weight", &[Role::UpWeight]),
    ("encoder.layers.{}.mlp.fc12.weight", &[Role::GateWeight]),
    ("encoder.layers.{}.mlp.fc2.weight", &[Role::DownWeight]),
    ("encoder.layers.{}.norm2.weight", &[Role::FeedForwardNormWeight]),
    ("encoder.layers.{}.norm2.bias", &[Role::FeedForwardNormBias]),
];

pub(super) const MODERNBERT: Names = &[
    (Role::WordEmbedding, "embeddings.tok_embeddings.weight"),
    (Role::EmbeddingNormWeight, "embeddings.norm.weight"),
    (Role::EmbeddingNormBias, "embeddings.norm.bias"),
    (Role::EntryNormWeight, "layers.{}.attn_norm.weight"),
    (Role::EntryNormBias, "layers.{}.attn_norm.bias"),
    (Role::QkvWeight, "layers.{}.attn.Wqkv.weight"),
    (Role::QkvBias, "layers.{}.attn.Wqkv.bias"),
    (Role::OutputWeight, "layers.{}.attn.Wo.weight"),
    (Role::OutputBias, "layers.{}.attn.Wo.bias"),
    (Role::AttentionNormWeight, "layers.{}.mlp_norm.weight"),
    (Role::AttentionNormBias, "layers.{}.mlp_norm.bias"),
    (Role::UpWeight, "layers.{}.mlp.Wi.weight"),
    (Role::UpBias, "layers.{}.mlp.Wi.bias"),
    (Role::DownWeight, "layers.{}.mlp.Wo.weight"),
    (Role::DownBias, "layers.{}.mlp.Wo.bias"),
    (Role::FinalNormWeight, "final_norm.weight"),
    (Role::FinalNormBias, "final_norm.bias"),
    (Role::HeadWeight, "head.dense.weight"),
    (Role::HeadBias, "head.dense.bias"),
    (Role::HeadNormWeight, "head.norm.weight"),
    (Role::HeadNormBias, "head.norm.bias"),
];
