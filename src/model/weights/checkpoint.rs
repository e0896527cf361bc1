//! Reads a checkpoint's weight files: tensors by name, converted to float32, into the flat buffer.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use rayon::prelude::*;

use super::error::WeightsError;
use super::file::{Content, Mapped};
use super::index::Index;
use super::names;
use super::stored::Stored;
use crate::model::config::Config;
use crate::model::error::ModelError;
use crate::model::head::{self, Head};
use crate::model::layout::{Layout, Parameter};
use crate::model::role::Role;
use crate::model::spans::Span;

/// Memory-mapped weight files and their tensors.
pub struct Checkpoint {
    files: Vec<Mapped>,
    /// By current name.
    tensors: names::Named,
}

/// The result of [`Checkpoint::load`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// Where the classifier comes from.
    pub head: Head,
    /// Names of unused entries in the files, sorted.
    pub unused: Vec<String>,
}

impl Checkpoint {
    /// Maps `paths`: one weight file, or an index and its shards, in any order. A file's content decides its format.
    ///
    /// # Errors
    /// A file that cannot be read, is incomplete or of an unknown format; a shard or tensor of the index that is missing; a
    /// pickle with anything else than tensors.
    pub fn open(paths: &[PathBuf]) -> Result<Self, ModelError> {
        let files = paths.iter().map(|path| Mapped::open(path)).collect::<Result<Vec<_>, _>>()?;
        let (mut index, mut shards) = (None, Vec::new());
        let mut order: Vec<usize> = (0..files.len()).collect();
        order.sort_by_key(|at| !files[*at].name().ends_with(".index.json"));
        for at in order {
            let file = &files[at];
            // files that the index does not name are not part of this model
            if index.as_ref().is_some_and(|(_, index): &(_, Index)| !index.names(file.name())) {
                continue;
            }
            match file.content()? {
                Content::Index(found) => index = Some((at, found)),
                Content::Tensors(tensors) => shards.push((at, tensors)),
            }
        }
        let mut tensors = BTreeMap::new();
        for (at, shard) in shards {
            let name_of = files[at].name();
            for (name, stored) in shard {
                let counts = index.as_ref().is_none_or(|(_, index): &(_, Index)| index.takes(&name, name_of));
                let before = if counts { tensors.insert(name.clone(), (at, stored)) } else { None };
                if before.is_some_and(|(before, _)| before != at) {
                    return Err(files[at].fault(WeightsError::Twice { name }));
                }
            }
        }
        if let Some((at, index)) = &index {
            let there: BTreeSet<&str> = files.iter().map(Mapped::name).collect();
            let has = |name: &str, shard: &str| tensors.get(name).is_some_and(|(at, _)| files[*at].name() == shard);
            index.check(&there, has).map_err(|error| files[*at].fault(error))?;
        }
        Ok(Self { files, tensors: renamed(tensors) })
    }

    /// All tensors, sorted by current name (`weight` and `bias` for `gamma` and `beta`).
    pub fn tensors(&self) -> impl Iterator<Item = (&str, &Stored)> {
        self.tensors.iter().filter_map(|(name, (_, stored))| Some((name.as_str(), stored.as_ref()?)))
    }

    /// The values of a tensor in row-major order as float32; none if there is no such tensor.
    ///
    /// # Errors
    /// An unsupported number type, a value that is not finite.
    pub fn values(&self, name: &str) -> Result<Option<Vec<f32>>, ModelError> {
        let Some((file, Some(stored))) = self.tensors.get(name) else { return Ok(None) };
        let mut values = vec![0.0; stored.elements()];
        self.widen(name, (*file, stored), &mut values)?;
        Ok(Some(values))
    }

    /// Fills `parameters` of `layout`.
    ///
    /// The classifier stays as it is if the checkpoint has none for `labels`: see [`Head`]. So does the layer before it if the
    /// checkpoint has none, or one of another shape; then the classifier is to be new as well.
    ///
    /// # Errors
    /// All encoder tensors that are missing or of another shape; an unsupported number type; a value that is not finite.
    pub fn load(
        &self,
        config: &Config,
        layout: &Layout,
        labels: &[String],
        parameters: &mut [f32],
    ) -> Result<Loaded, ModelError> {
        let translated = names::translated(config, &self.tensors);
        let mut tensors = by_name(&translated);
        let found = encoder_tensors(config, layout, &mut tensors)?;
        self.widen_all(found, parameters)?;
        let head = self.load_classifier_and_layer(config, layout, labels, &mut tensors, parameters)?;
        Ok(Loaded { head, unused: tensors.into_keys().collect() })
    }

