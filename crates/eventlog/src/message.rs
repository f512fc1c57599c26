//! The text that Windows shows for an event, made without Windows.
//!
//! A log holds an event's values and no sentence. The sentence stands in one of two places:
//!
//! - in a `LocaleMetaData` file beside a log that was saved with display information:
//!   [`LocalizedLog`];
//! - in the resources of the provider's binary and of its `.mui` file: [`ProviderMessages`].
//!
//! Sources: `MESSAGE_RESOURCE_DATA`, `MESSAGE_RESOURCE_BLOCK` and `MESSAGE_RESOURCE_ENTRY`
//! (winnt.h), `FormatMessage` (winbase.h) and "Message Text Files" on learn.microsoft.com;
//! \[MS-EVEN\] 3.2.4.1.5 for insertion codes; `WEVT_TEMPLATE` after libfwevt's "Windows Event
//! manifest binary format" and the reader of the open manifest compiler event-trace-kit.

mod format;
mod localized;
mod manifest;
mod pe;
mod printf;
mod provider;
mod table;
mod weight;

pub use localized::LocalizedLog;
pub use provider::{Added, ProviderMessages};

/// Why a file yields no messages.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// It is no `LocaleMetaData` file, or a damaged one.
    #[error("not a readable LocaleMetaData file: {0}")]
    NotLocalized(String),
    /// It is no PE file.
    #[error("not a readable PE file")]
    NotPe,
    /// It is larger than any file of its kind.
    #[error("larger than {limit} bytes")]
    TooLarge {
        /// The most that is read.
        limit: usize,
    },
    /// Its parts name the same bytes over and over, so that reading it would take far more memory
    /// than the file.
    #[error("its parts overlap: reading it would take out of proportion to its size")]
    OutOfProportion,
    /// What was added before leaves no room for it.
    #[error("no room: messages of {limit} bytes are held already")]
    Full {
        /// The most that is held.
        limit: usize,
    },
}

/// The names of an event's numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RenderedNames {
    /// Level (`Error`).
    pub level: Option<String>,
    /// Task.
    pub task: Option<String>,
    /// Opcode.
    pub opcode: Option<String>,
    /// Keywords that are set and have a name, lowest bit first.
    pub keywords: Vec<String>,
}

/// Message compilers end a text with a line break, which is none of the message.
fn without_line_end(text: &str) -> &str {
    text.trim_end_matches(['\r', '\n', '\0'])
}
