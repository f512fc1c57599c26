//! Reports of `msinfo32`, as XML and as text.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use hvtriage_inventory::{InventoryFormat, identify, read_system_report};

fn utf16(text: &str) -> Vec<u8> {
    std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

type Row = (u64, bool, Vec<String>);

fn rows(bytes: &[u8]) -> Vec<Row> {
    assert_eq!(identify(bytes), Some(InventoryFormat::SystemReport));
    let mut found = Vec::new();
    let problems = read_system_report(bytes, |row| {
        found.push((row.number, row.is_summary, row.cells.to_vec()));
    });
    assert_eq!(problems, []);
    found
}

const XML: &str = "<?xml version=\"1.0\"?>\r\n<MsInfo>\r\n<Metadata><Version>8.0</Version></Metadata>\r\n\
    <Category name=\"System Summary\">\r\n\
    <Data><Item><![CDATA[OS Name]]></Item><Value><![CDATA[Microsoft Windows Server 2019]]></Value></Data>\r\n\
    <Data>\r\n<Item><![CDATA[Version]]></Item>\r\n<Value><![CDATA[10.0.17763 Build 17763]]></Value>\r\n</Data>\r\n\
    <Category name=\"Software Environment\"><Category name=\"System Drivers\">\r\n\
    <Data><Name><![CDATA[a&b]]></Name><Description>x &amp; y</Description><File/></Data>\r\n\
    </Category></Category></Category></MsInfo>";

#[test]
fn rows_of_xml() {
    let row = |number, is_summary, cells: &[&str]| {
        (number, is_summary, cells.iter().map(|cell| (*cell).to_owned()).collect())
    };
    let expected: Vec<Row> = vec![
        row(1, true, &["OS Name", "Microsoft Windows Server 2019"]),
        row(2, true, &["Version", "10.0.17763 Build 17763"]),
        row(3, false, &["a&b", "x & y", ""]),
    ];
    assert_eq!(rows(&utf16(XML)), expected);
    assert_eq!(rows(XML.as_bytes()), expected);
}

#[test]
fn rows_of_text() {
    let text = "System Information report written at: 01/16/26 12:22:42\r\nSystem Name: HV1\r\n\
        [System Summary]\r\n\r\nItem\tValue\t\r\nOS Name\tMicrosoft Windows Server 2019\t\r\n\
        Version\t10.0.17763 Build 17763\t\r\n[System Drivers]\r\n\r\nName\tDescription\tFile\t\r\n\
        acpi\t\tc:\\windows\\acpi.sys\t\r\n";
    let found = rows(&utf16(text));
    let (_, is_summary, cells) = found.last().unwrap();
    assert_eq!(
        (*is_summary, cells.as_slice()),
        (false, &["acpi", "", "c:\\windows\\acpi.sys"].map(String::from)[..])
    );
    assert_eq!(found.iter().filter(|(_, is_summary, _)| *is_summary).count(), 3);
    // In another language.
    let german = "Systeminformationsbericht erstellt am: 01/16/26\r\n[System\u{fc}bersicht]\r\n\r\n\
        Element\tWert\t\r\nBetriebsystemname\tMicrosoft Windows 10 Pro\t\r\n\
        Version\t10.0.15063 Build 15063\t\r\n";
    assert_eq!(rows(&utf16(german)).len(), 3);
}

#[test]
fn what_only_looks_like_a_report_is_none() {
    for text in [
        "<MsInfoX><Category name=\"System Summary\">",
        "[System Summary]\r\n\r\nItem\tValue\t\r\nOS Name\tMicrosoft Windows\t\r\n",
        "Version\t10.0.15063 Build 15063\t\r\n",
        "[a]\r\nVersion\t10.0.15063 Build 15064\t\r\n",
        "[a]\r\nVersion\t10.0.15063 Build 15063\tmore\t\r\n",
    ] {
        assert_eq!(identify(text.as_bytes()), None, "{text}");
    }
}

/// What is cut is told, and what stands before the cut is read.
#[test]
fn a_cut_report_is_read_as_far_as_it_goes() {
    let cut = XML.get(..XML.find("<Description>").unwrap()).unwrap();
    let mut found = Vec::new();
    let problems = read_system_report(cut.as_bytes(), |row| found.push(row.cells.to_vec()));
    assert_eq!(problems.len(), 1);
    assert_eq!(found.len(), 3);
    assert_eq!(found.last().unwrap(), &["a&b".to_owned()]);
}

#[test]
fn cells_and_their_number_have_a_limit() {
    let many = "<x>y</x>".repeat(1000);
    let long = "z".repeat(100_000);
    let xml = format!(
        "<MsInfo><Category><Data>{many}</Data><Data><a>{long}</a></Data></Category></MsInfo>"
    );
    let mut sizes = Vec::new();
    read_system_report(xml.as_bytes(), |row| {
        sizes.push((row.cells.len(), row.cells.iter().map(String::len).max().unwrap()));
    });
    assert_eq!(sizes, [(64, 1), (1, 16_384)]);
}
