//! Which group of `train.groups` a parameter is in, by its name, and whether each group has parameters that learn.

use crate::spec::{Freeze, ParameterGroup};
use crate::words::pattern;

use super::config::Config;
use super::layout::{Layout, Parameter};

/// The most names that a message shows.
const NEAR: usize = 3;

/// Why a group has no effect.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum GroupError {
    /// No parameter has such a name.
    #[error("train.groups: `{pattern}` matches no parameter of the checkpoint; near it are {}; correct it", near.join(", "))]
    NoMatch {
        /// The group's pattern.
        pattern: String,
        /// Names that are like it.
        near: Vec<String>,
    },
    /// All of its parameters are in other groups.
    #[error(
        "train.groups: all that `{pattern}` matches is in the groups before it, and the first that matches counts; move it up, or remove it"
    )]
    Taken {
        /// The group's pattern.
        pattern: String,
    },
    /// None of its parameters learns.
    #[error("train.groups: all that `{pattern}` matches is frozen; remove it, or have it learn in [model]")]
    Frozen {
        /// The group's pattern.
        pattern: String,
    },
    /// It has a decay, and none of its parameters decays.
    #[error(
        "train.groups: `{pattern}` matches only what does not decay: biases, norms, a CRF; remove its weight_decay, or match more"
    )]
    Undecayed {
        /// The group's pattern.
        pattern: String,
    },
}

/// The group of a parameter of a model of `config`: the first whose pattern matches the parameter's name in transformers,
/// with the encoder's prefix such as `bert.` or without it.
pub fn named_group<'g>(
    groups: &'g [ParameterGroup],
    parameter: &Parameter,
    config: &Config,
) -> Option<&'g ParameterGroup> {
    groups.iter().find(|group| is_match(group, parameter, config))
}

fn is_match(group: &ParameterGroup, parameter: &Parameter, config: &Config) -> bool {
    let bare = || config.family.bare_tensor(parameter.role, parameter.layer);
    pattern::matches(&group.pattern, &parameter.name) || pattern::matches(&group.pattern, &bare())
}

/// Checks that each group has a parameter that learns under `freeze`, and one that decays where it has a decay.
///
/// # Errors
/// The first group without an effect.
pub fn check_groups(groups: &[ParameterGroup], config: &Config, freeze: Freeze) -> Result<(), GroupError> {
    if groups.is_empty() {
        return Ok(());
    }
    // names do not depend on the number of classes
    let layout = Layout::new(config, 1);
    let learning_from = layout.learning_from(freeze);
    for group in groups {
        let pattern = group.pattern.clone();
        let matched = || layout.parameters.iter().filter(|parameter| is_match(group, parameter, config));
        let is_own = |parameter: &&Parameter| named_group(groups, parameter, config) == Some(group);
        let learns = |parameter: &&Parameter| parameter.span.start >= learning_from;
        if matched().next().is_none() {
            let near = near(&pattern, &layout);
            return Err(GroupError::NoMatch { pattern, near });
        }
        if !matched().any(|parameter| is_own(&parameter)) {
            return Err(GroupError::Taken { pattern });
        }
        let mut own = matched().filter(is_own).filter(learns).peekable();
        if own.peek().is_none() {
            return Err(GroupError::Frozen { pattern });
        }
        if group.weight_decay.is_some_and(|decay| decay > 0.0) && !own.any(|parameter| parameter.role.decays()) {
            return Err(GroupError::Undecayed { pattern });
        }
    }
    Ok(())
}

