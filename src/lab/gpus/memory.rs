//! A job that does not fit on its GPU.

use super::Gpu;

/// More memory than the GPU has free. The text stands in the job's row, so that it names what the job needs and not what
/// happened to be free, nor where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "needs {} of GPU memory, more than was free; lower train.batch_size or model.max_length, or run fewer at a time with --jobs",
    gigabytes(*needed)
)]
pub struct TooLittleMemory {
    /// Bytes that the job needs: a function of its settings and its checkpoint.
    pub needed: u64,
    /// The GPU's number.
    pub index: usize,
    /// Bytes that it had free.
    pub free: u64,
}

impl TooLittleMemory {
    /// Whether a job that needs so many bytes fits on `gpu`.
    ///
    /// # Errors
    /// It does not.
    pub fn check(needed: u64, gpu: &Gpu) -> Result<(), Self> {
        if needed <= gpu.free { Ok(()) } else { Err(Self { needed, index: gpu.index, free: gpu.free }) }
    }

    /// What the terminal and the log say, measured sizes included.
    #[must_use]
    pub fn notice(&self) -> String {
        format!(
            "needs {}, cuda:{} has {} free: lower train.batch_size, model.max_length or --jobs",
            gigabytes(self.needed),
            self.index,
            gigabytes(self.free)
        )
    }
}

/// Bytes as text.
pub(in crate::lab) fn gigabytes(bytes: u64) -> String {
    format!("{:.1} GB", bytes as f64 / 1e9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_what_a_job_needs_and_a_notice_what_there_was() {
        let gpu = Gpu {
            index: 1,
            name: "NVIDIA H200".to_owned(),
            uuid: String::new(),
            capability: (9, 0),
            total: 150_000_000_000,
            free: 3_200_000_000,
            others: Some(1),
        };
        assert_eq!(TooLittleMemory::check(3_200_000_000, &gpu), Ok(()));
        let error = TooLittleMemory::check(7_500_000_000, &gpu).expect_err("it is more than is free");
        insta::assert_snapshot!(error, @"needs 7.5 GB of GPU memory, more than was free; lower train.batch_size or model.max_length, or run fewer at a time with --jobs");
        insta::assert_snapshot!(error.notice(), @"needs 7.5 GB, cuda:1 has 3.2 GB free: lower train.batch_size, model.max_length or --jobs");
    }
}
