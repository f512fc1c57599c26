//! Files that are compressed alone: gzip, bzip2 and XZ. Each is one stream behind the other, as `cat` joins
//! them, and `pigz` and `pbzip2` write them.

use std::io::{self, Read};
use std::ops::ControlFlow;

use bzip2::bufread::BzDecoder;
use flate2::bufread::GzDecoder;
use lzma_rust2::XzReader;

use super::{Content, Entry, Unreadable, has_ending};

/// Streams that any file may consist of, however short they are.
const FREE_STREAMS: u64 = 4096;
/// Bytes that streams hold on average beyond those. Each takes a decoder, that of bzip2 a tenth of a
/// millisecond, and an empty one is fourteen bytes long. `pbzip2` writes 900 kB into each, `bgzip` 64 KiB.
const BYTES_OF_STREAM: u64 = 16 << 10;

/// A decoder of one stream.
trait Stream<'b>: Read + Sized {
    /// Begins where a stream does.
    fn of(bytes: &'b [u8]) -> Self;

    /// What stands behind the stream, once all of it is read.
    fn behind(self) -> &'b [u8];
}

impl<'b> Stream<'b> for GzDecoder<&'b [u8]> {
    fn of(bytes: &'b [u8]) -> Self {
        Self::new(bytes)
    }

    fn behind(self) -> &'b [u8] {
        // Tapes fill their last block with zeros; `gzip` ignores them.
        let rest = self.into_inner();
        if rest.iter().all(|byte| *byte == 0) { &[] } else { rest }
    }
}

impl<'b> Stream<'b> for BzDecoder<&'b [u8]> {
    fn of(bytes: &'b [u8]) -> Self {
        Self::new(bytes)
    }

    fn behind(self) -> &'b [u8] {
        self.into_inner()
    }
}

impl<'b> Stream<'b> for XzReader<&'b [u8]> {
    fn of(bytes: &'b [u8]) -> Self {
        // Its window grows with what comes out, whatever dictionary the stream asks for.
        Self::new(bytes, false)
    }

    fn behind(self) -> &'b [u8] {
        // Stream Padding (xz-file-format 2.2).
        let rest = self.into_inner();
        let padding = rest.iter().take_while(|byte| **byte == 0).count();
        rest.get(padding..).unwrap_or_default()
    }
}

/// What the streams of a file hold.
struct Streams<'b, S> {
    open: Option<S>,
    rest: &'b [u8],
    streams: u64,
    bytes: u64,
}

impl<'b, S: Stream<'b>> Streams<'b, S> {
    fn of(bytes: &'b [u8]) -> Self {
        Self { open: None, rest: bytes, streams: 0, bytes: 0 }
    }

    fn next(&mut self) -> io::Result<&mut S> {
        self.streams = self.streams.saturating_add(1);
        if are_too_many(self.streams, self.bytes) {
            return Err(io::Error::other(TOO_MANY));
        }
        Ok(self.open.insert(S::of(self.rest)))
    }
}

/// What is wrong with a file of more streams than a writer makes.
pub(super) const TOO_MANY: &str =
    "it consists of thousands of tiny parts, which is made so to do harm";

/// Whether a file of so many streams, which hold so many bytes, is made to do harm.
pub(super) fn are_too_many(streams: u64, bytes: u64) -> bool {
    streams > FREE_STREAMS.saturating_add(bytes / BYTES_OF_STREAM)
}

impl<'b, S: Stream<'b>> Read for Streams<'b, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let open = match &mut self.open {
                Some(open) => open,
                None if self.rest.is_empty() => return Ok(0),
                None => self.next()?,
            };
            let read = open.read(buffer)?;
            if read > 0 {
                self.bytes = self.bytes.saturating_add(read as u64);
                return Ok(read);
            }
            self.rest = self.open.take().map(S::behind).unwrap_or_default();
        }
    }
}

pub(super) fn of_gzip(
    name: &str,
    bytes: &[u8],
    member: &mut dyn FnMut(Entry<'_>) -> ControlFlow<()>,
) -> Result<(), Unreadable> {
    let mut data = Streams::<GzDecoder<_>>::of(bytes);
    single(name, &["gz", "tgz"], &mut data, member)
}

pub(super) fn of_bzip2(
    name: &str,
    bytes: &[u8],
    member: &mut dyn FnMut(Entry<'_>) -> ControlFlow<()>,
) -> Result<(), Unreadable> {
    let mut data = Streams::<BzDecoder<_>>::of(bytes);
    single(name, &["bz2", "tbz2", "tbz"], &mut data, member)
}

/// The package unpacks a chunk only when all of it is there, so of a file that is cut up to 2 MiB before the
/// cut are lost.
pub(super) fn of_xz(
    name: &str,
    bytes: &[u8],
    member: &mut dyn FnMut(Entry<'_>) -> ControlFlow<()>,
) -> Result<(), Unreadable> {
    let mut data = Streams::<XzReader<_>>::of(bytes);
    single(name, &["xz", "txz"], &mut data, member)
}

/// A file that is compressed alone has the name of its archive without the ending, which is one of
/// `endings`.
pub(super) fn single(
    archive: &str,
    endings: &[&str],
    data: &mut dyn Read,
    member: &mut dyn FnMut(Entry<'_>) -> ControlFlow<()>,
) -> Result<(), Unreadable> {
    let name = archive.rsplit(['/', '!']).next().unwrap_or(archive);
    let stem = name.rsplit_once('.').map_or("", |(stem, _)| stem);
    let name = if has_ending(name, endings) && !stem.is_empty() { stem } else { name }.to_owned();
    let _ = member(Entry::new(name, Content::Data(data)).at(0));
    Ok(())
}
