//! What the NVIDIA driver says: CUDA for what there is, NVML for what is free. Each library is looked for before it is
//! called, since candle's bindings panic where one is missing.

use std::ffi::c_int;
use std::panic::{catch_unwind, set_hook, take_hook};
use std::sync::OnceLock;

use candle_core::cuda_backend::cudarc::driver::{result, sys};
use nvml_wrapper::Nvml;

use super::gpu::Gpu;
use super::library::{Driver, Library};
use super::loading::{by_name, load};
use super::no_cuda::NoCuda;
use super::wheels::sets;

/// The toolkit that the program was built with.
pub(super) const TOOLKIT: (u32, u32) = parted(sys::CUDA_VERSION);

/// CUDA's own notation of its versions: 13010 is 13.1.
const fn parted(version: u32) -> (u32, u32) {
    (version / 1000, version % 1000 / 10)
}

/// The GPUs as CUDA numbers them.
pub(super) fn survey() -> Result<Vec<Gpu>, NoCuda> {
    // a function that an old driver lacks is a panic of the bindings, whose text would stand before ours
    let hook = take_hook();
    set_hook(Box::new(|_| {}));
    let asked = catch_unwind(|| {
        let driver = cuda_version()?;
        // within a major version, drivers run the machine code of any toolkit
        if driver.0 < TOOLKIT.0 {
            return Err(NoCuda::DriverTooOld { driver, toolkit: TOOLKIT });
        }
        let mut gpus = devices().map_err(said)?;
        if gpus.is_empty() {
            return Err(no_device());
        }
        let missing: Vec<_> = libraries().into_iter().filter(|library| !library.found).map(|one| one.name).collect();
        if !missing.is_empty() {
            return Err(NoCuda::Libraries { missing, toolkit: TOOLKIT.0 });
        }
        if let Ok(nvml) = Nvml::init() {
            gpus.iter_mut().for_each(|gpu| fill_in(gpu, &nvml));
        }
        Ok(gpus)
    });
    set_hook(hook);
    asked.unwrap_or_else(|_| Err(NoCuda::Other { text: "a function that this program calls is missing".to_owned() }))
}

/// The driver, however broken; none where its library is missing.
pub(super) fn driver() -> Option<Driver> {
    let cuda = catch_unwind(cuda_version).ok()?.ok()?;
    let version = Nvml::init().ok().and_then(|nvml| nvml.sys_driver_version().ok());
    Some(Driver { version, cuda })
}

/// The toolkit's libraries, found or not; loaded by the first call.
pub(super) fn libraries() -> Vec<Library> {
    static LIBRARIES: OnceLock<Vec<Library>> = OnceLock::new();
    let found = || {
        let program = std::env::current_exe().unwrap_or_default();
        load(&sets(&program, TOOLKIT.0), TOOLKIT.0)
    };
    LIBRARIES.get_or_init(found).clone()
}

/// The newest version that the driver knows. It tells without being initialized.
fn cuda_version() -> Result<(u32, u32), NoCuda> {
    if !is_there("cuda") && !is_there("nvcuda") {
        return Err(NoCuda::NoDriver);
    }
    let mut version: c_int = 0;
    // SAFETY: the library is there, and writes one integer.
    unsafe { sys::cuDriverGetVersion(&raw mut version) }.result().map_err(said)?;
    Ok(parted(version.unsigned_abs()))
}

/// Whether a library of the driver's can be loaded.
fn is_there(library: &str) -> bool {
    // left open: to load it again, right after, would take as long
    by_name(library, TOOLKIT.0).map(std::mem::forget).is_some()
}

/// Every device, its memory taken for free as yet.
fn devices() -> Result<Vec<Gpu>, result::DriverError> {
    use sys::CUdevice_attribute as Attribute;
    result::init()?;
    let gpu = |index: c_int| {
        let device = result::device::get(index)?;
        // SAFETY: the device is the driver's answer to its number.
        let attribute = |attribute| unsafe { result::device::get_attribute(device, attribute) };
        let major = attribute(Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)?;
        let minor = attribute(Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR)?;
        // SAFETY: as above.
        let total = unsafe { result::device::total_mem(device) }? as u64;
        Ok(Gpu {
            index: index.unsigned_abs() as usize,
            name: result::device::get_name(device)?,
            uuid: uuid_text(&result::device::get_uuid(device)?.bytes.map(|byte| byte as u8)),
            capability: (major.unsigned_abs(), minor.unsigned_abs()),
            total,
            free: total,
            others: None,
        })
    };
    (0..result::device::get_count()?).map(gpu).collect()
}

/// As NVML writes it.
fn uuid_text(bytes: &[u8; 16]) -> String {
    let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let group = |range: std::ops::Range<usize>| hex[range].concat();
    format!("GPU-{}-{}-{}-{}-{}", group(0..4), group(4..6), group(6..8), group(8..10), group(10..16))
}

/// What NVML knows of a GPU: free memory, and who computes on it. CUDA gives a part of a divided GPU the part's UUID, which
/// NVML knows by another beginning.
fn fill_in(gpu: &mut Gpu, nvml: &Nvml) {
    let part = gpu.uuid.replacen("GPU-", "MIG-", 1);
    let device = nvml.device_by_uuid(gpu.uuid.as_str()).or_else(|_| nvml.device_by_uuid(part.as_str()));
    let Ok(device) = device else { return };
    if device.uuid().is_ok_and(|uuid| uuid == part) {
        gpu.uuid = part;
    }
    if let Ok(memory) = device.memory_info() {
        gpu.free = memory.free.min(gpu.total);
    }
    if let Ok(processes) = device.running_compute_processes() {
        gpu.others = Some(processes.iter().filter(|process| process.pid != std::process::id()).count());
    }
}

fn no_device() -> NoCuda {
    NoCuda::NoDevice { visible: std::env::var("CUDA_VISIBLE_DEVICES").ok() }
}

/// An error of the driver as what it means.
fn said(error: result::DriverError) -> NoCuda {
    use sys::CUresult as Answer;
    match error.0 {
        Answer::CUDA_ERROR_NO_DEVICE => no_device(),
        Answer::CUDA_ERROR_SYSTEM_DRIVER_MISMATCH => NoCuda::DriverMismatch,
        other => NoCuda::Other { text: format!("{other:?}") },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_identities_are_written_as_nvidia_writes_them() {
        assert_eq!([parted(13000), parted(12080)], [(13, 0), (12, 8)]);
        let bytes = std::array::from_fn(|index| index as u8);
        assert_eq!(uuid_text(&bytes), "GPU-00010203-0405-0607-0809-0a0b0c0d0e0f");
    }

    #[test]
    fn a_survey_answers_wherever_it_runs() {
        match survey() {
            Ok(gpus) => assert!(gpus.iter().enumerate().all(|(index, gpu)| gpu.index == index)),
            Err(why) => assert_ne!(why, NoCuda::NotBuiltIn),
        }
    }
}
