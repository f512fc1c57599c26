//! The view of a cabinet that its package is shown: one folder, and one file as long as the folder.

use std::io::{self, Read, Seek, SeekFrom};

use hvtriage_winfmt::{Bytes, ParseError};

/// Bytes of CFHEADER without what may follow it.
const HEAD_BYTES: usize = 36;
const FOLDER_BYTES: u64 = 8;
const HAS_PREVIOUS: u16 = 1;
const HAS_NEXT: u16 = 2;
const HAS_RESERVE: u16 = 4;
/// Names of other cabinets and of their disks.
const MAX_NAME_BYTES: u64 = 256;

/// Where the folders of a cabinet are told.
pub(super) struct Folders<'a> {
    bytes: &'a [u8],
    at: u64,
    stride: u64,
    count: u16,
    /// Bytes that each block of data leaves to others.
    reserve: u8,
}

impl<'a> Folders<'a> {
    pub(super) fn of(all: &'a [u8]) -> Result<Self, ParseError> {
        let bytes = Bytes::new(all);
        let (count, flags) = (bytes.u16_at(26, "cFolders")?, bytes.u16_at(30, "flags")?);
        let (mut at, mut stride, mut reserve) = (HEAD_BYTES as u64, FOLDER_BYTES, 0);
        if flags & HAS_RESERVE != 0 {
            let of_header = u64::from(bytes.u16_at(36, "cbCFHeader")?);
            stride = stride.saturating_add(bytes.u8_at(38, "cbCFFolder")?.into());
            reserve = bytes.u8_at(39, "cbCFData")?;
            at = 40_u64.saturating_add(of_header);
        }
        for neighbor in [HAS_PREVIOUS, HAS_NEXT] {
            let names = if flags & neighbor != 0 { 2 } else { 0 };
            for _ in 0..names {
                at = behind_name(bytes, at)?;
            }
        }
        Ok(Self { bytes: all, at, stride, count, reserve })
    }

    /// What a folder says: where its data begin, in how many blocks, and how they are packed.
    fn entry(&self, number: u16) -> Option<&'a [u8]> {
        let at = self.at.checked_add(self.stride.checked_mul(number.into())?)?;
        let at = usize::try_from(at).ok().filter(|_| number < self.count)?;
        self.bytes.get(at..)?.get(..usize::try_from(FOLDER_BYTES).ok()?)
    }

    /// Where the data of a folder begin.
    pub(super) fn data_at(&self, number: u16) -> Option<u64> {
        let start = self.entry(number)?.get(..4)?.try_into().ok()?;
        Some(u32::from_le_bytes(start).into())
    }

    /// Whether a folder is packed by LZX: 3 in the lowest bits of typeCompress (MS-CAB 2.2).
    pub(super) fn is_lzx(&self, number: u16) -> bool {
        let kind = self.entry(number).and_then(|entry| entry.get(6).copied());
        kind.is_some_and(|kind| kind & 0xF == 3)
    }

    /// The cabinet as if it had this folder alone, and in it a file called `name` of `size` bytes.
    pub(super) fn one(&self, number: u16, size: u64, name: &str) -> io::Result<OneFolder<'a>> {
        let short = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let as_u32 = |number: u64| u32::try_from(number).map_err(|_| short());
        let mut head = self.bytes.get(..16).ok_or_else(short)?.to_vec();
        // The list of files is put behind the end of the real cabinet.
        head.extend(as_u32(self.bytes.len() as u64)?.to_le_bytes());
        head.extend(self.bytes.get(20..26).ok_or_else(short)?);
        // Folders, files, flags; then what stays of the real head.
        head.extend([1, 1, HAS_RESERVE].map(u16::to_le_bytes).concat());
        head.extend(self.bytes.get(32..HEAD_BYTES).ok_or_else(short)?);
        head.extend([0, 0, 0, self.reserve]);
        head.extend(self.entry(number).ok_or_else(short)?);
        let mut list = as_u32(size)?.to_le_bytes().to_vec();
        // It begins where its folder does, which is the first.
        list.extend([0; 6]);
        // A date that there is: 1980-01-01, 00:00.
        list.extend([0x21, 0, 0, 0, 0, 0]);
        list.extend(name.as_bytes());
        list.push(0);
        Ok(OneFolder { head, bytes: self.bytes, list, at: 0 })
    }
}

fn behind_name(bytes: Bytes<'_>, at: u64) -> Result<u64, ParseError> {
    let mut end = at;
    for _ in 0..MAX_NAME_BYTES {
        let byte = bytes.u8_at(end, "szCabinet")?;
        end = end.saturating_add(1);
        if byte == 0 {
            break;
        }
    }
    Ok(end)
}

/// The cabinet with another head and another list of files.
pub(super) struct OneFolder<'a> {
    head: Vec<u8>,
    bytes: &'a [u8],
    list: Vec<u8>,
    at: u64,
}

impl Read for OneFolder<'_> {
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

impl Seek for OneFolder<'_> {
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
