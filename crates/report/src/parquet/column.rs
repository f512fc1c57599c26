//! A single column of a group of rows: its values and levels, until they are written.

use hvtriage_winfmt::FileTime;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::file::writer::SerializedColumnWriter;
use serde_json::Value;

use super::shape::Leaf;

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
pub(super) struct Depth {
    pub(super) definition: i16,
    pub(super) repetition: i16,
    /// Lists on the path so far.
    pub(super) lists: i16,
}

impl Column {
    pub(super) fn new(leaf: Leaf, depth: Depth) -> Self {
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
    pub(super) fn put(&mut self, leaf: Leaf, value: &Value, depth: Depth) -> Result<(), String> {
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

    pub(super) fn put_text(&mut self, text: &[u8], depth: Depth) {
        if let Values::Texts(all, ends) = &mut self.values {
            all.extend_from_slice(text);
            ends.push(all.len());
        }
        self.mark(depth);
    }

    /// Says that on this path, from `depth` on, nothing is there.
    pub(super) fn put_nothing(&mut self, depth: Depth) {
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

    pub(super) fn size(&self) -> usize {
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
    const NANOSECONDS_PER_TICK: i64 = 100;
    // The time of an unknown zone stands without a Z.
    let time = FileTime::parse_export(text).ok()?;
    time.ticks_since(FileTime::UNIX_EPOCH).checked_mul(NANOSECONDS_PER_TICK)
}
