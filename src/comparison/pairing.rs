//! Which setting of B each setting of A became: the same label, else what both vary. It must not know scores.

use std::collections::{BTreeMap, BTreeSet};

/// A setting as pairing sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    /// The label without seeds.
    pub(super) label: String,
    /// The values of the keys that are known, by dotted name, without seeds; none: unset.
    pub(super) values: Values,
}

/// Values by dotted name.
pub(super) type Values = BTreeMap<String, Option<String>>;

/// Positions among the settings of A and B, in the order of B; what is gone stands where it was in A. Neither side occurs
/// twice.
pub(super) type Pair = [Option<usize>; 2];

/// Pairs settings: by label where both sides have it; else by equal values of all keys that either side varies, so that a
/// new axis pairs with the value that there was before; else by what both vary, if that tells all settings of a side
/// apart, so that changed settings pair old and new. The rest is new or gone.
pub(super) fn pairs(a: &[Candidate], b: &[Candidate]) -> Vec<Pair> {
    let mut partner: Vec<Option<usize>> = vec![None; b.len()];
    let vary = [varied(a), varied(b)];
    let all: BTreeSet<&str> = vary[0].union(&vary[1]).copied().collect();
    let common: BTreeSet<&str> = vary[0].intersection(&vary[1]).copied().collect();
    let label = |candidate: &Candidate| Some(vec![Some(candidate.label.clone())]);
    let by = |keys: BTreeSet<&str>| {
        let keys: Vec<String> = keys.into_iter().map(str::to_owned).collect();
        move |candidate: &Candidate| keys.iter().map(|key| candidate.values.get(key).cloned()).collect()
    };
    pair_by(a, b, &mut partner, label);
    pair_by(a, b, &mut partner, by(all));
    // of two settings alone all may have changed
    if !common.is_empty() || (a.len() == 1 && b.len() == 1) {
        pair_by(a, b, &mut partner, by(common));
    }
    in_order(a.len(), &partner)
}

/// Pairs what has no partner and is alone on its side with what `identity` says of it.
fn pair_by(
    a: &[Candidate],
    b: &[Candidate],
    partner: &mut [Option<usize>],
    identity: impl Fn(&Candidate) -> Option<Vec<Option<String>>>,
) {
    let places = |side: &[Candidate]| {
        let mut places: BTreeMap<Vec<Option<String>>, Vec<usize>> = BTreeMap::new();
        for (place, candidate) in side.iter().enumerate() {
            if let Some(identity) = identity(candidate) {
                places.entry(identity).or_default().push(place);
            }
        }
        places
    };
    let (of_a, of_b) = (places(a), places(b));
    for (identity, in_b) in of_b {
        if let ([from], [to]) = (of_a.get(&identity).map_or(&[][..], Vec::as_slice), in_b.as_slice())
            && partner[*to].is_none()
            && !partner.contains(&Some(*from))
        {
            partner[*to] = Some(*from);
        }
    }
}

/// The keys in which the settings of a side differ.
fn varied(side: &[Candidate]) -> BTreeSet<&str> {
    let names = side.iter().flat_map(|candidate| candidate.values.keys().map(String::as_str));
    let names: BTreeSet<&str> = names.collect();
    let differs = |name: &&str| {
        let values: BTreeSet<_> = side.iter().map(|candidate| candidate.values.get(*name)).collect();
        values.len() > 1
    };
    names.into_iter().filter(differs).collect()
}

/// B's order, with each gone setting behind the partner of the last one before it that has one.
fn in_order(count: usize, partner: &[Option<usize>]) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = partner.iter().enumerate().map(|(to, from)| [*from, Some(to)]).collect();
    for gone in (0..count).filter(|from| !partner.contains(&Some(*from))) {
        let before = (0..gone).rev().find_map(|from| pairs.iter().position(|pair| pair[0] == Some(from)));
        pairs.insert(before.map_or(0, |place| place + 1), [Some(gone), None]);
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Settings by their labels; `base`: the values that all have beside those.
    fn side(labels: &[&str], base: &[(&str, &str)]) -> Vec<Candidate> {
        let candidate = |label: &&str| {
            let parts = label.split(',').filter_map(|part| part.split_once('='));
            let values = base.iter().copied().chain(parts);
            let values = values.map(|(name, value)| (name.to_owned(), Some(value.to_owned()))).collect();
            Candidate { label: (*label).to_owned(), values }
        };
        labels.iter().map(candidate).collect()
    }

    /// `a > b` for each pair.
    fn shown(a: &[Candidate], b: &[Candidate]) -> Vec<String> {
        let name =
            |side: &[Candidate], place: Option<usize>| place.map_or("-".to_owned(), |place| side[place].label.clone());
        pairs(a, b).into_iter().map(|[from, to]| format!("{} > {}", name(a, from), name(b, to))).collect()
    }

    #[test]
    fn equal_labels_pair_whatever_else_changed() {
        let a = side(&["size=1", "size=2"], &[("rate", "5e-5")]);
        let b = side(&["size=2", "size=3"], &[("rate", "1e-4")]);
        assert_eq!(shown(&a, &b), ["size=1 > -", "size=2 > size=2", "- > size=3"]);
    }

    #[test]
    fn an_axis_of_one_value_that_changed_pairs_by_the_other_axes() {
        let a = side(&["size=1,rate=5e-5", "size=2,rate=5e-5"], &[]);
        let b = side(&["size=1,rate=1e-4", "size=2,rate=1e-4"], &[]);
        assert_eq!(shown(&a, &b), ["size=1,rate=5e-5 > size=1,rate=1e-4", "size=2,rate=5e-5 > size=2,rate=1e-4"]);
    }

    #[test]
    fn a_new_axis_pairs_with_the_value_that_there_was() {
        let a = side(&["size=1", "size=2"], &[("freeze", "false")]);
        let b = side(&["size=1,freeze=false", "size=1,freeze=true", "size=2,freeze=false", "size=2,freeze=true"], &[]);
        let expected = [
            "size=1 > size=1,freeze=false",
            "- > size=1,freeze=true",
            "size=2 > size=2,freeze=false",
            "- > size=2,freeze=true",
        ];
        assert_eq!(shown(&a, &b), expected);
        let expected = [
            "size=1,freeze=false > size=1",
            "size=1,freeze=true > -",
            "size=2,freeze=false > size=2",
            "size=2,freeze=true > -",
        ];
        assert_eq!(shown(&b, &a), expected);
    }

    #[test]
    fn what_both_vary_must_tell_all_settings_apart() {
        let a = side(&["size=1,rate=1", "size=1,rate=2", "size=2,rate=1", "size=2,rate=2"], &[("batch", "8")]);
        let b = side(&["size=1,batch=8", "size=1,batch=16", "size=2,batch=8", "size=2,batch=16"], &[("rate", "2")]);
        let found = shown(&a, &b);
        assert_eq!(found.iter().filter(|pair| !pair.contains('-')).count(), 2, "{found:?}");
        assert!(found.contains(&"size=1,rate=2 > size=1,batch=8".to_owned()), "{found:?}");
    }

    #[test]
    fn one_setting_each_pairs_and_other_values_of_an_axis_do_not() {
        assert_eq!(shown(&side(&["rate=1"], &[]), &side(&["rate=2"], &[])), ["rate=1 > rate=2"]);
        let (a, b) = (side(&["rate=1", "rate=2"], &[]), side(&["rate=3", "rate=4"], &[]));
        assert_eq!(shown(&a, &b), ["rate=1 > -", "rate=2 > -", "- > rate=3", "- > rate=4"]);
    }
}
