//! What `runner doctor` prints: a row a part of the machine, what is wrong with it and what to do, and whether runs work
//! here.

use crate::hub::{Answer, Reach};
use crate::machine::{Checkup, DeviceError, Folder, Gpu, Memory, Placement, Processor};
use crate::words::counted;

use super::page::Page;
use super::wrap::wrapped;

/// Columns before a row's text.
const MARGIN: usize = 13;
/// GPUs that are shown one by one.
const MOST_GPUS: usize = 8;

/// A part of the machine.
struct Row {
    name: &'static str,
    text: String,
    is_wrong: bool,
}

impl Row {
    fn well(name: &'static str, text: String) -> Self {
        Self { name, text, is_wrong: false }
    }

    fn wrong(name: &'static str, text: String) -> Self {
        Self { name, text, is_wrong: true }
    }

    /// Wrapped under its name; what is wrong begins with an exclamation mark.
    fn shown(&self, page: Page) -> String {
        let mark = if self.is_wrong { page.bad("!") } else { " ".to_owned() };
        let name = format!("{:10}", self.name);
        let name = if self.is_wrong { page.bad(&name) } else { page.heading(&name) };
        wrapped(&format!("{mark} {name}"), MARGIN, &self.text, page.columns)
    }
}

/// The page.
pub fn doctor_text(checkup: &Checkup, version: &str, page: Page) -> String {
    let built = match checkup.toolkit {
        Some((major, minor)) => format!("{version}, built with CUDA {major}.{minor}"),
        None => format!("{version}, built without CUDA"),
    };
    let mut rows = vec![Row::well("runner", built), processor(&checkup.processor), memory(&checkup.memory)];
    rows.extend(gpus(checkup));
    rows.extend(driver(checkup));
    rows.extend(libraries(checkup));
    if let Err(error) = &checkup.device
        && !matches!(error, DeviceError::Processor(_))
    {
        rows.push(Row::wrong("device", error.to_string()));
    }
    rows.push(folder("results", &checkup.results, "", "choose another with --out", true));
    rows.extend(hub(checkup));
    let verdict = match &checkup.device {
        Ok((_, name)) if checkup.is_well() => format!("Runs work here, on {name}."),
        Ok((_, name)) if checkup.is_well_without_the_hub() => {
            format!("Offline runs work here, on {name}; runs that download would fail.")
        }
        _ => "Runs would fail here: see the rows with an exclamation mark.".to_owned(),
    };
    let rows: Vec<String> = rows.iter().map(|row| row.shown(page)).collect();
    format!("{}\n\n{}\n", rows.join("\n"), wrapped("", 0, &verdict, page.columns))
}

fn processor(processor: &Processor) -> Row {
    let name = if processor.name.is_empty() { "of unknown name" } else { &processor.name };
    let cores = processor.cores.map_or_else(String::new, |cores| format!("{}, ", counted(cores, "core")));
    let threads = match processor.threads {
        threads if threads > processor.allowed => {
            format!("{} of {threads} threads (limited by affinity or control groups)", processor.allowed)
        }
        threads => counted(threads, "thread"),
    };
    let text = format!("{name}: {cores}{threads}");
    match &processor.isa {
        Ok(isa) => {
            let forced = if processor.forced.is_some() { ", forced by RUNNER_ISA" } else { "" };
            Row::well("processor", format!("{text}; {isa}{forced}"))
        }
        Err(error) => Row::wrong("processor", format!("{text}; {error}")),
    }
}

fn memory(memory: &Memory) -> Row {
    let groups = memory
        .groups
        .filter(|left| *left <= memory.free)
        .map_or_else(String::new, |left| format!("; control groups leave {}", size(left)));
    Row::well("memory", format!("{} free of {}{groups}", size(memory.free), size(memory.total)))
}

fn gpus(checkup: &Checkup) -> Vec<Row> {
    let gpus = match &checkup.gpus {
        Ok(gpus) => gpus,
        Err(why) if why.is_broken() => return vec![Row::wrong("GPU", format!("none is usable: {why}"))],
        Err(why) => return vec![Row::well("GPU", why.to_string())],
    };
    let taken = |gpu: &Gpu| matches!(&checkup.device, Ok((Placement::Gpus(taken), _)) if taken.contains(gpu));
    let mut rows: Vec<Row> =
        gpus.iter().take(MOST_GPUS).map(|gpu| Row::well("GPU", gpu_text(gpu, taken(gpu)))).collect();
    rows.iter_mut().skip(1).for_each(|row| row.name = "");
    if gpus.len() > MOST_GPUS {
        rows.push(Row::well("", format!("and {} more", gpus.len() - MOST_GPUS)));
    }
    rows
}

