//! The string table of a chunk: every element and attribute name once, found by its hash.

use super::bytes::Bytes;

/// Buckets of the table, each with the offset of the name that was added last.
const BUCKETS: usize = 64;
/// Where the table stands in the chunk header.
const TABLE_OFFSET: usize = 128;

/// Names that a chunk holds already, with their offsets.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    known: Vec<(String, u32)>,
}

impl Names {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    /// Forgets all names but the first `len`.
    pub(super) fn cut_to(&mut self, len: usize) {
        self.known.truncate(len);
    }

    /// Writes a reference to a name; the name itself follows when the chunk meets it first.
    pub(super) fn write(&mut self, chunk: &mut Bytes, name: &str) {
        if let Some((_, offset)) = self.known.iter().find(|(known, _)| known == name) {
            chunk.u32(*offset);
            return;
        }
        let offset = chunk.at() as u32 + 4;
        let hash = hash(name);
        let bucket = usize::from(hash) % BUCKETS;
        let next = self.last_in(bucket);
        chunk.u32(offset);
        chunk.u32(next);
        chunk.u16(hash);
        chunk.counted_utf16(name);
        chunk.u16(0);
        chunk.overwrite(TABLE_OFFSET + bucket * 4, &offset.to_le_bytes());
        self.known.push((name.to_owned(), offset));
    }

    /// Offset of the name that was added last to a bucket, 0 when it is empty.
    fn last_in(&self, bucket: usize) -> u32 {
        let mut of_bucket =
            self.known.iter().rev().filter(|(name, _)| usize::from(hash(name)) % BUCKETS == bucket);
        of_bucket.next().map_or(0, |(_, offset)| *offset)
    }
}

/// The low half of the hash of a name: each UTF-16 unit added to 65,599 times the sum so far.
fn hash(name: &str) -> u16 {
    name.encode_utf16()
        .fold(0_u32, |sum, unit| sum.wrapping_mul(65_599).wrapping_add(u32::from(unit))) as u16
}

#[cfg(test)]
mod tests {
    use super::hash;

    #[test]
    fn hashes_of_a_real_log() {
        // Read from a System log of Windows 10.
        for (name, expected) in
            [("Event", 0x0CBA), ("System", 0x546F), ("EventData", 0x8244), ("Qualifiers", 0xDA29)]
        {
            assert_eq!(hash(name), expected, "{name}");
        }
    }
}
