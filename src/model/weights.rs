//! A checkpoint's weight files: tensors by name, widened to float32 and laid into the flat buffer.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use half::{bf16, f16};
use memmap2::Mmap;
use safetensors::{Dtype, SafeTensors};

use super::config::Config;
use super::error::ModelError;
use super::head::{self, Head};
use super::layout::{Layout, Parameter};

/// One mapped weight file.
struct File {
    path: PathBuf,
    bytes: Mmap,
}

/// Weight files, mapped.
pub struct Checkpoint {
    files: Vec<File>,
}

/// One tensor as it lies in its file.
struct Stored<'a> {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: &'a [u8],
}

/// What loading found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// Where the classifier comes from.
    pub head: Head,
    /// Tensors of the files that the model does not use, sorted.
    pub unused: Vec<String>,
}

impl Checkpoint {
    /// Maps `paths`: one safetensors file, or the shards of one model.
    ///
    /// # Errors
    /// A file cannot be read, or is no whole safetensors file.
    pub fn open(paths: &[PathBuf]) -> Result<Self, ModelError> {
        let files = paths.iter().map(|path| {
            let read = |source| ModelError::Read { path: path.clone(), source };
            let file = std::fs::File::open(path).map_err(read)?;
            // SAFETY: weight files lie in a cache or a folder of models and are not written to while a job runs; a file
            // cut short meanwhile ends the process with a signal, and the journal stays as it was.
            let bytes = unsafe { Mmap::map(&file) }.map_err(read)?;
            SafeTensors::deserialize(&bytes)
                .map_err(|e| ModelError::Damaged { path: path.clone(), what: e.to_string() })?;
            Ok(File { path: path.clone(), bytes })
        });
        Ok(Self { files: files.collect::<Result<_, ModelError>>()? })
    }

    /// Fills `parameters`, laid out as `layout` says, and says where the classifier comes from.
    ///
    /// A classifier that the checkpoint lacks, or has for other tags, is left as it is: see [`Head`].
    ///
    /// # Errors
    /// Every encoder tensor that is missing or of another shape, together; a number format that does not widen.
    pub fn load(
        &self,
        config: &Config,
        layout: &Layout,
        labels: &[String],
        parameters: &mut [f32],
    ) -> Result<Loaded, ModelError> {
        let mut tensors = self.tensors()?;
        let prefix = self.prefix(config, &tensors);
        let mut problems = Vec::new();
        for parameter in layout.parameters.iter().filter(|p| !p.role.is_classifier()) {
            let name = format!("{prefix}{}", config.family.bare_tensor(parameter.role, parameter.layer));
            match tensors.remove(&name) {
                None => problems.push(format!("{name} is missing")),
                Some(stored) if stored.shape != parameter.shape => {
                    problems.push(format!("{name} is {:?} where {:?} is needed", stored.shape, parameter.shape));
                }
                Some(stored) => widen(&name, &stored, &mut parameters[parameter.span.range()])?,
            }
        }
        if !problems.is_empty() {
            return Err(ModelError::Tensors { problems });
        }
        let head = self.load_head(config, layout, labels, &mut tensors, parameters)?;
        Ok(Loaded { head, unused: tensors.into_keys().collect() })
    }

    /// All tensors by name, old names (`gamma`, `beta`) replaced by today's.
    fn tensors(&self) -> Result<BTreeMap<String, Stored<'_>>, ModelError> {
        let mut tensors = BTreeMap::new();
        for file in &self.files {
            let parsed = SafeTensors::deserialize(&file.bytes)
                .map_err(|e| ModelError::Damaged { path: file.path.clone(), what: e.to_string() })?;
            for (name, view) in parsed.iter() {
                let name =
                    name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias");
                let stored = Stored { dtype: view.dtype(), shape: view.shape().to_vec(), bytes: view.data() };
                tensors.insert(name, stored);
            }
        }
        Ok(tensors)
    }

    /// The prefix under which most of the encoder's tensors are found.
    fn prefix(&self, config: &Config, tensors: &BTreeMap<String, Stored<'_>>) -> &'static str {
        let found = |prefix: &str| tensors.keys().filter(|name| is_encoder(name, prefix)).count();
        let prefixes = config.family.prefixes;
        prefixes.iter().copied().max_by_key(|prefix| (found(prefix), prefix.len())).unwrap_or_default()
    }

    fn load_head(
        &self,
        config: &Config,
        layout: &Layout,
        labels: &[String],
        tensors: &mut BTreeMap<String, Stored<'_>>,
        parameters: &mut [f32],
    ) -> Result<Head, ModelError> {
        let [weight, bias] = classifier(layout);
        let (Some(stored_weight), Some(stored_bias)) = (tensors.remove(&weight.name), tensors.remove(&bias.name))
        else {
            return Ok(Head::New { why: "the checkpoint has no classifier".to_owned() });
        };
        let rows = stored_bias.shape.first().copied().unwrap_or_default();
        if stored_weight.shape != [rows, config.hidden] {
            let why =
                format!("the checkpoint's classifier is {:?}, not [classes, {}]", stored_weight.shape, config.hidden);
            return Ok(Head::New { why });
        }
        let (head, order) = head::choose(&config.class_names, rows, labels);
        if let Some(order) = order {
            let (mut all_weights, mut all_biases) = (vec![0.0; rows * config.hidden], vec![0.0; rows]);
            widen(&weight.name, &stored_weight, &mut all_weights)?;
            widen(&bias.name, &stored_bias, &mut all_biases)?;
            for (row, &from) in order.iter().enumerate() {
                let source = &all_weights[from * config.hidden..][..config.hidden];
                parameters[weight.span.start + row * config.hidden..][..config.hidden].copy_from_slice(source);
                parameters[bias.span.start + row] = all_biases[from];
            }
        }
        Ok(head)
    }
}

fn classifier(layout: &Layout) -> [&Parameter; 2] {
    let count = layout.parameters.len();
    [&layout.parameters[count - 2], &layout.parameters[count - 1]]
}

fn is_encoder(name: &str, prefix: &str) -> bool {
    let parts = BTreeSet::from(["embeddings", "encoder"]);
    name.strip_prefix(prefix).and_then(|rest| rest.split('.').next()).is_some_and(|part| parts.contains(part))
}

/// Copies a tensor into `out`, widening float16 and bfloat16.
fn widen(name: &str, stored: &Stored<'_>, out: &mut [f32]) -> Result<(), ModelError> {
    let pairs = || stored.bytes.chunks_exact(2).map(|b| [b[0], b[1]]);
    match stored.dtype {
        Dtype::F32 => {
            let values = stored.bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
            out.iter_mut().zip(values).for_each(|(o, v)| *o = v);
        }
        Dtype::F16 => out.iter_mut().zip(pairs()).for_each(|(o, b)| *o = f16::from_le_bytes(b).to_f32()),
        Dtype::BF16 => out.iter_mut().zip(pairs()).for_each(|(o, b)| *o = bf16::from_le_bytes(b).to_f32()),
        other => return Err(ModelError::Type { name: name.to_owned(), found: format!("{other:?}") }),
    }
    Ok(())
}
