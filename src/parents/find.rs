//! A job with its trained model, by its name.

use std::path::Path;

use crate::hub::{FetchEvent, FetchOptions};
use crate::trained::{TrainedJob, TrainedJobError, TrainedRow};

use super::provide::trained;

/// The job that `asked` names (as [`crate::analysis::JobAddress::find`], with `out` as the folder of all results), with its
/// model. What its checkpoint lacks on this machine is fetched, or written if it is the model of another job: `options`
/// says how, and must name the builtins.
///
/// # Errors
/// No such job, a failed one, one without a saved model; files that cannot be fetched, read or written.
pub fn trained_job(
    asked: &str,
    out: &Path,
    options: FetchOptions<'_>,
    report: &mut dyn FnMut(FetchEvent<'_>),
) -> Result<TrainedJob, TrainedJobError> {
    trained(TrainedRow::find(asked, out)?, out, options, report)
}
