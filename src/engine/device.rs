//! Where an engine computes.

use super::cuda::Driver;
use super::error::EngineError;

/// A device for one engine.
#[derive(Debug)]
pub enum Device {
    /// This processor, in float32.
    Cpu,
    /// A GPU.
    Cuda {
        /// What runs its kernels; nobody else's.
        driver: Box<dyn Driver>,
        /// Whether products take bfloat16; sums, norms, softmax, losses, gradients and weights are of float32 in any case.
        half: bool,
    },
}

impl Device {
    /// The GPU `index`, as CUDA counts them.
    ///
    /// # Errors
    /// There is no such GPU, a library of CUDA's is missing, or the program was built without the feature `cuda`.
    pub fn cuda(index: usize, half: bool) -> Result<Self, EngineError> {
        #[cfg(feature = "cuda")]
        {
            Ok(Self::Cuda { driver: Box::new(super::cuda::Gpu::new(index)?), half })
        }
        #[cfg(not(feature = "cuda"))]
        {
            let _ = half;
            Err(EngineError::Gpu(format!("cuda:{index}: this program was built without the feature `cuda`")))
        }
    }
}
