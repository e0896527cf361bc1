//! What transformers calls the tensor of a parameter, and peft the matrices of an adapter.

use super::family::Family;
use super::names;
use super::role::Role;
use crate::spec::LoraTarget;

impl Family {
    /// Name of the tensor of `role` in transformers: with the prefix if it is part of the encoder.
    pub fn tensor(&self, role: Role, layer: Option<usize>) -> String {
        let prefix = if role.is_encoder() { self.prefixes[0] } else { "" };
        format!("{prefix}{}", self.bare_tensor(role, layer))
    }

    /// [`Family::tensor`] without the prefix.
    ///
    /// # Panics
    /// If the family has no parameter of that role; then a layout has none either.
    pub fn bare_tensor(&self, role: Role, layer: Option<usize>) -> String {
        if let Role::LoraA(target) | Role::LoraB(target) = role {
            let matrix = if matches!(role, Role::LoraA(_)) { "lora_A" } else { "lora_B" };
            return format!("{}.{matrix}.weight", self.target(target, layer));
        }
        let mut names = self.names.iter().copied().chain([names::CRF]).flatten();
        let (_, pattern) = names.find(|(r, _)| *r == role).expect("a layout has only roles of its family");
        match layer {
            Some(layer) => pattern.replace("{}", &layer.to_string()),
            None => (*pattern).to_owned(),
        }
    }

    /// The name of the linear layer that an adapter stands beside; of one matrix for query, key and value, with its part.
    fn target(&self, target: LoraTarget, layer: Option<usize>) -> String {
        let of = |role| self.bare_tensor(role, layer).trim_end_matches(".weight").to_owned();
        match target {
            LoraTarget::Query | LoraTarget::Key | LoraTarget::Value if self.has(Role::QkvWeight) => {
                format!("{}.{target}", of(Role::QkvWeight))
            }
            LoraTarget::Query => of(Role::QueryWeight),
            LoraTarget::Key => of(Role::KeyWeight),
            LoraTarget::Value => of(Role::ValueWeight),
            LoraTarget::Output => of(Role::OutputWeight),
            LoraTarget::Up => of(Role::UpWeight),
            LoraTarget::Down => of(Role::DownWeight),
        }
    }
}
