//! How long a large table takes.

use std::time::Instant;

use super::repository::Repository;
use super::results::{Results, job};
use crate::workshop::Workshop;

#[test]
#[ignore = "a measurement"]
fn seconds_of_400_settings_of_2000_sentences() {
    for seeds in [1, 5] {
        let repository = Repository::new(Workshop::new(""));
        let state = |less: usize, rate| {
            let jobs = (0..400_usize).flat_map(|setting| {
                let label: &'static str = format!("train_size={}", setting + 1).leak();
                (1..=seeds).map(move |seed| job(label, seed, 0..600 + setting - less - (seed as usize * less) % 7))
            });
            let results = Results { sentences: 2000, ..Results::new(jobs.collect()) };
            results.rate(rate).write(&repository.workshop, "results/grid");
        };
        state(0, "5e-5");
        repository.commit("first");
        state(40, "1e-4");
        let begun = Instant::now();
        let said = repository.workshop.runner("diff results/grid");
        assert_eq!(said.status, 0, "{}", said.err);
        println!("{seeds} seeds: {:.1} s, {} lines", begun.elapsed().as_secs_f64(), said.out.lines().count());
    }
}
