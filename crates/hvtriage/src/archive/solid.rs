//! Archives that are read from front to back: 7z and tar.

use std::io::Cursor;
use std::ops::ControlFlow;

use sevenz_rust2::{Archive, Block, BlockDecoder, EncoderMethod, Password};

use super::{Content, Entry, Unreadable};

/// What a dictionary of a 7z archive may take, in KiB: what its strongest setting takes.
const DICTIONARY_KIB: usize = 1 << 20;
/// What the directory of a 7z archive may take, in KiB: enough for a million files.
const DIRECTORY_KIB: usize = 256 << 10;

pub(super) fn each_of_7z(
    bytes: &[u8],
    member: &mut dyn FnMut(Entry<'_>) -> ControlFlow<()>,
) -> Result<(), Unreadable> {
    let (mut source, password) = (Cursor::new(bytes), Password::empty());
    let archive = Archive::read_with_memory_limit(&mut source, &password, DIRECTORY_KIB);
    let archive = archive.map_err(failed)?;
    let mut first_error = None;
    for (number, block) in archive.blocks.iter().enumerate() {
        let decoder = BlockDecoder::new_with_memory_limit(
            1,
            DICTIONARY_KIB,
            number,
            &archive,
            &password,
            &mut source,
        );
        let flow = if is_encrypted(block) {
            let files = decoder.entries().iter().filter(|file| file.has_stream);
            files
                .map(|file| file.name().to_owned())
                .try_for_each(|name| member(Entry::closed(name, Unreadable::encrypted())))
        } else {
            let mut flow = ControlFlow::Continue(());
            let read = decoder.for_each_entries(&mut |entry, data| {
                if entry.has_stream && !entry.is_directory() {
                    flow = member(Entry::solid(entry.name().to_owned(), data));
                }
                Ok(flow.is_continue())
            });
            // Another block can be had all the same.
            if let Err(error) = read {
                first_error.get_or_insert(failed(error));
            }
            flow
        };
        if flow.is_break() {
            return Ok(());
        }
    }
    let empty = archive.files.iter().filter(|file| !file.has_stream && !file.is_directory());
    let _ = empty
        .map(|file| file.name().to_owned())
        .try_for_each(|name| member(Entry::new(name, Content::Data(&mut std::io::empty()))));
    first_error.map_or(Ok(()), Err)
}

fn is_encrypted(block: &Block) -> bool {
    block.coders.iter().any(|coder| coder.encoder_method_id() == EncoderMethod::ID_AES256_SHA256)
}

fn failed(error: sevenz_rust2::Error) -> Unreadable {
    match error {
        sevenz_rust2::Error::PasswordRequired | sevenz_rust2::Error::MaybeBadPassword(_) => {
            Unreadable::encrypted()
        }
        // Its directory is; the package is built without what would ask for a password.
        sevenz_rust2::Error::UnsupportedCompressionMethod(method) if method.starts_with("AES") => {
            Unreadable::encrypted()
        }
        sevenz_rust2::Error::UnsupportedCompressionMethod(method) => {
            Unreadable::unsupported(&format!("by the method {method}"))
        }
        sevenz_rust2::Error::MaxMemLimited { actaul_kb, .. } => {
            let needed = actaul_kb >> 10;
            Unreadable::unsupported(&format!("so that unpacking takes {needed} MiB of memory"))
        }
        error => Unreadable::damaged("the archive cannot be read on", &error),
    }
}

pub(super) fn each_of_tar(
    bytes: &[u8],
    member: &mut dyn FnMut(Entry<'_>) -> ControlFlow<()>,
) -> Result<(), Unreadable> {
    let mut last = 0_u64;
    let damaged = |error: std::io::Error, last: u64| {
        Unreadable::damaged("the archive cannot be read on", &error).at(last)
    };
    let mut archive = tar::Archive::new(bytes);
    for entry in archive.entries().map_err(|error| damaged(error, 0))? {
        let mut entry = entry.map_err(|error| damaged(error, last))?;
        last = entry.raw_header_position();
        let kind = entry.header().entry_type();
        // Dumps of machines with much memory are mostly holes.
        if !kind.is_file() && !kind.is_gnu_sparse() {
            continue;
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if member(Entry::new(name, Content::Data(&mut entry)).at(last)).is_break() {
            break;
        }
    }
    Ok(())
}