/// Names that have parts like those of the pattern, the most alike first.
fn near(pattern: &str, layout: &Layout) -> Vec<String> {
    let wanted: Vec<&str> = pattern.split('.').filter(|part| !part.chars().all(|letter| letter == '*')).collect();
    let distance = |name: &str| {
        let parts: Vec<&str> = name.split('.').collect();
        let runs = parts.windows(wanted.len().clamp(1, parts.len()));
        runs.map(|run| strsim::damerau_levenshtein(&run.join("."), &wanted.join("."))).min()
    };
    let mut names: Vec<_> = layout.parameters.iter().map(|one| (distance(&one.name), one.name.clone())).collect();
    // stable: equals stay in the order of the layout
    names.sort_by_key(|(distance, _)| *distance);
    names.into_iter().take(NEAR).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn config() -> Config {
        let text = r#"{"model_type": "bert", "vocab_size": 11, "hidden_size": 6, "num_hidden_layers": 3,
            "num_attention_heads": 2, "intermediate_size": 10, "max_position_embeddings": 9}"#;
        Config::parse(text, Path::new("config.json")).expect("valid")
    }

    fn groups(patterns: &[&str]) -> Vec<ParameterGroup> {
        let group = |pattern: &&str| ParameterGroup {
            pattern: (*pattern).to_owned(),
            learning_rate: Some(1e-4),
            weight_decay: Some(0.1),
        };
        patterns.iter().map(group).collect()
    }

    /// The names of the parameters in each group.
    fn members(patterns: &[&str]) -> Vec<Vec<String>> {
        let (config, groups) = (config(), groups(patterns));
        let layout = Layout::new(&config, 1);
        let of = |group| {
            let own = layout.parameters.iter().filter(|one| named_group(&groups, one, &config) == Some(group));
            own.map(|one| one.name.clone()).collect()
        };
        groups.iter().map(of).collect()
    }

    #[test]
    fn a_name_matches_with_its_prefix_or_without_and_a_star_is_any_text() {
        let bare = members(&["encoder.layer.1.*"]);
        assert_eq!(bare, members(&["bert.encoder.layer.1.*"]));
        assert_eq!(bare[0].len(), 16);
        assert!(bare[0].iter().all(|name| name.starts_with("bert.encoder.layer.1.")));
        assert_eq!(members(&["classifier.?ias"]), [["classifier.bias"]]);
        assert_eq!(members(&["*.query.weight"])[0].len(), 3);
        assert_eq!(members(&["query.weight"])[0].len(), 0, "a pattern is of the whole name");
    }

    #[test]
    fn the_first_group_that_matches_counts() {
        let both = members(&["encoder.layer.0.*", "*.query.*"]);
        assert_eq!((both[0].len(), both[1].len()), (16, 4));
        let other = members(&["*.query.*", "encoder.layer.0.*"]);
        assert_eq!((other[0].len(), other[1].len()), (6, 14));
    }

    #[test]
    fn a_group_without_an_effect_is_an_error() {
        let said = |patterns: &[&str], freeze| {
            check_groups(&groups(patterns), &config(), freeze)
                .map_err(|error| error.to_string())
                .expect_err("no effect")
        };
        insta::assert_snapshot!(said(&["encoder.layers.2.*"], Freeze::Nothing), @"train.groups: `encoder.layers.2.*` matches no parameter of the checkpoint; near it are bert.encoder.layer.2.attention.self.query.weight, bert.encoder.layer.2.attention.self.key.weight, bert.encoder.layer.2.attention.self.value.weight; correct it");
        insta::assert_snapshot!(said(&["bert.*", "encoder.layer.2.*"], Freeze::Nothing), @"train.groups: all that `encoder.layer.2.*` matches is in the groups before it, and the first that matches counts; move it up, or remove it");
        insta::assert_snapshot!(said(&["encoder.layer.0.*"], Freeze::Layers(1)), @"train.groups: all that `encoder.layer.0.*` matches is frozen; remove it, or have it learn in [model]");
        insta::assert_snapshot!(said(&["*.bias"], Freeze::Nothing), @"train.groups: `*.bias` matches only what does not decay: biases, norms, a CRF; remove its weight_decay, or match more");
        assert_eq!(check_groups(&groups(&["encoder.layer.?.*"]), &config(), Freeze::Layers(2)), Ok(()));
        assert_eq!(check_groups(&[], &config(), Freeze::Encoder), Ok(()));
    }
}
