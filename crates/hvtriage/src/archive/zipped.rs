//! Zip archives.

use std::fmt::Display;
use std::io::{Cursor, Read, Seek};
use std::ops::ControlFlow;

use zip::ZipArchive;
use zip::read::ZipFile;

use super::{Content, Entry, Unreadable, zip_remains};

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
        let (name, unreadable) = match archive.by_index_raw(index) {
            Ok(raw) if raw.is_dir() => continue,
            Ok(raw) => {
                claimed = claimed.saturating_add(raw.compressed_size());
                let is_over_others = claimed > bytes.len() as u64;
                let closed = if raw.encrypted() {
                    Some(Unreadable::encrypted())
                } else {
                    is_over_others.then(lies_over_others)
                };
                (name_of(&raw), closed)
            }
            Err(error) => {
                let unreadable = Unreadable::damaged("cannot be found", &error);
                (format!("member {index}"), Some(unreadable))
            }
        };
        let flow = match unreadable {
            Some(unreadable) => member(Entry::new(name, Content::Closed(unreadable))),
            None => each_indexed(&mut archive, index, name, member),
        };
        if flow.is_break() {
            return Ok(());
        }
    }
    if archive.has_duplicate_names() {
        return Err(Unreadable {
            message: "holds members of the same name, of which only the last is read".into(),
            hint: "unpack it with a tool that keeps both, and analyze the folder",
        });
    }
    Ok(())
}

/// Members together are no larger than their archive, unless some are parts of others: a small archive
/// then holds as much as anybody likes.
fn lies_over_others() -> Unreadable {
    Unreadable {
        message:
            "lies over other members of its archive, which is made so to do harm; it is not read"
                .into(),
        hint: "ask for the files in another archive",
    }
}

fn each_indexed<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    index: usize,
    name: String,
    member: &mut dyn FnMut(Entry<'_>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    match archive.by_index(index) {
        Ok(mut file) => member(Entry::new(name, Content::Data(&mut file))),
        Err(error) => {
            let content = Content::Closed(Unreadable::damaged("cannot be unpacked", &error));
            member(Entry::new(name, content))
        }
    }
}

pub(super) fn name_of<R: Read>(file: &ZipFile<'_, R>) -> String {
    match file.name() {
        Ok(name) => name.into_owned(),
        Err(_) => String::from_utf8_lossy(file.name_raw()).into_owned(),
    }
}
