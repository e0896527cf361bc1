//! Where jobs run, and what that is called in the tables.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use candle_core::Device;

use crate::engine::NUMERICS_VERSION;
use crate::engine::cpu::products::{Isa, UnsupportedProcessor};

use super::gpus::{NoCuda, survey};
use super::place::{Place, not_capable, place};

/// `--device`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceChoice {
    /// A GPU if the program was built for it and there is one, else the CPU; the run says which.
    Auto,
    /// The CPU.
    Cpu,
    /// The GPU of this index; `cuda` is `cuda:0`.
    Cuda(usize),
    /// Every GPU, each with jobs of its own.
    AllCuda,
}

/// A device that `--device` does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no device `{0}`: write auto, cpu, cuda, cuda:N or cuda:all")]
pub struct UnknownDevice(String);

/// A device that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// CUDA cannot be used here.
    #[error("--device {choice}: {why}")]
    NoCuda {
        /// What was asked for.
        choice: DeviceChoice,
        /// Which part is missing.
        #[source]
        why: NoCuda,
    },
    /// No GPU has this number.
    #[error("cuda:{index}: {}", counted(*there))]
    NoSuchGpu {
        /// The number.
        index: usize,
        /// How many there are.
        there: usize,
    },
    /// The GPU is older than the kernels.
    #[error("cuda:{index}: {}; name another GPU, or say --device cpu", not_capable(name, *capability))]
    NotCapable {
        /// Its number.
        index: usize,
        /// Its name.
        name: String,
        /// Its compute capability.
        capability: (u32, u32),
    },
    /// The engine runs on CPUs only, as yet.
    #[error("{0}: this version trains on the CPU only; say --device cpu")]
    NoEngine(String),
    /// The processor lacks what the products need.
    #[error(transparent)]
    Processor(#[from] UnsupportedProcessor),
}

/// How many GPUs there are, and their names.
fn counted(there: usize) -> String {
    match there {
        1 => "there is 1 GPU, cuda:0".to_owned(),
        2 => "there are 2 GPUs, cuda:0 and cuda:1".to_owned(),
        more => format!("there are {more} GPUs, cuda:0 to cuda:{}", more - 1),
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

/// A device, and the name under which its results stand in the tables.
#[derive(Debug, Clone)]
pub struct Environment {
    /// Where tensors lie.
    pub device: Device,
    /// `cpu`: the bits are the same on every processor, so that its name says no more than, from 2 on, the version of the
    /// numerics.
    pub name: String,
    /// What defines it, for the lock.
    pub definition: BTreeMap<String, String>,
}

impl Environment {
    /// The device of `choice`, with what there is to be said of it left unsaid.
    ///
    /// # Errors
    /// There is no such device, or it cannot do the arithmetic.
    pub fn new(choice: DeviceChoice) -> Result<Self, DeviceError> {
        let (place, _notices) = place(choice, survey)?;
        Self::at(&place)
    }

    /// The device of a place.
    ///
    /// # Errors
    /// It cannot do the arithmetic.
    pub fn at(place: &Place) -> Result<Self, DeviceError> {
        match place {
            Place::Cpu { .. } => Self::cpu(),
            Place::Gpus(gpus) => Err(DeviceError::NoEngine(gpus[0].to_string())),
        }
    }

    fn cpu() -> Result<Self, DeviceError> {
        Isa::detect()?;
        let definition = BTreeMap::from([("numerics".to_owned(), NUMERICS_VERSION.to_string())]);
        Ok(Self { device: Device::Cpu, name: name_of("cpu", NUMERICS_VERSION), definition })
    }
}

/// The name of an environment. A later version of the numerics is another environment: rows of both may stand in one
/// table, and `--refresh` tells them apart.
fn name_of(device: &str, numerics: u32) -> String {
    match numerics {
        1 => device.to_owned(),
        later => format!("{device}-{later}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_numerics_are_another_environment() {
        assert_eq!([name_of("cpu", 1), name_of("cpu", 2)], ["cpu", "cpu-2"]);
    }

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
