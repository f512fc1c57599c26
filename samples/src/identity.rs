//! GUIDs and SIDs from text to the bytes that Windows stores.

/// The 16 bytes of a GUID written as `XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX`, braces allowed: the
/// first three groups are little-endian numbers. Anything that is no hex digit is passed over.
#[must_use]
pub fn guid_bytes(text: &str) -> [u8; 16] {
    let digits: Vec<u8> = text.chars().filter_map(|c| c.to_digit(16)).map(|d| d as u8).collect();
    let mut shown = [0; 16];
    for (byte, pair) in shown.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = pair.iter().fold(0, |sum, digit| sum << 4 | digit);
    }
    let [a, b, c, d, e, f, g, h, rest @ ..] = shown;
    let [i, j, k, l, m, n, o, p] = rest;
    [d, c, b, a, f, e, h, g, i, j, k, l, m, n, o, p]
}

/// The bytes of a SID written as `S-1-A-S1-S2...`: revision, count of sub-authorities, the
/// authority as 48-bit big-endian number, the sub-authorities as 32-bit little-endian numbers.
#[must_use]
pub fn sid_bytes(text: &str) -> Vec<u8> {
    let mut numbers = text.split('-').skip(1).filter_map(|part| part.parse::<u64>().ok());
    let revision = numbers.next().unwrap_or(1);
    let authority = numbers.next().unwrap_or(0);
    let parts: Vec<u32> = numbers.filter_map(|part| u32::try_from(part).ok()).collect();
    let mut bytes = vec![revision as u8, parts.len() as u8];
    bytes.extend(authority.to_be_bytes().into_iter().skip(2));
    for part in parts {
        bytes.extend(part.to_le_bytes());
    }
    bytes
}

/// The SID under which the worker process of a virtual machine runs: `S-1-5-83-1-` and the four
/// 32-bit words of the machine's id.
#[must_use]
pub fn machine_sid(machine_id: &str) -> String {
    let mut sid = String::from("S-1-5-83-1");
    for word in guid_bytes(machine_id).chunks_exact(4) {
        let word = word.iter().rev().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
        sid.push_str(&format!("-{word}"));
    }
    sid
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guid_groups_are_little_endian() {
        assert_eq!(
            guid_bytes("{331c3b3a-2005-44c2-ac5e-77220c37d6b4}"),
            [
                0x3a, 0x3b, 0x1c, 0x33, 0x05, 0x20, 0xc2, 0x44, 0xac, 0x5e, 0x77, 0x22, 0x0c, 0x37,
                0xd6, 0xb4
            ]
        );
    }

    #[test]
    fn local_system() {
        assert_eq!(sid_bytes("S-1-5-18"), [1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0]);
    }

    #[test]
    fn sid_of_a_real_machine() {
        // From a real record of a Windows 11 host.
        assert_eq!(
            machine_sid("D9E0EB0A-5B37-508E-9173-67E9ADE83ACF"),
            "S-1-5-83-1-3655396106-1351506743-3915871121-3476744365"
        );
    }
}
