//! Zip archives.

use std::fmt::Display;
use std::io::{Cursor, Read, Seek};
use std::ops::ControlFlow;

use zip::read::ZipFile;
use zip::{CompressionMethod, ZipArchive};

use super::{Content, Entry, Unreadable, zip_remains};

/// What a member may ask for to be unpacked by LZMA: what the strongest setting of 7-Zip asks for.
const MAX_DICTIONARY: u32 = 1 << 30;

/// Hands over the members in the order of the directory.
pub(super) fn each(
    bytes: &[u8],
    member: &mut dyn FnMut(Entry<'_>) -> ControlFlow<()>,
) -> Result<(), Unreadable> {
    let without_directory = |why: &dyn Display, member: &mut dyn FnMut(Entry<'_>) -> _| {
        zip_remains::each(bytes, member);
        let what = "the directory at the end of the archive cannot be read";
        Err(Unreadable::damaged(what, why))
    };
    let mut archive = match ZipArchive::new(Cursor::new(bytes)) {
        // What was cut off behind a zip in it, which is not packed further, ends with the other's.
        Ok(archive) if archive.offset() > 0 => {
            return without_directory(&"there is only that of an archive in it", member);
        }
        Ok(archive) => archive,
        Err(error) => return without_directory(&error, member),
    };
    let mut claimed = 0_u64;
    for index in 0..archive.len() {
        // The name, and whether it can be read, are known without its data.
        let (name, at, unreadable) = match archive.by_index_raw(index) {
            Ok(raw) if raw.is_dir() => continue,
            Ok(raw) => {
                claimed = claimed.saturating_add(raw.compressed_size());
                let is_over_others = claimed > bytes.len() as u64;
                let closed = if raw.encrypted() {
                    Some(Unreadable::encrypted())
                } else if is_over_others {
                    Some(lies_over_others())
                } else {
                    not_read(raw.compression(), raw.data_start().and_then(|at| tail(bytes, at)))
                };
                (name_of(&raw), Some(raw.header_start()), closed)
            }
            Err(error) => {
                let unreadable = Unreadable::damaged("cannot be found", &error);
                (format!("member {index}"), None, Some(unreadable))
            }
        };
        let flow = match unreadable {
            Some(unreadable) => member(Entry { at, ..Entry::closed(name, unreadable) }),
            None => each_indexed(&mut archive, index, (name, at), member),
        };
        if flow.is_break() {
            return Ok(());
        }
    }
    if archive.has_duplicate_names() {
        return Err(Unreadable::new(
            "holds members of the same name, of which only the last is read",
            "unpack it with a tool that keeps both, and analyze the folder",
        ));
    }
    Ok(())
}

/// Members together are no larger than their archive, unless some are parts of others: a small archive
/// then holds as much as anybody likes.
fn lies_over_others() -> Unreadable {
    Unreadable::new(
        "lies over other members of its archive, which is made so to do harm; it is not read",
        "ask for the files in another archive",
    )
}

/// Why a member is not read that is packed by `method`, if it is not; `data` is what is packed.
pub(super) fn not_read(method: CompressionMethod, data: Option<&[u8]>) -> Option<Unreadable> {
    match method {
        CompressionMethod::Stored
        | CompressionMethod::Deflated
        | CompressionMethod::Deflate64
        | CompressionMethod::Bzip2
        | CompressionMethod::Ppmd => None,
        CompressionMethod::Lzma => {
            // APPNOTE 5.8.8: version, size of the properties, which are one byte and the dictionary.
            let dictionary = data.and_then(|data| data.get(5..9)?.try_into().ok());
            let is_read = dictionary.map(u32::from_le_bytes)? <= MAX_DICTIONARY;
            let how = || format!("with a dictionary of more than {} MiB", MAX_DICTIONARY >> 20);
            (!is_read).then(|| Unreadable::unsupported(&how()))
        }
        other => Some(Unreadable::unsupported(&format!("by the method {}", name_of_method(other)))),
    }
}

/// As the tools name it that pack so.
fn name_of_method(method: CompressionMethod) -> String {
    #[allow(deprecated, reason = "the number is what APPNOTE 4.4.5 lists")]
    let number = method.to_u16();
    match number {
        93 => "Zstandard".into(),
        94 => "MP3".into(),
        95 => "XZ".into(),
        96 => "JPEG".into(),
        97 => "WavPack".into(),
        number => number.to_string(),
    }
}

fn tail(bytes: &[u8], at: u64) -> Option<&[u8]> {
    bytes.get(usize::try_from(at).ok()?..)
}

fn each_indexed<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    index: usize,
    (name, at): (String, Option<u64>),
    member: &mut dyn FnMut(Entry<'_>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    match archive.by_index(index) {
        Ok(mut file) => member(Entry { at, ..Entry::new(name, Content::Data(&mut file)) }),
        Err(error) => {
            let closed = Entry::closed(name, Unreadable::damaged("cannot be unpacked", &error));
            member(Entry { at, ..closed })
        }
    }
}

pub(super) fn name_of<R: Read>(file: &ZipFile<'_, R>) -> String {
    match file.name() {
        Ok(name) => name.into_owned(),
        Err(_) => String::from_utf8_lossy(file.name_raw()).into_owned(),
    }
}
