//! The rule files that are compiled in.

/// Name and text of each file, a rule that others name before those.
pub(super) const FILES: &[(&str, &str)] = &[];
