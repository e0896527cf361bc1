//! Forms that several keys take.

use crate::spec::form::{Form, Range};

pub(super) const TEXT: &[Form] = &[Form::Text];
pub(super) const SOURCE: &[Form] = &[Form::Source];
pub(super) const SEED: &[Form] = &[Form::Whole { least: 0 }];
pub(super) const COUNT: &[Form] = &[Form::Whole { least: 1 }];
pub(super) const POSITIVE: &[Form] = &[Form::Number(Range::Positive)];
pub(super) const NOT_NEGATIVE: &[Form] = &[Form::Number(Range::NotNegative)];
pub(super) const FRACTION: &[Form] = &[Form::Number(Range::Fraction)];
pub(super) const FACTOR: &[Form] = &[Form::Number(Range::Factor)];
