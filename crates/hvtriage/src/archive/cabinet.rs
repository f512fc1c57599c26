//! Cabinet files, as Microsoft's collectors write them.
//!
//! The `cab` package starts each file at the beginning of its folder, and a collector puts hundreds
//! of files into one folder: reading all of them so takes the square of the time. So the package is
//! shown a cabinet that has one file for each folder, as long as the folder, and the files are cut
//! out of it here. Layout: MS-CAB 2.1 (CFHEADER) and 2.3 (CFFILE).

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::ControlFlow;

use cab::Cabinet;
use hvtriage_winfmt::Bytes;

use super::{Content, Entry, Unreadable};

/// Folder numbers from here on stand for files that continue in another cabinet.
const CONTINUED: u16 = 0xFFFD;
const NAME_IS_UTF8: u16 = 0x80;
const MAX_NAME_BYTES: u64 = 256;
/// Bytes between the files of a cabinet, in all of its folders. There are none unless the list of files
/// is damaged; each costs the time to unpack it.
const MAX_GAPS: u64 = 64 << 20;

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
    member: &mut dyn FnMut(Entry<'_>) -> ControlFlow<()>,
) -> Result<(), Unreadable> {
    let damaged = |error: &dyn std::fmt::Display| {
        Unreadable::damaged("the directory of the cabinet cannot be read", error)
    };
    let mut files = files_of(Bytes::new(bytes)).map_err(|error| damaged(&error))?;
    files.sort_by_key(|file| (file.folder, file.start));
    let mut rest = files.as_slice();
    let mut gaps = MAX_GAPS;
    while let Some(first) = rest.first() {
        let end = rest.partition_point(|file| file.folder == first.folder);
        let (folder, after) = rest.split_at(end);
        rest = after;
        if first.folder >= CONTINUED {
            for file in folder {
                let content = Content::Closed(Unreadable {
                    message: "continues in another cabinet, so it is not read".into(),
                    hint: "join the cabinets with their own tool and analyze the folder",
                });
                if member(Entry::new(file.name.clone(), content)).is_break() {
                    return Ok(());
                }
            }
            continue;
        }
        let flow = each_of_folder(bytes, folder, &mut gaps, member);
        if flow.map_err(|error| damaged(&error))?.is_break() {
            return Ok(());
        }
    }
    Ok(())
}

fn files_of(bytes: Bytes<'_>) -> Result<Vec<CabinetFile>, hvtriage_winfmt::ParseError> {
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

fn each_of_folder(
    bytes: &[u8],
    files: &[CabinetFile],
    gaps: &mut u64,
    member: &mut dyn FnMut(Entry<'_>) -> ControlFlow<()>,
) -> io::Result<ControlFlow<()>> {
    const NAME: &str = "folder";
    let Some(first) = files.first() else { return Ok(ControlFlow::Continue(())) };
    let end = files.iter().map(|file| file.start.saturating_add(file.size)).max();
    let view = OneFile::of(bytes, first.folder, end.unwrap_or_default(), NAME)?;
    let mut cabinet = Cabinet::new(view)?;
    let mut folder = cabinet.read_file(NAME)?;
    let mut at = 0_u64;
    for file in files {
        // Files that overlap would need the folder from its beginning.
        let gap = file.start.checked_sub(at).ok_or(io::ErrorKind::InvalidData)?;
        *gaps = gaps.checked_sub(gap).ok_or(io::ErrorKind::InvalidData)?;
        at = at.saturating_add(io::copy(&mut folder.by_ref().take(gap), &mut io::sink())?);
        let mut data = folder.by_ref().take(file.size);
        let flow = member(Entry::solid(file.name.clone(), &mut data));
        if flow.is_break() {
            return Ok(flow);
        }
        // What the receiver did not want.
        io::copy(&mut data, &mut io::sink())?;
        at = at.saturating_add(file.size);
    }
    Ok(ControlFlow::Continue(()))
}

/// The cabinet with another list of files: it is put behind the end of the real one.
struct OneFile<'a> {
    head: Vec<u8>,
    bytes: &'a [u8],
    list: Vec<u8>,
    at: u64,
}

/// Bytes before the first folder: CFHEADER without what may follow it.
const HEAD_BYTES: usize = 36;

impl<'a> OneFile<'a> {
    fn of(bytes: &'a [u8], folder: u16, size: u64, name: &str) -> io::Result<Self> {
        let short = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let number = |number: u64| u32::try_from(number).map_err(|_| short());
        let mut head = bytes.get(..HEAD_BYTES).ok_or_else(short)?.to_vec();
        let list_at = number(bytes.len() as u64)?.to_le_bytes();
        head.get_mut(16..20).ok_or_else(short)?.copy_from_slice(&list_at);
        head.get_mut(28..30).ok_or_else(short)?.copy_from_slice(&1_u16.to_le_bytes());
        let mut list = number(size)?.to_le_bytes().to_vec();
        list.extend_from_slice(&[0; 4]);
        list.extend_from_slice(&folder.to_le_bytes());
        // A date that there is: 1980-01-01, 00:00.
        list.extend_from_slice(&[0x21, 0, 0, 0, 0, 0]);
        list.extend_from_slice(name.as_bytes());
        list.push(0);
        Ok(Self { head, bytes, list, at: 0 })
    }
}

impl Read for OneFile<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let at = usize::try_from(self.at).unwrap_or(usize::MAX);
        let part = if at < self.head.len() {
            self.head.get(at..)
        } else if at < self.bytes.len() {
            self.bytes.get(at..)
        } else {
            self.list.get(at.saturating_sub(self.bytes.len())..)
        };
        let read = part.unwrap_or_default().read(buffer)?;
        self.at = self.at.saturating_add(read as u64);
        Ok(read)
    }
}

impl Seek for OneFile<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let end = (self.bytes.len() as u64).saturating_add(self.list.len() as u64);
        self.at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => end.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        }
        .ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
