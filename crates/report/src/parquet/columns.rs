//! Rows taken apart into columns, as Parquet has them: values, and for each how much of its path is there
//! (its definition level) and where in the lists on its path it stands (its repetition level).

use std::io;

use serde_json::Value;

use super::column::{Column, Depth};
use super::shape::{Field, Leaf, Shape};

/// The columns of a group of rows.
#[derive(Debug)]
pub(super) struct Columns {
    fields: Vec<Field>,
    columns: Vec<Column>,
}

impl Columns {
    pub(super) fn new(fields: Vec<Field>) -> Self {
        let mut columns = Vec::new();
        fields.iter().for_each(|field| field.columns(Depth::default(), &mut columns));
        Self { fields, columns }
    }

    /// Adds a row: an object with a value for each column.
    pub(super) fn add(&mut self, row: &Value) -> io::Result<()> {
        let mut left = self.columns.as_mut_slice();
        for field in &self.fields {
            let value = row.get(&field.name).unwrap_or(&Value::Null);
            let put = field.put(value, Depth::default(), &mut left);
            put.map_err(|what| io::Error::new(io::ErrorKind::InvalidData, what))?;
        }
        Ok(())
    }

    /// Bytes that the rows take.
    pub(super) fn size(&self) -> usize {
        self.columns.iter().map(Column::size).sum()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Column> {
        self.columns.iter_mut()
    }
}

impl Field {
    fn columns(&self, depth: Depth, out: &mut Vec<Column>) {
        self.shape.columns(depth.of(self), out);
    }

    /// Takes `value` apart into the first columns of `left`, which are this field's.
    fn put(&self, value: &Value, depth: Depth, left: &mut &mut [Column]) -> Result<(), String> {
        if self.is_optional && value.is_null() {
            self.shape.put_nothing(depth, left);
            return Ok(());
        }
        let put = self.shape.put(value, depth.of(self), left);
        put.map_err(|what| format!("{}: {what}", self.name))
    }
}

impl Depth {
    fn of(self, field: &Field) -> Self {
        let definition = self.definition.saturating_add(field.is_optional.into());
        Self { definition, ..self }
    }

    /// That of the items of a list that stands here.
    fn of_items(self) -> Self {
        let definition = self.definition.saturating_add(1);
        Self { definition, lists: self.lists.saturating_add(1), ..self }
    }
}

impl Shape {
    fn columns(&self, depth: Depth, out: &mut Vec<Column>) {
        match self {
            Self::Leaf(leaf) => out.push(Column::new(*leaf, depth)),
            Self::Object(fields) => fields.iter().for_each(|field| field.columns(depth, out)),
            Self::List(item) => item.columns(depth.of_items(), out),
            Self::Map => {
                let text = || Column::new(Leaf::Text, depth.of_items());
                out.extend([text(), text()]);
            }
        }
    }

    /// How many columns it has.
    fn width(&self) -> usize {
        match self {
            Self::Leaf(_) => 1,
            Self::Object(fields) => fields.iter().map(|field| field.shape.width()).sum(),
            Self::List(item) => item.width(),
            Self::Map => 2,
        }
    }

    fn put(&self, value: &Value, depth: Depth, left: &mut &mut [Column]) -> Result<(), String> {
        match (self, value) {
            (Self::Leaf(leaf), value) => match take(left, 1).first_mut() {
                Some(column) => column.put(*leaf, value, depth),
                None => Err("has no column".into()),
            },
            (Self::Object(fields), Value::Object(values)) => fields.iter().try_for_each(|field| {
                let value = values.get(&field.name).unwrap_or(&Value::Null);
                field.put(value, depth, left)
            }),
            (Self::List(item), Value::Array(values)) => {
                item.put_items(values, depth, take(left, item.width()))
            }
            (Self::Map, Value::Object(values)) => put_map(values, depth, take(left, 2)),
            (_, value) => Err(format!("{value} is not what the column holds")),
        }
    }

    fn put_items(&self, values: &[Value], depth: Depth, own: &mut [Column]) -> Result<(), String> {
        if values.is_empty() {
            own.iter_mut().for_each(|column| column.put_nothing(depth));
            return Ok(());
        }
        let mut of_item = depth.of_items();
        for value in values {
            self.put(value, of_item, &mut &mut *own)?;
            of_item.repetition = of_item.lists;
        }
        Ok(())
    }

    fn put_nothing(&self, depth: Depth, left: &mut &mut [Column]) {
        take(left, self.width()).iter_mut().for_each(|column| column.put_nothing(depth));
    }
}

fn put_map(
    values: &serde_json::Map<String, Value>,
    depth: Depth,
    own: &mut [Column],
) -> Result<(), String> {
    let [keys, texts] = own else { return Err("has no columns".into()) };
    if values.is_empty() {
        keys.put_nothing(depth);
        texts.put_nothing(depth);
    }
    let mut of_item = depth.of_items();
    for (key, value) in values {
        keys.put_text(key.as_bytes(), of_item);
        texts.put(Leaf::Text, value, of_item)?;
        of_item.repetition = of_item.lists;
    }
    Ok(())
}

/// Takes the first columns off `left`.
fn take<'a>(left: &mut &'a mut [Column], count: usize) -> &'a mut [Column] {
    let all = std::mem::take(left);
    let (first, rest) = all.split_at_mut_checked(count).unwrap_or_default();
    *left = rest;
    first
}
