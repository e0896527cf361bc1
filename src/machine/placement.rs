//! Which processor jobs run on: `--device` over the GPUs of this machine. It touches no device.

use super::choice::{DeviceChoice, DeviceError, not_capable};
use super::gpus::{Gpu, NoCuda, gigabytes};

/// Where a run's jobs go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placement {
    /// The CPU.
    Cpu {
        /// Why it is no GPU; none where the CPU was asked for.
        why_no_gpu: Option<NoCuda>,
    },
    /// These GPUs, at least one.
    Gpus(Vec<Gpu>),
}

/// The placement for `choice`, with notices for the user. `survey` is called only where a GPU may be meant.
///
/// # Errors
/// The requested GPU is not available.
pub fn place(
    choice: DeviceChoice,
    survey: impl FnOnce() -> Result<Vec<Gpu>, NoCuda>,
) -> Result<(Placement, Vec<String>), DeviceError> {
    if choice == DeviceChoice::Cpu {
        return Ok((Placement::Cpu { why_no_gpu: None }, Vec::new()));
    }
    match (choice, survey()) {
        (DeviceChoice::Auto, Err(why)) => {
            let notices = if why.is_broken() { vec![format!("no GPU is used: {why}")] } else { Vec::new() };
            Ok((Placement::Cpu { why_no_gpu: Some(why) }, notices))
        }
        (_, Err(why)) => Err(DeviceError::NoCuda { choice, why }),
        (DeviceChoice::Auto, Ok(gpus)) => Ok(freest(gpus)),
        (DeviceChoice::Cuda(index), Ok(gpus)) => {
            let there = gpus.len();
            let gpu = gpus.into_iter().nth(index).ok_or(DeviceError::NoSuchGpu { index, there })?;
            exactly(vec![gpu])
        }
        (_, Ok(gpus)) => alike(gpus),
    }
}

/// All of the model of the first that the kernels run on: results of different models differ by rounding, and stand under
/// different names.
fn alike(gpus: Vec<Gpu>) -> Result<(Placement, Vec<String>), DeviceError> {
    let Some(model) = gpus.iter().find(|gpu| gpu.is_capable()).map(|gpu| gpu.name.clone()) else {
        return exactly(gpus);
    };
    let (alike, others): (Vec<Gpu>, Vec<Gpu>) = gpus.into_iter().partition(|gpu| gpu.name == model);
    let (place, notices) = exactly(alike)?;
    let left = others.iter().map(|gpu| format!("skipping {gpu}: it is a {}, not a {model}", gpu.name));
    Ok((place, left.chain(notices).collect()))
}

/// These, whoever else uses them.
fn exactly(gpus: Vec<Gpu>) -> Result<(Placement, Vec<String>), DeviceError> {
    if let Some(gpu) = gpus.iter().find(|gpu| !gpu.is_capable()) {
        return Err(DeviceError::NotCapable { index: gpu.index, name: gpu.name.clone(), capability: gpu.capability });
    }
    let taken = |gpu: &Gpu| used_by_others(gpu).map(|used| format!("{gpu}: {used}"));
    let notices = gpus.iter().filter_map(taken).collect();
    Ok((Placement::Gpus(gpus), notices))
}

/// The GPU with the most free memory, of those that nobody else uses if there are such; of equal ones the first.
fn freest(gpus: Vec<Gpu>) -> (Placement, Vec<String>) {
    let mut notices = Vec::new();
    let passed = |gpu: &Gpu, why: &str| format!("skipping {gpu}: {why}");
    for gpu in gpus.iter().filter(|gpu| !gpu.is_capable()) {
        notices.push(passed(gpu, &not_capable(&gpu.name, gpu.capability)));
    }
    let capable: Vec<&Gpu> = gpus.iter().filter(|gpu| gpu.is_capable()).collect();
    let alone = capable.iter().copied().filter(|gpu| !gpu.is_taken()).rev().max_by_key(|gpu| gpu.free);
    let Some(best) = alone.or_else(|| capable.iter().copied().rev().max_by_key(|gpu| gpu.free)) else {
        notices.push("no GPU is used: none is new enough".to_owned());
        return (Placement::Cpu { why_no_gpu: Some(NoCuda::NotCapable) }, notices);
    };
    match used_by_others(best) {
        Some(used) if capable.len() == 1 => {
            notices.push(format!("{best}: {used}, {} free", gigabytes(best.free)));
        }
        Some(_) => notices.push(format!(
            "all GPUs are in use by other processes; using {best}, which has the most free memory ({})",
            gigabytes(best.free)
        )),
        None => notices.extend(capable.iter().filter_map(|gpu| Some(passed(gpu, &used_by_others(gpu)?)))),
    }
    if best.others.is_none() {
        notices.push(format!("{best}: NVML is unavailable, so free memory and other users are unknown"));
    }
    (Placement::Gpus(vec![best.clone()]), notices)
}