/// A GPU in a line: name, capability, memory, and who uses it.
fn gpu_text(gpu: &Gpu, is_taken: bool) -> String {
    let (major, minor) = gpu.capability;
    let old = if gpu.is_capable() { "" } else { ", too old" };
    let memory = match gpu.others {
        None => format!("{}, free memory and users unknown (no NVML)", size(gpu.total)),
        Some(others) => {
            let others = match others {
                0 => String::new(),
                1 => ", 1 other process".to_owned(),
                more => format!(", {more} other processes"),
            };
            format!("{:.1} of {} free{others}", gpu.free as f64 / 1e9, size(gpu.total))
        }
    };
    let taken = if is_taken { ", runs use it" } else { "" };
    let name = gpu.name.trim_start_matches("NVIDIA ");
    format!("{gpu} {name} ({major}.{minor}{old}), {memory}{taken}")
}

fn driver(checkup: &Checkup) -> Option<Row> {
    let driver = checkup.driver.as_ref()?;
    let version = driver.version.as_deref().unwrap_or("of unknown version");
    let (major, minor) = driver.cuda;
    Some(Row::well("driver", format!("{version}, for CUDA up to {major}.{minor}")))
}

/// Those of one folder together, then those that are missing.
fn libraries(checkup: &Checkup) -> Option<Row> {
    let mut parts: Vec<(String, Vec<&str>)> = Vec::new();
    for library in &checkup.libraries {
        let place = match &library.folder {
            _ if !library.found => "missing".to_owned(),
            Some(folder) => format!("in {}", folder.display()),
            None => "found".to_owned(),
        };
        match parts.iter_mut().find(|(other, _)| *other == place) {
            Some((_, names)) => names.push(library.name),
            None => parts.push((place, vec![library.name])),
        }
    }
    let parts: Vec<String> = parts.iter().map(|(place, names)| format!("{} {place}", names.join(", "))).collect();
    (!parts.is_empty()).then(|| Row::well("libraries", parts.join("; ")))
}

/// A folder that is written to: what is in it, what is free, and `instead` if it cannot be used.
fn folder(name: &'static str, folder: &Folder, content: &str, instead: &str, is_needed: bool) -> Row {
    let path = folder.path.display();
    let free = folder.free.map_or_else(|| "free space unknown".to_owned(), |free| format!("{} free", size(free)));
    match &folder.writable {
        Err(error) if is_needed => Row::wrong(name, format!("{path}: {content}not writable ({error}); {instead}")),
        Err(error) => Row::well(name, format!("{path}: {content}not writable ({error})")),
        Ok(()) if folder.is_full() && is_needed => {
            Row::wrong(name, format!("{path}: {content}{free}, too little; free some space, or {instead}"))
        }
        Ok(()) => Row::well(name, format!("{path}: {content}{free}")),
    }
}

fn hub(checkup: &Checkup) -> Vec<Row> {
    let reach = match &checkup.hub {
        Ok(reach) => reach,
        Err(error) => return vec![Row::wrong("hub", error.to_string())],
    };
    let content = reach.cached.map_or_else(String::new, |bytes| format!("{} cached, ", size(bytes)));
    let cache = checkup
        .cache
        .as_ref()
        .map(|cache| folder("hub cache", cache, &content, "choose another in HF_HUB_CACHE", !checkup.is_offline()));
    cache.into_iter().chain([answer(reach)]).collect()
}

fn answer(reach: &Reach) -> Row {
    let endpoint = &reach.endpoint;
    let token = if reach.token { "token set" } else { "no token set" };
    match &reach.answer {
        Answer::Yes => Row::well("hub", format!("{endpoint} answers; {token}")),
        Answer::Offline => Row::well("hub", format!("{endpoint}, not checked (--offline); {token}")),
        Answer::OfflineByEnvironment { variable } => {
            Row::well("hub", format!("{endpoint}, not checked ({variable} is set); {token}"))
        }
        Answer::TokenRefused => Row::wrong(
            "hub",
            format!("{endpoint} rejects the token, and so every request; set HF_TOKEN to a valid one, or unset it"),
        ),
        Answer::No { reason } => Row::wrong(
            "hub",
            format!(
                "{endpoint} does not answer ({reason}); check the connection, HF_ENDPOINT and the proxy, or use \
                 --offline with cached and local files"
            ),
        ),
    }
}

