//! What holds for all experiments of a user: the file in the folder of settings.

use std::env;
use std::path::PathBuf;

use crate::spec::{Cluster, Experiment, Problems, read_cluster};

/// `cluster.toml` in `runner/` of the user's folder of settings, XDG_CONFIG_HOME or `~/.config`; none where there is no home.
pub fn user_file() -> Option<PathBuf> {
    let folder = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let settings = folder("XDG_CONFIG_HOME").or_else(|| folder("HOME").map(|home| home.join(".config")))?;
    Some(settings.join("runner/cluster.toml"))
}

/// What a scheduler is asked for: the experiment's keys over those of the user's file.
///
/// # Errors
/// Problems of the user's file.
pub fn cluster_of(experiment: &Experiment) -> Result<Cluster, Problems> {
    let base = user_file().map_or_else(|| Ok(Cluster::default()), |path| read_cluster(&path))?;
    Ok(experiment.cluster.clone().over(base))
}
