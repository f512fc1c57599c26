//! Exports of the registry.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a panic is how a test fails"
)]

use hvtriage_inventory::{InventoryFormat, RegistryData, identify, read_registry};

type Told = (String, String, Option<RegistryData>);

fn read(text: &str) -> (Vec<Told>, usize) {
    let mut values = Vec::new();
    assert_eq!(identify(text.as_bytes()), Some(InventoryFormat::Registry));
    let problems = read_registry(text.as_bytes(), |entry| {
        let at = usize::try_from(entry.offset.0).unwrap();
        assert!(text[at..].starts_with(['"', '@']), "{:?}", &text[at..]);
        values.push((entry.key.to_owned(), entry.name(), entry.data()));
    });
    let mut bytes = vec![0xff, 0xfe];
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    let mut wide = Vec::new();
    assert_eq!(identify(&bytes), Some(InventoryFormat::Registry));
    let of_wide = read_registry(&bytes, |entry| {
        wide.push((entry.key.to_owned(), entry.name(), entry.data()));
    });
    assert_eq!(wide, values);
    assert_eq!(of_wide.len(), problems.len());
    (values, problems.len())
}

/// Bytes of UTF-16 as regedit writes them.
fn hex(text: &str) -> String {
    let bytes = text.encode_utf16().flat_map(u16::to_le_bytes);
    bytes.map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(",")
}

#[test]
fn values_of_every_type() {
    let list = hex("one\0two\0\0");
    // Regedit breaks lines behind a comma.
    let (first, rest) = list.split_at(24);
    let text = format!(
        "Windows Registry Editor Version 5.00\r\n\r\n\
         [HKEY_LOCAL_MACHINE\\SOFTWARE\\A]\r\n@=\"default\"\r\n\
         \"Path\"=\"C:\\\\Program Files\\\\\\\"x\\\"\"\r\n\
         \"Number\"=dword:0000000a\r\n\"Large\"=hex(b):00,00,00,00,01,00,00,00\r\n\
         \"List\"=hex(7):{first}\\\r\n  {rest}\r\n\"Expand\"=hex(2):{}\r\n\
         \"Bytes\"=hex:0a,ff\r\n\"None\"=hex(0):\r\n\"Lines\"=\"a\r\nb\"\r\n\"Gone\"=-\r\n\
         \"semi;colon=\"=\"x\"\r\n; a comment\r\n\r\n[-HKEY_LOCAL_MACHINE\\SOFTWARE\\B]\r\n\
         \"Under\"=\"a key that is deleted\"\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\C[1]]\r\n\"X\"=\"\"\r\n",
        hex("%SystemRoot%\0")
    );
    let (values, problems) = read(&text);
    assert_eq!(problems, 0);
    let a = "HKEY_LOCAL_MACHINE\\SOFTWARE\\A";
    let text = |text: &str| RegistryData::Text(text.into());
    let expected = [
        ("", text("default")),
        ("Path", text("C:\\Program Files\\\"x\"")),
        ("Number", RegistryData::Number(10)),
        ("Large", RegistryData::Number(1 << 32)),
        ("List", RegistryData::Texts(vec!["one".into(), "two".into()])),
        ("Expand", text("%SystemRoot%")),
        ("Bytes", RegistryData::Binary(vec![0x0a, 0xff])),
        ("None", RegistryData::Binary(Vec::new())),
        ("Lines", text("a\r\nb")),
        ("semi;colon=", text("x")),
    ];
    for (value, (name, data)) in values.iter().zip(&expected) {
        assert_eq!(value, &(a.to_owned(), (*name).to_owned(), Some(data.clone())));
    }
    assert_eq!(values.len(), expected.len() + 1);
    let last = ("HKEY_LOCAL_MACHINE\\SOFTWARE\\C[1]".into(), "X".into(), Some(text("")));
    assert_eq!(values.last(), Some(&last));
}

#[test]
fn the_older_form_writes_bytes_of_a_code_page() {
    let (values, problems) = read(
        "REGEDIT4\r\n\r\n[HKEY_LOCAL_MACHINE\\A]\r\n\"E\"=hex(2):25,78,25,00\r\n\
         \"L\"=hex(7):61,00,62,00,00\r\n",
    );
    assert_eq!(problems, 0);
    assert_eq!(values[0].2, Some(RegistryData::Text("%x%".into())));
    assert_eq!(values[1].2, Some(RegistryData::Texts(vec!["a".into(), "b".into()])));
}

#[test]
fn damage_is_told_and_the_rest_is_read() {
    let (values, problems) = read(
        "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\A]\r\n\
         \"Open\"=\"no end\r\n\r\n[HKEY_LOCAL_MACHINE\\B]\r\n\"Odd\"=dword:zz\r\nnonsense\r\n\
         \"Good\"=dword:00000001\r\n\"NoData\"=\r\n\"Cut\"=hex(7):61,\\\r\n",
    );
    let told: Vec<_> = values
        .iter()
        .map(|(key, name, data)| (&key[19..], name.as_str(), data.is_some()))
        .collect();
    assert_eq!(
        told,
        [("A", "Open", false), ("B", "Odd", false), ("B", "Good", true), ("B", "Cut", true)]
    );
    assert_eq!(problems, 3);
    assert_eq!(values[2].2, Some(RegistryData::Number(1)));
}
