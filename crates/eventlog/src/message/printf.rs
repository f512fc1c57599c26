//! What does an insert look like after its `!format!`?
//!
//! `FormatMessage` takes what `printf` takes, without floating point: flags, width, precision, size,
//! type. A value is at hand as text only, so a number is read from it; text that is no number stays
//! as it is.

/// The widest field; `printf` of Windows has no limit.
const WIDTH_LIMIT: usize = 256;
/// The longest format, as `#-0256.256I64x` is.
const FORMAT_LIMIT: usize = 32;

/// What stands between the exclamation marks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Format {
    is_left: bool,
    is_zeroed: bool,
    has_sign: bool,
    has_prefix: bool,
    pub(super) width: Size,
    pub(super) precision: Size,
    is_wide: bool,
    kind: char,
}

/// A width or a precision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Size {
    #[default]
    None,
    Fixed(usize),
    /// `*`: the next insert tells it.
    Insert,
}

impl Format {
    /// Reads the format that `text` begins with, behind its `!`; also what follows its other `!`.
    pub(super) fn read(text: &str) -> Option<(Self, &str)> {
        let (inside, rest) = text.split_once('!')?;
        if inside.len() > FORMAT_LIMIT {
            return None;
        }
        let mut format = Self::default();
        let flags = inside.trim_start_matches(['-', '0', '+', '#', ' ']);
        for flag in inside.strip_suffix(flags)?.chars() {
            match flag {
                '-' => format.is_left = true,
                '0' => format.is_zeroed = true,
                '+' => format.has_sign = true,
                '#' => format.has_prefix = true,
                _ => {}
            }
        }
        let (width, after_width) = Size::read(flags);
        format.width = width;
        let mut kind = after_width;
        if let Some(precision) = after_width.strip_prefix('.') {
            let (size, after) = Size::read(precision);
            // A point alone is a precision of none.
            format.precision = if size == Size::None { Size::Fixed(0) } else { size };
            kind = after;
        }
        for prefix in ["I64", "I32", "ll", "hh", "l", "h", "w", "I", "j", "z", "t"] {
            if let Some(after) = kind.strip_prefix(prefix) {
                format.is_wide = matches!(prefix, "I64" | "ll" | "j");
                kind = after;
                break;
            }
        }
        let mut letters = kind.chars();
        format.kind = letters.next()?;
        (letters.next().is_none() && "diouxXcCsSp".contains(format.kind)).then_some((format, rest))
    }

    /// `value` in this format, with sizes that inserts told.
    pub(super) fn apply(&self, value: &str, width: Option<i64>, precision: Option<i64>) -> String {
        let precision =
            self.precision.resolve(precision).and_then(|size| usize::try_from(size).ok());
        let text = match (self.kind, number(value)) {
            ('d' | 'i' | 'u' | 'o' | 'x' | 'X' | 'p', Some(number)) => {
                self.digits(number, precision)
            }
            ('d' | 'i' | 'u' | 'o' | 'x' | 'X' | 'p', None) => value.to_owned(),
            ('c' | 'C', _) => value.chars().take(1).collect(),
            _ => match precision {
                Some(most) => value.chars().take(most).collect(),
                None => value.to_owned(),
            },
        };
        let width = self.width.resolve(width).unwrap_or_default();
        // A negative width from an insert means left.
        let is_left = self.is_left || width < 0;
        let width = usize::try_from(width.unsigned_abs()).unwrap_or(WIDTH_LIMIT).min(WIDTH_LIMIT);
        let is_number = !matches!(self.kind, 's' | 'S' | 'c' | 'C') && number(value).is_some();
        match (is_left, self.is_zeroed && is_number && precision.is_none()) {
            (true, _) => format!("{text:<width$}"),
            (false, true) => zero_filled(&text, width),
            (false, false) => format!("{text:>width$}"),
        }
    }

