//! Warnings with a remedy, and the jobs they concern. It must not print.

/// A warning about jobs, and its remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
    /// The jobs, in the order of the plan.
    pub jobs: Vec<usize>,
}

impl Advice {
    /// As a sentence; `selected`: how many jobs are selected.
    pub fn text(&self, selected: usize) -> String {
        let jobs = if selected > 1 { format!(" (in {} of {selected} jobs)", self.jobs.len()) } else { String::new() };
        format!("{}{jobs}: {}", self.what, self.remedy)
    }
}

pub(super) fn enter(kind: &mut Vec<Advice>, what: String, remedy: String, job: usize) {
    match kind.iter_mut().find(|known| known.what == what && known.remedy == remedy) {
        Some(known) => known.jobs.push(job),
        None => kind.push(Advice { what, remedy, jobs: vec![job] }),
    }
}
