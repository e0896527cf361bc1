//! Every case of the reference values of goldens/statistics.json, which numpy and scipy computed; RUNNER_SHARED names its
//! folder. They hold to 1e-9, "detectable" to 1e-7, a bootstrap to the tolerance that stands beside it.

use std::collections::BTreeMap;
use std::fs;

use crate::shared::folder::shared;
use runner::statistics::{
    Parts, Residuals, Run, SeedComparison, SeedSpread, SeedTest, SentenceComparison, best, both, compare, detectable,
    expected_maximum, holm, optimism, overall, score_interval, sentence_test, summarize,
};
use serde_json::Value;

/// Numbers of a case that were found, with their names in its file.
#[derive(Default)]
struct Found(Vec<(String, Option<f64>)>);

impl Found {
    fn add(&mut self, name: &str, value: impl Into<Option<f64>>) {
        self.0.push((name.to_owned(), value.into()));
    }

    fn all<const N: usize, T: Into<Option<f64>>>(&mut self, values: [(&str, T); N]) {
        values.into_iter().for_each(|(name, value)| self.add(name, value));
    }

    fn interval(&mut self, names: [&str; 2], interval: Option<(f64, f64)>) {
        self.add(names[0], interval.map(|(low, _)| low));
        self.add(names[1], interval.map(|(_, high)| high));
    }

    /// Each number against the one expected; a number that is not expected must not be there.
    fn hold_to(&self, case: &str, expected: &Value) {
        for (name, found) in &self.0 {
            let expected = expected.pointer(&format!("/{name}")).and_then(Value::as_f64);
            let tolerance = if name == "detectable" { 1e-7 } else { 1e-9 };
            let holds = match (found, expected) {
                (Some(found), Some(expected)) => (found - expected).abs() <= tolerance * expected.abs().max(1e-300),
                (None, None) => true,
                _ => false,
            };
            assert!(holds, "{case}: {name} is {found:?}, expected {expected:?}");
        }
    }
}

fn runs(rows: &Value) -> Vec<Run> {
    let rows = rows.as_array().expect("rows");
    let whole = |cell: &Value| cell.as_u64().expect("a seed");
    rows.iter()
        .map(|row| Run { data_seed: whole(&row[0]), seed: whole(&row[1]), score: row[2].as_f64().expect("a score") })
        .collect()
}

/// Scores as runs of the seeds 1, 2, ...
fn seeds(scores: &Value) -> Vec<Run> {
    let scores = numbers(scores);
    scores.iter().zip(1..).map(|(score, seed)| Run { data_seed: 42, seed, score: *score }).collect()
}

fn numbers(values: &Value) -> Vec<f64> {
    values.as_array().expect("numbers").iter().map(|value| value.as_f64().expect("a number")).collect()
}

/// Settings by name, each its scores.
fn table(values: &Value) -> Vec<(String, Vec<Run>)> {
    values.as_object().expect("a table").iter().map(|(name, scores)| (name.clone(), seeds(scores))).collect()
}

/// Counts [tp, gold, predicted] of sentences, as the F1 of one part.
fn counts(sentences: &Value) -> Vec<Vec<[u32; 2]>> {
    let count = |cell: &Value| u32::try_from(cell.as_u64().expect("a count")).expect("a small count");
    let sentences = sentences.as_array().expect("sentences");
    vec![sentences.iter().map(|cells| [2 * count(&cells[0]), count(&cells[1]) + count(&cells[2])]).collect()]
}

fn verdict(p: f64, noise: &str) -> String {
    format!("{} {noise}", if p <= 0.05 { "beyond" } else { "within" })
}

