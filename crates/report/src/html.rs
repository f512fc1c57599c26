//! One page for a browser: the diagnosis to look through, with all that the page needs in it.
//!
//! All values are twice in it: as JSON, from which the page's script builds rows as they are looked at,
//! and, up to a limit, as plain HTML for where no script runs. Both are made of one model.

mod coverage;
mod crashes;
mod data;
mod findings;
mod guests;
mod happened;
mod incidents;
mod leftover;
mod model;
mod page;
mod policy;
mod sources;
mod spans;
mod summary;
mod texts;

use std::io::{self, Write};

use askama::Template;
use hvtriage_diagnosis::Diagnosis;

use page::Page;

pub(crate) fn write(diagnosis: &Diagnosis, out: &mut dyn Write) -> io::Result<()> {
    Page::of(diagnosis)?.write_into(out)?;
    out.write_all(b"\n")
}
