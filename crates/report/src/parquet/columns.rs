//! Rows taken apart into columns, as Parquet has them: values, and for each how much of its path is there
//! (its definition level) and where in the lists on its path it stands (its repetition level).

use std::io;

use hvtriage_winfmt::FileTime;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::file::writer::SerializedColumnWriter;
use serde_json::Value;

use super::shape::{Field, Leaf, Shape};

/// The columns of a group of rows.
#[derive(Debug)]
pub(super) struct Columns {
    fields: Vec<Field>,
    columns: Vec<Column>,
}

/// A column below all objects and lists.
#[derive(Debug)]
pub(super) struct Column {
    values: Values,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
    /// The definition level of a value that is there.
    whole: i16,
    /// How many lists are on its path.
    lists: i16,
}

#[derive(Debug)]
enum Values {
    Flags(Vec<bool>),
    Reals(Vec<f64>),
    Narrow(Vec<i32>),
    Wide(Vec<i64>),
    /// Texts, or bytes: all in one, and where each ends.
    Texts(Vec<u8>, Vec<usize>),
}

/// How deep a value lies.
#[derive(Clone, Copy, Debug, Default)]
struct Depth {
    definition: i16,
    repetition: i16,
    /// Lists on the path so far.
    lists: i16,
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

impl Column {
    fn new(leaf: Leaf, depth: Depth) -> Self {
        let values = match leaf {
            Leaf::Text | Leaf::Bytes => Values::Texts(Vec::new(), Vec::new()),
            Leaf::Flag => Values::Flags(Vec::new()),
            Leaf::Real => Values::Reals(Vec::new()),
            Leaf::Number(..=32) => Values::Narrow(Vec::new()),
            Leaf::Number(_) | Leaf::Time => Values::Wide(Vec::new()),
        };
        let (definitions, repetitions) = (Vec::new(), Vec::new());
        Self { values, definitions, repetitions, whole: depth.definition, lists: depth.lists }
    }

    /// Adds a value; what is no value of `leaf` is an error, but for a time that no calendar of
    /// nanoseconds holds, which is missing.
    fn put(&mut self, leaf: Leaf, value: &Value, depth: Depth) -> Result<(), String> {
        let wrong = || format!("{value} is not what the column holds");
        match (leaf, &mut self.values, value) {
            (Leaf::Text, _, Value::String(text)) => self.put_text(text.as_bytes(), depth),
            (Leaf::Bytes, _, Value::String(text)) => {
                self.put_text(&bytes_of(text).ok_or_else(wrong)?, depth);
            }
            // What is not told of an event does not hold.
            (Leaf::Flag, Values::Flags(flags), Value::Null) => {
                flags.push(false);
                self.mark(depth);
            }
            (Leaf::Flag, Values::Flags(flags), Value::Bool(flag)) => {
                flags.push(*flag);
                self.mark(depth);
            }
            (Leaf::Real, Values::Reals(reals), value) => {
                reals.push(value.as_f64().ok_or_else(wrong)?);
                self.mark(depth);
            }
            (Leaf::Number(_), Values::Narrow(numbers), value) => {
                let number = number_of(value).and_then(|number| u32::try_from(number).ok());
                numbers.push(number.ok_or_else(wrong)?.cast_signed());
                self.mark(depth);
            }
            (Leaf::Number(_), Values::Wide(numbers), value) => {
                numbers.push(number_of(value).ok_or_else(wrong)?.cast_signed());
                self.mark(depth);
            }
            (Leaf::Time, Values::Wide(times), Value::String(text)) => match nanoseconds(text) {
                Some(time) => {
                    times.push(time);
                    self.mark(depth);
                }
                None => {
                    let definition = depth.definition.saturating_sub(1);
                    self.put_nothing(Depth { definition, ..depth });
                }
            },
            _ => return Err(wrong()),
        }
        Ok(())
    }

    fn put_text(&mut self, text: &[u8], depth: Depth) {
        if let Values::Texts(all, ends) = &mut self.values {
            all.extend_from_slice(text);
            ends.push(all.len());
        }
        self.mark(depth);
    }

