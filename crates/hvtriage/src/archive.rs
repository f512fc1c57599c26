//! Archives: the evidence inside them, member by member, however they are nested.
//!
//! Nothing is unpacked to a path that an archive names. A member that is evidence is held in memory
//! while it is small and in a file without a name while it is not; everything else is skipped after
//! its beginning. What an archive may expand to is limited ([`Limits`]), and what breaks a limit is
//! a problem with its name.

mod cabinet;
mod intake;
mod limits;
mod solid;
mod streams;
pub(crate) mod told;
mod zip_remains;
mod zipped;
mod zstandard;

use std::io::{self, Read};
use std::ops::ControlFlow;

use hvtriage_diagnosis::Problem;
use hvtriage_winfmt::FileOffset;

use crate::map::FileBytes;
use cabinet::LzxFolders;
pub(crate) use intake::Intake;
pub(crate) use limits::Limits;

/// The kinds of archives, by content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ArchiveKind {
    Zip,
    Cabinet,
    SevenZip,
    Tar,
    Gzip,
    Bzip2,
    Xz,
    Zstandard,
}

/// A piece of evidence in an archive.
#[derive(Debug)]
pub(crate) struct Member {
    /// The archive, `!`, and its name in there; so for each archive around it.
    pub(crate) name: String,
    pub(crate) bytes: FileBytes,
}

/// What kind of archive `bytes` are, if any.
pub(crate) fn identify(bytes: &[u8]) -> Option<ArchiveKind> {
    const TAR_MAGIC_AT: usize = 257;
    // The second is an archive without members, the third one that was split and joined.
    let zip: [&[u8]; 3] = [b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08PK\x03\x04"];
    if zip.iter().any(|magic| bytes.starts_with(magic)) {
        Some(ArchiveKind::Zip)
    } else if bytes.starts_with(b"MSCF\0\0\0\0") {
        Some(ArchiveKind::Cabinet)
    } else if bytes.starts_with(b"7z\xBC\xAF\x27\x1C") {
        Some(ArchiveKind::SevenZip)
    } else if bytes.starts_with(&[0x1F, 0x8B, 8]) {
        Some(ArchiveKind::Gzip)
    } else if bytes.starts_with(b"\xFD7zXZ\0") {
        Some(ArchiveKind::Xz)
    } else if is_bzip2(bytes) {
        Some(ArchiveKind::Bzip2)
    } else if zstandard::begins_frame(bytes) {
        Some(ArchiveKind::Zstandard)
    } else if bytes.get(TAR_MAGIC_AT..).is_some_and(|rest| rest.starts_with(b"ustar"))
        || is_old_tar(bytes)
    {
        Some(ArchiveKind::Tar)
    } else {
        None
    }
}

/// Behind the size of its blocks stands pi, or in an empty file its square root.
fn is_bzip2(bytes: &[u8]) -> bool {
    let begins: [&[u8]; 2] = [b"1AY&SY", &[0x17, 0x72, 0x45, 0x38, 0x50, 0x90]];
    bytes.starts_with(b"BZh") && bytes.get(4..10).is_some_and(|it| begins.contains(&it))
}

/// Tape archives had no magic number before POSIX: a header is known by its checksum, the sum of its bytes
/// with blanks for the checksum itself.
fn is_old_tar(bytes: &[u8]) -> bool {
    const CHECKSUM: std::ops::Range<usize> = 148..156;
    let (Some(header), Some(digits)) = (bytes.get(..512), bytes.get(CHECKSUM)) else {
        return false;
    };
    let digits = String::from_utf8_lossy(digits);
    let digits = digits.trim_matches([' ', '\0']);
    let bytes = header.iter().enumerate();
    let bytes = bytes.map(|(at, byte)| if CHECKSUM.contains(&at) { b' ' } else { *byte });
    let sum: u32 = bytes.map(u32::from).sum();
    u32::from_str_radix(digits, 8).is_ok_and(|told| told == sum)
}

/// What kind of archive, which is not read, `bytes` are.
pub(crate) fn unread(bytes: &[u8]) -> Option<&'static str> {
    let known: [(&[u8], &str); 3] = [
        (b"Rar!\x1A\x07", "a RAR archive"),
        (b"\x04\x22\x4D\x18", "packed by LZ4"),
        (b"MSWIM\0\0\0", "a Windows image (WIM)"),
    ];
    known.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, what)| *what)
}

/// Whether a zip file is the last part of one that was split: its last record (APPNOTE 4.3.16) counts disks.
pub(crate) fn is_last_of_split(bytes: &[u8]) -> bool {
    const RECORD: usize = 22;
    const LONGEST: usize = RECORD + 65_535;
    let tail = bytes.get(bytes.len().saturating_sub(LONGEST)..).unwrap_or_default();
    let at = memchr::memmem::rfind(tail, b"PK\x05\x06");
    let record = at.and_then(|at| tail.get(at..)).filter(|record| record.len() >= RECORD);
    record.and_then(|record| record.get(4..6)).is_some_and(|disk| disk != [0, 0])
}

/// Whether a file is called like an archive, so that its user expects it to be read.
pub(crate) fn is_named_like_archive(name: &str) -> bool {
    let known =
        ["zip", "cab", "7z", "tar", "gz", "tgz", "bz2", "tbz2", "tbz", "xz", "txz", "zst", "tzst"];
    has_ending(name, &known)
}

/// Whether a name ends in a dot and one of `endings`, in any case.
pub(crate) fn has_ending(name: &str, endings: &[&str]) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|ending| endings.iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

