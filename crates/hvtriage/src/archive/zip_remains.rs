//! A zip archive without its directory: each member also says its own name, so a copy that was broken
//! off still gives what came before. Layout: APPNOTE 4.3.7 (local headers) and 4.3.9 (what stands
//! behind the data of a member whose size was not known when it was begun).

use std::io::Read;
use std::ops::ControlFlow;

use hvtriage_winfmt::Bytes;
use memchr::memmem;
use zip::CompressionMethod;
use zip::read::{read_zipfile_from_stream, read_zipfile_from_stream_with_compressed_size};

use super::zipped::{name_of, not_read};
use super::{Content, Entry, Unreadable};

const HEADER: &[u8] = b"PK\x03\x04";
const DESCRIPTOR: &[u8] = b"PK\x07\x08";
const HEADER_BYTES: u64 = 30;
const IS_ENCRYPTED: u16 = 1;
const HAS_DESCRIPTOR: u16 = 8;
const STORED: u16 = 0;
/// Newer formats than any: what claims one is no header.
const MAX_VERSION: u16 = 100;
/// How often the whole archive may be looked through for the ends of members.
const MAX_PASSES: u64 = 4;

/// What a member says before its data.
struct Header {
    start: u64,
    flags: u16,
    method: u16,
    compressed: u64,
    name: String,
    data: u64,
}

/// How far a member goes.
struct Extent {
    /// Bytes from the beginning of its data that it may have.
    packed: u64,
    /// Where the next header may stand.
    next: u64,
    /// Whether the member itself says so.
    is_told: bool,
}

/// Hands over the members that can be found.
pub(super) fn each(bytes: &[u8], member: &mut dyn FnMut(Entry<'_>) -> ControlFlow<()>) {
    let mut remains = Remains { bytes, to_search: (bytes.len() as u64).saturating_mul(MAX_PASSES) };
    let mut at = 0_u64;
    while let Some(header) = remains.next_header(at) {
        let flow;
        (flow, at) = remains.one(&header, member);
        if flow.is_break() {
            return;
        }
    }
}

struct Remains<'a> {
    bytes: &'a [u8],
    /// Bytes that may still be searched for the ends of members.
    to_search: u64,
}