    fn digits(&self, number: i128, precision: Option<usize>) -> String {
        let bits = if self.is_wide { u128::from(u64::MAX) } else { u128::from(u32::MAX) };
        // Two's complement of a negative number, in as many bits as the format says.
        let raw = if number < 0 { number.cast_unsigned() & bits } else { number.cast_unsigned() };
        let (prefix, digits) = match self.kind {
            'x' => (if self.has_prefix { "0x" } else { "" }, format!("{raw:x}")),
            'X' => (if self.has_prefix { "0X" } else { "" }, format!("{raw:X}")),
            'p' => ("", format!("{raw:016X}")),
            'o' => (if self.has_prefix { "0" } else { "" }, format!("{raw:o}")),
            'u' => ("", raw.to_string()),
            _ if number < 0 => ("-", number.unsigned_abs().to_string()),
            _ => (if self.has_sign { "+" } else { "" }, number.to_string()),
        };
        let least = precision.unwrap_or_default().min(WIDTH_LIMIT);
        format!("{prefix}{digits:0>least$}")
    }
}

impl Size {
    fn read(text: &str) -> (Self, &str) {
        if let Some(rest) = text.strip_prefix('*') {
            return (Self::Insert, rest);
        }
        let rest = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
        let digits = text.strip_suffix(rest).unwrap_or_default();
        match digits.parse() {
            Ok(size) => (Self::Fixed(size), rest),
            Err(_) if digits.is_empty() => (Self::None, rest),
            Err(_) => (Self::Fixed(WIDTH_LIMIT), rest),
        }
    }

    fn resolve(self, insert: Option<i64>) -> Option<i64> {
        match self {
            Self::None => None,
            Self::Fixed(size) => i64::try_from(size).ok(),
            Self::Insert => insert,
        }
    }
}

/// Zeros between the sign or prefix and the digits.
fn zero_filled(text: &str, width: usize) -> String {
    let digits = ["0x", "0X", "-", "+"].iter().find_map(|prefix| text.strip_prefix(prefix));
    let digits = digits.unwrap_or(text);
    let prefix = text.strip_suffix(digits).unwrap_or_default();
    let width = width.saturating_sub(prefix.len());
    format!("{prefix}{digits:0>width$}")
}

/// A value's number: decimal, or hexadecimal after `0x`.
pub(super) fn number(text: &str) -> Option<i128> {
    let text = text.trim();
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16).ok().map(i128::from),
        None => text
            .parse::<i64>()
            .map(i128::from)
            .or_else(|_| text.parse::<u64>().map(i128::from))
            .ok(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    fn show(format: &str, value: &str) -> String {
        Format::read(&format!("{format}!")).unwrap().0.apply(value, None, None)
    }

    /// The right-hand sides are what C's `printf` prints.
    #[test]
    fn formats_as_printf_does() {
        for (format, value, shown) in [
            ("s", "text", "text"),
            ("S", "text", "text"),
            ("8s", "text", "    text"),
            ("-8s", "text", "text    "),
            (".2s", "text", "te"),
            (".s", "text", ""),
            ("5.1s", "text", "    t"),
            ("d", "42", "42"),
            ("+d", "42", "+42"),
            ("05d", "42", "00042"),
            ("05d", "-42", "-0042"),
            ("-5d", "42", "42   "),
            ("8.5d", "42", "   00042"),
            ("u", "-1", "4294967295"),
            ("I64u", "-1", "18446744073709551615"),
            ("x", "255", "ff"),
            ("X", "0xff", "FF"),
            ("#x", "255", "0xff"),
            ("#010x", "255", "0x000000ff"),
            ("08lX", "3221225473", "C0000001"),
            ("llx", "-1", "ffffffffffffffff"),
            ("o", "8", "10"),
            ("c", "text", "t"),
            ("d", "no number", "no number"),
            ("x", "", ""),
        ] {
            assert_eq!(show(format, value), shown, "!{format}! of {value:?}");
        }
    }

    #[test]
    fn widths_are_bounded() {
        assert_eq!(show("999999999s", "x").len(), WIDTH_LIMIT);
        assert_eq!(show(".999999999d", "1").len(), WIDTH_LIMIT);
        let format = Format::read("*.*s!").unwrap().0;
        assert_eq!(format.apply("text", Some(-6), Some(2)), "te    ");
        assert_eq!(format.apply("x", Some(i64::MIN), Some(-1)).len(), WIDTH_LIMIT);
    }

    #[test]
    fn what_is_no_format_is_refused() {
        for text in
            ["s", "!", "f!", "ss!", "10!", "-!", "d d!", "äs!", &format!("{}s!", "0".repeat(40))]
        {
            assert_eq!(Format::read(text), None, "{text:?}");
        }
    }
}
