//! Objects as `Export-Clixml` writes them.
//!
//! An `Obj` has its class names (`TN`, or `TNRef` to those of an object before), a text that stands for
//! it (`ToString`), and properties (`Props`; `MS` for those that a script added), or it is a list
//! (`LST`). A value that is no object is one element, called by its type. An object that was written
//! before is `Ref`. Letters that XML cannot hold are written `_x000A_`.

use std::collections::HashMap;
use std::sync::Arc;

use quick_xml::events::BytesStart;

use crate::collect::Collector;
use crate::item::Property;
use crate::object::Object;
use crate::xml::{self, Handler, attribute};

/// What stands for an object that is referred to is a name or a state.
const MAX_SHOWN: usize = 256;
/// Six at most are usual, the object's own first. Every object that refers to them is asked for each.
const MAX_CLASSES: usize = 32;
const MAX_CLASS_LETTERS: usize = 256;
/// A virtual machine has about a hundred properties; a guest tells some thirty pairs.
const MAX_PROPERTIES: usize = 512;
const MAX_LIST: usize = 512;

/// Reads all objects, also those inside of others.
pub(crate) fn read(text: &str, collector: &mut Collector) {
    xml::read(text, &mut Objects::default(), collector);
}

#[derive(Default)]
struct Objects {
    open: Vec<Open>,
    /// Class names by the number that `TNRef` gives.
    classes: HashMap<String, Arc<[String]>>,
    /// What stands for an object, by the number that `Ref` gives.
    shown: HashMap<String, String>,
}

/// An element that is open.
enum Open {
    Object(Box<OpenObject>),
    /// `TN` with its number, and the names so far.
    Classes(Option<String>, Vec<String>),
    Class(String),
    ToString(String),
    Properties,
    List,
    /// A value that is no object: its name, and its text unless it is nothing.
    Value(Option<String>, Option<String>),
    Other,
}

#[derive(Default)]
struct OpenObject {
    object: Object,
    /// What the object around it calls it.
    name: Option<String>,
    number: Option<String>,
    shown: Option<String>,
    list: Vec<String>,
}

impl Handler for Objects {
    const OBJECT: &str = "<Obj ";

    fn open(&mut self, element: &BytesStart<'_>, at: usize) {
        let name = || attribute(element, "N").map(|name| unescape(&name));
        let number = || attribute(element, "RefId");
        let open = match element.local_name().as_ref() {
            "Obj" => Open::Object(Box::new(OpenObject {
                object: Object { at, ..Object::default() },
                name: name(),
                number: number(),
                ..OpenObject::default()
            })),
            "TN" => Open::Classes(number(), Vec::new()),
            "TNRef" => {
                let known = number().and_then(|number| self.classes.get(&number).cloned());
                if let (Some(classes), Some(Open::Object(open))) = (known, self.open.last_mut()) {
                    open.object.classes = classes;
                }
                Open::Other
            }
            "T" => Open::Class(String::new()),
            "ToString" => Open::ToString(String::new()),
            "Props" | "MS" => Open::Properties,
            "LST" | "IE" | "STK" | "QUE" => Open::List,
            "Ref" => {
                let shown = number().and_then(|number| self.shown.get(&number).cloned());
                Open::Value(name(), shown)
            }
            "Nil" | "Objs" | "DCT" | "En" => Open::Other,
            _ => Open::Value(name(), Some(String::new())),
        };
        self.open.push(open);
    }

    fn text(&mut self, piece: &str) {
        if let Some(Open::Class(text) | Open::ToString(text) | Open::Value(_, Some(text))) =
            self.open.last_mut()
        {
            text.push_str(piece);
        }
    }

    fn close(&mut self, collector: &mut Collector) {
        match self.open.pop() {
            Some(Open::Class(class)) => {
                if let Some(Open::Classes(_, classes)) = self.open.last_mut()
                    && classes.len() < MAX_CLASSES
                {
                    classes.push(class.chars().take(MAX_CLASS_LETTERS).collect());
                }
            }
            Some(Open::Classes(number, classes)) => {
                let classes: Arc<[String]> = classes.into();
                if let Some(number) = number {
                    self.classes.insert(number, Arc::clone(&classes));
                }
                if let Some(Open::Object(open)) = self.open.last_mut() {
                    open.object.classes = classes;
                }
            }
            Some(Open::ToString(text)) => {
                if let Some(Open::Object(open)) = self.open.last_mut() {
                    open.shown = Some(unescape(&text));
                }
            }
            Some(Open::Value(name, Some(text))) => self.deliver(name, vec![unescape(&text)]),
            Some(Open::Object(open)) => self.end_object(*open, collector),
            _ => {}
        }
    }
}

