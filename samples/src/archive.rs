//! Zip archives, as a customer packs the logs of a host.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// How hard the packer tries; the archives are committed, so they are packed well.
const LEVEL: i64 = 9;

/// The bytes of an archive with these members, in this order. All bear the same time, so that the
/// bytes depend on the members alone.
///
/// A failure to write into memory leaves the archive empty, which no test takes for one.
#[must_use]
pub fn zip<'a>(members: impl Iterator<Item = (&'a str, Vec<u8>)>) -> Vec<u8> {
    try_zip(members).unwrap_or_default()
}

fn try_zip<'a>(
    members: impl Iterator<Item = (&'a str, Vec<u8>)>,
) -> Result<Vec<u8>, zip::result::ZipError> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(LEVEL))
        .last_modified_time(DateTime::default());
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(name, options)?;
        writer.write_all(&bytes)?;
    }
    Ok(writer.finish()?.into_inner())
}
