//! Inventories as PowerShell, WMI and the registry editor write them.

use std::fmt::Write as _;

/// A value of a property.
#[derive(Clone, Copy, Debug)]
pub enum Cell {
    /// Text.
    Text(&'static str),
    /// An id.
    Id(&'static str),
    /// A version of four parts.
    Version(&'static str),
    /// A span of whole seconds.
    Seconds(u64),
    /// A member of an enumeration: its class, name and number.
    Member(&'static str, &'static str, i32),
    /// Nothing.
    Nothing,
}

/// An object: its properties by name.
pub type Object = Vec<(&'static str, Cell)>;

/// UTF-16, little-endian, with a byte order mark: what a redirection of Windows PowerShell gives.
#[must_use]
pub fn utf16(text: &str) -> Vec<u8> {
    std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

/// `Export-Clixml` of objects of one class and the classes that it derives from.
#[must_use]
pub fn clixml(classes: &[&str], objects: &[Object]) -> String {
    let mut text = String::from(
        "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\r\n",
    );
    let mut number = 0;
    let mut known: Vec<&str> = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        let _ = write!(text, "  <Obj RefId=\"{number}\">\r\n");
        number += 1;
        if index == 0 {
            text.push_str("    <TN RefId=\"0\">\r\n");
            for class in classes {
                let _ = write!(text, "      <T>{class}</T>\r\n");
            }
            text.push_str("    </TN>\r\n");
        } else {
            text.push_str("    <TNRef RefId=\"0\" />\r\n");
        }
        text.push_str("    <Props>\r\n");
        for (name, cell) in object {
            text.push_str("      ");
            match cell {
                Cell::Text(value) => element(&mut text, "S", name, value),
                Cell::Id(value) => element(&mut text, "G", name, value),
                Cell::Version(value) => element(&mut text, "Version", name, value),
                Cell::Seconds(seconds) => {
                    let [hours, minutes, seconds] =
                        [seconds / 3600, seconds / 60 % 60, seconds % 60];
                    let span = format!("PT{hours}H{minutes}M{seconds}S");
                    element(&mut text, "TS", name, &span);
                }
                Cell::Member(class, value, code) => {
                    let _ = write!(text, "<Obj N=\"{name}\" RefId=\"{number}\">");
                    number += 1;
                    match known.iter().position(|one| one == class) {
                        Some(place) => {
                            let _ = write!(text, "<TNRef RefId=\"{}\" />", place + 1);
                        }
                        None => {
                            known.push(class);
                            let _ = write!(
                                text,
                                "<TN RefId=\"{}\"><T>{class}</T><T>System.Enum</T></TN>",
                                known.len()
                            );
                        }
                    }
                    let _ = write!(text, "<ToString>{value}</ToString><I32>{code}</I32></Obj>");
                }
                Cell::Nothing => {
                    let _ = write!(text, "<Nil N=\"{name}\" />");
                }
            }
            text.push_str("\r\n");
        }
        text.push_str("    </Props>\r\n  </Obj>\r\n");
    }
    text.push_str("</Objs>");
    text
}

fn element(text: &mut String, kind: &str, name: &str, value: &str) {
    let _ = write!(text, "<{kind} N=\"{name}\">{}</{kind}>", escaped(value));
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A value as text.
fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Text(value) | Cell::Id(value) | Cell::Version(value) | Cell::Member(_, value, _) => {
            (*value).to_owned()
        }
        Cell::Seconds(seconds) => {
            let [days, hours] = [seconds / 86_400, seconds / 3600 % 24];
            let rest = format!("{hours:02}:{:02}:{:02}", seconds / 60 % 60, seconds % 60);
            if days == 0 { rest } else { format!("{days}.{rest}") }
        }
        Cell::Nothing => String::new(),
    }
}

/// `Export-Csv` of objects of one class.
#[must_use]
pub fn csv(class: &str, objects: &[Object]) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut text = format!("#TYPE {class}\r\n");
    let names = objects.first().into_iter().flatten().map(|(name, _)| quoted(name));
    text.push_str(&names.collect::<Vec<_>>().join(","));
    text.push_str("\r\n");
    for object in objects {
        let values = object.iter().map(|(_, cell)| match cell {
            Cell::Nothing => String::new(),
            cell => quoted(&shown(cell)),
        });
        text.push_str(&values.collect::<Vec<_>>().join(","));
        text.push_str("\r\n");
    }
    text
}

/// `Format-List *` of objects.
#[must_use]
pub fn list(objects: &[Object]) -> String {
    let mut text = String::from("\r\n\r\n");
    for object in objects {
        let width = object.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
        for (name, cell) in object {
            let line = format!("{name:<width$} : {}", shown(cell));
            text.push_str(line.trim_end());
            text.push_str("\r\n");
        }
        text.push_str("\r\n");
    }
    text.push_str("\r\n\r\n");
    text
}

/// What a guest tells, as the array of `GuestIntrinsicExchangeItems` prints it: an instance a line.
#[must_use]
pub fn exchange_items(pairs: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, data) in pairs {
        let inherited = |name: &str| {
            format!("<PROPERTY NAME=\"{name}\" PROPAGATED=\"true\" TYPE=\"string\"></PROPERTY>")
        };
        let own = |name: &str, kind: &str, value: &str| {
            let value = escaped(value);
            format!("<PROPERTY NAME=\"{name}\" TYPE=\"{kind}\"><VALUE>{value}</VALUE></PROPERTY>")
        };
        text.push_str("<INSTANCE CLASSNAME=\"Msvm_KvpExchangeDataItem\">");
        text.push_str(&inherited("Caption"));
        text.push_str(&own("Data", "string", data));
        text.push_str(&inherited("Description"));
        text.push_str(&inherited("ElementName"));
        text.push_str(&own("Name", "string", name));
        text.push_str(&own("Source", "uint16", "2"));
        text.push_str("</INSTANCE>\r\n");
    }
    text
}

/// Data of a value of the registry.
#[derive(Clone, Copy, Debug)]
pub enum Data {
    /// `REG_SZ`.
    Text(&'static str),
    /// `REG_DWORD`.
    Number(u32),
    /// `REG_MULTI_SZ`.
    Texts(&'static [&'static str]),
}

/// A key and its values.
pub type Key = (&'static str, &'static [(&'static str, Data)]);

/// What the registry editor exports, version 5.00.
#[must_use]
pub fn registry(keys: &[Key]) -> String {
    let mut text = String::from("Windows Registry Editor Version 5.00\r\n");
    for (key, values) in keys {
        let _ = write!(text, "\r\n[{key}]\r\n");
        for (name, data) in *values {
            let plain = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
            let name = if name.is_empty() { "@".into() } else { format!("\"{}\"", plain(name)) };
            let _ = match data {
                Data::Text(value) => write!(text, "{name}=\"{}\"\r\n", plain(value)),
                Data::Number(value) => write!(text, "{name}=dword:{value:08x}\r\n"),
                Data::Texts(values) => write!(text, "{name}=hex(7):{}\r\n", wide_bytes(values)),
            };
        }
    }
    text
}

/// Texts as bytes of UTF-16 with a zero behind each and one behind all, eight to a line.
fn wide_bytes(values: &[&str]) -> String {
    let joined: String = values.iter().flat_map(|value| [value, "\0"]).collect();
    let units = joined.encode_utf16().chain(std::iter::once(0));
    let bytes: Vec<String> =
        units.flat_map(u16::to_le_bytes).map(|byte| format!("{byte:02x}")).collect();
    let lines: Vec<String> = bytes.chunks(8).map(|line| line.join(",")).collect();
    lines.join(",\\\r\n  ")
}
