//! Where jobs run, and what that is called in the tables.

use std::collections::BTreeMap;

use crate::engine::cpu::products::Isa;
use crate::engine::{Device, EngineError, NUMERICS_VERSION};

use super::choice::DeviceError;
use super::gpus::{Gpu, driver, environment_name, toolkit};
use super::placement::Placement;

/// A device, and the name under which its results stand in the tables.
#[derive(Debug, Clone)]
pub struct Environment {
    /// The GPUs, all of one model; none where jobs run on the CPU.
    gpus: Vec<Gpu>,
    /// Jobs run on another machine, of whose device nothing is known but perhaps its name.
    elsewhere: bool,
    /// `cpu`: the bits are the same on every processor, so that its name says no more than, from 2 on, the version of the
    /// numerics. Or the model of GPU.
    pub name: String,
    /// What defines it, for the lock.
    pub definition: BTreeMap<String, String>,
    /// For tests: GPUs that compute on this processor, each until it has taken its steps.
    #[cfg(test)]
    failing: Vec<crate::engine::StepsLeft>,
}

impl Environment {
    /// The device of a place.
    ///
    /// # Errors
    /// It cannot do the arithmetic.
    pub fn at(place: &Placement) -> Result<Self, DeviceError> {
        match place {
            Placement::Cpu { .. } => Self::cpu(),
            Placement::Gpus(gpus) => Ok(Self::cuda(gpus.clone())),
        }
    }

    fn cpu() -> Result<Self, DeviceError> {
        Isa::detect()?;
        let definition = BTreeMap::from([("numerics".to_owned(), NUMERICS_VERSION.to_string())]);
        Ok(Self {
            gpus: Vec::new(),
            elsewhere: false,
            name: name_of("cpu", NUMERICS_VERSION),
            definition,
            #[cfg(test)]
            failing: Vec::new(),
        })
    }

    /// The device of another machine, where it is called `name`. What depends on the device is taken to be possible.
    pub fn elsewhere(name: &str) -> Self {
        Self {
            gpus: Vec::new(),
            elsewhere: true,
            name: name.to_owned(),
            definition: BTreeMap::new(),
            #[cfg(test)]
            failing: Vec::new(),
        }
    }

    /// Of GPUs of one model.
    fn cuda(gpus: Vec<Gpu>) -> Self {
        let model = gpus[0].name.clone();
        let mut definition = BTreeMap::from([("numerics".to_owned(), NUMERICS_VERSION.to_string())]);
        let unknown = || "unknown".to_owned();
        let driver = driver().map(|driver| driver.version.unwrap_or_else(unknown));
        definition.insert("driver".to_owned(), driver.unwrap_or_else(unknown));
        definition.insert("cublas".to_owned(), cublas().unwrap_or_else(unknown));
        let toolkit = toolkit().map(|(major, minor)| format!("{major}.{minor}"));
        definition.insert("cuda".to_owned(), toolkit.unwrap_or_else(unknown));
        let name = name_of(&environment_name(&model), NUMERICS_VERSION);
        definition.insert("gpu".to_owned(), model);
        Self {
            gpus,
            elsewhere: false,
            name,
            definition,
            #[cfg(test)]
            failing: Vec::new(),
        }
    }

    /// What differs of its definition from that of `before`, such as "cublas was 13.0.2 and is 13.1.0"; none where nothing
    /// does.
    pub fn changes(&self, before: &BTreeMap<String, String>) -> Option<String> {
        let nothing = "unknown".to_owned();
        let changes = self.definition.iter().filter_map(|(what, now)| {
            let then = before.get(what).unwrap_or(&nothing);
            (then != now).then(|| format!("{what} was {then} and is {now}"))
        });
        let changes: Vec<String> = changes.collect();
        (!changes.is_empty()).then(|| changes.join(", "))
    }

    /// GPUs that jobs run on; 0: they run on the CPU.
    pub fn gpus(&self) -> usize {
        self.gpus.len()
    }

    /// Bytes of each GPU's memory that were free when it was found.
    pub fn free_memory(&self) -> Vec<u64> {
        self.gpus.iter().map(|gpu| gpu.free).collect()
    }

