//! Cabinet files, as Microsoft's collectors write them.
//!
//! The `cab` package starts each file at the beginning of its folder, and a collector puts hundreds
//! of files into one folder: reading all of them so takes the square of the time. So the package is
//! shown each folder as a cabinet of its own with one file, as long as the folder, and the files are cut
//! out of it here. So folders cost no more than their number, and a damaged one costs no other. Layout:
//! MS-CAB 2.1 (CFHEADER), 2.2 (CFFOLDER) and 2.3 (CFFILE).

mod one_folder;

use std::cell::Cell;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::rc::Rc;

use cab::Cabinet;
use hvtriage_winfmt::{Bytes, ParseError};
use one_folder::Folders;

use super::{Entry, Unreadable};

/// Folder numbers from here on stand for files that continue in another cabinet.
const CONTINUED: u16 = 0xFFFD;
const NAME_IS_UTF8: u16 = 0x80;
const MAX_NAME_BYTES: u64 = 256;
/// Bytes between the files of a cabinet, in all of its folders. There are none unless the list of files
/// is damaged; each costs the time to unpack it.
const MAX_GAPS: u64 = 64 << 20;
/// Folders that are unpacked by LZX, in all cabinets of what was given. Each takes a decoder with a window of
/// up to 2 MiB; collectors write a few hundred files into a folder.
const MAX_LZX_FOLDERS: u32 = 8192;

/// Folders that were unpacked by LZX so far.
pub(super) type LzxFolders = Rc<Cell<u32>>;

/// A file of the cabinet.
struct CabinetFile {
    name: String,
    folder: u16,
    /// Where it begins in what its folder expands to, and its size.
    start: u64,
    size: u64,
}

