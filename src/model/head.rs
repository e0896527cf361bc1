//! The classifier: the checkpoint's own if it fits the data's tags, else a new one.

use crate::random::Stream;
use crate::spec::ClassifierChoice;

use super::config::{Config, Initial};
use super::error::ModelError;
use super::layout::Layout;

/// Where a model's classifier comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    /// The checkpoint's: its `id2label` names the data's tags.
    FromCheckpoint,
    /// The checkpoint's: it has as many classes as the data, without names (`LABEL_0`, ...), and they are taken in the data's
    /// order.
    FromCheckpointByPosition,
    /// A new, random one.
    New {
        /// Why the checkpoint's is not used.
        why: String,
        /// Whether the checkpoint has one, which is not used.
        set_aside: bool,
    },
}

/// Why a classifier without its CRF is not the checkpoint's.
pub const NO_CRF: &str = "the checkpoint has no CRF for them";

impl Head {
    /// That of a built-in checkpoint, which has none.
    pub fn of_builtin() -> Self {
        Self::New { why: "the built-in checkpoint has no classifier".to_owned(), set_aside: false }
    }

    /// Why it is new; none if it is the checkpoint's.
    pub fn why_new(&self) -> Option<&str> {
        match self {
            Self::New { why, .. } => Some(why),
            Self::FromCheckpoint | Self::FromCheckpointByPosition => None,
        }
    }
}

/// Decides whether a checkpoint's classifier with `rows` classes called `names` fits `labels`; if so, with its row of each
/// label.
pub(super) fn choose(names: &[String], rows: usize, labels: &[String]) -> (Head, Option<Vec<usize>>) {
    let row = |label: &String| names.iter().position(|name| name == label);
    let order = labels.iter().map(row).collect::<Option<Vec<_>>>();
    if let Some(order) = order.filter(|_| names.len() == rows && rows == labels.len()) {
        return (Head::FromCheckpoint, Some(order));
    }
    let unnamed = is_unnamed(names);
    if unnamed && rows == labels.len() {
        return (Head::FromCheckpointByPosition, Some((0..rows).collect()));
    }
    let why = if unnamed {
        format!("the checkpoint's classifier has {rows} unnamed classes, but the data has {} tags", labels.len())
    } else {
        format!("the checkpoint's classifier is for {}, but the data has {}", names.join(" "), labels.join(" "))
    };
    (Head::New { why, set_aside: true }, None)
}

/// Whether a checkpoint's classes have no names of their own: none, or `LABEL_0`, `LABEL_1`, ...
pub fn is_unnamed(names: &[String]) -> bool {
    names.iter().enumerate().all(|(i, name)| *name == format!("LABEL_{i}"))
}

/// The checkpoint's tags for `data.labels`, O first, if they are more than `labels` and include all of them; else empty.
pub fn wider_tags(config: &Config, labels: &[String]) -> Vec<String> {
    let names = &config.class_names;
    if names.len() <= labels.len() || !labels.iter().all(|label| names.contains(label)) {
        return Vec::new();
    }
    let (mut outside, inside): (Vec<String>, Vec<String>) = names.iter().cloned().partition(|name| name == "O");
    outside.extend(inside);
    outside
}

/// Whether a job keeps the classifier of a checkpoint with a row for each of its class names.
pub fn is_kept(config: &Config, labels: &[String], choice: Option<ClassifierChoice>) -> bool {
    let (found, _) = choose(&config.class_names, config.class_names.len(), labels);
    chosen(found, choice).is_ok_and(|head| !matches!(head, Head::New { .. }))
}

/// The classifier that a job starts from, if the checkpoint's is `found`.
///
/// # Errors
/// [`ModelError::NotKept`]
pub fn chosen(found: Head, choice: Option<ClassifierChoice>) -> Result<Head, ModelError> {
    match (choice, found) {
        (Some(ClassifierChoice::New), _) => {
            Ok(Head::New { why: "model.classifier is \"new\"".to_owned(), set_aside: false })
        }
        (Some(ClassifierChoice::Keep), Head::New { why, .. }) => Err(ModelError::NotKept { why }),
        (_, found) => Ok(found),
    }
}

/// Initializes a new classifier as transformers does: weights from a normal distribution ([`Config::initial`]), biases 0.
/// The stream is (`seed`, "head"), so weights are the same on every device. On the model of a job the stream has the key of
/// its training in its name: with the seed of that training, the classifier would else be the one that it began with.
pub fn draw(config: &Config, layout: &Layout, seed: u64, parameters: &mut [f32]) {
    let name = match &config.training {
        None => "head".to_owned(),
        Some(training) => format!("head after {training}"),
    };
    let stream = Stream::new(seed, &name, 0);
    for (i, weight) in parameters[layout.classifier.weight.range()].iter_mut().enumerate() {
        *weight = initial(&stream, i as u64, config.initial);
    }
    parameters[layout.classifier.bias.range()].fill(0.0);
}

/// Initializes the layer before the classifier, where a checkpoint lacks it, as ModernBERT's `_init_weights` does: deviation
/// initializer_range/√(2·layers), biases 0, the norm's scale 1. The stream is (`seed`, "head layer").
pub fn draw_layer(config: &Config, layout: &Layout, seed: u64, parameters: &mut [f32]) {
    let Some(head) = layout.head else { return };
    let deviation = config.initializer_range / (2.0 * config.layers as f64).sqrt();
    let stream = Stream::new(seed, "head layer", 0);
    for (i, weight) in parameters[head.dense.weight.range()].iter_mut().enumerate() {
        *weight = initial(&stream, i as u64, Initial { deviation, ..config.initial });
    }
    parameters[head.dense.bias.range()].fill(0.0);
    parameters[head.norm.weight.range()].fill(1.0);
    parameters[head.norm.bias.range()].fill(0.0);
}

