//! Whether the files of a case end where their formats say that they end.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::entry::{Case, files, is_unfinished};

/// Bytes at the beginning that tell a format and its size.
const HEAD: usize = 4096;
/// The end of a zip file: its last record with a comment of the longest kind.
const ZIP_TAIL: u64 = 22 + 65_535;

/// Whether no file of the case is cut short or has the name of one that is being written. What cannot
/// be read now is not whole; formats that do not tell their size are. Those are gzip and Zstandard, whose
/// end shows only when all is unpacked, and tape archives: two blocks of zeros end them, which some writers
/// leave out and which stand in the middle of any dump, so they prove neither. A case of those is whole when
/// nothing changes any more, as any case has to be.
pub(super) fn is_whole(case: &Case) -> bool {
    files(&case.path).all(|file| {
        file.is_ok_and(|(path, _)| {
            !path.file_name().is_some_and(is_unfinished) && ends_well(&path).unwrap_or(false)
        })
    })
}

fn ends_well(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    let mut head = Vec::with_capacity(HEAD);
    Read::by_ref(&mut file).take(HEAD as u64).read_to_end(&mut head)?;
    if head.starts_with(b"PK\x03\x04") {
        return has_zip_end(&mut file, size);
    }
    Ok(least_size(&head).is_none_or(|least| size >= least))
}

/// The central directory of a zip file stands at its end.
fn has_zip_end(file: &mut File, size: u64) -> io::Result<bool> {
    file.seek(SeekFrom::Start(size.saturating_sub(ZIP_TAIL)))?;
    let mut tail = Vec::new();
    file.take(ZIP_TAIL).read_to_end(&mut tail)?;
    Ok(tail.windows(4).any(|bytes| bytes == b"PK\x05\x06"))
}

/// The size that a file has at least, by its header.
fn least_size(head: &[u8]) -> Option<u64> {
    let bytes = |at: usize, size: usize| head.get(at..at.checked_add(size)?);
    let u16_at = |at| Some(u64::from(u16::from_le_bytes(bytes(at, 2)?.try_into().ok()?)));
    let u32_at = |at| Some(u64::from(u32::from_le_bytes(bytes(at, 4)?.try_into().ok()?)));
    let u64_at = |at| Some(u64::from_le_bytes(bytes(at, 8)?.try_into().ok()?));
    if head.starts_with(b"MSCF\0\0\0\0") {
        // cbCabinet.
        u32_at(8)
    } else if head.starts_with(b"7z\xBC\xAF\x27\x1C") {
        // The start header, then where the end header begins and its size.
        u64_at(12)?.checked_add(u64_at(20)?)?.checked_add(32)
    } else if head.starts_with(b"ElfFile\0") {
        // Header block size and number of chunks.
        u16_at(42)?.checked_mul(65_536)?.checked_add(u16_at(40)?)
    } else if head.starts_with(b"PAGEDU64") {
        // RequiredDumpSpace.
        u64_at(0xFA0)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8]) -> bool {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        ends_well(file.path()).unwrap()
    }

    #[test]
    fn files_that_are_cut_short() {
        let mut cabinet = b"MSCF\0\0\0\0".to_vec();
        cabinet.extend(64_u32.to_le_bytes());
        assert!(!check(&cabinet));
        cabinet.resize(64, 0);
        assert!(check(&cabinet));
        let mut seven_zip = b"7z\xBC\xAF\x27\x1C\0\x04....".to_vec();
        seven_zip.extend(100_u64.to_le_bytes());
        seven_zip.extend(20_u64.to_le_bytes());
        seven_zip.resize(151, 0);
        assert!(!check(&seven_zip));
        seven_zip.push(0);
        assert!(check(&seven_zip));
        let mut log = b"ElfFile\0".to_vec();
        log.resize(40, 0);
        log.extend(4096_u16.to_le_bytes());
        log.extend(2_u16.to_le_bytes());
        log.resize(4096 + 65_536, 0);
        assert!(!check(&log));
        log.resize(4096 + 2 * 65_536, 0);
        assert!(check(&log));
        assert!(!check(b"PK\x03\x04 the beginning only"));
        assert!(check(b"PK\x03\x04 members, directory PK\x05\x06 and the end"));
        assert!(check(b"") && check(b"anything else"));
        // A number that no file reaches is not whole, and nothing overflows.
        let mut hostile = b"7z\xBC\xAF\x27\x1C\0\x04....".to_vec();
        hostile.extend([0xFF; 16]);
        assert!(check(&hostile));
    }
}
