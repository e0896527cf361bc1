//! A GPU as plain data, and what results from it are called. Must not know how it was found.

use std::fmt;

/// The lowest compute capability that the engine's kernels run on: Turing's.
pub const LOWEST_CAPABILITY: (u32, u32) = (7, 5);

/// The lowest with bfloat16 in hardware: Ampere's.
const BF16_CAPABILITY: (u32, u32) = (8, 0);

/// One GPU at the time of a survey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gpu {
    /// Its number for CUDA, which counts only what `CUDA_VISIBLE_DEVICES` leaves.
    pub index: usize,
    /// As the driver calls it.
    pub name: String,
    /// `GPU-` or `MIG-`, and 32 hex digits in groups.
    pub uuid: String,
    /// Compute capability: major, minor.
    pub capability: (u32, u32),
    /// Memory in bytes.
    pub total: u64,
    /// Bytes of it that nobody holds; `total` where that is unknown.
    pub free: u64,
    /// Other processes that compute on it; none where that is unknown.
    pub others: Option<usize>,
}

impl Gpu {
    /// Whether the engine's kernels run on it.
    #[must_use]
    pub fn is_capable(&self) -> bool {
        self.capability >= LOWEST_CAPABILITY
    }

    /// Whether it multiplies in bfloat16.
    #[must_use]
    pub fn has_bf16(&self) -> bool {
        self.capability >= BF16_CAPABILITY
    }

    /// Whether others are known to compute on it.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        self.others.is_some_and(|others| others > 0)
    }
}

/// As `--device` takes it: `cuda:0`.
impl fmt::Display for Gpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cuda:{}", self.index)
    }
}

/// Bytes as text.
pub(in crate::machine) fn gigabytes(bytes: u64) -> String {
    format!("{:.1} GB", bytes as f64 / 1e9)
}

/// What results from a GPU of this name stand under: its maker's and its family's words are left out.
#[must_use]
pub fn environment_name(gpu: &str) -> String {
    let lower = gpu.to_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let telling = words.filter(|word| !["nvidia", "geforce", "tesla", "quadro"].contains(word));
    ["cuda"].into_iter().chain(telling).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environments_are_named_after_the_card() {
        for (gpu, name) in [
            ("NVIDIA H200", "cuda-h200"),
            ("NVIDIA H100 80GB HBM3", "cuda-h100-80gb-hbm3"),
            ("NVIDIA GeForce RTX 4090", "cuda-rtx-4090"),
            ("NVIDIA A100-SXM4-80GB", "cuda-a100-sxm4-80gb"),
            ("NVIDIA A100-SXM4-40GB MIG 3g.20gb", "cuda-a100-sxm4-40gb-mig-3g-20gb"),
            ("Tesla T4", "cuda-t4"),
            ("Quadro RTX 6000", "cuda-rtx-6000"),
        ] {
            assert_eq!(environment_name(gpu), name);
        }
    }
}
