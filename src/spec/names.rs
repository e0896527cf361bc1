//! Names that people write and the keys that they mean: typos, keys of other tables, arguments of Hugging Face.

use super::keys::{KeyPath, tables};

/// What to write for an argument of another program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ours {
    /// A key.
    Key(&'static str),
    /// Not a key: what to do instead.
    Instead(&'static str),
}

use Ours::{Instead, Key};

/// Arguments of Hugging Face's Trainer and of its example scripts, and ours.
const HUGGING_FACE: &[(&str, Ours)] = &[
    ("num_train_epochs", Key("train.epochs")),
    ("num_epochs", Key("train.epochs")),
    ("n_epochs", Key("train.epochs")),
    ("per_device_train_batch_size", Key("train.batch_size")),
    ("per_gpu_train_batch_size", Key("train.batch_size")),
    ("train_batch_size", Key("train.batch_size")),
    ("per_device_eval_batch_size", Instead("remove it: predictions do not depend on a batch size")),
    ("eval_batch_size", Instead("remove it: predictions do not depend on a batch size")),
    ("gradient_accumulation_steps", Key("train.gradient_accumulation")),
    ("lr", Key("train.learning_rate")),
    ("classifier_learning_rate", Key("train.head_learning_rate")),
    ("wd", Key("train.weight_decay")),
    ("lr_scheduler_type", Key("train.schedule")),
    ("lr_scheduler", Key("train.schedule")),
    ("scheduler", Key("train.schedule")),
    ("num_cycles", Key("train.schedule_cycles")),
    ("power", Key("train.schedule_power")),
    ("min_lr", Key("train.min_learning_rate")),
    ("lr_end", Key("train.min_learning_rate")),
    ("min_lr_rate", Instead("write the rate itself, `train.min_learning_rate`")),
    ("ema", Instead("write `average = \"ema\"` in [train]")),
    ("use_ema", Instead("write `average = \"ema\"` in [train]")),
    ("swa", Instead("write `average = \"last\"` and `average_steps` in [train]")),
    ("num_decay_steps", Key("train.decay_steps")),
    (
        "lr_scheduler_kwargs",
        Instead("use `schedule_power`, `schedule_cycles`, `min_learning_rate` or `decay_steps` in [train]"),
    ),
    ("num_warmup_steps", Key("train.warmup_steps")),
    ("warmup_proportion", Key("train.warmup_ratio")),
    ("max_grad_norm", Key("train.max_grad_norm")),
    ("adam_beta1", Key("train.adam_beta1")),
    ("beta1", Key("train.adam_beta1")),
    ("beta2", Key("train.adam_beta2")),
    ("epsilon", Key("train.adam_epsilon")),
    ("eps", Key("train.adam_epsilon")),
    ("optim", Instead("remove it: the optimizer is AdamW, as in Trainer")),
    ("bf16", Instead("write `precision = \"bf16\"` in [train]")),
    ("fp16", Instead("fp16 is not supported; write `precision = \"bf16\"` in [train], or leave it at \"auto\"")),
    ("no_cuda", Instead("use `--device cpu`")),
    ("use_cpu", Instead("use `--device cpu`")),
    ("logging_steps", Key("train.log_every")),
    ("eval_steps", Key("train.evaluate_every")),
    ("eval_strategy", Key("train.evaluate_every")),
    ("evaluation_strategy", Key("train.evaluate_every")),
    ("load_best_model_at_end", Key("train.keep")),
    ("metric_for_best_model", Instead("remove it: the best weights have the best validation entity_f1")),
    ("early_stopping_patience", Key("train.patience")),
    ("save_strategy", Key("save.models")),
    ("save_steps", Key("save.checkpoint_minutes")),
    ("save_total_limit", Key("save.models")),
    ("data_seed", Key("data.subset_seed")),
    ("dataset_name", Key("data.dataset")),
    ("dataset_config_name", Key("data.language")),
    ("config_name", Key("data.language")),
    ("dataset_revision", Key("data.revision")),
    ("max_train_samples", Key("data.train_size")),
    ("max_eval_samples", Key("data.validation_size")),
    ("max_val_samples", Key("data.validation_size")),
    ("max_predict_samples", Key("data.test_size")),
    ("max_test_samples", Key("data.test_size")),
    ("label_list", Key("data.labels")),
    ("label_names", Key("data.labels")),
    ("label_all_tokens", Key("data.label_pieces")),
    ("train_file", Key("data.files")),
    ("validation_file", Key("data.files")),
    ("test_file", Key("data.files")),
    ("data_files", Key("data.files")),
    ("text_column_name", Key("data.columns")),
    ("label_column_name", Key("data.columns")),
    ("tagging_scheme", Key("data.scheme")),
    ("model_name_or_path", Key("model.checkpoint")),
    ("model_name", Key("model.checkpoint")),
    ("pretrained_model_name_or_path", Key("model.checkpoint")),
    ("model_revision", Key("model.revision")),
    ("max_seq_length", Key("model.max_length")),
    ("max_seq_len", Key("model.max_length")),
    ("model_max_length", Key("model.max_length")),
    ("hidden_dropout_prob", Key("model.dropout")),
    ("attention_probs_dropout_prob", Key("model.dropout")),
    ("classifier_dropout", Key("model.dropout")),
    ("optimizer_grouped_parameters", Key("train.groups")),
    ("param_groups", Key("train.groups")),
    ("parameter_groups", Key("train.groups")),
    ("label_smoothing_factor", Key("train.label_smoothing")),
    ("class_weight", Key("train.class_weights")),
    ("label_weights", Key("train.class_weights")),
    ("loss_function", Key("train.loss")),
    ("loss_type", Key("train.loss")),
    ("gamma", Key("train.focal_gamma")),
    ("use_crf", Instead("write `loss = \"crf\"` in [train]")),
    ("crf", Instead("write `loss = \"crf\"` in [train]")),
    ("layerwise_learning_rate_decay", Key("train.layer_decay")),
    ("layer_wise_lr_decay", Key("train.layer_decay")),
    ("llrd", Key("train.layer_decay")),
    ("freeze_encoder", Key("model.freeze")),
    ("doc_stride", Key("model.stride")),
    ("freeze_layers", Key("model.freeze")),
    ("lora_r", Key("model.lora_rank")),
    ("target_modules", Key("model.lora_targets")),
    ("use_lora", Instead("write `adapt = \"lora\"` in [model]")),
    ("peft", Instead("write `adapt = \"lora\"` in [model]")),
    ("output_dir", Instead("results are written to results/NAME; use `--out` for another folder")),
    ("overwrite_output_dir", Instead("finished jobs are skipped; use `--force` to run them again")),
    ("resume_from_checkpoint", Instead("remove it: the same command resumes")),
    ("run_name", Instead("use `name`, before the first table")),
    ("report_to", Instead("remove it: logs are in results/NAME/.run/jobs")),
    ("do_train", Instead("remove it: `train.epochs = 0` evaluates without training")),
    ("do_eval", Instead("remove it: `validation_size` in [data] sets how many rows are scored")),
    ("do_predict", Instead("remove it: `test_size` in [data] sets how many rows are scored")),
    ("dataloader_num_workers", Instead("remove it: `--threads` sets the number of threads")),
    ("task_name", Instead("remove it: the task is named-entity recognition")),
    ("pad_to_max_length", Instead("remove it: sentences are packed, not padded")),
];

/// The keys before the first table.
pub(super) const TOP_KEYS: [&str; 3] = ["name", "title", "extends"];

/// The help for an unknown key. `table`: where it is written, empty before the first table.
pub(super) fn help_for_key(key: &str, table: &str) -> String {
    if !table.is_empty() && TOP_KEYS.contains(&key) {
        return format!("`{key}` goes before the first table");
    }
    let folded = key.to_lowercase().replace('-', "_");
    let elsewhere: Vec<KeyPath> = KeyPath::all().filter(|known| known.name() == folded).collect();
    if elsewhere.iter().any(|known| known.table() == table) {
        return format!("did you mean `{folded}`?");
    }
    if !elsewhere.is_empty() {
        let places: Vec<String> = elsewhere.iter().map(|known| format!("[{}]", known.table())).collect();
        return format!("`{folded}` belongs in {}", places.join(" or "));
    }
    match HUGGING_FACE.iter().find(|(theirs, _)| *theirs == folded) {
        Some((_, Key(ours))) => return called(KeyPath::parse(ours).expect("the list names known keys"), table),
        Some((_, Instead(what))) => return (*what).to_owned(),
        None => {}
    }
    let here: Vec<&str> = if table.is_empty() {
        TOP_KEYS.to_vec()
    } else {
        KeyPath::all().filter(|known| known.table() == table).map(KeyPath::name).collect()
    };
    if let Some(near) = nearest(&folded, here.iter().copied()) {
        return format!("did you mean `{near}`?");
    }
    if let Some(near) = nearest(&folded, KeyPath::all().map(KeyPath::name)) {
        let known = KeyPath::all().find(|known| known.name() == near).expect("it is one of them");
        return format!("did you mean `{near}` in [{}]?", known.table());
    }
    let whereabouts = if table.is_empty() { "before the first table".to_owned() } else { format!("of [{table}]") };
    format!("the keys {whereabouts} are {}", here.join(", "))
}

/// The help for an unknown key with a list: the axis that is meant, if the name is the plural of a key.
pub(super) fn help_for_list(key: &str, table: &str) -> String {
    match axis_meant(key) {
        Some(axis) => format!("did you mean `matrix.{axis}`?"),
        None => help_for_key(key, table),
    }
}

/// The key of which `name` is the plural: `seeds`, `train_sizes`.
pub(super) fn axis_meant(name: &str) -> Option<KeyPath> {
    let folded = name.to_lowercase().replace('-', "_");
    let known = |name: &str| KeyPath::all().find(|known| known.name() == name);
    if known(&folded).is_some() {
        return None;
    }
    let singular = folded.strip_suffix('s')?;
    known(singular).or_else(|| known(singular.strip_suffix('e')?))
}

/// `use `epochs``, with its table if that is another.
fn called(ours: KeyPath, table: &str) -> String {
    if ours.table() == table {
        format!("use `{}`", ours.name())
    } else {
        format!("use `{}` in [{}]", ours.name(), ours.table())
    }
}

/// The help for an unknown table.
pub(super) fn help_for_table(table: &str) -> String {
    let known: Vec<&str> = tables().into_iter().chain(["matrix", "select", "evaluate", "cluster"]).collect();
    let bracketed = |name: &str| if name == "evaluate" { format!("[[{name}]]") } else { format!("[{name}]") };
    let instead = match table.to_lowercase().as_str() {
        "dataset" | "datasets" => Some("data"),
        "training" | "trainer" | "training_arguments" | "optimizer" => Some("train"),
        "encoder" | "checkpoint" => Some("model"),
        "grid" | "sweep" | "axes" => Some("matrix"),
        "slurm" | "sbatch" | "scheduler" => Some("cluster"),
        "eval" | "evaluations" | "transfer" => Some("evaluate"),
        _ => None,
    };
    match instead.or_else(|| nearest(table, known.iter().copied())) {
        Some(near) => format!("did you mean `{}`?", bracketed(near)),
        None => {
            let listed: Vec<String> = known.iter().map(|name| bracketed(name)).collect();
            format!("the tables are {}", listed.join(", "))
        }
    }
}

/// The nearest of some names by edits (letters added, dropped, changed or swapped), if it is near enough to be meant.
pub fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let name = name.to_lowercase();
    known
        .map(|candidate| (strsim::damerau_levenshtein(&name, candidate), candidate))
        .filter(|(edits, candidate)| *edits <= (candidate.chars().count().max(name.chars().count()) / 3).max(1))
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_ours_in_the_list_is_a_key() {
        for (theirs, ours) in HUGGING_FACE {
            if let Key(path) = ours {
                assert!(KeyPath::parse(path).is_some(), "{theirs}: {path} is not a key");
            }
        }
    }

    #[test]
    fn a_name_from_hugging_face_gets_ours_with_its_table() {
        assert_eq!(help_for_key("num_train_epochs", "train"), "use `epochs`");
        assert_eq!(help_for_key("lr", "model"), "use `learning_rate` in [train]");
        assert_eq!(help_for_key("bf16", "train"), "write `precision = \"bf16\"` in [train]");
    }

    #[test]
    fn a_key_of_another_table_is_sent_there() {
        assert_eq!(help_for_key("seed", "data"), "`seed` belongs in [train]");
        assert_eq!(help_for_key("learning_rate", "model"), "`learning_rate` belongs in [train]");
        assert_eq!(help_for_key("revision", "train"), "`revision` belongs in [data] or [model]");
        assert_eq!(help_for_key("title", "data"), "`title` goes before the first table");
    }

    #[test]
    fn a_typo_gets_the_nearest_name_and_nonsense_the_list() {
        assert_eq!(help_for_key("epoch", "train"), "did you mean `epochs`?");
        assert_eq!(help_for_key("Batch-Size", "train"), "did you mean `batch_size`?");
        assert_eq!(help_for_key("zzzzzz", "save"), "the keys of [save] are models, checkpoint_minutes");
        assert_eq!(help_for_table("dat"), "did you mean `[data]`?");
        assert_eq!(help_for_table("training"), "did you mean `[train]`?");
    }
}
