//! The SMBIOS tables that the writer of a dump keeps: who made the machine, and what it calls itself.
//!
//! Layout: `RawSMBIOSData` as `GetSystemFirmwareTable` gives it, then structures by the SMBIOS
//! specification (DMTF DSP0134), sections 6.1 and 7.1 to 7.3.

use hvtriage_winfmt::{Bytes, Guid};

use crate::report::{Firmware, SecondaryData};

/// The piece of secondary data that holds the tables.
pub(super) const NAME: &str = "SMBIOS tables";
/// More structures than any machine has; real ones have 20 to 100.
const STRUCTURE_LIMIT: usize = 1024;
/// Characters of a text that are kept.
const TEXT_LIMIT: usize = 256;

/// What the firmware says, from the piece of `pieces` that holds its tables.
pub(super) fn of(file: Bytes<'_>, pieces: &[SecondaryData]) -> Option<Firmware> {
    let piece = pieces.iter().find(|piece| piece.name == Some(NAME))?;
    let tables = file.slice_at(piece.at.0, piece.size_bytes, NAME).ok()?;
    read(tables)
}

/// What `tables` say; `None` where no structure of them names the machine, its board or its BIOS.
fn read(tables: Bytes<'_>) -> Option<Firmware> {
    const HEADER_BYTES: u64 = 8;
    let size = u64::from(tables.u32_at(4, "RawSMBIOSData.Length").ok()?);
    let room = tables.len().checked_sub(HEADER_BYTES)?;
    let table = tables.slice_at(HEADER_BYTES, size.min(room), NAME).ok()?;
    let mut firmware = Firmware { at: tables.file_offset(0), ..Firmware::default() };
    let blank = firmware.clone();
    // The first of a kind is that of the machine; blades and docks add more boards.
    let mut seen = [false; 3];
    let structures = Structures { rest: table.as_slice() };
    for structure in structures.take(STRUCTURE_LIMIT) {
        let is_new = seen.get_mut(usize::from(structure.kind));
        if is_new.is_none_or(|seen| std::mem::replace(seen, true)) {
            continue;
        }
        match structure.kind {
            BIOS => {
                firmware.bios_vendor = structure.text(4);
                firmware.bios_version = structure.text(5);
                firmware.bios_date = structure.text(8);
            }
            SYSTEM => {
                firmware.manufacturer = structure.text(4);
                firmware.product = structure.text(5);
                firmware.version = structure.text(6);
                firmware.serial = structure.text(7);
                firmware.uuid = structure.uuid(8);
            }
            _ => {
                firmware.board_manufacturer = structure.text(4);
                firmware.board_product = structure.text(5);
            }
        }
    }
    (firmware != blank).then_some(firmware)
}

const BIOS: u8 = 0;
const SYSTEM: u8 = 1;

/// A structure: fields of fixed places, some of which are numbers of the texts behind them.
struct Structure<'a> {
    kind: u8,
    fields: &'a [u8],
    texts: &'a [u8],
}

impl Structure<'_> {
    /// The text whose number stands at `offset`; 0 means none.
    fn text(&self, offset: usize) -> Option<String> {
        let number = usize::from(*self.fields.get(offset)?).checked_sub(1)?;
        let text = self.texts.split(|byte| *byte == 0).nth(number)?;
        let text: String = String::from_utf8_lossy(text).trim().chars().take(TEXT_LIMIT).collect();
        (!text.is_empty()).then_some(text)
    }

    /// An id of zeros or of ones is none.
    fn uuid(&self, offset: usize) -> Option<Guid> {
        let bytes = *self.fields.get(offset..)?.first_chunk::<16>()?;
        let is_blank = bytes == [0; 16] || bytes == [0xFF; 16];
        (!is_blank).then(|| Guid::from_bytes_le(bytes))
    }
}

/// The structures of a table, up to its end or to the first that is cut.
struct Structures<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Structures<'a> {
    type Item = Structure<'a>;

    fn next(&mut self) -> Option<Structure<'a>> {
        const HEADER_BYTES: u8 = 4;
        const END_OF_TABLE: u8 = 127;
        let [kind, size, ..] = *self.rest else { return None };
        if size < HEADER_BYTES || kind == END_OF_TABLE {
            return None;
        }
        let (fields, behind) = self.rest.split_at_checked(usize::from(size))?;
        // Texts end with an empty one; a structure without texts has two zeros there, too.
        let end = behind.windows(2).position(|pair| pair == [0, 0])?;
        let (texts, rest) = behind.split_at_checked(end)?;
        self.rest = rest.get(2..)?;
        Some(Structure { kind, fields, texts })
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "an overflow fails the test")]
mod tests {
    use super::*;

