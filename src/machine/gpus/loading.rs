//! The toolkit's libraries, loaded before candle's bindings open them by name: those that the system finds, or else one
//! whole set of NVIDIA's wheels, never some of each. A name that is loaded already is not searched for again, so the
//! bindings get what is loaded here. It must not know which folders are searched.

use std::ffi::OsStr;
use std::path::PathBuf;

use libloading::Library as Loaded;

use super::library::Library;
use super::wheels::{LIBRARIES, Set};

/// A function of each of [`LIBRARIES`].
const FUNCTIONS: [&str; LIBRARIES.len()] = ["cublasLtCreate", "cublasCreate_v2", "curandCreateGenerator"];

/// Loads all of [`LIBRARIES`] for good, or says which of them the system finds.
pub(super) fn load(sets: &[Set], toolkit: u32) -> Vec<Library> {
    let by_system = LIBRARIES.map(|library| by_name(library, toolkit));
    let there = LIBRARIES.iter().zip(&by_system).map(|(name, loaded)| Library {
        name,
        found: loaded.is_some(),
        folder: loaded.as_ref().and_then(|_| folder_of(name)),
    });
    let there: Vec<Library> = there.collect();
    if there.iter().all(|library| library.found) {
        by_system.into_iter().flatten().for_each(std::mem::forget);
        return there;
    }
    // closed before the wheels' are opened: of two loaded files of one name, the first is what the bindings get
    drop(by_system);
    let Some((set, loaded)) = sets.iter().find_map(|set| Some((set, whole(set, toolkit)?))) else {
        return there;
    };
    loaded.into_iter().for_each(std::mem::forget);
    let folder = |file: &PathBuf| file.parent().map(std::path::Path::to_owned);
    LIBRARIES.iter().zip(set).map(|(name, file)| Library { name, found: true, folder: folder(file) }).collect()
}

/// The set, if all of it loads and is what the bindings then get by name.
fn whole(set: &Set, toolkit: u32) -> Option<Vec<Loaded>> {
    let mut loaded = Vec::new();
    for file in set {
        loaded.push(open(file)?);
    }
    let is_named = |(index, library): (usize, &Loaded)| {
        let named = by_name(LIBRARIES[index], toolkit)?;
        Some(address(&named, FUNCTIONS[index])? == address(library, FUNCTIONS[index])?)
    };
    loaded.iter().enumerate().all(|pair| is_named(pair) == Some(true)).then_some(loaded)
}

/// A library under the first name that the system finds, in the order in which the bindings try them.
pub(super) fn by_name(library: &str, toolkit: u32) -> Option<Loaded> {
    names(library, toolkit).find_map(open)
}

fn open(file: impl AsRef<OsStr>) -> Option<Loaded> {
    // SAFETY: what these libraries run when loaded is NVIDIA's, and is run by the bindings next.
    unsafe { Loaded::new(file.as_ref()) }.ok()
}

/// Where a function is: of two files of one library, each has its own.
fn address(library: &Loaded, function: &str) -> Option<usize> {
    // SAFETY: the address is compared, and nothing is read from it.
    unsafe { library.get::<*const ()>(function) }.ok().map(|symbol| *symbol as usize)
}

/// What a library's file may be called here: bare, with the toolkit's version, or with an earlier one.
fn names(library: &str, toolkit: u32) -> impl Iterator<Item = String> {
    use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
    let library = library.trim_start_matches("lib");
    let bare = format!("{DLL_PREFIX}{library}{DLL_SUFFIX}");
    let versions = [toolkit, 12, 11, 10, 1];
    let versioned: Vec<String> = match cfg!(windows) {
        true => versions.iter().map(|major| format!("{library}64_{major}{DLL_SUFFIX}")).collect(),
        false => versions.iter().map(|major| format!("{bare}.{major}")).collect(),
    };
    [bare].into_iter().chain(versioned)
}

