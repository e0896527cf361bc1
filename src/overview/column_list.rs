//! The columns of every table with their meaning, and the signs of tables for people. The one list of them.

/// Columns with equal meaning, where they stand, and what they are.
pub(super) struct Entry {
    pub(super) names: &'static [&'static str],
    pub(super) tables: &'static str,
    pub(super) text: &'static str,
}

const fn entry(names: &'static [&'static str], tables: &'static str, text: &'static str) -> Entry {
    Entry { names, tables, text }
}

const RESULTS: &str = "results.csv";
const SUMMARY: &str = "summary.csv, show";
const SHOW: &str = "show --format csv";
const COMPARED: &str = "show --format csv, diff";
const TYPES: &str = "per_entity.csv, show --types";
const TIMINGS: &str = ".run/timings.csv";
const DIFF: &str = "diff --format csv";
const VERIFY: &str = "verify --format csv";
const SIGN: &str = "tables for people";

pub(super) const ENTRIES: &[Entry] = &[
    entry(
        &["±"],
        SIGN,
        "the larger distance from the mean to an end of its 95 % interval over seeds, rounded up. The \
        interval is mean ± t(0.975, n − 1)·sd/√n, on the logit scale so that it stays between 0 and 1; over the means of \
        data seeds where two or more vary. It covers fresh seeds on these test sentences. Nothing stands where all runs are equal.",
    ),
    entry(
        &["~"],
        SIGN,
        "where there is one seed: the larger distance from the score to an end of its 95 % interval over \
        test sentences, from the predictions. It covers fresh sentences for this one trained model, and says nothing of \
        another seed. Sentences count as independent; those of one document are not, so it is too narrow for them.",
    ),
    entry(
        &["bold", "*"],
        SIGN,
        "the best mean of its column, if it is beyond seed noise of every other setting: the \
        largest p of its comparisons with the others (paired t over common seeds) is at most 0.05, by Holm over the columns \
        of the table. With one seed nothing is bold.",
    ),
    entry(&["job"], "every table", "the label of a job: the keys that vary with their values; base without a matrix"),
    entry(
        &["key"],
        RESULTS,
        "12 hexadecimal digits: the hash of every setting that affects results and of the content of \
        the input files",
    ),
    entry(&["status"], RESULTS, "ok, failed, or stopped at a rung before its end"),
    entry(
        &["selected"],
        RESULTS,
        "with [select]: true for the winners, false for the others, empty while the selection is open",
    ),
    entry(
        &["rung"],
        "results.csv, rungs.csv",
        "where jobs of a search are compared before they end, from 1; in results.csv where the job was stopped",
    ),
    entry(&["goes_on"], "rungs.csv", "whether the job went on from this rung; empty while its group is not decided"),
    entry(
        &["environment"],
        RESULTS,
        "where the job was trained: cpu, or a GPU such as cuda-h200. Rows of one environment are \
        equal to the byte, those of two up to rounding",
    ),
    entry(
        &["precision"],
        "results.csv; of a type: per_entity.csv, show --types",
        "in results.csv the number format of the \
        matrix products, fp32 or bf16; of a type the share of its predicted entities that are right, 0 if none was predicted",
    ),
    entry(&["steps"], RESULTS, "optimizer steps made"),
    entry(
        &["train_loss"],
        "results.csv, epochs.csv",
        "the mean of the loss over the steps; in epochs.csv since the row before",
    ),
    entry(
        &["best_epoch"],
        RESULTS,
        "with train.evaluate_every: passes over the training rows before the best evaluation",
    ),
    entry(
        &["inherited"],
        RESULTS,
        "where model.checkpoint is a job: what its model gave, encoder (under a new classifier) or encoder+classifier",
    ),
    entry(
        &["words_unseen"],
        RESULTS,
        "words of the scored test rows without a prediction: beyond model.max_length, or without \
        a subword token",
    ),
    entry(&["test_in_train"], RESULTS, "scored test sentences that are in the training rows, too"),
    entry(&["error"], RESULTS, "code: message of a failed job"),
    entry(&["metric"], SUMMARY, "the score's column in results.csv"),
    entry(&["n"], SUMMARY, "runs of the setting that have the score"),
    entry(&["failed"], SUMMARY, "jobs of the setting that failed; they are in no mean"),
    entry(&["mean"], SUMMARY, "the mean over the runs; over the means of data seeds where two or more vary"),
    entry(&["sd"], SUMMARY, "the standard deviation of all runs, with n − 1; empty for one run"),
    entry(
        &["ci_low", "ci_high"],
        SUMMARY,
        "the ends of the 95 % interval of the mean over seeds, on the logit scale; over \
        data seeds where two or more vary. Empty for one run, and where all are equal",
    ),
    entry(
        &["collapsed"],
        SUMMARY,
        "runs whose score is under half the median of the setting's other runs (of three or more). \
        They stay in the mean and in every test",
    ),
    entry(
        &["sd_seed"],
        SUMMARY,
        "the standard deviation of training seeds on the same training sentences; empty unless both \
        seeds vary",
    ),
    entry(
        &["sd_data"],
        SUMMARY,
        "the standard deviation that the choice of training sentences adds; empty unless both seeds vary",
    ),
    entry(
        &["sentence_low", "sentence_high"],
        SUMMARY,
        "the ends of the 95 % interval of the mean over test sentences, for \
        these trained models; empty without predictions, and with fewer than 10 sentences that have an entity. Sentences count \
        as independent",
    ),
    entry(
        &["p"],
        COMPARED,
        "two-sided p of one comparison over seeds, uncorrected; in show of this setting against the best",
    ),
    entry(
        &["p_holm"],
        COMPARED,
        "p corrected by Holm's method for all comparisons that are read together: in diff the rows of \
        the call, in show the settings beside the best. A difference is beyond noise if it is at most 0.05",
    ),
    entry(&["p_group"], SHOW, "beside the best setting: the largest p of its comparisons with the others"),
    entry(
        &["p_group_holm"],
        SHOW,
        "p_group corrected by Holm's method over the columns of the table; at most 0.05 is bold",
    ),
    entry(
        &["is_best"],
        SHOW,
        "true where text is bold: the best, and beyond seed noise of every other setting; empty where \
        nothing is tested",
    ),
    entry(&["setting", "setting_a", "setting_b"], DIFF, "the label of a setting; of A and of B where they differ"),
    entry(&["score"], DIFF, "the score that is compared, by its column in results.csv"),
    entry(
        &["verdict"],
        DIFF,
        "what may be said: identical, within or beyond seed noise, within or beyond sentence sampling \
        (one seed), not comparable, new, gone",
    ),
    entry(&["text"], DIFF, "the verdict with its numbers, as text has it"),
    entry(&["mean_a", "mean_b"], DIFF, "the mean over the runs that are compared"),
    entry(&["difference"], DIFF, "mean of B − mean of A"),
    entry(
        &["detectable"],
        DIFF,
        "within noise: the true difference that this test calls beyond noise in 80 of 100 repetitions",
    ),
    entry(&["test"], DIFF, "paired t, Welch t, one against several, or sentences"),
    entry(&["n_a", "n_b"], DIFF, "what counts as independent on a side: seeds, or data seeds where two or more vary"),
    entry(&["data_seeds"], DIFF, "data seeds among the runs that are compared; from two on they are the unit"),
    entry(&["se"], DIFF, "the standard error of the difference over seeds"),
    entry(&["df"], DIFF, "degrees of freedom of the test over seeds"),
    entry(&["t"], DIFF, "difference / se"),
    entry(&["sentences"], DIFF, "test sentences that are compared"),
    entry(&["sentences_differ"], DIFF, "sentences whose counts differ between A and B"),
    entry(
        &["sentence_difference", "sentence_se", "sentence_p"],
        DIFF,
        "the test over sentences of these trained models: \
        difference, standard error, two-sided p",
    ),
    entry(&["p_both"], DIFF, "p over fresh seeds and fresh sentences"),
    entry(
        &["both_low", "both_high"],
        DIFF,
        "the ends of the 95 % interval of the difference over fresh seeds and fresh sentences",
    ),
    entry(&["runs_a", "runs_b"], DIFF, "runs with a score"),
    entry(&["failed_a", "failed_b"], DIFF, "jobs that failed"),
    entry(&["collapsed_a", "collapsed_b"], DIFF, "runs under half the median of the others"),
    entry(&["environment_a", "environment_b"], DIFF, "where the runs were trained"),
    entry(&["changed"], DIFF, "settings, files and environments that changed"),
    entry(&["notes"], DIFF, "what is particular about the comparison"),
    entry(
        &["folder", "check", "file", "row", "column", "found", "expected"],
        VERIFY,
        "a results folder, what was checked, and \
        where what was found is not what is expected",
    ),
    entry(&["not_checked"], VERIFY, "what of the folder could not be checked, and why; empty if everything was"),
    entry(&["experiment"], "show", "the results folder"),
    entry(&["set"], "evaluations.csv, show", "the evaluation set; own test: the splits of the model's own data"),
    entry(&["seeds"], "show", "runs with a result, of how many where some failed"),
    entry(&["split"], "per_entity.csv, evaluations.csv", "test or validation"),
    entry(&["scheme"], "per_entity.csv", "conlleval, as in entity_f1, or iob2, as in entity_f1_iob2"),
    entry(&["type"], TYPES, "the entity type, such as PER"),
    entry(&["recall"], TYPES, "the share of a type's gold entities that were found; 0 if there is none"),
    entry(&["f1"], TYPES, "the harmonic mean of a type's precision and recall"),
    entry(&["support"], TYPES, "gold entities of the type"),
    entry(&["step"], "curves.csv", "optimizer steps made, from 1"),
    entry(&["epoch"], "curves.csv, epochs.csv", "passes over the training rows, fractions included"),
    entry(&["loss"], "curves.csv", "the mean of the loss since the row before"),
    entry(&["grad_norm"], "curves.csv", "the norm of this step's gradient before clipping"),
    entry(&["validation_loss"], "epochs.csv", "the mean cross-entropy on the validation split"),
    entry(&["evaluation"], "evaluations.csv", "the key of a result on an evaluation set"),
    entry(&["size"], "evaluations.csv", "rows of the set that are scored"),
    entry(&["load_seconds"], TIMINGS, "seconds to read the weights"),
    entry(&["tokenise_seconds"], TIMINGS, "seconds to tokenize; 0 where another job's tokens were used"),
    entry(&["train_seconds"], TIMINGS, "seconds from weights in memory and data tokenized to the last step"),
    entry(&["predict_seconds"], TIMINGS, "seconds to predict the scored splits"),
    entry(&["steps_per_second"], TIMINGS, "steps a second in training"),
    entry(&["peak_memory_bytes"], TIMINGS, "the most memory that the process held"),
];

