//! A user's file with the keys of `[cluster]`: what holds for all experiments of a site. It must not know where it lies.

use std::path::Path;
use std::sync::Arc;

use super::chain::unread;
use super::cluster::Cluster;
use super::problem::{Problem, Problems, SourceText};
use super::tree::{self, Content};
use super::walk::Walker;

/// The keys of `[cluster]` in a user's file, where they stand before any table; none where there is no such file.
///
/// # Errors
/// Every problem, each with its place.
pub fn read_cluster(path: &Path) -> Result<Cluster, Problems> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Cluster::default()),
        Err(error) => return Err(Problem::placeless(unread(path, &error)).into()),
    };
    let source = Arc::new(SourceText { name: path.display().to_string(), text });
    let root = tree::parse(&source).map_err(|list| Problems { list })?;
    let mut walker = Walker { folder: path.parent().unwrap_or(Path::new("")).to_owned(), problems: Vec::new() };
    let cluster = match &root.content {
        Content::Table(entries) => walker.cluster(entries, "this file"),
        _ => Cluster::default(),
    };
    Problems::none_or(walker.problems, cluster)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::super::{Overrides, load, render};
    use super::*;

    fn problems(name: &str, text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let mut problems = match name {
            "cluster.toml" => read_cluster(&path).unwrap_err(),
            _ => load(&path, &Overrides::default()).unwrap_err(),
        };
        problems.rename(|name| name.replace(&format!("{}/", folder.path().display()), ""));
        render(&problems, false, 80)
    }

    #[test]
    fn what_is_wrong_in_a_users_file_is_said_with_its_line() {
        let text = "partion = \"gpu\"\ncpus = 0\nmodules = [\"cuda\", 3]\ngres = [\"gpu:1\"]\naccount = \"a\\nb\"\n";
        insta::assert_snapshot!(problems("cluster.toml", text), @r#"
          × unknown key `partion` in this file
           ╭─[cluster.toml:1:1]
         1 │ partion = "gpu"
           · ───┬───
           ·    ╰── no such key
         2 │ cpus = 0
           ╰────
          help: did you mean `partition`?

          × `cluster.cpus` takes a whole number from 1, not 0
           ╭─[cluster.toml:2:8]
         1 │ partion = "gpu"
         2 │ cpus = 0
           ·        ┬
           ·        ╰── out of range
         3 │ modules = ["cuda", 3]
           ╰────

          × `cluster.modules` takes a list of texts, not ["cuda", 3]
           ╭─[cluster.toml:3:11]
         2 │ cpus = 0
         3 │ modules = ["cuda", 3]
           ·           ─────┬─────
           ·                ╰── 3 is no text, or empty
         4 │ gres = ["gpu:1"]
           ╰────

          × `cluster.gres` takes text
           ╭─[cluster.toml:4:8]
         3 │ modules = ["cuda", 3]
         4 │ gres = ["gpu:1"]
           ·        ────┬────
           ·            ╰── this is a list
         5 │ account = "a\nb"
           ╰────
          help: write one value

          × `cluster.account` takes text in one line
           ╭─[cluster.toml:5:11]
         4 │ gres = ["gpu:1"]
         5 │ account = "a\nb"
           ·           ───┬──
           ·              ╰── this has a line break or a control character
           ╰────

        5 problems; nothing was started or written
        "#);
    }

    #[test]
    fn an_experiment_has_the_same_keys_and_its_base_is_merged_key_by_key() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        let jobs = "[data]\ndataset = \"builtin:es\"\n[model]\ncheckpoint = \"builtin:tiny\"\n";
        write("base.toml", &format!("{jobs}[cluster]\npartition = \"cpu\"\naccount = \"nlp\"\nworkers = 3\n"));
        write("a.toml", "extends = \"base.toml\"\n[cluster]\npartition = \"gpu\"\nsetup = [\"export A=1\"]\n");
        let experiment = load(&folder.path().join("a.toml"), &Overrides::default()).unwrap();
        let cluster = &experiment.cluster;
        assert_eq!((cluster.partition.as_deref(), cluster.account.as_deref()), (Some("gpu"), Some("nlp")));
        assert_eq!((cluster.workers, cluster.setup.len()), (Some(3), 1));
        assert!(!experiment.resolved_toml(folder.path()).contains("gpu"), "it bears on no result");
        assert_eq!(read_cluster(&folder.path().join("none.toml")).unwrap(), Cluster::default());
    }
}
