//! The experiment.toml of the merged folder: that of the first one, whose relative paths lead where they did.

use std::path::Path;

use crate::plan::Plan;
use crate::spec::{KeyPath, Source, Value, split_job};

use super::folder::Folder;

/// The content of experiment.toml in `root`. A folder that was made on another machine names its data as seen from where it
/// lay there, and the same is written here; where the data are here, their path is written anew.
pub(super) fn experiment_toml(first: &Folder, root: &Path) -> Vec<u8> {
    if first.layout.root() == root || !leads_somewhere(&first.plan) {
        return first.experiment.clone();
    }
    let text = first.plan.experiment.resolved_toml(root);
    // the first line names the file that was run
    let (head, old) = (|text: &str| text.find('\n').map_or(0, |at| at + 1), String::from_utf8_lossy(&first.experiment));
    let rest = &text[head(&text)..];
    format!("{}{rest}", &old[..head(&old)]).into_bytes()
}

/// Whether a relative path of the experiment leads to a file or folder on this machine.
fn leads_somewhere(plan: &Plan) -> bool {
    let keys = ["data.dataset", "model.checkpoint"].into_iter().filter_map(KeyPath::parse).collect::<Vec<_>>();
    let of_jobs = plan.jobs.iter().flat_map(|job| keys.iter().filter_map(|key| job.settings.get(*key)));
    let of_sets = plan.experiment.evaluate.iter().flat_map(|set| set.data.iter().map(|given| given.value().clone()));
    of_jobs.chain(of_sets).any(|value| match value {
        Value::Source(Source::Folder { written, path }) => written.starts_with('.') && path.exists(),
        Value::Source(Source::Job(job)) => {
            let (path, _) = split_job(&job.address);
            job.written.starts_with('.') && Path::new(path).exists()
        }
        _ => false,
    })
}
