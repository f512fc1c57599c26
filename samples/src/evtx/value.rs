//! Values as substitutions of a template: type byte and bytes.

use super::bytes::Bytes;
use crate::event::Value;
use crate::identity::{guid_bytes, sid_bytes};

/// A value as it stands behind a template instance.
#[derive(Clone, Debug)]
pub(super) struct Substitution {
    /// Type byte of the value.
    pub(super) kind: u8,
    /// The value; empty means that there is none.
    pub(super) bytes: Vec<u8>,
}

/// Type bytes of values.
pub(super) mod kind {
    pub(in super::super) const NULL: u8 = 0x00;
    pub(in super::super) const TEXT: u8 = 0x01;
    pub(in super::super) const U8: u8 = 0x04;
    pub(in super::super) const U16: u8 = 0x06;
    pub(in super::super) const U32: u8 = 0x08;
    pub(in super::super) const U64: u8 = 0x0A;
    pub(in super::super) const BOOL: u8 = 0x0D;
    pub(in super::super) const BINARY: u8 = 0x0E;
    pub(in super::super) const GUID: u8 = 0x0F;
    pub(in super::super) const TIME: u8 = 0x11;
    pub(in super::super) const SID: u8 = 0x13;
    pub(in super::super) const HEX32: u8 = 0x14;
    pub(in super::super) const HEX64: u8 = 0x15;
    pub(in super::super) const BINARY_XML: u8 = 0x21;
    pub(in super::super) const TEXT_ARRAY: u8 = 0x81;
}

impl Substitution {
    pub(super) fn null() -> Self {
        Self { kind: kind::NULL, bytes: Vec::new() }
    }

    pub(super) fn new(kind: u8, bytes: impl Into<Vec<u8>>) -> Self {
        Self { kind, bytes: bytes.into() }
    }

    pub(super) fn text(text: &str) -> Self {
        let mut bytes = Bytes::default();
        bytes.utf16(text);
        Self::new(kind::TEXT, bytes.into_vec())
    }

    /// Insertion strings of a classic source, each with a terminator.
    pub(super) fn text_array(strings: &[String]) -> Self {
        if strings.is_empty() {
            return Self::null();
        }
        let mut bytes = Bytes::default();
        for string in strings {
            bytes.utf16(string);
            bytes.u16(0);
        }
        Self::new(kind::TEXT_ARRAY, bytes.into_vec())
    }

    pub(super) fn guid(text: Option<&str>) -> Self {
        text.map_or_else(Self::null, |text| Self::new(kind::GUID, guid_bytes(text)))
    }

    pub(super) fn sid(text: Option<&str>) -> Self {
        text.map_or_else(Self::null, |text| Self::new(kind::SID, sid_bytes(text)))
    }
}

impl From<&Value> for Substitution {
    fn from(value: &Value) -> Self {
        match value {
            Value::Text(text) => Self::text(text),
            Value::U8(number) => Self::new(kind::U8, number.to_le_bytes()),
            Value::U16(number) => Self::new(kind::U16, number.to_le_bytes()),
            Value::U32(number) => Self::new(kind::U32, number.to_le_bytes()),
            Value::U64(number) => Self::new(kind::U64, number.to_le_bytes()),
            Value::Hex32(number) => Self::new(kind::HEX32, number.to_le_bytes()),
            Value::Hex64(number) => Self::new(kind::HEX64, number.to_le_bytes()),
            Value::Bool(truth) => Self::new(kind::BOOL, u32::from(*truth).to_le_bytes()),
            Value::Time(time) => Self::new(kind::TIME, time.to_le_bytes()),
            Value::Guid(text) => Self::guid(Some(text)),
            Value::Sid(text) => Self::sid(Some(text)),
            Value::Binary(bytes) => Self::new(kind::BINARY, bytes.clone()),
        }
    }
}

/// The type that a template names for a value that will be substituted.
pub(super) fn kind_of(value: &Value) -> u8 {
    Substitution::from(value).kind
}
