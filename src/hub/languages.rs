//! Several configurations of a data set as one set: the roles of their files together, and of one alone.

use super::layout::Roles;
use super::{DataLayoutError, InputFile};

/// Of files of several languages as one set, those of the one at `place`, with the roles that they have alone.
pub(super) fn of_language(files: &[(String, InputFile)], place: usize) -> Vec<(String, InputFile)> {
    let alone = |role: &str| match role.split_once('/') {
        None => Some(role.to_owned()),
        Some((split, rest)) => {
            let (at, number) = rest.split_once('/')?;
            (at == place.to_string()).then(|| format!("{split}/{number}"))
        }
    };
    files.iter().filter_map(|(role, file)| Some((alone(role)?, file.clone()))).collect()
}

/// The files of several languages as one set, in the order of the languages: `train/0` of the second is `train/1/0`.
///
/// # Errors
/// Files that name class numbers differ.
pub(super) fn of_languages(languages: Vec<Roles>) -> Result<Roles, DataLayoutError> {
    let mut all: Roles = Vec::new();
    for (place, roles) in languages.into_iter().enumerate() {
        for (role, name) in roles {
            match role.split_once('/') {
                Some((split, number)) => all.push((format!("{split}/{place}/{number}"), name)),
                None => match all.iter().find(|(known, _)| *known == role) {
                    Some((_, first)) if *first != name => {
                        return Err(DataLayoutError::LabelFiles { one: first.clone(), other: name });
                    }
                    Some(_) => {}
                    None => all.push((role, name)),
                },
            }
        }
    }
    Ok(all)
}