/// Who else computes on it, if anybody is known to.
fn used_by_others(gpu: &Gpu) -> Option<String> {
    match gpu.others? {
        0 => None,
        1 => Some("in use by another process".to_owned()),
        others => Some(format!("in use by {others} other processes")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Free gigabytes, other processes, capability.
    type Card = (u64, Option<usize>, (u32, u32));

    /// GPUs in order.
    fn gpus(each: &[Card]) -> Result<Vec<Gpu>, NoCuda> {
        let gpu = |(index, (free, others, capability)): (usize, &Card)| Gpu {
            index,
            name: "NVIDIA Test".to_owned(),
            uuid: format!("GPU-{index}"),
            capability: *capability,
            total: 80_000_000_000,
            free: free * 1_000_000_000,
            others: *others,
        };
        Ok(each.iter().enumerate().map(gpu).collect())
    }

    /// What a choice resolves to, and what is said of it, a line each.
    fn shown(choice: DeviceChoice, survey: Result<Vec<Gpu>, NoCuda>) -> String {
        match place(choice, || survey) {
            Ok((place, notices)) => {
                let place = match place {
                    Placement::Cpu { .. } => "cpu".to_owned(),
                    Placement::Gpus(gpus) => gpus.iter().map(Gpu::to_string).collect::<Vec<_>>().join(" "),
                };
                [place].into_iter().chain(notices).collect::<Vec<_>>().join("\n")
            }
            Err(error) => format!("error: {error}"),
        }
    }

    const NEW: (u32, u32) = (9, 0);

    #[test]
    fn all_gpus_are_those_of_one_model() {
        let mut three = gpus(&[(40, Some(0), NEW), (70, Some(0), NEW), (70, Some(1), NEW)]).expect("GPUs");
        three[1].name = "NVIDIA Other".to_owned();
        let mut old_first = three.clone();
        (old_first[0].name, old_first[0].capability) = ("NVIDIA Old".to_owned(), (6, 1));
        insta::assert_snapshot!(shown(DeviceChoice::AllCuda, Ok(old_first)), @r"
        cuda:1
        skipping cuda:0: it is a NVIDIA Old, not a NVIDIA Other
        skipping cuda:2: it is a NVIDIA Test, not a NVIDIA Other
        ");
        insta::assert_snapshot!(shown(DeviceChoice::AllCuda, Ok(three)), @r"
        cuda:0 cuda:2
        skipping cuda:1: it is a NVIDIA Other, not a NVIDIA Test
        cuda:2: in use by another process
        ");
    }

    #[test]
    fn auto_takes_the_freest_gpu_that_nobody_uses() {
        let idle = [(40, Some(0), NEW), (70, Some(0), NEW), (70, Some(0), NEW)];
        insta::assert_snapshot!(shown(DeviceChoice::Auto, gpus(&idle)), @"cuda:1");
        let used = [(10, Some(0), NEW), (70, Some(1), NEW), (20, Some(0), NEW), (5, Some(3), NEW)];
        insta::assert_snapshot!(shown(DeviceChoice::Auto, gpus(&used)), @r"
        cuda:2
        skipping cuda:1: in use by another process
        skipping cuda:3: in use by 3 other processes
        ");
    }

    #[test]
    fn auto_shares_a_gpu_and_says_so_rather_than_take_the_cpu() {
        let all = [(10, Some(2), NEW), (30, Some(1), NEW)];
        insta::assert_snapshot!(shown(DeviceChoice::Auto, gpus(&all)), @r"
        cuda:1
        all GPUs are in use by other processes; using cuda:1, which has the most free memory (30.0 GB)
        ");
        insta::assert_snapshot!(shown(DeviceChoice::Auto, gpus(&all[1..])), @r"
        cuda:0
        cuda:0: in use by another process, 30.0 GB free
        ");
    }

    #[test]
    fn auto_says_what_nvml_did_not() {
        insta::assert_snapshot!(shown(DeviceChoice::Auto, gpus(&[(80, None, NEW)])), @r"
        cuda:0
        cuda:0: NVML is unavailable, so free memory and other users are unknown
        ");
    }

    #[test]
    fn auto_passes_over_what_is_too_old() {
        insta::assert_snapshot!(shown(DeviceChoice::Auto, gpus(&[(70, Some(0), (7, 0)), (20, Some(0), (7, 5))])), @r"
        cuda:1
        skipping cuda:0: NVIDIA Test has compute capability 7.0; at least 7.5 is required
        ");
        insta::assert_snapshot!(shown(DeviceChoice::Auto, gpus(&[(70, Some(0), (6, 1))])), @r"
        cpu
        skipping cuda:0: NVIDIA Test has compute capability 6.1; at least 7.5 is required
        no GPU is used: none is new enough
        ");
    }

    #[test]
    fn auto_takes_the_cpu_in_silence_where_there_is_no_gpu_and_aloud_where_one_is_broken() {
        for why in [NoCuda::NotBuiltIn, NoCuda::NoDriver, NoCuda::NoDevice { visible: None }] {
            let placed = place(DeviceChoice::Auto, || Err(why.clone())).expect("the CPU is always there");
            assert_eq!(placed, (Placement::Cpu { why_no_gpu: Some(why) }, Vec::new()));
        }
        insta::assert_snapshot!(shown(DeviceChoice::Auto, Err(NoCuda::Libraries { missing: vec!["libcurand"], toolkit: 13 })), @r"
        cpu
        no GPU is used: CUDA libraries are missing: libcurand; install them beside the program with pip install 'runner-nlp[cuda13]', or add the folder that has them all to LD_LIBRARY_PATH
        ");
        insta::assert_snapshot!(shown(DeviceChoice::Auto, Err(NoCuda::DriverTooOld { driver: (12, 4), toolkit: (13, 0) })), @r"
        cpu
        no GPU is used: the NVIDIA driver is too old: it supports CUDA 12.4, and this program was built with 13.0; update the driver, or build with CUDA 12.4 or earlier
        ");
    }

    #[test]
    fn a_gpu_that_is_named_is_taken_or_refused() {
        let two = [(10, Some(1), NEW), (30, Some(0), (6, 0))];
        insta::assert_snapshot!(shown(DeviceChoice::Cuda(0), gpus(&two)), @r"
        cuda:0
        cuda:0: in use by another process
        ");
        insta::assert_snapshot!(shown(DeviceChoice::Cuda(1), gpus(&two)), @"error: cuda:1: NVIDIA Test has compute capability 6.0; at least 7.5 is required; choose another GPU, or use --device cpu");
        insta::assert_snapshot!(shown(DeviceChoice::Cuda(5), gpus(&two)), @"error: cuda:5 does not exist; this machine has 2 GPUs: choose cuda:0 or cuda:1");
        insta::assert_snapshot!(shown(DeviceChoice::Cuda(5), gpus(&[(1, None, NEW); 3])), @"error: cuda:5 does not exist; this machine has 3 GPUs: choose cuda:0 to cuda:2");
        insta::assert_snapshot!(shown(DeviceChoice::Cuda(1), gpus(&two[..1])), @"error: cuda:1 does not exist; this machine has 1 GPU: choose cuda:0");
        insta::assert_snapshot!(shown(DeviceChoice::Cuda(0), Err(NoCuda::NotBuiltIn)), @"error: --device cuda:0: this program was built without CUDA; build it with --features cuda");
    }

    #[test]
    fn all_are_all() {
        let two = [(10, Some(1), NEW), (30, Some(0), (8, 0))];
        insta::assert_snapshot!(shown(DeviceChoice::AllCuda, gpus(&two)), @r"
        cuda:0 cuda:1
        cuda:0: in use by another process
        ");
        let old = [(10, Some(0), NEW), (30, Some(0), (5, 2))];
        insta::assert_snapshot!(shown(DeviceChoice::AllCuda, gpus(&old)), @"error: cuda:1: NVIDIA Test has compute capability 5.2; at least 7.5 is required; choose another GPU, or use --device cpu");
    }

    #[test]
    fn the_cpu_asks_for_no_survey() {
        let placed = place(DeviceChoice::Cpu, || panic!("it is not asked"));
        assert_eq!(placed.expect("it is there").0, Placement::Cpu { why_no_gpu: None });
    }
}
