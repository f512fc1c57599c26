//! What can be wrong with bytes.

use crate::FileOffset;

/// One thing that is wrong with a file: what, with which field of the format, at which offset.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {kind}, at offset {at}")]
pub struct ParseError {
    /// What is wrong.
    pub kind: ErrorKind,
    /// The field of the format, in the format's own words.
    pub field: &'static str,
    /// Where the field stands in the file.
    pub at: FileOffset,
}

impl ParseError {
    /// An error of `kind` with `field` at `at`.
    #[must_use]
    pub fn new(kind: ErrorKind, field: &'static str, at: FileOffset) -> Self {
        Self { kind, field, at }
    }
}

/// Whose fault it is, and the values that show it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The file ends before the field does.
    #[error("needs {need} bytes, {have} are left")]
    Truncated {
        /// Bytes that the field takes.
        need: u64,
        /// Bytes that are left.
        have: u64,
    },
    /// The value is not one that the format allows.
    #[error("{found:#x} is not valid")]
    Invalid {
        /// The value that stands there.
        found: u64,
    },
    /// A count or size is larger than the file or the format allows.
    #[error("{found} is more than the limit of {limit}")]
    Limit {
        /// The value that stands there.
        found: u64,
        /// The largest value that is read.
        limit: u64,
    },
    /// The value is allowed, but this reader does not know it.
    #[error("{what} is not supported")]
    Unsupported {
        /// What was met, in words.
        what: String,
    },
    /// A third-party decoder refused the bytes.
    #[error("{message}")]
    Decoder {
        /// What it said.
        message: String,
    },
}
