//! `--device`: its values, and why a device is not available.

use std::fmt;
use std::str::FromStr;

use crate::engine::cpu::products::UnsupportedProcessor;

use super::gpus::{LOWEST_CAPABILITY, NoCuda, version};

/// `--device`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceChoice {
    /// A GPU if the program was built for it and there is one, else the CPU.
    Auto,
    /// The CPU.
    Cpu,
    /// The GPU of this index; `cuda` is `cuda:0`.
    Cuda(usize),
    /// Every GPU of the first one's model, each with jobs of its own.
    AllCuda,
}

/// A value that `--device` does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown device `{0}`; use auto, cpu, cuda, cuda:N or cuda:all")]
pub struct UnknownDevice(String);

/// Why a device is not available.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// CUDA cannot be used here.
    #[error("--device {choice}: {why}")]
    NoCuda {
        /// The device requested.
        choice: DeviceChoice,
        /// Which part is missing.
        #[source]
        why: NoCuda,
    },
    /// No GPU has this number.
    #[error("cuda:{index} does not exist; this machine has {}", counted(*there))]
    NoSuchGpu {
        /// The number.
        index: usize,
        /// How many there are.
        there: usize,
    },
    /// The GPU is older than the kernels.
    #[error("cuda:{index}: {}; choose another GPU, or use --device cpu", not_capable(name, *capability))]
    NotCapable {
        /// Its number.
        index: usize,
        /// Its name.
        name: String,
        /// Its compute capability.
        capability: (u32, u32),
    },
    /// The processor lacks what the products need.
    #[error(transparent)]
    Processor(#[from] UnsupportedProcessor),
}

fn counted(there: usize) -> String {
    match there {
        1 => "1 GPU: choose cuda:0".to_owned(),
        2 => "2 GPUs: choose cuda:0 or cuda:1".to_owned(),
        more => format!("{more} GPUs: choose cuda:0 to cuda:{}", more - 1),
    }
}

impl FromStr for DeviceChoice {
    type Err = UnknownDevice;

    fn from_str(text: &str) -> Result<Self, UnknownDevice> {
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda(0)),
            "cuda:all" => Ok(Self::AllCuda),
            other => {
                let index = other.strip_prefix("cuda:").and_then(|index| index.parse().ok());
                index.map(Self::Cuda).ok_or_else(|| UnknownDevice(other.to_owned()))
            }
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(index) => write!(f, "cuda:{index}"),
            Self::AllCuda => f.write_str("cuda:all"),
        }
    }
}

pub(super) fn not_capable(name: &str, capability: (u32, u32)) -> String {
    format!(
        "{name} has compute capability {}; at least {} is required",
        version(capability),
        version(LOWEST_CAPABILITY)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_device_is_read_as_it_is_shown() {
        for text in ["auto", "cpu", "cuda:0", "cuda:3", "cuda:all"] {
            assert_eq!(text.parse::<DeviceChoice>().map(|device| device.to_string()), Ok(text.to_owned()));
        }
        assert_eq!("cuda".parse(), Ok(DeviceChoice::Cuda(0)));
        assert!("gpu".parse::<DeviceChoice>().is_err());
        assert!("cuda:x".parse::<DeviceChoice>().is_err());
    }
}
