//! Instances of WMI classes as CIM-XML (`WmiDtd20`): what `Msvm_KvpExchangeComponent` gives.
//!
//! ```text
//! <INSTANCE CLASSNAME="Msvm_KvpExchangeDataItem">
//!   <PROPERTY NAME="Data" TYPE="string"><VALUE>srv-web01.corp.local</VALUE></PROPERTY>
//!   <PROPERTY NAME="Name" TYPE="string"><VALUE>FullyQualifiedDomainName</VALUE></PROPERTY>
//! </INSTANCE>
//! ```
//!
//! A property without a value has no `VALUE` element, or an empty one.

use std::sync::Arc;

use quick_xml::events::BytesStart;

use crate::collect::Collector;
use crate::item::Property;
use crate::object::{DATA_ITEM, Object};
use crate::xml::{self, Handler, attribute};

const INSTANCE: &str = "<INSTANCE";

/// Reads all instances of a text; what stands around them is left out.
pub(crate) fn read(text: &str, collector: &mut Collector) {
    xml::read(text, &mut Instances::default(), collector);
}

/// Whether a value is itself an instance of a pair.
pub(crate) fn is_instance(value: &str) -> bool {
    let value = value.trim_start_matches(['{', ' ', '\r', '\n', '\t']);
    value.starts_with(INSTANCE) && value.contains(DATA_ITEM)
}

/// The pairs that a value holds, whole or damaged.
pub(crate) fn pairs(value: &str) -> Vec<Object> {
    let mut instances = Instances { pairs: Some(Vec::new()), ..Instances::default() };
    // What is wrong inside of a value is not told: its place in the file is not known.
    xml::read(value, &mut instances, &mut Collector::default());
    instances.pairs.unwrap_or_default()
}

/// Elements that are open.
#[derive(Default)]
struct Instances {
    open: Vec<Open>,
    /// Gets the pairs where only these are wanted.
    pairs: Option<Vec<Object>>,
}

enum Open {
    Instance(Object),
    Property(Option<Property>),
    Value(String),
    Other,
}

impl Handler for Instances {
    const OBJECT: &str = INSTANCE;

    fn open(&mut self, element: &BytesStart<'_>, at: usize) {
        let open = match element.local_name().as_ref() {
            "INSTANCE" => {
                let class = attribute(element, "CLASSNAME");
                let classes: Arc<[String]> = class.into_iter().collect();
                Open::Instance(Object { at, classes, properties: Vec::new() })
            }
            "PROPERTY" | "PROPERTY.ARRAY" | "PROPERTY.REFERENCE" => {
                let name = attribute(element, "NAME");
                Open::Property(name.map(|name| Property { name: name.into(), values: Vec::new() }))
            }
            "VALUE" => Open::Value(String::new()),
            _ => Open::Other,
        };
        self.open.push(open);
    }

    fn text(&mut self, piece: &str) {
        if let Some(Open::Value(text)) = self.open.last_mut() {
            text.push_str(piece);
        }
    }

    fn close(&mut self, collector: &mut Collector) {
        match self.open.pop() {
            Some(Open::Value(text)) => {
                // `VALUE.ARRAY` stands between in a list.
                let around = self.open.iter_mut().rev().take(2);
                let property = around.filter_map(|open| match open {
                    Open::Property(property) => property.as_mut(),
                    _ => None,
                });
                if let Some(property) = property.into_iter().next() {
                    property.values.push(text);
                }
            }
            Some(Open::Property(Some(property))) if !property.values.is_empty() => {
                if let Some(Open::Instance(object)) = self.open.last_mut() {
                    object.properties.push(property);
                }
            }
            Some(Open::Instance(object)) => match &mut self.pairs {
                Some(pairs) if object.is_pair() => pairs.push(object),
                Some(_) => {}
                None => collector.add(object),
            },
            _ => {}
        }
    }
}