impl Objects {
    fn end_object(&mut self, open: OpenObject, collector: &mut Collector) {
        let OpenObject { object, name, number, shown, list } = open;
        if let (Some(number), Some(shown)) = (number, &shown) {
            self.shown.insert(number, shown.chars().take(MAX_SHOWN).collect());
        }
        let values = if list.is_empty() { shown.into_iter().collect() } else { list };
        self.deliver(name, values);
        if !object.properties.is_empty() {
            collector.add(object);
        }
    }

    /// Gives values to what is around them: the properties of an object, or a list.
    fn deliver(&mut self, name: Option<String>, values: Vec<String>) {
        if values.is_empty() {
            return;
        }
        let mut around = self.open.iter_mut().rev();
        match (around.next(), around.next()) {
            (Some(Open::Properties), Some(Open::Object(open))) => {
                if let Some(name) = name
                    && open.object.properties.len() < MAX_PROPERTIES
                {
                    open.object.properties.push(Property { name: name.into(), values });
                }
            }
            (Some(Open::List), Some(Open::Object(open))) => {
                let room = MAX_LIST.saturating_sub(open.list.len());
                open.list.extend(values.into_iter().take(room));
            }
            _ => {}
        }
    }
}

/// Puts back letters that are written as `_x000A_`, in units of UTF-16.
fn unescape(text: &str) -> String {
    let mut units: Vec<u16> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        let (before, escaped) = rest.split_at(at);
        units.extend(before.encode_utf16());
        let is_hex = |digits: &&str| digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let digits = escaped.get(2..6).filter(is_hex).filter(|_| escaped.get(6..7) == Some("_"));
        let unit = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
        let length = match unit {
            Some(unit) => {
                units.push(unit);
                7
            }
            None => {
                units.extend("_x".encode_utf16());
                2
            }
        };
        rest = escaped.get(length..).unwrap_or_default();
    }
    if units.is_empty() {
        return text.to_owned();
    }
    units.extend(rest.encode_utf16());
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
#[allow(clippy::indexing_slicing, reason = "a panic is how a test fails")]
mod tests {
    use super::{MAX_CLASSES, MAX_LIST, read, unescape};
    use crate::collect::Collector;
    use crate::object::VIRTUAL_MACHINE;

    /// Items of an object whose own class stands behind `before` others, and of one that refers to it.
    fn count(before: usize) -> usize {
        let text = format!(
            "<Objs><Obj RefId=\"0\"><TN RefId=\"0\">{}<T>{VIRTUAL_MACHINE}</T></TN><Props>\
             <S N=\"VMName\">A</S></Props></Obj><Obj RefId=\"1\"><TNRef RefId=\"0\" /><Props>\
             <S N=\"VMName\">B</S></Props></Obj></Objs>",
            "<T>x</T>".repeat(before)
        );
        let mut collector = Collector::default();
        read(&text, &mut collector);
        collector.finish(&hvtriage_winfmt::decode_text(text.as_bytes())).items.len()
    }

    #[test]
    fn few_classes_are_kept() {
        assert_eq!(count(MAX_CLASSES - 1), 2);
        assert_eq!(count(MAX_CLASSES), 0);
    }

    #[test]
    fn a_list_has_an_end() {
        let text = format!(
            "<Objs><Obj RefId=\"0\"><TN RefId=\"0\"><T>{VIRTUAL_MACHINE}</T></TN><Props>\
             <Obj N=\"Version\" RefId=\"1\"><LST>{}</LST></Obj></Props></Obj></Objs>",
            "<S>9.0</S>".repeat(MAX_LIST + 1)
        );
        let mut collector = Collector::default();
        read(&text, &mut collector);
        let items = collector.finish(&hvtriage_winfmt::decode_text(text.as_bytes())).items;
        assert_eq!(items[0].values("Version").len(), MAX_LIST);
    }

    #[test]
    fn letters_come_back() {
        assert_eq!(unescape("a_x000A_b"), "a\nb");
        assert_eq!(unescape("_xD83D__xDE00_"), "\u{1f600}");
        assert_eq!(unescape("_x005F_x000A_"), "_x000A_");
        assert_eq!(unescape("vm_x86_64"), "vm_x86_64");
        assert_eq!(unescape("_x+00A_ _xé000_"), "_x+00A_ _xé000_");
    }
}