/// The folder from which a library is loaded, as Linux reports it.
fn folder_of(library: &str) -> Option<PathBuf> {
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    let file = format!("/{library}.so");
    let path = maps
        .lines()
        .filter_map(|line| line.find('/').map(|start| &line[start..]))
        .find(|path| path.rfind('/').is_some_and(|slash| path[slash..].starts_with(&file)))?;
    PathBuf::from(path).parent().map(std::path::Path::to_owned)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test may panic, and tells the test that started it")]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::process::Command;

    use super::super::wheels::sets;
    use super::*;

    /// Variables by which a test tells the process that loads: the program's path, and where to say what it loaded.
    const PROGRAM: &str = "RUNNER_TEST_PROGRAM";
    const SYSTEM: &str = "system";
    const WHEELS: &str = "venv/lib/python3.11/site-packages/nvidia/cu13/lib";
    const WHEELS_12: [&str; 2] = ["nvidia/cublas/lib", "nvidia/curand/lib"];

    /// A library of one function, which returns `answer`.
    fn compile(folder: &Path, file: &str, soname: &str, answer: u32) {
        fs::create_dir_all(folder).unwrap();
        let index = LIBRARIES.iter().position(|name| file.starts_with(&format!("{name}.so"))).unwrap();
        let source = folder.join(format!("{file}.c"));
        fs::write(&source, format!("int {}(void) {{ return {answer}; }}\n", FUNCTIONS[index])).unwrap();
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-o"]).arg(folder.join(file)).arg(&source);
        assert!(compiler.arg(format!("-Wl,-soname,{soname}")).status().unwrap().success());
    }

    /// The three of one version, which return `answer`.
    fn compile_all(folder: &Path, version: u32, answer: u32) {
        for (name, version) in LIBRARIES.iter().zip([version, version, 10]) {
            let file = format!("{name}.so.{version}");
            compile(folder, &file, &file, answer);
        }
    }

    /// What a process of its own loads, with `system` in the loader's path, and what its libraries then answer by name.
    fn loaded(root: &tempfile::TempDir) -> String {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "machine::gpus::loading::tests::says_what_is_loaded", "--ignored", "--nocapture"]);
        child.env("LD_LIBRARY_PATH", root.path().join(SYSTEM)).env(PROGRAM, root.path().join("venv/bin/runner"));
        let said = String::from_utf8(child.output().unwrap().stdout).unwrap();
        let lines = said.lines().filter_map(|line| line.strip_prefix("loaded "));
        lines.map(|line| line.replace(&format!("{}/", root.path().display()), "")).collect::<Vec<_>>().join("\n")
    }

    #[test]
    #[ignore = "the other tests start it, each with folders of its own"]
    fn says_what_is_loaded() {
        let program = PathBuf::from(std::env::var_os(PROGRAM).unwrap());
        for (index, library) in load(&sets(&program, 13), 13).iter().enumerate() {
            let folder = library.folder.as_ref().map_or("no folder".into(), |folder| folder.display().to_string());
            let answer = by_name(library.name, 13).map(|library| {
                // SAFETY: the test compiled it.
                unsafe { library.get::<unsafe extern "C" fn() -> u32>(FUNCTIONS[index]).unwrap()() }
            });
            println!("\nloaded {} {} {folder} {answer:?}", library.name, library.found);
        }
    }

    #[test]
    fn what_is_nowhere_is_missing() {
        insta::assert_snapshot!(loaded(&tempfile::tempdir().unwrap()), @"
        libcublasLt false no folder None
        libcublas false no folder None
        libcurand false no folder None
        ");
    }

    #[test]
    fn wheels_beside_the_program_are_what_the_bindings_get() {
        let root = tempfile::tempdir().unwrap();
        compile_all(&root.path().join(WHEELS), 13, 2);
        insta::assert_snapshot!(loaded(&root), @"
        libcublasLt true venv/lib/python3.11/site-packages/nvidia/cu13/lib Some(2)
        libcublas true venv/lib/python3.11/site-packages/nvidia/cu13/lib Some(2)
        libcurand true venv/lib/python3.11/site-packages/nvidia/cu13/lib Some(2)
        ");
    }

    #[test]
    fn what_the_system_finds_wins() {
        let root = tempfile::tempdir().unwrap();
        compile_all(&root.path().join(WHEELS), 13, 2);
        compile_all(&root.path().join(SYSTEM), 12, 1);
        insta::assert_snapshot!(loaded(&root), @"
        libcublasLt true system Some(1)
        libcublas true system Some(1)
        libcurand true system Some(1)
        ");
    }

    #[test]
    fn a_part_of_the_system_is_not_completed_by_a_part_of_the_wheels() {
        let root = tempfile::tempdir().unwrap();
        compile_all(&root.path().join(WHEELS), 13, 2);
        compile_all(&root.path().join(SYSTEM), 13, 1);
        fs::remove_file(root.path().join(SYSTEM).join("libcurand.so.10")).unwrap();
        insta::assert_snapshot!(loaded(&root), @"
        libcublasLt true venv/lib/python3.11/site-packages/nvidia/cu13/lib Some(2)
        libcublas true venv/lib/python3.11/site-packages/nvidia/cu13/lib Some(2)
        libcurand true venv/lib/python3.11/site-packages/nvidia/cu13/lib Some(2)
        ");
        // under this name, the bindings would get the system's beside the wheels' others
        compile(&root.path().join(SYSTEM), "libcublas.so", "libcublas.so.13", 1);
        insta::assert_snapshot!(loaded(&root), @"
        libcublasLt true system Some(1)
        libcublas true system Some(1)
        libcurand false no folder None
        ");
    }

    #[test]
    fn wheels_of_cuda_12_have_a_folder_each() {
        let root = tempfile::tempdir().unwrap();
        let packages = root.path().join("venv/lib/python3.11/site-packages");
        compile_all(&packages.join(WHEELS_12[0]), 12, 3);
        fs::create_dir_all(packages.join(WHEELS_12[1])).unwrap();
        fs::rename(
            packages.join(WHEELS_12[0]).join("libcurand.so.10"),
            packages.join(WHEELS_12[1]).join("libcurand.so.10"),
        )
        .unwrap();
        insta::assert_snapshot!(loaded(&root), @"
        libcublasLt true venv/lib/python3.11/site-packages/nvidia/cublas/lib Some(3)
        libcublas true venv/lib/python3.11/site-packages/nvidia/cublas/lib Some(3)
        libcurand true venv/lib/python3.11/site-packages/nvidia/curand/lib Some(3)
        ");
    }
}
