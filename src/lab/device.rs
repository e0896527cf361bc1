//! Where jobs run, and what that is called in the tables.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use candle_core::Device;

use crate::engine::NUMERICS_VERSION;
use crate::engine::cpu::products::{Isa, UnsupportedProcessor};

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
    /// The engine runs on CPUs only, as yet.
    #[error("--device {0}: this version trains on the CPU only; leave --device out, or say --device cpu")]
    NoCuda(DeviceChoice),
    /// The processor lacks what the products need.
    #[error(transparent)]
    Processor(#[from] UnsupportedProcessor),
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
    /// The device of `choice`.
    ///
    /// # Errors
    /// There is no such device, or it cannot do the arithmetic.
    pub fn new(choice: DeviceChoice) -> Result<Self, DeviceError> {
        if matches!(choice, DeviceChoice::Cuda(_) | DeviceChoice::AllCuda) {
            return Err(DeviceError::NoCuda(choice));
        }
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

    #[test]
    fn a_gpu_is_refused_rather_than_replaced() {
        let said = Environment::new(DeviceChoice::Cuda(1)).expect_err("there is no CUDA half").to_string();
        insta::assert_snapshot!(said, @"--device cuda:1: this version trains on the CPU only; leave --device out, or say --device cpu");
    }
}