fn check_seeds(name: &str, input: &Value, expected: &Value) {
    let found: SeedComparison = compare(&runs(&input["a"]), &runs(&input["b"]));
    let mut numbers = Found::default();
    numbers.add("difference", found.difference);
    let count = |count: usize| Some(count as f64);
    let (test, n) = match found.test {
        SeedTest::Paired { units, runs } => ("paired t", [count(units), count(runs), None, None]),
        SeedTest::Welch { a, b } => ("Welch t", [None, None, count(a), count(b)]),
        SeedTest::OneAgainstSeveral { a, b } => ("one against several", [None, None, count(a), count(b)]),
        SeedTest::OneEach => ("sentences", [None; 4]),
    };
    assert_eq!(expected["test"], test, "{name}");
    ["n", "seeds_used", "n_a", "n_b"].into_iter().zip(n).for_each(|(key, n)| numbers.add(key, n));
    if let SeedTest::Paired { units, .. } = found.test {
        numbers.add("sd", found.se.map(|se| se * (units as f64).sqrt()));
    }
    numbers.all([("se", found.se), ("df", found.df), ("t", found.t), ("p", found.p)]);
    numbers.interval(["ci_low", "ci_high"], found.interval);
    let shown = match found.spread() {
        SeedSpread::Unknown => None,
        SeedSpread::Constant => Some("sentence test: seeds do not vary".to_owned()),
        SeedSpread::NoDifference | SeedSpread::Varies => found.p.map(|p| verdict(p, "seed noise")),
    };
    assert_eq!(expected["verdict"].as_str(), shown.as_deref(), "{name}");
    if found.spread() == SeedSpread::Varies {
        numbers.add("detectable", detectable(found.se.expect("varies"), found.df, 0.05));
    }
    numbers.hold_to(name, expected);
}

fn check_interval(name: &str, input: &Value, expected: &Value) {
    let found = summarize(&seeds(&input["scores"])).expect("a run");
    let mut numbers = Found::default();
    numbers.all([("n", Some(found.n as f64)), ("mean", Some(found.mean)), ("sd", found.sd)]);
    numbers.interval(["ci_low", "ci_high"], found.interval);
    numbers.hold_to(name, expected);
}

fn check_data(name: &str, input: &Value, expected: &Value) {
    let found = summarize(&runs(&input["rows"])).expect("runs");
    let parts = found.components.expect("both seeds vary");
    let mut numbers = Found::default();
    let [n, data_seeds] = [found.n, found.data_seeds].map(|count| count as f64);
    numbers.all([("rows", n), ("data_seeds", data_seeds), ("mean", found.mean), ("n0", parts.n0)]);
    numbers.all([("ms_within", parts.ms_within), ("ms_between", parts.ms_between)]);
    numbers.all([("sd_seed", parts.sd_seed()), ("sd_data", parts.sd_data())]);
    numbers.all([("var_data_raw", Some(parts.raw_data_variance())), ("sd", found.sd)]);
    numbers.interval(["ci_low", "ci_high"], found.interval);
    numbers.hold_to(name, expected);
}

fn check_holm(name: &str, input: &Value, expected: &Value) {
    let mut found = Found::default();
    let adjusted = holm(&numbers(&input["p"]));
    assert_eq!(adjusted.len(), expected["p_holm"].as_array().expect("numbers").len(), "{name}");
    adjusted.iter().enumerate().for_each(|(at, p)| found.add(&format!("p_holm/{at}"), *p));
    found.hold_to(name, expected);
}

fn score(numbers: &mut Found, side: &str, parts: &Parts) {
    let found = Residuals::of(parts).expect("sentences");
    numbers.add(&format!("{side}/f1"), found.value);
    numbers.add(&format!("{side}/se"), found.se());
    numbers.add(&format!("{side}/sentences_with_entity"), found.counted_sentences() as f64);
    let names = [format!("{side}/low"), format!("{side}/high")];
    numbers.interval([&names[0], &names[1]], score_interval(&[parts]));
}