    /// The structures of a virtual machine, by the specification's tables; the id is
    /// 33221100-5544-7766-8899-AABBCCDDEEFF, the example of its section 7.2.1.
    fn tables() -> Vec<u8> {
        let mut table = vec![0, 0x14, 0, 0, 1, 2, 0, 0xF0, 3];
        table.resize(0x14, 0);
        table.extend(b"American Megatrends Inc.\x00090006 \x0005/23/2012\0\0");
        table.extend([1, 0x1B, 1, 0, 1, 2, 3, 4]);
        table.extend((0..16).map(|index| index * 0x11_u8));
        table.extend([6, 0, 0]);
        table.extend(b"Microsoft Corporation\0Virtual Machine\x007.0\x001234-5678\0\0");
        table.extend([13, 6, 2, 0, 0, 0, 0, 0]); // no texts
        table.extend(b"\x02\x08\x03\0\x01\x02\0\0Board maker\0Board\0\0");
        table.extend(b"\x02\x08\x04\0\x01\x01\0\0Another\0\0");
        table.extend([127, 4, 5, 0, 0, 0]);
        table.extend(b"\0\x14rubbish");
        with_header(&table)
    }

    fn with_header(table: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0, 2, 3, 0];
        bytes.extend((table.len() as u32).to_le_bytes());
        bytes.extend(table);
        bytes
    }

    #[test]
    fn a_virtual_machine_is_told_by_its_tables() {
        let firmware = read(Bytes::new(&tables())).unwrap();
        let text = |text: &str| Some(text.to_owned());
        let expected = Firmware {
            manufacturer: text("Microsoft Corporation"),
            product: text("Virtual Machine"),
            version: text("7.0"),
            serial: text("1234-5678"),
            uuid: "33221100-5544-7766-8899-aabbccddeeff".parse().ok(),
            board_manufacturer: text("Board maker"),
            board_product: text("Board"),
            bios_vendor: text("American Megatrends Inc."),
            bios_version: text("090006"),
            bios_date: text("05/23/2012"),
            ..Firmware::default()
        };
        assert!(expected.uuid.is_some());
        assert_eq!(firmware, expected);
        assert!(firmware.is_hyper_v_guest());
        assert_eq!(
            firmware.to_string(),
            "Microsoft Corporation Virtual Machine 7.0, board Board maker Board, \
             BIOS American Megatrends Inc. 090006 05/23/2012"
        );
    }

    #[test]
    fn a_blank_id_and_numbers_of_texts_that_are_not_there_are_none() {
        for blank in [0, 0xFF] {
            let mut table = vec![1, 0x1B, 1, 0, 1, 200, 0, 2];
            table.extend([blank; 16]);
            table.extend(b"\x06\0\0Maker\0\0");
            let firmware = read(Bytes::new(&with_header(&table))).unwrap();
            let found = (firmware.manufacturer.as_deref(), firmware.product, firmware.version);
            assert_eq!(found, (Some("Maker"), None, None));
            assert_eq!((firmware.serial, firmware.uuid), (None, None));
        }
        // Version 2.0 of the specification has no id: the structure ends before.
        let old = with_header(b"\x01\x08\x01\0\x01\x01\0\0Maker\0\0");
        assert_eq!(read(Bytes::new(&old)).unwrap().uuid, None);
    }

    /// Cut or with lengths that cannot be, the tables tell what stands before.
    #[test]
    fn damaged_tables_end_where_the_damage_is() {
        let whole = tables();
        for cut in 0..whole.len() {
            let firmware = read(Bytes::new(&whole[..cut]));
            let maker = firmware.and_then(|it| it.manufacturer);
            assert!(maker.is_none_or(|maker| maker == "Microsoft Corporation"), "cut at {cut}");
        }
        let mut short = whole.clone();
        short[9] = 3;
        assert_eq!(read(Bytes::new(&short)), None);
        let mut long = whole;
        long[9] = 0xFF;
        assert_eq!(read(Bytes::new(&long)).and_then(|it| it.bios_vendor), None);
    }
}