pub(super) fn each(
    bytes: &[u8],
    lzx_folders: &LzxFolders,
    member: &mut dyn FnMut(Entry<'_>) -> ControlFlow<()>,
) -> Result<(), Unreadable> {
    let damaged = |error: ParseError| {
        Unreadable::damaged("the directory of the cabinet cannot be read", &error)
    };
    let folders = Folders::of(bytes).map_err(damaged)?;
    let mut files = files_of(Bytes::new(bytes)).map_err(damaged)?;
    files.sort_by_key(|file| (file.folder, file.start));
    let mut rest = files.as_slice();
    let mut gaps = MAX_GAPS;
    while let Some(first) = rest.first() {
        let end = rest.partition_point(|file| file.folder == first.folder);
        let (folder, after) = rest.split_at(end);
        rest = after;
        let flow = if first.folder >= CONTINUED {
            each_closed(folder, continued, member)
        } else if folders.is_lzx(first.folder) && are_too_many(lzx_folders) {
            each_closed(folder, out_of_proportion, member)
        } else {
            each_of_folder(&folders, folder, &mut gaps, member)
        };
        if flow.is_break() {
            return Ok(());
        }
    }
    Ok(())
}

/// Counts a folder.
fn are_too_many(folders: &LzxFolders) -> bool {
    folders.set(folders.get().saturating_add(1));
    folders.get() > MAX_LZX_FOLDERS
}

fn out_of_proportion() -> Unreadable {
    Unreadable::new(
        format!("lies behind {MAX_LZX_FOLDERS} folders packed by LZX, and is not read"),
        Unreadable::IF_NOT_HOSTILE,
    )
}

fn continued() -> Unreadable {
    Unreadable::new(
        "continues in another cabinet, so it is not read",
        "join the cabinets with their own tool and analyze the folder",
    )
}

fn each_closed(
    files: &[CabinetFile],
    why: fn() -> Unreadable,
    member: &mut dyn FnMut(Entry<'_>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    files.iter().try_for_each(|file| member(Entry::closed(file.name.clone(), why())))
}

fn files_of(bytes: Bytes<'_>) -> Result<Vec<CabinetFile>, ParseError> {
    const FILE_BYTES: u64 = 16;
    let count = bytes.u16_at(28, "cFiles")?;
    let mut at = u64::from(bytes.u32_at(16, "coffFiles")?);
    let mut files = Vec::new();
    for _ in 0..count {
        let size = bytes.u32_at(at, "cbFile")?;
        let start = bytes.u32_at(at.saturating_add(4), "uoffFolderStart")?;
        let folder = bytes.u16_at(at.saturating_add(8), "iFolder")?;
        let attributes = bytes.u16_at(at.saturating_add(14), "attribs")?;
        at = at.saturating_add(FILE_BYTES);
        let name = bytes.tail(at);
        let mut text = Vec::new();
        for index in 0..MAX_NAME_BYTES {
            match name.u8_at(index, "szName")? {
                0 => break,
                byte => text.push(byte),
            }
        }
        at = at.saturating_add(text.len() as u64).saturating_add(1);
        let name = if attributes & NAME_IS_UTF8 != 0 {
            String::from_utf8_lossy(&text).into_owned()
        } else {
            text.iter().map(|byte| char::from(*byte)).collect()
        };
        files.push(CabinetFile { name, folder, start: start.into(), size: size.into() });
    }
    Ok(files)
}

/// Hands over the files of one folder. What is damaged costs what stands behind it in the folder, and no
/// other folder.
fn each_of_folder(
    folders: &Folders<'_>,
    files: &[CabinetFile],
    gaps: &mut u64,
    member: &mut dyn FnMut(Entry<'_>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    const NAME: &str = "folder";
    let Some(number) = files.first().map(|first| first.folder) else {
        return ControlFlow::Continue(());
    };
    let at = folders.data_at(number);
    let end = files.iter().map(|file| file.start.saturating_add(file.size)).max();
    let end = end.unwrap_or_default();
    let lost = |file: &CabinetFile, error: &io::Error, member: &mut dyn FnMut(Entry<'_>) -> _| {
        let why = Unreadable::damaged("is lost in the damage of its cabinet", error);
        member(Entry { at, ..Entry::closed(file.name.clone(), why) })
    };
    let mut cabinet = match folders.one(number, end, NAME).and_then(Cabinet::new) {
        Ok(cabinet) => cabinet,
        Err(error) => return files.iter().try_for_each(|file| lost(file, &error, member)),
    };
    let mut folder = match cabinet.read_file(NAME) {
        Ok(data) => FolderData { data, read: 0, end, failure: None },
        Err(error) => return files.iter().try_for_each(|file| lost(file, &error, member)),
    };
    for file in files {
        match folder.reach(file.start, gaps) {
            Ok(()) => {
                let mut data = folder.by_ref().take(file.size);
                member(Entry { at, ..Entry::solid(file.name.clone(), &mut data) })?;
                // What the receiver did not want; a failure is told of those behind it.
                let _ = io::copy(&mut data, &mut io::sink());
            }
            Err(error) => lost(file, &error, member)?,
        }
    }
    ControlFlow::Continue(())
}

/// What a folder expands to.
struct FolderData<R> {
    data: R,
    read: u64,
    /// How much its files need.
    end: u64,
    /// What the package hands out behind a failure is what it handed out before.
    failure: Option<String>,
}

impl<R: Read> FolderData<R> {
    /// Goes on to where a file begins.
    fn reach(&mut self, start: u64, gaps: &mut u64) -> io::Result<()> {
        if let Some(failure) = &self.failure {
            return Err(io::Error::other(failure.clone()));
        }
        // Files that overlap would need the folder from its beginning.
        let gap = start.checked_sub(self.read).ok_or_else(|| lies_wrong("over another"))?;
        *gaps = gaps.checked_sub(gap).ok_or_else(|| lies_wrong("too far from the others"))?;
        io::copy(&mut self.by_ref().take(gap), &mut io::sink())?;
        Ok(())
    }
}

fn lies_wrong(how: &str) -> io::Error {
    io::Error::other(format!("it lies {how}"))
}

impl<R: Read> Read for FolderData<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(failure) = &self.failure {
            return Err(io::Error::other(failure.clone()));
        }
        let read = match self.data.read(buffer) {
            Ok(0) if !buffer.is_empty() && self.read < self.end => {
                Err(io::Error::other("its folder ends before"))
            }
            read => read,
        };
        match read {
            Ok(read) => {
                self.read = self.read.saturating_add(read as u64);
                Ok(read)
            }
            Err(error) => {
                self.failure = Some(error.to_string());
                Err(error)
            }
        }
    }
}