fn check_sentences(name: &str, input: &Value, expected: &Value) {
    let (a, b) = (counts(&input["a"]), counts(&input["b"]));
    let found = sentence_test(&[&a], &[&b]).expect("sentences");
    let SentenceComparison { difference, se, z, p, interval, differing, sentences } = found;
    let mut numbers = Found::default();
    numbers.all([("m", sentences as f64), ("sentences_differ", differing as f64)]);
    numbers.all([("difference", Some(difference)), ("se", Some(se)), ("z", z), ("p", Some(p))]);
    numbers.interval(["ci_low", "ci_high"], interval);
    numbers.add("detectable", (se > 0.0).then(|| detectable(se, None, 0.05)));
    score(&mut numbers, "a", &a);
    score(&mut numbers, "b", &b);
    numbers.hold_to(name, expected);
    assert_eq!(expected["verdict"], verdict(p, "sentence sampling"), "{name}");
    drawn(name, expected, &found, score_interval(&[&a]));
}

/// The closed form against what 200,000 draws gave, where the file says how near they are.
fn drawn(name: &str, expected: &Value, found: &SentenceComparison, of_a: Option<(f64, f64)>) {
    let bootstrap = &expected["bootstrap"];
    if let Some(tolerance) = bootstrap["tolerance"].as_f64() {
        let se = bootstrap["se"].as_f64().expect("a number");
        assert!((found.se - se).abs() <= tolerance * se, "{name}: se {}, by the bootstrap {se}", found.se);
        for (key, interval) in [("percentile", found.interval), ("a_percentile", of_a)] {
            let (ends, (low, high)) = (numbers(&bootstrap[key]), interval.expect("an interval"));
            let near = tolerance * (ends[1] - ends[0]);
            let holds = (low - ends[0]).abs() <= near && (high - ends[1]).abs() <= near;
            assert!(holds, "{name}: {key} [{low}, {high}], by the bootstrap {ends:?}");
        }
    }
    let randomization = &expected["randomisation"];
    if let Some(tolerance) = randomization["tolerance"].as_f64() {
        let p = randomization["p"].as_f64().expect("a number");
        assert!((found.p - p).abs() <= tolerance, "{name}: p {}, by randomization {p}", found.p);
    }
}

fn views(systems: &[Vec<Vec<[u32; 2]>>]) -> Vec<&Parts> {
    systems.iter().map(Vec::as_slice).collect()
}

fn check_both(name: &str, input: &Value, expected: &Value) {
    let side = |key: &str| {
        let systems = input[key].as_array().expect("systems").iter().map(counts).collect::<Vec<_>>();
        let score = |parts: &Vec<Vec<[u32; 2]>>| (Residuals::of(parts).expect("sentences").value * 1e6).round() / 1e6;
        let scored = systems.iter().zip(1..).map(|(parts, seed)| Run { data_seed: 42, seed, score: score(parts) });
        (scored.collect::<Vec<_>>(), systems)
    };
    let ((a, systems_a), (b, systems_b)) = (side("a"), side("b"));
    let seeds = compare(&a, &b);
    let sentences = sentence_test(&views(&systems_a), &views(&systems_b)).expect("sentences");
    let found = both(&seeds, &sentences).expect("seeds vary");
    let mut numbers = Found::default();
    for (at, (a, b)) in a.iter().zip(&b).enumerate() {
        numbers.add(&format!("differences/{at}"), ((b.score - a.score) * 1e6).round() / 1e6);
    }
    numbers.all([("difference", Some(seeds.difference)), ("se_seeds", seeds.se), ("p_seeds", seeds.p)]);
    numbers.all([("se_sentences", sentences.se), ("df_both", found.df), ("p_both", found.p)]);
    numbers.interval(["ci_low", "ci_high"], seeds.interval);
    numbers.interval(["both_low", "both_high"], Some(found.interval));
    numbers.hold_to(name, expected);
}

