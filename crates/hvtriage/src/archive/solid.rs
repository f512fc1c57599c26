//! Archives that are read from front to back: 7z, tar, and single compressed files.

use std::io::{Cursor, Read};
use std::ops::ControlFlow;

use flate2::read::MultiGzDecoder;
use ruzstd::decoding::StreamingDecoder;
use sevenz_rust2::{ArchiveReader, EncoderMethod, Password};

use super::{Content, Entry, Unreadable};

/// What dictionaries of a 7z archive may take, in KiB: what its strongest setting takes.
const MEMORY_LIMIT_KIB: usize = 1 << 20;

pub(super) fn each_of_7z(
    bytes: &[u8],
    member: &mut dyn FnMut(Entry<'_>) -> ControlFlow<()>,
) -> Result<(), Unreadable> {
    let source = Cursor::new(bytes);
    let failed = |error: sevenz_rust2::Error| match error {
        sevenz_rust2::Error::PasswordRequired | sevenz_rust2::Error::MaybeBadPassword(_) => {
            Unreadable::encrypted()
        }
        error => Unreadable::damaged("the archive cannot be read on", &error),
    };
    let reader = ArchiveReader::new_with_memory_limit(source, Password::empty(), MEMORY_LIMIT_KIB);
    let mut reader = reader.map_err(failed)?;
    // This crate starts threads of its own otherwise.
    reader.set_thread_count(1);
    let is_encrypted = |block: &sevenz_rust2::Block| {
        block
            .coders
            .iter()
            .any(|coder| coder.encoder_method_id() == EncoderMethod::ID_AES256_SHA256)
    };
    if reader.archive().blocks.iter().any(is_encrypted) {
        return Err(Unreadable::encrypted());
    }
    reader
        .for_each_entries(|entry, data| {
            if entry.is_directory() {
                return Ok(true);
            }
            let name = entry.name().to_owned();
            Ok(member(Entry { name, content: Content::Data(data) }).is_continue())
        })
        .map_err(failed)
}

pub(super) fn each_of_tar(
    bytes: &[u8],
    member: &mut dyn FnMut(Entry<'_>) -> ControlFlow<()>,
) -> Result<(), Unreadable> {
    let damaged =
        |error: std::io::Error| Unreadable::damaged("the archive cannot be read on", &error);
    let mut archive = tar::Archive::new(bytes);
    for entry in archive.entries().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if member(Entry { name, content: Content::Data(&mut entry) }).is_break() {
            break;
        }
    }
    Ok(())
}

pub(super) fn of_gzip(
    name: &str,
    bytes: &[u8],
    member: &mut dyn FnMut(Entry<'_>) -> ControlFlow<()>,
) -> Result<(), Unreadable> {
    single(name, ".gz", &mut MultiGzDecoder::new(bytes), member)
}

pub(super) fn of_zstandard(
    name: &str,
    bytes: &[u8],
    member: &mut dyn FnMut(Entry<'_>) -> ControlFlow<()>,
) -> Result<(), Unreadable> {
    match StreamingDecoder::new(bytes) {
        Ok(mut data) => single(name, ".zst", &mut data, member),
        Err(error) => Err(Unreadable::damaged("cannot be unpacked", &error)),
    }
}

/// A file that is compressed alone has the name of its archive without the ending.
fn single(
    archive: &str,
    ending: &str,
    data: &mut dyn Read,
    member: &mut dyn FnMut(Entry<'_>) -> ControlFlow<()>,
) -> Result<(), Unreadable> {
    let name = archive.rsplit(['/', '!']).next().unwrap_or(archive);
    let stem = name.len().saturating_sub(ending.len());
    let name = match name.get(stem..) {
        Some(end) if end.eq_ignore_ascii_case(ending) => name.get(..stem).unwrap_or(name),
        _ => name.strip_suffix(".tgz").unwrap_or(name),
    };
    let _ = member(Entry { name: name.to_owned(), content: Content::Data(data) });
    Ok(())
}
