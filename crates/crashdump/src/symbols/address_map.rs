//! From the sections of a PDB to addresses of the image.
//!
//! An image that was rearranged after it was linked (the 32-bit kernels up to Windows 8 were) comes with
//! two tables, OMAP: pieces of the linked image with where they are now, and the other way round. The
//! symbols tell places in the linked image. Read here and not by the package, which leaves the tables out
//! where the linked image's own sections are not told, and knows but one of the two marks for a piece
//! that is gone. Layout: microsoft-pdb, `langapi/include/pdb.h` and `PDB/dbi/dbi.h`.

use pdb2::{PDB, StreamIndex};

use super::source::Bounded;
use hvtriage_winfmt::Bytes;

/// The stream of debug information, which names the others.
const DEBUG_STREAM: StreamIndex = StreamIndex(3);
const HEADER_BYTES: u64 = 64;
/// Sizes of the parts between the header and the list of streams.
const PART_SIZES: [u64; 6] = [24, 28, 32, 36, 40, 52];
const MACHINE: u64 = 58;
/// Places in the list of streams.
const TO_LINKED: u64 = 3;
const FROM_LINKED: u64 = 4;
const SECTIONS: u64 = 5;
const LINKED_SECTIONS: u64 = 10;

/// Where things of the linked image are now.
#[derive(Debug)]
pub(super) struct AddressMap {
    /// Relative address and size of each section of the linked image.
    sections: Vec<(u32, u32)>,
    to_linked: Option<Table>,
    from_linked: Option<Table>,
    pub(super) is_x86: bool,
}

impl AddressMap {
    pub(super) fn read<'s>(pdb: &mut PDB<'s, Bounded<'s>>) -> Option<Self> {
        const IS_X86: u16 = 0x14C;
        let debug = pdb.raw_stream(DEBUG_STREAM).ok()??;
        let debug = Bytes::new(debug.as_slice());
        let number = |at: u64| debug.u32_at(at, "debug information").ok();
        let list = PART_SIZES
            .iter()
            .try_fold(HEADER_BYTES, |sum, at| sum.checked_add(number(*at)?.into()))?;
        let mut stream = |place: u64| {
            let index = debug.u16_at(list.checked_add(place.checked_mul(2)?)?, "streams").ok()?;
            pdb.raw_stream(StreamIndex(index)).ok()?
        };
        let to_linked = stream(TO_LINKED).map(|it| Table::of(it.as_slice()));
        let from_linked = stream(FROM_LINKED).map(|it| Table::of(it.as_slice()));
        // Some programs leave the linked image's sections where the image's own would be.
        let linked = to_linked.as_ref().and_then(|_| stream(LINKED_SECTIONS));
        let sections = sections(linked.or_else(|| stream(SECTIONS))?.as_slice());
        let is_x86 = debug.u16_at(MACHINE, "machine").ok()? == IS_X86;
        Some(Self { sections, to_linked, from_linked, is_x86 })
    }

    /// A place in a section, counted from 1, as an address of the linked image.
    pub(super) fn linked(&self, section: u16, offset: u32) -> Option<u32> {
        let (address, size) = self.sections.get(usize::from(section).checked_sub(1)?)?;
        if offset > *size {
            return None;
        }
        address.checked_add(offset)
    }

    /// Where an address of the image was when it was linked; none for what came later.
    pub(super) fn to_linked(&self, address: u32) -> Option<u32> {
        let Some(table) = &self.to_linked else { return Some(address) };
        let linked = table.find(address)?;
        let is_in = |(start, size): &(u32, u32)| {
            linked.checked_sub(*start).is_some_and(|offset| offset < *size)
        };
        self.sections.iter().any(is_in).then_some(linked)
    }

    /// Where an address of the linked image is now.
    pub(super) fn in_image(&self, address: u32) -> Option<u32> {
        match (&self.from_linked, &self.to_linked) {
            (Some(table), _) => table.find(address),
            (None, None) => Some(address),
            (None, Some(_)) => None,
        }
    }

    /// Whether the image was rearranged.
    pub(super) fn is_moved(&self) -> bool {
        self.to_linked.is_some()
    }
}

/// `IMAGE_SECTION_HEADER`s: relative address and size.
fn sections(bytes: &[u8]) -> Vec<(u32, u32)> {
    const VIRTUAL_SIZE: u64 = 8;
    const ADDRESS: u64 = 12;
    let section = |header: &[u8; 40]| {
        let number = |at| Bytes::new(header).u32_at(at, "section").unwrap_or_default();
        (number(ADDRESS), number(VIRTUAL_SIZE))
    };
    bytes.as_chunks::<40>().0.iter().map(section).collect()
}

/// Pieces by where they start, and where that is on the other side.
#[derive(Debug)]
struct Table(Vec<(u32, u32)>);

impl Table {
    fn of(bytes: &[u8]) -> Self {
        let piece = |it: &[u8; 8]| {
            let number = u64::from_le_bytes(*it);
            // The low half stands first.
            let [low, high] = [number, number >> 32].map(|half| half & u64::from(u32::MAX));
            (u32::try_from(low).unwrap_or_default(), u32::try_from(high).unwrap_or_default())
        };
        let mut pieces: Vec<(u32, u32)> = bytes.as_chunks::<8>().0.iter().map(piece).collect();
        pieces.sort_by_key(|(start, _)| *start);
        Self(pieces)
    }

    fn find(&self, address: u32) -> Option<u32> {
        /// Programs write one of two marks for a piece that has no other side.
        const GONE: [u32; 2] = [0, 0x8000_0000];
        let after = self.0.partition_point(|(start, _)| *start <= address);
        let (start, target) = self.0.get(after.checked_sub(1)?)?;
        if GONE.contains(target) {
            return None;
        }
        target.checked_add(address.checked_sub(*start)?)
    }
}