fn check_detectable(name: &str, input: &Value, expected: &Value) {
    let mut numbers = Found::default();
    let [se, threshold] = ["se", "threshold"].map(|key| input[key].as_f64().expect("a number"));
    numbers.add("detectable", detectable(se, input["df"].as_f64(), threshold));
    numbers.hold_to(name, expected);
}

fn check_bold(name: &str, input: &Value, expected: &Value) {
    let (names, settings): (Vec<String>, Vec<Vec<Run>>) = table(&input["table"]).into_iter().unzip();
    let found = best(&settings).expect("settings");
    assert_eq!(expected["best"], names[found.setting].as_str(), "{name}");
    let mut numbers = Found::default();
    numbers.add(&format!("means/{}", names[found.setting]), found.mean);
    numbers.add("p_group", found.p_group);
    for other in &found.others {
        numbers.add(&format!("p/{}", names[other.setting]), other.p);
        numbers.add(&format!("p_holm/{}", names[other.setting]), other.p_holm);
    }
    numbers.hold_to(name, expected);
    assert_eq!(found.others.len(), expected["p"].as_object().expect("others").len(), "{name}");
    assert_eq!(expected["bold"], found.p_group.is_some_and(|p| p <= 0.05), "{name}");
    let within: Vec<&str> = found.within_noise().into_iter().map(|place| names[place].as_str()).collect();
    assert_eq!(expected["within_noise"], serde_json::json!(within), "{name}");
}

fn check_select(name: &str, input: &Value, expected: &Value) {
    let (names, settings): (Vec<String>, Vec<Vec<Run>>) = table(&input["table"]).into_iter().unzip();
    let found = optimism(&settings).expect("settings and seeds");
    assert_eq!(expected["winner"], names[best(&settings).expect("settings").setting].as_str(), "{name}");
    let mut numbers = Found::default();
    numbers.add("sd_residual", found.sd_residual);
    numbers.add("expected_maximum", expected_maximum(settings.len()));
    numbers.add("optimism_at_most", found.at_most);
    numbers.hold_to(name, expected);
}

fn check_overall(name: &str, input: &Value, expected: &Value) {
    // differences as they are: A scores 0
    let rows: Vec<(Vec<Run>, Vec<Run>)> = table(&input["differences"])
        .into_iter()
        .map(|(_, b)| (b.iter().map(|run| Run { score: 0.0, ..*run }).collect(), b))
        .collect();
    let views: Vec<(&[Run], &[Run])> = rows.iter().map(|(a, b)| (a.as_slice(), b.as_slice())).collect();
    let found = overall(&views).expect("rows and seeds");
    let mut numbers = Found::default();
    numbers.all([("difference", Some(found.difference)), ("t", found.t), ("p", found.p)]);
    numbers.add("df", found.df);
    numbers.interval(["ci_low", "ci_high"], found.interval);
    numbers.hold_to(name, expected);
}

#[test]
#[ignore = "needs RUNNER_SHARED"]
fn every_reference_value_of_the_statistics_is_met() {
    let file = shared().join("goldens/statistics.json");
    let cases: Vec<Value> = serde_json::from_slice(&fs::read(file).expect("read")).expect("JSON");
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for case in &cases {
        let (kind, name) = (case["kind"].as_str().expect("a kind"), case["name"].as_str().expect("a name"));
        let check = match kind {
            "seeds" => check_seeds,
            "interval" => check_interval,
            "data" => check_data,
            "holm" => check_holm,
            "sentences" => check_sentences,
            "both" => check_both,
            "detectable" => check_detectable,
            "bold" => check_bold,
            "select" => check_select,
            "overall" => check_overall,
            _ => panic!("{name}: a case of the unknown kind {kind}"),
        };
        check(&format!("{kind}, {name}"), &case["input"], &case["expected"]);
        println!("{kind}, {name}: met");
        *kinds.entry(kind.to_owned()).or_default() += 1;
    }
    assert_eq!(cases.len(), 48, "{kinds:?}");
}
