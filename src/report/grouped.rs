//! Problems of jobs for a terminal: equal ones once, with how many jobs have them.

/// Jobs named in a group at most.
const NAMED: usize = 3;

/// Problems shown at most.
const SHOWN: usize = 10;

/// One line a problem, in the order of their first jobs: the job's label, or how many jobs have it and the first of them.
/// Of many problems the first, and in a last line how many more there are. `problems`: label and text.
pub fn grouped(problems: &[(&str, String)]) -> Vec<String> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for (label, text) in problems {
        match groups.iter_mut().find(|(known, _)| known == text) {
            Some((_, labels)) => labels.push(label),
            None => groups.push((text, vec![label])),
        }
    }
    let rest = groups.split_off(groups.len().min(SHOWN));
    let mut lines: Vec<String> =
        groups.into_iter().map(|(text, labels)| format!("{}: {text}", jobs_named(&labels))).collect();
    if !rest.is_empty() {
        let noun = if rest.len() == 1 { "problem" } else { "problems" };
        let labels: Vec<&str> = rest.iter().flat_map(|(_, labels)| labels.iter().copied()).collect();
        lines.push(format!("and {} more {noun}, of {}", rest.len(), jobs_named(&labels)));
    }
    lines
}

/// The label of one job; of several how many they are, and the first of them.
fn jobs_named(labels: &[&str]) -> String {
    match labels {
        [only] => (*only).to_owned(),
        all => {
            let named = all.iter().take(NAMED).copied().collect::<Vec<_>>().join("; ");
            let rest = all.len().saturating_sub(NAMED);
            let more = if rest > 0 { format!("; and {rest} more") } else { String::new() };
            format!("{} jobs ({named}{more})", all.len())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_problems_are_one_line() {
        let labels: Vec<String> = (1..=1000).map(|seed| format!("seed={seed}")).collect();
        let mut problems: Vec<(&str, String)> = labels.iter().map(|label| (label.as_str(), "no".to_owned())).collect();
        problems.insert(1, ("base", "other".to_owned()));
        assert_eq!(grouped(&problems), ["1000 jobs (seed=1; seed=2; seed=3; and 997 more): no", "base: other"]);
        assert_eq!(grouped(&problems[1..3]), ["base: other", "seed=2: no"]);
    }

    #[test]
    fn of_many_problems_the_first_are_shown() {
        let labels: Vec<String> = (1..=12).map(|seed| format!("seed={seed}")).collect();
        let problems: Vec<(&str, String)> =
            labels.iter().map(|label| (label.as_str(), format!("no {label}"))).collect();
        let lines = grouped(&problems);
        assert_eq!((lines.len(), lines[10].as_str()), (11, "and 2 more problems, of 2 jobs (seed=11; seed=12)"));
        assert_eq!(grouped(&problems[..11])[10], "and 1 more problem, of seed=11");
    }
}
