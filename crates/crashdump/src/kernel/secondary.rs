//! Data that drivers and the writer put behind the dump proper, each piece under a GUID.

use hvtriage_winfmt::{Bytes, FileOffset, Guid};

use super::problems::Problems;
use crate::report::SecondaryData;

/// Bytes of the header of the whole, and of each piece.
const FILE_HEADER: u64 = 0x10;
const PIECE_HEADER: u64 = 0x20;
/// More pieces than any writer collects; real dumps have 18 to 40.
const PIECE_LIMIT: usize = 4096;

/// The pieces that stand from `at` on, where the dump proper ends; none when no mark is there.
///
/// A writer that reserves more room than it needs leaves zeros behind the last piece, so the list
/// ends at the first header that does not give its own size.
pub(super) fn read(file: Bytes<'_>, at: FileOffset, problems: &mut Problems) -> Vec<SecondaryData> {
    let whole = file.tail(at.0);
    let mut pieces = Vec::new();
    if !stand_at(file, at) {
        return pieces;
    }
    let mut next = FILE_HEADER;
    while let Some(header) = Header::read(whole.tail(next)) {
        let data_at = next.saturating_add(PIECE_HEADER).saturating_add(header.pad_before);
        let left = whole.tail(data_at).len();
        if header.size > left {
            let message =
                format!("{left} of {} bytes of secondary data are in the file", header.size);
            problems.add(whole.file_offset(next), message);
        }
        if pieces.len() >= PIECE_LIMIT {
            let message = format!("{PIECE_LIMIT} pieces of secondary data are read, and no more");
            problems.add(whole.file_offset(next), message);
            break;
        }
        pieces.push(SecondaryData {
            name: name_of(&header.guid.to_string()),
            guid: header.guid,
            at: whole.file_offset(data_at),
            size_bytes: header.size.min(left),
        });
        next = data_at.saturating_add(header.size).saturating_add(header.pad_after);
    }
    pieces
}

/// Whether pieces begin at `at`.
pub(super) fn stand_at(file: Bytes<'_>, at: FileOffset) -> bool {
    file.tail(at.0).as_slice().starts_with(b"DumpBlob")
}

struct Header {
    guid: Guid,
    size: u64,
    pad_before: u64,
    pad_after: u64,
}

impl Header {
    fn read(bytes: Bytes<'_>) -> Option<Self> {
        let number = |at: u64| bytes.u32_at(at, "secondary data").ok().map(u64::from);
        let is_header = number(0)? == PIECE_HEADER;
        let header = Self {
            guid: bytes.guid_at(4, "secondary data").ok()?,
            size: number(0x14)?,
            pad_before: number(0x18)?,
            pad_after: number(0x1C)?,
        };
        is_header.then_some(header)
    }
}

/// Names of pieces, as far as public sources give them.
const NAMES: [(&str, &str); 19] = [
    ("00afe9c4-940d-4213-8016-cd3719b5bc20", "NTFS black box"),
    ("00dae7ca-6833-45c5-b147-bdaed7b61fd6", "Hyper-V diagnostic log"),
    ("270a33fd-3da6-460d-ba89-3c1bae21e39b", "graphics kernel"),
    ("2b88b710-1c93-4f7c-b06c-655ecc50decc", "event tracing buffers"),
    ("4ee76bd8-3cf4-44a0-a0ac-3937643e37a3", "code integrity"),
    ("54c84888-01d1-4c1e-bed6-282c98241303", "driver framework log"),
    ("65755a40-f146-43ea-8c91-36b85728fd35", "crash dump driver"),
    ("6c7ac389-4313-47dc-9f34-a8800a0fb56c", "processor and BIOS registry values"),
    ("80cc79cf-a719-4af1-bf97-fe29ff76ebc1", "Winlogon black box"),
    ("9276c055-eb87-425c-b8b5-04e4d247f6cd", "PCI configuration"),
    ("b0692a5e-6b7b-4073-8a7c-604e35032970", "secure kernel crash data"),
    ("b7631941-532a-4cd6-b1b1-edb5917d4557", "Plug and Play black box"),
    ("bc5c008f-1e3a-44d7-988d-86f6884c6758", "SMBIOS tables"),
    ("c939c73b-17dc-4a44-904c-e2d987f52649", "paging device"),
    ("d03dc06f-d88e-44c5-ba2a-fae035172d19", "processor registers"),
    ("da82441d-7142-4bc1-b844-0807c5a4b67f", "storage dump device"),
    ("e83b40d2-b0a0-4842-abea-71c9e3463dd1", "ACPI tables"),
    ("f57308df-cc45-4e01-ad76-29a4ebb010ec", "boot status data"),
    ("f87e4a4c-c5a1-4d2f-bff0-d5de63a5e4c3", "driver framework clients"),
];

