//! Zip archives.

use std::io::{Cursor, Read, Seek};
use std::ops::ControlFlow;

use zip::ZipArchive;
use zip::read::{ZipFile, read_zipfile_from_stream};
use zip::result::ZipError;

use super::{Content, Entry, Unreadable};

/// Hands over the members in the order of the directory.
pub(super) fn each(
    bytes: &[u8],
    member: &mut dyn FnMut(Entry<'_>) -> ControlFlow<()>,
) -> Result<(), Unreadable> {
    let mut archive = match ZipArchive::new(Cursor::new(bytes)) {
        Ok(archive) => archive,
        Err(error) => return each_in_stream(bytes, &error, member),
    };
    for index in 0..archive.len() {
        if each_indexed(&mut archive, index, member).is_break() {
            break;
        }
    }
    Ok(())
}

fn each_indexed<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    index: usize,
    member: &mut dyn FnMut(Entry<'_>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    // The name, and whether it can be read, are known without its data.
    let name = match archive.by_index_raw(index) {
        Ok(raw) if raw.is_dir() => return ControlFlow::Continue(()),
        Ok(raw) => {
            let name = name_of(&raw);
            if raw.encrypted() {
                let content = Content::Closed(Unreadable::encrypted());
                return member(Entry { name, content });
            }
            name
        }
        Err(error) => {
            let content = Content::Closed(Unreadable::damaged("cannot be found", &error));
            return member(Entry { name: format!("member {index}"), content });
        }
    };
    match archive.by_index(index) {
        Ok(mut file) => member(Entry { name, content: Content::Data(&mut file) }),
        Err(error) => {
            let content = Content::Closed(Unreadable::damaged("cannot be unpacked", &error));
            member(Entry { name, content })
        }
    }
}

/// An archive whose end is missing has no directory, but each member says its own name: a copy
/// that was broken off still gives what came before.
fn each_in_stream(
    bytes: &[u8],
    error: &ZipError,
    member: &mut dyn FnMut(Entry<'_>) -> ControlFlow<()>,
) -> Result<(), Unreadable> {
    let mut stream = Cursor::new(bytes);
    while let Ok(Some(mut file)) = read_zipfile_from_stream(&mut stream) {
        if file.is_dir() {
            continue;
        }
        let name = name_of(&file);
        if member(Entry { name, content: Content::Data(&mut file) }).is_break() {
            return Ok(());
        }
    }
    Err(Unreadable::damaged("the directory at the end of the archive cannot be read", error))
}

fn name_of<R: Read>(file: &ZipFile<'_, R>) -> String {
    match file.name() {
        Ok(name) => name.into_owned(),
        Err(_) => String::from_utf8_lossy(file.name_raw()).into_owned(),
    }
}
