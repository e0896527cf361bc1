//! Where an engine computes.

use super::cuda::Runtime;
use super::error::EngineError;

/// A device for one engine.
#[derive(Debug)]
pub enum Device {
    /// This processor, in float32.
    Cpu,
    /// A GPU.
    Cuda {
        /// What runs its kernels; nobody else's.
        runtime: Box<dyn Runtime>,
        /// Whether products take bfloat16; sums, norms, softmax, losses, gradients and weights are of float32 in any case.
        bf16: bool,
    },
}

impl Device {
    /// The GPU `index`, as CUDA counts them.
    ///
    /// # Errors
    /// There is no such GPU, a library of CUDA's is missing, or the program was built without the feature `cuda`.
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
}
