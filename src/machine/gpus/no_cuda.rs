//! Why no GPU is usable: which part is missing, and what to do.

use super::gpu::LOWEST_CAPABILITY;

/// Why a program cannot use a GPU.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoCuda {
    /// The feature `cuda` is off.
    #[error("this program was built without CUDA; build it with --features cuda")]
    NotBuiltIn,
    /// No driver is installed, or the container does not see it.
    #[error(
        "the NVIDIA driver's library libcuda.so.1 is missing; install the driver, or start the container with GPUs (docker run --gpus all)"
    )]
    NoDriver,
    /// The driver cannot compile what the toolkit made.
    #[error(
        "the NVIDIA driver is too old: it supports CUDA {}, and this program was built with {}; update the driver, or build with CUDA {} or earlier",
        version(*driver),
        version(*toolkit),
        version(*driver)
    )]
    DriverTooOld {
        /// The newest CUDA version that the driver knows.
        driver: (u32, u32),
        /// The toolkit's.
        toolkit: (u32, u32),
    },
    /// The driver was updated under a running system, or the container brings another.
    #[error(
        "the NVIDIA driver's library and kernel module have different versions; restart the machine, or in a container use the host's driver"
    )]
    DriverMismatch,
    /// The driver is there and lists nothing.
    #[error("the NVIDIA driver finds no GPU{}", hidden(visible.as_deref()))]
    NoDevice {
        /// The value of `CUDA_VISIBLE_DEVICES`, if it is set.
        visible: Option<String>,
    },
    /// The driver is there and the toolkit's libraries are not.
    #[error(
        "CUDA libraries are missing: {}; install them beside the program with pip install 'runner-nlp[cuda{toolkit}]', or add the folder that has them all to LD_LIBRARY_PATH",
        missing.join(", ")
    )]
    Libraries {
        /// Their names.
        missing: Vec<&'static str>,
        /// The toolkit's major version.
        toolkit: u32,
    },
    /// All GPUs are of an older kind.
    #[error("no GPU has compute capability {} or later; use a newer GPU, or the CPU", version(LOWEST_CAPABILITY))]
    NotCapable,
    /// Another error of the driver.
    #[error("the NVIDIA driver fails ({text}); check that nvidia-smi works, and restart the machine if it does not")]
    Other {
        /// Its message.
        text: String,
    },
}

impl NoCuda {
    /// Whether something is broken, rather than not there: a run that takes the CPU for it says so.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        !matches!(self, Self::NotBuiltIn | Self::NoDriver | Self::NoDevice { .. })
    }
}

/// Why a driver that works lists nothing.
fn hidden(visible: Option<&str>) -> String {
    match visible {
        Some(value) => {
            format!(": CUDA_VISIBLE_DEVICES={value} hides them all; unset it, or list GPUs by number from 0")
        }
        None => "; check that nvidia-smi lists one".to_owned(),
    }
}

/// A version or capability as text: `13.0`.
pub(in crate::machine) fn version((major, minor): (u32, u32)) -> String {
    format!("{major}.{minor}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_says_which_part_is_missing_and_what_to_do() {
        let all = [
            NoCuda::NotBuiltIn,
            NoCuda::NoDriver,
            NoCuda::DriverTooOld { driver: (12, 4), toolkit: (13, 0) },
            NoCuda::DriverMismatch,
            NoCuda::NoDevice { visible: None },
            NoCuda::NoDevice { visible: Some("7".to_owned()) },
            NoCuda::Libraries { missing: vec!["libcublas"], toolkit: 12 },
            NoCuda::Libraries { missing: vec!["libcublas", "libcurand"], toolkit: 13 },
            NoCuda::NotCapable,
            NoCuda::Other { text: "CUDA_ERROR_UNKNOWN".to_owned() },
        ];
        insta::assert_snapshot!(all.map(|why| why.to_string()).join("\n"), @r"
        this program was built without CUDA; build it with --features cuda
        the NVIDIA driver's library libcuda.so.1 is missing; install the driver, or start the container with GPUs (docker run --gpus all)
        the NVIDIA driver is too old: it supports CUDA 12.4, and this program was built with 13.0; update the driver, or build with CUDA 12.4 or earlier
        the NVIDIA driver's library and kernel module have different versions; restart the machine, or in a container use the host's driver
        the NVIDIA driver finds no GPU; check that nvidia-smi lists one
        the NVIDIA driver finds no GPU: CUDA_VISIBLE_DEVICES=7 hides them all; unset it, or list GPUs by number from 0
        CUDA libraries are missing: libcublas; install them beside the program with pip install 'runner-nlp[cuda12]', or add the folder that has them all to LD_LIBRARY_PATH
        CUDA libraries are missing: libcublas, libcurand; install them beside the program with pip install 'runner-nlp[cuda13]', or add the folder that has them all to LD_LIBRARY_PATH
        no GPU has compute capability 7.5 or later; use a newer GPU, or the CPU
        the NVIDIA driver fails (CUDA_ERROR_UNKNOWN); check that nvidia-smi works, and restart the machine if it does not
        ");
    }
}