/// Weight `i` of a tensor. A draw beyond the cutoff is replaced by the next of its own.
fn initial(stream: &Stream, i: u64, Initial { deviation, cutoff }: Initial) -> f32 {
    let draws = (0..).map(|again: u64| stream.normal(i + (again << 40)));
    let mut within = draws.filter(|draw| cutoff.is_none_or(|cutoff| draw.abs() <= cutoff));
    (within.next().expect("some draw lies within the cutoff") * deviation) as f32
}

/// Initializes a new CRF as pytorch-crf does: all of it from U(-0.1, 0.1). The stream is (`seed`, "crf"), and on the
/// model of a job named as for [`draw`].
pub fn draw_crf(config: &Config, layout: &Layout, seed: u64, parameters: &mut [f32]) {
    let name = match &config.training {
        None => "crf".to_owned(),
        Some(training) => format!("crf after {training}"),
    };
    let (stream, mut drawn) = (Stream::new(seed, &name, 0), 0);
    for parameter in layout.parameters.iter().filter(|parameter| parameter.role.is_crf()) {
        for value in &mut parameters[parameter.span.range()] {
            *value = (0.2 * stream.uniform(drawn) - 0.1) as f32;
            drawn += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_named_classifier_is_kept_with_its_rows_reordered() {
        let chosen = choose(&names("B-X O I-X"), 3, &names("O B-X I-X"));
        assert_eq!(chosen, (Head::FromCheckpoint, Some(vec![1, 0, 2])));
    }

    #[test]
    fn a_new_classifier_on_the_model_of_a_job_is_not_the_one_that_the_job_began_with() {
        let mut config = crate::model::builtin::config("tiny").expect("there is one");
        let layout = Layout::of_classifier(&config, 3);
        let mut drawn = |training: Option<&str>| {
            config.training = training.map(str::to_owned);
            let mut parameters = vec![0.0; layout.len];
            draw(&config, &layout, 42, &mut parameters);
            parameters
        };
        let [parent, child, other] = [None, Some("0123456789ab"), Some("ba9876543210")].map(&mut drawn);
        assert!(parent != child && parent != other && child != other);
        assert_eq!(drawn(Some("0123456789ab")), child);
    }

    #[test]
    fn a_truncated_classifier_has_no_weight_beyond_its_cutoff_and_else_the_same_draws() {
        let mut config = crate::model::builtin::config("tiny").expect("there is one");
        let layout = Layout::of_classifier(&config, 9);
        let mut drawn = |cutoff| {
            config.initial = Initial { deviation: 0.5, cutoff };
            let mut parameters = vec![0.0; layout.len];
            draw(&config, &layout, 42, &mut parameters);
            parameters
        };
        let (whole, cut) = (drawn(None), drawn(Some(1.0)));
        assert!(cut.iter().all(|weight| weight.abs() <= 0.5));
        let equal = whole.iter().zip(&cut).filter(|(whole, cut)| whole == cut).count();
        assert!(equal < cut.len() && equal > cut.len() / 2, "{equal} of {}", cut.len());
    }

    #[test]
    fn a_new_crf_is_small_and_of_its_own_stream() {
        let config = crate::model::builtin::config("tiny").expect("there is one").with_crf(true);
        let layout = Layout::of_classifier(&config, 3);
        let drawn = |seed: u64| {
            let mut parameters = vec![0.0; layout.len];
            draw_crf(&config, &layout, seed, &mut parameters);
            let crf = layout.parameters.iter().filter(|one| one.role.is_crf());
            crf.flat_map(|one| parameters[one.span.range()].to_vec()).collect::<Vec<_>>()
        };
        let values = drawn(42);
        assert_eq!(values.len(), 3 + 3 + 9);
        assert!(values.iter().all(|value| value.abs() < 0.1));
        assert!(values.iter().enumerate().all(|(at, value)| !values[..at].contains(value)), "{values:?}");
        assert_ne!(drawn(43), values);
    }

    #[test]
    fn a_classifier_is_kept_or_replaced_as_said() {
        let misfit = || Head::New { why: "others".to_owned(), set_aside: true };
        assert_eq!(chosen(Head::FromCheckpoint, None).ok(), Some(Head::FromCheckpoint));
        assert_eq!(chosen(Head::FromCheckpoint, Some(ClassifierChoice::Keep)).ok(), Some(Head::FromCheckpoint));
        assert!(matches!(chosen(Head::FromCheckpoint, Some(ClassifierChoice::New)), Ok(Head::New { .. })));
        assert_eq!(chosen(misfit(), None).ok(), Some(misfit()));
        let refused = chosen(misfit(), Some(ClassifierChoice::Keep)).expect_err("it does not fit");
        assert_eq!(
            refused.to_string(),
            "model.classifier = \"keep\", but there is none to keep: others; remove the key, or write \"new\""
        );
    }

    #[test]
    fn unnamed_classes_of_the_right_number_are_taken_in_order() {
        let chosen = choose(&names("LABEL_0 LABEL_1"), 2, &names("O B-X"));
        assert_eq!(chosen, (Head::FromCheckpointByPosition, Some(vec![0, 1])));
    }

    #[test]
    fn a_classifier_for_other_tags_is_not_kept() {
        for (stored, rows) in [("O B-Y I-Y", 3), ("LABEL_0 LABEL_1", 2), ("O B-X", 2)] {
            let (head, order) = choose(&names(stored), rows, &names("O B-X I-X"));
            assert!(matches!(head, Head::New { .. }), "{stored}");
            assert_eq!(order, None);
        }
    }
}
