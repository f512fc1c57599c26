//! Writes message tables, manifests, PE files and `LocaleMetaData` files, as small as they can be.

pub(crate) enum Text<'a> {
    Utf16(&'a str),
    Ansi(&'a [u8]),
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    bytes[at..at + value.len()].copy_from_slice(value);
}

fn u32s(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// One block for each message.
pub(crate) fn message_table(messages: &[(u32, Text<'_>)]) -> Vec<u8> {
    let mut blocks = u32s(&[messages.len() as u32]);
    let mut entries = Vec::new();
    for (number, text) in messages {
        let at = 4 + 12 * messages.len() + entries.len();
        blocks.extend(u32s(&[*number, *number, at as u32]));
        let (mut text, flags) = match text {
            Text::Utf16(text) => (utf16(&format!("{text}\0")), 1_u16),
            Text::Ansi(text) => ([text, &b"\0"[..]].concat(), 0),
        };
        text.resize(text.len().next_multiple_of(4), 0);
        entries.extend((text.len() as u16 + 4).to_le_bytes());
        entries.extend(flags.to_le_bytes());
        entries.extend(text);
    }
    [blocks, entries].concat()
}

/// Shorthand for a table of UTF-16 texts.
pub(crate) fn texts(messages: &[(u32, &str)]) -> Vec<u8> {
    let messages: Vec<_> = messages.iter().map(|(id, text)| (*id, Text::Utf16(text))).collect();
    message_table(&messages)
}

pub(crate) enum Type {
    Messages,
    Manifest,
}

/// A 64-bit PE file that is all resources: each its type, its language and its data.
pub(crate) fn pe(resources: &[(Type, u32, Vec<u8>)]) -> Vec<u8> {
    const RAW: usize = 0x200;
    const ADDRESS: u32 = 0x1000;
    let count = resources.len();
    // Directory of types, then for each resource a directory of names, one of languages, and a data
    // entry; then the one name, then the data.
    let name_at = 16 + 8 * count + (24 + 24 + 16) * count;
    let mut tree = vec![0; name_at];
    tree.extend((13_u16).to_le_bytes());
    tree.extend(utf16("WEVT_TEMPLATE"));
    tree.resize(tree.len().next_multiple_of(4), 0);
    put(&mut tree, 14, &(count as u16).to_le_bytes());
    const DIRECTORY: u32 = 0x8000_0000;
    for (index, (kind, language, data)) in resources.iter().enumerate() {
        let names = 16 + 8 * count + 64 * index;
        let kind = match kind {
            Type::Messages => 11,
            Type::Manifest => DIRECTORY | name_at as u32,
        };
        put(&mut tree, 16 + 8 * index, &u32s(&[kind, DIRECTORY | names as u32]));
        put(&mut tree, names + 14, &[1]);
        put(&mut tree, names + 16, &u32s(&[1, DIRECTORY | (names as u32 + 24)]));
        put(&mut tree, names + 24 + 14, &[1]);
        put(&mut tree, names + 40, &u32s(&[*language, names as u32 + 48]));
        let address = ADDRESS + tree.len() as u32;
        put(&mut tree, names + 48, &u32s(&[address, data.len() as u32]));
        tree.extend(data);
        tree.resize(tree.len().next_multiple_of(4), 0);
    }
    let mut file = vec![0; RAW];
    put(&mut file, 0, b"MZ");
    put(&mut file, 0x3C, &[0x40]);
    put(&mut file, 0x40, b"PE\0\0");
    put(&mut file, 0x44, &[0x64, 0x86, 1, 0]);
    put(&mut file, 0x54, &[240, 0, 2, 0x20]);
    let optional = 0x58;
    put(&mut file, optional, &[0x0b, 0x02]);
    put(&mut file, optional + 32, &u32s(&[0x1000, RAW as u32]));
    put(&mut file, optional + 108, &u32s(&[16]));
    put(&mut file, optional + 128, &u32s(&[ADDRESS, tree.len() as u32]));
    let section = optional + 240;
    put(&mut file, section, b".rsrc");
    let size = tree.len() as u32;
    put(&mut file, section + 8, &u32s(&[size, ADDRESS, size, RAW as u32]));
    file.extend(tree);
    file
}

/// What a manifest says of an event.
pub(crate) struct Defined {
    pub(crate) id: u16,
    pub(crate) version: u8,
    pub(crate) message: u32,
}

/// A manifest of one provider: `name` is the number of its name; all events have a template of two
/// values, of which the first has a value map or, with `is_bits`, a bit map, and the level, opcode and
/// task whose messages are 101 to 103. Keyword 4 has message 104.
pub(crate) fn manifest(
    guid: [u8; 16],
    name: u32,
    events: &[Defined],
    map: &[(u32, u32)],
    is_bits: bool,
) -> Vec<u8> {
    let mut crim = b"CRIM\0\0\0\0\x03\0\x01\0\x01\0\0\0".to_vec();
    crim.extend(guid);
    crim.extend(u32s(&[36]));
    crim.extend(b"WEVT\0\0\0\0");
    crim.extend(u32s(&[name, 7, 0]));
    let elements = crim.len();
    crim.resize(elements + 7 * 8, 0);
    let mut starts = Vec::new();
    let mut element = |crim: &mut Vec<u8>, signature: &[u8], rest: &[u8]| {
        starts.push(crim.len() as u32);
        crim.extend(signature);
        crim.extend(u32s(&[8 + rest.len() as u32]));
        crim.extend(rest);
    };
    let definition = |crim: &[u8]| crim.len() as u32 + 12;
    let level = definition(&crim);
    element(&mut crim, b"LEVL", &u32s(&[1, 2, 101, 0]));
    let opcode = definition(&crim);
    element(&mut crim, b"OPCO", &u32s(&[1, 1 << 16, 102, 0]));
    let task = definition(&crim);
    element(&mut crim, b"TASK", &u32s(&[1, 1, 103, 0, 0, 0, 0, 0]));
    element(&mut crim, b"KEYW", &u32s(&[1, 4, 0, 104, 0]));
    let map_at = crim.len() as u32 + 16;
    let pairs: Vec<u32> = map.iter().flat_map(|(value, message)| [*value, *message]).collect();
    let signature = if is_bits { b"BMAP" } else { b"VMAP" };
    let size = 20 + 4 * pairs.len() as u32;
    let header = [u32s(&[1, map_at]), signature.to_vec(), u32s(&[size, 0, 0, map.len() as u32])];
    element(&mut crim, b"MAPS", &[header.concat(), u32s(&pairs)].concat());
    let template = crim.len() as u32 + 12;
    let items = u32s(&[0, 8, map_at, 0, 0, 0, 1, 0, 0, 0]);
    let fields = u32s(&[80, 2, 2, template + 40, 1, 0, 0, 0, 0]);
    element(&mut crim, b"TTBL", &[u32s(&[1]), b"TEMP".to_vec(), fields, items].concat());
    let mut rows = u32s(&[events.len() as u32, 0]);
    for event in events {
        rows.extend(event.id.to_le_bytes());
        rows.extend([event.version, 0, 2, 1, 1, 0]);
        rows.extend(4_u64.to_le_bytes());
        rows.extend(u32s(&[event.message, template, opcode, level, task, 0, 0, 0]));
    }
    element(&mut crim, b"EVNT", &rows);
    for (index, start) in starts.iter().enumerate() {
        put(&mut crim, elements + 8 * index, &u32s(&[*start, 0]));
    }
    let size = crim.len() as u32;
    put(&mut crim, 4, &u32s(&[size]));
    crim
}

/// A `LocaleMetaData` file of sections that have one page each.
pub(crate) fn mta(sections: [(&str, &[Vec<u8>]); 3]) -> Vec<u8> {
    let mut file = b"MTAFile\0".to_vec();
    file.extend(u32s(&[1, 1, 0, 3]));
    let mut at = 24 + 3 * 26;
    let mut bodies = Vec::new();
    for (name, records) in sections {
        let mut body = vec![0; 888];
        put(&mut body, 0, &[0xff; 4]);
        for (index, payload) in records.iter().enumerate() {
            let offset = body.len() as u64;
            put(&mut body, 88 + 8 * index, &offset.to_le_bytes());
            body.extend(u32s(&[index as u32, payload.len() as u32]));
            body.extend(payload);
        }
        file.extend((at as u64).to_le_bytes());
        file.extend((body.len() as u64).to_le_bytes());
        file.extend(u32s(&[6]));
        file.extend(utf16(name));
        at += body.len();
        bodies.extend(body);
    }
    file.extend(bodies);
    file
}

/// A string of a `LocaleMetaData` file.
pub(crate) fn mta_text(text: &str) -> Vec<u8> {
    let text = utf16(&format!("{text}\0"));
    [u32s(&[text.len() as u32]), text].concat()
}

/// An event of it.
pub(crate) fn mta_event(record_id: u64, text: u64) -> Vec<u8> {
    [record_id.to_le_bytes(), text.to_le_bytes()].concat()
}

/// A provider of it, with names for some of its levels, tasks, opcodes and keywords.
pub(crate) fn mta_provider(name: &str, tables: [&[(u32, u32)]; 4]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for table in tables {
        bytes.extend(u32s(&[table.len() as u32]));
        bytes.extend(table.iter().flat_map(|(value, text)| u32s(&[*value, *text])));
    }
    let name = utf16(name);
    [bytes, u32s(&[name.len() as u32]), name].concat()
}
