//! Damage of binary logs that their own structure tells.

use hvtriage_eventlog::{LogFormat, LogProblem, identify};

use super::{CHUNK_BYTES, HEADER_BYTES, read, sample};

fn problems(bytes: &[u8]) -> Vec<LogProblem> {
    read(bytes).problems
}

/// A letter of a computer's name: nothing but the checksum tells.
#[test]
fn a_flipped_letter_is_told_by_the_checksum() {
    let mut bytes = sample();
    assert_eq!(problems(&bytes), []);
    let name: Vec<u8> = "WEB61".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let at = bytes.windows(name.len()).rposition(|window| window == name).unwrap();
    bytes[at] ^= 1;
    let found = problems(&bytes);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].at.0, (HEADER_BYTES + CHUNK_BYTES) as u64);
    assert!(found[0].message.contains("checksum"), "{found:?}");
    // The last chunk of a log that was open when it was copied need not be sealed.
    bytes[120] |= 1;
    assert_eq!(problems(&bytes), []);
}

/// The file header and the first chunk are zeroed; the second chunk is whole.
#[test]
fn a_log_is_known_by_any_chunk() {
    let chunk = &sample()[HEADER_BYTES..];
    let mut bytes = vec![0; HEADER_BYTES + CHUNK_BYTES];
    bytes.extend_from_slice(chunk);
    assert_eq!(identify(&bytes), Some(LogFormat::Evtx));
    assert!(!read(&bytes).events.is_empty());
    assert_eq!(identify(&vec![0; 1 << 20]), None);
}
