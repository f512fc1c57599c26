//! The diagnosis as Markdown for a ticket: what broke, who needs attention, how sure that is and what to do
//! next, then the incidents, then lists. What evidence says cannot become markup.

mod escape;
mod incidents;
mod lists;
mod page;
mod summary;

use std::io::{self, Write};

use hvtriage_diagnosis::Diagnosis;

use page::MarkdownPage;

/// A file that was given, and the digest by which others know that they have the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputDigest {
    /// The file, as the report names it.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256, or why it could not be read.
    pub sha256: Result<[u8; 32], String>,
}

/// Writes `diagnosis` as a page of Markdown (CommonMark with tables), with the digests of its inputs.
///
/// # Errors
/// Only those of `out`.
pub fn write_markdown(
    diagnosis: &Diagnosis,
    inputs: &[InputDigest],
    out: &mut dyn Write,
) -> io::Result<()> {
    let out = &mut MarkdownPage::new(diagnosis, out);
    summary::summary(diagnosis, out)?;
    incidents::incidents(diagnosis, out)?;
    lists::findings(diagnosis, out)?;
    lists::guests(diagnosis, out)?;
    lists::crashes(diagnosis, out)?;
    lists::missing(diagnosis, out)?;
    lists::ignored(diagnosis, out)?;
    lists::problems(diagnosis, out)?;
    lists::digests(inputs, out)
}