    /// Checks that the encoder's tensors fit `config`, without allocating memory for them.
    ///
    /// # Errors
    /// All encoder tensors that are missing or of another shape.
    pub fn check(&self, config: &Config, layout: &Layout) -> Result<(), ModelError> {
        encoder_tensors(config, layout, &mut by_name(&names::translated(config, &self.tensors))).map(|_| ())
    }

    /// [`Checkpoint::load`] for a layout of a classifier alone; the encoder is ignored.
    ///
    /// # Errors
    /// An unsupported number type, a value that is not finite.
    pub fn load_classifier(
        &self,
        config: &Config,
        layout: &Layout,
        labels: &[String],
        parameters: &mut [f32],
    ) -> Result<Head, ModelError> {
        self.load_classifier_and_layer(config, layout, labels, &mut by_name(&self.tensors), parameters)
    }

    /// Whether it has the layer before the classifier, if `layout` has one.
    fn has_head_layer(&self, layout: &Layout) -> bool {
        head_layer(layout).all(|parameter| {
            let stored = self.tensors.get(&parameter.name).and_then(|(_, stored)| stored.as_ref());
            stored.is_some_and(|stored| stored.shape == parameter.shape)
        })
    }

    fn load_classifier_and_layer(
        &self,
        config: &Config,
        layout: &Layout,
        labels: &[String],
        tensors: &mut Tensors<'_>,
        parameters: &mut [f32],
    ) -> Result<Head, ModelError> {
        let has_layer = self.has_head_layer(layout);
        if has_layer {
            let found = head_layer(layout).filter_map(|parameter| {
                let (file, stored) = tensors.remove(&parameter.name)?;
                Some((parameter.name.clone(), (file, stored?), parameter.span))
            });
            self.widen_all(found.collect(), parameters)?;
        }
        match self.load_head(config, layout, labels, tensors, parameters)? {
            Head::FromCheckpoint | Head::FromCheckpointByPosition if !has_layer => {
                let why = "the checkpoint has a classifier, but not the layer before it".to_owned();
                Ok(Head::New { why, set_aside: true })
            }
            head => Ok(head),
        }
    }

    /// Fills the CRF of `layout` from a checkpoint whose classifier fits `labels`. Returns whether the checkpoint has one
    /// for them.
    ///
    /// # Errors
    /// An unsupported number type, a value that is not finite.
    pub fn load_crf(
        &self,
        config: &Config,
        layout: &Layout,
        labels: &[String],
        parameters: &mut [f32],
    ) -> Result<bool, ModelError> {
        let (_, Some(order)) = head::choose(&config.class_names, labels.len(), labels) else { return Ok(false) };
        let mut found = Vec::new();
        for parameter in layout.parameters.iter().filter(|parameter| parameter.role.is_crf()) {
            match self.tensors.get(&parameter.name) {
                Some((file, Some(stored))) if stored.shape == parameter.shape => {
                    let mut values = vec![0.0; parameter.span.len];
                    self.widen(&parameter.name, (*file, stored), &mut values)?;
                    found.push((parameter, values));
                }
                _ => return Ok(false),
            }
        }
        for (parameter, values) in &found {
            let out = &mut parameters[parameter.span.range()];
            let from = |row: usize| match parameter.role {
                Role::CrfTransitions => order[row / labels.len()] * labels.len() + order[row % labels.len()],
                _ => order[row],
            };
            out.iter_mut().enumerate().for_each(|(row, value)| *value = values[from(row)]);
        }
        Ok(!found.is_empty())
    }

