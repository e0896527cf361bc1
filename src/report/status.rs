//! The answer of `runner status`: totals, what runs where, what waits or was lost, and what to do.

use crate::cluster::{RunningTraining, Status};

use super::error_sections::counted;
use super::page::Page;
use super::wrap::wrapped;

/// The page. `folder`: the results folder, as the user names it.
pub fn status_text(status: &Status, folder: &str, page: Page) -> String {
    let mut lines = vec![wrapped("", 2, &totals(status), page.columns)];
    lines.extend(status.running.iter().map(|training| running(training, page)));
    let workers = |count: usize| counted(count, "worker");
    if status.idle > 0 {
        lines.push(wrapped("", 2, &format!("{} without a training at the moment", workers(status.idle)), page.columns));
    }
    for (reason, count) in &status.waiting {
        let text = format!("{} in the queue ({})", workers(*count), plain(reason));
        lines.push(wrapped("", 2, &text, page.columns));
    }
    for (host, task) in &status.lost {
        let task = task.as_ref().map(|task| format!(" (task {task})")).unwrap_or_default();
        let text = format!("a worker on {}{}; another takes over what it ran", plain(host), plain(&task));
        lines.push(wrapped(&page.notable("lost:"), 2, &text, page.columns));
    }
    if let Some(problem) = &status.problem {
        let text = format!("nothing is known of the queue: {}", plain(problem));
        lines.push(wrapped(&page.warning(), 2, &text, page.columns));
    }
    lines.push(wrapped("", 2, &next(status, folder), page.columns));
    lines.join("\n") + "\n"
}

fn totals(status: &Status) -> String {
    let Status { name, done, failed, left, running, .. } = status;
    let jobs = done + failed + left;
    let failed = if *failed > 0 { format!(", {failed} failed") } else { String::new() };
    let left = if *left > 0 { format!(", {left} left") } else { String::new() };
    let runs = match running.len() {
        0 => String::new(),
        count => format!(", {count} running"),
    };
    let time = match status.seconds_left {
        Some(seconds) if !status.is_done() => format!("; about {} left", time(seconds)),
        _ => String::new(),
    };
    format!("{}: {done} of {} done{failed}{left}{runs}{time}", plain(name), counted(jobs, "job"))
}

fn running(training: &RunningTraining, page: Page) -> String {
    let RunningTraining { label, step, of, host, environment, seconds } = training;
    let steps = match (*step, *of) {
        (0, 0) => "starting".to_owned(),
        (step, 0) => format!("step {step}"),
        (step, of) => format!("step {step} of {of}"),
    };
    let (host, environment) = (plain(host), plain(environment));
    let text = format!("{}: {steps} on {host} ({environment}), {}", plain(label), time(*seconds as f64));
    wrapped(" ", 4, &text, page.columns)
}

fn next(status: &Status, folder: &str) -> String {
    let folder = plain(folder);
    if status.is_done() && status.failed == 0 {
        return format!("all is done; `runner show {folder}` shows the tables");
    }
    if status.is_done() && status.running.is_empty() {
        return format!(
            "nothing is left; `runner show {folder}` says why jobs failed, and `runner submit` runs them again"
        );
    }
    if status.is_idle() {
        return "nobody works on it; `runner submit` with the same file goes on, and so does `runner run`".to_owned();
    }
    if status.running.is_empty() && status.idle == 0 && status.by_hand > 0 && status.by_hand == status.submissions.len()
    {
        return "no worker has started yet; start them as `runner submit --script-only` said".to_owned();
    }
    format!("`runner cancel {folder}` stops it; `runner status {folder} --watch` follows it")
}

/// `34 s`, `42 min`, `3.5 h`.
fn time(seconds: f64) -> String {
    match seconds {
        short if short < 90.0 => format!("{short:.0} s"),
        medium if medium < 7200.0 => format!("{:.0} min", medium / 60.0),
        long => format!("{:.1} h", long / 3600.0),
    }
}

/// A text of users or machines, without control characters.
fn plain(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn status() -> Status {
        let training = |label: &str, step, of| RunningTraining {
            label: label.to_owned(),
            step,
            of,
            host: "gpu-node-12.cluster".to_owned(),
            environment: "cuda-a100".to_owned(),
            seconds: 754,
        };
        Status {
            name: "es_grid".to_owned(),
            done: 12,
            failed: 1,
            left: 27,
            running: vec![
                training("train_size=3000,freeze=false,seed=1", 1200, 4000),
                training("seed=\u{1b}[2J2", 3, 0),
            ],
            idle: 1,
            waiting: BTreeMap::from([("Priority".to_owned(), 2)]),
            lost: vec![("n3".to_owned(), Some("812_4".to_owned()))],
            submissions: vec!["20261128-223015-3f2a".to_owned()],
            seconds_left: Some(2520.0),
            ..Status::default()
        }
    }

    #[test]
    fn a_running_grid_fits_the_terminal() {
        let shown = |columns| status_text(&status(), "results/es_grid", Page::plain(columns));
        insta::assert_snapshot!(shown(80), @r"
        es_grid: 12 of 40 jobs done, 1 failed, 27 left, 2 running; about 42 min left
          train_size=3000,freeze=false,seed=1: step 1200 of 4000 on gpu-node-12.cluster
            (cuda-a100), 13 min
          seed=[2J2: step 3 on gpu-node-12.cluster (cuda-a100), 13 min
        1 worker without a training at the moment
        2 workers in the queue (Priority)
        lost: a worker on n3 (task 812_4); another takes over what it ran
        `runner cancel results/es_grid` stops it; `runner status results/es_grid
          --watch` follows it
        ");
        for columns in [60, 120] {
            assert!(shown(columns).lines().all(|line| line.chars().count() <= columns), "{}", shown(columns));
        }
        insta::assert_snapshot!(shown(60), @r"
        es_grid: 12 of 40 jobs done, 1 failed, 27 left, 2 running;
          about 42 min left
          train_size=3000,freeze=false,seed=1: step 1200 of 4000 on
            gpu-node-12.cluster (cuda-a100), 13 min
          seed=[2J2: step 3 on gpu-node-12.cluster (cuda-a100),
            13 min
        1 worker without a training at the moment
        2 workers in the queue (Priority)
        lost: a worker on n3 (task 812_4); another takes over what
          it ran
        `runner cancel results/es_grid` stops it; `runner status
          results/es_grid --watch` follows it
        ");
        assert!(!shown(120).contains('\u{1b}'), "labels are data");
    }

    #[test]
    fn what_to_do_next_follows_from_who_works() {
        let next = |change: &dyn Fn(&mut Status)| {
            let mut status = Status { done: 3, left: 1, ..Status::default() };
            change(&mut status);
            next(&status, "results/a")
        };
        let submitted = |status: &mut Status| status.submissions = vec!["1".to_owned()];
        let texts = [
            next(&|status| status.left = 0),
            next(&|status| (status.left, status.failed) = (0, 1)),
            next(&|_| {}),
            next(&|status| {
                submitted(status);
                status.by_hand = 1;
            }),
            next(&submitted),
        ];
        insta::assert_snapshot!(texts.join("\n"), @r"
        all is done; `runner show results/a` shows the tables
        nothing is left; `runner show results/a` says why jobs failed, and `runner submit` runs them again
        nobody works on it; `runner submit` with the same file goes on, and so does `runner run`
        no worker has started yet; start them as `runner submit --script-only` said
        `runner cancel results/a` stops it; `runner status results/a --watch` follows it
        ");
    }
}
