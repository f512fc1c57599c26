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
        error => Unreadable::damaged("the archive cannot be read on", &in_words(&error)),
    }
}

/// The package shows its errors as the program has them.
fn in_words(error: &sevenz_rust2::Error) -> String {
    use sevenz_rust2::Error;
    match error {
        Error::Io(error, _) | Error::FileOpen(error, _) => error.to_string(),
        Error::Other(text) | Error::Unsupported(text) => text.to_string(),
        Error::ChecksumVerificationFailed => "the checksum of a file is another".into(),
        Error::NextHeaderCrcMismatch => "the checksum of the directory is another".into(),
        _ => "the directory is damaged".into(),
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
    // One archive behind the other, as `cat` joins them; the blocks of zeros between them end the first.
    archive.set_ignore_zeros(true);
    for entry in archive.entries().map_err(|error| damaged(error, 0))? {
        let mut entry = entry.map_err(|error| damaged(error, last))?;
        last = entry.raw_header_position();
        let kind = entry.header().entry_type();
        // Dumps of machines with much memory are mostly holes.
        if !kind.is_file() && !kind.is_gnu_sparse() {
            continue;
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if let Some(name) = name_of_sparse(&mut entry, &name) {
            let why = Unreadable::unsupported("as a sparse file of the POSIX form");
            if member(Entry::closed(name, why).at(last)).is_break() {
                break;
            }
            continue;
        }
        if member(Entry::new(name, Content::Data(&mut entry)).at(last)).is_break() {
            break;
        }
    }
    Ok(())
}

/// The name of a file of whose holes an extended header tells (GNU tar's `--sparse --format=pax`): the package
/// hands out its data without them. Versions 0.1 and 1.0 put the name into that header, too.
fn name_of_sparse<R: std::io::Read>(entry: &mut tar::Entry<'_, R>, name: &str) -> Option<String> {
    let extensions = entry.pax_extensions().ok()??;
    let mut is_sparse = false;
    let mut own = None;
    for extension in extensions.filter_map(Result::ok) {
        let Ok(key) = extension.key() else { continue };
        is_sparse |= key.starts_with("GNU.sparse.");
        if key == "GNU.sparse.name" {
            own = Some(String::from_utf8_lossy(extension.value_bytes()).into_owned());
        }
    }
    is_sparse.then(|| own.unwrap_or_else(|| name.to_owned()))
}
