//! The instruction set that the products use. Knows nothing of matrices.

use std::fmt;
use std::sync::OnceLock;

/// The environment variable that forces a lower instruction set: `avx512`, `avx2`, `neon` or `scalar`.
pub const FORCE: &str = "RUNNER_ISA";

/// An instruction set with fused multiply-add. The products have the same bits on each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Isa {
    /// 512-bit vectors, with the instructions of every processor that has them except Knights Landing: sixteen lanes.
    Avx512,
    /// 256-bit vectors with FMA: eight lanes.
    Avx2,
    /// 128-bit vectors of aarch64: four lanes.
    Neon,
    /// [`f32::mul_add`], one element at a time: the reference, for tests and by force only.
    Scalar,
}

/// No instruction set can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnsupportedProcessor {
    /// The processor has no fused multiply-add in vectors.
    #[error(
        "this processor has neither AVX-512, nor AVX2 with FMA, nor NEON; use a newer one, or set RUNNER_ISA=scalar \
         to run far more slowly with the same results"
    )]
    NoFusedMultiplyAdd,
    /// The processor lacks the forced instruction set.
    #[error("RUNNER_ISA asks for `{0}`, which this processor does not have; unset it")]
    Absent(Isa),
    /// The forced instruction set has no such name.
    #[error("RUNNER_ISA is `{0}`, which names no instruction set; use avx512, avx2, neon or scalar, or unset it")]
    Unknown(String),
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Isa::Avx512 => "avx512",
            Isa::Avx2 => "avx2",
            Isa::Neon => "neon",
            Isa::Scalar => "scalar",
        })
    }
}

impl Isa {
    /// Every instruction set, the fastest first.
    pub const ALL: [Isa; 4] = [Isa::Avx512, Isa::Avx2, Isa::Neon, Isa::Scalar];

    /// Whether this processor has it.
    #[must_use]
    pub fn is_present(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => {
                is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
                    && Isa::Avx2.is_present()
            }
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "aarch64")]
            Isa::Neon => true,
            Isa::Scalar => true,
            #[cfg_attr(not(any(target_arch = "x86_64", target_arch = "aarch64")), expect(unreachable_patterns))]
            _ => false,
        }
    }

    /// The instruction set to use: the fastest present, or the one that `RUNNER_ISA` names.
    ///
    /// # Errors
    /// No vector instruction set with fused multiply-add; a forced one that is absent or unknown.
    pub fn detect() -> Result<Isa, UnsupportedProcessor> {
        Isa::choose(std::env::var_os(FORCE).map(|name| name.to_string_lossy().into_owned()).as_deref())
    }

    fn choose(forced: Option<&str>) -> Result<Isa, UnsupportedProcessor> {
        let Some(name) = forced else {
            return Isa::ALL
                .into_iter()
                .find(|isa| *isa != Isa::Scalar && isa.is_present())
                .ok_or(UnsupportedProcessor::NoFusedMultiplyAdd);
        };
        let isa = Isa::ALL
            .into_iter()
            .find(|isa| isa.to_string() == name)
            .ok_or_else(|| UnsupportedProcessor::Unknown(name.to_owned()))?;
        if isa.is_present() { Ok(isa) } else { Err(UnsupportedProcessor::Absent(isa)) }
    }
}

/// The instruction set of this process, detected once. A program calls [`Isa::detect`] first and reports its error; if
/// that fails this is [`Isa::Scalar`], with the same bits.
#[must_use]
pub fn instruction_set() -> Isa {
    static CHOSEN: OnceLock<Isa> = OnceLock::new();
    *CHOSEN.get_or_init(|| Isa::detect().unwrap_or(Isa::Scalar))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalar_can_always_be_forced() {
        assert_eq!(Isa::choose(Some("scalar")), Ok(Isa::Scalar));
    }

    #[test]
    fn without_force_the_reference_is_never_chosen() {
        assert_ne!(Isa::choose(None), Ok(Isa::Scalar));
    }

    #[test]
    fn a_name_that_is_no_instruction_set_is_an_error() {
        let error = Isa::choose(Some("sse9")).expect_err("no such set");
        insta::assert_snapshot!(error, @"RUNNER_ISA is `sse9`, which names no instruction set; use avx512, avx2, neon or scalar, or unset it");
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn an_instruction_set_of_another_architecture_is_an_error() {
        let error = Isa::choose(Some("neon")).expect_err("not on x86");
        insta::assert_snapshot!(error, @"RUNNER_ISA asks for `neon`, which this processor does not have; unset it");
    }
}
