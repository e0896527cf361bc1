//! Which training rows are the validation split, where the data set's own is not read. It must not know files.

use crate::random::numpy_permutation;
use crate::spec::{self, HeldOut};

use super::SplitError;

/// The rows of a training split, parted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parted {
    /// Those that are trained on, in their order.
    pub(super) training: Vec<u32>,
    /// Those of the validation split, in their order.
    pub(super) validation: Vec<u32>,
}

/// Parts `rows` rows as `data.validation` or `data.folds` say; none if neither is set.
///
/// The rows are in the order of numpy's permutation under `data.validation_seed`. With `data.validation` the first of
/// them are held out and the others follow, as in `datasets.Dataset.train_test_split(test_size, seed=...)`. With
/// `data.folds` they are cut into runs of the sizes of scikit-learn's `KFold`, of which `data.fold` is held out.
/// `entities`: with `data.stratify`, how many entities of each type each row has, `[rows][types]`.
///
/// # Errors
/// Nothing is left to train on, or to validate on.
pub(super) fn parted(
    rows: usize,
    data: &spec::Data,
    entities: impl FnOnce() -> Vec<Vec<u32>>,
) -> Result<Option<Parted>, SplitError> {
    let (sizes, chosen) = match (data.validation, data.folds) {
        (Some(part), _) => {
            let asked = match part {
                HeldOut::Share(share) => (share * rows as f64).ceil() as usize,
                HeldOut::Rows(asked) => asked,
            };
            if asked == 0 || asked >= rows {
                return Err(SplitError::HeldOut { asked, rows });
            }
            (vec![asked, rows - asked], 0)
        }
        (None, Some(folds)) => {
            if folds > rows {
                return Err(SplitError::Folds { folds, rows });
            }
            let size = |fold: usize| rows / folds + usize::from(fold < rows % folds);
            ((0..folds).map(size).collect(), data.fold.unwrap_or_default())
        }
        (None, None) => return Ok(None),
    };
    let order = numpy_permutation(rows, data.validation_seed);
    let parts = if data.stratify { stratified(&order, &sizes, &entities()) } else { runs(&sizes) };
    let (validation, training) =
        order.iter().zip(&parts).partition::<Vec<(&u32, &usize)>, _>(|(_, part)| **part == chosen);
    let rows_of = |part: Vec<(&u32, &usize)>| part.into_iter().map(|(row, _)| *row).collect();
    Ok(Some(Parted { training: rows_of(training), validation: rows_of(validation) }))
}

/// The part of each place of an order that is cut into runs of these sizes.
fn runs(sizes: &[usize]) -> Vec<usize> {
    sizes.iter().enumerate().flat_map(|(part, size)| std::iter::repeat_n(part, *size)).collect()
}

/// The part of each place of `order`, by iterative stratification (Sechidis, Tsoumakas and Vlahavas 2011, algorithm 1)
/// over the numbers of entities: the type that the fewest rows left have comes first, and each of its rows goes to the part
/// that lacks most entities of it, of equal ones to the part that lacks most rows, of these to the first. Rows without
/// entities come last. Unlike the paper's, a part takes no more rows than its size, and what the paper draws follows the
/// order.
///
/// `sizes`: rows of each part; `entities`: `[rows][types]`, by row, not by place.
fn stratified(order: &[u32], sizes: &[usize], entities: &[Vec<u32>]) -> Vec<usize> {
    let of = |place: usize| &entities[order[place] as usize];
    let types = entities.first().map_or(0, Vec::len);
    let count = |kind: usize| entities.iter().map(|row| f64::from(row[kind])).sum::<f64>();
    let share = |size: usize| size as f64 / order.len() as f64;
    // entities of each type that each part lacks, and rows that it lacks
    let mut lacking: Vec<Vec<f64>> =
        sizes.iter().map(|size| (0..types).map(|kind| count(kind) * share(*size)).collect()).collect();
    let mut room = sizes.to_vec();
    let mut parts: Vec<Option<usize>> = vec![None; order.len()];
    loop {
        let left =
            |kind: usize| (0..order.len()).filter(|place| parts[*place].is_none() && of(*place)[kind] > 0).count();
        let rarest = (0..types).map(|kind| (left(kind), kind)).filter(|(rows, _)| *rows > 0).min();
        let Some((_, kind)) = rarest else { break };
        for (place, chosen) in
            parts.iter_mut().enumerate().filter(|(place, part)| part.is_none() && of(*place)[kind] > 0)
        {
            let part = best(&room, |part| lacking[part][kind]);
            room[part] -= 1;
            lacking[part].iter_mut().zip(of(place)).for_each(|(lacks, has)| *lacks -= f64::from(*has));
            *chosen = Some(part);
        }
    }
    for part in parts.iter_mut().filter(|part| part.is_none()) {
        let chosen = best(&room, |_| 0.0);
        room[chosen] -= 1;
        *part = Some(chosen);
    }
    parts.into_iter().map(|part| part.expect("every row has a part")).collect()
}

