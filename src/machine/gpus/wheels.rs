//! NVIDIA's wheels: where pip puts the toolkit's libraries, seen from a program that pip installed beside them. It must not
//! load them.

use std::cmp::Reverse;
use std::fs;
use std::path::{Path, PathBuf};

/// The toolkit's libraries, each after those that it needs.
pub(super) const LIBRARIES: [&str; 3] = ["libcublasLt", "libcublas", "libcurand"];

/// libcurand's major version, in CUDA 11 to 13.
const CURAND: u32 = 10;

/// The files of [`LIBRARIES`] in the wheels of one version.
pub(super) type Set = [PathBuf; LIBRARIES.len()];

/// The whole sets of wheels beside a program: those for the toolkit that it was built with come before those of CUDA 12.
pub(super) fn sets(program: &Path, toolkit: u32) -> Vec<Set> {
    let mut versions = vec![toolkit, 12];
    versions.dedup();
    let folders = packages(program);
    let all = versions.iter().flat_map(|version| folders.iter().map(|folder| set(folder, *version)));
    all.filter(|set| set.iter().all(|file| file.is_file())).collect()
}

/// The folders in which pip puts packages when it puts a program here.
fn packages(program: &Path) -> Vec<PathBuf> {
    let scripts = program.parent();
    let Some(root) = scripts.filter(|folder| folder.ends_with("bin") || folder.ends_with("Scripts")) else {
        return Vec::new();
    };
    let root = root.parent().unwrap_or(root);
    let mut folders = Vec::new();
    for library in ["lib", "lib64"] {
        for python in pythons(&root.join(library)) {
            // Debian's own Python says dist-packages
            folders.extend(["site-packages", "dist-packages"].map(|name| python.join(name)));
        }
    }
    // Windows: an environment, and --user
    folders.extend([root.join("Lib").join("site-packages"), root.join("site-packages")]);
    // --target
    folders.push(root.to_owned());
    folders
}

/// The folders `python3.11` and so on in one, the newest first.
fn pythons(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let minor = |path: &PathBuf| -> Option<u32> { path.file_name()?.to_str()?.strip_prefix("python3.")?.parse().ok() };
    let mut found: Vec<PathBuf> = entries.filter(|path| minor(path).is_some()).collect();
    found.sort_by_key(|path| Reverse(minor(path)));
    found
}

/// Where the wheels of a version have their files: a package for each library up to CUDA 12, one for all since.
fn set(packages: &Path, version: u32) -> Set {
    let nvidia = packages.join("nvidia");
    LIBRARIES.map(|library| {
        let package = match library {
            _ if version > 12 => format!("cu{version}"),
            "libcurand" => "curand".to_owned(),
            _ => "cublas".to_owned(),
        };
        let version_of_file = if library == "libcurand" { CURAND } else { version };
        let folder = nvidia.join(package);
        match cfg!(windows) {
            true => {
                let folder = folder.join("bin");
                let folder = if version > 12 { folder.join("x86_64") } else { folder };
                folder.join(format!("{}64_{version_of_file}.dll", library.trim_start_matches("lib")))
            }
            false => folder.join("lib").join(format!("{library}.so.{version_of_file}")),
        }
    })
}

#[cfg(all(test, target_os = "linux"))]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    const CU13: [&str; 3] =
        ["nvidia/cu13/lib/libcublasLt.so.13", "nvidia/cu13/lib/libcublas.so.13", "nvidia/cu13/lib/libcurand.so.10"];
    const CU12: [&str; 3] = [
        "nvidia/cublas/lib/libcublasLt.so.12",
        "nvidia/cublas/lib/libcublas.so.12",
        "nvidia/curand/lib/libcurand.so.10",
    ];

    /// A folder with these empty files.
    fn tree(files: &[(&str, [&str; 3])]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (packages, names) in files {
            for name in names {
                let path = root.path().join(packages).join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, "").unwrap();
            }
        }
        root
    }

    /// The folders of the sets that a program in `bin` of it finds, relative to it.
    fn found(root: &tempfile::TempDir, program: &str, toolkit: u32) -> Vec<String> {
        let sets = sets(&root.path().join(program), toolkit);
        let folder = |set: &Set| set[1].parent().unwrap().strip_prefix(root.path()).unwrap().display().to_string();
        sets.iter().map(folder).collect()
    }

    #[test]
    fn every_place_into_which_pip_installs_is_searched() {
        for (program, packages) in [
            ("venv/bin/runner", "venv/lib/python3.11/site-packages"),
            ("home/.local/bin/runner", "home/.local/lib/python3.9/site-packages"),
            ("usr/local/bin/runner", "usr/local/lib/python3.12/dist-packages"),
            ("usr/bin/runner", "usr/lib64/python3.13/site-packages"),
            ("target/bin/runner", "target"),
            ("AppData/Python/Python312/Scripts/runner.exe", "AppData/Python/Python312/site-packages"),
            ("venv/Scripts/runner.exe", "venv/Lib/site-packages"),
        ] {
            let root = tree(&[(packages, CU13)]);
            assert_eq!(found(&root, program, 13), [format!("{packages}/nvidia/cu13/lib")], "{program}");
        }
    }

    #[test]
    fn the_toolkits_own_version_comes_first_and_the_newest_python() {
        let (old, new) = ("lib/python3.9/site-packages", "lib/python3.12/site-packages");
        let root = tree(&[(old, CU13), (new, CU12), (new, CU13)]);
        assert_eq!(
            found(&root, "bin/runner", 13),
            [format!("{new}/nvidia/cu13/lib"), format!("{old}/nvidia/cu13/lib"), format!("{new}/nvidia/cublas/lib")]
        );
        assert_eq!(found(&root, "bin/runner", 12), [format!("{new}/nvidia/cublas/lib")], "never a later version");
    }

    #[test]
    fn a_set_that_lacks_a_library_does_not_count() {
        let packages = "lib/python3.11/site-packages";
        let root = tree(&[(packages, CU13), (packages, CU12)]);
        fs::remove_file(root.path().join(packages).join(CU13[2])).unwrap();
        assert_eq!(found(&root, "bin/runner", 13), [format!("{packages}/nvidia/cublas/lib")]);
    }

    #[test]
    fn a_program_that_pip_did_not_install_finds_none() {
        let root = tree(&[("target", CU13)]);
        assert!(found(&root, "target/release/runner", 13).is_empty());
        assert!(sets(Path::new("runner"), 13).is_empty() && sets(Path::new("/"), 13).is_empty());
    }
}