fn size(bytes: u64) -> String {
    match bytes as f64 {
        bytes if bytes < 1e9 => format!("{:.0} MB", bytes / 1e6),
        bytes => format!("{:.1} GB", bytes / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use crate::engine::cpu::products::{Isa, UnsupportedProcessor};
    use crate::machine::{Driver, Library, NoCuda};

    use super::*;

    fn folder(path: &str, gigabytes: u64) -> Folder {
        Folder { path: path.into(), free: Some(gigabytes * 1_000_000_000), writable: Ok(()) }
    }

    /// Without CUDA, and with all well.
    fn laptop() -> Checkup {
        Checkup {
            toolkit: None,
            processor: Processor {
                name: "13th Gen Intel(R) Core(TM) i7-1360P".to_owned(),
                cores: Some(12),
                threads: 16,
                allowed: 16,
                isa: Ok(Isa::Avx2),
                forced: None,
            },
            memory: Memory { total: 33_300_000_000, free: 21_000_000_000, groups: None },
            gpus: Err(NoCuda::NotBuiltIn),
            driver: None,
            libraries: Vec::new(),
            device: Ok((Placement::Cpu { why_no_gpu: Some(NoCuda::NotBuiltIn) }, "cpu".to_owned())),
            results: folder("results", 310),
            hub: Ok(Reach {
                endpoint: "https://huggingface.co".to_owned(),
                cache: "/home/ana/.cache/huggingface/hub".into(),
                cached: Some(4_200_000_000),
                token: false,
                answer: Answer::Yes,
            }),
            cache: Some(folder("/home/ana/.cache/huggingface/hub", 310)),
        }
    }

    fn gpu(index: usize, free: u64, others: usize) -> Gpu {
        Gpu {
            index,
            name: "NVIDIA H100 80GB HBM3".to_owned(),
            uuid: format!("GPU-{index}"),
            capability: (9, 0),
            total: 85_000_000_000,
            free: free * 1_000_000_000,
            others: Some(others),
        }
    }

    fn library(name: &'static str, found: bool) -> Library {
        Library { name, found, folder: None }
    }

    /// The page, of which every line must fit.
    fn page(checkup: &Checkup) -> String {
        let text = doctor_text(checkup, "0.1.0", Page::plain(80));
        assert!(text.lines().count() < 24, "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        text
    }

    #[test]
    fn a_laptop() {
        insta::assert_snapshot!(page(&laptop()), @r"
          runner     0.1.0, built without CUDA
          processor  13th Gen Intel(R) Core(TM) i7-1360P: 12 cores, 16 threads; avx2
          memory     21.0 GB free of 33.3 GB
          GPU        this program was built without CUDA; build it with --features cuda
          results    results: 310.0 GB free
          hub cache  /home/ana/.cache/huggingface/hub: 4.2 GB cached, 310.0 GB free
          hub        https://huggingface.co answers; no token set

        Runs work here, on cpu.
        ");
    }

    #[test]
    fn a_machine_with_two_gpus_of_which_one_is_used() {
        let gpus = vec![gpu(0, 12, 1), gpu(1, 84, 0)];
        let taken = Placement::Gpus(vec![gpus[1].clone()]);
        let folder = || Some("/home/ana/.venv/lib/python3.12/site-packages/nvidia/cu13/lib".into());
        let libraries = ["libcublasLt", "libcublas", "libcurand"];
        let mut checkup = Checkup {
            toolkit: Some((13, 0)),
            gpus: Ok(gpus),
            driver: Some(Driver { version: Some("580.65.06".to_owned()), cuda: (13, 0) }),
            libraries: libraries.map(|name| Library { folder: folder(), ..library(name, true) }).to_vec(),
            device: Ok((taken, "cuda-h100-80gb-hbm3".to_owned())),
            ..laptop()
        };
        checkup.processor.allowed = 4;
        checkup.memory.free = 12_000_000_000;
        checkup.memory.groups = Some(12_000_000_000);
        insta::assert_snapshot!(page(&checkup), @r"
          runner     0.1.0, built with CUDA 13.0
          processor  13th Gen Intel(R) Core(TM) i7-1360P: 12 cores, 4 of 16 threads
                     (limited by affinity or control groups); avx2
          memory     12.0 GB free of 33.3 GB; control groups leave 12.0 GB
          GPU        cuda:0 H100 80GB HBM3 (9.0), 12.0 of 85.0 GB free, 1 other process
                     cuda:1 H100 80GB HBM3 (9.0), 84.0 of 85.0 GB free, runs use it
          driver     580.65.06, for CUDA up to 13.0
          libraries  libcublasLt, libcublas, libcurand in
                     /home/ana/.venv/lib/python3.12/site-packages/nvidia/cu13/lib
          results    results: 310.0 GB free
          hub cache  /home/ana/.cache/huggingface/hub: 4.2 GB cached, 310.0 GB free
          hub        https://huggingface.co answers; no token set

        Runs work here, on cuda-h100-80gb-hbm3.
        ");
        let many = (0..16).map(|index| Gpu { name: "NVIDIA H200".to_owned(), ..gpu(index, 84, 12) });
        assert!(page(&Checkup { gpus: Ok(many.collect()), ..checkup }).contains("and 8 more"));
    }

    #[test]
    fn a_broken_driver_leaves_the_cpu() {
        let why = NoCuda::DriverTooOld { driver: (12, 4), toolkit: (13, 0) };
        let checkup = Checkup {
            toolkit: Some((13, 0)),
            gpus: Err(why.clone()),
            driver: Some(Driver { version: None, cuda: (12, 4) }),
            libraries: vec![library("libcublas", true), library("libcurand", false)],
            device: Ok((Placement::Cpu { why_no_gpu: Some(why) }, "cpu".to_owned())),
            ..laptop()
        };
        insta::assert_snapshot!(page(&checkup), @r"
          runner     0.1.0, built with CUDA 13.0
          processor  13th Gen Intel(R) Core(TM) i7-1360P: 12 cores, 16 threads; avx2
          memory     21.0 GB free of 33.3 GB
        ! GPU        none is usable: the NVIDIA driver is too old: it supports CUDA
                     12.4, and this program was built with 13.0; update the driver, or
                     build with CUDA 12.4 or earlier
          driver     of unknown version, for CUDA up to 12.4
          libraries  libcublas found; libcurand missing
          results    results: 310.0 GB free
          hub cache  /home/ana/.cache/huggingface/hub: 4.2 GB cached, 310.0 GB free
          hub        https://huggingface.co answers; no token set

        Runs work here, on cpu.
        ");
    }

    #[test]
    fn all_that_would_stop_a_run_says_what_to_do() {
        let mut checkup = laptop();
        checkup.processor.isa = Err(UnsupportedProcessor::Unknown("sse9".to_owned()));
        checkup.device = Err(UnsupportedProcessor::Unknown("sse9".to_owned()).into());
        checkup.results.writable = Err(io::ErrorKind::ReadOnlyFilesystem.into());
        checkup.cache = Some(folder("/mnt/a/rather/long/path/to/the/cache/of/everybody/in/here/hub", 0));
        if let Ok(reach) = &mut checkup.hub {
            reach.answer = Answer::No { reason: "Connection refused (os error 111)".to_owned() };
        }
        assert!(!checkup.is_well());
        insta::assert_snapshot!(page(&checkup), @r"
          runner     0.1.0, built without CUDA
        ! processor  13th Gen Intel(R) Core(TM) i7-1360P: 12 cores, 16 threads;
                     RUNNER_ISA is `sse9`, which names no instruction set; use avx512,
                     avx2, neon or scalar, or unset it
          memory     21.0 GB free of 33.3 GB
          GPU        this program was built without CUDA; build it with --features cuda
        ! results    results: not writable (read-only filesystem or storage medium);
                     choose another with --out
        ! hub cache  /mnt/a/rather/long/path/to/the/cache/of/everybody/in/here/hub:
                     4.2 GB cached, 0 MB free, too little; free some space, or choose
                     another in HF_HUB_CACHE
        ! hub        https://huggingface.co does not answer (Connection refused (os
                     error 111)); check the connection, HF_ENDPOINT and the proxy, or
                     use --offline with cached and local files

        Runs would fail here: see the rows with an exclamation mark.
        ");
    }

    #[test]
    fn offline_a_full_cache_stops_nothing() {
        let mut checkup = laptop();
        checkup.cache = Some(folder("/cache", 0));
        assert!(!checkup.is_well());
        if let Ok(reach) = &mut checkup.hub {
            reach.answer = Answer::Offline;
        }
        assert!(checkup.is_well());
        assert!(page(&checkup).contains("not checked (--offline)"));
    }
}