/// Hands over every member of an archive in its order, each to be read or not.
///
/// `member` is called with a name and what it holds, and says whether to go on.
///
/// # Errors
/// Why the rest of the archive cannot be read, in words, and what to do about it.
fn each_member(
    kind: ArchiveKind,
    name: &str,
    bytes: &[u8],
    lzx_folders: &LzxFolders,
    member: &mut dyn FnMut(Entry<'_>) -> ControlFlow<()>,
) -> Result<(), Unreadable> {
    match kind {
        ArchiveKind::Zip => zipped::each(bytes, member),
        ArchiveKind::Cabinet => cabinet::each(bytes, lzx_folders, member),
        ArchiveKind::SevenZip => solid::each_of_7z(bytes, member),
        ArchiveKind::Tar => solid::each_of_tar(bytes, member),
        ArchiveKind::Gzip => streams::of_gzip(name, bytes, member),
        ArchiveKind::Bzip2 => streams::of_bzip2(name, bytes, member),
        ArchiveKind::Xz => streams::of_xz(name, bytes, member),
        ArchiveKind::Zstandard => zstandard::of_zstandard(name, bytes, member),
    }
}

/// A member as it is met.
struct Entry<'e> {
    /// Its name with `/` between folders.
    name: String,
    /// Where it begins in its archive, if that is known.
    at: Option<u64>,
    content: Content<'e>,
    /// Whether what follows can only be had after it was unpacked to its end.
    is_solid: bool,
}

impl<'e> Entry<'e> {
    fn new(name: String, content: Content<'e>) -> Self {
        Self { name, at: None, content, is_solid: false }
    }

    fn solid(name: String, data: &'e mut dyn Read) -> Self {
        Self { name, at: None, content: Content::Data(data), is_solid: true }
    }

    fn closed(name: String, why: Unreadable) -> Self {
        Self::new(name, Content::Closed(why))
    }

    fn at(self, at: u64) -> Self {
        Self { at: Some(at), ..self }
    }
}

enum Content<'e> {
    Data(&'e mut dyn Read),
    /// It cannot be had.
    Closed(Unreadable),
}

/// Why something cannot be read.
struct Unreadable {
    message: String,
    hint: &'static str,
    /// Where in the archive, if that is known.
    at: Option<u64>,
}

impl Unreadable {
    const IF_NOT_HOSTILE: &'static str =
        "unpack it yourself if it is not hostile, and analyze the folder";
    const ASK_AGAIN: &'static str = "ask for it again; what was read before this place is used";

    fn damaged(what: &str, error: &dyn std::fmt::Display) -> Self {
        let message = format!("{what}: {}", first_line(&error.to_string()));
        Self::new(message, Self::ASK_AGAIN)
    }

    fn encrypted() -> Self {
        let hint = "unpack it with its password and analyze the folder";
        Self::new("is encrypted, so it is not read", hint)
    }

    /// It is as it should be, but packed in a way that is not read here.
    fn unsupported(how: &str) -> Self {
        let message = format!("is packed {how}, which is not read");
        Self::new(message, "unpack it and analyze the folder")
    }

    fn new(message: impl Into<String>, hint: &'static str) -> Self {
        Self { message: message.into(), hint, at: None }
    }

    fn at(self, at: u64) -> Self {
        Self { at: Some(at), ..self }
    }

    fn into_problem(self, source: String) -> Problem {
        Problem::new(source, self.message).at(self.at.map(FileOffset)).hint(self.hint)
    }
}

/// Other people's errors may have several lines.
fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// A member's name, as reports show it: Windows PowerShell 2 to 4 and many collectors write `\`
/// into zip files, for which the format wants `/`.
fn shown(name: &str) -> String {
    name.replace('\\', "/").chars().map(|it| if it.is_control() { '_' } else { it }).collect()
}

/// The name of a member as reports show it if it is too long or too deep for any file system, so that it
/// was made to do harm: its beginning and its last part. `number` tells it from others.
fn cut(name: &str, number: u64) -> Option<String> {
    const MAX_NAME_BYTES: usize = 4096;
    const MAX_LEVELS: usize = 64;
    const LAST_BYTES: usize = 255;
    let mut ends = name.match_indices('/').map(|(at, _)| at);
    if name.len() <= MAX_NAME_BYTES && ends.nth(MAX_LEVELS.saturating_sub(1)).is_none() {
        return None;
    }
    let head = name.match_indices('/').map(|(at, _)| at).take(MAX_LEVELS / 2);
    let head = head.take_while(|at| *at <= MAX_NAME_BYTES / 2).last().unwrap_or_default();
    let last = name.rsplit('/').next().unwrap_or_default();
    let from = last.ceil_char_boundary(last.len().saturating_sub(LAST_BYTES));
    let (head, last) = (name.get(..head).unwrap_or_default(), last.get(from..).unwrap_or_default());
    Some(format!("{head}/(cut name, member {number})/{last}"))
}

/// A reader that ends where `inner` fails, and remembers why: what was read before is evidence, too.
struct UntilDamage<'r> {
    inner: &'r mut dyn Read,
    damage: Option<io::Error>,
}

impl Read for UntilDamage<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // Behind a failure a decoder may hand out anything, such as what it did before.
        if self.damage.is_some() {
            return Ok(0);
        }
        match self.inner.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                self.damage = Some(error);
                Ok(0)
            }
            read => read,
        }
    }
}

#[cfg(test)]
mod tests;
