//! Tags by number, for files whose tag set nobody knows. It must not know what tags stand for.

use std::collections::HashMap;

use crate::metrics::TagSet;

/// The tags of several files, numbered in the order in which they are met. Snapshots that are compared share one.
#[derive(Debug, Clone, Default)]
pub struct TagNames {
    list: Vec<String>,
    numbers: HashMap<String, u16>,
}

impl TagNames {
    /// All tags so far. A later one does not change their numbers.
    pub fn set(&self) -> TagSet {
        TagSet::new(&self.list).expect("every name was checked")
    }

    /// The name of a tag of these.
    pub fn name(&self, number: u16) -> &str {
        &self.list[usize::from(number)]
    }

    /// The number of a tag.
    ///
    /// # Errors
    /// What is wrong with the name.
    pub(super) fn number(&mut self, name: &str) -> Result<u16, String> {
        if let Some(number) = self.numbers.get(name) {
            return Ok(*number);
        }
        TagSet::new(&[name.to_owned()]).map_err(|_| format!("{name:?} is not a tag"))?;
        let number = u16::try_from(self.list.len()).map_err(|_| "too many different tags".to_owned())?;
        self.numbers.insert(name.to_owned(), number);
        self.list.push(name.to_owned());
        Ok(number)
    }
}
