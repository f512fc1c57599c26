//! CRC-32 as Ethernet and zlib compute it; the checksum of file header, chunk header and records.

/// What a byte does to the sum.
const TABLE: [u32; 256] = table();

/// CRC-32 of the parts as if they stood one after the other.
#[must_use]
pub fn crc32(parts: &[&[u8]]) -> u32 {
    let mut sum = u32::MAX;
    for byte in parts.iter().flat_map(|part| part.iter()) {
        let [low, ..] = sum.to_le_bytes();
        sum = sum >> 8 ^ TABLE.get(usize::from(low ^ byte)).copied().unwrap_or_default();
    }
    !sum
}

#[allow(clippy::indexing_slicing, reason = "the index is below the length of the array")]
const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut sum = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            sum = if sum & 1 == 1 { sum >> 1 ^ 0xEDB8_8320 } else { sum >> 1 };
            bit += 1;
        }
        table[byte] = sum;
        byte += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::crc32;

    #[test]
    fn check_value_of_the_standard() {
        assert_eq!(crc32(&[b"1234", b"56789"]), 0xCBF4_3926);
    }
}