/// Of the parts with room the one that lacks most, of equal ones that with most room, of these the first.
fn best(room: &[usize], lacks: impl Fn(usize) -> f64) -> usize {
    let open = (0..room.len()).filter(|part| room[*part] > 0);
    let better = |one: usize, other: usize| {
        let more = lacks(other).total_cmp(&lacks(one)).then(room[other].cmp(&room[one]));
        if more.is_gt() { other } else { one }
    };
    open.reduce(better).expect("the parts have room for every row")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    fn data() -> spec::Data {
        spec::Data { validation_seed: 7, ..spec::Data::default() }
    }

    fn part(rows: usize, data: &spec::Data) -> Parted {
        parted(rows, data, Vec::new).unwrap().unwrap()
    }

    #[test]
    fn a_share_is_rounded_up_and_the_others_follow_in_their_order() {
        let order = numpy_permutation(10, 7);
        let found = part(10, &spec::Data { validation: Some(HeldOut::Share(0.21)), ..data() });
        assert_eq!((&found.validation[..], &found.training[..]), (&order[..3], &order[3..]));
        let found = part(10, &spec::Data { validation: Some(HeldOut::Rows(2)), ..data() });
        assert_eq!((&found.validation[..], &found.training[..]), (&order[..2], &order[2..]));
    }

    #[test]
    fn folds_are_cut_as_by_kfold_and_hold_every_row_once() {
        let of = |fold| part(11, &spec::Data { folds: Some(3), fold: Some(fold), ..data() });
        let mut all: Vec<u32> = (0..3).flat_map(|fold| of(fold).validation).collect();
        assert_eq!((0..3).map(|fold| of(fold).validation.len()).collect::<Vec<_>>(), [4, 4, 3]);
        assert_eq!(all, numpy_permutation(11, 7));
        all.sort_unstable();
        assert_eq!(all, (0..11).collect::<Vec<_>>());
        assert!((0..3).all(|fold| of(fold).training.len() + of(fold).validation.len() == 11));
    }

    #[test]
    fn a_part_that_leaves_nothing_is_an_error_and_none_is_no_part() {
        let said = |data| parted(10, &data, Vec::new).unwrap_err().to_string();
        insta::assert_snapshot!(said(spec::Data { validation: Some(HeldOut::Rows(10)), ..data() }), @"data.validation takes 10 of the 10 training rows, which leaves none to train on; lower it");
        insta::assert_snapshot!(said(spec::Data { folds: Some(11), fold: Some(0), ..data() }), @"data.folds = 11, but the train split has 10 rows; lower it");
        assert_eq!(parted(10, &data(), Vec::new).unwrap(), None);
    }

    /// 400 rows: one type in half of them, another in 20 of them.
    fn rows() -> Vec<Vec<u32>> {
        (0..400).map(|row| vec![row % 2, u32::from(row % 20 == 3), (row % 7 == 0).into()]).collect()
    }

    #[test]
    fn a_stratified_part_has_its_share_of_every_type_and_its_size() {
        let entities = rows();
        let total = |rows: &[u32], kind: usize| rows.iter().map(|row| entities[*row as usize][kind]).sum::<u32>();
        let all: Vec<u32> = (0..400).collect();
        for seed in 0..20 {
            let settings = spec::Data {
                validation: Some(HeldOut::Share(0.1)),
                validation_seed: seed,
                stratify: true,
                ..spec::Data::default()
            };
            let found = parted(400, &settings, rows).unwrap().unwrap();
            assert_eq!((found.validation.len(), found.training.len()), (40, 360));
            for kind in 0..3 {
                let (part, share) = (f64::from(total(&found.validation, kind)), f64::from(total(&all, kind)) / 10.0);
                assert!((part - share).abs() <= 1.0, "seed {seed}, type {kind}: {part} of {share}");
            }
            assert_eq!(parted(400, &settings, rows).unwrap().unwrap(), found);
        }
    }

    #[test]
    fn stratified_folds_hold_every_row_once() {
        let settings = |fold| spec::Data { folds: Some(7), fold: Some(fold), stratify: true, ..data() };
        let mut all: Vec<u32> =
            (0..7).flat_map(|fold| parted(400, &settings(fold), rows).unwrap().unwrap().validation).collect();
        all.sort_unstable();
        assert_eq!(all, (0..400).collect::<Vec<_>>());
    }
}