    /// A GPU as `--device` takes it: `cuda:0`.
    pub fn gpu_name(&self, gpu: usize) -> String {
        self.gpus.get(gpu).map(Gpu::to_string).unwrap_or_default()
    }

    /// Whether jobs compute on this machine's threads, in its memory.
    pub fn uses_host(&self) -> bool {
        self.gpus.is_empty()
    }

    /// Whether it multiplies in bfloat16.
    pub fn has_bf16(&self) -> bool {
        self.elsewhere || !self.gpus.is_empty() && self.gpus.iter().all(Gpu::has_bf16)
    }

    /// A device for one engine: of the GPUs the one numbered `gpu`, whose products take bfloat16 if `bf16`.
    ///
    /// # Errors
    /// The GPU is not to be had any more.
    pub fn engine(&self, gpu: usize, bf16: bool) -> Result<Device, EngineError> {
        #[cfg(test)]
        if let Some(left) = self.failing.get(gpu) {
            left.check()?;
            return Ok(Device::Failing(left.clone()));
        }
        match self.gpus.get(gpu) {
            None => Ok(Device::Cpu),
            Some(gpu) => Device::cuda(gpu.index, bf16),
        }
    }
}

#[cfg(test)]
impl Environment {
    /// GPUs of 8 GB that compute on this processor; each fails once it has taken so many steps.
    pub(crate) fn of_failing_gpus(steps: &[u64]) -> Self {
        let gpu = |index| Gpu {
            index,
            name: "NVIDIA Test".to_owned(),
            uuid: format!("GPU-{index}"),
            capability: (7, 5),
            total: 8_000_000_000,
            free: 8_000_000_000,
            others: Some(0),
        };
        let failing = steps.iter().map(|steps| crate::engine::StepsLeft::new(*steps)).collect();
        Self { failing, ..Self::cuda((0..steps.len()).map(gpu).collect()) }
    }
}

/// The version of cuBLAS; none where CUDA is not built in.
fn cublas() -> Option<String> {
    #[cfg(feature = "cuda")]
    {
        crate::engine::cuda::cublas_version()
    }
    #[cfg(not(feature = "cuda"))]
    {
        None
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

    fn gpu(name: &str, capability: (u32, u32)) -> Gpu {
        let (uuid, total) = (String::new(), 80_000_000_000);
        Gpu { index: 3, name: name.to_owned(), uuid, capability, total, free: total, others: Some(0) }
    }

    #[test]
    fn gpus_are_an_environment_by_the_name_of_their_model() {
        let at = |gpus| Environment::at(&Placement::Gpus(gpus)).expect("an environment");
        let two = at(vec![gpu("NVIDIA H200", (9, 0)), gpu("NVIDIA H200", (9, 0))]);
        assert_eq!((two.name.as_str(), two.gpus(), two.has_bf16()), ("cuda-h200", 2, true));
        assert_eq!(two.definition["gpu"], "NVIDIA H200");
        let mut before = two.definition.clone();
        assert_eq!(two.changes(&before), None);
        before.insert("cublas".to_owned(), "12.9".to_owned());
        assert_eq!(two.changes(&before).as_deref(), Some("cublas was 12.9 and is unknown"));
        let old = at(vec![gpu("Tesla T4", (7, 5))]);
        assert_eq!((old.name.as_str(), old.gpus(), old.has_bf16()), ("cuda-t4", 1, false));
        let cpu = Environment::at(&Placement::Cpu { why_no_gpu: None }).expect("this processor");
        assert_eq!((cpu.gpus(), cpu.has_bf16()), (0, false));
        assert!(matches!(cpu.engine(0, false), Ok(Device::Cpu)));
    }

    #[test]
    #[cfg(not(feature = "cuda"))]
    fn without_cuda_an_engine_is_refused_and_not_replaced() {
        let place = Placement::Gpus(vec![gpu("NVIDIA H200", (9, 0))]);
        let error = Environment::at(&place).expect("an environment").engine(0, true).map(|_| ()).expect_err("no CUDA");
        assert!(error.to_string().contains("cuda:3: this program was built without the feature `cuda`"), "{error}");
    }
}
