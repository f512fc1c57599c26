//! Writes the pages that are tried in a browser (`tests/browser/run`) to a folder.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

#[path = "../tests/html/cases.rs"]
mod cases;

use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;

use hvtriage_report::{Format, write};

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(std::env::args_os().nth(1).unwrap_or_else(|| ".".into()));
    for (name, diagnosis) in [("large.html", cases::large()), ("hostile.html", cases::hostile())] {
        write(&diagnosis, Format::Html, &mut BufWriter::new(File::create(folder.join(name))?))?;
    }
    Ok(())
}
