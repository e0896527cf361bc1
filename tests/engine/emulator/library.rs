//! The kernels and the shim, compiled by the host's C++ compiler once and loaded.

use std::collections::BTreeMap;
use std::env;
use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::sync::LazyLock;

use runner::engine::cuda::Grid;

/// No contraction, as the kernels ask for; no checks of jumps, which the fibers' ways from stack to stack would fail.
const FLAGS: [&str; 11] = [
    "-O2",
    "-shared",
    "-fPIC",
    "-std=c++17",
    "-ffp-contract=off",
    "-fvisibility=hidden",
    "-U_FORTIFY_SOURCE",
    "-pthread",
    "-Wall",
    "-Wextra",
    "-Wno-unknown-pragmas",
];

type Launch = unsafe extern "C" fn(*const c_char, c_uint, c_uint, c_uint, *const c_void, c_int) -> c_int;
type ArgumentsOf = unsafe extern "C" fn(*const c_char) -> usize;

/// The kernels' entrances.
#[derive(Debug)]
pub(super) struct Library {
    launch: Launch,
    arguments_of: ArgumentsOf,
    _library: libloading::Library,
}

impl Library {
    /// The one of this process.
    pub(super) fn get() -> &'static Self {
        static LIBRARY: LazyLock<Library> = LazyLock::new(|| Library::load(&compiled()));
        &LIBRARY
    }

    fn load(path: &Path) -> Self {
        // SAFETY: nothing runs when it is loaded; the types are those of shim.cpp.
        unsafe {
            let library = libloading::Library::new(path).expect("the emulator can be loaded");
            let launch = *library.get::<Launch>(b"launch\0").expect("it has launch");
            let arguments_of = *library.get::<ArgumentsOf>(b"arguments_of\0").expect("it has arguments_of");
            Self { launch, arguments_of, _library: library }
        }
    }

    /// # Safety
    /// As [`runner::engine::cuda::Runtime::launch`].
    pub(super) unsafe fn launch(&self, name: &CStr, grid: Grid, arguments: *const u8, reversed: bool) -> c_int {
        let [x, y] = grid.blocks;
        // SAFETY: as the caller says.
        unsafe { (self.launch)(name.as_ptr(), x, y, grid.threads, arguments.cast(), c_int::from(reversed)) }
    }

    pub(super) fn arguments_of(&self, name: &CStr) -> usize {
        // SAFETY: it reads the name.
        unsafe { (self.arguments_of)(name.as_ptr()) }
    }
}

/// The shared library, compiled unless one of the same sources is there. Written beside and renamed, since the tests of
/// another program may do the same at this moment.
fn compiled() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let compiler = env::var("CXX").unwrap_or_else(|_| "c++".to_owned());
    let mut sources = BTreeMap::new();
    for folder in ["tests/engine/emulator", "src/engine/cuda/kernels"] {
        for entry in fs::read_dir(root.join(folder)).expect("the folder can be read") {
            let path = entry.expect("the entry can be read").path();
            sources.insert(path.clone(), fs::read(path).expect("the source can be read"));
        }
    }
    let mut hash = DefaultHasher::new();
    (&sources, &compiler, FLAGS).hash(&mut hash);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let library = folder.join(format!("emulator-{:016x}.so", hash.finish()));
    if !library.exists() {
        let beside = library.with_extension(format!("{}.so", process::id()));
        let mut command = Command::new(&compiler);
        command.args(FLAGS).arg("-o").arg(&beside).arg(root.join("tests/engine/emulator/shim.cpp"));
        let status = command.status().unwrap_or_else(|error| panic!("{compiler} does not start: {error}; set CXX"));
        assert!(status.success(), "the kernels do not compile for the host");
        fs::rename(&beside, &library).expect("it can be renamed");
    }
    library
}