impl Remains<'_> {
    fn next_header(&self, from: u64) -> Option<Header> {
        let mut at = from;
        loop {
            let rest = self.bytes.get(usize::try_from(at).ok()?..)?;
            let start = at.saturating_add(memmem::find(rest, HEADER)? as u64);
            if let Some(header) = header_at(self.bytes, start) {
                return Some(header);
            }
            at = start.saturating_add(HEADER.len() as u64);
        }
    }

    /// Hands over one member; returns where the next may stand.
    fn one(
        &mut self,
        header: &Header,
        member: &mut dyn FnMut(Entry<'_>) -> ControlFlow<()>,
    ) -> (ControlFlow<()>, u64) {
        let mut closed =
            |why: Unreadable| member(Entry::closed(header.name.clone(), why).at(header.start));
        let Some(Extent { packed, next, is_told }) = self.extent(header) else {
            let why = Unreadable::new("does not say where it ends", Unreadable::ASK_AGAIN);
            return (closed(why), header.data);
        };
        if header.flags & IS_ENCRYPTED != 0 {
            return (closed(Unreadable::encrypted()), next);
        }
        #[allow(deprecated, reason = "the header has a number")]
        let method = CompressionMethod::from_u16(header.method);
        if let Some(why) = not_read(method, self.tail(header.data)) {
            return (closed(why), next);
        }
        let head = if is_told { self.head(header).to_vec() } else { self.head_of(header, packed) };
        let mut stream = head.chain(self.tail(header.data).unwrap_or_default());
        match read_zipfile_from_stream_with_compressed_size(&mut stream, packed) {
            Ok(Some(file)) if file.is_dir() => (ControlFlow::Continue(()), next),
            Ok(Some(mut file)) => {
                let name = name_of(&file);
                let entry = Entry::new(name, Content::Data(&mut file)).at(header.start);
                (member(entry), next)
            }
            Ok(None) => (ControlFlow::Continue(()), header.data),
            Err(error) => (closed(Unreadable::damaged("cannot be unpacked", &error)), next),
        }
    }

    fn tail(&self, at: u64) -> Option<&[u8]> {
        self.bytes.get(usize::try_from(at).ok()?..)
    }

    /// How far a member goes; nothing when that cannot be told.
    fn extent(&mut self, header: &Header) -> Option<Extent> {
        let rest = (self.bytes.len() as u64).saturating_sub(header.data);
        let behind = |size: u64| header.data.saturating_add(size);
        if header.flags & HAS_DESCRIPTOR != 0 {
            return match self.described_size(header) {
                Some(size) => Some(Extent { packed: size, next: behind(size), is_told: true }),
                None if header.method == STORED || self.to_search == 0 => None,
                // What is packed says itself where it ends.
                None => Some(Extent { packed: rest, next: header.data, is_told: true }),
            };
        }
        let size = self.told_size(header);
        let at_end = self.tail(behind(size)).filter(|_| size <= rest);
        if at_end.is_some_and(|at_end| at_end.is_empty() || at_end.starts_with(b"PK")) {
            return Some(Extent { packed: size, next: behind(size), is_told: true });
        }
        // It was cut off, or its size is damaged, or the next header is.
        let is_stored = header.method == STORED;
        let packed = if is_stored { size.min(rest) } else { rest };
        // The headers in a zip that is stored are those of its members, which are found in it.
        let is_zip = is_stored && self.tail(header.data).is_some_and(|it| it.starts_with(HEADER));
        if is_zip {
            return Some(Extent { packed, next: behind(packed), is_told: false });
        }
        let left = self.to_search.checked_sub(packed)?;
        self.to_search = left;
        Some(Extent { packed, next: header.data, is_told: false })
    }

    /// The size that a member gives before its data, or behind its name if it is a big one.
    fn told_size(&self, header: &Header) -> u64 {
        // Without the data, which the package passes when it is done.
        let mut head = self.head(header);
        let file = read_zipfile_from_stream(&mut head).ok().flatten();
        file.map_or(header.compressed, |file| file.compressed_size())
    }

    /// What a member says before its data.
    fn head(&self, header: &Header) -> &[u8] {
        let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
        self.bytes.get(place(header.start)..place(header.data)).unwrap_or_default()
    }

    /// The same with another size, which the package takes for true.
    fn head_of(&self, header: &Header, size: u64) -> Vec<u8> {
        let mut head = self.head(header).to_vec();
        if let (Ok(size), Some(place)) = (u32::try_from(size), head.get_mut(18..22)) {
            place.copy_from_slice(&size.to_le_bytes());
        }
        head
    }

    /// The size of a member's data, which stands behind it: the one that is the distance to it.
    fn described_size(&mut self, header: &Header) -> Option<u64> {
        let data = self.bytes.get(usize::try_from(header.data).ok()?..)?;
        for at in memmem::find_iter(data, DESCRIPTOR) {
            let at = at as u64;
            // The signature, a checksum, the size.
            let described = Bytes::new(data);
            let place = at.saturating_add(8);
            let is_it = described.u32_at(place, "size").is_ok_and(|it| u64::from(it) == at)
                || described.u64_at(place, "size").is_ok_and(|it| it == at);
            if is_it {
                self.to_search = self.to_search.saturating_sub(at);
                return Some(at);
            }
            if at > self.to_search {
                break;
            }
        }
        self.to_search = self.to_search.saturating_sub(data.len() as u64);
        None
    }
}

/// The header at `start`, unless what stands there only looks like one.
fn header_at(all: &[u8], start: u64) -> Option<Header> {
    let bytes = Bytes::new(all);
    let number = |at: u64| bytes.u16_at(start.saturating_add(at), "local header").ok();
    let (version, flags, method) = (number(4)?, number(6)?, number(8)?);
    let compressed = bytes.u32_at(start.saturating_add(18), "compressed size").ok()?;
    let (name_size, extra_size) = (number(26)?, number(28)?);
    let name_at = start.saturating_add(HEADER_BYTES);
    let data = name_at.saturating_add(name_size.into()).saturating_add(extra_size.into());
    let end = name_at.saturating_add(name_size.into());
    let name = all.get(usize::try_from(name_at).ok()?..usize::try_from(end).ok()?)?;
    if version & 0xFF > MAX_VERSION || name.is_empty() || data > all.len() as u64 {
        return None;
    }
    let name = String::from_utf8_lossy(name).into_owned();
    Some(Header { start, flags, method, compressed: compressed.into(), name, data })
}
