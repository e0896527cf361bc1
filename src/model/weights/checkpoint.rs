//! A checkpoint's weight files: tensors by name, widened to float32 and laid into the flat buffer.

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
use crate::model::layout::{Layout, Parameter, Span};

/// Weight files, mapped, and where each tensor lies in them.
pub struct Checkpoint {
    files: Vec<Mapped>,
    /// By today's name: number of the file, and the place in it; none for what is no tensor.
    tensors: BTreeMap<String, (usize, Option<Stored>)>,
}

/// What loading found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// Where the classifier comes from.
    pub head: Head,
    /// What the files hold beside what the model uses, by name, sorted.
    pub unused: Vec<String>,
}

impl Checkpoint {
    /// Maps `paths`: one weight file, or an index and its shards, in any order. What a file is follows from its content.
    ///
    /// # Errors
    /// A file cannot be read, is of no format that is known or not whole; a shard or tensor that the index names is
    /// missing; a pickle asks for anything else than tensors.
    pub fn open(paths: &[PathBuf]) -> Result<Self, ModelError> {
        let files = paths.iter().map(|path| Mapped::open(path)).collect::<Result<Vec<_>, _>>()?;
        let (mut index, mut shards) = (None, Vec::new());
        let mut order: Vec<usize> = (0..files.len()).collect();
        order.sort_by_key(|at| !files[*at].name().ends_with(".index.json"));
        for at in order {
            let file = &files[at];
            // what the index does not name is none of this model's
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

    /// All tensors, sorted by name; old names (`gamma`, `beta`) are today's.
    pub fn tensors(&self) -> impl Iterator<Item = (&str, &Stored)> {
        self.tensors.iter().filter_map(|(name, (_, stored))| Some((name.as_str(), stored.as_ref()?)))
    }

    /// The values of a tensor in rows, widened to float32; none if there is no such tensor.
    ///
    /// # Errors
    /// A number format that does not widen.
    pub fn values(&self, name: &str) -> Result<Option<Vec<f32>>, ModelError> {
        let Some((file, Some(stored))) = self.tensors.get(name) else { return Ok(None) };
        let mut values = vec![0.0; stored.elements()];
        self.widen(name, (*file, stored), &mut values)?;
        Ok(Some(values))
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
        let mut tensors = self.by_name();
        let found = encoder_tensors(config, layout, &mut tensors)?;
        self.widen_all(found, parameters)?;
        let head = self.load_head(config, layout, labels, &mut tensors, parameters)?;
        Ok(Loaded { head, unused: tensors.into_keys().collect() })
    }

    /// Whether the encoder's tensors are those of `config`, laid out as `layout` says: before memory is taken for them.
    ///
    /// # Errors
    /// Every encoder tensor that is missing or of another shape, together.
    pub fn check(&self, config: &Config, layout: &Layout) -> Result<(), ModelError> {
        encoder_tensors(config, layout, &mut self.by_name()).map(|_| ())
    }

    /// [`Checkpoint::load`] of a classifier alone, laid out as `layout` says; the encoder is not looked at.
    ///
    /// # Errors
    /// A number format that does not widen.
    pub fn load_classifier(
        &self,
        config: &Config,
        layout: &Layout,
        labels: &[String],
        parameters: &mut [f32],
    ) -> Result<Head, ModelError> {
        self.load_head(config, layout, labels, &mut self.by_name(), parameters)
    }

    fn by_name(&self) -> Tensors<'_> {
        self.tensors.iter().map(|(name, (file, stored))| (name.clone(), (*file, stored.as_ref()))).collect()
    }

    /// Widens tensors into their spans, on all threads.
    fn widen_all(&self, found: Vec<(String, Place<'_>, Span)>, parameters: &mut [f32]) -> Result<(), ModelError> {
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

    fn widen(&self, name: &str, (file, stored): Place<'_>, out: &mut [f32]) -> Result<(), ModelError> {
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
            let why =
                format!("the checkpoint's classifier is {:?}, not [classes, {}]", stored_weight.1.shape, config.hidden);
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

/// The encoder's tensors, taken out of `tensors`, with their names and where they go.
fn encoder_tensors<'a>(
    config: &Config,
    layout: &Layout,
    tensors: &mut Tensors<'a>,
) -> Result<Vec<(String, Place<'a>, Span)>, ModelError> {
    let prefix = names::prefix(config, layout, tensors);
    let (mut problems, mut found) = (Vec::new(), Vec::new());
    for parameter in layout.parameters.iter().filter(|p| !p.role.is_classifier()) {
        let name = format!("{prefix}{}", config.family.bare_tensor(parameter.role, parameter.layer));
        match tensors.remove(&name) {
            Some((file, Some(stored))) if stored.shape == parameter.shape => {
                found.push((name, (file, stored), parameter.span));
            }
            Some((_, Some(stored))) => {
                problems.push(format!("{name} is {:?} where {:?} is needed", stored.shape, parameter.shape));
            }
            None | Some((_, None)) => problems.push(format!("{name} is missing")),
        }
    }
    if !problems.is_empty() {
        return Err(ModelError::Tensors { problems });
    }
    Ok(found)
}

fn classifier(layout: &Layout) -> [&Parameter; 2] {
    let count = layout.parameters.len();
    [&layout.parameters[count - 2], &layout.parameters[count - 1]]
}

/// Number of a file, and a tensor in it.
type Place<'a> = (usize, &'a Stored);

/// What is left to use, by name.
type Tensors<'a> = BTreeMap<String, (usize, Option<&'a Stored>)>;

/// Old names replaced by today's, unless today's is there too.
fn renamed<T>(tensors: BTreeMap<String, T>) -> BTreeMap<String, T> {
    let (old, mut renamed): (BTreeMap<_, _>, BTreeMap<_, _>) =
        tensors.into_iter().partition(|(name, _)| names::today(name).is_some());
    for (name, tensor) in old {
        let today = names::today(&name).filter(|today| !renamed.contains_key(today)).unwrap_or(name);
        renamed.insert(today, tensor);
    }
    renamed
}