    /// Converts tensors into their spans, on all threads.
    fn widen_all(&self, found: Vec<(String, FileTensor<'_>, Span)>, parameters: &mut [f32]) -> Result<(), ModelError> {
        let (mut rest, mut end, mut targets) = (parameters, 0, Vec::new());
        for (name, place, span) in found {
            let (_, from_here) = rest.split_at_mut(span.start - end);
            let (out, behind) = from_here.split_at_mut(span.len);
            (rest, end) = (behind, span.start + span.len);
            targets.push((name, place, out));
        }
        let widened: Vec<_> = targets.into_par_iter().map(|(name, place, out)| self.widen(&name, place, out)).collect();
        widened.into_iter().collect()
    }

    fn widen(&self, name: &str, (file, stored): FileTensor<'_>, out: &mut [f32]) -> Result<(), ModelError> {
        let found = stored.widen(&self.files[file].bytes, out);
        found.map_err(|found| ModelError::Type { name: name.to_owned(), found: found.to_owned() })?;
        if out.iter().all(|value| value.is_finite()) {
            return Ok(());
        }
        Err(ModelError::NotFinite { path: self.files[file].path.clone(), name: name.to_owned() })
    }

    fn load_head(
        &self,
        config: &Config,
        layout: &Layout,
        labels: &[String],
        tensors: &mut Tensors<'_>,
        parameters: &mut [f32],
    ) -> Result<Head, ModelError> {
        let [weight, bias] = classifier(layout);
        let mut take = |name| tensors.remove(name).and_then(|(file, stored)| Some((file, stored?)));
        let (Some(stored_weight), Some(stored_bias)) = (take(&weight.name), take(&bias.name)) else {
            return Ok(Head::New { why: "the checkpoint has no classifier".to_owned(), set_aside: false });
        };
        let rows = stored_bias.1.shape.first().copied().unwrap_or_default();
        if stored_weight.1.shape != [rows, config.hidden] {
            let why = format!(
                "the checkpoint's classifier has the shape {:?}, not [classes, {}]",
                stored_weight.1.shape, config.hidden
            );
            return Ok(Head::New { why, set_aside: true });
        }
        let (head, order) = head::choose(&config.class_names, rows, labels);
        if let Some(order) = order {
            let (mut all_weights, mut all_biases) = (vec![0.0; rows * config.hidden], vec![0.0; rows]);
            self.widen(&weight.name, stored_weight, &mut all_weights)?;
            self.widen(&bias.name, stored_bias, &mut all_biases)?;
            for (row, &from) in order.iter().enumerate() {
                let source = &all_weights[from * config.hidden..][..config.hidden];
                parameters[weight.span.start + row * config.hidden..][..config.hidden].copy_from_slice(source);
                parameters[bias.span.start + row] = all_biases[from];
            }
        }
        Ok(head)
    }
}

fn by_name(tensors: &names::Named) -> Tensors<'_> {
    tensors.iter().map(|(name, (file, stored))| (name.clone(), (*file, stored.as_ref()))).collect()
}

/// Removes the encoder's tensors from `tensors`; returns their names and spans.
fn encoder_tensors<'a>(
    config: &Config,
    layout: &Layout,
    tensors: &mut Tensors<'a>,
) -> Result<Vec<(String, FileTensor<'a>, Span)>, ModelError> {
    let prefix = names::prefix(config, layout, tensors);
    let (mut problems, mut found) = (Vec::new(), Vec::new());
    for parameter in layout.parameters.iter().filter(|p| p.role.is_encoder() && !p.role.is_lora()) {
        let name = format!("{prefix}{}", config.family.bare_tensor(parameter.role, parameter.layer));
        match tensors.remove(&name) {
            Some((file, Some(stored))) if stored.shape == parameter.shape => {
                found.push((name, (file, stored), parameter.span));
            }
            Some((_, Some(stored))) => {
                problems.push(format!("{name} has the shape {:?}, not {:?}", stored.shape, parameter.shape));
            }
            None | Some((_, None)) => problems.push(format!("{name} is missing")),
        }
    }
    if !problems.is_empty() {
        return Err(ModelError::Tensors { problems });
    }
    Ok(found)
}

fn head_layer(layout: &Layout) -> impl Iterator<Item = &Parameter> {
    layout.parameters.iter().filter(|parameter| parameter.role.is_head_layer())
}

fn classifier(layout: &Layout) -> [&Parameter; 2] {
    let of = |role| layout.parameters.iter().find(|one| one.role == role).expect("a layout has a classifier");
    [of(Role::ClassifierWeight), of(Role::ClassifierBias)]
}

/// Index of a file, and a tensor in it.
type FileTensor<'a> = (usize, &'a Stored);

/// Tensors that are not used yet, by name.
type Tensors<'a> = BTreeMap<String, (usize, Option<&'a Stored>)>;

/// Replaces old names by current ones, unless the current one exists too.
fn renamed<T>(tensors: BTreeMap<String, T>) -> BTreeMap<String, T> {
    let (old, mut renamed): (BTreeMap<_, _>, BTreeMap<_, _>) =
        tensors.into_iter().partition(|(name, _)| names::current(name).is_some());
    for (name, tensor) in old {
        let current = names::current(&name).filter(|current| !renamed.contains_key(current)).unwrap_or(name);
        renamed.insert(current, tensor);
    }
    renamed
}