fn name_of(guid: &str) -> Option<&'static str> {
    NAMES.iter().find(|(known, _)| *known == guid).map(|(_, name)| *name)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests {
    use super::*;

    const SMBIOS: [u8; 16] = [
        0x8f, 0, 0x5c, 0xbc, 0x3a, 0x1e, 0xd7, 0x44, 0x98, 0x8d, 0x86, 0xf6, 0x88, 0x4c, 0x67, 0x58,
    ];

    fn piece(file: &mut Vec<u8>, guid: [u8; 16], data: &[u8], pads: (u32, u32), size: u32) {
        file.extend_from_slice(&0x20_u32.to_le_bytes());
        file.extend_from_slice(&guid);
        for number in [size, pads.0, pads.1] {
            file.extend_from_slice(&number.to_le_bytes());
        }
        file.extend(std::iter::repeat_n(0xEE, pads.0 as usize));
        file.extend_from_slice(data);
        file.extend(std::iter::repeat_n(0xEE, pads.1 as usize));
    }

    fn file() -> Vec<u8> {
        let mut file = b"12345678DumpBlob\x10\0\0\0\x61\x4a\0\xf0".to_vec();
        piece(&mut file, SMBIOS, b"table", (3, 2), 5);
        piece(&mut file, [0; 16], b"", (0, 0), 0);
        piece(&mut file, [7; 16], b"abcd", (0, 0), 4);
        file
    }

    #[test]
    fn pieces_are_listed_with_their_place() {
        let mut file = file();
        let end = file.len();
        for padding in [0, 100] {
            file.resize(end + padding, 0);
            let mut problems = Problems::default();
            let pieces = read(Bytes::new(&file), FileOffset(8), &mut problems);
            assert!(problems.into_vec().is_empty());
            let text = |piece: &SecondaryData| {
                let start = piece.at.0 as usize;
                file[start..start + piece.size_bytes as usize].to_vec()
            };
            let found: Vec<_> = pieces.iter().map(|piece| (piece.name, text(piece))).collect();
            let expected = [
                (Some("SMBIOS tables"), b"table".to_vec()),
                (None, Vec::new()),
                (None, b"abcd".to_vec()),
            ];
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_piece_that_the_file_cuts_is_listed_as_far_as_it_is_there() {
        let file = file();
        let mut problems = Problems::default();
        let pieces = read(Bytes::new(&file[..file.len() - 1]), FileOffset(8), &mut problems);
        assert_eq!((pieces.len(), pieces[2].size_bytes), (3, 3));
        let problems = problems.into_vec();
        assert_eq!(problems[0].message, "3 of 4 bytes of secondary data are in the file");
        assert!(read(Bytes::new(&file), FileOffset(9), &mut Problems::default()).is_empty());
        assert!(read(Bytes::new(&file), FileOffset(u64::MAX), &mut Problems::default()).is_empty());
    }

    /// 5000 pieces without data.
    #[test]
    fn the_number_of_pieces_is_bounded() {
        let mut file = b"DumpBlob\x10\0\0\0\0\0\0\0".to_vec();
        for _ in 0..5000 {
            piece(&mut file, [1; 16], b"", (0, 0), 0);
        }
        let mut problems = Problems::default();
        assert_eq!(read(Bytes::new(&file), FileOffset(0), &mut problems).len(), PIECE_LIMIT);
        assert_eq!(problems.into_vec().len(), 1);
    }
}
