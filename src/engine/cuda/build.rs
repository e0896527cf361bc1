//! Compiles the kernels with nvcc if the program is built with the feature `cuda`.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Architectures that get machine code: it runs on every GPU since Turing. Later ones get PTX.
const ARCHITECTURES: [&str; 5] = ["75", "80", "86", "89", "90"];

const KERNELS: &str = "src/engine/cuda/kernels";

fn main() {
    println!("cargo::rerun-if-changed=src/engine/cuda/build.rs");
    println!("cargo::rerun-if-changed={KERNELS}");
    if env::var_os("CARGO_FEATURE_CUDA").is_none() {
        return;
    }
    for variable in ["NVCC", "CUDA_HOME", "PATH"] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("kernels.fatbin");
    let mut command = Command::new(nvcc());
    // kernels write out each contraction of a product and a sum that they mean, so that they compute the same everywhere
    command.args(["-fatbin", "-O3", "--fmad=false", "-std=c++17"]);
    for architecture in ARCHITECTURES {
        command.arg(format!("-gencode=arch=compute_{architecture},code=sm_{architecture}"));
    }
    let newest = ARCHITECTURES[ARCHITECTURES.len() - 1];
    command.arg(format!("-gencode=arch=compute_{newest},code=compute_{newest}"));
    command.arg("-o").arg(&out).arg(Path::new(KERNELS).join("kernels.cu"));
    match command.status() {
        Ok(status) if status.success() => {}
        Ok(status) => panic!("nvcc failed with {status}: {command:?}"),
        Err(error) => panic!("cannot run nvcc ({error}); install a CUDA toolkit, or set NVCC or CUDA_HOME"),
    }
}

/// The compiler that `NVCC` names, else that of the toolkit in `CUDA_HOME`, else the first on the PATH.
fn nvcc() -> PathBuf {
    let of_toolkit = || env::var_os("CUDA_HOME").map(|home| Path::new(&home).join("bin/nvcc"));
    let named = env::var_os("NVCC").map(PathBuf::from);
    let of_toolkit = || of_toolkit().filter(|path| path.exists());
    named.or_else(of_toolkit).unwrap_or_else(|| PathBuf::from("nvcc"))
}
