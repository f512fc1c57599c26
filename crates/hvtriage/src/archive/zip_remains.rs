//! A zip archive without its directory: each member also says its own name, so a copy that was broken
//! off still gives what came before. Layout: APPNOTE 4.3.7 (local headers) and 4.3.9 (what stands
//! behind the data of a member whose size was not known when it was begun).

use std::io::Cursor;
use std::ops::ControlFlow;

use hvtriage_winfmt::Bytes;
use memchr::memmem;
use zip::read::{read_zipfile_from_stream, read_zipfile_from_stream_with_compressed_size};

use super::zipped::name_of;
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
        let behind = header.data.saturating_add(header.compressed);
        let mut closed =
            |unreadable| member(Entry::new(header.name.clone(), Content::Closed(unreadable)));
        if header.flags & IS_ENCRYPTED != 0 {
            return (closed(Unreadable::encrypted()), behind);
        }
        let start = usize::try_from(header.start).unwrap_or(usize::MAX);
        let mut stream = Cursor::new(self.bytes.get(start..).unwrap_or_default());
        let is_of_unknown_size = header.flags & HAS_DESCRIPTOR != 0;
        let size = is_of_unknown_size.then(|| self.described_size(header)).flatten();
        let is_anywhere = is_of_unknown_size && size.is_none();
        if is_anywhere && (header.method == STORED || self.to_search == 0) {
            let message = "does not say where it ends".into();
            return (closed(Unreadable { message, hint: Unreadable::ASK_AGAIN }), header.data);
        }
        let rest = (self.bytes.len() as u64).saturating_sub(header.data);
        let file = if is_of_unknown_size {
            read_zipfile_from_stream_with_compressed_size(&mut stream, size.unwrap_or(rest))
        } else {
            read_zipfile_from_stream(&mut stream)
        };
        match file {
            Ok(Some(mut file)) => {
                // Where the size is not known, the next header is looked for in the data.
                let size =
                    if is_of_unknown_size { size.unwrap_or(0) } else { file.compressed_size() };
                let next = header.data.saturating_add(size);
                if file.is_dir() {
                    return (ControlFlow::Continue(()), next);
                }
                let name = name_of(&file);
                (member(Entry::new(name, Content::Data(&mut file))), next)
            }
            Ok(None) => (ControlFlow::Continue(()), header.data),
            Err(error) => (closed(Unreadable::damaged("cannot be unpacked", &error)), behind),
        }
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
