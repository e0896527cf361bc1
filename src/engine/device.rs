//! Where an engine computes: the one place that knows every device.

use super::backend::Backend;
use super::cpu::CpuBackend;
use super::cuda::{CudaBackend, Runtime};
use super::error::EngineError;
use super::model_plan::ModelPlan;

/// A device for one engine.
#[derive(Debug)]
pub enum Device {
    /// This processor, in float32.
    Cpu,
    /// A GPU.
    Cuda {
        /// Runs the kernels of this engine alone.
        runtime: Box<dyn Runtime>,
        /// Whether products take bfloat16. Sums, norms, softmax, losses, gradients and weights are float32 in any case.
        bf16: bool,
    },
    /// A GPU of the tests.
    #[cfg(test)]
    Failing(super::failing::StepsLeft),
}

impl Device {
    /// The GPU `index`, in CUDA's order.
    ///
    /// # Errors
    /// There is no such GPU, a CUDA library is missing, or the program was built without the feature `cuda`.
    pub fn cuda(index: usize, bf16: bool) -> Result<Self, EngineError> {
        #[cfg(feature = "cuda")]
        {
            Ok(Self::Cuda { runtime: Box::new(super::cuda::Gpu::new(index)?), bf16 })
        }
        #[cfg(not(feature = "cuda"))]
        {
            let _ = bf16;
            Err(EngineError::Gpu(format!("cuda:{index}: this program was built without the feature `cuda`")))
        }
    }

    /// Whether a model takes this machine's memory, rather than memory of the device.
    pub fn uses_host_memory(&self) -> bool {
        matches!(self, Self::Cpu)
    }

    /// The backend for a model of `plan`, whose numbers are all 0.
    ///
    /// # Errors
    /// Those of the device.
    pub(super) fn open(self, plan: &ModelPlan) -> Result<Box<dyn Backend>, EngineError> {
        Ok(match self {
            Self::Cpu => Box::new(CpuBackend::new(plan)?),
            #[cfg(test)]
            Self::Failing(left) => Box::new(super::failing::FailingBackend { inner: Self::Cpu.open(plan)?, left }),
            Self::Cuda { runtime, bf16 } => Box::new(CudaBackend::new(plan, runtime, bf16)?),
        })
    }
}
