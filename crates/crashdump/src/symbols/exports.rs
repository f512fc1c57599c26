//! Functions that an image exports.

use crate::image::{EXPORTS, Image};
use crate::unwind::part_around;

/// More functions than an image can export: ordinals have 16 bits.
const EXPORT_LIMIT: u32 = 0x1_0000;
const NAME_LIMIT: u32 = 512;

/// Exported functions, sorted by relative address.
pub(super) struct Functions {
    /// Relative addresses of a function and of its name.
    sorted: Vec<(u32, u32)>,
}

impl Functions {
    /// The named exports of an image; none when its directory is neither in memory nor at hand.
    pub(super) fn of(image: &Image<'_>) -> Self {
        let mut sorted = read(image).unwrap_or_default();
        sorted.sort_unstable();
        Self { sorted }
    }

    /// The function around `address`, where the image's own table of functions says that it starts at
    /// an export. A function between two exports has no name.
    pub(super) fn around(&self, image: &Image<'_>, address: u32) -> Option<(u32, String)> {
        let after = self.sorted.partition_point(|(start, _)| *start <= address);
        let (start, name) = *self.sorted.get(after.checked_sub(1)?)?;
        if part_around(image, address).ok()??.function != start {
            return None;
        }
        Some((start, name_at(image, name)?))
    }
}

/// Layout: `IMAGE_EXPORT_DIRECTORY`.
fn read(image: &Image<'_>) -> Option<Vec<(u32, u32)>> {
    let directory = image.directory(EXPORTS)?;
    let field = |at: u32| image.u32(directory.address.checked_add(at)?);
    let functions = field(20)?;
    let count = field(24)?.min(EXPORT_LIMIT);
    let (addresses, names, ordinals) = (field(28)?, field(32)?, field(36)?);
    let pair = |index: u32| {
        let name = image.u32(names.checked_add(index.checked_mul(4)?)?)?;
        let ordinal = u32::from(image.u16(ordinals.checked_add(index.checked_mul(2)?)?)?);
        if ordinal >= functions {
            return None;
        }
        let address = image.u32(addresses.checked_add(ordinal.checked_mul(4)?)?)?;
        Some((address, name))
    };
    Some((0..count).filter_map(pair).collect())
}

fn name_at(image: &Image<'_>, at: u32) -> Option<String> {
    let letter = |index: u32| {
        let mut byte = [0];
        image.read(at.checked_add(index)?, &mut byte).then_some(char::from(byte[0]))
    };
    let name: String =
        (0..NAME_LIMIT).map_while(letter).take_while(char::is_ascii_graphic).collect();
    (!name.is_empty()).then_some(name)
}
