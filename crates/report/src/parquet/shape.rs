//! What a column holds, and how a file says so.

use std::fmt::Write as _;
use std::io;

use parquet::schema::parser::parse_message_type;
use parquet::schema::types::TypePtr;

/// A column, or a field of the objects in one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    pub(super) name: String,
    /// Whether a row may have none.
    pub(super) is_optional: bool,
    pub(super) shape: Shape,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    Leaf(Leaf),
    Object(Vec<Field>),
    /// Any number of values, of which none is missing.
    List(Box<Shape>),
    /// Texts by name.
    Map,
}

/// A single value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaf {
    Text,
    Bytes,
    Flag,
    Real,
    /// A number that is not negative, of so many bits.
    Number(u8),
    /// A point in time, in nanoseconds of UTC.
    Time,
}

impl Field {
    pub(super) fn new(name: &str, shape: Shape) -> Self {
        Self { name: name.to_owned(), is_optional: false, shape }
    }

    pub(super) fn optional(self) -> Self {
        Self { is_optional: true, ..self }
    }
}

/// The schema of a file with these columns.
pub(super) fn schema_of(fields: &[Field]) -> io::Result<TypePtr> {
    let mut message = String::from("message hvtriage {\n");
    for field in fields {
        declare(field, &mut message);
    }
    message.push('}');
    parse_message_type(&message).map(TypePtr::new).map_err(io::Error::other)
}

fn declare(field: &Field, message: &mut String) {
    let presence = if field.is_optional { "optional" } else { "required" };
    let name = &field.name;
    match &field.shape {
        Shape::Leaf(leaf) => push(message, format_args!("{presence} {};\n", leaf.declared(name))),
        Shape::Object(fields) => {
            push(message, format_args!("{presence} group {name} {{\n"));
            fields.iter().for_each(|field| declare(field, message));
            *message += "}\n";
        }
        Shape::List(item) => {
            push(
                message,
                format_args!("{presence} group {name} (LIST) {{\nrepeated group list {{\n"),
            );
            declare(&Field::new("element", item.as_ref().clone()), message);
            *message += "}\n}\n";
        }
        Shape::Map => {
            push(message, format_args!("{presence} group {name} (MAP) {{\n"));
            *message += "repeated group key_value {\n\
                required byte_array key (STRING);\nrequired byte_array value (STRING);\n}\n}\n";
        }
    }
}

fn push(message: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = message.write_fmt(arguments);
}

impl Leaf {
    fn declared(self, name: &str) -> String {
        match self {
            Self::Text => format!("byte_array {name} (STRING)"),
            Self::Bytes => format!("byte_array {name}"),
            Self::Flag => format!("boolean {name}"),
            Self::Real => format!("double {name}"),
            Self::Number(bits @ ..=32) => format!("int32 {name} (INTEGER({bits},false))"),
            Self::Number(bits) => format!("int64 {name} (INTEGER({bits},false))"),
            Self::Time => format!("int64 {name} (TIMESTAMP(NANOS,true))"),
        }
    }
}