    /// Says that on this path, from `depth` on, nothing is there.
    fn put_nothing(&mut self, depth: Depth) {
        self.mark(depth);
    }

    fn mark(&mut self, depth: Depth) {
        if self.whole > 0 {
            self.definitions.push(depth.definition);
        }
        if self.lists > 0 {
            self.repetitions.push(depth.repetition);
        }
    }

    fn size(&self) -> usize {
        let values = match &self.values {
            Values::Flags(flags) => flags.len(),
            Values::Reals(reals) => reals.len().saturating_mul(8),
            Values::Narrow(numbers) => numbers.len().saturating_mul(4),
            Values::Wide(numbers) => numbers.len().saturating_mul(8),
            // A text is cut out of all of them before it is written.
            Values::Texts(all, ends) => all.len().saturating_add(ends.len().saturating_mul(40)),
        };
        let levels = self.definitions.len().saturating_add(self.repetitions.len());
        values.saturating_add(levels.saturating_mul(2))
    }

    /// Writes what was put here, and forgets it.
    pub(super) fn write(
        &mut self,
        mut out: SerializedColumnWriter<'_>,
    ) -> parquet::errors::Result<()> {
        let definitions = (self.whole > 0).then_some(self.definitions.as_slice());
        let repetitions = (self.lists > 0).then_some(self.repetitions.as_slice());
        match &mut self.values {
            Values::Flags(flags) => {
                out.typed::<BoolType>().write_batch(flags, definitions, repetitions)?;
                flags.clear();
            }
            Values::Reals(reals) => {
                out.typed::<DoubleType>().write_batch(reals, definitions, repetitions)?;
                reals.clear();
            }
            Values::Narrow(numbers) => {
                out.typed::<Int32Type>().write_batch(numbers, definitions, repetitions)?;
                numbers.clear();
            }
            Values::Wide(numbers) => {
                out.typed::<Int64Type>().write_batch(numbers, definitions, repetitions)?;
                numbers.clear();
            }
            Values::Texts(all, ends) => {
                let texts = cut(std::mem::take(all), ends);
                out.typed::<ByteArrayType>().write_batch(&texts, definitions, repetitions)?;
                ends.clear();
            }
        }
        self.definitions.clear();
        self.repetitions.clear();
        out.close()
    }
}

/// The texts that stand one after the other in `all`.
fn cut(all: Vec<u8>, ends: &[usize]) -> Vec<ByteArray> {
    let all = ByteArray::from(all);
    let starts = std::iter::once(&0).chain(ends);
    starts.zip(ends).map(|(start, end)| all.slice(*start, end.saturating_sub(*start))).collect()
}

/// A number, also one in hexadecimal, as 64 bits are written in JSON.
fn number_of(value: &Value) -> Option<u64> {
    let digits = |text: &str| u64::from_str_radix(text.strip_prefix("0x")?, 16).ok();
    value.as_u64().or_else(|| digits(value.as_str()?))
}

/// Bytes that are written in hexadecimal.
fn bytes_of(text: &str) -> Option<Vec<u8>> {
    let digit =
        |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = text.as_bytes().as_chunks();
    let byte =
        |[high, low]: &[u8; 2]| Some(digit(*high)?.checked_mul(16)?.saturating_add(digit(*low)?));
    rest.is_empty().then(|| pairs.iter().map(byte).collect())?
}

/// Nanoseconds from 1970 to a time as reports have it; `None` before 1677 and after 2262.
fn nanoseconds(text: &str) -> Option<i64> {
    const UNIX_EPOCH: FileTime = FileTime(116_444_736_000_000_000);
    const NANOSECONDS_PER_TICK: i64 = 100;
    // The time of an unknown zone stands without a Z.
    let time = FileTime::parse_export(text).ok()?;
    time.ticks_since(UNIX_EPOCH).checked_mul(NANOSECONDS_PER_TICK)
}