/// What each score counts, by its name without the split.
pub(super) const SCORES: &[(&str, &str)] = &[
    (
        "entity_f1",
        "whole entities, right in both ends and type: the harmonic mean of entity_precision and entity_recall, over \
        all entities together. It is seqeval's default, equal to conlleval, and what papers quote",
    ),
    ("entity_precision", "the share of predicted entities that are right in both ends and type"),
    ("entity_recall", "the share of gold entities that are found, right in both ends and type"),
    (
        "entity_f1_iob2",
        "entity F1 in seqeval's strict mode: spans that are malformed under IOB2 are dropped before counting, so \
        it can be the higher one",
    ),
    ("token_f1_micro", "F1 word by word over the classes other than O, all words together; false alarms count"),
    ("token_f1_macro", "F1 word by word, the mean over the classes other than O; false alarms count"),
    (
        "gold_token_f1_micro",
        "F1 word by word over the words whose gold tag is not O, which is accuracy on them: false alarms on \
        other words cost nothing. Do not quote it",
    ),
    (
        "gold_token_f1_macro",
        "F1 word by word over the words whose gold tag is not O, the mean over the classes, O among them with \
        an F1 of 0. Do not quote it",
    ),
    (
        "exact_f1",
        "entities right in both ends, whatever the type: the harmonic mean of precision and recall. Computed from \
        predictions",
    ),
    ("exact_precision", "the share of predicted entities that are right in both ends, whatever the type"),
    ("exact_recall", "the share of gold entities that are found, right in both ends, whatever the type"),
    ("partial_f1", "as exact_f1, but entities that overlap with other ends are half right. Computed from predictions"),
    ("partial_precision", "as exact_precision, but entities that overlap with other ends are half right"),
    ("partial_recall", "as exact_recall, but entities that overlap with other ends are half right"),
    (
        "type_f1",
        "entities that overlap and have the right type, whatever their ends: the harmonic mean of precision and recall. \
        Computed from predictions",
    ),
    ("type_precision", "the share of predicted entities that overlap a gold one of their type"),
    ("type_recall", "the share of gold entities that a predicted one of their type overlaps"),
    ("token_accuracy", "the share of all words, O included, whose tag is right"),
];
