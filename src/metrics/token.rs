//! Token scores: a table of gold against predicted tags, and the F1 scores that scikit-learn computes from one. It knows no
//! entities.

use super::TagSet;

/// How often each gold tag was predicted as each tag, over seen words.
pub(super) struct Confusion<'a> {
    tags: &'a TagSet,
    /// counts: [gold tag, predicted tag], row by row.
    counts: Vec<u64>,
}

/// Of one class: words right, words of it in the gold, words of it in the prediction.
struct Class {
    right: u64,
    gold: u64,
    predicted: u64,
}

impl Class {
    fn occurs(&self) -> bool {
        self.gold + self.predicted > 0
    }

    /// F1 = 2·right / (gold + predicted), 0 where the class is never right (`zero_division=0`).
    fn f1(&self) -> f64 {
        2.0 * self.right as f64 / (self.gold + self.predicted) as f64
    }
}

impl<'a> Confusion<'a> {
    pub(super) fn new(tags: &'a TagSet) -> Self {
        Self { tags, counts: vec![0; tags.len() * tags.len()] }
    }

    pub(super) fn add(&mut self, gold: u16, predicted: u16) {
        self.counts[usize::from(gold) * self.tags.len() + usize::from(predicted)] += 1;
    }

    /// Share of the words that are right; none without words.
    pub(super) fn accuracy(&self) -> Option<f64> {
        let all: u64 = self.counts.iter().sum();
        let right: u64 = (0..self.tags.len()).map(|tag| self.count(tag, tag)).sum();
        ratio(right, all)
    }

    /// `f1_score(gold, predicted, labels=classes)`, micro and macro, with the classes other than O that occur in gold or
    /// prediction; none where there are none.
    pub(super) fn f1_over_entity_classes(&self) -> Option<(f64, f64)> {
        let classes =
            (0..self.tags.len()).filter(|&tag| !self.tags.is_outside(tag)).map(|tag| self.class(tag, |_| true));
        averages(classes)
    }

    /// `f1_score(gold, predicted)`, micro and macro, over the words whose gold tag is not O; none without such a word.
    /// Every class that occurs among them counts, O included if it was predicted.
    pub(super) fn f1_over_gold_entity_words(&self) -> Option<(f64, f64)> {
        averages((0..self.tags.len()).map(|tag| self.class(tag, |gold| !self.tags.is_outside(gold))))
    }

    fn count(&self, gold: usize, predicted: usize) -> u64 {
        self.counts[gold * self.tags.len() + predicted]
    }

    /// The counts of class `tag` over the words whose gold tag is kept.
    fn class(&self, tag: usize, keep: impl Fn(usize) -> bool) -> Class {
        let kept = |gold: usize, predicted: usize| if keep(gold) { self.count(gold, predicted) } else { 0 };
        Class {
            right: kept(tag, tag),
            gold: (0..self.tags.len()).map(|predicted| kept(tag, predicted)).sum(),
            predicted: (0..self.tags.len()).map(|gold| kept(gold, tag)).sum(),
        }
    }
}

/// Micro average (counts summed first) and macro average (mean of the F1 scores) over the classes that occur.
fn averages(classes: impl Iterator<Item = Class>) -> Option<(f64, f64)> {
    let classes: Vec<Class> = classes.filter(Class::occurs).collect();
    if classes.is_empty() {
        return None;
    }
    let sum = |part: fn(&Class) -> u64| classes.iter().map(part).sum::<u64>();
    let total = Class { right: sum(|c| c.right), gold: sum(|c| c.gold), predicted: sum(|c| c.predicted) };
    let mean = classes.iter().map(Class::f1).sum::<f64>() / classes.len() as f64;
    Some((total.f1(), mean))
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
